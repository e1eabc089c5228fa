//! The exact decimal expansion of a float, rounded to a wanted digit.
//!
//! A binary float is `m * 2^e`, so its decimal expansion is finite. It is computed in limbs of nine digits:
//! by multiplications for large values, by halvings for small ones. A halving moves digits only downwards:
//! a digit of the quotient depends on no digit of the dividend below it. So limbs below the last wanted
//! digit are dropped as they appear, and only whether anything was dropped is remembered.

/// Nine decimal digits to a limb.
pub(super) const BASE: u32 = 1_000_000_000;
pub(super) const LIMB_DIGITS: i32 = 9;

/// Integer limbs: the largest `f64` has 309 digits, and a rounding may carry into one limb more.
const INTEGER_LIMBS: usize = 36;
/// Integer limbs of a value with fraction bits (below 2^53, 16 digits), and one for a carry.
const SMALL_INTEGER_LIMBS: usize = 3;
/// Fraction limbs: 324 places down to the leading digit of the smallest `f64`, `MAX_DIGITS` wanted ones and
/// two of slack to hold the digits that decide the rounding.
const LIMBS: usize = SMALL_INTEGER_LIMBS + (324 + MAX_DIGITS as usize).div_ceil(9) + 2;

/// Largest number of digits that may be asked for.
pub const MAX_DIGITS: u32 = 100;

/// Powers of ten within a limb.
pub(super) const POWERS: [u32; 10] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    BASE,
];

/// A finite magnitude in decimal, correctly rounded (ties to even) at a wanted place.
///
/// Places count powers of ten: 0 is the units digit, -1 the first decimal.
#[derive(Clone, Debug)]
pub struct Decimal {
    limbs: [u32; LIMBS],
    /// Index of the first non-zero limb; `end` if there is none.
    first: usize,
    /// One past the last limb that may be non-zero.
    end: usize,
    /// Index of the limb that ends with the units digit.
    units: usize,
}

impl Decimal {
    /// The magnitude of `value` rounded to `digits` significant digits, 1 to [`MAX_DIGITS`] (more count
    /// as that many). Infinities and NaNs give zero.
    #[must_use]
    pub fn significant(value: f64, digits: u32) -> Self {
        let digits = digits.clamp(1, MAX_DIGITS) as i32;
        // 1233 / 4096 is a little less than log10(2), and the one taken off covers negative exponents: the
        // estimate is never above the leading digit's place, and at most two below.
        let leading = ((exponent2(value) * 1233) >> 12) - 1;
        let (mut decimal, dropped) = Self::expand(value, leading - digits);
        let last = decimal.leading_place() - digits + 1;
        decimal.round(last, dropped);
        decimal
    }

    /// The magnitude of `value` rounded to `places` digits after the decimal point, at most
    /// [`MAX_DIGITS`]. Infinities and NaNs give zero.
    #[must_use]
    pub fn fixed(value: f64, places: u32) -> Self {
        let last = -(places.min(MAX_DIGITS) as i32);
        let (mut decimal, dropped) = Self::expand(value, last - 1);
        decimal.round(last, dropped);
        decimal
    }

    /// Place of the leading digit; 0 for zero.
    #[must_use]
    pub fn leading_place(&self) -> i32 {
        if self.first >= self.end {
            return 0;
        }
        let limb = self.limb(self.first);
        let digits = POWERS.iter().take_while(|&&power| power <= limb).count() as i32;
        (self.units as i32 - self.first as i32) * LIMB_DIGITS + digits - 1
    }

    /// Place of the last digit that is not zero; 0 for zero.
    #[must_use]
    pub fn last_place(&self) -> i32 {
        let mut end = self.end;
        while end > self.first {
            end -= 1;
            let limb = self.limb(end);
            if limb != 0 {
                let zeros = POWERS
                    .iter()
                    .skip(1)
                    .take_while(|&&power| limb.is_multiple_of(power));
                return (self.units as i32 - end as i32) * LIMB_DIGITS + zeros.count() as i32;
            }
        }
        0
    }

    /// Hands out the digits of the places `high` down to `low`, as ASCII, in runs of at most nine.
    ///
    /// # Errors
    /// The first error of `write` ends the walk and is returned.
    pub fn digits<E>(
        &self,
        high: i32,
        low: i32,
        mut write: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut place = high;
        while place >= low {
            let block = place.div_euclid(LIMB_DIGITS);
            let lowest = block * LIMB_DIGITS;
            let index = self.units as i32 - block;
            let limb = usize::try_from(index).map_or(0, |index| self.limb(index));
            let text = limb_text(limb);
            let from = (lowest + LIMB_DIGITS - 1 - place) as usize;
            let to = (lowest + LIMB_DIGITS - low).clamp(0, LIMB_DIGITS) as usize;
            write(text.get(from..to).unwrap_or_default())?;
            place = lowest - 1;
        }
        Ok(())
    }

