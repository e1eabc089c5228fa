//! A region of flash that holds one image.

use crate::{Error, FlashMap};
use embedded_storage::nor_flash::{NorFlash, NorFlashError};
use lfs_format::image::{Image, Verified};

/// Bytes programmed and read back at a time: a page of common flash chips.
const PAGE: usize = 256;

/// A range of whole erase blocks of a flash.
#[derive(Debug)]
pub struct FlashRegion<F> {
    flash: F,
    start: u32,
    length: u32,
}

impl<F: NorFlash + FlashMap> FlashRegion<F> {
    /// The `length` bytes of `flash` from `start` on.
    ///
    /// # Errors
    /// [`Error::Region`], [`Error::Geometry`].
    pub fn new(flash: F, start: u32, length: u32) -> Result<Self, Error> {
        let units = [F::READ_SIZE, F::WRITE_SIZE];
        if !F::ERASE_SIZE.is_multiple_of(PAGE)
            || units.iter().any(|unit| !PAGE.is_multiple_of(*unit))
        {
            return Err(Error::Geometry);
        }
        let whole = |bytes: u32| (bytes as usize).is_multiple_of(F::ERASE_SIZE);
        let inside = start
            .checked_add(length)
            .is_some_and(|end| end as usize <= flash.capacity());
        if length == 0 || !inside || !whole(start) || !whole(length) {
            return Err(Error::Region);
        }
        Ok(Self {
            flash,
            start,
            length,
        })
    }

    /// Gives the flash back.
    pub fn into_inner(self) -> F {
        self.flash
    }

    /// Replaces what the region holds by an image: erases the blocks it needs, programs it, reads it back.
    ///
    /// The region holds no valid image from the first erase to the last word: a power cut in between leaves it without
    /// one, and [`FlashRegion::image`] says so. The words are checked as they lie in flash, by [`FlashRegion::image`], not before.
    ///
    /// # Errors
    /// [`Error::TooLarge`] before anything is erased; [`Error::Flash`], [`Error::ReadBack`] after.
    pub fn program(&mut self, words: &[u32]) -> Result<(), Error> {
        let (needed, limit) = (words.len() * 4, self.length as usize);
        if needed > limit {
            return Err(Error::TooLarge { needed, limit });
        }
        // In bounds: at most the length of the region, which is whole blocks.
        let end = self.start + needed.next_multiple_of(F::ERASE_SIZE) as u32;
        let result = self.replace(words, end);
        self.flash.invalidate(self.start..end);
        result
    }

    fn replace(&mut self, words: &[u32], end: u32) -> Result<(), Error> {
        self.flash
            .erase(self.start, end)
            .map_err(|error| Error::Flash(error.kind()))?;
        for (page, chunk) in words.chunks(PAGE / 4).enumerate() {
            let offset = (page * PAGE) as u32;
            // What an image leaves of its last page stays erased.
            let mut bytes = [0xff; PAGE];
            for (to, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(chunk) {
                *to = word.to_le_bytes();
            }
            let mut back = [0; PAGE];
            self.flash
                .write(self.start + offset, &bytes)
                .and_then(|()| self.flash.read(self.start + offset, &mut back))
                .map_err(|error| Error::Flash(error.kind()))?;
            if let Some(at) = bytes.iter().zip(&back).position(|(to, from)| to != from) {
                return Err(Error::ReadBack(offset + at as u32));
            }
        }
        Ok(())
    }

    /// The image in the region, verified where it lies: time in proportion to its length, no allocation.
    ///
    /// It borrows the region, so nothing is programmed while it is in use.
    ///
    /// # Errors
    /// [`Error::NotMapped`]; [`Error::Image`] with the first fault.
    pub fn image(&self) -> Result<Image<'_, Verified>, Error> {
        let words = self
            .flash
            .mapped(self.start..self.start + self.length)
            .ok_or(Error::NotMapped)?;
        Ok(Image::new(words)?.verify()?)
    }
}
