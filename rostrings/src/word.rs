//! The one place that reads words of flash.
//!
//! The ESP8266 faults on 8- and 16-bit loads from mapped flash (the handler costs hundreds of
//! cycles), and the optimizer narrows a plain load followed by a mask. So on Xtensa a word is
//! read with a volatile 32-bit load; elsewhere with a plain one, which the optimizer may merge,
//! unless the feature `whole-words` asks for the same.

use core::cmp::Ordering;

/// Reads one word that may lie in flash.
#[inline(always)]
pub fn read(word: &u32) -> u32 {
    #[cfg(any(target_arch = "xtensa", feature = "whole-words"))]
    {
        // SAFETY: a shared reference is valid, aligned and initialized for reads for as long as
        // it lives; the caller's borrow upholds that.
        unsafe { core::ptr::read_volatile(word) }
    }
    #[cfg(not(any(target_arch = "xtensa", feature = "whole-words")))]
    {
        *word
    }
}

/// Reads word `index`, or `None` past the end.
#[inline(always)]
pub fn load(words: &[u32], index: usize) -> Option<u32> {
    words.get(index).map(read)
}

/// Whether `words` begins with `text`, zero padded to a whole word.
///
/// Length is not part of the comparison: `"a"` and `"a\0"` have the same words.
#[inline]
pub fn eq_text(words: &[u32], text: &[u8]) -> bool {
    let (chunks, tail) = text.as_chunks::<4>();
    let Some((body, rest)) = words.split_at_checked(chunks.len()) else {
        return false;
    };
    for (word, chunk) in body.iter().zip(chunks) {
        if read(word) != u32::from_le_bytes(*chunk) {
            return false;
        }
    }
    tail.is_empty() || load(rest, 0) == Some(self::tail(text))
}

/// Whether two runs of words are equal.
#[inline]
pub fn eq(a: &[u32], b: &[u32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| read(a) == read(b))
}

/// Order of two zero-padded texts by their bytes, a prefix first; lengths in bytes.
pub fn cmp_text(a: &[u32], a_len: usize, b: &[u32], b_len: usize) -> Ordering {
    // The byte at the lowest address decides first: big-endian order of the words.
    let bytes = |word: &u32| read(word).swap_bytes();
    let common = a.iter().map(bytes).zip(b.iter().map(bytes));
    for (a, b) in common {
        if a != b {
            return a.cmp(&b);
        }
    }
    a_len.cmp(&b_len)
}

/// Copies text out of `words` with whole-word loads until either side ends.
/// Returns the number of bytes copied.
pub fn copy_text(words: &[u32], out: &mut [u8]) -> usize {
    let mut copied = 0;
    for (word, bytes) in words.iter().zip(out.chunks_mut(4)) {
        for (byte, value) in bytes.iter_mut().zip(read(word).to_le_bytes()) {
            *byte = value;
        }
        copied += bytes.len();
    }
    copied
}

/// The last `len % 4` bytes of a text as a zero-padded word; 0 if there are none.
#[inline]
pub(crate) const fn tail(text: &[u8]) -> u32 {
    let bytes = text.len() as u32 % 4;
    if bytes == 0 {
        return 0;
    }
    // One load that overlaps the word before is cheaper than up to three byte loads.
    if let Some(last) = text.last_chunk::<4>() {
        return u32::from_le_bytes(*last) >> (32 - 8 * bytes);
    }
    match *text {
        [a] => u32::from_le_bytes([a, 0, 0, 0]),
        [a, b] => u32::from_le_bytes([a, b, 0, 0]),
        [a, b, c] => u32::from_le_bytes([a, b, c, 0]),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_is_zero_padded() {
        assert_eq!(tail(b""), 0);
        assert_eq!(tail(b"a"), 0x61);
        assert_eq!(tail(b"abc"), 0x63_6261);
        assert_eq!(tail(b"abcd"), 0);
        assert_eq!(tail(b"abcde"), 0x65);
        assert_eq!(tail(b"abcdefg"), 0x67_6665);
    }

    #[test]
    fn comparison_looks_at_every_byte() {
        let words = [0x6463_6261, 0x0000_6665];
        assert!(eq_text(&words, b"abcdef"));
        assert!(eq_text(&words, b"abcd"));
        assert!(!eq_text(&words, b"abcdeg"));
        assert!(!eq_text(&words, b"xbcdef"));
        assert!(!eq_text(&words, b"abcde"));
        assert!(!eq_text(&words, b"abcdef\0\0\0"));
        assert!(!eq_text(&words[..1], b"abcde"));
    }

    #[test]
    fn order_is_that_of_the_bytes() {
        let one = [u32::from_le_bytes(*b"ab\0\0")];
        let two = [u32::from_le_bytes(*b"b\0\0\0")];
        assert_eq!(cmp_text(&one, 2, &two, 1), Ordering::Less);
        assert_eq!(cmp_text(&one, 2, &one, 3), Ordering::Less);
        assert_eq!(cmp_text(&one, 2, &one, 2), Ordering::Equal);
        assert_eq!(cmp_text(&two, 1, &[], 0), Ordering::Greater);
    }

    #[test]
    fn copy_stops_at_the_shorter_side() {
        let mut out = [b'-'; 6];
        assert_eq!(copy_text(&[0x6463_6261, 0x6867_6665], &mut out), 6);
        assert_eq!(&out, b"abcdef");
        let mut out = [b'-'; 6];
        assert_eq!(copy_text(&[0x6463_6261], &mut out), 4);
        assert_eq!(&out, b"abcd--");
    }
}
