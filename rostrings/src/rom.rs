//! View of a ROM string table: look-up, verification, iteration, all where the table lies.
//!
//! ```text
//! +0  n     number of strings
//! +4  bits  log2 of the number of buckets
//! +8  bucket[0 ..= 2^bits]  word offset, from the start of the table, of the bucket's first
//!           record; the last entry is the end of the records
//! ... records, bucket after bucket, in a bucket by ascending hash, then text
//! ```
//!
//! The bucket of a string is `hash & (2^bits - 1)`, `2^bits` the power of two at or above `n / 2`.

use core::cmp::Ordering;
use core::fmt;

use crate::hash::hash_words;
use crate::layout::{BITS_WORD, BUCKETS, COUNT_WORD, bucket_bits, bucket_of, prefix_words};
use crate::record::{
    HASH_WORD, KIND_LONG, KIND_MASK, KIND_SHORT, LONG_LEN_WORD, MAX_SHORT, ROM_COLOUR, Record,
    SHORT_HEADER_WORDS, header, record_words, short_len,
};
use crate::word::{cmp_text, eq_text, load};

/// Most records that one bucket may hold: bounds the time of a look-up.
pub const MAX_BUCKET: usize = 64;

/// What is wrong with a ROM string table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TableErrorKind {
    /// The words end before the bucket array does.
    Truncated,
    /// The number of buckets is not the one that belongs to the number of strings.
    BucketBits,
    /// A bucket begins or ends where it cannot.
    BucketRange,
    /// A record of unknown kind, or one that reaches past its bucket.
    RecordBounds,
    /// A header word with other bits than a ROM string of that length has.
    Header,
    /// Bytes after the text that are not zero.
    Padding,
    /// A stored hash that is not the hash of the text.
    Hash,
    /// A record in another bucket than its hash says.
    WrongBucket,
    /// A record that does not come after the one before it, or repeats it.
    Order,
    /// A bucket of more than [`MAX_BUCKET`] records.
    BucketFull,
    /// The number of records is not the one stated.
    Count,
}

/// A malformed ROM string table, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct TableError {
    /// What is wrong.
    pub kind: TableErrorKind,
    /// Word offset of the fault from the start of the table.
    pub offset: u32,
}

impl TableError {
    fn new(kind: TableErrorKind, offset: usize) -> Self {
        Self {
            kind,
            offset: offset as u32,
        }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TableErrorKind::Truncated => "table cut short",
            TableErrorKind::BucketBits => "wrong number of buckets",
            TableErrorKind::BucketRange => "bucket out of range",
            TableErrorKind::RecordBounds => "record out of bounds",
            TableErrorKind::Header => "malformed record header",
            TableErrorKind::Padding => "record padding not zero",
            TableErrorKind::Hash => "wrong hash",
            TableErrorKind::WrongBucket => "record in the wrong bucket",
            TableErrorKind::Order => "records out of order",
            TableErrorKind::BucketFull => "too many records in a bucket",
            TableErrorKind::Count => "wrong number of records",
        };
        write!(f, "string table: {what} at word {}", self.offset)
    }
}

impl core::error::Error for TableError {}

/// A ROM string table, read where it lies.
///
/// No method reads outside the table or panics, whatever the words hold. Answers are right for a
/// table that [`verify`](Self::verify) accepts.
#[derive(Clone, Copy, Debug)]
pub struct RomTable<'a> {
    /// Exactly the words of the table.
    words: &'a [u32],
    bits: u32,
}

impl<'a> RomTable<'a> {
    /// The table at the start of `words`, after a check of its structure in constant time.
    /// Words after the table's end are left out of the view.
    ///
    /// # Errors
    ///
    /// `Truncated`, `BucketBits`, or `BucketRange` for the two ends of the records.
    pub fn new(words: &'a [u32]) -> Result<Self, TableError> {
        use TableErrorKind::{BucketBits, BucketRange, Truncated};
        let truncated = TableError::new(Truncated, words.len());
        let n = load(words, COUNT_WORD).ok_or(truncated)?;
        let bits = load(words, BITS_WORD).ok_or(truncated)?;
        if bits != bucket_bits(n) {
            return Err(TableError::new(BucketBits, BITS_WORD));
        }
        let records = prefix_words(bits);
        let end = load(words, records - 1).ok_or(truncated)? as usize;
        if load(words, BUCKETS) != Some(records as u32) {
            return Err(TableError::new(BucketRange, BUCKETS));
        }
        match words.get(..end) {
            Some(words) if end >= records => Ok(Self { words, bits }),
            _ => Err(TableError::new(BucketRange, records - 1)),
        }
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        load(self.words, COUNT_WORD).unwrap_or(0) as usize
    }

