//! The `utf8` library.

use super::string::{length, position};
use crate::api::{Ctx, Table, Value};
use crate::frame::{Frame, Step, Throw};
use crate::layer::{RomValue, library};
use crate::number::{LuaInt, NumberModel};
use crate::stdlib::buffer::append;
use crate::text::utf8;
use alloc::vec::Vec;

library! {
    /// The entries of `utf8` but `charpattern`, which is no UTF-8 and so no string of the firmware's table.
    pub struct Library in crate::builtin::BUILTIN {
        "char" => RomValue::Native(char::<N>),
        "codepoint" => RomValue::Native(codepoint::<N>),
        "codes" => RomValue::Native(codes::<N>),
        "len" => RomValue::Native(len::<N>),
        "offset" => RomValue::Native(offset::<N>),
    }
}

/// `utf8.charpattern`: matches one character of valid text.
const CHARPATTERN: &[u8] = b"[\0-\x7F\xC2-\xF4][\x80-\xBF]*";

/// Adds to the library's table what [`Library`] lacks.
///
/// # Errors
/// Out of memory.
pub fn fill<'gc, N: NumberModel>(ctx: Ctx<'gc, N>, table: Table<'gc, N>) -> Result<(), Throw> {
    let name = ctx.intern(b"charpattern")?;
    let pattern = ctx.intern(CHARPATTERN)?;
    table.raw_set(ctx, name, pattern)
}

/// `utf8.char(...)`
pub fn char<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    frame.ctx().with_scratch(|text: &mut Vec<u8>| {
        for index in 0..frame.len() {
            let code = frame.check_i64(index)?;
            match u32::try_from(code) {
                Ok(code) if code <= utf8::MAX_CODE_POINT => {
                    append(text, utf8::encode(code).as_bytes())?
                }
                _ => return Err(frame.arg_error(index, format_args!("value out of range"))),
            }
        }
        frame.ret_bytes(text)
    })
}

/// `utf8.len(s [, i [, j]])`
pub fn len<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_bytes(0)?;
    let len = length::<N::Int>(text.len());
    let first = position(frame.opt_int(1, N::Int::ONE)?, len);
    let last = position(frame.opt_int(2, N::Int::ONE.neg())?, len);
    if first < N::Int::ONE || first.sub(N::Int::ONE) > len {
        return Err(frame.arg_error(1, format_args!("initial position out of string")));
    }
    if last > len {
        return Err(frame.arg_error(2, format_args!("final position out of string")));
    }
    match utf8::count(text, first.widen() as usize - 1, last.widen() as usize) {
        Ok(count) => frame.ret1(Value::Integer(length(count))),
        Err(at) => frame.ret2(Value::Nil, Value::Integer(length(at + 1))),
    }
}

/// `utf8.codepoint(s [, i [, j]])`
pub fn codepoint<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_bytes(0)?;
    let len = length::<N::Int>(text.len());
    let first = position(frame.opt_int(1, N::Int::ONE)?, len);
    let last = position(frame.opt_int(2, first)?, len);
    if first < N::Int::ONE {
        return Err(frame.arg_error(1, format_args!("out of range")));
    }
    if last > len {
        return Err(frame.arg_error(2, format_args!("out of range")));
    }
    let (mut at, end) = (first.widen() as usize - 1, last.widen() as usize);
    let mut count = 0;
    while at < end {
        let Some((code, size)) = utf8::decode(text.get(at..).unwrap_or_default()) else {
            return Err(frame.error(format_args!("{}", utf8::InvalidCode)));
        };
        frame.push(Value::Integer(N::Int::wrap(code.into())))?;
        at += size;
        count += 1;
    }
    Ok(Step::Return(count))
}

/// `utf8.offset(s, n [, i])`
pub fn offset<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_bytes(0)?;
    let len = length::<N::Int>(text.len());
    let n = frame.check_i64(1)?;
    let default = if n >= 0 {
        N::Int::ONE
    } else {
        len.add(N::Int::ONE)
    };
    let start = position(frame.opt_int(2, default)?, len).sub(N::Int::ONE);
    if start < N::Int::ZERO || start > len {
        return Err(frame.arg_error(2, format_args!("position out of range")));
    }
    match utf8::offset(text, n, start.widen() as usize) {
        Ok(Some(at)) => frame.ret1(Value::Integer(length(at + 1))),
        Ok(None) => frame.ret1(Value::Nil),
        Err(error) => Err(frame.error(format_args!("{error}"))),
    }
}

/// `utf8.codes(s)`
pub fn codes<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_string(0)?;
    let iterator = frame.ctx().native(next_code::<N>);
    frame.push(iterator)?;
    frame.push(text)?;
    frame.push(Value::Integer(N::Int::ZERO))?;
    Ok(Step::Return(3))
}

fn next_code<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_bytes(0)?;
    let previous = super::math::integer(frame.get(1))
        .unwrap_or(N::Int::ZERO)
        .widen();
    match utf8::next(text, usize::try_from(previous.wrapping_sub(1)).ok()) {
        Ok(Some((at, code))) => frame.ret2(
            Value::Integer(length(at + 1)),
            Value::Integer(N::Int::wrap(code.into())),
        ),
        Ok(None) => frame.ret0(),
        Err(error) => Err(frame.error(format_args!("{error}"))),
    }
}
