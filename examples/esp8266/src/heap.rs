//! The heap: what data and stack leave of data RAM.

use firmware::{Heap, Usage};

#[global_allocator]
static HEAP: Heap = Heap::empty();

unsafe extern "C" {
    static mut _heap_start: u8;
    static _stack_bottom: u8;
}

/// Gives the allocator its memory; to be called once, before anything is allocated.
pub fn init() {
    let memory = (&raw mut _heap_start).expose_provenance()..(&raw const _stack_bottom).addr();
    // SAFETY: the linker script leaves what lies between to the heap; called once.
    unsafe { HEAP.init(memory) };
}

/// Bytes allocated, of how many.
pub fn usage() -> Usage {
    HEAP.usage()
}
