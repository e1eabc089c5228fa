//! `%e`, `%f`, `%g`, `%a` and their capitals.

use super::super::Sink;
use super::{Conversion, Notation, Parts, Spec};
use crate::number::decimal::{Decimal, short_fixed};
use crate::number::format::write_decimal;

/// Precision of `e`, `f` and `g` if none is given.
const DEFAULT_PRECISION: u8 = 6;

/// Fraction digits of an `f64` in hexadecimal.
const HEX_DIGITS: u32 = 13;

/// Writes a float as a float conversion does. Single precision floats are converted by the caller, exactly,
/// as C does with its variable arguments.
///
/// # Errors
/// The sink's.
pub fn write_float<S: Sink>(sink: &mut S, spec: &Spec, value: f64) -> Result<(), S::Error> {
    let sign: &[u8] = if value.is_sign_negative() {
        b"-"
    } else if spec.plus {
        b"+"
    } else if spec.space {
        b" "
    } else {
        b""
    };
    if !value.is_finite() {
        let name: &[u8] = match (value.is_nan(), spec.upper) {
            (true, false) => b"nan",
            (true, true) => b"NAN",
            (false, false) => b"inf",
            (false, true) => b"INF",
        };
        let parts = Parts {
            prefix: sign,
            zeros: 0,
            body_length: name.len(),
        };
        return spec.write_padded(sink, parts, false, &mut |sink| sink.push(name));
    }
    let precision = u32::from(spec.precision.unwrap_or(DEFAULT_PRECISION));
    let notation = match spec.conversion {
        Conversion::Float(notation) => notation,
        _ => Notation::General,
    };
    match notation {
        Notation::Hexadecimal => write_hex(sink, spec, value, sign),
        Notation::Fixed => {
            if let Some(number) = short_fixed(value, precision) {
                return write_short(sink, spec, sign, number, precision as usize);
            }
            let decimal = Decimal::fixed(value, precision);
            write_fixed(sink, spec, sign, &decimal, precision)
        }
        Notation::Scientific => {
            let decimal = Decimal::significant(value, precision + 1);
            write_scientific(sink, spec, sign, &decimal, precision)
        }
        Notation::General => {
            let precision = precision.max(1);
            let decimal = Decimal::significant(value, precision);
            let (lead, last) = (decimal.leading_place(), decimal.last_place());
            let digits = precision as i32;
            let scientific = lead < -4 || lead >= digits;
            // Places after the point: of all the digits, or up to the last that is not zero.
            let point = if scientific { lead } else { 0 };
            let all = digits - 1 - lead + point;
            let places = if spec.alternate {
                all
            } else {
                all.min(point - last)
            };
            let places = places.max(0) as u32;
            if scientific {
                write_scientific(sink, spec, sign, &decimal, places)
            } else {
                write_fixed(sink, spec, sign, &decimal, places)
            }
        }
    }
}

/// Digits of a number, with `places` of them after the point.
fn write_short<S: Sink>(
    sink: &mut S,
    spec: &Spec,
    sign: &[u8],
    number: u64,
    places: usize,
) -> Result<(), S::Error> {
    // Up to 20 digits of the number, 27 places (more do not come as an integer) and one digit before them.
    let mut buffer = [b'0'; 28];
    let start = write_decimal(number, &mut buffer);
    let point = buffer.len().saturating_sub(places);
    let start = start.min(point.saturating_sub(1));
    let whole = buffer.get(start..point).unwrap_or_default();
    let after = buffer.get(point..).unwrap_or_default();
    let has_point = places > 0 || spec.alternate;
    let parts = Parts {
        prefix: sign,
        zeros: 0,
        body_length: whole.len() + usize::from(has_point) + after.len(),
    };
    spec.write_padded(sink, parts, spec.zero, &mut |sink| {
        sink.push(whole)?;
        if has_point {
            sink.push(b".")?;
        }
        sink.push(after)
    })
}

/// Digits, with `places` of them after the point.
fn write_fixed<S: Sink>(
    sink: &mut S,
    spec: &Spec,
    sign: &[u8],
    decimal: &Decimal,
    places: u32,
) -> Result<(), S::Error> {
    let point = places > 0 || spec.alternate;
    let lead = decimal.leading_place().max(0);
    let parts = Parts {
        prefix: sign,
        zeros: 0,
        body_length: lead as usize + 1 + usize::from(point) + places as usize,
    };
    spec.write_padded(sink, parts, spec.zero, &mut |sink| {
        decimal.digits(lead, 0, |run| sink.push(run))?;
        if point {
            sink.push(b".")?;
        }
        decimal.digits(-1, -(places as i32), |run| sink.push(run))
    })
}

