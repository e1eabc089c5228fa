//! Numbers to text, as `tostring`, concatenation and `print` write them.

use super::decimal::{Decimal, short_significant};
use super::{LuaFloat, LuaInt, Number, NumberModel};

/// Longest text of a number: `-1.2345678901234e-308`, and room for `.0`.
const CAPACITY: usize = 24;

/// The text of a number, in place.
#[derive(Clone, Copy, Debug)]
pub struct NumberText {
    bytes: [u8; CAPACITY],
    start: u8,
    end: u8,
}

impl NumberText {
    fn new() -> Self {
        NumberText {
            bytes: [0; CAPACITY],
            start: 0,
            end: 0,
        }
    }

    /// The text, ASCII.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes
            .get(usize::from(self.start)..usize::from(self.end))
            .unwrap_or_default()
    }

    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        let start = usize::from(self.end);
        let end = start + bytes.len();
        if let Some(room) = self.bytes.get_mut(start..end) {
            room.copy_from_slice(bytes);
            self.end = end as u8;
        }
    }
}

impl core::ops::Deref for NumberText {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// The text that `tostring` gives of a number.
///
/// ```
/// use lua_vm::number::{Num64, Number, number_text};
/// assert_eq!(number_text::<Num64>(Number::Int(-7)).as_bytes(), b"-7");
/// assert_eq!(number_text::<Num64>(Number::Float(1e15)).as_bytes(), b"1e+15");
/// assert_eq!(number_text::<Num64>(Number::Float(-3.0)).as_bytes(), b"-3.0");
/// ```
#[must_use]
#[inline]
pub fn number_text<N: NumberModel>(number: Number<N>) -> NumberText {
    match number {
        Number::Int(int) => int_text(int),
        Number::Float(float) => float_text(float),
    }
}

/// An integer in decimal.
#[must_use]
#[inline]
pub fn int_text<I: LuaInt>(value: I) -> NumberText {
    let value = value.widen();
    let mut text = NumberText::new();
    text.end = CAPACITY as u8;
    text.start = write_decimal(value.unsigned_abs(), &mut text.bytes) as u8;
    if value < 0 {
        text.start -= 1;
        text.bytes[usize::from(text.start)] = b'-';
    }
    text
}

/// A float as `tostring` writes it: [`float_text_bare`], and `.0` after what looks like an integer.
#[must_use]
pub fn float_text<F: LuaFloat>(value: F) -> NumberText {
    let mut text = float_text_bare(value);
    if text.iter().all(|&byte| matches!(byte, b'0'..=b'9' | b'-')) {
        if usize::from(text.end) + 2 > CAPACITY {
            // An integer's text ends at the buffer's end; it has at most 15 bytes, so it fits below.
            text.bytes
                .copy_within(usize::from(text.start)..usize::from(text.end), 0);
            text.end -= text.start;
            text.start = 0;
        }
        text.push(b".0");
    }
    text
}

/// The integer below 2^53 that a magnitude is. From its bits: devices have no instructions for double precision.
fn integer(magnitude: f64) -> Option<i64> {
    const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    const BIAS: u32 = f64::MAX_EXP as u32 - 1;
    let bits = magnitude.to_bits();
    let mantissa = bits & ((1 << FRACTION_BITS) - 1) | 1 << FRACTION_BITS;
    let exponent = (bits >> FRACTION_BITS) as u32;
    match (BIAS + FRACTION_BITS).checked_sub(exponent) {
        Some(below @ 0..=FRACTION_BITS) if mantissa & ((1 << below) - 1) == 0 => {
            Some((mantissa >> below) as i64)
        }
        _ if bits == 0 => Some(0),
        _ => None,
    }
}

/// A float as `io.write` writes it: `%.14g` or `%.7g` of C, by the model. Infinities are `inf` and `-inf`,
/// NaNs `nan` and, with the sign bit set, `-nan`.
#[must_use]
pub fn float_text_bare<F: LuaFloat>(value: F) -> NumberText {
    let digits = F::DISPLAY_DIGITS as u32;
    let value = value.to_f64();
    let negative = value.is_sign_negative();
    let magnitude = value.abs();
    // Integers of no more than the wanted digits are exact.
    let limit = if F::DISPLAY_DIGITS == 14 {
        100_000_000_000_000
    } else {
        10_000_000
    };
    if let Some(int) = integer(magnitude).filter(|int| *int < limit) {
        let mut text = int_text(int);
        if negative {
            text.start -= 1;
            text.bytes[usize::from(text.start)] = b'-';
        }
        return text;
    }
    let mut text = NumberText::new();
    if negative {
        text.push(b"-");
    }
    if !magnitude.is_finite() {
        text.push(if magnitude.is_nan() { b"nan" } else { b"inf" });
        return text;
    }
    let mut buffer = [b'0'; MAX_DISPLAY_DIGITS];
    let (digits, lead) = significant_digits(magnitude, digits, &mut buffer);
    let exponential = lead < -4 || lead >= F::DISPLAY_DIGITS as i32;
    // How many of the digits stand before the point.
    let whole = if exponential { 1 } else { lead + 1 };
    match usize::try_from(whole) {
        Ok(whole @ 1..) if whole < digits.len() => {
            let (before, after) = digits.split_at(whole);
            text.push(before);
            text.push(b".");
            text.push(after);
        }
        Ok(whole @ 1..) => {
            text.push(digits);
            text.push(ZEROS.get(..whole - digits.len()).unwrap_or_default());
        }
        _ => {
            text.push(b"0.");
            text.push(
                ZEROS
                    .get(..whole.unsigned_abs() as usize)
                    .unwrap_or_default(),
            );
            text.push(digits);
        }
    }
    if exponential {
        let sign = if lead < 0 { b'-' } else { b'+' };
        let size = lead.unsigned_abs();
        let [hundreds, tens, ones] =
            [size / 100, size / 10 % 10, size % 10].map(|d| b'0' + d as u8);
        let exponent = [b'e', sign, hundreds, tens, ones];
        if hundreds == b'0' {
            text.push(&[b'e', sign, tens, ones]);
        } else {
            text.push(&exponent);
        }
    }
    text
}

/// Digits of the wider model's number format.
const MAX_DISPLAY_DIGITS: usize = 14;

static ZEROS: [u8; MAX_DISPLAY_DIGITS] = [b'0'; MAX_DISPLAY_DIGITS];

/// The significant digits of a value that is not zero, without zeros at the end, and the place of the first.
fn significant_digits(
    magnitude: f64,
    digits: u32,
    buffer: &mut [u8; MAX_DISPLAY_DIGITS],
) -> (&[u8], i32) {
    let count = digits as usize;
    let buffer = buffer.get_mut(..count).unwrap_or_default();
    let lead;
    if let Some((number, place)) = short_significant(magnitude, digits) {
        write_decimal(number, buffer);
        lead = place;
    } else {
        let decimal = Decimal::significant(magnitude, digits);
        lead = decimal.leading_place();
        let mut filled = 0;
        let _ = decimal.digits(lead, lead - digits as i32 + 1, |run| {
            if let Some(room) = buffer.get_mut(filled..filled + run.len()) {
                room.copy_from_slice(run);
            }
            filled += run.len();
            Ok::<(), core::convert::Infallible>(())
        });
    }
    let zeros = buffer
        .iter()
        .rev()
        .take_while(|&&digit| digit == b'0')
        .count();
    (buffer.get(..count - zeros).unwrap_or_default(), lead)
}

/// Decimal digits of the numbers below 100.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// Writes a number to the end of a buffer; where it starts. Digits that do not fit are left out.
pub(crate) fn write_decimal(value: u64, buffer: &mut [u8]) -> usize {
    // 64-bit divisions are calls on a 32-bit target, so no more than two are made.
    const CHUNK: u64 = 100_000_000;
    let mut start = buffer.len();
    let mut rest = value;
    while rest > u64::from(u32::MAX) {
        let low = (rest % CHUNK) as u32;
        rest /= CHUNK;
        let wanted = start.saturating_sub(8);
        start = write_decimal_u32(low, &mut buffer[..start]);
        while start > wanted {
            start -= 1;
            buffer[start] = b'0';
        }
    }
    write_decimal_u32(rest as u32, &mut buffer[..start])
}

fn write_decimal_u32(value: u32, buffer: &mut [u8]) -> usize {
    let mut rest = value;
    let mut start = buffer.len();
    while rest >= 10 && start >= 2 {
        let pair = if rest >= 100 { rest % 100 } else { rest };
        rest = if rest >= 100 { rest / 100 } else { 0 };
        start -= 2;
        if let (Some(room), Some(pair)) =
            (buffer.get_mut(start..start + 2), PAIRS.get(pair as usize))
        {
            room.copy_from_slice(pair);
        }
        if rest == 0 {
            return start;
        }
    }
    if start > 0 {
        start -= 1;
        buffer[start] = b'0' + (rest % 10) as u8;
    }
    start
}
