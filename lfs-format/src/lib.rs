//! Position-independent Lua flash images: instruction set, writer, verifier, reader, inspector.
#![no_std]
#![deny(unsafe_code)]

pub mod isa;
