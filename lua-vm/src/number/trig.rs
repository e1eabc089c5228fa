//! Sine, cosine, tangent, and the inverse of the first two, of `f32` in integer arithmetic.
//!
//! A processor without floating point would compute them in double precision by software; nothing else of a firmware with
//! 32-bit numbers needs that. Here values are fractions of 64 bits: less flash, and nearer to the exact results.

use core::cmp::Ordering;

/// pi / 2 in units of 2^-63.
const HALF_PI: u64 = 0xc90f_daa2_2168_c235;

/// 2 / pi: a word of zeros, then the bits behind the point, as many as the largest float needs.
const TWO_OVER_PI: [u32; 8] = [
    0,
    0xa2f9_836e,
    0x4e44_1529,
    0xfc27_57d1,
    0xf534_ddc0,
    0xdb62_9599,
    0x3c43_9041,
    0xfe51_63ab,
];

const FRACTION_BITS: u32 = f32::MANTISSA_DIGITS - 1;
const BIAS: i32 = f32::MAX_EXP - 1;

/// Below this, sine, tangent and arc sine round to their argument.
const SMALL: f32 = 1.0 / 4096.0;

/// The upper half of a product.
#[inline(never)]
fn multiply(a: u64, b: u64) -> u64 {
    let (a, a_low) = (a >> 32, a & 0xffff_ffff);
    let (b, b_low) = (b >> 32, b & 0xffff_ffff);
    let middle = a * b_low + ((a_low * b_low) >> 32);
    let lower = a_low * b + (middle & 0xffff_ffff);
    a * b + (middle >> 32) + (lower >> 32)
}

/// Reciprocals of n (n + 1) in units of 2^-64, for every other n from `first` on.
const fn reciprocals(first: u64) -> [u64; 6] {
    let mut list = [0; 6];
    let mut at = 0;
    while at < list.len() {
        let n = first + 2 * at as u64;
        list[at] = u64::MAX / (n * (n + 1));
        at += 1;
    }
    list
}

/// The factors of the terms of sin(x) / x and of cos(x), each over the one before.
static SINE: [u64; 6] = reciprocals(2);
static COSINE: [u64; 6] = reciprocals(1);

/// The alternating series 1 - a z + a b z^2 ... with the factors a, b ...; all are fractions of 64 bits.
#[inline(never)]
fn series(z: u64, factors: &[u64; 6]) -> u64 {
    factors.iter().rev().fold(u64::MAX, |sum, factor| {
        u64::MAX - multiply(multiply(z, sum), *factor)
    })
}

/// The sine of an angle of at most pi / 4.
fn sine_of(angle: u64) -> u64 {
    multiply(angle, series(multiply(angle, angle), &SINE))
}

/// `mantissa` * 2^(`exponent` - 64). The highest bit of the mantissa is set.
#[derive(Clone, Copy)]
struct Scaled {
    mantissa: u64,
    exponent: i32,
}

impl Scaled {
    /// The same of any mantissa but 0.
    #[inline(never)]
    fn new(mantissa: u64, exponent: i32) -> Self {
        debug_assert!(mantissa != 0);
        // Step by step: few of them, and counting zeros takes more code.
        let mut scaled = Self { mantissa, exponent };
        while scaled.mantissa >> 63 == 0 {
            scaled.mantissa <<= 1;
            scaled.exponent -= 1;
        }
        scaled
    }

    /// The absolute value of a float.
    fn of(x: f32) -> Self {
        let bits = x.to_bits();
        let fraction = bits & ((1 << FRACTION_BITS) - 1) | 1 << FRACTION_BITS;
        Self {
            mantissa: u64::from(fraction) << (63 - FRACTION_BITS),
            exponent: (bits >> FRACTION_BITS & 0xff) as i32 - BIAS + 1,
        }
    }

    /// In units of 2^-`bits`.
    fn units(self, bits: i32) -> u64 {
        let shift = (64 - bits - self.exponent) as u32;
        self.mantissa.checked_shr(shift).unwrap_or(0)
    }

    /// The nearest float, which is neither subnormal nor infinite.
    #[inline(never)]
    fn nearest(self, negative: bool) -> f32 {
        let fraction = (self.mantissa >> (63 - FRACTION_BITS)) as u32;
        let up = match (self.mantissa << (FRACTION_BITS + 1)).cmp(&(1 << 63)) {
            Ordering::Less => 0,
            Ordering::Equal => fraction & 1,
            Ordering::Greater => 1,
        };
        // The highest bit of the fraction, and what is carried into it, count in the exponent.
        let exponent = (self.exponent + BIAS - 2) as u32;
        let magnitude = (exponent << FRACTION_BITS) + fraction + up;
        f32::from_bits(u32::from(negative) << 31 | magnitude)
    }
}

