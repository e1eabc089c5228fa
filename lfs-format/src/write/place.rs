//! Places of strings and records in the finished image, and the slots that point at them.

use rostrings::builder::{BuildError, Layout, StringId};
use rostrings::record::Record;
use rostrings::rom::RomTable;

use super::{Placed, WriteError};
use crate::function::record;
use crate::header::Section;
use crate::stream::put_slot;

/// The laid-out strings, by their number in the builder.
pub(super) struct Strings<'a> {
    table: RomTable<'a>,
    offsets: &'a [u32],
}

impl<'a> Strings<'a> {
    pub(super) fn new(layout: &'a Layout) -> Result<Self, WriteError> {
        let table = RomTable::new(layout.words())
            .map_err(|_| WriteError::Strings(BuildError::WrongSize))?;
        Ok(Self {
            table,
            offsets: layout.offsets(),
        })
    }

    pub(super) fn record(&self, index: usize) -> Option<Record<'a>> {
        self.table.record(self.offsets.get(index).copied()?)
    }
}

/// Where everything lies in the finished image.
pub(super) struct Place<'a> {
    pub(super) sections: [u32; Section::COUNT],
    pub(super) strings: Strings<'a>,
}

impl Place<'_> {
    pub(super) fn start(&self, section: Section) -> usize {
        self.sections[section as usize] as usize
    }

    pub(super) fn function(&self, placed: &Placed) -> u32 {
        (self.start(Section::Functions) + placed.record) as u32
    }

    pub(super) fn string(&self, id: StringId) -> u32 {
        self.string_by_index(id.index())
    }

    pub(super) fn string_by_index(&self, index: usize) -> u32 {
        let offset = self.strings.offsets.get(index).copied().unwrap_or(0);
        (self.start(Section::Strings) as u32).wrapping_add(offset)
    }

    /// The slot of string `index` of a function whose `k` lies at word `k_at` of the image.
    pub(super) fn slot(&self, index: usize, k_at: usize) -> u64 {
        let target = i64::from(self.string_by_index(index));
        let long = self
            .strings
            .record(index)
            .is_some_and(|record| !record.is_short());
        let offset = (target - k_at as i64) * 4;
        (offset | if long { record::SLOT_LONG } else { 0 }) as u64
    }
}

/// Replaces `count` slots that hold string numbers, plus one; 0 stays 0.
pub(super) fn link_slots(
    words: &mut [u32],
    at: usize,
    width: usize,
    count: usize,
    k_at: usize,
    place: &Place<'_>,
) {
    for slot in 0..count {
        let at = at + slot * width;
        let number = words.get(at).copied().unwrap_or(0);
        if let Some(index) = number.checked_sub(1) {
            put_slot(words, at, width, place.slot(index as usize, k_at));
        }
    }
}
