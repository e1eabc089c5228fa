//! The head of the binary chunks that `string.dump` gives: that of Lua 5.3's precompiled chunks, as far as it tells
//! versions and sizes of numbers, so that programs find there what they look for. An image follows it, where
//! Lua's own chunks have a test number: an interpreter that takes chunks of the other kind refuses these.

use crate::number::NumberModel;
use core::mem::size_of;

/// First byte of every such head; no text chunk begins with it.
pub const ESCAPE: u8 = 0x1b;

/// Why the bytes before an image are none of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadError {
    /// They end too soon.
    Truncated,
    /// They are not those expected.
    Other(&'static str),
}

/// Bytes of a head, by what they say; the last ones bring its length to whole words.
struct Part {
    bytes: [u8; 8],
    length: usize,
    mismatch: &'static str,
}

const fn part(bytes: [u8; 8], length: usize, mismatch: &'static str) -> Part {
    Part {
        bytes,
        length,
        mismatch,
    }
}

const fn size(bytes: usize, mismatch: &'static str) -> Part {
    part([bytes as u8, 0, 0, 0, 0, 0, 0, 0], 1, mismatch)
}

fn parts<N: NumberModel>() -> [Part; 11] {
    let integer = size_of::<N::Int>();
    [
        part(*b"\x1bLua\0\0\0\0", 4, "not a"),
        size(0x53, "version mismatch in"),
        size(0, "format mismatch in"),
        part(*b"\x19\x93\r\n\x1a\n\0\0", 6, "corrupted"),
        size(4, "int size mismatch in"),
        size(integer, "size_t size mismatch in"),
        size(4, "Instruction size mismatch in"),
        size(integer, "lua_Integer size mismatch in"),
        size(size_of::<N::Float>(), "lua_Number size mismatch in"),
        part(0x5678_u64.to_le_bytes(), integer, "endianness mismatch in"),
        part(*b"LFS\0\0\0\0\0", 3, "float format mismatch in"),
    ]
}

/// Calls `put` with the bytes of the head.
pub fn write<N: NumberModel>(mut put: impl FnMut(&[u8])) {
    for part in parts::<N>() {
        put(part.bytes.get(..part.length).unwrap_or_default());
    }
}

/// Length of a head in bytes: a multiple of 4.
pub fn length<N: NumberModel>() -> usize {
    parts::<N>().iter().map(|part| part.length).sum()
}

/// What follows the head that `chunk` begins with.
///
/// # Errors
/// The head is cut short, or another one.
pub fn behind_head<N: NumberModel>(chunk: &[u8]) -> Result<&[u8], HeadError> {
    let mut rest = chunk;
    for part in parts::<N>() {
        let wanted = part.bytes.get(..part.length).unwrap_or_default();
        let Some((found, behind)) = rest.split_at_checked(wanted.len()) else {
            return Err(match wanted.starts_with(rest) {
                true => HeadError::Truncated,
                false => HeadError::Other(part.mismatch),
            });
        };
        if found != wanted {
            return Err(HeadError::Other(part.mismatch));
        }
        rest = behind;
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn head<N: NumberModel>() -> Vec<u8> {
        let mut head = Vec::new();
        write::<N>(|bytes| head.extend_from_slice(bytes));
        head
    }

    #[test]
    fn heads_are_whole_words_and_read_back() {
        for head in [
            head::<crate::number::Num32>(),
            head::<crate::number::Num64>(),
        ] {
            assert_eq!(head.len() % 4, 0);
        }
        let mut chunk = head::<crate::number::Num64>();
        assert_eq!(chunk.len(), length::<crate::number::Num64>());
        chunk.push(7);
        assert_eq!(behind_head::<crate::number::Num64>(&chunk), Ok(&[7][..]));
    }

    #[test]
    fn a_head_of_the_other_model_says_what_differs() {
        let chunk = head::<crate::number::Num64>();
        assert_eq!(
            behind_head::<crate::number::Num32>(&chunk),
            Err(HeadError::Other("size_t size mismatch in"))
        );
    }

    #[test]
    fn every_byte_counts() {
        let whole = head::<crate::number::Num64>();
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] = broken[at].wrapping_add(1);
            assert!(matches!(
                behind_head::<crate::number::Num64>(&broken),
                Err(HeadError::Other(_))
            ));
            assert_eq!(
                behind_head::<crate::number::Num64>(&whole[..at]),
                Err(HeadError::Truncated)
            );
        }
    }
}
