//! The number model: which machine types Lua's integers and floats are.
//!
//! A model is a type parameter of the whole VM, so one program may hold VMs of both (the cross compiler
//! rehearses both). Arithmetic follows section 3.4 of the Lua 5.3 manual: integers wrap around, `//` and `%`
//! round towards minus infinity.

use super::functions::FloatFunctions;
use super::nearest::nearest_f32;
use super::parse::decimal_f64;
use core::fmt::{Debug, Display};
use core::hash::Hash;

/// Lua's integer of some model: a two's complement machine integer that wraps around.
pub trait LuaInt:
    Copy + Clone + Debug + Display + Default + Eq + Ord + Hash + Send + Sync + 'static
{
    /// Width in bits.
    const BITS: u32;
    /// Smallest value.
    const MIN: Self;
    /// Largest value.
    const MAX: Self;
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Converts, keeping the low bits.
    fn wrap(value: i64) -> Self;
    /// The same value in 64 bits.
    fn widen(self) -> i64;
    /// The same bits as an unsigned number, zero extended.
    fn bits(self) -> u64;
    /// Converts if the value fits.
    fn try_from_i64(value: i64) -> Option<Self>;
    /// Addition modulo 2^BITS.
    fn add(self, other: Self) -> Self;
    /// Subtraction modulo 2^BITS.
    fn sub(self, other: Self) -> Self;
    /// Multiplication modulo 2^BITS.
    fn mul(self, other: Self) -> Self;
    /// Negation modulo 2^BITS.
    fn neg(self) -> Self;
    /// Floor division; `other` must not be zero (a zero divisor gives zero; callers raise the error first).
    fn floor_div(self, other: Self) -> Self;
    /// Remainder with the divisor's sign; `other` must not be zero (a zero divisor gives zero).
    fn floor_mod(self, other: Self) -> Self;
    /// Bitwise and.
    fn and(self, other: Self) -> Self;
    /// Bitwise or.
    fn or(self, other: Self) -> Self;
    /// Bitwise exclusive or.
    fn xor(self, other: Self) -> Self;
    /// Bitwise complement.
    fn not(self) -> Self;
    /// Logical shift left; a negative distance shifts right, distances of BITS and more give zero.
    fn shift_left(self, distance: Self) -> Self;
    /// Logical shift right; see [`LuaInt::shift_left`].
    #[inline(always)]
    fn shift_right(self, distance: Self) -> Self {
        if distance == Self::MIN {
            Self::ZERO
        } else {
            self.shift_left(distance.neg())
        }
    }
    /// Whether `self < other` as unsigned numbers.
    #[inline(always)]
    fn unsigned_less(self, other: Self) -> bool {
        self.bits() < other.bits()
    }
}

/// Lua's float of some model: an IEEE 754 binary number.
pub trait LuaFloat:
    FloatFunctions
    + Copy
    + Clone
    + Debug
    + Display
    + Default
    + PartialEq
    + PartialOrd
    + Send
    + Sync
    + 'static
{
    /// Significant decimal digits of the default number format (`%.14g`, `%.7g`).
    const DISPLAY_DIGITS: usize;
    /// Bits of the mantissa, the hidden one included.
    const MANTISSA_BITS: u32;
    /// Exponent of the largest finite value (a mantissa in 1..2), which is also the bias of the encoding.
    const MAX_EXPONENT: i32;
    /// 0.0.
    const ZERO: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// Converts, rounding to nearest.
    fn from_f64(value: f64) -> Self;
    /// The same value as `f64`.
    fn to_f64(self) -> f64;
    /// Addition.
    fn add(self, other: Self) -> Self;
    /// Subtraction.
    fn sub(self, other: Self) -> Self;
    /// Multiplication.
    fn mul(self, other: Self) -> Self;
    /// Division.
    fn div(self, other: Self) -> Self;
    /// Negation.
    fn neg(self) -> Self;
    /// Remainder with the divisor's sign (manual 3.4.1: `a - floor(a/b)*b`, without its rounding errors).
    fn floor_mod(self, other: Self) -> Self;
    /// Floor of the quotient.
    fn floor_div(self, other: Self) -> Self;
    /// Power.
    fn pow(self, other: Self) -> Self;
    /// Largest integral value not above.
    fn floor(self) -> Self;
    /// Smallest integral value not below.
    fn ceil(self) -> Self;
    /// Whether it is a NaN.
    fn is_nan(self) -> bool;
    /// Whether the sign bit is set.
    fn is_sign_negative(self) -> bool;
    /// Raw bits, zero extended.
    fn raw_bits(self) -> u64;
    /// From raw bits (the low ones).
    fn from_raw_bits(bits: u64) -> Self;
    /// The float nearest to a decimal numeral without sign, negated if `negative`; `None` if the text is none.
    fn from_decimal(negative: bool, digits: &[u8]) -> Option<Self>;
}

