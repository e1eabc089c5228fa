//! Position-independent Lua flash images: instruction set, writer, verifier, reader, inspector.
//!
//! An image holds compiled Lua modules, their strings and any other files. It is executed and read where it lies: in
//! mapped flash, at any address that is a multiple of 4. Nothing in it is ever relocated or patched, so the
//! file, the update payload and the bytes in flash are the same. `docs/format.md` says what every byte means.
//!
//! | module | idea |
//! |---|---|
//! | [`isa`] | the instruction set as data |
//! | [`model`] | number models |
//! | [`function`] | function records: what a compiler hands over, encoding, reading |
//! | [`debug`], [`lines`] | debug records and packed line information |
//! | [`header`] | image header and sections |
//! | [`image`] | images as a type state: unverified, verified |
//! | [`resource`] | named blobs |
//! | [`verify`] | proof of one function, in an image or in RAM |
//! | [`write`](mod@write) | builds images |
//! | [`link`](mod@link) | puts an image together in flash from images of single modules |
//! | [`inspect`] | weights, summaries, listings |
//! | [`store`] | images in flash: slots, journal, updates that survive a power cut |
//! | [`signature`] | who an image is from: a trailer behind it (checked with feature `signature`) |
//! | `nor` | NOR flash that can be cut, for tests (feature `nor-model`) |
//! | [`error`] | every way an image can be broken |
//!
//! Reading allocates nothing and never panics, whatever the words are. A verified image needs no further
//! checks: an interpreter may use its operands unchecked.
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(feature = "seeded-faults")]
extern crate std;

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
pub mod link;
pub mod model;
mod names;
#[cfg(feature = "nor-model")]
pub mod nor;
pub mod resource;
pub mod signature;
pub mod store;
mod stream;
pub mod verify;
pub mod write;

pub use index::{MAX_MODULES, MAX_PROBE};
pub use names::MAX_NAME;
