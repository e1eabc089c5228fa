//! The options of a format, one after another.

use core::marker::PhantomData;

use super::{MAX_INT_SIZE, MAX_SIZE, PackError};
use crate::number::NumberModel;

/// Alignment that `!` asks for without a number.
const NATIVE_ALIGNMENT: u32 = 8;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A signed integer.
    Int,
    /// An unsigned integer.
    Uint,
    /// A float of 4 or 8 bytes.
    Float,
    /// `c`: a string of fixed size.
    Chars,
    /// `s`: a string after its length.
    Counted,
    /// `z`: a string up to a zero byte.
    ZeroTerminated,
    /// `x`: a byte of padding; takes no value.
    Padding,
    /// An option that only moves or sets something; takes no value.
    Nothing,
}

/// An option, with the settings in force there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// What the field holds.
    pub kind: Kind,
    /// Bytes of the field; of the length for [`Kind::Counted`], 0 for [`Kind::ZeroTerminated`].
    pub size: usize,
    /// Bytes of alignment before the field.
    pub alignment_padding: usize,
    /// Byte order.
    pub little_endian: bool,
}

/// Walks the options of a format for a number model. As in the reference implementation a zero byte
/// ends the format.
#[derive(Clone, Debug)]
pub struct Options<'f, N> {
    rest: &'f [u8],
    little_endian: bool,
    max_alignment: u32,
    model: PhantomData<N>,
}

impl<'f, N: NumberModel> Options<'f, N> {
    /// A walk from the start.
    #[must_use]
    pub fn new(format: &'f [u8]) -> Self {
        Options {
            rest: format,
            little_endian: true,
            max_alignment: 1,
            model: PhantomData,
        }
    }

    /// The next option; `position` is the number of bytes before it, which its alignment depends on.
    ///
    /// # Errors
    /// What is wrong with the format.
    pub fn next_item(&mut self, position: usize) -> Result<Option<Item>, PackError> {
        let Some((kind, size)) = self.option()? else {
            return Ok(None);
        };
        let (kind, mut alignment) = match kind {
            Parsed::Field(kind) => (kind, size),
            Parsed::Align => match self.option()? {
                None | Some((Parsed::Field(Kind::Chars), _) | (_, 0)) => {
                    return Err(PackError::InvalidNextOption);
                }
                Some((_, next)) => (Kind::Nothing, next),
            },
        };
        let size = if matches!(kind, Kind::Nothing) {
            0
        } else {
            size as usize
        };
        let mut alignment_padding = 0;
        if alignment > 1 && kind != Kind::Chars {
            alignment = alignment.min(self.max_alignment);
            if !alignment.is_power_of_two() {
                return Err(PackError::AlignmentNotPowerOfTwo);
            }
            let mask = alignment as usize - 1;
            alignment_padding = position.wrapping_neg() & mask;
        }
        Ok(Some(Item {
            kind,
            size,
            alignment_padding,
            little_endian: self.little_endian,
        }))
    }

    /// Number of bytes that the whole format packs to.
    ///
    /// # Errors
    /// What is wrong with the format; [`PackError::VariableLength`] if values decide.
    pub fn packed_size(mut self) -> Result<usize, PackError> {
        let mut total = 0usize;
        while let Some(item) = self.next_item(total)? {
            total = total
                .checked_add(item.alignment_padding + item.size)
                .filter(|&total| total <= MAX_SIZE)
                .ok_or(PackError::ResultTooLarge)?;
            if matches!(item.kind, Kind::Counted | Kind::ZeroTerminated) {
                return Err(PackError::VariableLength);
            }
        }
        Ok(total)
    }