/// A word that holds an integer, the bits of a float, or an address.
pub trait Word: Copy + Debug + Send + Sync + 'static {
    /// No bit set.
    const ZERO: Self;
    /// From bits; the high ones are dropped where the word is narrower.
    fn from_bits(bits: u64) -> Self;
    /// The bits, zero extended.
    fn bits(self) -> u64;
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            const ZERO: Self = 0;
            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                bits as $word
            }
            #[inline(always)]
            fn bits(self) -> u64 {
                self as u64
            }
        }
    };
}

word!(u64);
word!(usize);

/// The pair of number types a VM computes with.
pub trait NumberModel:
    Copy + Clone + Debug + Default + Eq + Send + Sync + 'static + sealed::Sealed
{
    /// Integers.
    type Int: LuaInt;
    /// Floats.
    type Float: LuaFloat;
    /// The untyped half of a value.
    type Word: Word;
    /// Words of a constant slot in an image of this model: 1 or 2.
    const SLOT_WORDS: usize;
    /// Name for messages: `num32` or `num64`.
    const NAME: &'static str;

    /// Float nearest to an integer.
    fn int_to_float(value: Self::Int) -> Self::Float;
    /// The integer equal to a float, if there is one.
    fn float_to_int(value: Self::Float) -> Option<Self::Int>;
    /// `floor(value)` as an integer if it fits.
    #[inline]
    fn float_floor_to_int(value: Self::Float) -> Option<Self::Int> {
        Self::float_to_int(value.floor())
    }
}

mod sealed {
    pub trait Sealed {}
}

/// 32-bit integers and single precision floats: the model of small devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Num32;

/// 64-bit integers and double precision floats: the model of standard Lua 5.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Num64;

impl sealed::Sealed for Num32 {}
impl sealed::Sealed for Num64 {}

macro_rules! lua_int {
    ($int:ty, $uint:ty) => {
        impl LuaInt for $int {
            const BITS: u32 = <$int>::BITS;
            const MIN: Self = <$int>::MIN;
            const MAX: Self = <$int>::MAX;
            const ZERO: Self = 0;
            const ONE: Self = 1;
            #[inline(always)]
            fn wrap(value: i64) -> Self {
                value as $int
            }
            #[inline(always)]
            fn widen(self) -> i64 {
                self as i64
            }
            #[inline(always)]
            fn bits(self) -> u64 {
                self as $uint as u64
            }
            #[inline(always)]
            fn try_from_i64(value: i64) -> Option<Self> {
                <$int>::try_from(value).ok()
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            #[inline(always)]
            fn neg(self) -> Self {
                self.wrapping_neg()
            }
            #[inline(always)]
            fn floor_div(self, other: Self) -> Self {
                // -1 first: MIN / -1 overflows in hardware, and 0 is the caller's error.
                if (other as $uint).wrapping_add(1) <= 1 {
                    return if other == 0 { 0 } else { self.wrapping_neg() };
                }
                let quotient = self / other;
                let inexact = self % other != 0;
                if inexact && (self ^ other) < 0 {
                    quotient - 1
                } else {
                    quotient
                }
            }
            #[inline(always)]
            fn floor_mod(self, other: Self) -> Self {
                if (other as $uint).wrapping_add(1) <= 1 {
                    return 0;
                }
                let rest = self % other;
                if rest != 0 && (rest ^ other) < 0 {
                    rest + other
                } else {
                    rest
                }
            }
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                self & other
            }
            #[inline(always)]
            fn or(self, other: Self) -> Self {
                self | other
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                self ^ other
            }
            #[inline(always)]
            fn not(self) -> Self {
                !self
            }
            #[inline(always)]
            fn shift_left(self, distance: Self) -> Self {
                let bits = <$int>::BITS as $int;
                if distance >= 0 {
                    if distance >= bits {
                        0
                    } else {
                        ((self as $uint) << distance) as $int
                    }
                } else if distance <= -bits {
                    0
                } else {
                    ((self as $uint) >> -distance) as $int
                }
            }
        }
    };
}

