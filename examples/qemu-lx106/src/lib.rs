//! Lua firmware for the lx106 core of the ESP8266, on QEMU's machine `sim`: a prompt by semihosting, code and image in
//! place in mapped flash.
#![no_std]

mod board;
mod heap;
mod semihosting;
mod stack;
mod start;

use board::Board;
use firmware::Machine;

/// Where the image lies: address and length in words. The linker script keeps the place free.
const REGION: *const u32 = 0x402A_0000 as *const u32;
const REGION_WORDS: usize = 0x6_0000 / 4;

/// The program, once memory is set up.
fn main() -> ! {
    heap::init();
    // SAFETY: mapped, aligned, and written by nothing while the program runs.
    let image = unsafe { core::slice::from_raw_parts(REGION, REGION_WORDS) };
    Board::exit(firmware::run::<Board>(image))
}
