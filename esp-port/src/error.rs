//! Why a region cannot be used.

use core::fmt;
use embedded_storage::nor_flash::NorFlashErrorKind;

/// Why a region cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// The region reaches past the flash, is empty, or is not made of whole erase blocks.
    Region,
    /// The driver's units do not fit pages of 256 bytes: a page is whole read and write units, an erase block whole pages.
    Geometry,
    /// The image does not fit. Both in bytes.
    TooLarge {
        /// What the image needs.
        needed: usize,
        /// What the region has.
        limit: usize,
    },
    /// The driver failed.
    Flash(NorFlashErrorKind),
    /// The region is not mapped into the address space.
    NotMapped,
    /// What was read back is not what was programmed; offset in bytes from the start of the region.
    ReadBack(u32),
    /// What lies in the region is no valid image.
    Image(lfs_format::error::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Region => f.write_str("region is not whole erase blocks of the flash"),
            Error::Geometry => f.write_str("flash units do not fit pages of 256 bytes"),
            Error::TooLarge { needed, limit } => {
                write!(f, "image of {needed} bytes exceeds its region of {limit}")
            }
            Error::Flash(kind) => write!(f, "flash: {kind}"),
            Error::NotMapped => f.write_str("region is not mapped"),
            Error::ReadBack(offset) => write!(f, "flash holds other data at {offset:#x}"),
            Error::Image(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Error {}

impl From<lfs_format::error::Error> for Error {
    fn from(error: lfs_format::error::Error) -> Self {
        Error::Image(error)
    }
}