lua_int!(i32, u32);
lua_int!(i64, u64);

macro_rules! lua_float {
    ($float:ident, $digits:literal, $floor:ident, $ceil:ident, $fmod:ident, $pow:ident, $decimal:path) => {
        impl LuaFloat for $float {
            const DISPLAY_DIGITS: usize = $digits;
            const MANTISSA_BITS: u32 = $float::MANTISSA_DIGITS;
            const MAX_EXPONENT: i32 = $float::MAX_EXP - 1;
            const ZERO: Self = 0.0;
            const INFINITY: Self = $float::INFINITY;
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self + other
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self - other
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self * other
            }
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                self / other
            }
            #[inline(always)]
            fn neg(self) -> Self {
                -self
            }
            #[inline]
            fn floor_mod(self, other: Self) -> Self {
                let rest = math::$fmod(self, other);
                if rest * other < 0.0 {
                    rest + other
                } else {
                    rest
                }
            }
            #[inline(always)]
            fn floor_div(self, other: Self) -> Self {
                math::$floor(self / other)
            }
            #[inline]
            fn pow(self, other: Self) -> Self {
                if other == 2.0 {
                    self * self
                } else {
                    math::$pow(self, other)
                }
            }
            #[inline(always)]
            fn floor(self) -> Self {
                math::$floor(self)
            }
            #[inline(always)]
            fn ceil(self) -> Self {
                math::$ceil(self)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                self.is_nan()
            }
            #[inline(always)]
            fn is_sign_negative(self) -> bool {
                self.is_sign_negative()
            }
            #[inline(always)]
            fn raw_bits(self) -> u64 {
                self.to_bits() as u64
            }
            #[inline(always)]
            fn from_raw_bits(bits: u64) -> Self {
                $float::from_bits(bits as _)
            }
            #[inline]
            fn from_decimal(negative: bool, digits: &[u8]) -> Option<Self> {
                $decimal(negative, digits)
            }
        }
    };
}

lua_float!(f32, 7, floorf, ceilf, fmodf, powf, nearest_f32);
lua_float!(f64, 14, floor, ceil, fmod, pow, decimal_f64);

/// The few functions that the core library lacks: the platform's with `std`, `libm` without.
mod math {
    #[cfg(not(feature = "std"))]
    pub use libm::{ceil, ceilf, floor, floorf, fmod, fmodf, pow, powf};

