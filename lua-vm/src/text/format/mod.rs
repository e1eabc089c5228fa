//! `string.format`: directives and what they write, as C's `printf` does.

mod float;
mod integer;
mod quote;
mod text;

pub use float::write_float;
pub use integer::write_int;
pub use quote::{quote_float, quote_int, quote_string};
pub use text::{write_char, write_string};

use core::fmt;

use super::Sink;

/// Most flag characters a directive may have.
const MAX_FLAGS: usize = 5;

/// Why a format is refused. `Display` gives the reference implementation's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FormatError {
    /// More than five flags.
    RepeatedFlags,
    /// A width or precision of more than two digits.
    TooLong,
    /// A conversion that is none; its character, 0 at the end of the format.
    InvalidOption(u8),
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            FormatError::RepeatedFlags => f.write_str("invalid format (repeated flags)"),
            FormatError::TooLong => f.write_str("invalid format (width or precision too long)"),
            FormatError::InvalidOption(byte @ b' '..=b'~') => {
                write!(f, "invalid option '%{}' to 'format'", char::from(byte))
            }
            FormatError::InvalidOption(byte) => {
                write!(f, "invalid option '%<\\{byte}>' to 'format'")
            }
        }
    }
}

impl core::error::Error for FormatError {}

/// What argument a conversion takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// `c`: an integer, written as one byte.
    Char,
    /// `d`, `i`: a signed integer in decimal.
    Signed,
    /// `u`, `o`, `x`, `X`: an integer taken as unsigned.
    Unsigned(Radix),
    /// `a`, `A`, `e`, `E`, `f`, `g`, `G`: a float.
    Float(Notation),
    /// `q`: a string, number, boolean or nil, written as a literal.
    Quoted,
    /// `s`: anything, through `tostring`.
    String,
}

/// The base of an unsigned conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Radix {
    /// Base 10.
    Decimal,
    /// Base 8.
    Octal,
    /// Base 16.
    Hexadecimal,
}

/// How a float is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// `%f`: with all digits before the point.
    Fixed,
    /// `%e`: one digit before the point, and an exponent.
    Scientific,
    /// `%g`: the shorter of both, without trailing zeros.
    General,
    /// `%a`: hexadecimal, with a binary exponent.
    Hexadecimal,
}

/// A directive: everything between `%` and the conversion character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// What is converted.
    pub conversion: Conversion,
    /// Capital letters in the result (`X`, `A`, `E`, `G`).
    pub upper: bool,
    /// `-`: pad on the right.
    pub left: bool,
    /// `+`: a sign before positive numbers.
    pub plus: bool,
    /// A space before positive numbers.
    pub space: bool,
    /// `#`: alternative form.
    pub alternate: bool,
    /// `0`: pad numbers with zeros.
    pub zero: bool,
    /// Least number of bytes.
    pub width: u8,
    /// Digits after the point, digits of an integer, or bytes of a string; by the conversion.
    pub precision: Option<u8>,
    /// Whether there is anything between `%` and the conversion character.
    pub modified: bool,
}

impl Spec {
    /// The directive whose `%` is at the start of `text`, and what follows it.
    fn parse(text: &[u8]) -> Result<(Spec, &[u8]), FormatError> {
        let mut spec = Spec {
            conversion: Conversion::Quoted,
            upper: false,
            left: false,
            plus: false,
            space: false,
            alternate: false,
            zero: false,
            width: 0,
            precision: None,
            modified: false,
        };
        let start = text.get(1..).unwrap_or_default();
        let mut rest = start;
        while let [flag @ (b'-' | b'+' | b' ' | b'#' | b'0'), tail @ ..] = rest {
            match flag {
                b'-' => spec.left = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'#' => spec.alternate = true,
                _ => spec.zero = true,
            }
            rest = tail;
        }
        if start.len() - rest.len() > MAX_FLAGS {
            return Err(FormatError::RepeatedFlags);
        }
        (spec.width, rest) = two_digits(rest);
        if let [b'.', tail @ ..] = rest {
            let precision;
            (precision, rest) = two_digits(tail);
            spec.precision = Some(precision);
        }
        if let [b'0'..=b'9', ..] = rest {
            return Err(FormatError::TooLong);
        }
        let Some((&letter, tail)) = rest.split_first() else {
            return Err(FormatError::InvalidOption(0));
        };
        spec.modified = rest.len() != start.len();
        spec.upper = letter.is_ascii_uppercase();
        spec.conversion = match letter {
            b'c' => Conversion::Char,
            b'd' | b'i' => Conversion::Signed,
            b'u' => Conversion::Unsigned(Radix::Decimal),
            b'o' => Conversion::Unsigned(Radix::Octal),
            b'x' | b'X' => Conversion::Unsigned(Radix::Hexadecimal),
            b'a' | b'A' => Conversion::Float(Notation::Hexadecimal),
            b'e' | b'E' => Conversion::Float(Notation::Scientific),
            b'f' => Conversion::Float(Notation::Fixed),
            b'g' | b'G' => Conversion::Float(Notation::General),
            b'q' => Conversion::Quoted,
            b's' => Conversion::String,
            other => return Err(FormatError::InvalidOption(other)),
        };
        Ok((spec, tail))
    }

