//! UTF-8 as Lua 5.3 has it: surrogates are characters like any other, overlong forms and code points above
//! `10FFFF` are not.

use core::fmt;

/// Largest code point that decoding accepts, and `utf8.char` and `\u{}` take.
pub const MAX_CODE_POINT: u32 = 0x10_FFFF;

/// A code point as bytes, in place.
#[derive(Clone, Copy, Debug)]
pub struct Encoded {
    bytes: [u8; 6],
    start: u8,
}

impl Encoded {
    /// The bytes, one to six.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes
            .get(usize::from(self.start)..)
            .unwrap_or_default()
    }
}

/// Encodes a number below 2^31 (the highest bit is ignored), in up to six bytes above `10FFFF`.
///
/// ```
/// use lua_vm::text::utf8::encode;
/// assert_eq!(encode(0x20AC).as_bytes(), "€".as_bytes());
/// ```
#[must_use]
pub fn encode(code_point: u32) -> Encoded {
    let mut rest = code_point & 0x7FFF_FFFF;
    let mut bytes = [0; 6];
    let mut start = 5;
    if rest < 0x80 {
        bytes[5] = rest as u8;
    } else {
        // Largest value that fits the first byte next to its length mark.
        let mut first_limit = 0x3F;
        loop {
            bytes[start] = 0x80 | (rest & 0x3F) as u8;
            rest >>= 6;
            first_limit >>= 1;
            start -= 1;
            if rest <= first_limit {
                break;
            }
        }
        bytes[start] = (!first_limit << 1) as u8 | rest as u8;
    }
    Encoded {
        bytes,
        start: start as u8,
    }
}

/// Decodes the character at the start of a text: its code point and its length in bytes. `None` if there is
/// no valid one.
#[must_use]
pub fn decode(text: &[u8]) -> Option<(u32, usize)> {
    let &lead = text.first()?;
    if lead < 0x80 {
        return Some((u32::from(lead), 1));
    }
    let (length, bits, smallest) = match lead {
        0xC0..=0xDF => (2, lead & 0x1F, 0x80),
        0xE0..=0xEF => (3, lead & 0x0F, 0x800),
        0xF0..=0xF7 => (4, lead & 0x07, 0x1_0000),
        _ => return None,
    };
    let mut code_point = u32::from(bits);
    for &byte in text.get(1..length)? {
        if !is_continuation(byte) {
            return None;
        }
        code_point = code_point << 6 | u32::from(byte & 0x3F);
    }
    (smallest..=MAX_CODE_POINT)
        .contains(&code_point)
        .then_some((code_point, length))
}

/// Whether a byte is one that only stands inside a character.
#[must_use]
#[inline]
pub fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Counts the characters that start at `from` or later and before `to`; the last one may end after `to`.
///
/// # Errors
/// The index of the first byte that starts no valid character.
pub fn count(text: &[u8], from: usize, to: usize) -> Result<usize, usize> {
    let mut at = from;
    let mut characters = 0;
    while at < to {
        let rest = text.get(at..).unwrap_or_default();
        let (_, length) = decode(rest).ok_or(at)?;
        at += length;
        characters += 1;
    }
    Ok(characters)
}

/// An offset was asked for from within a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StartsInside;

impl fmt::Display for StartsInside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("initial position is a continuation byte")
    }
}

impl core::error::Error for StartsInside {}

/// Index of the character that is `n` characters from the one at `from`, as `utf8.offset` counts: 1 is the
/// character itself, -1 the one before, 0 the character that the byte at `from` is part of. Indices start
/// at 0, the end of the text counts as a character. `None` if there is no such character.
///
/// # Errors
/// [`StartsInside`] if `n` is not 0 and `from` is within a character.
pub fn offset(text: &[u8], n: i64, from: usize) -> Result<Option<usize>, StartsInside> {
    let inside = |at: usize| text.get(at).is_some_and(|&byte| is_continuation(byte));
    let start_of = |at: usize| {
        let mut at = at;
        while at > 0 && inside(at) {
            at -= 1;
        }
        at
    };
    if n == 0 {
        return Ok(Some(start_of(from)));
    }
    if inside(from) {
        return Err(StartsInside);
    }
    let mut at = from;
    let mut left = if n > 0 { n - 1 } else { n };
    while left < 0 && at > 0 {
        at = start_of(at - 1);
        left += 1;
    }
    while left > 0 && at < text.len() {
        at += 1;
        while inside(at) {
            at += 1;
        }
        left -= 1;
    }
    Ok((left == 0).then_some(at))
}

/// A text has bytes that are no UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InvalidCode;

impl fmt::Display for InvalidCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid UTF-8 code")
    }
}

impl core::error::Error for InvalidCode {}