/// One digit, `places` digits after the point, and the exponent.
fn write_scientific<S: Sink>(
    sink: &mut S,
    spec: &Spec,
    sign: &[u8],
    decimal: &Decimal,
    places: u32,
) -> Result<(), S::Error> {
    let point = places > 0 || spec.alternate;
    let lead = decimal.leading_place();
    let size = lead.unsigned_abs();
    let [hundreds, tens, ones] = [size / 100, size / 10 % 10, size % 10].map(|d| b'0' + d as u8);
    let letter = if spec.upper { b'E' } else { b'e' };
    let minus = if lead < 0 { b'-' } else { b'+' };
    let long = [letter, minus, hundreds, tens, ones];
    let short = [letter, minus, tens, ones];
    let exponent: &[u8] = if hundreds == b'0' { &short } else { &long };
    let parts = Parts {
        prefix: sign,
        zeros: 0,
        body_length: 1 + usize::from(point) + places as usize + exponent.len(),
    };
    spec.write_padded(sink, parts, spec.zero, &mut |sink| {
        decimal.digits(lead, lead, |run| sink.push(run))?;
        if point {
            sink.push(b".")?;
        }
        decimal.digits(lead - 1, lead - places as i32, |run| sink.push(run))?;
        sink.push(exponent)
    })
}

/// `[-]0x1.8p+3`. Subnormal numbers keep the smallest exponent and a leading zero.
fn write_hex<S: Sink>(sink: &mut S, spec: &Spec, value: f64, sign: &[u8]) -> Result<(), S::Error> {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (mut mantissa, exponent) = match (bits >> 52) & 0x7FF {
        0 if fraction == 0 => (0, 0),
        0 => (fraction, -1022),
        field => (fraction | 1 << 52, field as i32 - 1023),
    };
    let places = match spec.precision.map(u32::from) {
        None => HEX_DIGITS - (mantissa.trailing_zeros() / 4).min(HEX_DIGITS),
        Some(precision) => {
            let dropped = 4 * HEX_DIGITS.saturating_sub(precision);
            if dropped > 0 {
                // Ties to even; a carry may make the leading digit 2.
                let half = 1u64 << (dropped - 1);
                let odd = mantissa >> dropped & 1;
                mantissa += half - 1 + odd;
                mantissa = mantissa >> dropped << dropped;
            }
            precision
        }
    };
    let letters = if spec.upper { b'A' } else { b'a' } - 10;
    let digit = |index: u32| {
        let digit = (mantissa >> (4 * (HEX_DIGITS - index)) & 15) as u8;
        if digit < 10 {
            b'0' + digit
        } else {
            letters + digit
        }
    };
    let mut digits = [b'0'; HEX_DIGITS as usize];
    for (index, room) in (1..).zip(digits.iter_mut()) {
        *room = digit(index);
    }
    let shown = digits
        .get(..places.min(HEX_DIGITS) as usize)
        .unwrap_or_default();
    let point = places > 0 || spec.alternate;

    let size = exponent.unsigned_abs();
    let mut tail = [0u8; 6];
    let start = write_decimal(u64::from(size), &mut tail);
    let tail_start = start.saturating_sub(2);
    if let Some([letter, minus, ..]) = tail.get_mut(tail_start..) {
        *letter = if spec.upper { b'P' } else { b'p' };
        *minus = if exponent < 0 { b'-' } else { b'+' };
    }
    let tail = tail.get(tail_start..).unwrap_or_default();

    let mut prefix = [0u8; 3];
    let base: &[u8] = if spec.upper { b"0X" } else { b"0x" };
    for (room, &byte) in prefix.iter_mut().zip(sign.iter().chain(base)) {
        *room = byte;
    }
    let parts = Parts {
        prefix: prefix.get(..sign.len() + base.len()).unwrap_or_default(),
        zeros: 0,
        body_length: 1 + usize::from(point) + places as usize + tail.len(),
    };
    spec.write_padded(sink, parts, spec.zero, &mut |sink| {
        sink.push(&[digit(0)])?;
        if point {
            sink.push(b".")?;
        }
        sink.push(shown)?;
        sink.fill(b'0', places as usize - shown.len())?;
        sink.push(tail)
    })
}
