//! Position-independent Lua flash images: instruction set, writer, verifier, reader, inspector.
#![no_std]
#![deny(unsafe_code)]

pub mod debug;
pub mod function;
pub mod isa;
pub mod lines;
pub mod model;
mod stream;
