//! Builds a ROM table at compile time, for the names that a firmware carries.
//!
//! The names of the standard library, metamethods and keywords are known when the firmware is
//! built, so their table is a `static` in flash, the same words as the run-time
//! [`Builder`](crate::builder::Builder) would lay out. Other statics point at its records by
//! their offsets. About a thousand names stay far within the compiler's limits of constant
//! evaluation.
//!
//! ```
//! const NAMES: &[&str] = &["print", "pairs", "__index", "print"];
//!
//! rostrings::builtin_table! {
//!     /// Names of the firmware; one that occurs twice in the list has one record.
//!     pub static TABLE = NAMES;
//! }
//! const PAIRS: u32 = rostrings::builtin_offset!(TABLE, "pairs");
//! static PAIRS_RECORD: &u32 = &TABLE[PAIRS as usize];
//!
//! let table = rostrings::rom::RomTable::new(&TABLE)?;
//! assert_eq!(table.len(), 3);
//! assert_eq!(table.find(rostrings::hash(b"pairs"), b"pairs"), Some(PAIRS));
//! assert_eq!(*PAIRS_RECORD, 0x0005_8001);
//! # Ok::<(), rostrings::rom::TableError>(())
//! ```

use crate::builder::BuildError;
use crate::layout::{BITS_WORD, BUCKETS, Emitter, bucket_bits, bucket_of, prefix_words};
use crate::record::{
    HASH_WORD, KIND_LONG, LONG_LEN_WORD, ROM_COLOUR, header, header_words, record_words, short_len,
};
use crate::{hash, record, word};