/// The character after the one at `previous` (the first for `None`), as `utf8.codes` walks: its index and its
/// code point, or `None` at the end.
///
/// # Errors
/// [`InvalidCode`] if there are bytes left, but no valid character.
pub fn next(text: &[u8], previous: Option<usize>) -> Result<Option<(usize, u32)>, InvalidCode> {
    let inside = |at: usize| text.get(at).is_some_and(|&byte| is_continuation(byte));
    let mut at = 0;
    if let Some(previous) = previous {
        at = previous.saturating_add(1);
        while inside(at) {
            at += 1;
        }
    }
    match text.get(at..) {
        None | Some([]) => Ok(None),
        Some(rest) => match decode(rest) {
            Some((code_point, length)) if !inside(at + length) => Ok(Some((at, code_point))),
            _ => Err(InvalidCode),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn every_character_is_encoded_as_rust_does() {
        for code_point in 0..=MAX_CODE_POINT {
            let encoded = encode(code_point);
            let bytes = encoded.as_bytes();
            assert_eq!(decode(bytes), Some((code_point, bytes.len())));
            if let Some(char) = char::from_u32(code_point) {
                assert_eq!(bytes, char.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }

    #[test]
    fn larger_numbers_take_more_bytes() {
        assert_eq!(encode(0x1F_FFFF).as_bytes(), b"\xF7\xBF\xBF\xBF");
        assert_eq!(encode(0x20_0000).as_bytes(), b"\xF8\x88\x80\x80\x80");
        assert_eq!(encode(0x3FF_FFFF).as_bytes(), b"\xFB\xBF\xBF\xBF\xBF");
        assert_eq!(encode(0x400_0000).as_bytes(), b"\xFC\x84\x80\x80\x80\x80");
        assert_eq!(encode(0x7FFF_FFFF).as_bytes(), b"\xFD\xBF\xBF\xBF\xBF\xBF");
    }

    #[test]
    fn invalid_bytes() {
        for bytes in [
            &b""[..],
            b"\x80",
            b"\xBF",
            b"\xC0\x80",
            b"\xC1\xBF",
            b"\xE0\x9F\xBF",
            b"\xF0\x8F\xBF\xBF",
            b"\xF4\x90\x80\x80",
            b"\xF8\x88\x80\x80\x80",
            b"\xFF",
            b"\xE2\x82",
            b"\xE2\x82a",
        ] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
        assert_eq!(decode(b"\xED\xA0\x80"), Some((0xD800, 3)));
    }

    #[test]
    fn counting() {
        let text = "aé€𝄞".as_bytes();
        assert_eq!(count(text, 0, text.len()), Ok(4));
        assert_eq!(count(text, 0, 2), Ok(2));
        assert_eq!(count(text, 3, 3), Ok(0));
        assert_eq!(count(text, 2, 4), Err(2));
        assert_eq!(count(b"ab\xff", 0, 3), Err(2));
    }

    #[test]
    fn offsets() {
        let text = "aé€𝄞".as_bytes();
        let starts = [0, 1, 3, 6, 10];
        for (from, &at) in starts.iter().enumerate() {
            for (to, &expected) in starts.iter().enumerate() {
                let steps = to as i64 - from as i64;
                let n = if steps >= 0 { steps + 1 } else { steps };
                assert_eq!(offset(text, n, at), Ok(Some(expected)));
            }
        }
        assert_eq!(offset(text, 0, 9), Ok(Some(6)));
        assert_eq!(offset(text, 0, 10), Ok(Some(10)));
        assert_eq!(offset(text, 1, 2), Err(StartsInside));
        assert_eq!(offset(text, 6, 0), Ok(None));
        assert_eq!(offset(text, -1, 0), Ok(None));
        assert_eq!(offset(text, i64::MIN, 10), Ok(None));
        assert_eq!(offset(text, i64::MAX, 0), Ok(None));
    }

    proptest::proptest! {
        #[test]
        fn a_walk_gives_the_characters(text: String) {
            let bytes = text.as_bytes();
            let mut walked = Vec::new();
            let mut previous = None;
            while let Ok(Some((at, code_point))) = next(bytes, previous) {
                walked.push((at, code_point));
                previous = Some(at);
            }
            let expected: Vec<_> = text.char_indices().map(|(at, char)| (at, u32::from(char))).collect();
            proptest::prop_assert_eq!(walked, expected);
            proptest::prop_assert_eq!(next(bytes, previous), Ok(None));
            proptest::prop_assert_eq!(count(bytes, 0, bytes.len()), Ok(text.chars().count()));
        }

        #[test]
        fn any_bytes_are_walked_to_an_end(text: Vec<u8>, n: i64, from: usize) {
            let mut previous = None;
            let mut steps = 0;
            while let Ok(Some((at, _))) = next(&text, previous) {
                previous = Some(at);
                steps += 1;
                proptest::prop_assert!(steps <= text.len());
            }
            let _ = count(&text, from % (text.len() + 1), text.len());
            let _ = offset(&text, n, from % (text.len() + 1));
        }
    }
}
