//! `string.pack`, `string.unpack` and `string.packsize`: the format options and the fields they describe.
//!
//! Native sizes follow the number model, not the machine, so that a program sees the same on a device and in
//! a rehearsal on a host: `l`, `j`, `T` and the length of `s` have the integer's size, `n` the float's, `i`
//! four bytes. Native byte order is little endian, native alignment 8.

mod field;
mod options;

pub use field::Field;
pub use options::{Item, Kind, Options};

use core::fmt;

/// Largest size of an integer, and largest alignment, in bytes.
pub const MAX_INT_SIZE: u32 = 16;

/// Largest result of `string.packsize`, in bytes.
pub const MAX_SIZE: usize = i32::MAX as usize;

/// Why a format, a value or data is refused. `Display` gives the reference implementation's message, without
/// the `bad argument` that [`PackError::blame`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PackError {
    /// A character that is no option.
    InvalidOption(u8),
    /// The size of an integer or an alignment is not 1 to [`MAX_INT_SIZE`].
    SizeOutOfLimits(u32),
    /// `c` without a size.
    MissingSize,
    /// An alignment that is no power of two.
    AlignmentNotPowerOfTwo,
    /// `X` before nothing, or before an option without alignment.
    InvalidNextOption,
    /// `s` or `z` in `string.packsize`.
    VariableLength,
    /// More than [`MAX_SIZE`] bytes.
    ResultTooLarge,
    /// The value does not fit a signed field.
    IntegerOverflow,
    /// The value does not fit an unsigned field.
    UnsignedOverflow,
    /// The string does not fit its `c` field.
    StringTooLong,
    /// The string's length does not fit its count.
    LengthOverflow,
    /// The string of a `z` field contains zero bytes.
    ContainsZeros,
    /// The data ends before the field does.
    DataTooShort,
    /// The field, of so many bytes, holds no integer of the model.
    DoesNotFit(u32),
}

/// What an error is about, which decides how it is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Nothing in particular: the message stands alone.
    Call,
    /// The format, argument 1.
    Format,
    /// The value packed: its argument.
    Value,
    /// The data unpacked, argument 2.
    Data,
}

impl PackError {
    /// Which argument is bad.
    #[must_use]
    pub fn blame(self) -> Blame {
        match self {
            PackError::InvalidOption(_)
            | PackError::SizeOutOfLimits(_)
            | PackError::MissingSize
            | PackError::DoesNotFit(_) => Blame::Call,
            PackError::AlignmentNotPowerOfTwo
            | PackError::InvalidNextOption
            | PackError::VariableLength
            | PackError::ResultTooLarge => Blame::Format,
            PackError::IntegerOverflow
            | PackError::UnsignedOverflow
            | PackError::StringTooLong
            | PackError::LengthOverflow
            | PackError::ContainsZeros => Blame::Value,
            PackError::DataTooShort => Blame::Data,
        }
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            PackError::InvalidOption(byte @ b' '..=b'~') => {
                return write!(f, "invalid format option '{}'", char::from(byte));
            }
            PackError::InvalidOption(byte) => {
                return write!(f, "invalid format option '<\\{byte}>'");
            }
            PackError::SizeOutOfLimits(size) => {
                return write!(f, "integral size ({size}) out of limits [1,{MAX_INT_SIZE}]");
            }
            PackError::MissingSize => "missing size for format option 'c'",
            PackError::AlignmentNotPowerOfTwo => "format asks for alignment not power of 2",
            PackError::InvalidNextOption => "invalid next option for option 'X'",
            PackError::VariableLength => "variable-length format",
            PackError::ResultTooLarge => "format result too large",
            PackError::IntegerOverflow => "integer overflow",
            PackError::UnsignedOverflow => "unsigned overflow",
            PackError::StringTooLong => "string longer than given size",
            PackError::LengthOverflow => "string length does not fit in given size",
            PackError::ContainsZeros => "string contains zeros",
            PackError::DataTooShort => "data string too short",
            PackError::DoesNotFit(size) => {
                return write!(f, "{size}-byte integer does not fit into Lua Integer");
            }
        })
    }
}

impl core::error::Error for PackError {}
