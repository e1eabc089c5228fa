//! The `bit32` library of Lua 5.2, which builds of Lua 5.3 keep: operations on the low 32 bits of integers.

use crate::frame::{Frame, Step, Throw};
use crate::layer::{RomValue, library};
use crate::number::{LuaInt, NumberModel};
use crate::value::Val;

library! {
    /// The entries of `bit32`.
    pub(super) struct Library in crate::builtin::BUILTIN {
        "arshift" => RomValue::Native(arshift::<N>),
        "band" => RomValue::Native(band::<N>),
        "bnot" => RomValue::Native(bnot::<N>),
        "bor" => RomValue::Native(bor::<N>),
        "btest" => RomValue::Native(btest::<N>),
        "bxor" => RomValue::Native(bxor::<N>),
        "extract" => RomValue::Native(extract::<N>),
        "lrotate" => RomValue::Native(lrotate::<N>),
        "lshift" => RomValue::Native(lshift::<N>),
        "replace" => RomValue::Native(replace::<N>),
        "rrotate" => RomValue::Native(rrotate::<N>),
        "rshift" => RomValue::Native(rshift::<N>),
    }
}

/// The low bits of argument `index`.
fn bits<N: NumberModel>(frame: &mut Frame<'_, N>, index: usize) -> Result<u32, Throw> {
    Ok(frame.check_i64(index)? as u32)
}

fn ret_bits<N: NumberModel>(frame: &mut Frame<'_, N>, bits: u32) -> Result<Step, Throw> {
    frame.ret_raw([Val::int(N::Int::wrap(i64::from(bits)))])
}

/// All arguments joined by an operation.
fn fold<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    start: u32,
    operation: impl Fn(u32, u32) -> u32,
) -> Result<u32, Throw> {
    let mut joined = start;
    for index in 0..frame.len() {
        joined = operation(joined, bits(frame, index)?);
    }
    Ok(joined)
}

/// Bits moved left by `by` places, or right by a negative number of them; zeros come in.
fn shifted(bits: u32, by: i64) -> u32 {
    let places = u32::try_from(by.unsigned_abs()).unwrap_or(u32::MAX);
    let moved = if by < 0 {
        bits.checked_shr(places)
    } else {
        bits.checked_shl(places)
    };
    moved.unwrap_or(0)
}

/// `bit32.band(...)`
fn band<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let joined = fold(frame, u32::MAX, |a, b| a & b)?;
    ret_bits(frame, joined)
}

/// `bit32.btest(...)`: whether `band` of them is not 0.
fn btest<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let joined = fold(frame, u32::MAX, |a, b| a & b)?;
    frame.ret1(joined != 0)
}

/// `bit32.bor(...)`
fn bor<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let joined = fold(frame, 0, |a, b| a | b)?;
    ret_bits(frame, joined)
}

/// `bit32.bxor(...)`
fn bxor<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let joined = fold(frame, 0, |a, b| a ^ b)?;
    ret_bits(frame, joined)
}

/// `bit32.bnot(x)`
fn bnot<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let inverted = !bits(frame, 0)?;
    ret_bits(frame, inverted)
}

/// `bit32.lshift(x, disp)`
fn lshift<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (x, by) = (bits(frame, 0)?, frame.check_i64(1)?);
    ret_bits(frame, shifted(x, by))
}

/// `bit32.rshift(x, disp)`
fn rshift<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (x, by) = (bits(frame, 0)?, frame.check_i64(1)?);
    ret_bits(frame, shifted(x, by.wrapping_neg()))
}

/// `bit32.arshift(x, disp)`: to the right, copies of the highest bit come in.
fn arshift<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (x, by) = (bits(frame, 0)?, frame.check_i64(1)?);
    let moved = if by < 0 {
        shifted(x, by.wrapping_neg())
    } else {
        ((x as i32) >> by.min(31)) as u32
    };
    ret_bits(frame, moved)
}

/// `bit32.lrotate(x, disp)`
fn lrotate<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (x, by) = (bits(frame, 0)?, frame.check_i64(1)?);
    ret_bits(frame, x.rotate_left((by & 31) as u32))
}

/// `bit32.rrotate(x, disp)`
fn rrotate<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (x, by) = (bits(frame, 0)?, frame.check_i64(1)?);
    ret_bits(frame, x.rotate_right((by & 31) as u32))
}

/// The field at arguments `index` and `index + 1`: its lowest bit, and as many ones as it is wide.
fn field<N: NumberModel>(frame: &mut Frame<'_, N>, index: usize) -> Result<(u32, u32), Throw> {
    let at = frame.check_i64(index)?;
    let width = frame.opt_int(index + 1, N::Int::ONE)?.widen();
    if at < 0 {
        return Err(frame.arg_error(index, format_args!("field cannot be negative")));
    }
    if width <= 0 {
        return Err(frame.arg_error(index + 1, format_args!("width must be positive")));
    }
    if at.saturating_add(width) > 32 {
        return Err(frame.error(format_args!("trying to access non-existent bits")));
    }
    Ok((at as u32, u32::MAX >> (32 - width)))
}

/// `bit32.extract(n, field [, width])`
fn extract<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let n = bits(frame, 0)?;
    let (at, mask) = field(frame, 1)?;
    ret_bits(frame, n >> at & mask)
}

/// `bit32.replace(n, v, field [, width])`
fn replace<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (n, v) = (bits(frame, 0)?, bits(frame, 1)?);
    let (at, mask) = field(frame, 2)?;
    ret_bits(frame, n & !(mask << at) | (v & mask) << at)
}
