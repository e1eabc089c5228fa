//! Layout of one string, the same in RAM and in ROM.
//!
//! ```text
//! short string (at most 40 bytes)            long string
//! +0  header, bits 16..24 = length           +0  header, bit 16 = the hash is valid
//! +4  hash                                   +4  hash
//! +8  bytes, zero padded to a word           +8  length in bytes
//!                                            +12 bytes, zero padded to a word
//! ```
//!
//! Bits 0..8 of the header are the kind, bits 8..16 belong to the collector; in ROM those are
//! [`ROM_COLOUR`] and the hash of a long string is always valid. The length alone decides which
//! of the two kinds a text takes.

use crate::{hash, word};

/// Longest text, in bytes, that is a short string, and therefore interned.
pub const MAX_SHORT: usize = 40;

/// Kind of a short string.
pub const KIND_SHORT: u32 = 1;
/// Kind of a long string.
pub const KIND_LONG: u32 = 2;
/// Bits of the header that hold the kind.
pub const KIND_MASK: u32 = 0xFF;
/// The colour bits of every object in ROM, in place in the header.
pub const ROM_COLOUR: u32 = 0x8000;

/// Position of a short string's length in its header.
pub const SHORT_LEN_SHIFT: u32 = 16;
/// Mask of a short string's length, after the shift.
pub const SHORT_LEN_MASK: u32 = 0xFF;
/// Header bit of a long string: its hash word is valid.
pub const LONG_HASH_VALID: u32 = 1 << 16;

/// Word of the record that holds the hash.
pub const HASH_WORD: usize = 1;
/// Word of a long record that holds the length in bytes.
pub const LONG_LEN_WORD: usize = 2;
/// Words before the bytes of a short string.
pub const SHORT_HEADER_WORDS: usize = 2;
/// Words before the bytes of a long string.
pub const LONG_HEADER_WORDS: usize = 3;

/// Words before the bytes of a text of `len` bytes.
#[inline]
pub const fn header_words(len: usize) -> usize {
    if len <= MAX_SHORT {
        SHORT_HEADER_WORDS
    } else {
        LONG_HEADER_WORDS
    }
}

/// Size in words of the record of a text of `len` bytes.
#[inline]
pub const fn record_words(len: usize) -> usize {
    header_words(len) + len.div_ceil(4)
}

/// Header word of a text of `len` bytes with a valid hash, without colour bits.
#[inline]
pub const fn header(len: usize) -> u32 {
    if len <= MAX_SHORT {
        KIND_SHORT | (len as u32) << SHORT_LEN_SHIFT
    } else {
        KIND_LONG | LONG_HASH_VALID
    }
}

/// Writes the ROM record of `text` at the start of `out` and returns its size in words.
///
/// `None`, with `out` unchanged, if `out` is shorter than [`record_words`] or the length of the
/// text does not fit in a `u32`.
pub const fn write(out: &mut [u32], text: &[u8]) -> Option<usize> {
    let len = text.len();
    if len as u64 > u32::MAX as u64 {
        return None;
    }
    let words = record_words(len);
    let Some((record, _)) = out.split_at_mut_checked(words) else {
        return None;
    };
    let Some((head, mut data)) = record.split_at_mut_checked(header_words(len)) else {
        return None;
    };
    if let [head, stored, rest @ ..] = head {
        *head = header(len) | ROM_COLOUR;
        *stored = hash(text);
        if let [length] = rest {
            *length = len as u32;
        }
    }
    let (mut chunks, _) = text.as_chunks::<4>();
    while let [chunk, rest @ ..] = chunks {
        let Some((word, more)) = data.split_first_mut() else {
            return None;
        };
        *word = u32::from_le_bytes(*chunk);
        data = more;
        chunks = rest;
    }
    if let [last] = data {
        *last = word::tail(text);
    }
    Some(words)
}

/// Kind of a string record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Kind {
    /// At most [`MAX_SHORT`] bytes; interned.
    Short,
    /// More than [`MAX_SHORT`] bytes.
    Long,
}

/// View of one record, in RAM or ROM, that lies whole within its words.
///
/// The view promises bounds only. That hash, padding and unused bits are right is known after
/// [`RomTable::verify`](crate::rom::RomTable::verify).
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    words: &'a [u32],
    kind: Kind,
    len: usize,
}

impl<'a> Record<'a> {
    /// The record at the start of `words`; later words are left out of the view.
    ///
    /// `None` if the kind is neither short nor long, the length does not belong to the kind, or the
    /// record does not fit.
    pub fn new(words: &'a [u32]) -> Option<Self> {
        let header = word::load(words, 0)?;
        let (kind, len) = match header & KIND_MASK {
            KIND_SHORT => (Kind::Short, short_len(header)),
            KIND_LONG => (Kind::Long, word::load(words, LONG_LEN_WORD)? as usize),
            _ => return None,
        };
        if (kind == Kind::Short) != (len <= MAX_SHORT) {
            return None;
        }
        let words = words.get(..record_words(len))?;
        Some(Self { words, kind, len })
    }

