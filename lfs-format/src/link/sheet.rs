//! Words of the new image in flash: each programmed once, in any order; what is there can be read.

use alloc::vec::Vec;

use embedded_storage::nor_flash::NorFlash;
use rostrings::word;

use super::error::Fault;
use crate::checksum::Sums;
use crate::header::{Header, WORDS};
use crate::store::{FlashMap, ImageBuilder};

/// Words read or programmed at a time. A slot is a whole number of them.
const CHUNK: usize = 16;
/// Words of the largest unit of flash.
const MAX_UNIT: usize = 8;

/// A unit of flash of which not all words are known yet.
struct Open {
    start: u32,
    words: [u32; MAX_UNIT],
    /// Bit i: word i is known.
    known: u8,
}

/// The new image.
pub(super) struct Sheet<'u, F> {
    builder: ImageBuilder<'u, F>,
    /// Words of the image.
    length: u32,
    open: Vec<Open>,
    /// What was read last, and the word it begins at.
    chunk: Option<(u32, [u32; CHUNK])>,
}

impl<'u, F: NorFlash + FlashMap> Sheet<'u, F> {
    /// Words that are programmed together.
    const UNIT: u32 = {
        let unit = ImageBuilder::<F>::UNIT / 4;
        if unit == 0 { 1 } else { unit as u32 }
    };

    pub(super) fn new(builder: ImageBuilder<'u, F>, length: u32) -> Self {
        Self {
            builder,
            length,
            open: Vec::new(),
            chunk: None,
        }
    }

    /// Writes words at word `at`. Whole units are programmed at once, others when the rest of them comes.
    pub(super) fn put(&mut self, mut at: u32, mut words: &[u32]) -> Result<(), Fault> {
        let end = at.saturating_add(words.len() as u32);
        self.chunk = self
            .chunk
            .filter(|(start, _)| *start >= end || at >= start + CHUNK as u32);
        while !words.is_empty() {
            let within = at % Self::UNIT;
            let whole = within == 0 && words.len() >= Self::UNIT as usize;
            let room = match whole {
                true => (CHUNK as u32).min(words.len() as u32 / Self::UNIT * Self::UNIT),
                false => Self::UNIT - within,
            };
            let (now, later) = words.split_at(words.len().min(room as usize));
            match whole {
                true => self.program(at, now)?,
                false => self.complete(at - within, within as usize, now)?,
            }
            at += now.len() as u32;
            words = later;
        }
        Ok(())
    }

    fn program(&mut self, at: u32, words: &[u32]) -> Result<(), Fault> {
        let mut bytes = [0; CHUNK * 4];
        for (to, from) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *to = word::read(from).to_le_bytes();
        }
        let bytes = bytes.get(..words.len() * 4).unwrap_or_default();
        Ok(self.builder.write(at * 4, bytes)?)
    }

    /// Adds words to a unit, which is programmed once it is whole.
    fn complete(&mut self, start: u32, within: usize, words: &[u32]) -> Result<(), Fault> {
        let index = match self.open.iter().position(|open| open.start == start) {
            Some(index) => index,
            None => {
                self.open.try_reserve(1)?;
                self.open.push(Open {
                    start,
                    words: [u32::MAX; MAX_UNIT],
                    // Behind the image flash stays erased.
                    known: (0..MAX_UNIT as u32)
                        .filter(|word| start + word >= self.length)
                        .fold(0, |known, word| known | 1 << word),
                });
                self.open.len() - 1
            }
        };
        let Some(open) = self.open.get_mut(index) else {
            return Ok(());
        };
        for (place, word) in (within..).zip(words) {
            open.words[place] = word::read(word);
            open.known |= 1 << place;
        }
        let whole = (1u32 << Self::UNIT) - 1;
        if u32::from(open.known) & whole == whole {
            let unit = self.open.swap_remove(index);
            self.program(start, &unit.words[..Self::UNIT as usize])?;
        }
        Ok(())
    }

    /// The words around word `at`, and the first of them.
    fn chunk(&mut self, at: u32) -> Result<(u32, [u32; CHUNK]), Fault> {
        let start = at / CHUNK as u32 * CHUNK as u32;
        if let Some(chunk) = self.chunk
            && chunk.0 == start
        {
            return Ok(chunk);
        }
        let mut bytes = [0; CHUNK * 4];
        self.builder.read(start * 4, &mut bytes)?;
        let mut words = [0; CHUNK];
        for (to, from) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *to = u32::from_le_bytes(*from);
        }
        for open in &self.open {
            for (place, word) in (open.start..).zip(open.words) {
                let known = open.known & 1 << (place - open.start) != 0;
                if known && place >= start && place < start + CHUNK as u32 {
                    words[(place - start) as usize] = word;
                }
            }
        }
        self.chunk = Some((start, words));
        Ok((start, words))
    }

    /// Reads one word.
    pub(super) fn word(&mut self, at: u32) -> Result<u32, Fault> {
        let (start, words) = self.chunk(at)?;
        Ok(words[(at - start) as usize])
    }

    /// Whether these words are at word `at`.
    pub(super) fn holds(&mut self, at: u32, words: &[u32]) -> Result<bool, Fault> {
        for (place, word) in (at..).zip(words) {
            if self.word(place)? != word::read(word) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes the header, with the sums of what was written behind it; gives the build id.
    pub(super) fn seal(&mut self, header: Header) -> Result<u64, Fault> {
        let mut sums = Sums::new(header.features, header.model);
        for at in WORDS as u32..self.length {
            let word = self.word(at)?;
            sums.update(&word.to_le_bytes());
        }
        let (crc, build_id) = sums.finish();
        self.put(0, &header.seal(crc, build_id))?;
        Ok(build_id)
    }

    /// The image is complete.
    pub(super) fn finish(self) -> Result<(), Fault> {
        Ok(self.builder.finish()?)
    }
}

/// Words that come one behind the other.
pub(super) struct Run {
    /// Place of the first word that is not written yet.
    at: u32,
    words: [u32; CHUNK],
    count: usize,
}

impl Run {
    /// Begins at word `at`.
    pub(super) fn new(at: u32) -> Self {
        Self {
            at,
            words: [0; CHUNK],
            count: 0,
        }
    }

    pub(super) fn push<F: NorFlash + FlashMap>(
        &mut self,
        sheet: &mut Sheet<'_, F>,
        word: u32,
    ) -> Result<(), Fault> {
        self.words[self.count] = word;
        self.count += 1;
        let end = self.at + self.count as u32;
        match end.is_multiple_of(CHUNK as u32) {
            true => self.flush(sheet),
            false => Ok(()),
        }
    }

    /// Writes what is left.
    pub(super) fn flush<F: NorFlash + FlashMap>(
        &mut self,
        sheet: &mut Sheet<'_, F>,
    ) -> Result<(), Fault> {
        sheet.put(self.at, &self.words[..self.count])?;
        self.at += self.count as u32;
        self.count = 0;
        Ok(())
    }
}