    #[inline]
    fn limb(&self, index: usize) -> u32 {
        if index < self.end {
            self.limbs.get(index).copied().unwrap_or(0)
        } else {
            0
        }
    }

    /// The digits of the magnitude down to a place not above `lowest`, and whether any below are not zero.
    fn expand(value: f64, lowest: i32) -> (Self, bool) {
        let mut decimal = Decimal {
            limbs: [0; LIMBS],
            first: 0,
            end: 0,
            units: 0,
        };
        let (mantissa, exponent) = split(value);
        if mantissa == 0 {
            return (decimal, false);
        }
        let dropped = if exponent >= 0 {
            decimal.expand_integer(mantissa, exponent);
            false
        } else {
            decimal.expand_fraction(mantissa, -exponent, lowest)
        };
        (decimal, dropped)
    }

    fn expand_integer(&mut self, mantissa: u64, exponent: i32) {
        self.units = INTEGER_LIMBS - 1;
        self.set_integer(mantissa);
        let mut left = exponent as u32;
        while left > 0 {
            let shift = left.min(32);
            left -= shift;
            let mut carry = 0u32;
            for limb in self.limbs[self.first..self.end].iter_mut().rev() {
                let wide = (u64::from(*limb) << shift) + u64::from(carry);
                carry = (wide / u64::from(BASE)) as u32;
                *limb = (wide % u64::from(BASE)) as u32;
            }
            while carry != 0 {
                self.first -= 1;
                self.limbs[self.first] = carry % BASE;
                carry /= BASE;
            }
        }
    }

    /// Halves `mantissa` `halvings` times, down to the place `lowest`. Whether digits were dropped.
    fn expand_fraction(&mut self, mantissa: u64, halvings: i32, lowest: i32) -> bool {
        self.units = SMALL_INTEGER_LIMBS - 1;
        self.set_integer(mantissa);
        let wanted = self.units as i32 - lowest.div_euclid(LIMB_DIGITS) + 1;
        let limit = (wanted.max(self.end as i32) as usize).min(LIMBS);
        let mut dropped = false;
        let mut left = halvings;
        while left > 0 && self.first < self.end {
            let shift = left.min(32);
            left -= shift;
            let mut rest = 0u64;
            let mut halve = |limb: u32| {
                // Below BASE * 2^shift, so that the quotient is a limb.
                let wide = rest * u64::from(BASE) + u64::from(limb);
                rest = wide & ((1 << shift) - 1);
                ((wide >> shift) as u32, rest)
            };
            let mut more = 0;
            for limb in &mut self.limbs[self.first..self.end] {
                (*limb, more) = halve(*limb);
            }
            while more != 0 && self.end < limit {
                (self.limbs[self.end], more) = halve(0);
                self.end += 1;
            }
            dropped |= more != 0;
            while self.first < self.end && self.limbs[self.first] == 0 {
                self.first += 1;
            }
        }
        dropped
    }

    fn set_integer(&mut self, mut value: u64) {
        self.first = self.units + 1;
        self.end = self.first;
        while value != 0 {
            self.first -= 1;
            self.limbs[self.first] = (value % u64::from(BASE)) as u32;
            value /= u64::from(BASE);
        }
    }

    /// Rounds to the place `last`, half to even; `dropped` tells of digits below all the limbs.
    fn round(&mut self, last: i32, dropped: bool) {
        // The first place to go, its limb, and how many of the limb's digits go: 1 to 9.
        let gone = last - 1;
        let index = self.units as i32 - gone.div_euclid(LIMB_DIGITS);
        let Ok(index) = usize::try_from(index) else {
            return;
        };
        if index >= self.end {
            return;
        }
        let unit = POWERS[(gone.rem_euclid(LIMB_DIGITS) + 1) as usize];
        let limb = self.limbs[index];
        let rest = limb % unit;
        let below = dropped
            || self.limbs[index + 1..self.end]
                .iter()
                .any(|&limb| limb != 0);
        let odd = if unit == BASE {
            index > 0 && self.limbs[index - 1] & 1 == 1
        } else {
            (limb / unit) & 1 == 1
        };
        let half = unit / 2;
        let up = rest > half || rest == half && (below || odd);
        self.limbs[index] = limb - rest;
        self.end = index + 1;
        // Limbs above the first non-zero one are zero, so a carry out of it starts a new first limb.
        self.first = self.first.min(index);
        if up {
            let mut index = index;
            self.limbs[index] += unit;
            while self.limbs[index] >= BASE && index > 0 {
                self.limbs[index] -= BASE;
                index -= 1;
                self.limbs[index] += 1;
            }
            self.first = self.first.min(index);
        }
        while self.first < self.end && self.limbs[self.first] == 0 {
            self.first += 1;
        }
    }
}

