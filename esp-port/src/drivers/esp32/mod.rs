//! The ESP32 family: any [`NorFlash`], `esp-storage`'s for instance, with a window through the flash cache beside it.
//!
//! | module | idea |
//! |---|---|
//! | `mmu` | which pages of the address space show which pages of flash, and how a run of them is found |
//! | `c3`, `c6` | the registers and ROM routines of one chip |
//!
//! ```ignore
//! let flash = FlashStorage::new(peripherals.FLASH);
//! // SAFETY: the chip's own flash; nothing else maps or writes the range.
//! let mut flash = unsafe { MappedFlash::new(flash, Esp32C3::take(), 0x11_0000..0x21_0000) }?;
//! ```

mod c3;
mod c6;
mod mmu;

use core::ops::Range;

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use lfs_format::store::FlashMap;

pub use c3::Esp32C3;
pub use c6::Esp32C6;
pub use mmu::{MapError, Mmu, PAGE};

use super::Window;

/// What is invalidated at least: a multiple of every chip's cache line.
const CACHE_UNIT: u32 = 0x1000;

/// Flash with a range of it in the address space.
#[derive(Debug)]
pub struct MappedFlash<F, M> {
    flash: F,
    mmu: M,
    window: Window,
}

impl<F: NorFlash, M: Mmu> MappedFlash<F, M> {
    /// Maps a range of flash. Pages that are mapped already, by the boot loader or by an earlier call, are used as they are.
    ///
    /// # Errors
    ///
    /// [`MapError`].
    ///
    /// # Safety
    ///
    /// `flash` is the flash that `mmu` maps, and nothing else writes the range or changes its mapping from now on.
    #[allow(unsafe_code)]
    pub unsafe fn new(flash: F, mut mmu: M, range: Range<u32>) -> Result<Self, MapError> {
        if range.start >= range.end || range.end as usize > flash.capacity() {
            return Err(MapError::Range);
        }
        let address = mmu::map(&mut mmu, &range)?;
        mmu.invalidate(mmu::around(address, range.end - range.start, CACHE_UNIT));
        log!(
            info,
            "flash {=u32:#x}..{=u32:#x} mapped at {=u32:#x}",
            range.start,
            range.end,
            address
        );
        // SAFETY: the range is mapped at the address, aligned to words as the check of `map` demands; the caller vouches for
        // everybody else, and what this type writes it writes while it is borrowed mutably.
        let window = unsafe { Window::new(address as usize as *const u32, range) };
        Ok(Self { flash, mmu, window })
    }

    /// A map for images that run while this flash is written.
    ///
    /// # Safety
    ///
    /// No flash is erased or programmed under a view that was taken through the map. A [`Store`](lfs_format::store::Store) over this
    /// flash does not, for the images that it had selected when it was opened.
    #[allow(unsafe_code)]
    pub unsafe fn window(&self) -> Window {
        self.window
    }
}

impl<F: ErrorType, M> ErrorType for MappedFlash<F, M> {
    type Error = F::Error;
}

impl<F: ReadNorFlash, M> ReadNorFlash for MappedFlash<F, M> {
    const READ_SIZE: usize = F::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), F::Error> {
        self.flash.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl<F: NorFlash, M: Mmu> NorFlash for MappedFlash<F, M> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), F::Error> {
        log!(debug, "erase {=u32:#x}..{=u32:#x}", from, to);
        let result = self.flash.erase(from, to);
        self.invalidate(from..to);
        result
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), F::Error> {
        log!(
            trace,
            "program {=usize} bytes at {=u32:#x}",
            bytes.len(),
            offset
        );
        let result = self.flash.write(offset, bytes);
        self.invalidate(offset..offset.saturating_add(bytes.len() as u32));
        result
    }
}

impl<F, M: Mmu> FlashMap for MappedFlash<F, M> {
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        self.window.for_ever(range)
    }

    fn invalidate(&mut self, range: Range<u32>) {
        let shown = self.window.range();
        let (from, to) = (range.start.max(shown.start), range.end.min(shown.end));
        if let Some(address) = self.window.address(from)
            && from < to
        {
            // Addresses of these chips have 32 bits.
            let around = mmu::around(address as u32, to - from, CACHE_UNIT);
            self.mmu.invalidate(around);
        }
    }
}

#[cfg(test)]
mod tests;
