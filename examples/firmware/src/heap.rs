//! The global allocator, and the memory it gets.

use core::alloc::{GlobalAlloc, Layout};
use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};
use embedded_alloc::LlffHeap;
use esp_port::board::Usage;

/// What an ESP8266 leaves for Lua.
const DEFAULT_BYTES: usize = 44 * 1024;

/// In the first preset word, if a size in KB follows it.
const PRESET_MARK: u32 = 0x4845_4150;

/// The addresses of the heap: 44 KB of `memory`, or as many as two words say that an emulator may have set before reset.
/// A heap larger than `memory` lies in `beyond`, which no real device has: there programs can be measured that would not fit.
pub fn heap_region(preset: [u32; 2], memory: Range<usize>, beyond: usize) -> Range<usize> {
    let size = match preset {
        [PRESET_MARK, kilobytes] => kilobytes as usize * 1024,
        _ => DEFAULT_BYTES.min(memory.len()),
    };
    let start = if size <= memory.len() {
        memory.start
    } else {
        beyond
    };
    start..start + size
}

/// First fit in address order, without a byte of overhead per block.
pub struct Heap {
    blocks: LlffHeap,
    size: AtomicUsize,
}

impl Heap {
    /// A heap without memory.
    pub const fn empty() -> Self {
        Self {
            blocks: LlffHeap::empty(),
            size: AtomicUsize::new(0),
        }
    }

    /// Gives the heap its memory.
    ///
    /// # Safety
    /// To be called once, before anything is allocated, with memory that is used for nothing else.
    pub unsafe fn init(&self, region: Range<usize>) {
        // SAFETY: the caller's promise.
        unsafe { self.blocks.init(region.start, region.len()) };
        self.size.store(region.len(), Ordering::Relaxed);
    }

    /// Bytes allocated, of how many.
    pub fn usage(&self) -> Usage {
        Usage {
            used: self.blocks.used(),
            size: self.size.load(Ordering::Relaxed),
        }
    }
}

// SAFETY: every call is handed on as it is, with the caller's promises.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.blocks.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.blocks.dealloc(block, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_the_default_without_the_mark() {
        assert_eq!(heap_region([0, 99], 0x1000..0x2_0000, 0), 0x1000..0xC000);
        assert_eq!(heap_region([0, 0], 0x1000..0x1100, 0), 0x1000..0x1100);
    }

    #[test]
    fn preset_size_decides_the_place() {
        let memory = 0x1000..0x2_0000;
        let preset = |kilobytes| heap_region([PRESET_MARK, kilobytes], memory.clone(), 0x10_0000);
        assert_eq!(preset(8), 0x1000..0x3000);
        assert_eq!(preset(1024), 0x10_0000..0x20_0000);
    }
}
