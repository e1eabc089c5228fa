//! The native stack.

use firmware::{Usage, stack_usage};

unsafe extern "C" {
    static _stack_bottom: u32;
    static _stack_top: u32;
}

/// Size of the stack and the most of it ever used.
pub fn usage() -> Usage {
    // SAFETY: the linker script puts both ends into memory, aligned.
    unsafe { stack_usage(&raw const _stack_bottom, &raw const _stack_top) }
}
