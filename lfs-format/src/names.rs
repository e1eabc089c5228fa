//! Names of modules and resources: strings of the image's table, sorted by their bytes.

use core::cmp::Ordering;

use rostrings::record::{HASH_WORD, Record};
use rostrings::rom::RomTable;
use rostrings::word::{cmp_text, load};

/// Longest name of a module or resource, in bytes. None is empty.
pub const MAX_NAME: usize = 255;

/// The string table together with its place in the image, from whose start names are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    pub(crate) table: RomTable<'a>,
    pub(crate) start: usize,
}

impl<'a> Names<'a> {
    /// The record at a word offset from the start of the image, if it has the shape of one.
    #[inline(always)]
    pub(crate) fn record(&self, at: u32) -> Option<Record<'a>> {
        self.table.record(at.checked_sub(self.start as u32)?)
    }

    /// The hash of the record at a word offset from the start of the image.
    #[inline(always)]
    pub(crate) fn hash(&self, at: u32) -> Option<u32> {
        let offset = at.checked_sub(self.start as u32)? as usize;
        load(self.table.words(), offset.checked_add(HASH_WORD)?)
    }

    /// The record at a word offset, if a record starts there and its text may be a name.
    pub(crate) fn proved(&self, at: u32) -> Option<Record<'a>> {
        let offset = at.checked_sub(self.start as u32)?;
        let record = self.table.record(offset)?;
        let named = (1..=MAX_NAME).contains(&record.len());
        (named && self.table.contains(offset)).then_some(record)
    }
}

/// Order of two names.
pub(crate) fn order(a: &Record<'_>, b: &Record<'_>) -> Ordering {
    cmp_text(a.text_words(), a.len(), b.text_words(), b.len())
}

/// Order of a record's text to `text`.
pub(crate) fn order_to(record: &Record<'_>, text: &[u8]) -> Ordering {
    for (index, chunk) in text.chunks(4).enumerate() {
        let Some(word) = load(record.text_words(), index) else {
            return Ordering::Less;
        };
        let mut padded = [0; 4];
        for (to, from) in padded.iter_mut().zip(chunk) {
            *to = *from;
        }
        let order = word.swap_bytes().cmp(&u32::from_be_bytes(padded));
        if order != Ordering::Equal {
            return order;
        }
    }
    record.len().cmp(&text.len())
}
