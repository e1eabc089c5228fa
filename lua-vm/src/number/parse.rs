//! Text to numbers: the numerals of the Lua lexer, of `tonumber` and of arithmetic on strings.

use super::{LuaFloat, LuaInt, NumberModel};

/// A number of either subtype.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number<N: NumberModel> {
    /// An integer.
    Int(N::Int),
    /// A float.
    Float(N::Float),
}

/// Converts a whole text to a number as the Lua lexer and `tonumber` do.
///
/// White space around the numeral is ignored. Hexadecimal integers wrap around modulo 2^bits; decimal
/// integers that do not fit become floats. Floats, hexadecimal ones included, are rounded to nearest even
/// in the model's own precision; too large ones become infinite. `None` if the text is no numeral.
///
/// ```
/// use lua_vm::number::{Num32, Number, parse_number};
/// assert_eq!(parse_number::<Num32>(b" 0x10 "), Some(Number::Int(16)));
/// assert_eq!(parse_number::<Num32>(b"2147483648"), Some(Number::Float(2147483648.0)));
/// assert_eq!(parse_number::<Num32>(b"0x.8p1"), Some(Number::Float(1.0)));
/// assert_eq!(parse_number::<Num32>(b"nan"), None);
/// ```
#[must_use]
pub fn parse_number<N: NumberModel>(text: &[u8]) -> Option<Number<N>> {
    let text = trim(text);
    let (negative, digits) = split_sign(text);
    match digits {
        [b'0', b'x' | b'X', hex @ ..] => match hex_int(hex) {
            Some(bits) => Some(Number::Int(signed::<N>(negative, bits))),
            None => hex_float(negative, hex).map(Number::Float),
        },
        _ => match decimal_int::<N>(negative, digits) {
            Some(int) => Some(Number::Int(int)),
            None => N::Float::from_decimal(negative, digits).map(Number::Float),
        },
    }
}

/// Converts a whole text to an integer in a base of 2 to 36, as `tonumber(text, base)` does: digits
/// above 9 are letters of either case, and the result wraps around modulo 2^bits.
#[must_use]
pub fn parse_int_base<N: NumberModel>(text: &[u8], base: u32) -> Option<N::Int> {
    let text = trim(text);
    let (negative, digits) = split_sign(text);
    if digits.is_empty() {
        return None;
    }
    let mut bits = 0u64;
    for &byte in digits {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            b'A'..=b'Z' => byte - b'A' + 10,
            _ => return None,
        };
        if u32::from(digit) >= base {
            return None;
        }
        bits = bits
            .wrapping_mul(u64::from(base))
            .wrapping_add(u64::from(digit));
    }
    Some(signed::<N>(negative, bits))
}

/// Without C's white space at both ends, which has the vertical tab that Rust's `trim_ascii` leaves out.
fn trim(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let [b' ' | b'\t'..=b'\r', rest @ ..] | [rest @ .., b' ' | b'\t'..=b'\r'] = text {
        text = rest;
    }
    text
}

pub(super) fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

fn signed<N: NumberModel>(negative: bool, bits: u64) -> N::Int {
    let int = N::Int::wrap(bits as i64);
    if negative { int.neg() } else { int }
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn hex_int(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let mut bits = 0u64;
    for &byte in digits {
        bits = (bits << 4) | u64::from(hex_digit(byte)?);
    }
    Some(bits)
}

fn decimal_int<N: NumberModel>(negative: bool, digits: &[u8]) -> Option<N::Int> {
    if digits.is_empty() {
        return None;
    }
    let largest = N::Int::MAX.widen() as u64;
    let mut bits = 0u64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        let digit = u64::from(digit);
        let tenth = largest / 10;
        if bits >= tenth && (bits > tenth || digit > largest % 10 + u64::from(negative)) {
            return None;
        }
        bits = bits * 10 + digit;
    }
    Some(signed::<N>(negative, bits))
}

/// The float nearest to a decimal numeral without sign, as the core library finds it.
pub(super) fn decimal_f64(negative: bool, digits: &[u8]) -> Option<f64> {
    // The core library also reads "inf" and "nan" in any case, and a sign: nothing but numerals may pass.
    let plain = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    if matches!(digits, [b'+' | b'-', ..]) || !digits.iter().all(plain) {
        return None;
    }
    let float: f64 = core::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(if negative { -float } else { float })
}

