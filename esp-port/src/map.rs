//! Flash as the processor sees it.

use core::ops::Range;

/// Flash that is readable in the address space, through a cache.
///
/// Implemented by the type that also implements [`NorFlash`](embedded_storage::nor_flash::NorFlash): erasing and programming
/// take it mutably and views borrow it, so no flash changes under a view.
pub trait FlashMap {
    /// The words of a range of flash, given in bytes from its start, where they lie; `None` if the range is not aligned to
    /// words or not (wholly) mapped.
    ///
    /// On an ESP8266 these addresses are to be read by whole words only; whoever reads images goes through
    /// `rostrings::word`, which does.
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]>;

    /// Makes the next read of a range through the map see what was programmed or erased. [`FlashRegion`](crate::FlashRegion) calls
    /// it after every change.
    fn invalidate(&mut self, range: Range<u32>);
}
