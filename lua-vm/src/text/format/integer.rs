//! `%d`, `%i`, `%u`, `%o`, `%x`, `%X`.

use super::super::Sink;
use super::{Conversion, Parts, Radix, Spec};
use crate::number::LuaInt;
use crate::number::format::write_decimal;

/// Writes an integer as an integer conversion does; `o`, `x`, `X` and `u` take it as unsigned at the model's
/// width.
///
/// # Errors
/// The sink's.
pub fn write_int<S: Sink, I: LuaInt>(sink: &mut S, spec: &Spec, value: I) -> Result<(), S::Error> {
    // 64 bits in octal.
    let mut buffer = [0u8; 22];
    let (negative, magnitude, radix) = match spec.conversion {
        Conversion::Unsigned(radix) => (false, value.bits(), radix),
        _ => {
            let value = value.widen();
            (value < 0, value.unsigned_abs(), Radix::Decimal)
        }
    };
    let start = match radix {
        Radix::Decimal => write_decimal(magnitude, &mut buffer),
        Radix::Octal => write_power_of_two(magnitude, 3, spec.upper, &mut buffer),
        Radix::Hexadecimal => write_power_of_two(magnitude, 4, spec.upper, &mut buffer),
    };
    let mut digits = buffer.get(start..).unwrap_or_default();
    if !spec.modified && !negative {
        return sink.push(digits);
    }
    let mut zeros = 0;
    if let Some(precision) = spec.precision {
        // Zero in no digits is nothing at all.
        if magnitude == 0 {
            digits = &[];
        }
        zeros = usize::from(precision).saturating_sub(digits.len());
    }
    if spec.alternate && radix == Radix::Octal && zeros == 0 && digits.first() != Some(&b'0') {
        zeros = 1;
    }
    let prefix: &[u8] = match spec.conversion {
        Conversion::Unsigned(Radix::Hexadecimal) if spec.alternate && magnitude != 0 => {
            if spec.upper { b"0X" } else { b"0x" }
        }
        Conversion::Unsigned(_) => b"",
        _ if negative => b"-",
        _ if spec.plus => b"+",
        _ if spec.space => b" ",
        _ => b"",
    };
    let parts = Parts {
        prefix,
        zeros,
        body_length: digits.len(),
    };
    let zero_pad = spec.zero && spec.precision.is_none();
    spec.write_padded(sink, parts, zero_pad, &mut |sink| sink.push(digits))
}

/// Writes digits of `bits` bits each to the end of a buffer; where they start.
fn write_power_of_two(value: u64, bits: u32, upper: bool, buffer: &mut [u8]) -> usize {
    let letters = if upper { b'A' } else { b'a' } - 10;
    let mask = (1u64 << bits) - 1;
    let mut rest = value;
    let mut start = buffer.len();
    for room in buffer.iter_mut().rev() {
        let digit = (rest & mask) as u8;
        *room = if digit < 10 { b'0' } else { letters } + digit;
        rest >>= bits;
        start -= 1;
        if rest == 0 {
            break;
        }
    }
    start
}
