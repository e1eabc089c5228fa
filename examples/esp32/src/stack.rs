//! The native stack, from the word that `esp-hal` guards upwards.

use firmware::{Usage, paint_stack, stack_usage};

/// Bytes below the stack pointer that `paint` leaves alone: its own frame.
const MARGIN: usize = 256;

unsafe extern "C" {
    static mut __stack_chk_guard: u32;
    static mut _stack_start: u32;
}

fn bottom() -> *mut u32 {
    (&raw mut __stack_chk_guard).wrapping_add(1)
}

/// Marks what is not used yet.
#[inline(never)]
pub fn paint() {
    let here = 0_u32;
    let top = (&raw const here).wrapping_byte_sub(MARGIN).cast_mut();
    // SAFETY: the linker script gives the words between to the stack, and nothing below this function's frame is in use.
    unsafe { paint_stack(bottom(), top) };
}

/// Size of the stack and the most of it ever used.
pub fn usage() -> Usage {
    // SAFETY: the linker script puts both ends into memory, aligned.
    unsafe { stack_usage(bottom(), &raw const _stack_start) }
}
