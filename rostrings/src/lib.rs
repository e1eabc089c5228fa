//! String hash, string records and the two string tables (ROM and RAM) of a Lua that runs from
//! flash.
//!
//! A text becomes a *record*: a header word, a hash and the bytes, in whole little-endian words.
//! Records of one image lie in a *ROM table*, which is found and read where it lies: no copy, no
//! relocation, no allocation. Strings that a program makes at run time are interned in a RAM
//! table, which never holds a text that a mounted ROM table has. So a short string is identified
//! by its address, save for one case: see [`identity`].
//!
//! The crate knows nothing of Lua values, images or a collector. Byte layouts are described in
//! `docs/architecture.md`, section 3.
//!
//! # Modules
//!
//! | module | idea |
//! |---|---|
//! | [`record`] | layout of one string |
//! | [`word`] | the one place that reads words of flash |
//! | [`rom`] | view of a ROM table: look-up, verification, iteration |
//! | [`builder`] | builds a ROM table at run time |
//! | [`builtin`] | builds a ROM table at compile time, for the names a firmware carries |
//! | [`intern`] | the RAM table |
//! | [`lookup`] | look-up over all ROM tables, then RAM |
//! | [`identity`] | when two located strings are the same string |
//!
//! # Example
//!
//! ```
//! use rostrings::{builder::Builder, hash, intern::{InternTable, RamString}, lookup, rom::RomTable};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // On the PC: a table of the strings of one image.
//! let mut builder = Builder::new();
//! let print = builder.insert(b"print")?;
//! builder.insert(b"wifi.sta.config")?;
//! let layout = builder.finish()?;
//!
//! // On the device: check it once, then look up for ever.
//! let table = RomTable::new(layout.words())?;
//! table.verify()?;
//! assert_eq!(table.find(hash(b"print"), b"print"), layout.offset(print));
//!
//! // What no ROM table has is interned in RAM.
//! #[derive(Clone, Copy)]
//! struct Text(&'static str);
//! impl RamString for Text {
//!     fn hash(&self) -> u32 { hash(self.0.as_bytes()) }
//!     fn eq_text(&self, text: &[u8]) -> bool { self.0.as_bytes() == text }
//! }
//! let mut ram = InternTable::new();
//! if let lookup::Found::Absent { hash } = lookup::find(&[table], &ram, b"counter") {
//!     ram.reserve(1)?;
//!     ram.insert_reserved(hash, Text("counter"));
//! }
//! assert!(matches!(lookup::find(&[table], &ram, b"counter"), lookup::Found::Ram(Text("counter"))));
//! # Ok(())
//! # }
//! ```
#![no_std]
#![deny(unsafe_code)]

#[cfg(target_endian = "big")]
compile_error!("string records are little endian: a big-endian target cannot read them in place");

extern crate alloc;

pub mod builder;
pub mod builtin;
mod hash;
pub mod identity;
pub mod index;
pub mod intern;
pub mod layout;
pub mod lookup;
pub mod record;
pub mod rom;
#[allow(unsafe_code)]
pub mod word;

pub use hash::{SEED, hash, hash_with_seed};
pub use record::MAX_SHORT;
