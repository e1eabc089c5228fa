//! A window over all strings: the next ones in the order of the table, as many as RAM holds.

use alloc::vec::Vec;
use core::cmp::Ordering;

use rostrings::layout::bucket_of;
use rostrings::record::{Record, record_words};
use rostrings::word::cmp_text;

use super::error::Fault;
use crate::checksum;

/// Stands for a string: equal texts have equal keys, and others are found out when the strings are looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    hash: u32,
    check: u32,
    length: u32,
}

impl Key {
    fn of(record: &Record<'_>) -> Self {
        Self {
            hash: record.hash(),
            check: checksum::crc32(record.text_words()),
            length: record.len() as u32,
        }
    }
}

#[derive(Clone, Copy)]
struct Entry {
    key: Key,
    /// Word of the image, and whether the string is there already.
    place: u32,
}

/// Bit of a place: the string is written. Images have fewer than 2^29 words.
const WRITTEN: u32 = 1 << 31;

/// Text of a string whose hash another string has.
struct Twin {
    key: Key,
    words: Vec<u32>,
}

/// The strings behind a bound, the lowest first, sorted by bucket and hash; those of one hash are all in one window.
pub(super) struct Window {
    entries: Vec<Entry>,
    capacity: usize,
    bits: u32,
    /// Bucket and hash of the last string of the window before.
    after: Option<u64>,
    /// There are strings behind the window.
    more: bool,
}

impl Window {
    /// An empty window at the beginning of a table of one bucket.
    pub(super) fn new(capacity: usize) -> Result<Self, Fault> {
        let mut entries = Vec::new();
        entries.try_reserve_exact(capacity)?;
        Ok(Self {
            entries,
            capacity,
            bits: 0,
            after: None,
            more: false,
        })
    }

    pub(super) fn into_capacity(self) -> usize {
        self.capacity
    }

    fn rank(&self, hash: u32) -> u64 {
        (bucket_of(hash, self.bits) as u64) << 32 | u64::from(hash)
    }

    fn order(&self, a: &Key, b: &Key) -> Ordering {
        let by = |key: &Key| (self.rank(key.hash), key.check, key.length);
        by(a).cmp(&by(b))
    }

    /// Takes a string into the window if it belongs there.
    pub(super) fn offer(&mut self, record: &Record<'_>) {
        let rank = self.rank(record.hash());
        if self.after.is_some_and(|after| rank <= after) {
            return;
        }
        let full = self.entries.len() == self.capacity;
        let last = self.entries.last();
        if full && last.is_some_and(|last| rank > self.rank(last.key.hash)) {
            self.more = true;
            return;
        }
        let key = Key::of(record);
        let found = self
            .entries
            .binary_search_by(|entry| self.order(&entry.key, &key));
        let Err(at) = found else { return };
        if full {
            self.more = true;
            if at == self.capacity {
                return;
            }
            self.entries.pop();
        }
        // Within the capacity that was reserved.
        self.entries.insert(at, Entry { key, place: 0 });
    }

    /// All strings were offered.
    pub(super) fn close(&mut self) {
        if !self.more {
            return;
        }
        // More of the last hash may be behind: they are left to the next window together. A window holds more strings than a
        // bucket may, so what is left here is not nothing unless a bucket is too full, which `write` says.
        if let Some(last) = self.entries.last().map(|last| last.key.hash) {
            let keep = self
                .entries
                .partition_point(|entry| self.rank(entry.key.hash) < self.rank(last));
            if keep > 0 {
                self.entries.truncate(keep);
            }
        }
    }

    /// Goes on behind this window; `false` if there is nothing.
    pub(super) fn advance(&mut self) -> bool {
        let last = self.entries.last().map(|last| self.rank(last.key.hash));
        let more = core::mem::take(&mut self.more);
        if more {
            self.after = last;
            self.entries.clear();
        }
        more
    }

    /// Goes back to the beginning, of a table of `2^bits` buckets. Whether the strings, if they are all here, are kept.
    pub(super) fn rewind(&mut self, bits: u32) -> bool {
        let whole = self.after.is_none() && !self.more;
        (self.bits, self.after, self.more) = (bits, None, false);
        match whole {
            true => self.sort(&Twins::default()),
            false => self.entries.clear(),
        }
        whole
    }

