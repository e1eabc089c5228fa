//! Position-independent Lua flash images: instruction set, writer, verifier, reader, inspector.
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;

mod checksum;
pub mod debug;
pub mod error;
pub mod function;
pub mod header;
pub mod image;
mod index;
pub mod inspect;
pub mod isa;
pub mod lines;
pub mod model;
mod names;
pub mod resource;
mod stream;
pub mod verify;
pub mod write;

pub use index::{MAX_MODULES, MAX_PROBE};
pub use names::MAX_NAME;
