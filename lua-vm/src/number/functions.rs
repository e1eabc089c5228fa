//! The mathematical functions of floats that the `math` library offers.
//!
//! With feature `std` they are the platform's, so that results equal those of a C program bit for bit;
//! without it they are `libm`'s, and in single precision those of angles are `trig`'s.

#[cfg(not(feature = "std"))]
use super::trig;

/// Functions of one float type. Angles are in radians; domain errors give NaN.
pub trait FloatFunctions: Copy {
    /// pi.
    const PI: Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Exponential.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// Logarithm to base 2.
    fn log2(self) -> Self;
    /// Logarithm to base 10.
    fn log10(self) -> Self;
    /// Sine.
    fn sin(self) -> Self;
    /// Cosine.
    fn cos(self) -> Self;
    /// Tangent.
    fn tan(self) -> Self;
    /// Arc sine.
    fn asin(self) -> Self;
    /// Arc cosine.
    fn acos(self) -> Self;
    /// Angle of the point (`x`, `self`).
    fn atan2(self, x: Self) -> Self;
    /// Hyperbolic sine.
    fn sinh(self) -> Self;
    /// Hyperbolic cosine.
    fn cosh(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Remainder with the sign of `self`.
    fn fmod(self, divisor: Self) -> Self;
    /// The absolute value.
    fn abs(self) -> Self;
    /// Mantissa in 0.5..1 (with the sign of `self`) and binary exponent.
    fn frexp(self) -> (Self, i32);
    /// `self * 2^exponent`, rounded once.
    fn ldexp(self, exponent: i32) -> Self;
}

macro_rules! float_functions {
    ($float:ident, $frexp:ident, $ldexp:ident, $fabs:ident, $($name:ident($($arg:ident)?) = $std:ident, $own:path;)*) => {
        impl FloatFunctions for $float {
            const PI: Self = core::$float::consts::PI;
            $(
                #[inline]
                fn $name(self $(, $arg: Self)?) -> Self {
                    #[cfg(feature = "std")]
                    {
                        float_functions!(@std $float, $std, self $(, $arg)?)
                    }
                    #[cfg(not(feature = "std"))]
                    {
                        $own(self $(, $arg)?)
                    }
                }
            )*
            #[inline(always)]
            fn abs(self) -> Self {
                libm::$fabs(self)
            }
            #[inline]
            fn frexp(self) -> (Self, i32) {
                if self.is_finite() { libm::$frexp(self) } else { (self, 0) }
            }
            #[inline]
            fn ldexp(self, exponent: i32) -> Self {
                libm::$ldexp(self, exponent)
            }
        }
    };
    (@std $float:ident, rem, $x:expr, $y:expr) => { $x % $y };
    (@std $float:ident, $std:ident, $x:expr $(, $y:expr)?) => { $float::$std($x $(, $y)?) };
}

float_functions! { f32, frexpf, ldexpf, fabsf,
    sqrt() = sqrt, libm::sqrtf;
    exp() = exp, libm::expf;
    ln() = ln, libm::logf;
    log2() = log2, libm::log2f;
    log10() = log10, libm::log10f;
    sin() = sin, trig::sin;
    cos() = cos, trig::cos;
    tan() = tan, trig::tan;
    asin() = asin, trig::asin;
    acos() = acos, trig::acos;
    atan2(x) = atan2, libm::atan2f;
    sinh() = sinh, libm::sinhf;
    cosh() = cosh, libm::coshf;
    tanh() = tanh, libm::tanhf;
    fmod(divisor) = rem, libm::fmodf;
}

float_functions! { f64, frexp, ldexp, fabs,
    sqrt() = sqrt, libm::sqrt;
    exp() = exp, libm::exp;
    ln() = ln, libm::log;
    log2() = log2, libm::log2;
    log10() = log10, libm::log10;
    sin() = sin, libm::sin;
    cos() = cos, libm::cos;
    tan() = tan, libm::tan;
    asin() = asin, libm::asin;
    acos() = acos, libm::acos;
    atan2(x) = atan2, libm::atan2;
    sinh() = sinh, libm::sinh;
    cosh() = cosh, libm::cosh;
    tanh() = tanh, libm::tanh;
    fmod(divisor) = rem, libm::fmod;
}

#[cfg(test)]
mod tests {
    use super::FloatFunctions;

    #[test]
    fn mantissa_and_exponent_rebuild_the_number() {
        for x in [0.0f64, 10.0, -3.5, 5e-324, 1.797e308] {
            let (mantissa, exponent) = x.frexp();
            assert!(
                x == 0.0 || (0.5..1.0).contains(&mantissa.abs()),
                "{x}: {mantissa}"
            );
            assert_eq!(mantissa.ldexp(exponent), x);
        }
        assert_eq!(f32::INFINITY.frexp(), (f32::INFINITY, 0));
        assert_eq!(0.5f64.ldexp(-1080), 0.0);
        assert_eq!(1f32.ldexp(10), 1024.0);
    }

    #[test]
    fn remainder_takes_the_dividends_sign() {
        assert_eq!((-5.5f64).fmod(2.0), -1.5);
        assert_eq!(5.5f32.fmod(-2.0), 1.5);
    }
}
