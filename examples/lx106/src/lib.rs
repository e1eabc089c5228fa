//! What firmwares for the lx106 core share.
//!
//! | module | idea |
//! |---|---|
//! | `exception` | loads of less than a word from mapped flash, done by words; every other exception ends the program |
//! | `core_registers` | interrupts and the cycle counter |
//! | `stand_ins` | for the emulator: the ESP8266's mask ROM, with the rules of flash and cache enforced |
//!
//! There is no inline assembly for this core, so `vectors.S`, `core.S`, `start.S` and `wide.S` (128-bit arithmetic) are assembled and linked
//! beside the Rust code.
#![no_std]

mod core_registers;
mod exception;
#[cfg(feature = "stand-ins")]
pub mod stand_ins;

pub use core_registers::cycles;
pub use exception::Fatal;