/// The first `digits` significant digits of a value as one integer below 10^digits, rounded (ties to even), and
/// the place of its leading digit; for the values, neither large nor small, that integer arithmetic of the machine's
/// width takes exactly. `digits` is at most 17.
pub(crate) fn short_significant(value: f64, digits: u32) -> Option<(u64, i32)> {
    let (mantissa, exponent) = split(value);
    let limit = 10u64.checked_pow(digits)?;
    let mut leading = ((exponent2(value) * 1233) >> 12) - 1;
    // The estimate is at most two places low: then there are too many digits.
    loop {
        let power = u32::try_from(digits as i32 - 1 - leading).ok()?;
        let (scaled, up) = scale(mantissa, exponent, power)?;
        if scaled < limit {
            let rounded = scaled + u64::from(up);
            return Some(if rounded < limit {
                (rounded, leading)
            } else {
                (rounded / 10, leading + 1)
            });
        }
        leading += 1;
    }
}

/// A magnitude times 10^places, rounded to an integer (ties to even), where the same holds. The sign is dropped.
pub(crate) fn short_fixed(value: f64, places: u32) -> Option<u64> {
    let (mantissa, exponent) = split(value);
    let (scaled, up) = scale(mantissa, exponent, places)?;
    scaled.checked_add(u64::from(up))
}

/// `mantissa * 2^exponent * 10^power` rounded down, and whether rounding to nearest even goes up.
#[inline(always)]
fn scale(mantissa: u64, exponent: i32, power: u32) -> Option<(u64, bool)> {
    // 5^27 is the last that fits.
    let fives = 5u64.checked_pow(power)?;
    let exponent = exponent + power as i32;
    if let Some(product) = mantissa.checked_mul(fives) {
        if exponent >= 0 {
            let whole = product.checked_mul(1u64.checked_shl(exponent as u32)?)?;
            return Some((whole, false));
        }
        let dropped = exponent.unsigned_abs();
        let whole = product.checked_shr(dropped)?;
        let rest = product & ((1 << dropped) - 1);
        let half = 1 << (dropped - 1);
        return Some((whole, rest > half || rest == half && whole & 1 == 1));
    }
    // Without 128-bit multiplication in the machine the limbs are faster.
    if usize::BITS < 64 || exponent >= 0 {
        return None;
    }
    let product = u128::from(mantissa) * u128::from(fives);
    let dropped = exponent.unsigned_abs();
    let whole = u64::try_from(product.checked_shr(dropped)?).ok()?;
    let rest = product & ((1 << dropped) - 1);
    let half = 1 << (dropped - 1);
    Some((whole, rest > half || rest == half && whole & 1 == 1))
}

/// Magnitude as `mantissa * 2^exponent` with an odd mantissa; zero for what is not finite.
fn split(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = match (bits >> 52) & 0x7FF {
        0x7FF => return (0, 0),
        0 => (fraction, -1074),
        field => (fraction | 1 << 52, field as i32 - 1075),
    };
    if mantissa == 0 {
        return (0, 0);
    }
    let zeros = mantissa.trailing_zeros();
    (mantissa >> zeros, exponent + zeros as i32)
}

/// Exponent of the highest bit.
fn exponent2(value: f64) -> i32 {
    let (mantissa, exponent) = split(value);
    exponent + 63 - mantissa.leading_zeros().min(63) as i32
}

