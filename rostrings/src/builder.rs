//! Builds a ROM table at run time, on a PC or on the device.

use alloc::vec::Vec;
use core::fmt;

use crate::hash;
use crate::index::Index;
use crate::layout::{Emitter, bucket_bits, bucket_of, prefix_words};
use crate::record::record_words;

/// Why a ROM table cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum BuildError {
    /// The heap has no room.
    OutOfMemory,
    /// More than [`MAX_BUCKET`](crate::rom::MAX_BUCKET) strings fall into one bucket.
    BucketFull {
        /// Number of the bucket.
        bucket: u32,
    },
    /// The table, or one text, does not fit in 32-bit sizes.
    TooLarge,
    /// The array that a table is built into at compile time has not the table's size.
    WrongSize,
}

impl BuildError {
    /// The error in words, also in constant evaluation.
    pub const fn message(&self) -> &'static str {
        match self {
            Self::OutOfMemory => "string table: out of memory",
            Self::BucketFull { .. } => "string table: too many strings in one bucket",
            Self::TooLarge => "string table: too large",
            Self::WrongSize => "string table: array of the wrong size",
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for BuildError {}

/// A string of one [`Builder`]: ids count up from 0 in order of first insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StringId(u32);

impl StringId {
    /// Position of the string in order of first insertion.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone, Copy)]
struct Entry {
    start: usize,
    len: usize,
    hash: u32,
}

/// Collects different texts and lays them out as a ROM table.
///
/// A failed call changes nothing that later calls or the finished table would show.
#[derive(Default)]
pub struct Builder {
    texts: Vec<u8>,
    entries: Vec<Entry>,
    ids: Index,
}

impl Builder {
    /// A builder without strings; it allocates nothing.
    pub const fn new() -> Self {
        Self {
            texts: Vec::new(),
            entries: Vec::new(),
            ids: Index::new(),
        }
    }

    /// Adds a text, short or long, and returns its id: the id it already has if it is there.
    ///
    /// # Errors
    ///
    /// `OutOfMemory`, or `TooLarge` if a size or the number of strings passes 32 bits.
    pub fn insert(&mut self, text: &[u8]) -> Result<StringId, BuildError> {
        let hash = hash(text);
        let mut same = |id: usize| {
            self.entries
                .get(id)
                .is_some_and(|entry| entry.hash == hash && self.entry_text(entry) == text)
        };
        if let Some(id) = self.ids.find(hash, &mut same) {
            return Ok(StringId(id as u32));
        }
        if u32::try_from(text.len()).is_err() {
            return Err(BuildError::TooLarge);
        }
        let id = u32::try_from(self.entries.len()).map_err(|_| BuildError::TooLarge)?;
        // All reservations come first, so that a failure leaves the builder as it was.
        self.texts
            .try_reserve(text.len())
            .map_err(|_| BuildError::OutOfMemory)?;
        self.entries
            .try_reserve(1)
            .map_err(|_| BuildError::OutOfMemory)?;
        let entries = &self.entries;
        let hash_of = |id: usize| entries.get(id).map_or(0, |entry| entry.hash);
        self.ids
            .insert(hash, id as usize, &hash_of)
            .map_err(|_| BuildError::OutOfMemory)?;
        self.entries.push(Entry {
            start: self.texts.len(),
            len: text.len(),
            hash,
        });
        self.texts.extend_from_slice(text);
        Ok(StringId(id))
    }

    /// Number of different texts so far.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no text yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The text of an id of this builder.
    pub fn text(&self, id: StringId) -> Option<&[u8]> {
        self.entries
            .get(id.index())
            .map(|entry| self.entry_text(entry))
    }

    /// Lays the table out: by bucket, then hash, then text, whatever the order of insertion was.
    ///
    /// # Errors
    ///
    /// `OutOfMemory`, `BucketFull`, or `TooLarge` if offsets pass 32 bits.
    pub fn finish(self) -> Result<Layout, BuildError> {
        let n = u32::try_from(self.entries.len()).map_err(|_| BuildError::TooLarge)?;
        let bits = bucket_bits(n);
        let mut order: Vec<(u32, Entry)> = Vec::new();
        order
            .try_reserve_exact(self.entries.len())
            .map_err(|_| BuildError::OutOfMemory)?;
        order.extend((0..).zip(self.entries.iter().copied()));
        order.sort_unstable_by(|(_, a), (_, b)| {
            let key = |entry: &Entry| (bucket_of(entry.hash, bits), entry.hash);
            key(a)
                .cmp(&key(b))
                .then_with(|| self.entry_text(a).cmp(self.entry_text(b)))
        });

        let records = self.entries.iter().try_fold(0usize, |sum, entry| {
            sum.checked_add(record_words(entry.len))
        });
        let size = records
            .and_then(|records| records.checked_add(prefix_words(bits)))
            .ok_or(BuildError::TooLarge)?;
        if u32::try_from(size).is_err() {
            return Err(BuildError::TooLarge);
        }
        let mut words = zeroed(size)?;
        let mut offsets = zeroed(self.entries.len())?;
        let mut emitter = Emitter::begin(&mut words, n)?;
        for (id, entry) in &order {
            let offset = emitter.push(&mut words, self.entry_text(entry), entry.hash)?;
            if let Some(slot) = offsets.get_mut(*id as usize) {
                *slot = offset;
            }
        }
        emitter.finish(&mut words)?;
        Ok(Layout { words, offsets })
    }

    fn entry_text(&self, entry: &Entry) -> &[u8] {
        self.texts
            .get(entry.start..entry.start + entry.len)
            .unwrap_or(&[])
    }
}

fn zeroed(len: usize) -> Result<Vec<u32>, BuildError> {
    let mut words = Vec::new();
    words
        .try_reserve_exact(len)
        .map_err(|_| BuildError::OutOfMemory)?;
    words.resize(len, 0);
    Ok(words)
}

/// A finished table and where each string of the builder lies in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    words: Vec<u32>,
    offsets: Vec<u32>,
}

impl Layout {
    /// The table, ready for [`RomTable::new`](crate::rom::RomTable::new).
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The table by value.
    pub fn into_words(self) -> Vec<u32> {
        self.words
    }

    /// Word offset, from the start of the table, of the record of a string; `None` for an id of
    /// another, larger builder.
    pub fn offset(&self, id: StringId) -> Option<u32> {
        self.offsets.get(id.index()).copied()
    }

    /// The offsets of all strings, in order of their ids.
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }
}
