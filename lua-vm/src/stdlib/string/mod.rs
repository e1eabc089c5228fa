//! The `string` library.

mod find;
mod format;
mod gsub;
mod pack;
mod repeat;

pub use find::{find, gmatch, match_pattern};
pub use format::{format, format_operator};
pub use gsub::gsub;
pub use pack::{pack, packsize, unpack};
pub use repeat::rep;

use super::buffer::{append, ret_filled};
use crate::api::Value;
use crate::frame::{Frame, Step, Throw};
use crate::layer::{RomValue, library};
use crate::number::{LuaInt, NumberModel};
use crate::value::Val;

library! {
    /// The entries of `string`.
    pub struct Library in crate::builtin::BUILTIN {
        "byte" => RomValue::Native(byte::<N>),
        "char" => RomValue::Native(char::<N>),
        "dump" => RomValue::Native(dump::<N>),
        "find" => RomValue::Native(find::<N>),
        "format" => RomValue::Native(format::<N>),
        "gmatch" => RomValue::Native(gmatch::<N>),
        "gsub" => RomValue::Native(gsub::<N>),
        "len" => RomValue::Native(len::<N>),
        "lower" => RomValue::Native(lower::<N>),
        "pack" => RomValue::Native(pack::<N>),
        "packsize" => RomValue::Native(packsize::<N>),
        "rep" => RomValue::Native(rep::<N>),
        "reverse" => RomValue::Native(reverse::<N>),
        "sub" => RomValue::Native(sub::<N>),
        "unpack" => RomValue::Native(unpack::<N>),
        "upper" => RomValue::Native(upper::<N>),
        "match" => RomValue::Native(match_pattern::<N>),
    }
}

/// A string position that may count from the end, as one that counts from the start; 0 if it lies before it.
#[inline(always)]
pub(super) fn position<I: LuaInt>(position: I, len: I) -> I {
    if position >= I::ZERO {
        return position;
    }
    let from_start = len.add(position).add(I::ONE);
    if from_start < I::ZERO {
        I::ZERO
    } else {
        from_start
    }
}

/// A length as an integer. Strings are shorter than the largest one.
#[inline(always)]
pub(super) fn length<I: LuaInt>(len: usize) -> I {
    I::wrap(len as i64)
}

/// `string.len(s)`
pub fn len<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let len = frame.check_bytes(0)?.len();
    frame.ret_raw([Val::int(length(len))])
}

/// `string.sub(s, i [, j])`
pub fn sub<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_bytes(0)?;
    let len = length::<N::Int>(text.len());
    let first = position(frame.check_int(1)?, len);
    let last = position(frame.opt_int(2, N::Int::ONE.neg())?, len);
    let first = if first < N::Int::ONE {
        N::Int::ONE
    } else {
        first
    };
    let last = if last > len { len } else { last };
    if first == N::Int::ONE && last == len {
        return frame.ret_raw([frame.raw(0)]);
    }
    let (first, last) = (first.widen() as usize, last.widen() as usize);
    frame.ret_bytes(text.get(first - 1..last).unwrap_or_default())
}

/// `string.byte(s [, i [, j]])`
pub fn byte<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_bytes(0)?;
    let len = length::<N::Int>(text.len());
    let first = position(frame.opt_int(1, N::Int::ONE)?, len);
    let last = position(frame.opt_int(2, first)?, len);
    let first = if first < N::Int::ONE {
        N::Int::ONE
    } else {
        first
    };
    let last = if last > len { len } else { last };
    if first > last {
        return frame.ret0();
    }
    let (first, last) = (first.widen() as usize, last.widen() as usize);
    let bytes = text.get(first - 1..last).unwrap_or_default();
    match frame.reserve(bytes.len()) {
        Err(Throw::Error) => {
            return Err(frame.error(format_args!("stack overflow (string slice too long)")));
        }
        other => other?,
    }
    for &byte in bytes {
        frame.push_raw(Val::int(N::Int::wrap(byte.into())))?;
    }
    Ok(Step::Return(bytes.len() as u32))
}

/// `string.char(...)`
pub fn char<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let count = frame.len();
    let mut short = [0; rostrings::MAX_SHORT];
    if let Some(text) = short.get_mut(..count) {
        for (index, room) in text.iter_mut().enumerate() {
            *room = character(frame, index)?;
        }
        return frame.ret_bytes(text);
    }
    frame.ctx().with_scratch(|text| {
        for index in 0..count {
            append(text, &[character(frame, index)?])?;
        }
        frame.ret_bytes(text)
    })
}

#[inline]
fn character<N: NumberModel>(frame: &mut Frame<'_, N>, index: usize) -> Result<u8, Throw> {
    let code = frame.check_int(index)?;
    match u8::try_from(code.widen()) {
        Ok(byte) => Ok(byte),
        Err(_) => Err(frame.arg_error(index, format_args!("value out of range"))),
    }
}

/// `string.lower(s)`
pub fn lower<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_bytes(0)?;
    ret_filled(frame, text.len(), |_, result| {
        result.copy_from_slice(text);
        result.make_ascii_lowercase();
    })
}

/// `string.upper(s)`
pub fn upper<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_bytes(0)?;
    ret_filled(frame, text.len(), |_, result| {
        result.copy_from_slice(text);
        result.make_ascii_uppercase();
    })
}

/// `string.reverse(s)`
pub fn reverse<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_bytes(0)?;
    ret_filled(frame, text.len(), |_, result| {
        result.copy_from_slice(text);
        result.reverse();
    })
}

/// `string.dump(function [, strip])`
fn dump<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let Value::Function(function) = frame.get(0) else {
        return Err(frame.type_error(0, "function"));
    };
    let strip = frame.get(1).truthy();
    match frame.ctx().dump(function, strip)? {
        Some(chunk) => frame.ret_bytes(&chunk),
        None => Err(frame.error(format_args!("unable to dump given function"))),
    }
}
