//! The native stack, and how much of it was ever used.

use firmware::Usage;

/// What the start-up code fills the stack with.
const PAINT: u32 = 0x5A5A_A5A5;

unsafe extern "C" {
    static _stack_bottom: u32;
    static _stack_top: u32;
}

/// Size of the stack and the most of it ever used: what is not painted any more.
pub fn usage() -> Usage {
    let bottom = &raw const _stack_bottom;
    let top = &raw const _stack_top;
    let mut word = bottom;
    // SAFETY: the words from bottom to top are the stack: readable memory, aligned by the linker script.
    while word < top && unsafe { word.read_volatile() } == PAINT {
        word = word.wrapping_add(1);
    }
    Usage {
        used: top.addr() - word.addr(),
        size: top.addr() - bottom.addr(),
    }
}
