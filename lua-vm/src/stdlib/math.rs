//! The `math` library, with the names Lua 5.1 had besides.

use super::order;
use crate::api::Value;
use crate::frame::{Frame, Step, Throw};
use crate::interp::natives;
use crate::layer::{RomValue, library};
use crate::number::functions::FloatFunctions;
use crate::number::{LuaFloat, LuaInt, NumberModel, parse_number};
use crate::value::Val;

library! {
    /// The entries of `math`.
    pub struct Library in crate::builtin::BUILTIN {
        "abs" => RomValue::Native(abs::<N>),
        "acos" => RomValue::Native(acos::<N>),
        "asin" => RomValue::Native(asin::<N>),
        "atan" => RomValue::Native(atan::<N>),
        "atan2" => RomValue::Native(atan::<N>),
        "ceil" => RomValue::Native(ceil::<N>),
        "cos" => RomValue::Native(cos::<N>),
        "cosh" => RomValue::Native(cosh::<N>),
        "deg" => RomValue::Native(deg::<N>),
        "exp" => RomValue::Native(exp::<N>),
        "floor" => RomValue::Native(floor::<N>),
        "fmod" => RomValue::Native(fmod::<N>),
        "frexp" => RomValue::Native(frexp::<N>),
        "ldexp" => RomValue::Native(ldexp::<N>),
        "log" => RomValue::Native(log::<N>),
        "log10" => RomValue::Native(log10::<N>),
        "max" => RomValue::Native(max::<N>),
        "min" => RomValue::Native(min::<N>),
        "modf" => RomValue::Native(modf::<N>),
        "pow" => RomValue::Native(pow::<N>),
        "rad" => RomValue::Native(rad::<N>),
        "random" => RomValue::Native(random::<N>),
        "randomseed" => RomValue::Native(randomseed::<N>),
        "sin" => RomValue::Native(sin::<N>),
        "sinh" => RomValue::Native(sinh::<N>),
        "sqrt" => RomValue::Native(sqrt::<N>),
        "tan" => RomValue::Native(tan::<N>),
        "tanh" => RomValue::Native(tanh::<N>),
        "tointeger" => RomValue::Native(tointeger::<N>),
        "ult" => RomValue::Native(ult::<N>),
        "type" => RomValue::Native(type_of::<N>),
        "huge" => RomValue::Float(&f64::INFINITY),
        "maxinteger" => RomValue::MaxInteger,
        "mininteger" => RomValue::MinInteger,
        "pi" => RomValue::Float(&core::f64::consts::PI),
    }
}

/// Argument `index` as a float; numbers are met first.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
fn float<N: NumberModel>(frame: &mut Frame<'_, N>, index: usize) -> Result<N::Float, Throw> {
    match frame.raw(index).to_float() {
        Some(float) => Ok(float),
        None => frame.check_float(index),
    }
}

#[inline(always)]
fn ret_float<N: NumberModel>(frame: &mut Frame<'_, N>, value: N::Float) -> Result<Step, Throw> {
    frame.ret_raw([Val::float(value)])
}

#[inline(always)]
fn ret_int<N: NumberModel>(frame: &mut Frame<'_, N>, value: N::Int) -> Result<Step, Throw> {
    frame.ret_raw([Val::int(value)])
}

/// A float without fraction as an integer if it fits, else as it is.
#[inline(always)]
fn whole<N: NumberModel>(value: N::Float) -> Val<N> {
    match N::float_to_int(value) {
        Some(int) => Val::int(int),
        None => Val::float(value),
    }
}

macro_rules! functions_of_one_float {
    ($($(#[$doc:meta])* $name:ident = |$x:ident| $body:expr;)*) => {
        $(
            $(#[$doc])*
            pub fn $name<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
                of_float(frame, |$x| $body)
            }
        )*
    };
}

/// Returns a function of the argument.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
fn of_float<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    function: fn(N::Float) -> N::Float,
) -> Result<Step, Throw> {
    let x = float(frame, 0)?;
    ret_float(frame, function(x))
}

functions_of_one_float! {
    /// `math.sqrt(x)`
    sqrt = |x| x.sqrt();
    /// `math.exp(x)`
    exp = |x| x.exp();
    /// `math.sin(x)`
    sin = |x| x.sin();
    /// `math.cos(x)`
    cos = |x| x.cos();
    /// `math.tan(x)`
    tan = |x| x.tan();
    /// `math.asin(x)`
    asin = |x| x.asin();
    /// `math.acos(x)`
    acos = |x| x.acos();
    /// `math.sinh(x)`
    sinh = |x| x.sinh();
    /// `math.cosh(x)`
    cosh = |x| x.cosh();
    /// `math.tanh(x)`
    tanh = |x| x.tanh();
    /// `math.log10(x)`
    log10 = |x| x.log10();
    /// `math.deg(x)`: radians to degrees
    deg = |x| x.mul(N::Float::from_f64(180.0).div(N::Float::PI));
    /// `math.rad(x)`: degrees to radians
    rad = |x| x.mul(N::Float::PI.div(N::Float::from_f64(180.0)));
}

/// `math.abs(x)`
pub fn abs<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let value = frame.raw(0);
    if value.is_int() {
        let int = value.as_int();
        return ret_int(frame, if int < N::Int::ZERO { int.neg() } else { int });
    }
    let value = float(frame, 0)?;
    ret_float(frame, FloatFunctions::abs(value))
}

