//! Bytes of any kind in messages that `core::fmt` puts together.
//!
//! Lua's strings need not be UTF-8, what goes through `core::fmt` must be. [`RawText`] writes a byte that is not text
//! as a character of the last private plane, and [`append`], at the end of the way, makes it a byte again. Text that
//! holds such a character itself is taken apart into bytes in the same manner, so nothing is lost.

use alloc::vec::Vec;
use core::fmt::{self, Write};

/// The character for byte 0 would be this; those from 0x80 on are used.
const BASE: u32 = 0x10_ff00;

/// The first byte of every such character.
const LEAD: u8 = 0xf4;

/// Bytes to be written as they are; only for writers that use [`append`].
pub struct RawText<'a>(pub &'a [u8]);

impl fmt::Display for RawText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            if chunk.valid().as_bytes().contains(&LEAD) {
                for char in chunk.valid().chars() {
                    write_char(f, char)?;
                }
            } else {
                f.write_str(chunk.valid())?;
            }
            write_bytes(f, chunk.invalid())?;
        }
        Ok(())
    }
}

fn write_char(f: &mut fmt::Formatter<'_>, char: char) -> fmt::Result {
    if u32::from(char) < BASE {
        return f.write_char(char);
    }
    write_bytes(f, char.encode_utf8(&mut [0; 4]).as_bytes())
}

fn write_bytes(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    for byte in bytes {
        f.write_char(
            char::from_u32(BASE + u32::from(*byte)).unwrap_or(char::REPLACEMENT_CHARACTER),
        )?;
    }
    Ok(())
}

/// Appends what a [`RawText`] or anything else has written, as bytes.
///
/// # Errors
/// Out of memory.
pub fn append(out: &mut Vec<u8>, text: &str) -> fmt::Result {
    // Bytes take the place of longer characters.
    out.try_reserve(text.len()).map_err(|_| fmt::Error)?;
    if !text.as_bytes().contains(&LEAD) {
        out.extend_from_slice(text.as_bytes());
        return Ok(());
    }
    for char in text.chars() {
        match u32::from(char).checked_sub(BASE) {
            Some(byte) => out.push(byte as u8),
            None => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Ok(())
}

/// Bytes to be shown to people: what is not text becomes replacement characters.
pub struct Lossy<'a>(pub &'a [u8]);

impl fmt::Display for Lossy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    proptest::proptest! {
        #[test]
        fn bytes_survive(bytes: Vec<u8>) {
            let mut out = Vec::new();
            append(&mut out, &RawText(&bytes).to_string()).unwrap();
            proptest::prop_assert_eq!(out, bytes);
        }
    }

    #[test]
    fn text_of_the_last_plane_survives() {
        let bytes = "a\u{10ff80}\u{10ffff}\u{10feff}é".as_bytes();
        let mut out = Vec::new();
        append(&mut out, &RawText(bytes).to_string()).unwrap();
        assert_eq!(out, bytes);
        assert_eq!(Lossy(b"a\xffb").to_string(), "a\u{fffd}b");
    }
}
