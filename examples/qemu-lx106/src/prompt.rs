//! The prompt, with the image in mapped flash.

use crate::board::Board;
use firmware::Machine;

/// Where the image lies: address and length in words. The linker script keeps the place free.
const REGION: *const u32 = 0x402A_0000 as *const u32;
const REGION_WORDS: usize = 0x6_0000 / 4;

/// Serves the prompt until the terminal ends.
pub fn run() -> ! {
    // SAFETY: mapped, aligned, and written by nothing while the program runs.
    let image = unsafe { core::slice::from_raw_parts(REGION, REGION_WORDS) };
    Board::exit(firmware::run::<Board>(image))
}
