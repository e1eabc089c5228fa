//! Lua firmware for the lx106 core of the ESP8266, on QEMU's machine `sim`: a prompt by semihosting, code in place in mapped
//! flash, images in place and files in memory that keeps to the rules of flash, booted as a device is. With feature `selftest` it
//! tests what only the core can show, instead.
#![no_std]

mod board;
#[cfg(not(feature = "selftest"))]
mod flash;
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
