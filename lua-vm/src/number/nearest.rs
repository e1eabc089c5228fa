//! The `f32` nearest to a decimal numeral.
//!
//! The core library's conversion looks up powers of five in a table of ten kilobytes, more flash than the whole of this
//! module's callers. Here the numeral is a long integer times a power of ten: the power is multiplied or divided out in full,
//! so the result is exact.

use super::decimal::{BASE, LIMB_DIGITS, POWERS};
use super::parse::assemble;

/// Significant digits that can decide: halfway between two `f32` lies a number of at most 113.
const DIGITS: usize = 120;

/// The largest `f32` has 39 digits before the point; the smallest has its first digit at place -45, its half at -46.
const PLACES: core::ops::RangeInclusive<i64> = -46..=38;

/// Room for `DIGITS` digits that are divided by 10^166, with 64 bits of quotient: 620 bits.
const LIMBS: usize = 20;

/// Powers of ten, and integers, up to these are floats without rounding.
const EXACT_POWER: i64 = 10;
const EXACT_INTEGER: u32 = 1 << 24;

/// A numeral taken apart: its value is the digits times 10^`exponent`, and a little more if `more`.
#[derive(Default)]
struct Numeral {
    digits: Integer,
    /// Digits in it, without leading zeros.
    count: usize,
    exponent: i64,
    more: bool,
}

/// A natural number in limbs of 32 bits, the lowest first.
#[derive(Default)]
struct Integer {
    limbs: [u32; LIMBS],
    len: usize,
}

impl Integer {
    /// Multiplies, then adds. What does not fit is lost: callers stay within `LIMBS`.
    fn multiply_add(&mut self, factor: u32, addend: u32) {
        let mut carry = addend;
        for limb in self.limbs.iter_mut().take(self.len) {
            let wide = u64::from(*limb) * u64::from(factor) + u64::from(carry);
            *limb = wide as u32;
            carry = (wide >> 32) as u32;
        }
        if carry != 0
            && let Some(limb) = self.limbs.get_mut(self.len)
        {
            *limb = carry;
            self.len += 1;
        }
    }

    /// Divides, rounding down. Whether there was a remainder.
    fn divide(&mut self, divisor: u32) -> bool {
        let mut rest = 0u64;
        for limb in self.limbs.iter_mut().take(self.len).rev() {
            let wide = rest << 32 | u64::from(*limb);
            *limb = (wide / u64::from(divisor)) as u32;
            rest = wide % u64::from(divisor);
        }
        while self.len > 0 && self.limbs.get(self.len - 1) == Some(&0) {
            self.len -= 1;
        }
        rest != 0
    }

    /// The highest 64 bits of it, the exponent of the lowest of them, and whether any below is set.
    fn top(&self) -> (u64, i64, bool) {
        let limb = |index: usize| self.limbs.get(index).map_or(0, |limb| u64::from(*limb));
        if self.len <= 2 {
            return (limb(1) << 32 | limb(0), 0, false);
        }
        let zeros = limb(self.len - 1).leading_zeros() - 32;
        let middle = limb(self.len - 2);
        let low = limb(self.len - 3);
        let high = limb(self.len - 1) << 32 | middle;
        let bits = high << zeros | (low << zeros) >> 32;
        let dropped = low << zeros & 0xffff_ffff;
        let below = self.limbs.iter().take(self.len - 3).any(|limb| *limb != 0);
        let exponent = 32 * (self.len as i64 - 2) - i64::from(zeros);
        (bits, exponent, below || dropped != 0)
    }
}

/// Reads `digits [. digits] [e [sign] digits]`.
fn read(text: &[u8]) -> Option<Numeral> {
    let mut numeral = Numeral::default();
    let (mut any, mut after_point) = (false, false);
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        match byte {
            b'.' if !after_point => after_point = true,
            b'0'..=b'9' => {
                any = true;
                let digit = u32::from(byte - b'0');
                if numeral.count >= DIGITS {
                    numeral.more |= digit != 0;
                    numeral.exponent += i64::from(!after_point);
                } else {
                    numeral.digits.multiply_add(10, digit);
                    numeral.count += usize::from(numeral.count > 0 || digit != 0);
                    numeral.exponent -= i64::from(after_point);
                }
            }
            b'e' | b'E' if any => {
                numeral.exponent = numeral.exponent.saturating_add(scale(tail)?);
                return Some(numeral);
            }
            _ => return None,
        }
        rest = tail;
    }
    any.then_some(numeral)
}

/// Reads an exponent. It saturates far beyond what the length of any text could make up for.
fn scale(text: &[u8]) -> Option<i64> {
    let (negative, digits) = super::parse::split_sign(text);
    if digits.is_empty() {
        return None;
    }
    let mut scale = 0i64;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        scale = (scale * 10 + i64::from(byte - b'0')).min(1 << 56);
    }
    Some(if negative { -scale } else { scale })
}

