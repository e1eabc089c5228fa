//! Module index: from a module's name to its main function in constant time.
//!
//! ```text
//! +0  n (low half), log2 of the number of slots (bits 16..24)
//! +1  n entries, by ascending name: {name, main function}, word offsets from the start of the image
//! ... slots, half words, low half first: 0 free, else 1 + number of an entry
//! ```
//!
//! The entry of a name is found from slot `hash & (slots - 1)` on, upwards and around, within [`MAX_PROBE`] slots.
//! An image without modules has an empty section.

use alloc::collections::TryReserveError;
use alloc::vec::Vec;

use rostrings::record::Record;
use rostrings::word::load;

use crate::error::{Error, ErrorKind};
use crate::names::{Names, order};

/// Most slots a look-up visits.
pub const MAX_PROBE: usize = 64;
/// Most modules of an image.
pub const MAX_MODULES: usize = 0x7fff;

/// Words of an entry.
const ENTRY: usize = 2;

/// Slots for names of these hashes: at least twice as many as names, more if a probe gets too long. `None` if that does not
/// help.
pub(crate) fn place(
    hashes: impl ExactSizeIterator<Item = u32> + Clone,
) -> Result<Option<Vec<u16>>, TryReserveError> {
    let mut slots: Vec<u16> = Vec::new();
    let least = (hashes.len() * 2).next_power_of_two();
    for size in [least, least * 2, least * 4] {
        slots.clear();
        slots.try_reserve_exact(size)?;
        slots.resize(size, 0);
        let all = (1..).zip(hashes.clone()).all(|(entry, hash)| {
            let free = (0..MAX_PROBE)
                .map(|step| (hash as usize).wrapping_add(step) & (size - 1))
                .find(|slot| slots[*slot] == 0);
            if let Some(slot) = free {
                slots[slot] = entry;
            }
            free.is_some()
        });
        if all {
            return Ok(Some(slots));
        }
    }
    Ok(None)
}

/// Words of the section for so many modules and slots.
pub(crate) fn words(modules: usize, slots: usize) -> usize {
    match modules {
        0 => 0,
        modules => 1 + ENTRY * modules + slots / 2,
    }
}

/// The section's first word.
pub(crate) fn head(modules: usize, slots: usize) -> u32 {
    modules as u32 | slots.trailing_zeros() << 16
}

/// View of the index section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Index<'a> {
    words: &'a [u32],
}

impl<'a> Index<'a> {
    pub(crate) fn new(words: &'a [u32]) -> Self {
        Self { words }
    }

    pub(crate) fn len(&self) -> usize {
        (load(self.words, 0).unwrap_or(0) & 0xffff) as usize
    }

    fn slots(&self) -> usize {
        let bits = load(self.words, 0).unwrap_or(0) >> 16;
        1usize.checked_shl(bits).unwrap_or(0)
    }

    /// Name and main function of entry `index`.
    pub(crate) fn entry(&self, index: usize) -> Option<(u32, u32)> {
        if index >= self.len() {
            return None;
        }
        let at = 1 + index * ENTRY;
        Some((load(self.words, at)?, load(self.words, at + 1)?))
    }

    #[inline(always)]
    fn slot(&self, slot: usize) -> Option<usize> {
        let word = load(self.words, 1 + self.len() * ENTRY + slot / 2)?;
        Some((word >> (16 * (slot % 2)) & 0xffff) as usize)
    }

    /// Main function of the module with this name, whose hash is `hash`.
    pub(crate) fn find(&self, names: &Names<'a>, hash: u32, text: &[u8]) -> Option<u32> {
        let mut main = None;
        self.probe(hash, |entry| {
            main = self.entry(entry).and_then(|(name, function)| {
                let likely = names.hash(name)? == hash;
                (likely && names.record(name)?.eq_text(text)).then_some(function)
            });
            main.is_some()
        })?;
        main
    }

    fn probe(&self, hash: u32, mut is_it: impl FnMut(usize) -> bool) -> Option<usize> {
        let mask = self.slots().checked_sub(1)?;
        for step in 0..MAX_PROBE {
            let entry = self
                .slot((hash as usize).wrapping_add(step) & mask)?
                .checked_sub(1)?;
            if is_it(entry) {
                return Some(entry);
            }
        }
        None
    }

    /// Proves the section; `is_main` says whether a main function starts at a word offset.
    /// `start` is the section's place in the image.
    pub(crate) fn verify(
        &self,
        names: &Names<'a>,
        start: usize,
        is_main: impl Fn(u32) -> bool,
    ) -> Result<(), Error> {
        if self.words.is_empty() {
            return Ok(());
        }
        let fault = |kind, at| Err(Error::new(kind, start + at));
        let (len, slots) = (self.len(), self.slots());
        let words = 1 + len * ENTRY + slots / 2;
        if len == 0 || len > MAX_MODULES || slots <= len || words != self.words.len() {
            return fault(ErrorKind::IndexSize, 0);
        }
        let mut before: Option<Record<'a>> = None;
        for number in 0..len {
            let at = 1 + number * ENTRY;
            let (name, function) = self.entry(number).unwrap_or_default();
            let Some(record) = names.proved(name) else {
                return fault(ErrorKind::ModuleName, at);
            };
            if before.is_some_and(|before| order(&before, &record).is_ge()) {
                return fault(ErrorKind::ModuleOrder, at);
            }
            if !is_main(function) {
                return fault(ErrorKind::ModuleFunction, at + 1);
            }
            // Names differ, so the entry itself is what a look-up of its name must reach.
            if self.probe(record.hash(), |entry| entry == number).is_none() {
                return fault(ErrorKind::IndexSlot, at);
            }
            before = Some(record);
        }
        let used = (0..slots)
            .filter(|slot| self.slot(*slot) != Some(0))
            .count();
        if used != len {
            return fault(ErrorKind::IndexSlot, 1 + len * ENTRY);
        }
        Ok(())
    }
}
