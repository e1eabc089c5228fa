//! The data flash: memory of the emulator that keeps to the rules of flash. It holds what the emulator was started with, and forgets
//! what was written when the emulator ends.

use core::ops::Range;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use esp_port::FlashMap;
use firmware::layout::SIM;

const WORD: usize = 4;
const BLOCK: usize = SIM.block as usize;
const CAPACITY: usize = BLOCK * SIM.blocks as usize;

unsafe extern "C" {
    // The linker script keeps the place free.
    static mut _flash: [u32; CAPACITY / WORD];
}

/// The flash.
pub struct MemoryFlash(());

/// The flash in the address space.
#[derive(Clone)]
pub struct Window(());

fn cell(index: usize) -> *mut u32 {
    (&raw mut _flash).cast::<u32>().wrapping_add(index)
}

fn words(range: Range<usize>) -> Range<usize> {
    range.start / WORD..range.end / WORD
}

impl MemoryFlash {
    /// The flash; the only value of this type is the program's one call of this.
    pub fn take() -> Self {
        Self(())
    }

    /// The flash in the address space.
    ///
    /// # Safety
    /// Nobody changes a range of the flash while a view of it by the window is in use.
    pub unsafe fn window(&self) -> Window {
        Window(())
    }
}

impl ErrorType for MemoryFlash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for MemoryFlash {
    const READ_SIZE: usize = WORD;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        let start = offset as usize;
        let words = words(start..start + bytes.len());
        for (to, index) in bytes.as_chunks_mut::<WORD>().0.iter_mut().zip(words) {
            // SAFETY: the range was checked; cells are aligned words.
            *to = unsafe { cell(index).read_volatile() }.to_le_bytes();
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }
}

impl NorFlash for MemoryFlash {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = BLOCK;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        for index in words(from as usize..to as usize) {
            // SAFETY: the range was checked; whoever made the window vouches that no view of it is in use.
            unsafe { cell(index).write_volatile(u32::MAX) };
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let start = offset as usize;
        let words = words(start..start + bytes.len());
        for (index, chunk) in words.zip(bytes.as_chunks::<WORD>().0) {
            // SAFETY: as for `erase`. Programming clears bits.
            unsafe {
                let old = cell(index).read_volatile();
                cell(index).write_volatile(old & u32::from_le_bytes(*chunk));
            }
        }
        Ok(())
    }
}

impl FlashMap for Window {
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        let (start, end) = (range.start as usize, range.end as usize);
        let whole = start.is_multiple_of(WORD) && end.is_multiple_of(WORD);
        if !whole || start > end || end > CAPACITY {
            return None;
        }
        // SAFETY: in bounds and aligned; whoever made the window vouches that the range is not changed while it is borrowed.
        Some(unsafe { core::slice::from_raw_parts(cell(start / WORD), (end - start) / WORD) })
    }

    // There is no cache.
    fn invalidate(&mut self, _: Range<u32>) {}
}
