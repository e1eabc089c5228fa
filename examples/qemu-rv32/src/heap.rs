//! The heap: 44 KB, as an ESP8266 leaves for Lua, unless the emulator presets another size.

use core::sync::atomic::{AtomicUsize, Ordering};
use embedded_alloc::LlffHeap;
use firmware::Usage;

const DEFAULT_BYTES: usize = 44 * 1024;

/// In the first preset word, before a size in KB.
const PRESET_MARK: u32 = 0x4845_4150;

#[global_allocator]
static HEAP: LlffHeap = LlffHeap::empty();
static SIZE: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" {
    static _preset: [u32; 2];
    static mut _heap_start: u8;
    static _stack_bottom: u8;
}

/// One hart, and no interrupts are ever enabled: every section is critical.
struct OneHart;
critical_section::set_impl!(OneHart);

// SAFETY: nothing runs beside the one hart's program, so nothing can interfere.
unsafe impl critical_section::Impl for OneHart {
    unsafe fn acquire() -> u32 {
        0
    }
    unsafe fn release(_: u32) {}
}

/// Gives the allocator its region; to be called once, before anything is allocated.
pub fn init() {
    let start = &raw mut _heap_start;
    // SAFETY: two words of RAM that the linker script keeps free and nothing here writes.
    let [mark, kilobytes] = unsafe { (&raw const _preset).read_volatile() };
    let wanted = match mark {
        PRESET_MARK => kilobytes as usize * 1024,
        _ => DEFAULT_BYTES,
    };
    let size = wanted.min((&raw const _stack_bottom).addr() - start.addr());
    // SAFETY: the linker script leaves the bytes from `_heap_start` to the stack to the heap; called once.
    unsafe { HEAP.init(start.addr(), size) };
    SIZE.store(size, Ordering::Relaxed);
}

/// Bytes allocated, of how many.
pub fn usage() -> Usage {
    Usage {
        used: HEAP.used(),
        size: SIZE.load(Ordering::Relaxed),
    }
}