    /// Sorts by bucket and hash, and strings of one hash by the texts that are known. By insertion, which is little code: it is
    /// done once, with as many strings as RAM holds.
    pub(super) fn sort(&mut self, twins: &Twins) {
        for at in 1..self.entries.len() {
            let (sorted, rest) = self.entries.split_at(at);
            let Some(&entry) = rest.first() else { return };
            let before = |other: &Entry| {
                let by_rank = self.rank(other.key.hash).cmp(&self.rank(entry.key.hash));
                by_rank.then_with(|| twins.order(&other.key, &entry.key)) == Ordering::Less
            };
            let to = sorted.partition_point(before);
            self.entries.copy_within(to..at, to + 1);
            if let Some(place) = self.entries.get_mut(to) {
                *place = entry;
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Words of all records.
    pub(super) fn words(&self) -> u64 {
        let words = |entry: &Entry| record_words(entry.key.length as usize) as u64;
        self.entries.iter().map(words).sum()
    }

    /// Gives each string its place, one behind the other from word `at` on; `each` is told hash and place. Gives the end.
    pub(super) fn place(
        &mut self,
        mut at: u32,
        mut each: impl FnMut(u32, u32) -> Result<(), Fault>,
    ) -> Result<u32, Fault> {
        for entry in &mut self.entries {
            entry.place = at;
            each(entry.key.hash, at)?;
            at = at.saturating_add(record_words(entry.key.length as usize) as u32);
        }
        Ok(at)
    }

    /// The entries of a hash.
    fn alike(&self, hash: u32) -> core::ops::Range<usize> {
        let rank = self.rank(hash);
        let bound = |below: &dyn Fn(u64) -> bool| {
            self.entries
                .partition_point(|entry| below(self.rank(entry.key.hash)))
        };
        let start = bound(&|other| other < rank);
        let behind = self.entries.get(start..).unwrap_or_default();
        let count = behind.iter().take_while(|entry| entry.key.hash == hash);
        start..start + count.count()
    }

    /// Where a string is to be written, if it is of this window and was not asked for before.
    pub(super) fn claim(&mut self, record: &Record<'_>) -> Option<u32> {
        let range = self.alike(record.hash());
        if range.is_empty() {
            return None;
        }
        let key = Key::of(record);
        let mut entries = self.entries.get_mut(range)?.iter_mut();
        let entry = entries.find(|entry| entry.key == key)?;
        let place = entry.place;
        entry.place |= WRITTEN;
        (place & WRITTEN == 0).then_some(place)
    }

    /// Whether all strings were written.
    pub(super) fn is_written(&self) -> bool {
        self.entries.iter().all(|entry| entry.place & WRITTEN != 0)
    }

    /// Whether strings have equal hashes: their texts decide on their order.
    pub(super) fn has_twins(&self) -> bool {
        self.entries
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a.key.hash == b.key.hash))
    }
}

/// The texts of the strings of equal hashes. There are hardly ever any.
#[derive(Default)]
pub(super) struct Twins(Vec<Twin>);

impl Twins {
    /// Keeps a string of the window if another one there has its hash.
    pub(super) fn offer(&mut self, window: &Window, record: &Record<'_>) -> Result<(), Fault> {
        let entries = window.entries.get(window.alike(record.hash()));
        let Some(entries @ [_, _, ..]) = entries else {
            return Ok(());
        };
        let key = Key::of(record);
        let known = self.0.iter().any(|twin| twin.key == key);
        if known || !entries.iter().any(|entry| entry.key == key) {
            return Ok(());
        }
        let mut words = Vec::new();
        words.try_reserve_exact(record.text_words().len())?;
        words.extend(record.text_words().iter().map(rostrings::word::read));
        self.0.try_reserve(1)?;
        self.0.push(Twin { key, words });
        Ok(())
    }

    /// Order of two strings by their texts, or by their lengths if those are not known.
    fn order(&self, a: &Key, b: &Key) -> Ordering {
        let text = |key: &Key| {
            let twin = self.0.iter().find(|twin| twin.key == *key);
            twin.map_or(&[][..], |twin| &twin.words)
        };
        cmp_text(text(a), a.length as usize, text(b), b.length as usize)
    }
}