/// A limb's nine digits.
fn limb_text(limb: u32) -> [u8; 9] {
    let mut text = [b'0'; 9];
    let mut rest = limb;
    for digit in text.iter_mut().rev() {
        if rest == 0 {
            break;
        }
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::{String, ToString};

    fn text(decimal: &Decimal, high: i32, low: i32) -> String {
        let mut out = String::new();
        let done: Result<(), ()> = decimal.digits(high, low, |run| {
            out.push_str(core::str::from_utf8(run).map_err(|_| ())?);
            Ok(())
        });
        assert!(done.is_ok());
        out
    }

    /// `d.ddde±x` in the core library's notation, which rounds exactly, ties to even.
    fn scientific(value: f64, digits: u32) -> String {
        let decimal = Decimal::significant(value, digits);
        let lead = decimal.leading_place();
        let mut out = text(&decimal, lead, lead);
        if digits > 1 {
            out.push('.');
            out += &text(&decimal, lead - 1, lead - digits as i32 + 1);
        }
        format!("{out}e{lead}")
    }

    fn fixed(value: f64, places: u32) -> String {
        let decimal = Decimal::fixed(value, places);
        let mut out = text(&decimal, decimal.leading_place().max(0), 0);
        if places > 0 {
            out.push('.');
            out += &text(&decimal, -1, -(places as i32));
        }
        out
    }

    fn check(value: f64, digits: u32) {
        let value = value.abs();
        assert_eq!(
            scientific(value, digits),
            format!("{value:.*e}", digits as usize - 1)
        );
        assert_eq!(
            fixed(value, digits - 1),
            format!("{value:.*}", digits as usize - 1)
        );
    }

    #[test]
    fn edges() {
        for value in [
            0.0,
            0.1,
            0.5,
            1.5,
            2.5,
            1.0,
            9.5,
            9.995,
            99.5,
            0.95,
            1e9,
            1e-9,
            999_999_999.5,
            1e17,
            1e18,
            999_999_999_999_999_999.0,
            f64::MAX,
            f64::MIN_POSITIVE,
            5e-324,
            1e22,
            1e23,
            0.001,
            123_456_789.123_456_79,
            4_503_599_627_370_495.5,
            4_503_599_627_370_496.5,
            1e-5,
            1e300,
            1e-300,
        ] {
            for digits in [1, 2, 3, 8, 9, 10, 14, 17, 18, 19, 50, 99, 100] {
                check(value, digits);
            }
        }
    }

    #[test]
    fn every_power_of_two() {
        for exponent in -1074..1024 {
            let value = libm::scalbn(1.0, exponent);
            check(value, 14);
            check(value, 17);
            check(value, 100);
        }
    }

    fn check_short(value: f64, digits: u32) {
        if let Some((number, lead)) = short_significant(value, digits) {
            let text = number.to_string();
            let (first, rest) = text.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            let value = value.abs();
            assert_eq!(
                format!("{first}{point}{rest}e{lead}"),
                format!("{value:.*e}", digits as usize - 1)
            );
        }
    }

    #[test]
    fn short_numbers_take_the_short_way() {
        for value in [
            0.1,
            0.5,
            1.0 / 3.0,
            1e-9,
            123_456.789,
            1e13,
            99_999_999_999_999.5,
        ] {
            assert!(
                short_significant(value, 14).is_some() || usize::BITS < 64,
                "{value}"
            );
            check_short(value, 14);
        }
    }

    #[test]
    fn last_place_is_the_last_digit_not_zero() {
        assert_eq!(Decimal::significant(1200.0, 10).last_place(), 2);
        assert_eq!(Decimal::significant(0.125, 10).last_place(), -3);
        assert_eq!(Decimal::significant(1e-300, 10).last_place(), -300);
        assert_eq!(Decimal::significant(1e300, 10).last_place(), 300);
        assert_eq!(Decimal::significant(9.9999, 2).last_place(), 1);
        assert_eq!(Decimal::significant(0.0, 2).last_place(), 0);
    }

    proptest::proptest! {
        #[test]
        fn any_bits(bits: u64, digits in 1u32..=100) {
            let value = f64::from_bits(bits);
            if value.is_finite() {
                check(value, digits);
                check_short(value, digits.min(17));
            }
        }

        #[test]
        fn short_ways_are_exact(mantissa: u64, exponent in -80i32..20, digits in 1u32..=17) {
            check_short(libm::scalbn((mantissa >> 11) as f64, exponent - 26), digits);
            check_short(libm::scalbn((mantissa >> 40) as f64, exponent), digits);
            let value = libm::scalbn((mantissa >> 11) as f64, exponent - 26);
            if let Some(number) = short_fixed(value, digits) {
                let text = format!("{number:0width$}", width = digits as usize + 1);
                let (whole, places) = text.split_at(text.len() - digits as usize);
                proptest::prop_assert_eq!(format!("{whole}.{places}"), format!("{value:.*}", digits as usize));
            }
        }

        #[test]
        fn ties(mantissa in 0u64..2_000_000, exponent in -30i32..10, digits in 1u32..20) {
            check(libm::scalbn(mantissa as f64, exponent), digits);
            if mantissa > 0 {
                check_short(libm::scalbn(mantissa as f64, exponent), digits.min(17));
            }
        }
    }
}
