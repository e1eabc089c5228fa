//! The string hash: part of the format, the same for every table.

use crate::word;

/// Seed of the hash, a constant of the format (`LFS1` read as a big-endian word).
///
/// An image repeats it in its header; an image with another seed is refused, so one hash
/// computed once serves every mounted table and the RAM table.
pub const SEED: u32 = 0x4C46_5331;

const SPREAD: u32 = 0x9E37_79B1;
const FINISH: u32 = 0x85EB_CA6B;

/// Hash of a text with [`SEED`].
///
/// ```
/// const INDEX: u32 = rostrings::hash(b"__index");
/// assert_eq!(INDEX, rostrings::hash(b"__index"));
/// ```
#[inline]
pub const fn hash(text: &[u8]) -> u32 {
    hash_with_seed(text, SEED)
}

/// Hash of a text with a seed of the caller's.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline)]
pub const fn hash_with_seed(text: &[u8], seed: u32) -> u32 {
    let mut h = begin(text.len(), seed);
    let (mut chunks, tail) = text.as_chunks::<4>();
    while let [chunk, rest @ ..] = chunks {
        h = step(h, u32::from_le_bytes(*chunk));
        chunks = rest;
    }
    if !tail.is_empty() {
        h = step(h, word::tail(text));
    }
    finish(h)
}

/// Hash of a text of `len` bytes that lies in `words`, zero padded: the same value as
/// [`hash`] of its bytes, from whole-word loads only.
pub(crate) fn hash_words(words: &[u32], len: usize) -> u32 {
    let mut h = begin(len, SEED);
    for value in words {
        h = step(h, word::read(value));
    }
    finish(h)
}

// Truncating the length is harmless: it only mixes, and records hold at most `u32::MAX` bytes.
#[inline]
const fn begin(len: usize, seed: u32) -> u32 {
    seed ^ (len as u32).wrapping_mul(SPREAD)
}

#[inline]
const fn step(h: u32, word: u32) -> u32 {
    (h.rotate_left(5) ^ word).wrapping_mul(SPREAD)
}

#[inline]
const fn finish(mut h: u32) -> u32 {
    h ^= h >> 15;
    h = h.wrapping_mul(FINISH);
    h ^ (h >> 13)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(hash(b""), 0xF5DE_E735);
        assert_eq!(hash(b"a"), 0x50D4_8234);
        assert_eq!(hash(b"ab"), 0xC085_2444);
        assert_eq!(hash(b"abc"), 0x3AA9_78F8);
        assert_eq!(hash(b"abcd"), 0x36A4_B50A);
        assert_eq!(hash(b"print"), 0x7C1F_8E12);
        assert_eq!(hash(b"__index"), 0x630F_EE1B);
        assert_eq!(hash(&[b'x'; 40]), 0x7821_89BB);
        assert_eq!(hash_with_seed(b"print", 1), 0x5943_8425);
    }

    #[test]
    fn words_and_bytes_agree() {
        for len in 0..70_usize {
            let bytes: alloc::vec::Vec<u8> = (0..len).map(|i| i as u8 ^ 0xA5).collect();
            let mut words = alloc::vec![0; crate::record::record_words(len)];
            crate::record::write(&mut words, &bytes);
            let text = &words[crate::record::header_words(len)..];
            assert_eq!(hash_words(text, len), hash(&bytes), "{len}");
        }
    }

    #[test]
    fn buckets_fill_evenly() {
        let mut counts = [0; 64];
        for i in 0..6400 {
            let name = alloc::format!("name_{i}");
            counts[hash(name.as_bytes()) as usize % 64] += 1;
        }
        assert!(
            counts.iter().all(|&n| (50..=160).contains(&n)),
            "{counts:?}"
        );
    }
}