    /// Whether the table holds no string.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The words of the table, without any that follow it.
    pub fn words(&self) -> &'a [u32] {
        self.words
    }

    /// Word offset, from the start of the table, of the record of a *short* text with this hash.
    ///
    /// `None` for a text of more than [`MAX_SHORT`] bytes: long strings are not looked up.
    #[inline]
    pub fn find(&self, hash: u32, text: &[u8]) -> Option<u32> {
        if text.len() > MAX_SHORT {
            return None;
        }
        let (mut at, records) = self.bucket(bucket_of(hash, self.bits))?;
        loop {
            let stored = load(records, at + HASH_WORD)?;
            if stored > hash {
                return None;
            }
            if stored == hash {
                return find_text(records, at, hash, text);
            }
            at += stride(records, at, load(records, at)?)?;
        }
    }

    /// The record at a word offset, or `None` where no record can be.
    ///
    /// Any offset with the shape of a record will do: see [`contains`](Self::contains).
    #[inline]
    pub fn record(&self, offset: u32) -> Option<Record<'a>> {
        let offset = offset as usize;
        if offset < prefix_words(self.bits) {
            return None;
        }
        Record::new(self.words.get(offset..)?)
    }

    /// Whether a record *starts* at this word offset.
    pub fn contains(&self, offset: u32) -> bool {
        self.starts_record(offset as usize).is_some()
    }

    fn starts_record(&self, offset: usize) -> Option<()> {
        // If a record starts here its hash names the bucket that reaches it.
        let hash = load(self.words, offset.checked_add(HASH_WORD)?)?;
        let (mut at, records) = self.bucket(bucket_of(hash, self.bits))?;
        while at < offset {
            at += stride(records, at, load(records, at)?)?;
        }
        (at == offset).then_some(())
    }

    /// All records with their word offsets, in the order they lie.
    pub fn iter(&self) -> Records<'a> {
        Records {
            words: self.words,
            at: prefix_words(self.bits),
        }
    }

    /// Checks every word of the table, in linear time and without allocation.
    ///
    /// # Errors
    ///
    /// The first fault found, by position.
    pub fn verify(&self) -> Result<(), TableError> {
        use TableErrorKind::{BucketFull, BucketRange, Count, Order, WrongBucket};
        let mut count = 0;
        let mut at = prefix_words(self.bits);
        for bucket in 0..1 << self.bits {
            // Records end exactly where their bucket does, so `at` is where this one must start.
            let end = BUCKETS + bucket + 1;
            let records = load(self.words, end).and_then(|end| self.words.get(..end as usize));
            let records = records
                .filter(|records| records.len() >= at)
                .ok_or(TableError::new(BucketRange, end))?;
            let mut in_bucket = 0;
            let mut last: Option<Record<'a>> = None;
            while at < records.len() {
                let record = verify_record(records, at)?;
                if bucket_of(record.hash(), self.bits) != bucket {
                    return Err(TableError::new(WrongBucket, at));
                }
                if last.is_some_and(|last| order(&last, &record) != Ordering::Less) {
                    return Err(TableError::new(Order, at));
                }
                in_bucket += 1;
                if in_bucket > MAX_BUCKET {
                    return Err(TableError::new(BucketFull, at));
                }
                at += record.words().len();
                last = Some(record);
            }
            count += in_bucket;
        }
        if count != self.len() {
            Err(TableError::new(Count, COUNT_WORD))
        } else {
            Ok(())
        }
    }

    /// Start of a bucket, and the words of the table up to its end.
    #[inline]
    fn bucket(&self, bucket: usize) -> Option<(usize, &'a [u32])> {
        let start = load(self.words, BUCKETS + bucket)? as usize;
        let end = load(self.words, BUCKETS + bucket + 1)? as usize;
        Some((start, self.words.get(..end)?))
    }
}

/// The second half of [`RomTable::find`]: among the records with this hash, which lie side by side
/// from `at` on, the short one with this text. Out of line and in tail position, so that a look-up
/// that misses, as before every new string, saves no registers.
#[inline(never)]
fn find_text(records: &[u32], mut at: usize, hash: u32, text: &[u8]) -> Option<u32> {
    let wanted = header(text.len()) | ROM_COLOUR;
    while load(records, at + HASH_WORD)? == hash {
        let head = load(records, at)?;
        if head == wanted && eq_text(records.get(at + SHORT_HEADER_WORDS..)?, text) {
            return Some(at as u32);
        }
        at += stride(records, at, head)?;
    }
    None
}

/// Size in words of the record at `at`, whose header is `head`: at least 2. `at` plus the size
/// does not overflow, for a slice has at most `isize::MAX / 4` words and a size is below 2^30 + 4.
#[inline]
fn stride(records: &[u32], at: usize, head: u32) -> Option<usize> {
    match head & KIND_MASK {
        KIND_SHORT => Some(SHORT_HEADER_WORDS + short_len(head).div_ceil(4)),
        KIND_LONG => Some(record_words(load(records, at + LONG_LEN_WORD)? as usize)),
        _ => None,
    }
}

fn verify_record(records: &[u32], at: usize) -> Result<Record<'_>, TableError> {
    use TableErrorKind::{Hash, Header, Padding, RecordBounds};
    let record = records
        .get(at..)
        .and_then(Record::new)
        .ok_or(TableError::new(RecordBounds, at))?;
    if record.header() != header(record.len()) | ROM_COLOUR {
        return Err(TableError::new(Header, at));
    }
    let text = record.text_words();
    let used = record.len() % 4;
    if used != 0 && load(text, text.len() - 1).is_some_and(|last| last >> (8 * used) != 0) {
        return Err(TableError::new(Padding, at + record.words().len() - 1));
    }
    if record.hash() != hash_words(text, record.len()) {
        return Err(TableError::new(Hash, at + HASH_WORD));
    }
    Ok(record)
}

fn order(a: &Record<'_>, b: &Record<'_>) -> Ordering {
    a.hash()
        .cmp(&b.hash())
        .then_with(|| cmp_text(a.text_words(), a.len(), b.text_words(), b.len()))
}

/// Iterator over the records of a table; see [`RomTable::iter`].
#[derive(Clone, Debug)]
pub struct Records<'a> {
    words: &'a [u32],
    at: usize,
}

impl<'a> Iterator for Records<'a> {
    /// Word offset from the start of the table, and the record there.
    type Item = (u32, Record<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let record = Record::new(self.words.get(self.at..)?)?;
        let offset = self.at as u32;
        self.at += record.words().len();
        Some((offset, record))
    }
}

impl<'a> IntoIterator for &RomTable<'a> {
    type Item = (u32, Record<'a>);
    type IntoIter = Records<'a>;

    fn into_iter(self) -> Records<'a> {
        self.iter()
    }
}