    #[cfg(feature = "std")]
    macro_rules! platform {
        ($($name:ident: $float:ident = |$($arg:ident),*| $body:expr;)*) => {
            $(#[inline(always)] pub fn $name($($arg: $float),*) -> $float { $body })*
        };
    }
    #[cfg(feature = "std")]
    platform! {
        floor: f64 = |x| x.floor();
        floorf: f32 = |x| x.floor();
        ceil: f64 = |x| x.ceil();
        ceilf: f32 = |x| x.ceil();
        fmod: f64 = |x, y| x % y;
        fmodf: f32 = |x, y| x % y;
        pow: f64 = |x, y| x.powf(y);
        powf: f32 = |x, y| x.powf(y);
    }
}

macro_rules! number_model {
    ($model:ident, $int:ty, $float:ident, $word:ty, $words:literal, $name:literal, $convert:ident) => {
        impl NumberModel for $model {
            type Int = $int;
            type Float = $float;
            type Word = $word;
            const SLOT_WORDS: usize = $words;
            const NAME: &'static str = $name;

            #[inline(always)]
            fn int_to_float(value: $int) -> $float {
                value as $float
            }
            #[inline(always)]
            fn float_to_int(value: $float) -> Option<$int> {
                $convert(value)
            }
        }
    };
}

number_model!(Num32, i32, f32, usize, 1, "num32", int_of_f32);
number_model!(Num64, i64, f64, u64, 2, "num64", int_of_f64);

/// The integer equal to a float. Integer instructions throughout: the machines that use `f32` have no others.
#[inline(never)]
fn int_of_f32(value: f32) -> Option<i32> {
    let bits = value.to_bits();
    let mantissa = bits & 0x7f_ffff | 0x80_0000;
    let magnitude = match (bits >> 23 & 0xff) as i32 - 127 {
        exponent @ 0..=23 => {
            let fraction = 23 - exponent;
            if mantissa & ((1 << fraction) - 1) != 0 {
                return None;
            }
            mantissa >> fraction
        }
        exponent @ 24..=30 => mantissa << (exponent - 23),
        _ if bits << 1 == 0 => 0,
        _ if value.to_bits() == (i32::MIN as f32).to_bits() => return Some(i32::MIN),
        _ => return None,
    } as i32;
    Some(if (bits as i32) < 0 {
        -magnitude
    } else {
        magnitude
    })
}

#[inline(always)]
fn int_of_f64(value: f64) -> Option<i64> {
    // Both bounds are exact powers of two, so the comparison is exact.
    let low = i64::MIN as f64;
    if value >= low && value < -low {
        let int = value as i64;
        if int as f64 == value { Some(int) } else { None }
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_down_and_wraps() {
        assert_eq!((-7i64).floor_div(2), -4);
        assert_eq!((-7i64).floor_mod(2), 1);
        assert_eq!(7i32.floor_mod(-3), -2);
        assert_eq!(i64::MIN.floor_div(-1), i64::MIN);
        assert_eq!(i32::MIN.floor_mod(-1), 0);
    }

    #[test]
    fn floats_equal_to_integers() {
        let edges = [
            0.0,
            -0.0,
            0.5,
            1.0,
            -1.5,
            8388607.5,
            16777216.0,
            -2147483648.0,
            2147483648.0,
            2147483520.0,
        ];
        let specials = [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MIN_POSITIVE,
            -2147483904.0,
        ];
        let spread = (0..1000u32).map(|i| f32::from_bits(i.wrapping_mul(0x9E37_79B1)));
        for value in edges.into_iter().chain(specials).chain(spread) {
            let wide = f64::from(value);
            let int = wide as i32;
            let expected = (f64::from(int) == wide).then_some(int);
            assert_eq!(Num32::float_to_int(value), expected, "{value}");
        }
    }

    #[test]
    fn shifts_are_logical_and_saturate() {
        assert_eq!((-1i64).shift_right(63), 1);
        assert_eq!(1i32.shift_left(32), 0);
        assert_eq!((-1i32).shift_right(i32::MIN), 0);
        assert_eq!(1i64.shift_left(-1), 0);
    }

    #[test]
    fn floats_become_integers_only_when_equal() {
        assert_eq!(Num64::float_to_int(3.0), Some(3));
        assert_eq!(Num64::float_to_int(3.5), None);
        assert_eq!(Num64::float_to_int(9_223_372_036_854_775_808.0), None);
        assert_eq!(
            Num64::float_to_int(-9_223_372_036_854_775_808.0),
            Some(i64::MIN)
        );
        assert_eq!(Num32::float_to_int(f32::NAN), None);
        assert_eq!(Num32::float_to_int(2_147_483_648.0), None);
    }

    #[test]
    fn float_remainder_takes_the_divisors_sign() {
        assert_eq!(LuaFloat::floor_mod(-5.5f64, 2.0), 0.5);
        assert_eq!(
            LuaFloat::floor_mod(5.5f64, f64::NEG_INFINITY),
            f64::NEG_INFINITY
        );
        assert_eq!(LuaFloat::floor_mod(-1.0f64, f64::INFINITY), f64::INFINITY);
    }
}