    /// One option and its size.
    fn option(&mut self) -> Result<Option<(Parsed, u32)>, PackError> {
        let int_size = size_of::<N::Int>() as u32;
        let Some((&letter, rest)) = self.rest.split_first() else {
            return Ok(None);
        };
        if letter == 0 {
            return Ok(None);
        }
        self.rest = rest;
        let (kind, size) = match letter {
            b'b' => (Kind::Int, 1),
            b'B' => (Kind::Uint, 1),
            b'h' => (Kind::Int, 2),
            b'H' => (Kind::Uint, 2),
            b'i' => (Kind::Int, self.limited_number(4)?),
            b'I' => (Kind::Uint, self.limited_number(4)?),
            b'l' | b'j' => (Kind::Int, int_size),
            b'L' | b'J' | b'T' => (Kind::Uint, int_size),
            b'f' => (Kind::Float, 4),
            b'd' => (Kind::Float, 8),
            b'n' => (Kind::Float, size_of::<N::Float>() as u32),
            b's' => (Kind::Counted, self.limited_number(int_size)?),
            b'c' => (Kind::Chars, self.number().ok_or(PackError::MissingSize)?),
            b'z' => (Kind::ZeroTerminated, 0),
            b'x' => (Kind::Padding, 1),
            b'X' => return Ok(Some((Parsed::Align, 0))),
            b' ' => (Kind::Nothing, 0),
            b'<' | b'=' => {
                self.little_endian = true;
                (Kind::Nothing, 0)
            }
            b'>' => {
                self.little_endian = false;
                (Kind::Nothing, 0)
            }
            b'!' => {
                self.max_alignment = self.limited_number(NATIVE_ALIGNMENT)?;
                (Kind::Nothing, 0)
            }
            other => return Err(PackError::InvalidOption(other)),
        };
        Ok(Some((Parsed::Field(kind), size)))
    }

    /// Decimal digits, if there are any; no more than keep the number in `i32`.
    fn number(&mut self) -> Option<u32> {
        const LIMIT: u32 = (i32::MAX as u32 - 9) / 10;
        let mut number = None;
        while let [digit @ b'0'..=b'9', rest @ ..] = self.rest {
            let so_far = number.unwrap_or(0);
            if so_far > LIMIT {
                break;
            }
            number = Some(so_far * 10 + u32::from(digit - b'0'));
            self.rest = rest;
        }
        number
    }

    fn limited_number(&mut self, default: u32) -> Result<u32, PackError> {
        match self.number() {
            None => Ok(default),
            Some(size @ 1..=MAX_INT_SIZE) => Ok(size),
            Some(size) => Err(PackError::SizeOutOfLimits(size)),
        }
    }
}

enum Parsed {
    Field(Kind),
    /// `X`: aligns as the option after it would.
    Align,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{Num32, Num64};
    use std::string::{String, ToString};

    fn size<N: NumberModel>(format: &str) -> Result<usize, String> {
        let options = Options::<N>::new(format.as_bytes());
        options.packed_size().map_err(|error| error.to_string())
    }

    #[test]
    fn sizes() {
        assert_eq!(size::<Num64>("!i1!8i8"), Ok(16));
        assert_eq!(size::<Num64>("lTjn"), Ok(32));
        assert_eq!(size::<Num32>("lTjn"), Ok(16));
        assert_eq!(size::<Num32>("!bd"), Ok(16));
        assert_eq!(size::<Num64>("i1Xi4"), Ok(1));
        assert_eq!(size::<Num64>("!4 i1 Xi8 x"), Ok(5));
        assert_eq!(size::<Num64>("<>=c10 B\0y"), Ok(11));
        assert_eq!(size::<Num64>("c2147483639"), Ok(2_147_483_639));
    }

    #[test]
    fn errors_have_the_reference_texts() {
        for (format, expected) in [
            ("i17", "integral size (17) out of limits [1,16]"),
            ("i0", "integral size (0) out of limits [1,16]"),
            ("!17", "integral size (17) out of limits [1,16]"),
            (
                "i99999999999999999999",
                "integral size (999999999) out of limits [1,16]",
            ),
            ("c", "missing size for format option 'c'"),
            ("y", "invalid format option 'y'"),
            ("\u{1}", "invalid format option '<\\1>'"),
            ("c99999999999999999999", "invalid format option '9'"),
            ("!3 i4", "format asks for alignment not power of 2"),
            ("!4 i3", "format asks for alignment not power of 2"),
            ("X", "invalid next option for option 'X'"),
            ("Xz", "invalid next option for option 'X'"),
            ("Xc4", "invalid next option for option 'X'"),
            ("X x", "invalid next option for option 'X'"),
            ("s", "variable-length format"),
            ("z", "variable-length format"),
            ("c2147483639c9", "format result too large"),
        ] {
            assert_eq!(size::<Num64>(format), Err(expected.to_string()), "{format}");
        }
    }
}
