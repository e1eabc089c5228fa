//! Where images come from that can be read more than once.

use core::fmt;

use embedded_storage::nor_flash::ReadNorFlash;

use super::Error;
use super::flash::CHUNK;
use super::intake::{Intake, Terms};
use crate::header::Header;

/// A source could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ReadError;

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Error::Source.fmt(f)
    }
}

impl core::error::Error for ReadError {}

/// An image that can be read more than once: a file, or bytes in memory.
///
/// It is checked whole before anything is erased, and again as it is written.
pub trait Source {
    /// Length in bytes.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    fn length(&mut self) -> Result<u32, ReadError>;

    /// Fills `bytes` from `offset`, which with them is within the length.
    ///
    /// # Errors
    ///
    /// [`ReadError`], also if there are not as many bytes.
    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ReadError>;
}

impl Source for &[u8] {
    fn length(&mut self) -> Result<u32, ReadError> {
        u32::try_from(self.len()).map_err(|_| ReadError)
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ReadError> {
        let from = offset as usize;
        let part = self.get(from..).and_then(|rest| rest.get(..bytes.len()));
        bytes.copy_from_slice(part.ok_or(ReadError)?);
        Ok(())
    }
}

impl<S: Source + ?Sized> Source for &mut S {
    fn length(&mut self) -> Result<u32, ReadError> {
        S::length(self)
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ReadError> {
        S::read(self, offset, bytes)
    }
}

/// Hands the bytes of a source to `sink`, piece by piece.
pub(super) fn pump<S: Source>(
    source: &mut S,
    length: u32,
    mut sink: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut offset = 0;
    let mut chunk = [0; CHUNK];
    while offset < length {
        let count = (length - offset).min(CHUNK as u32);
        let chunk = chunk.get_mut(..count as usize).unwrap_or_default();
        source.read(offset, chunk).map_err(|_| Error::Source)?;
        sink(chunk)?;
        offset += count;
    }
    Ok(())
}

/// Checks a whole image: header, length, checksum, build id.
pub(super) fn examine<S: Source>(source: &mut S, mut terms: Terms) -> Result<Header, Error> {
    let length = source.length().map_err(|_| Error::Source)?;
    terms.length = Some(length);
    let mut intake = Intake::new(terms);
    pump(source, length, |bytes| intake.take(bytes).map(|_| ()))?;
    intake.finish()
}

/// An image in a slot.
pub(super) struct InSlot<'f, F> {
    pub(super) flash: &'f mut F,
    pub(super) start: u32,
    pub(super) length: u32,
}

impl<F: ReadNorFlash> Source for InSlot<'_, F> {
    fn length(&mut self) -> Result<u32, ReadError> {
        Ok(self.length)
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ReadError> {
        // `pump` asks for at most a chunk at multiples of one; slots are whole chunks, so more than the image may be read.
        let mut cells = [0; CHUNK];
        self.flash
            .read(self.start + offset, &mut cells)
            .map_err(|_| ReadError)?;
        bytes.copy_from_slice(cells.get(..bytes.len()).ok_or(ReadError)?);
        Ok(())
    }
}
