//! Lua firmware for chips of the ESP32 family: what the ESP32-C3's and the ESP32-C6's have in common.
//!
//! | module | idea |
//! |---|---|
//! | `board` | the chip as the boot sequence and the libraries see it |
//! | `terminal` | UART and USB-serial-JTAG as one terminal |
//! | `pins`, `bus` | pins and the I2C bus for Lua |
//! | `flash` | the partition table, and the range of flash that the processor sees |
//! | `heap`, `stack` | memory |
#![no_std]

extern crate alloc;

mod board;
mod bus;
mod flash;
mod heap;
mod pins;
mod stack;
mod start;
mod terminal;

pub use start::run;
