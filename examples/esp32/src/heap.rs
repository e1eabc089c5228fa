//! The heap: a part of the chip's RAM.

use core::mem::MaybeUninit;
use firmware::{Heap, Usage};

/// Bytes for Lua and for the drivers. The chips have more; the radio, in a firmware that uses it, takes what is left.
pub const SIZE: usize = 160 * 1024;

#[global_allocator]
static HEAP: Heap = Heap::empty();

static mut MEMORY: MaybeUninit<[u64; SIZE / 8]> = MaybeUninit::uninit();

/// Gives the allocator its memory; to be called once, before anything is allocated.
pub fn init() {
    let start = (&raw mut MEMORY).expose_provenance();
    // SAFETY: the array is used for nothing else; called once.
    unsafe { HEAP.init(start..start + SIZE) };
}

/// Bytes allocated, of how many.
pub fn usage() -> Usage {
    HEAP.usage()
}
