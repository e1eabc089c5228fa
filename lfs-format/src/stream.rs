//! Byte streams inside word records: the packed part of a debug record.
//!
//! Bytes lie in words low byte first; only whole words are read or written.

use rostrings::word::load;

/// Where packed bytes go.
pub(crate) trait Bytes {
    /// Appends one byte.
    fn put(&mut self, byte: u8);

    /// Appends `value` in groups of seven bits, low group first, bit 7 set on all but the last.
    fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.put(value as u8 | 0x80);
            value >>= 7;
        }
        self.put(value as u8);
    }
}

/// Counts what would be written.
#[derive(Default)]
pub(crate) struct Counter(pub(crate) usize);

impl Bytes for Counter {
    fn put(&mut self, _byte: u8) {
        self.0 += 1;
    }
}

/// Writes into words that are zero beforehand; bytes beyond the end are dropped.
pub(crate) struct Packer<'a> {
    words: &'a mut [u32],
    at: usize,
}

impl<'a> Packer<'a> {
    pub(crate) fn new(words: &'a mut [u32]) -> Self {
        Self { words, at: 0 }
    }
}

impl Bytes for Packer<'_> {
    fn put(&mut self, byte: u8) {
        if let Some(word) = self.words.get_mut(self.at / 4) {
            *word |= u32::from(byte) << (8 * (self.at % 4));
        }
        self.at += 1;
    }
}

/// Reads packed bytes.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    words: &'a [u32],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(words: &'a [u32]) -> Self {
        Self { words, at: 0 }
    }

    /// Bytes read so far.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The next byte, or `None` at the end.
    pub(crate) fn next(&mut self) -> Option<u8> {
        let word = load(self.words, self.at / 4)?;
        let byte = (word >> (8 * (self.at % 4))) as u8;
        self.at += 1;
        Some(byte)
    }

    /// Whether nothing but zero bytes, less than a word of them, is left.
    pub(crate) fn padded(&mut self) -> bool {
        let used = self.at.div_ceil(4);
        while !self.at.is_multiple_of(4) {
            if self.next() != Some(0) {
                return false;
            }
        }
        used == self.words.len()
    }

    /// A number of at most 32 bits; `None` at the end or when it is longer.
    pub(crate) fn varint(&mut self) -> Option<u32> {
        let mut value = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.next()?;
            if shift == 28 && byte > 0x0f {
                return None;
            }
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

/// The slot of `width` words (1 or 2) at `at`, sign extended.
pub(crate) fn slot(words: &[u32], at: usize, width: usize) -> Option<i64> {
    let low = load(words, at)?;
    if width == 1 {
        return Some(i64::from(low as i32));
    }
    let high = load(words, at + 1)?;
    Some((u64::from(high) << 32 | u64::from(low)) as i64)
}

/// Writes `bits` to the slot of `width` words at `at`; outside of `words` nothing is written.
pub(crate) fn put_slot(words: &mut [u32], at: usize, width: usize, bits: u64) {
    for (word, shift) in words.iter_mut().skip(at).take(width).zip([0, 32]) {
        *word = (bits >> shift) as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_packing() {
        let values = [0, 1, 127, 128, 0x3fff, 0x4000, 0xffff_ffff];
        let mut counter = Counter::default();
        let mut words = [0; 8];
        let mut packer = Packer::new(&mut words);
        for value in values {
            counter.varint(value);
            packer.varint(value);
        }
        assert_eq!(counter.0, packer.at);
        let mut reader = Reader::new(&words);
        for value in values {
            assert_eq!(reader.varint(), Some(value));
        }
    }

    #[test]
    fn numbers_over_32_bits_are_refused() {
        assert_eq!(Reader::new(&[0xffff_ffff, 0x10]).varint(), None);
        assert_eq!(Reader::new(&[0xffff_ffff]).varint(), None);
        assert_eq!(
            Reader::new(&[0xffff_ffff, 0x0f]).varint(),
            Some(0xffff_ffff)
        );
    }
}
