//! The ESP8266's flash through the routines in its mask ROM.
//!
//! | module | idea |
//! |---|---|
//! | `rom` | the routines, their addresses, and how they are called with the cache out of the way |
//!
//! While a routine works on flash the cache is off, so nothing may run from flash nor read it: interrupts are off too, and the few
//! instructions between are in instruction RAM. Reads go through the window where it reaches, by whole words, and through the ROM
//! elsewhere.

mod rom;

use core::fmt;
use core::ops::Range;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use lfs_format::store::FlashMap;

pub use rom::{Bank, ChipRom, MAPPED};

use super::Window;

/// Bytes of a sector, the least that is erased.
pub const SECTOR: u32 = 0x1000;
/// Bytes given to the ROM at a time: a page of the flash chip.
const PAGE: usize = 256;
const WORD: usize = 4;

/// What a routine of the ROM says: 0 is success.
pub type Status = u32;

/// The routines, so that a model can stand in for them.
pub trait MaskRom {
    /// Takes the write protection off the flash chip.
    fn unlock(&mut self) -> Status;
    /// Erases the sector with this number.
    fn erase_sector(&mut self, sector: u32) -> Status;
    /// Programs words at an offset in bytes.
    fn write(&mut self, offset: u32, words: &[u32]) -> Status;
    /// Reads words from an offset in bytes.
    fn read(&mut self, offset: u32, words: &mut [u32]) -> Status;
    /// Makes the cache forget what it holds.
    fn refresh(&mut self);
}

/// Why an operation on flash failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FlashError {
    /// The range is not within the flash.
    OutOfBounds,
    /// The range does not consist of whole words, or of whole sectors.
    NotAligned,
    /// The ROM gave up: 1 an error, 2 a time-out.
    Rom(Status),
}

impl fmt::Display for FlashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBounds => f.write_str("not within the flash"),
            Self::NotAligned => f.write_str("not aligned as the flash demands"),
            Self::Rom(status) => write!(f, "the flash routine failed with {status}"),
        }
    }
}

impl core::error::Error for FlashError {}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Self::NotAligned => NorFlashErrorKind::NotAligned,
            Self::Rom(_) => NorFlashErrorKind::Other,
        }
    }
}

fn done(status: Status) -> Result<(), FlashError> {
    match status {
        0 => Ok(()),
        status => {
            log!(error, "flash routine: {=u32}", status);
            Err(FlashError::Rom(status))
        }
    }
}

/// The flash of an ESP8266.
#[derive(Debug)]
pub struct Esp8266Flash<R> {
    rom: R,
    capacity: u32,
    window: Window,
    unlocked: bool,
}

impl Esp8266Flash<ChipRom> {
    /// The flash of the chip that runs the program, of `capacity` bytes, with a bank of it mapped from 0x4020_0000 on.
    ///
    /// # Safety
    ///
    /// The program runs on an ESP8266, on which this is the only value of the type; the cache shows `bank`; and nothing else,
    /// a non-maskable interrupt neither, uses the SPI controller or runs from flash while this type's functions run.
    #[allow(unsafe_code)]
    #[must_use]
    pub unsafe fn take(capacity: u32, bank: Bank) -> Self {
        let range = bank.range();
        let range = range.start.min(capacity)..range.end.min(capacity);
        // SAFETY: the cache shows the bank there, by the caller's promise, and this type alone changes it, borrowed mutably.
        let window = unsafe { Window::new(MAPPED as *const u32, range) };
        // SAFETY: the caller's promise.
        Self::new(unsafe { ChipRom::take(bank) }, capacity, window)
    }
}

impl<R: MaskRom> Esp8266Flash<R> {
    /// Flash of `capacity` bytes behind these routines, part of which a window shows.
    #[must_use]
    pub fn new(rom: R, capacity: u32, window: Window) -> Self {
        Self {
            rom,
            capacity,
            window,
            unlocked: false,
        }
    }

