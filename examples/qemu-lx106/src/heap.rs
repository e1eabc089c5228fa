//! The heap of this board.

use firmware::{Heap, Usage, heap_region};

/// Memory of the emulator that no real device has.
const BEYOND: usize = 0x6000_0000;

#[global_allocator]
static HEAP: Heap = Heap::empty();

unsafe extern "C" {
    static _preset: [u32; 2];
    static mut _heap_start: u8;
    static _stack_bottom: u8;
}

/// Gives the allocator its memory; to be called once, before anything is allocated.
pub fn init() {
    let memory = (&raw mut _heap_start).addr()..(&raw const _stack_bottom).addr();
    // SAFETY: two words of RAM that the linker script keeps free and nothing here writes.
    let preset = unsafe { (&raw const _preset).read_volatile() };
    // SAFETY: the linker script leaves what lies between to the heap, and nothing uses what is beyond; called once.
    unsafe { HEAP.init(heap_region(preset, memory, BEYOND)) };
}

/// Bytes allocated, of how many.
pub fn usage() -> Usage {
    HEAP.usage()
}
