//! Lua 5.3 for microcontrollers: runs code, constants and strings in place from flash.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod compiler;
pub mod number;
mod symbols;
pub mod text;
