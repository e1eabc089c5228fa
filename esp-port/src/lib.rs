//! Where the Lua Flash Store meets a chip: who has which duty, and the traits between them.
//!
//! | duty | who has it |
//! |---|---|
//! | erasing, programming and reading flash | [`drivers`]: [`NorFlash`](embedded_storage::nor_flash::NorFlash) of `embedded-storage` |
//! | showing flash in the address space, keeping the cache true | [`drivers`]: [`FlashMap`] |
//! | restart, time, watchdog | the chip: [`Board`] |
//! | where everything lies in flash | this crate: [`partition`] |
//! | from reset to the prompt | this crate: [`boot`](mod@boot) |
//! | image format, verification, updates that survive a power cut | `lfs-format` |
//! | running what was verified | `lua-vm` |
//! | files in flash, and the interface to other file systems | `flash-files`, shared as [`files::Files`] |
//! | Lua modules of a device | this crate: [`lua`] |
//!
//! What is tied to a chip is in [`drivers`], behind features `esp8266` and `esp32`; everything else is tested on a PC.
//!
//! # A firmware
//!
//! brings a flash, a map of it and a board, and is not heard of again until the device is to restart:
//!
//! ```no_run
//! use core::cell::RefCell;
//! use embedded_storage::nor_flash::NorFlash;
//! use esp_port::boot::{Firmware, Verification, boot};
//! use esp_port::key::Key;
//! use esp_port::partition::{Partition, Place, Role, Table};
//! use esp_port::{Board, Exit, FlashMap};
//! use lua_vm::number::Num32;
//! use std::rc::Rc;
//!
//! fn start<B, F, M>(board: B, flash: F, map: M) -> Result<Exit, Box<dyn std::error::Error>>
//! where
//!     B: Board + 'static,
//!     F: NorFlash + 'static,
//!     M: FlashMap + Clone + 'static,
//! {
//!     // Written where a flash has none.
//!     let mut table = Table::new();
//!     table.add(Partition::new(Role::Lfs, 0x11_0000, 0x10_0000)?)?;
//!     table.add(Partition::new(Role::FileSystem, 0x21_0000, 0x1f_0000)?)?;
//!     let firmware = Firmware::<Num32> {
//!         place: Place::ESP_IDF,
//!         table: &table,
//!         slots: 2,
//!         system_slot: 0x1_0000,
//!         verification: Verification::Always,
//!         key: Key::None,
//!         heap: 44 * 1024,
//!         compiler_stack: 16 * 1024,
//!         names: &[],
//!         open: |_| Ok(()),
//!     };
//!     Ok(boot(Rc::new(RefCell::new(board)), flash, map, &firmware)?)
//! }
//! ```
//!
//! `docs/device.md` has the sequence and what Lua sees of it.
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

#[macro_use]
mod log;

pub mod board;
pub mod boot;
mod device;
pub mod drivers;
pub mod files;
pub mod key;
pub mod lua;
pub mod partition;
mod shared;
pub mod subword;

pub use board::Board;
pub use boot::boot;
pub use device::{Exit, Priority};
pub use lfs_format::store::FlashMap;
pub use shared::{Mapped, Shared, SharedError};