/// Defines a `static` string table, `[u32; N]`, from a constant `&[&str]`.
///
/// Attributes such as `#[unsafe(link_section = ...)]` are kept. A table that cannot be built does
/// not compile. See [`builtin`](crate::builtin).
#[macro_export]
macro_rules! builtin_table {
    ($(#[$attribute:meta])* $visibility:vis static $table:ident = $names:expr;) => {
        $(#[$attribute])*
        $visibility static $table: [u32; {
            let words = $crate::builtin::table_words::<{
                let names: &[&str] = $names;
                names.len()
            }>($names);
            match words {
                Ok(words) => words,
                Err(error) => panic!("{}", error.message()),
            }
        }] = {
            let table = $crate::builtin::table::<{
                let names: &[&str] = $names;
                names.len()
            }, _>($names);
            match table {
                Ok(table) => table,
                Err(error) => panic!("{}", error.message()),
            }
        };
    };
}

/// Word offset (`u32`, a constant) of a name's record in a table of
/// [`builtin_table!`](crate::builtin_table). A name that the table lacks does not compile.
#[macro_export]
macro_rules! builtin_offset {
    ($table:expr, $name:expr) => {
        const {
            match $crate::builtin::offset_of(&$table, $name) {
                Some(offset) => offset,
                None => panic!("the string table lacks this name"),
            }
        }
    };
}

/// Size in words of the table of `names`. `M` is at least the number of names.
///
/// # Errors
///
/// `WrongSize` if `M` is too small, `TooLarge` if the table passes 32-bit sizes.
pub const fn table_words<const M: usize>(names: &[&str]) -> Result<usize, BuildError> {
    match Sorted::<M>::new(names) {
        Ok(sorted) => sorted.table_words(names),
        Err(error) => Err(error),
    }
}

/// The table of `names`, of [`table_words`] words. `M` is at least the number of names.
///
/// # Errors
///
/// `WrongSize` if `M` or `N` is wrong, `BucketFull`, `TooLarge`.
pub const fn table<const M: usize, const N: usize>(names: &[&str]) -> Result<[u32; N], BuildError> {
    let mut sorted = match Sorted::<M>::new(names) {
        Ok(sorted) => sorted,
        Err(error) => return Err(error),
    };
    sorted.sort(names, bucket_bits(sorted.len as u32));
    let mut out = [0; N];
    let mut emitter = match Emitter::begin(&mut out, sorted.len as u32) {
        Ok(emitter) => emitter,
        Err(error) => return Err(error),
    };
    let mut i = 0;
    while i < sorted.len {
        let name = sorted.order[i];
        if let Err(error) = emitter.push(&mut out, names[name].as_bytes(), sorted.hashes[name]) {
            return Err(error);
        }
        i += 1;
    }
    match emitter.finish(&mut out) {
        Ok(()) => Ok(out),
        Err(error) => Err(error),
    }
}

/// Word offset of the record of `text`, short or long, in a well-formed table.
///
/// Meant for constant evaluation, where [`RomTable::find`](crate::rom::RomTable::find) cannot be
/// called.
pub const fn offset_of(table: &[u32], text: &str) -> Option<u32> {
    let text = text.as_bytes();
    if table.len() < prefix_words(0)
        || table[BITS_WORD] > 31
        || table.len() < prefix_words(table[BITS_WORD])
    {
        return None;
    }
    let hash = hash(text);
    let bucket = BUCKETS + bucket_of(hash, table[BITS_WORD]);
    let (mut at, end) = (table[bucket] as usize, table[bucket + 1] as usize);
    while at < end && end <= table.len() {
        let head = table[at];
        let Some((_, record)) = table.split_at_checked(at) else {
            return None;
        };
        if record.len() <= LONG_LEN_WORD {
            // Only an empty string, the last record of a table, is this short.
            return if text.is_empty() && head == header(0) | ROM_COLOUR {
                Some(at as u32)
            } else {
                None
            };
        }
        let len = if head & record::KIND_MASK == KIND_LONG {
            record[LONG_LEN_WORD] as usize
        } else {
            short_len(head)
        };
        if record[HASH_WORD] == hash
            && len == text.len()
            && begins_with(record, header_words(len), text)
        {
            return Some(at as u32);
        }
        at += record_words(len);
    }
    None
}

/// Whether the words from `at` on are those of `text`, zero padded.
const fn begins_with(words: &[u32], mut at: usize, text: &[u8]) -> bool {
    if words.len() < at + text.len().div_ceil(4) {
        return false;
    }
    let (mut chunks, tail) = text.as_chunks::<4>();
    while let [chunk, rest @ ..] = chunks {
        if words[at] != u32::from_le_bytes(*chunk) {
            return false;
        }
        at += 1;
        chunks = rest;
    }
    tail.is_empty() || words[at] == word::tail(text)
}

/// Different names by ascending order of bucket, hash, text.
struct Sorted<const M: usize> {
    hashes: [u32; M],
    /// Indices into the names; those from `len` on mean nothing.
    order: [usize; M],
    len: usize,
}

impl<const M: usize> Sorted<M> {
    /// Sorts by hash and text (as if there were one bucket) and drops names that repeat.
    const fn new(names: &[&str]) -> Result<Self, BuildError> {
        if names.len() > M {
            return Err(BuildError::WrongSize);
        }
        if names.len() as u64 > u32::MAX as u64 {
            return Err(BuildError::TooLarge);
        }
        let mut sorted = Self {
            hashes: [0; M],
            order: [0; M],
            len: names.len(),
        };
        let mut i = 0;
        while i < names.len() {
            sorted.hashes[i] = hash(names[i].as_bytes());
            sorted.order[i] = i;
            i += 1;
        }
        sorted.sort(names, 0);
        let mut kept = 0;
        let mut i = 0;
        while i < names.len() {
            if kept == 0 || sorted.less(names, 0, sorted.order[kept - 1], sorted.order[i]) {
                sorted.order[kept] = sorted.order[i];
                kept += 1;
            }
            i += 1;
        }
        sorted.len = kept;
        Ok(sorted)
    }

    const fn table_words(&self, names: &[&str]) -> Result<usize, BuildError> {
        let mut words = prefix_words(bucket_bits(self.len as u32));
        let mut i = 0;
        while i < self.len {
            words += record_words(names[self.order[i]].len());
            i += 1;
        }
        if words as u64 > u32::MAX as u64 {
            Err(BuildError::TooLarge)
        } else {
            Ok(words)
        }
    }

    /// Shell sort: short, in place, and fast enough for constant evaluation.
    const fn sort(&mut self, names: &[&str], bits: u32) {
        let mut gap = self.len / 2;
        while gap > 0 {
            let mut i = gap;
            while i < self.len {
                let moving = self.order[i];
                let mut hole = i;
                while hole >= gap && self.less(names, bits, moving, self.order[hole - gap]) {
                    self.order[hole] = self.order[hole - gap];
                    hole -= gap;
                }
                self.order[hole] = moving;
                i += 1;
            }
            gap = if gap == 2 { 1 } else { gap * 5 / 11 };
        }
    }

    const fn less(&self, names: &[&str], bits: u32, a: usize, b: usize) -> bool {
        let (a_hash, b_hash) = (self.hashes[a], self.hashes[b]);
        let (a_bucket, b_bucket) = (bucket_of(a_hash, bits), bucket_of(b_hash, bits));
        if a_bucket != b_bucket {
            return a_bucket < b_bucket;
        }
        if a_hash != b_hash {
            return a_hash < b_hash;
        }
        text_less(names[a].as_bytes(), names[b].as_bytes())
    }
}

const fn text_less(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return a[i] < b[i];
        }
        i += 1;
    }
    a.len() < b.len()
}