    /// A map for images that run while this flash is written.
    ///
    /// # Safety
    ///
    /// No flash is erased or programmed under a view that was taken through the map. A [`Store`](lfs_format::store::Store) over this
    /// flash does not, for the images that it had selected when it was opened.
    #[allow(unsafe_code)]
    #[must_use]
    pub unsafe fn window(&self) -> Window {
        self.window
    }

    fn check(&self, range: &Range<u32>, unit: u32) -> Result<(), FlashError> {
        if range.start > range.end || range.end > self.capacity {
            Err(FlashError::OutOfBounds)
        } else if !range.start.is_multiple_of(unit) || !range.end.is_multiple_of(unit) {
            Err(FlashError::NotAligned)
        } else {
            Ok(())
        }
    }

    /// The protection bits lie in cells that wear, so they are written once, and only if flash is to be changed.
    fn unlock(&mut self) -> Result<(), FlashError> {
        if !self.unlocked {
            done(self.rom.unlock())?;
            self.unlocked = true;
        }
        Ok(())
    }

    /// Pages of a range: offset and length in bytes.
    fn pages(range: Range<u32>) -> impl Iterator<Item = (u32, usize)> {
        let mut at = range.start;
        core::iter::from_fn(move || {
            let rest = range.end.checked_sub(at).filter(|rest| *rest > 0)?;
            let page = (PAGE as u32 - at % PAGE as u32).min(rest);
            let from = at;
            at += page;
            Some((from, page as usize))
        })
    }
}

/// The range of so many bytes from an offset on.
fn extent(offset: u32, length: usize) -> Result<Range<u32>, FlashError> {
    let end = u32::try_from(length)
        .ok()
        .and_then(|length| offset.checked_add(length));
    Ok(offset..end.ok_or(FlashError::OutOfBounds)?)
}

impl<R> ErrorType for Esp8266Flash<R> {
    type Error = FlashError;
}

impl<R: MaskRom> ReadNorFlash for Esp8266Flash<R> {
    const READ_SIZE: usize = WORD;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        let range = extent(offset, bytes.len())?;
        self.check(&range, WORD as u32)?;
        let mut rest = bytes.as_chunks_mut::<WORD>().0.iter_mut();
        for (at, length) in Self::pages(range) {
            let mut page = [0; PAGE / WORD];
            let words = page.get_mut(..length / WORD).unwrap_or_default();
            if !self.window.copy(at, words) {
                done(self.rom.read(at, words))?;
            }
            for (word, to) in words.iter().zip(rest.by_ref()) {
                *to = word.to_le_bytes();
            }
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.capacity as usize
    }
}

impl<R: MaskRom> NorFlash for Esp8266Flash<R> {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = SECTOR as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        self.check(&(from..to), SECTOR)?;
        log!(debug, "erase {=u32:#x}..{=u32:#x}", from, to);
        self.unlock()?;
        for sector in from / SECTOR..to / SECTOR {
            done(self.rom.erase_sector(sector))?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        let range = extent(offset, bytes.len())?;
        self.check(&range, WORD as u32)?;
        log!(
            trace,
            "program {=u32:#x}..{=u32:#x}",
            range.start,
            range.end
        );
        self.unlock()?;
        let mut rest = bytes.as_chunks::<WORD>().0.iter();
        for (at, length) in Self::pages(range) {
            // The ROM takes aligned words in RAM only.
            let mut page = [0; PAGE / WORD];
            let words = page.get_mut(..length / WORD).unwrap_or_default();
            for (word, from) in words.iter_mut().zip(rest.by_ref()) {
                *word = u32::from_le_bytes(*from);
            }
            done(self.rom.write(at, words))?;
        }
        Ok(())
    }
}

impl<R: MaskRom> FlashMap for Esp8266Flash<R> {
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        self.window.for_ever(range)
    }

    fn invalidate(&mut self, _: Range<u32>) {
        self.rom.refresh();
    }
}

#[cfg(test)]
mod tests;