    /// Writes a number: sign or prefix, then zeros, then the body, padded to the width: with zeros after the
    /// prefix if `zero_pad`, else with spaces. `body_length` is the body's number of bytes.
    fn write_padded<S: Sink>(
        &self,
        sink: &mut S,
        parts: Parts<'_>,
        zero_pad: bool,
        body: &mut dyn FnMut(&mut S) -> Result<(), S::Error>,
    ) -> Result<(), S::Error> {
        let length = parts.prefix.len() + parts.zeros + parts.body_length;
        let padding = usize::from(self.width).saturating_sub(length);
        let (mut before, mut zeros, mut after) = (0, parts.zeros, 0);
        if self.left {
            after = padding;
        } else if zero_pad {
            zeros += padding;
        } else {
            before = padding;
        }
        if before > 0 {
            sink.fill(b' ', before)?;
        }
        if !parts.prefix.is_empty() {
            sink.push(parts.prefix)?;
        }
        if zeros > 0 {
            sink.fill(b'0', zeros)?;
        }
        body(sink)?;
        if after > 0 {
            sink.fill(b' ', after)?;
        }
        Ok(())
    }
}

/// What stands before the body of a number, and the body's length.
struct Parts<'p> {
    prefix: &'p [u8],
    zeros: usize,
    body_length: usize,
}

/// Up to two decimal digits and what follows them.
fn two_digits(text: &[u8]) -> (u8, &[u8]) {
    match *text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', ref rest @ ..] => {
            ((tens - b'0') * 10 + (ones - b'0'), rest)
        }
        [digit @ b'0'..=b'9', ref rest @ ..] => (digit - b'0', rest),
        _ => (0, text),
    }
}

/// A piece of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'f> {
    /// Text to copy.
    Text(&'f [u8]),
    /// A directive, which takes the next argument.
    Directive(Spec),
}

/// Walks a format. An error always belongs to a directive that would have taken an argument: the reference
/// implementation complains first if that argument is missing.
///
/// ```
/// use lua_vm::text::format::{Directives, Item};
/// let mut items = Directives::new(b"%5d%%");
/// assert!(matches!(items.next(), Some(Ok(Item::Directive(spec))) if spec.width == 5));
/// assert_eq!(items.next(), Some(Ok(Item::Text(b"%"))));
/// assert_eq!(items.next(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Directives<'f> {
    format: &'f [u8],
    offset: usize,
}

impl<'f> Directives<'f> {
    /// A walk from the start.
    #[must_use]
    pub fn new(format: &'f [u8]) -> Self {
        Directives::from_offset(format, 0)
    }

    /// A walk that goes on where another one stood, see [`Directives::offset`].
    #[must_use]
    pub fn from_offset(format: &'f [u8], offset: usize) -> Self {
        Directives { format, offset }
    }

    /// Index of what comes next.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl<'f> Iterator for Directives<'f> {
    type Item = Result<Item<'f>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.format.get(self.offset..)?;
        match *rest {
            [] => None,
            [b'%', b'%', ..] => {
                self.offset += 2;
                rest.get(1..2).map(|percent| Ok(Item::Text(percent)))
            }
            [b'%', ..] => Some(match Spec::parse(rest) {
                Ok((spec, tail)) => {
                    self.offset = self.format.len() - tail.len();
                    Ok(Item::Directive(spec))
                }
                Err(error) => {
                    self.offset = self.format.len();
                    Err(error)
                }
            }),
            _ => {
                let length = crate::text::find_byte(b'%', rest).unwrap_or(rest.len());
                self.offset += length;
                rest.get(..length).map(|text| Ok(Item::Text(text)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn errors_have_the_reference_texts() {
        let error = |format: &[u8]| {
            let found = Directives::new(format).find_map(Result::err);
            found.map(|error| error.to_string())
        };
        for (format, expected) in [
            (&b"%"[..], "invalid option '%<\\0>' to 'format'"),
            (b"a%y", "invalid option '%y' to 'format'"),
            (b"%F", "invalid option '%F' to 'format'"),
            (b"%\xff", "invalid option '%<\\255>' to 'format'"),
            (b"%-+ #0-d", "invalid format (repeated flags)"),
            (b"%123d", "invalid format (width or precision too long)"),
            (b"%.123d", "invalid format (width or precision too long)"),
            (b"%12.345d", "invalid format (width or precision too long)"),
        ] {
            assert_eq!(error(format).as_deref(), Some(expected));
        }
        assert_eq!(error(b"%-+ #0d%%%12.34x"), None);
    }

    #[test]
    fn a_walk_resumes_at_its_offset() {
        let format = b"a%db%5.1sc";
        let mut walk = Directives::new(format);
        let mut count = 0;
        while let Some(item) = walk.next() {
            let after: std::vec::Vec<_> = Directives::from_offset(format, walk.offset()).collect();
            assert_eq!(after, walk.clone().collect::<std::vec::Vec<_>>());
            assert!(item.is_ok());
            count += 1;
        }
        assert_eq!(count, 5);
    }
}
