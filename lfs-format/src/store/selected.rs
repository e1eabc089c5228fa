//! An image that is selected, and how it is mounted.

use core::ops::Range;

use super::layout::Region;
use super::{Error, FlashMap};
use crate::image::{Image, Verified};

/// An image that the journal selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Selected {
    pub(super) region: Region,
    pub(super) slot: u8,
    pub(super) start: u32,
    pub(super) length: u32,
    pub(super) build_id: u64,
    pub(super) verified: bool,
}

impl Selected {
    /// Its region.
    pub fn region(&self) -> Region {
        self.region
    }

    /// Number of its slot.
    pub fn slot(&self) -> u8 {
        self.slot
    }

    /// Where it lies, in bytes from the start of the flash.
    pub fn range(&self) -> Range<u32> {
        self.start..self.start + self.length
    }

    /// Its build id.
    pub fn build_id(&self) -> u64 {
        self.build_id
    }

    /// Whether the journal remembers that it was verified in its place.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    fn header<'m, M: FlashMap>(
        &self,
        map: &'m M,
    ) -> Result<Image<'m, crate::image::Unverified>, Error> {
        let words = map.mapped(self.range()).ok_or(Error::NotMapped)?;
        let image = Image::new(words)?;
        if image.build_id() != self.build_id {
            return Err(Error::Image(crate::error::Error::new(
                crate::error::ErrorKind::BuildId,
                8,
            )));
        }
        Ok(image)
    }

    /// The image, verified whole through a map of the store's flash: time in proportion to its length.
    ///
    /// # Errors
    ///
    /// [`Error::NotMapped`], [`Error::Image`].
    pub fn verify<'m, M: FlashMap>(&self, map: &'m M) -> Result<Image<'m, Verified>, Error> {
        Ok(self.header(map)?.verify()?)
    }

    /// The image in constant time, because the journal remembers that it was verified in its place.
    ///
    /// # Errors
    ///
    /// [`Error::NotVerified`] if it does not; [`Error::NotMapped`]; [`Error::Image`] if the header is broken or another image's.
    ///
    /// # Safety
    ///
    /// `map` shows the flash of the store that gave this selection, and nobody else has changed that flash since the record was
    /// written. Interpreters run verified images without bounds checks.
    #[allow(unsafe_code)]
    pub unsafe fn trust<'m, M: FlashMap>(&self, map: &'m M) -> Result<Image<'m, Verified>, Error> {
        if !self.verified {
            return Err(Error::NotVerified);
        }
        let image = self.header(map)?;
        // SAFETY: the store records an image as verified only after `verify` accepted it in these words, and it changes no
        // word of a slot as long as a record selects it; the caller vouches for everybody else.
        Ok(unsafe { image.assume_verified(self.build_id) }?)
    }
}