/// Reads `hex digits [. hex digits] [p [sign] decimal digits]`, the part after `0x`.
fn hex_float<F: LuaFloat>(negative: bool, text: &[u8]) -> Option<F> {
    let mut mantissa = 0u64;
    // Whether a bit below the mantissa's last was dropped: it decides a tie.
    let mut sticky = false;
    let mut exponent = 0i64;
    let mut any_digit = false;
    let mut after_point = false;
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        if *byte == b'.' && !after_point {
            after_point = true;
        } else if let Some(digit) = hex_digit(*byte) {
            any_digit = true;
            if mantissa >> 60 == 0 {
                mantissa = (mantissa << 4) | u64::from(digit);
                exponent -= if after_point { 4 } else { 0 };
            } else {
                sticky |= digit != 0;
                exponent += if after_point { 0 } else { 4 };
            }
        } else {
            break;
        }
        rest = tail;
    }
    if !any_digit {
        return None;
    }
    if let [b'p' | b'P', tail @ ..] = rest {
        let (negative, digits) = split_sign(tail);
        if digits.is_empty() {
            return None;
        }
        let mut scale = 0i64;
        for &byte in digits {
            if !byte.is_ascii_digit() {
                return None;
            }
            // Saturates far beyond what any text's length could compensate for.
            scale = (scale * 10 + i64::from(byte - b'0')).min(1 << 56);
        }
        exponent += if negative { -scale } else { scale };
    } else if !rest.is_empty() {
        return None;
    }
    Some(assemble(negative, mantissa, sticky, exponent))
}

/// The float nearest to `mantissa * 2^exponent`, ties to even; `sticky` means "and a little more".
pub(super) fn assemble<F: LuaFloat>(
    negative: bool,
    mantissa: u64,
    sticky: bool,
    exponent: i64,
) -> F {
    let zero = F::ZERO.raw_bits();
    let magnitude = if mantissa == 0 {
        zero
    } else {
        let shift = mantissa.leading_zeros();
        let mantissa = mantissa << shift;
        // The value is 1.xxx * 2^top.
        let top = exponent - i64::from(shift) + 63;
        let max = i64::from(F::MAX_EXPONENT);
        let subnormal = (1 - max - top).max(0);
        let dropped = i64::from(64 - F::MANTISSA_BITS) + subnormal;
        if top > max {
            F::INFINITY.raw_bits()
        } else if dropped > 64 {
            zero
        } else {
            let kept = if dropped == 64 {
                0
            } else {
                mantissa >> dropped
            };
            let half = 1u64 << (dropped - 1);
            let below = mantissa & (half - 1) != 0 || sticky;
            let up = mantissa & half != 0 && (below || kept & 1 == 1);
            // The hidden bit of a normal number adds one to the exponent field, and so does a carry out
            // of the mantissa: up to infinity, as it should.
            let field = if subnormal > 0 {
                0
            } else {
                (top + max - 1) as u64
            };
            (field << (F::MANTISSA_BITS - 1)) + kept + u64::from(up)
        }
    };
    let float = F::from_raw_bits(magnitude);
    if negative { float.neg() } else { float }
}

#[cfg(test)]
mod tests {
    use super::super::{Num32, Num64};
    use super::*;

    fn n64(text: &str) -> Option<Number<Num64>> {
        parse_number(text.as_bytes())
    }

    fn n32(text: &str) -> Option<Number<Num32>> {
        parse_number(text.as_bytes())
    }

    #[test]
    fn integers() {
        assert_eq!(n64(" \x0b\x0c-10\n"), Some(Number::Int(-10)));
        assert_eq!(n64("9223372036854775807"), Some(Number::Int(i64::MAX)));
        assert_eq!(n64("-9223372036854775808"), Some(Number::Int(i64::MIN)));
        assert_eq!(
            n64("9223372036854775808"),
            Some(Number::Float(9_223_372_036_854_775_808.0))
        );
        assert_eq!(n32("-2147483648"), Some(Number::Int(i32::MIN)));
        assert_eq!(n32("-2147483649"), Some(Number::Float(-2_147_483_648.0)));
        assert_eq!(n64("0x1ffffffffffffffff"), Some(Number::Int(-1)));
        assert_eq!(n32("-0xffffffff"), Some(Number::Int(1)));
    }

    #[test]
    fn what_is_no_numeral() {
        for text in [
            "", " ", "+", "-", "- 1", "--1", ".", "0x", "0x.", "0x.p1", "0x1p", "0x1p+", "1e",
            "1e+", "inf", "-inf", "nan", "NaN", "infinity", "1 2", "1\0", "0x1g", "0x-1", "1_0",
            "1f", "1.2.3", "0x1.2.3", "e5", "1e5.0", "0x1p1.0", "\u{a0}1", "1e--5", "1-2", "1e5e5",
        ] {
            assert_eq!(n64(text), None, "{text:?}");
            assert_eq!(n32(text), None, "{text:?}");
        }
    }