/// An angle as a number of right angles, modulo 4, and what is left: at most half a right angle.
struct Reduced {
    quadrant: u32,
    negative: bool,
    rest: Scaled,
}

impl Reduced {
    /// A finite angle.
    fn new(x: f32) -> Self {
        let angle = Scaled::of(x);
        if x.abs() <= core::f32::consts::FRAC_PI_4 {
            return Self {
                quadrant: 0,
                negative: x < 0.0,
                rest: angle,
            };
        }
        // Right angles are x * 2 / pi. Bits of 2 / pi that make multiples of 4 are left out: the first one taken has, times
        // the lowest bit of the mantissa, the weight 2.
        let first = (angle.exponent + 6) as usize;
        let word = |at: usize| u64::from(TWO_OVER_PI.get(first / 32 + at).copied().unwrap_or(0));
        let taken = |at: usize| (word(at) << 32 | word(at + 1)) << (first % 32) >> 32;
        let mantissa = angle.mantissa >> (63 - FRACTION_BITS);
        let low = (mantissa * taken(2)) >> 32;
        let middle = mantissa * taken(1) + low;
        let high = mantissa * taken(0) + (middle >> 32);
        let turns = high << 32 | middle & 0xffff_ffff;
        let quadrant = (turns.wrapping_add(1 << 61) >> 62) as u32;
        let rest = (turns << 2) as i64;
        // No float is a multiple of a right angle.
        let part = Scaled::new(rest.unsigned_abs() | 1, 1);
        let negative = x < 0.0;
        Self {
            quadrant: if negative {
                quadrant.wrapping_neg()
            } else {
                quadrant
            },
            negative: (rest < 0) != negative,
            rest: Scaled::new(multiply(part.mantissa, HALF_PI), part.exponent),
        }
    }

    fn sine(&self) -> Scaled {
        let angle = self.rest.units(64);
        let ratio = series(multiply(angle, angle), &SINE);
        Scaled::new(multiply(self.rest.mantissa, ratio), self.rest.exponent)
    }

    fn cosine(&self) -> Scaled {
        let angle = self.rest.units(64);
        Scaled::new(series(multiply(angle, angle), &COSINE), 0)
    }

    /// The sine of the angle and some right angles more.
    fn sine_behind(&self, right_angles: u32) -> f32 {
        let quadrant = self.quadrant.wrapping_add(right_angles);
        let opposite = quadrant & 2 != 0;
        match quadrant & 1 {
            0 => self.sine().nearest(self.negative != opposite),
            _ => self.cosine().nearest(opposite),
        }
    }
}

/// Sine.
pub fn sin(x: f32) -> f32 {
    match x.abs() {
        small if small < SMALL => x,
        finite if finite < f32::INFINITY => Reduced::new(x).sine_behind(0),
        _ => f32::NAN,
    }
}

/// Cosine.
pub fn cos(x: f32) -> f32 {
    match x.is_finite() {
        true => Reduced::new(x).sine_behind(1),
        false => f32::NAN,
    }
}

/// Tangent.
pub fn tan(x: f32) -> f32 {
    match x.abs() {
        small if small < SMALL => return x,
        finite if finite < f32::INFINITY => {}
        _ => return f32::NAN,
    }
    let angle = Reduced::new(x);
    let (sine, cosine) = (angle.sine(), angle.cosine());
    let odd = angle.quadrant & 1 != 0;
    let (above, below) = if odd { (cosine, sine) } else { (sine, cosine) };
    let ratio = (above.mantissa >> 1) / (below.mantissa >> 32);
    Scaled::new(ratio, above.exponent - below.exponent + 33).nearest(angle.negative != odd)
}

/// The arc sine of at most 1/2.
fn arc_sine(sine: u64) -> u64 {
    // The slope of the arc sine less 1, from below: its first terms. So the angle stays below the result, and of what is missing a
    // hundredth stays with each step.
    let square = multiply(sine, sine);
    let fourth = multiply(square, square);
    let slope = (square >> 1) + (fourth >> 2);
    (0..6).fold(sine, |angle, _| {
        let missing = sine.saturating_sub(sine_of(angle));
        angle + missing + multiply(missing, slope)
    })
}