    /// Whether the string is short or long.
    #[inline]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the string is short.
    #[inline]
    pub fn is_short(&self) -> bool {
        self.kind == Kind::Short
    }

    /// Length of the text in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the text is empty.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The header word.
    #[inline]
    pub fn header(&self) -> u32 {
        word::load(self.words, 0).unwrap_or(0)
    }

    /// The stored hash.
    #[inline]
    pub fn hash(&self) -> u32 {
        word::load(self.words, HASH_WORD).unwrap_or(0)
    }

    /// All words of the record.
    #[inline]
    pub fn words(&self) -> &'a [u32] {
        self.words
    }

    /// The words of the text; the last one is zero padded.
    #[inline]
    pub fn text_words(&self) -> &'a [u32] {
        self.words.get(header_words(self.len)..).unwrap_or(&[])
    }

    /// The text where it lies.
    ///
    /// Reading bytes from mapped flash is slow on an ESP8266: prefer [`eq_text`](Self::eq_text),
    /// [`same_text`](Self::same_text) and [`copy_to`](Self::copy_to), which load whole words.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        bytemuck::cast_slice::<u32, u8>(self.text_words())
            .get(..self.len)
            .unwrap_or(&[])
    }

    /// Whether the record's text is `text`: nothing is read if that is this very text.
    #[inline]
    pub fn eq_text(&self, text: &[u8]) -> bool {
        let words = self.text_words();
        self.len == text.len()
            && (words.as_ptr().cast() == text.as_ptr() || word::eq_text(words, text))
    }

    /// Whether two records hold the same text. Hashes are not looked at.
    #[inline]
    pub fn same_text(&self, other: &Record<'_>) -> bool {
        self.len == other.len && word::eq(self.text_words(), other.text_words())
    }

    /// Copies the text, as far as `out` has room, and returns the number of bytes copied.
    pub fn copy_to(&self, out: &mut [u8]) -> usize {
        let room = out.len().min(self.len);
        out.get_mut(..room)
            .map_or(0, |out| word::copy_text(self.text_words(), out))
    }
}

/// Length in bytes that the header of a short string states.
#[inline]
pub(crate) const fn short_len(header: u32) -> usize {
    (header >> SHORT_LEN_SHIFT & SHORT_LEN_MASK) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    fn written(text: &[u8]) -> Vec<u32> {
        let mut out = vec![0xAAAA_AAAA; record_words(text.len())];
        assert_eq!(write(&mut out, text), Some(out.len()));
        out
    }

    #[test]
    fn short_record_word_by_word() {
        assert_eq!(
            written(b"print"),
            [0x0005_8001, hash(b"print"), 0x6E69_7270, 0x74]
        );
        assert_eq!(written(b""), [0x0000_8001, hash(b"")]);
    }

    #[test]
    fn long_record_word_by_word() {
        let text = [b'x'; 41];
        let words = written(&text);
        assert_eq!(words.len(), 3 + 11);
        assert_eq!(words[..4], [0x0001_8002, hash(&text), 41, 0x7878_7878]);
        assert_eq!(words[13], 0x78);
    }

    #[test]
    fn views_read_back_what_was_written() {
        for len in 0..100 {
            let text: Vec<u8> = (0..len).map(|i| i as u8 ^ 0x5A).collect();
            let mut words = written(&text);
            words.push(0xFFFF_FFFF);
            let record = Record::new(&words).expect("written record");
            assert_eq!(record.is_short(), len <= MAX_SHORT);
            assert_eq!((record.len(), record.bytes()), (len, &text[..]));
            assert_eq!(record.hash(), hash(&text));
            assert_eq!(record.words().len(), words.len() - 1);
            assert!(record.eq_text(&text));
            let mut copy = vec![0; len];
            assert_eq!(record.copy_to(&mut copy), len);
            assert_eq!(copy, text);
            assert!(Record::new(&words[..words.len() - 2]).is_none());
        }
    }

    #[test]
    fn a_short_buffer_is_left_alone() {
        let mut out = [7; 3];
        assert_eq!(write(&mut out, b"print"), None);
        assert_eq!(out, [7; 3]);
    }

    #[test]
    fn kind_and_length_must_agree() {
        let mut long = written(&[1; 41]);
        long[LONG_LEN_WORD] = 40;
        assert!(Record::new(&long).is_none());
        let mut short = written(&[1; 40]);
        short[0] += 1 << SHORT_LEN_SHIFT;
        short.push(0);
        assert!(Record::new(&short).is_none());
        short[0] = 3;
        assert!(Record::new(&short).is_none());
    }

    #[test]
    fn same_text_tells_padding_from_text() {
        let (a, b) = (written(b"a"), written(b"a\0"));
        let (a, b) = (
            Record::new(&a).expect("record"),
            Record::new(&b).expect("record"),
        );
        assert!(a.same_text(&a) && !a.same_text(&b));
        assert!(!a.eq_text(b"a\0") && b.eq_text(b"a\0"));
    }
}