    #[test]
    fn decimal_floats_round_once() {
        assert_eq!(n64("5."), Some(Number::Float(5.0)));
        assert_eq!(n64("-.5E+1"), Some(Number::Float(-5.0)));
        assert_eq!(n64("1e400"), Some(Number::Float(f64::INFINITY)));
        assert_eq!(n64("1e-400"), Some(Number::Float(0.0)));
        // Half way between two f32 values but for a digit that an f64 cannot hold.
        assert_eq!(
            n32("16777217.0000000001"),
            Some(Number::Float(16_777_218.0))
        );
    }

    #[test]
    fn hexadecimal_floats_round_to_nearest_even() {
        assert_eq!(n64("0x1.8p3"), Some(Number::Float(12.0)));
        assert_eq!(n64("0x.1"), Some(Number::Float(0.0625)));
        assert_eq!(n64("0xAp-2"), Some(Number::Float(2.5)));
        assert_eq!(n64("-0x5."), Some(Number::Float(-5.0)));
        assert_eq!(n32("0x1000001p0"), Some(Number::Float(16_777_216.0)));
        assert_eq!(n32("0x1000003p0"), Some(Number::Float(16_777_220.0)));
        assert_eq!(
            n32("0x1000001.00000000000000000001"),
            Some(Number::Float(16_777_218.0))
        );
        assert_eq!(n64("0x1p-1074"), Some(Number::Float(f64::from_bits(1))));
        assert_eq!(n64("0x1p-1075"), Some(Number::Float(0.0)));
        assert_eq!(n64("0x1.8p-1075"), Some(Number::Float(f64::from_bits(1))));
        assert_eq!(n64("0x1p-1076"), Some(Number::Float(0.0)));
        assert_eq!(
            n64("0x1.fffffffffffff8p1023"),
            Some(Number::Float(f64::INFINITY))
        );
        assert_eq!(
            n64("0x1.fffffffffffff7p1023"),
            Some(Number::Float(f64::MAX))
        );
        assert_eq!(
            n64("0x0.fffffffffffffcp-1022"),
            Some(Number::Float(f64::MIN_POSITIVE))
        );
        assert_eq!(
            n64("0x1p99999999999999999999"),
            Some(Number::Float(f64::INFINITY))
        );
        assert_eq!(n64("0x1p-99999999999999999999"), Some(Number::Float(0.0)));
        assert_eq!(n64("0x0p99999999999999999999"), Some(Number::Float(0.0)));
    }

    #[test]
    fn other_bases() {
        assert_eq!(parse_int_base::<Num64>(b"  -7fF ", 16), Some(-0x7ff));
        assert_eq!(parse_int_base::<Num64>(b"zz", 36), Some(35 * 36 + 35));
        assert_eq!(parse_int_base::<Num64>(b"12", 2), None);
        assert_eq!(parse_int_base::<Num64>(b"", 10), None);
        assert_eq!(parse_int_base::<Num64>(b"1 1", 10), None);
        assert_eq!(parse_int_base::<Num32>(b"100000001", 16), Some(1));
    }

    fn hex_text(mantissa: u64, point: usize, exponent: i32) -> std::string::String {
        let digits = std::format!("{mantissa:x}");
        let point = point.min(digits.len());
        std::format!("0x{}.{}p{exponent}", &digits[..point], &digits[point..])
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in proptest::collection::vec(proptest::sample::select(b"0123456789abcxXpPeE.+- n\0".to_vec()), 0..24)) {
            let _ = parse_number::<Num32>(&text);
            let _ = parse_number::<Num64>(&text);
            let _ = parse_int_base::<Num32>(&text, 16);
        }

        #[test]
        fn hex_floats_agree_with_exact_arithmetic(mantissa: u64, point in 0usize..17, exponent in -1200i32..1100) {
            let text = hex_text(mantissa, point, exponent);
            let digits = std::format!("{mantissa:x}").len();
            let scale = exponent - 4 * (digits - point.min(digits)) as i32;
            // u64 to float rounds to nearest even, and scaling by a power of two is exact for normal results.
            let expected = libm::scalbn(mantissa as f64, scale);
            if expected >= f64::MIN_POSITIVE {
                proptest::prop_assert_eq!(n64(&text), Some(Number::Float(expected)), "{}", text);
            }
            let expected = libm::scalbnf(mantissa as f32, scale);
            if expected >= f32::MIN_POSITIVE {
                proptest::prop_assert_eq!(n32(&text), Some(Number::Float(expected)), "{}", text);
            }
        }
    }
}
