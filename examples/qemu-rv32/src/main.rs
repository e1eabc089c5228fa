//! Lua firmware for an rv32imc core (as in the ESP32-C3), on QEMU's machine `virt`: a prompt on the UART, code and
//! image in place in CFI flash.
#![no_std]
#![no_main]

mod board;
mod flash;
mod heap;
mod stack;
mod start;
mod uart;

use board::Board;
use firmware::Machine;
use flash::CfiFlash;

/// Where the image lies: the whole second unit of flash is the region.
const REGION: core::ops::Range<u32> = 0..4 * 1024 * 1024;

/// The program, once memory is set up.
fn main() -> ! {
    heap::init();
    let flash = CfiFlash::take();
    let image = flash.map_for_ever(REGION);
    Board::exit(firmware::run::<Board>(image))
}
