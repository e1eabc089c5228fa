//! Flash as the processor sees it.

use core::ops::Range;

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};

/// Flash that is readable in the address space, through a cache.
///
/// Implemented by the type that also implements [`NorFlash`]: erasing and programming
/// take it mutably and views borrow it, so no flash changes under a view.
///
/// A program that runs from flash while a store writes needs a map beside the store: another value, over the same chip. Whoever
/// makes such a value available vouches that no flash changes under its views. A store keeps its part: it leaves every slot
/// alone that was selected when it was opened, until the next start. See [`Selected::verify`](super::Selected::verify).
pub trait FlashMap {
    /// The words of a range of flash, given in bytes from its start, where they lie; `None` if the range is not aligned to
    /// words or not (wholly) mapped.
    ///
    /// On an ESP8266 these addresses are to be read by whole words only; whoever reads images goes through
    /// `rostrings::word`, which does.
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]>;

    /// Makes the next read of a range through the map see what was programmed or erased. The [`Store`](super::Store) calls
    /// it after it wrote an image and before it reads it so.
    fn invalidate(&mut self, range: Range<u32>);
}

impl<M: FlashMap> FlashMap for &mut M {
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        M::mapped(self, range)
    }

    fn invalidate(&mut self, range: Range<u32>) {
        M::invalidate(self, range);
    }
}

/// Flash that is not in the address space, as a tool sees a chip through a cable.
///
/// A store over it checks sums only; images are verified at their first mounting on the device.
#[derive(Clone, Copy, Debug)]
pub struct Unmapped<F>(pub F);

impl<F> FlashMap for Unmapped<F> {
    fn mapped(&self, _: Range<u32>) -> Option<&[u32]> {
        None
    }

    fn invalidate(&mut self, _: Range<u32>) {}
}

impl<F: ErrorType> ErrorType for Unmapped<F> {
    type Error = F::Error;
}

impl<F: ReadNorFlash> ReadNorFlash for Unmapped<F> {
    const READ_SIZE: usize = F::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), F::Error> {
        self.0.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl<F: NorFlash> NorFlash for Unmapped<F> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), F::Error> {
        self.0.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), F::Error> {
        self.0.write(offset, bytes)
    }
}
