//! What firmwares for the lx106 core share.
//!
//! | module | idea |
//! |---|---|
//! | `exception` | loads of less than a word from mapped flash, done by words; every other exception ends the program |
//! | `core` | interrupts and the cycle counter |
//!
//! There is no inline assembly for this core, so `vectors.S`, `core.S` and `wide.S` (128-bit arithmetic) are assembled and linked
//! beside the Rust code.
#![no_std]

mod core_registers;
mod exception;

pub use core_registers::cycles;
pub use exception::Fatal;
