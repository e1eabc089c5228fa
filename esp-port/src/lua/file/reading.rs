//! Reading pieces of a file: so many bytes, up to a byte, a number.

use crate::files::{Error, Files, Handle, Whence};
use alloc::vec::Vec;

/// Bytes read at a time.
const PIECE: usize = 128;

/// Longest numeral that is read.
const MAX_NUMERAL: usize = 200;

/// Reads up to `limit` bytes, or up to and with the first `end` among them. Empty at the end of the file.
pub(super) fn until(
    files: &Files,
    file: Handle,
    limit: usize,
    end: Option<u8>,
) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    while content.len() < limit {
        let (len, wanted) = (content.len(), PIECE.min(limit - content.len()));
        content
            .try_reserve(wanted)
            .map_err(|_| Error::OutOfMemory)?;
        content.resize(len + wanted, 0);
        let read = files.read(file, content.get_mut(len..).unwrap_or_default())?;
        content.truncate(len + read);
        let piece = content.get(len..).unwrap_or_default();
        if let Some(at) = piece.iter().position(|byte| Some(*byte) == end) {
            let behind = content.len() - (len + at + 1);
            give_back(files, file, behind)?;
            content.truncate(len + at + 1);
            break;
        }
        if read < wanted {
            break;
        }
    }
    Ok(content)
}

/// Moves the position back over bytes that were read.
fn give_back(files: &Files, file: Handle, count: usize) -> Result<(), Error> {
    if count > 0 {
        files.seek(file, Whence::Current, -(count as i64))?;
    }
    Ok(())
}

/// Reads the text of a number, after white space; bytes that might have begun one are consumed all the same. Empty if
/// there is none or it is too long.
pub(super) fn numeral(files: &Files, file: Handle) -> Result<Vec<u8>, Error> {
    loop {
        let mut ahead = until(files, file, MAX_NUMERAL + 1, None)?;
        let space = ahead.iter().take_while(|byte| is_space(**byte)).count();
        if space == ahead.len() && space > 0 {
            continue;
        }
        if space > 0 {
            // A numeral that ends with what was read may go on behind it.
            give_back(files, file, ahead.len() - space)?;
            continue;
        }
        let length = numeral_length(&ahead).min(MAX_NUMERAL);
        let too_long = length == MAX_NUMERAL && numeral_length(&ahead) > MAX_NUMERAL;
        give_back(files, file, ahead.len() - length)?;
        ahead.truncate(if too_long { 0 } else { length });
        return Ok(ahead);
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// A walk over what might be a numeral.
struct Scan<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scan<'_> {
    fn accept(&mut self, fits: impl Fn(u8) -> bool) -> bool {
        let taken = self.text.get(self.at).is_some_and(|byte| fits(*byte));
        self.at += usize::from(taken);
        taken
    }

    fn digits(&mut self, hexadecimal: bool) -> usize {
        let start = self.at;
        while self.accept(|byte| match hexadecimal {
            true => byte.is_ascii_hexdigit(),
            false => byte.is_ascii_digit(),
        }) {}
        self.at - start
    }
}

/// Bytes at the start of a text that are, or might have become, a numeral.
fn numeral_length(text: &[u8]) -> usize {
    let mut scan = Scan { text, at: 0 };
    let sign = |byte: u8| matches!(byte, b'-' | b'+');
    scan.accept(sign);
    let mut digits = 0;
    let mut hexadecimal = false;
    if scan.accept(|byte| byte == b'0') {
        hexadecimal = scan.accept(|byte| matches!(byte, b'x' | b'X'));
        digits += usize::from(!hexadecimal);
    }
    digits += scan.digits(hexadecimal);
    if scan.accept(|byte| byte == b'.') {
        digits += scan.digits(hexadecimal);
    }
    let exponent: &[u8] = if hexadecimal { b"pP" } else { b"eE" };
    if digits > 0 && scan.accept(|byte| exponent.contains(&byte)) {
        scan.accept(sign);
        scan.digits(false);
    }
    scan.at
}

#[cfg(test)]
mod tests {
    use super::numeral_length;

    #[test]
    fn numerals_end_where_they_cannot_go_on() {
        for (text, length) in [
            ("", 0),
            ("12 3", 2),
            ("-0x1Fp-2z", 8),
            ("1.5e+10,", 7),
            ("0x", 2),
            ("..5", 1),
            ("e5", 0),
            ("- 5", 1),
            ("1e+-", 3),
            ("0b1", 1),
        ] {
            assert_eq!(numeral_length(text.as_bytes()), length, "{text}");
        }
    }
}
