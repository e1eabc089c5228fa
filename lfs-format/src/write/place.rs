//! Places of strings and records in the finished image, and the slots that point at them.

use super::Placed;
use super::strings::Table;
use crate::function::{StringRef, record};
use crate::header::Section;
use crate::stream::put_slot;

/// Where everything lies in the finished image.
pub(super) struct Place<'a> {
    pub(super) sections: [u32; Section::COUNT],
    pub(super) strings: &'a Table,
}

impl Place<'_> {
    pub(super) fn start(&self, section: Section) -> usize {
        self.sections[section as usize] as usize
    }

    pub(super) fn function(&self, placed: &Placed) -> u32 {
        (self.start(Section::Functions) + placed.record) as u32
    }

    pub(super) fn string(&self, string: StringRef) -> u32 {
        self.string_by_index(string.0)
    }

    pub(super) fn string_by_index(&self, index: usize) -> u32 {
        let offset = self.strings.offset(index).unwrap_or(0);
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