/// `math.floor(x)`
pub fn floor<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let value = frame.raw(0);
    if value.is_int() {
        return ret_int(frame, value.as_int());
    }
    let value = float(frame, 0)?.floor();
    frame.ret_raw([whole(value)])
}

/// `math.ceil(x)`
pub fn ceil<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let value = frame.raw(0);
    if value.is_int() {
        return ret_int(frame, value.as_int());
    }
    let value = float(frame, 0)?.ceil();
    frame.ret_raw([whole(value)])
}

/// `math.modf(x)`: integral and fractional part
pub fn modf<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let value = frame.raw(0);
    let (integral, fraction) = if value.is_int() {
        (value, N::Float::ZERO)
    } else {
        let value = float(frame, 0)?;
        let integral = if value < N::Float::ZERO {
            value.ceil()
        } else {
            value.floor()
        };
        // The difference would be NaN for infinities.
        let fraction = if integral == value {
            N::Float::ZERO
        } else {
            value.sub(integral)
        };
        (whole(integral), fraction)
    };
    frame.push_raw(integral)?;
    frame.push_raw(Val::float(fraction))?;
    Ok(Step::Return(2))
}

/// `math.fmod(x, y)`: remainder with the sign of `x`
pub fn fmod<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (x, y) = (frame.raw(0), frame.raw(1));
    if x.is_int() && y.is_int() {
        let (x, y) = (x.as_int(), y.as_int());
        if y == N::Int::ZERO {
            return Err(frame.arg_error(1, format_args!("zero")));
        }
        // The floor remainder has the sign of `y`; one step of `y` gives the truncated one.
        let rest = x.floor_mod(y);
        let truncated = if rest != N::Int::ZERO && (x < N::Int::ZERO) != (y < N::Int::ZERO) {
            rest.sub(y)
        } else {
            rest
        };
        return ret_int(frame, truncated);
    }
    // The second argument is the first to be complained of, as in the reference implementation.
    let y = float(frame, 1)?;
    let x = float(frame, 0)?;
    ret_float(frame, x.fmod(y))
}

/// `math.pow(x, y)`
pub fn pow<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let x = float(frame, 0)?;
    let y = float(frame, 1)?;
    ret_float(frame, x.pow(y))
}

/// `math.log(x [, base])`
pub fn log<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let x = float(frame, 0)?;
    if frame.is_none_or_nil(1) {
        return ret_float(frame, x.ln());
    }
    let base = float(frame, 1)?;
    let result = if base == N::Float::from_f64(2.0) {
        x.log2()
    } else if base == N::Float::from_f64(10.0) {
        x.log10()
    } else {
        x.ln().div(base.ln())
    };
    ret_float(frame, result)
}

/// `math.atan(y [, x])`
pub fn atan<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let y = float(frame, 0)?;
    let x = if frame.is_none_or_nil(1) {
        N::int_to_float(N::Int::ONE)
    } else {
        float(frame, 1)?
    };
    ret_float(frame, y.atan2(x))
}

/// `math.frexp(x)`: mantissa and exponent
pub fn frexp<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (mantissa, exponent) = float(frame, 0)?.frexp();
    frame.push_raw(Val::float(mantissa))?;
    frame.push_raw(Val::int(N::Int::wrap(exponent.into())))?;
    Ok(Step::Return(2))
}

/// `math.ldexp(m, e)`: `m * 2^e`
pub fn ldexp<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let mantissa = float(frame, 0)?;
    // Like a C `int` argument: the low 32 bits count.
    let exponent = frame.check_i64(1)? as i32;
    ret_float(frame, mantissa.ldexp(exponent))
}

/// `math.max(x, ...)`
pub fn max<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    extreme::<N, true>(frame)
}

/// `math.min(x, ...)`
pub fn min<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    extreme::<N, false>(frame)
}

/// Whether the second of two numbers of one kind is the better one.
#[inline(always)]
fn better<N: NumberModel, const MAX: bool>(best: &Val<N>, candidate: &Val<N>) -> Option<bool> {
    let (a, b) = if MAX {
        (best, candidate)
    } else {
        (candidate, best)
    };
    if a.is_int() && b.is_int() {
        Some(a.as_int() < b.as_int())
    } else if a.is_float() && b.is_float() {
        Some(a.as_float() < b.as_float())
    } else {
        None
    }
}

