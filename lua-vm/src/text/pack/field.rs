//! The bytes of one field: values to bytes and back.

use core::ops::Range;

use super::super::Sink;
use super::{Item, Kind, PackError};
use crate::number::{LuaInt, NumberModel};

/// Where a field's value lies in packed data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The number's or the string's bytes.
    pub bytes: Range<usize>,
    /// Where the next field starts; past the end of the data after a string that lacks its zero byte.
    pub next: usize,
}

impl Item {
    /// Whether an integer fits the field.
    ///
    /// # Errors
    /// [`PackError::IntegerOverflow`] or [`PackError::UnsignedOverflow`], by the field's kind.
    pub fn check_int<I: LuaInt>(&self, value: I) -> Result<(), PackError> {
        if self.size == 0 || self.size >= size_of::<I>() {
            return Ok(());
        }
        let bits = 8 * self.size as u32;
        if self.kind == Kind::Uint {
            let fits = value.bits() >> bits == 0;
            return if fits {
                Ok(())
            } else {
                Err(PackError::UnsignedOverflow)
            };
        }
        let limit = 1i64 << (bits - 1);
        if (-limit..limit).contains(&value.widen()) {
            Ok(())
        } else {
            Err(PackError::IntegerOverflow)
        }
    }

    /// Writes an integer that [`Item::check_int`] has accepted. Wider signed fields are sign extended.
    ///
    /// # Errors
    /// The sink's.
    pub fn pack_int<S: Sink, I: LuaInt>(&self, sink: &mut S, value: I) -> Result<(), S::Error> {
        let negative = self.kind == Kind::Int && value < I::ZERO;
        self.pack_bits(
            sink,
            value.bits(),
            size_of::<I>(),
            if negative { 0xFF } else { 0 },
        )
    }

    /// Writes the low `significant` bytes of `bits`, and `fill` above them.
    fn pack_bits<S: Sink>(
        &self,
        sink: &mut S,
        bits: u64,
        significant: usize,
        fill: u8,
    ) -> Result<(), S::Error> {
        let mut bytes = [fill; super::MAX_INT_SIZE as usize];
        for (room, byte) in bytes.iter_mut().zip(bits.to_le_bytes()).take(significant) {
            *room = byte;
        }
        self.push_ordered(sink, &mut bytes)
    }

    /// Pushes the field's size of little-endian bytes in the field's order.
    fn push_ordered<S: Sink>(&self, sink: &mut S, bytes: &mut [u8]) -> Result<(), S::Error> {
        let bytes = bytes.get_mut(..self.size).unwrap_or_default();
        if !self.little_endian {
            bytes.reverse();
        }
        sink.push(bytes)
    }

    /// Writes a float, rounded to single precision if the field is.
    ///
    /// # Errors
    /// The sink's.
    pub fn pack_float<S: Sink>(&self, sink: &mut S, value: f64) -> Result<(), S::Error> {
        if self.size == 4 {
            self.push_ordered(sink, &mut (value as f32).to_le_bytes())
        } else {
            self.push_ordered(sink, &mut value.to_le_bytes())
        }
    }

    /// Whether a string fits the field.
    ///
    /// # Errors
    /// [`PackError::StringTooLong`], [`PackError::LengthOverflow`] or [`PackError::ContainsZeros`].
    pub fn check_string(&self, text: &[u8]) -> Result<(), PackError> {
        let (fits, error) = match self.kind {
            Kind::Chars => (text.len() <= self.size, PackError::StringTooLong),
            Kind::Counted => (
                self.size >= 8 || (text.len() as u64) >> (8 * self.size) == 0,
                PackError::LengthOverflow,
            ),
            Kind::ZeroTerminated => (
                crate::text::find_byte(0, text).is_none(),
                PackError::ContainsZeros,
            ),
            _ => (true, PackError::StringTooLong),
        };
        if fits { Ok(()) } else { Err(error) }
    }

    /// Writes a string that [`Item::check_string`] has accepted: with its length before, its zero byte after
    /// or filled up with zeros, by the field's kind.
    ///
    /// # Errors
    /// The sink's.
    pub fn pack_string<S: Sink>(&self, sink: &mut S, text: &[u8]) -> Result<(), S::Error> {
        if self.kind == Kind::Counted {
            self.pack_bits(sink, text.len() as u64, size_of::<u64>(), 0)?;
        }
        sink.push(text)?;
        match self.kind {
            Kind::ZeroTerminated => sink.push(&[0]),
            Kind::Chars => sink.fill(0, self.size.saturating_sub(text.len())),
            _ => Ok(()),
        }
    }

