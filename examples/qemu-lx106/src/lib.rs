//! Lua firmware for the lx106 core of the ESP8266, on QEMU's machine `sim`: a prompt by semihosting, code and image in
//! place in mapped flash. With feature `selftest` it tests what only the core can show, instead.
#![no_std]

mod board;
mod heap;
#[cfg(not(feature = "selftest"))]
#[path = "prompt.rs"]
mod program;
#[cfg(feature = "selftest")]
#[path = "selftest/mod.rs"]
mod program;
mod semihosting;
mod stack;
mod start;

/// The program, once memory is set up.
fn main() -> ! {
    heap::init();
    program::run()
}