/// The float nearest to a numeral without sign, ties to even; `None` if the text is none.
pub fn nearest_f32(negative: bool, text: &[u8]) -> Option<f32> {
    let Numeral {
        digits: mut value,
        count,
        exponent,
        more,
    } = read(text)?;
    let signed = |float: f32| if negative { -float } else { float };
    let leading = exponent.saturating_add(count as i64 - 1);
    if count == 0 || leading < *PLACES.start() {
        return Some(signed(0.0));
    }
    if leading > *PLACES.end() {
        return Some(signed(f32::INFINITY));
    }
    let small = value.limbs[0];
    if value.len == 1 && small <= EXACT_INTEGER && exponent.abs() <= EXACT_POWER {
        // Both are exact, so that the one operation rounds alone.
        let power = POWERS[(exponent.unsigned_abs() as usize).min(9)] as f32;
        let power = if exponent.abs() == EXACT_POWER {
            1e10
        } else {
            power
        };
        let small = small as f32;
        return Some(signed(if exponent < 0 {
            small / power
        } else {
            small * power
        }));
    }
    let (mut more, mut shift, mut left) = (more, 0, exponent.unsigned_abs());
    if exponent < 0 {
        // Room for 64 bits of quotient: ten to the third is below two to the tenth.
        let wanted = (left as usize).div_ceil(3) * 10 / 32 + 3;
        while value.len < wanted.min(LIMBS) {
            value.limbs.copy_within(..LIMBS - 1, 1);
            value.limbs[0] = 0;
            value.len += 1;
            shift -= 32;
        }
    }
    while left > 0 {
        let digits = left.min(LIMB_DIGITS as u64);
        left -= digits;
        let power = POWERS.get(digits as usize).copied().unwrap_or(BASE);
        if exponent < 0 {
            more |= value.divide(power);
        } else {
            value.multiply_add(power, 0);
        }
    }
    let (bits, lowest, below) = value.top();
    Some(assemble(negative, bits, more || below, lowest + shift))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::format;
    use std::string::String;

    fn check(text: &str) {
        let expected: Option<f32> = text.parse().ok();
        let actual = nearest_f32(false, text.as_bytes());
        assert_eq!(
            actual.map(f32::to_bits),
            expected.map(f32::to_bits),
            "{text}"
        );
    }

    #[test]
    fn edges() {
        for text in [
            "0",
            "0.0",
            "1",
            "1.",
            ".5",
            "0.1",
            "16777217",
            "16777217.0000000001",
            "1e10",
            "3e-10",
            "1e11",
            "1e38",
            "3.4028235e38",
            "3.4028236e38",
            "3.40282356779733661637539395458142568447e38",
            "3.40282356779733661637539395458142568448e38",
            "1e39",
            "1e-45",
            "7.0064923216240853546186479164495e-46",
            "7.0064923216240853546186479164496e-46",
            "1.1754943508222875e-38",
            "1e-46",
            "1e-400",
            "1e400",
            "0e99999999999999999999",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "00000000000000000001.5",
            "0.00000000000000000000000000000000000000000000000000000000001e50",
            "",
            ".",
            "e5",
            "1e",
            "1e+",
            "1.2.3",
            "1e5x",
        ] {
            check(text);
        }
        check(&format!("1{}", "0".repeat(38)));
        check(&format!("0.{}1e200", "0".repeat(199)));
        check(&format!("16777217.{}1", "0".repeat(300)));
        check(&format!("{}e-300", "9".repeat(330)));
        check(&format!("{}e-170", "1".repeat(125)));
    }

    #[test]
    fn halves_between_floats() {
        let mut bits = 1u32;
        while bits < 0x7f7f_ffff {
            let (low, high) = (f32::from_bits(bits), f32::from_bits(bits + 1));
            let half = (f64::from(low) + f64::from(high)) / 2.0;
            let text = format!("{half:.150}");
            check(&text);
            check(&format!("{text}1"));
            bits = bits.wrapping_add(bits / 7 + 1);
        }
    }

    proptest! {
        #[test]
        fn as_the_core_library(digits in "[0-9]{0,30}", places in "[0-9]{0,30}", exponent in -80i32..60) {
            check(&format!("{digits}.{places}e{exponent}"));
        }

        #[test]
        fn every_float_comes_back(bits in 0u32..0x7f80_0000) {
            let value = f32::from_bits(bits);
            let text: String = format!("{value}");
            prop_assert_eq!(nearest_f32(true, text.as_bytes()).map(f32::to_bits), Some((-value).to_bits()));
        }
    }
}
