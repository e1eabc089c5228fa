//! Why the store refuses, or fails.

use core::fmt;

use embedded_storage::nor_flash::{NorFlashError, NorFlashErrorKind};

use crate::error::ErrorKind;

/// Why the store refuses an operation, or fails in it.
///
/// Where a NodeMCU user knows a text for it, that is what [`Display`](fmt::Display) writes; [`source`](core::error::Error::source) has
/// the details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// Ranges of the layout overlap, are empty, reach past the flash, or are not made of whole erase blocks; or the
    /// journal has fewer than three blocks.
    Layout,
    /// The driver's units do not fit: write and read units must divide 32 bytes, erase blocks be multiples of 256 bytes
    /// and hold at least three records.
    Geometry,
    /// The layout has no such region.
    NoRegion,
    /// The driver failed.
    Flash(NorFlashErrorKind),
    /// What was read back is not what was programmed; offset in bytes from the start of the flash.
    ReadBack(u32),
    /// The range is not mapped into the address space.
    NotMapped,
    /// The journal is from a newer version of this crate.
    JournalVersion(u16),
    /// The image does not fit its slot. Both in bytes.
    TooLarge {
        /// What the image needs.
        needed: u32,
        /// What the slot has.
        limit: u32,
    },
    /// The stream or file is shorter or longer than the image in it says. Both in bytes.
    Length {
        /// What there was.
        given: u32,
        /// What the image's header says.
        needed: u32,
    },
    /// The image is broken or foreign.
    Image(crate::error::Error),
    /// The source of the image could not be read.
    Source,
    /// The source does not hold the image that was requested.
    SourceChanged,
    /// No slot is free: what runs, what is selected and what a rollback needs are kept. Restart, confirm or roll back first.
    NoFreeSlot,
    /// The region has one slot: an image is replaced by [`Store::request`](super::Store::request) and a restart.
    SingleSlot,
    /// The region has room for a second image: use [`Store::update`](super::Store::update).
    NotSingleSlot,
    /// Nothing was requested, so there is nothing to resume or abandon.
    NoRequest,
    /// A request is pending: resume or abandon it first.
    RequestPending,
    /// The name of a source is longer than [`MAX_SOURCE`](super::MAX_SOURCE) bytes.
    SourceName,
    /// What is selected has not been started yet, so it cannot be confirmed.
    NotStarted,
    /// There is nothing to roll back to.
    NoPrevious,
    /// The image was not verified in its place before.
    NotVerified,
    /// A word of a slot under construction was to be programmed twice; offset in bytes from the start of the slot.
    Overwrite(u32),
    /// A part of an image under construction is not made of whole write units, or reaches past its room.
    Misplaced(u32),
}

impl Error {
    pub(super) fn flash(error: impl NorFlashError) -> Self {
        Error::Flash(error.kind())
    }
}

/// The text NodeMCU has for a fault of an image.
fn image_text(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Magic => "incorrect LFS header signature",
        ErrorKind::Version | ErrorKind::Features => "Incorrect LFS header version",
        ErrorKind::Model => "Incorrect LFS build type",
        ErrorKind::Length | ErrorKind::Truncated => "LFS length mismatch",
        _ => "checksum error on LFS image file",
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Error::Flash(kind) => return write!(f, "flash: {kind}"),
            Error::ReadBack(offset) => return write!(f, "flash holds other data at {offset:#x}"),
            Error::JournalVersion(version) => {
                return write!(f, "LFS journal has the unknown version {version}");
            }
            Error::Overwrite(offset) => {
                return write!(f, "word {offset:#x} of the slot is programmed twice");
            }
            Error::Misplaced(offset) => {
                return write!(f, "write at {offset:#x} does not fit the slot");
            }
            Error::Layout => "LFS layout is not separate ranges of whole erase blocks",
            Error::Geometry => "units of the flash do not fit the LFS journal",
            Error::NoRegion => "No LFS partition allocated",
            Error::NotMapped => "LFS region is not mapped",
            Error::TooLarge { .. } => "LFS Image too big for configured LFS region",
            Error::Length { .. } => "LFS length mismatch",
            Error::Image(error) => image_text(error.kind),
            Error::Source => "read error on LFS image file",
            Error::SourceChanged => "LFS image file is not the one requested",
            Error::NoFreeSlot => "no free LFS slot: restart, confirm or roll back first",
            Error::SingleSlot => "LFS region has one slot: it is replaced at a restart",
            Error::NotSingleSlot => "LFS region has room for a second image",
            Error::NoRequest => "no LFS update is pending",
            Error::RequestPending => "an LFS update is pending",
            Error::SourceName => "name of the LFS image file is too long",
            Error::NotStarted => "LFS image has not been started yet",
            Error::NoPrevious => "no LFS image to roll back to",
            Error::NotVerified => "LFS image is not verified",
        };
        f.write_str(text)
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Error::Image(error) => Some(error),
            _ => None,
        }
    }
}

impl From<crate::error::Error> for Error {
    fn from(error: crate::error::Error) -> Self {
        Error::Image(error)
    }
}