#[inline(always)]
fn extreme<N: NumberModel, const MAX: bool>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() != 0 {
        return compare_on(frame, MAX);
    }
    let count = frame.len();
    if count == 0 {
        return Err(frame.arg_error(0, format_args!("value expected")));
    }
    let mut best = 0;
    for next in 1..count {
        match better::<N, MAX>(&frame.raw(best), &frame.raw(next)) {
            Some(true) => best = next,
            Some(false) => {}
            None => return compare(frame, MAX, best, next, count),
        }
    }
    frame.ret_raw([frame.raw(best)])
}

/// Goes on after a call to compare. The frame holds the arguments, then the index of the best one so far and of the one
/// that was compared with it, then the outcome.
fn compare_on<N: NumberModel>(frame: &mut Frame<'_, N>, max: bool) -> Result<Step, Throw> {
    frame.reserve(4)?;
    let count = frame.len() - 3;
    let best = frame.raw(count).as_int().widen() as usize;
    let next = frame.raw(count + 1).as_int().widen() as usize;
    let better = frame.get(count + 2).truthy();
    frame.set_len(count)?;
    let best = if better { next } else { best };
    compare(frame, max, best, next + 1, count)
}

/// Compares the arguments from `next` on as `<` does, metamethods included.
fn compare<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    max: bool,
    mut best: usize,
    first: usize,
    count: usize,
) -> Result<Step, Throw> {
    for next in first..count {
        let (value, candidate) = (frame.get(best), frame.get(next));
        let (a, b) = if max {
            (value, candidate)
        } else {
            (candidate, value)
        };
        match order::less(a, b) {
            Some(true) => best = next,
            Some(false) => {}
            None => {
                frame.reserve(5)?;
                frame.push_raw(Val::int(N::Int::wrap(best as i64)))?;
                frame.push_raw(Val::int(N::Int::wrap(next as i64)))?;
                let less = frame.ctx().native(natives::less_than::<N>);
                frame.push(less)?;
                frame.push(a)?;
                frame.push(b)?;
                return Ok(Step::Call {
                    args: 2,
                    results: 1,
                    state: 1,
                });
            }
        }
    }
    frame.ret_raw([frame.raw(best)])
}

/// `math.random([m [, n]])`
pub fn random<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let count = frame.len();
    let (low, high) = match count {
        0 => {
            let bits = frame.ctx().next_random();
            let mantissa = N::Float::MANTISSA_BITS;
            let unit = N::int_to_float(N::Int::wrap((bits >> (64 - mantissa)) as i64));
            return ret_float(
                frame,
                unit.mul(N::Float::from_f64(1.0 / (1u64 << mantissa) as f64)),
            );
        }
        1 => (N::Int::ONE, frame.check_int(0)?),
        2 => (frame.check_int(0)?, frame.check_int(1)?),
        _ => return Err(frame.error(format_args!("wrong number of arguments"))),
    };
    if low > high {
        return Err(frame.arg_error(0, format_args!("interval is empty")));
    }
    if low < N::Int::ZERO && high > N::Int::MAX.add(low) {
        return Err(frame.arg_error(0, format_args!("interval too large")));
    }
    let bits = frame.ctx().next_random();
    // The high half of the product spreads the bits over the interval, which has at most 2^63 values.
    let values = high.sub(low).bits() + 1;
    let offset = match u32::try_from(values) {
        Ok(values) => ((bits >> 32) * u64::from(values)) >> 32,
        Err(_) => ((u128::from(bits) * u128::from(values)) >> 64) as u64,
    };
    ret_int(frame, low.add(N::Int::wrap(offset as i64)))
}

/// `math.randomseed(x)`
pub fn randomseed<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let value = float(frame, 0)?;
    let seed = match frame.raw(0) {
        number if number.is_int() => number.as_int().bits(),
        _ => match N::float_to_int(value) {
            Some(int) => int.bits(),
            None => value.raw_bits(),
        },
    };
    frame.ctx().seed_random(seed);
    frame.ret0()
}

/// `math.tointeger(x)`
pub fn tointeger<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match integer(frame.check_any(0)?) {
        Some(int) => ret_int(frame, int),
        None => frame.ret1(Value::Nil),
    }
}

/// The integer that a number equals, or that a string converts to.
pub(crate) fn integer<N: NumberModel>(value: Value<'_, N>) -> Option<N::Int> {
    use crate::number::Number;
    match value {
        Value::Integer(int) => Some(int),
        Value::Number(float) => N::float_to_int(float),
        Value::String(text) => match parse_number::<N>(text.as_bytes())? {
            Number::Int(int) => Some(int),
            Number::Float(float) => N::float_to_int(float),
        },
        _ => None,
    }
}

/// `math.type(x)`
pub fn type_of<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match frame.check_any(0)? {
        Value::Integer(_) => frame.ret_bytes(b"integer"),
        Value::Number(_) => frame.ret_bytes(b"float"),
        _ => frame.ret1(Value::Nil),
    }
}

/// `math.ult(m, n)`: comparison as unsigned integers
pub fn ult<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let a = frame.check_int(0)?;
    let b = frame.check_int(1)?;
    frame.ret1(a.unsigned_less(b))
}