    /// Number of bytes that the field takes when it holds a string, without alignment.
    #[must_use]
    pub fn string_size(&self, text: &[u8]) -> usize {
        match self.kind {
            Kind::ZeroTerminated => text.len() + 1,
            Kind::Counted => text.len() + self.size,
            _ => self.size,
        }
    }

    /// Finds the field in packed data, where everything before it ends at `position`.
    ///
    /// # Errors
    /// [`PackError::DataTooShort`]; for the length of a string also [`PackError::DoesNotFit`].
    pub fn locate<N: NumberModel>(&self, data: &[u8], position: usize) -> Result<Field, PackError> {
        let start = position
            .checked_add(self.alignment_padding)
            .ok_or(PackError::DataTooShort)?;
        let end = start
            .checked_add(self.size)
            .filter(|&end| end <= data.len())
            .ok_or(PackError::DataTooShort)?;
        match self.kind {
            Kind::Counted => {
                let length =
                    self.unpack_bits::<N>(data.get(start..end).unwrap_or_default(), false)?;
                let text_end = usize::try_from(length.bits())
                    .ok()
                    .and_then(|length| end.checked_add(length))
                    .filter(|&text_end| text_end <= data.len())
                    .ok_or(PackError::DataTooShort)?;
                Ok(Field {
                    bytes: end..text_end,
                    next: text_end,
                })
            }
            Kind::ZeroTerminated => {
                let rest = data.get(start..).unwrap_or_default();
                let length = crate::text::find_byte(0, rest).unwrap_or(rest.len());
                Ok(Field {
                    bytes: start..start + length,
                    next: start + length + 1,
                })
            }
            _ => Ok(Field {
                bytes: start..end,
                next: end,
            }),
        }
    }

    /// Reads an integer from its bytes.
    ///
    /// # Errors
    /// [`PackError::DoesNotFit`] if the field is wider than the model's integers and its value too large.
    pub fn unpack_int<N: NumberModel>(&self, bytes: &[u8]) -> Result<N::Int, PackError> {
        self.unpack_bits::<N>(bytes, self.kind == Kind::Int)
    }

    fn unpack_bits<N: NumberModel>(&self, bytes: &[u8], signed: bool) -> Result<N::Int, PackError> {
        let width = size_of::<N::Int>();
        let mut bits = 0u64;
        for index in 0..bytes.len().min(width) {
            bits |= u64::from(self.byte(bytes, index)) << (8 * index);
        }
        if bytes.len() < width {
            if signed && !bytes.is_empty() {
                let shift = 64 - 8 * bytes.len() as u32;
                return Ok(N::Int::wrap((bits << shift) as i64 >> shift));
            }
            return Ok(N::Int::wrap(bits as i64));
        }
        let int = N::Int::wrap(bits as i64);
        let extension = if signed && int < N::Int::ZERO {
            0xFF
        } else {
            0
        };
        if (width..bytes.len()).all(|index| self.byte(bytes, index) == extension) {
            Ok(int)
        } else {
            Err(PackError::DoesNotFit(bytes.len() as u32))
        }
    }

    /// Byte number `index` of a field, counted from the least significant.
    fn byte(&self, bytes: &[u8], index: usize) -> u8 {
        let index = if self.little_endian {
            Some(index)
        } else {
            bytes.len().checked_sub(index + 1)
        };
        index
            .and_then(|index| bytes.get(index))
            .copied()
            .unwrap_or(0)
    }

    /// Reads a float from its bytes, 4 or 8; other counts give zero.
    #[must_use]
    pub fn unpack_float(&self, bytes: &[u8]) -> f64 {
        let mut bits = 0u64;
        for index in 0..bytes.len().min(8) {
            bits |= u64::from(self.byte(bytes, index)) << (8 * index);
        }
        match bytes.len() {
            4 => f64::from(f32::from_bits(bits as u32)),
            8 => f64::from_bits(bits),
            _ => 0.0,
        }
    }
}