/// Half the arc cosine, for a cosine of 1/2 to 1.
fn half_arc_cosine(cosine: Scaled) -> u64 {
    // sin(x / 2)^2 = (1 - cos(x)) / 2
    let square = (1u64 << 63).wrapping_sub(cosine.units(63));
    let root = (8..63).rev().fold(0, |root, bit| {
        let next = root | 1 << bit;
        if multiply(next, next) <= square {
            next
        } else {
            root
        }
    });
    arc_sine(root)
}

/// Arc sine.
pub fn asin(x: f32) -> f32 {
    let (negative, sine) = (x < 0.0, Scaled::of(x));
    match x.abs() {
        small if small < SMALL => x,
        half if half <= 0.5 => Scaled::new(arc_sine(sine.units(64)), 0).nearest(negative),
        one if one <= 1.0 => Scaled::new(HALF_PI - half_arc_cosine(sine), 1).nearest(negative),
        _ => f32::NAN,
    }
}

/// Arc cosine.
pub fn acos(x: f32) -> f32 {
    let cosine = Scaled::of(x);
    let half_angle = match x.abs() {
        half if half <= 0.5 => {
            let (right, rest) = (HALF_PI >> 1, arc_sine(cosine.units(64)) >> 2);
            return Scaled::new(if x < 0.0 { right + rest } else { right - rest }, 2)
                .nearest(false);
        }
        one if one < 1.0 => half_arc_cosine(cosine),
        1.0 => 0,
        _ => return f32::NAN,
    };
    match x < 0.0 {
        true => Scaled::new(HALF_PI - (half_angle >> 1), 2).nearest(false),
        false if half_angle == 0 => 0.0,
        false => Scaled::new(half_angle, 1).nearest(false),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    /// Largest distance from the exact results, in units of the last place of the nearest float.
    fn worst(ours: fn(f32) -> f32, exact: fn(f64) -> f64) -> f64 {
        // A prime: the floats are from everywhere, with all kinds of mantissas.
        let floats = (0..=u32::MAX).step_by(40_009).map(f32::from_bits);
        floats.fold(0.0, |worst, x| {
            let (result, exact) = (ours(x), exact(f64::from(x)));
            let nearest = (exact as f32).abs();
            if nearest.is_nan() || nearest == 0.0 {
                assert!(result.is_nan() == nearest.is_nan() && (result.is_nan() || result == 0.0));
                return worst;
            }
            let unit = f64::from(nearest.next_up()) - f64::from(nearest);
            f64::max(worst, (f64::from(result) - exact).abs() / unit)
        })
    }

    #[test]
    fn results_are_the_nearest_floats() {
        assert!(worst(sin, f64::sin) < 0.501);
        assert!(worst(cos, f64::cos) < 0.501);
        assert!(worst(tan, f64::tan) < 0.51);
        assert!(worst(asin, f64::asin) < 0.501);
        assert!(worst(acos, f64::acos) < 0.501);
    }

    #[test]
    fn angles_near_right_angles_keep_their_digits() {
        // The floats that are nearest to multiples of a right angle, of all and of those below 2^30.
        for x in [
            1.647_499_9e7f32,
            16_367_173.0 * 2f32.powi(72),
            5_337_176.0,
            1.570_796_4,
        ] {
            let near = |result: f32, exact: f64| (f64::from(result) / exact - 1.0).abs() < 6e-8;
            assert!(near(sin(x), f64::from(x).sin()), "{x}");
            assert!(near(cos(x), f64::from(x).cos()), "{x}");
            assert!(near(tan(x), f64::from(x).tan()), "{x}");
        }
    }

    #[test]
    fn ends_and_zeros() {
        assert_eq!(sin(-0.0).to_bits(), (-0.0f32).to_bits());
        assert_eq!((cos(0.0), tan(0.0), acos(1.0)), (1.0, 0.0, 0.0));
        assert_eq!(asin(-1.0), -core::f32::consts::FRAC_PI_2);
        assert_eq!(acos(-1.0), core::f32::consts::PI);
        for x in [f32::INFINITY, f32::NAN] {
            assert!(
                [sin(x), cos(x), tan(x), asin(x), acos(x)]
                    .iter()
                    .all(|result| result.is_nan())
            );
        }
        assert!(asin(1.000_000_1).is_nan() && acos(-1.000_000_1).is_nan());
        // Subnormal arguments.
        assert_eq!(
            (sin(1e-45), cos(1e-45), acos(1e-45)),
            (1e-45, 1.0, core::f32::consts::FRAC_PI_2)
        );
    }
}
