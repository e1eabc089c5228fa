//! `string.pack`, `string.packsize`, `string.unpack`.

use super::{length, position};
use crate::api::Value;
use crate::frame::{Frame, Step, Throw};
use crate::number::{LuaFloat, LuaInt, NumberModel};
use crate::stdlib::buffer::Output;
use crate::text::Sink;
use crate::text::pack::{Blame, Item, Kind, Options, PackError};
use alloc::vec::Vec;

/// Raises an error about argument `value`, the format, the data, or the call.
#[cold]
fn refuse<N: NumberModel>(frame: &mut Frame<'_, N>, error: PackError, value: usize) -> Throw {
    match error.blame() {
        Blame::Call => frame.error(format_args!("{error}")),
        Blame::Format => frame.arg_error(0, format_args!("{error}")),
        Blame::Data => frame.arg_error(1, format_args!("{error}")),
        Blame::Value => frame.arg_error(value, format_args!("{error}")),
    }
}

/// `string.pack(fmt, v1, v2, ...)`
pub fn pack<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let format = frame.check_bytes(0)?;
    // A value that is missing counts as nil, as in the reference implementation.
    frame.push(Value::Nil)?;
    frame.ctx().with_scratch(|result: &mut Vec<u8>| {
        let mut options = Options::<N>::new(format);
        let mut value = 0;
        while let Some(item) = options
            .next_item(result.len())
            .map_err(|error| refuse(frame, error, value))?
        {
            Output(result).fill(0, item.alignment_padding)?;
            match item.kind {
                Kind::Padding => Output(result).push(&[0])?,
                Kind::Nothing => {}
                _ => {
                    value += 1;
                    pack_value(frame, result, &item, value)?;
                }
            }
        }
        frame.ret_bytes(result)
    })
}

fn pack_value<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    result: &mut Vec<u8>,
    item: &Item,
    index: usize,
) -> Result<(), Throw> {
    match item.kind {
        Kind::Int | Kind::Uint => {
            let int = frame.check_int(index)?;
            item.check_int(int)
                .map_err(|error| refuse(frame, error, index))?;
            item.pack_int(&mut Output(result), int)
        }
        Kind::Float => {
            let float = frame.check_float(index)?;
            item.pack_float(&mut Output(result), float.to_f64())
        }
        _ => {
            let text = frame.check_bytes(index)?;
            item.check_string(text)
                .map_err(|error| refuse(frame, error, index))?;
            item.pack_string(&mut Output(result), text)
        }
    }
}

/// `string.packsize(fmt)`
pub fn packsize<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let format = frame.check_bytes(0)?;
    match Options::<N>::new(format).packed_size() {
        Ok(size) => frame.ret1(Value::Integer(length(size))),
        Err(error) => Err(refuse(frame, error, 0)),
    }
}

/// `string.unpack(fmt, s [, pos])`
pub fn unpack<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let format = frame.check_bytes(0)?;
    let data = frame.check_bytes(1)?;
    let len = length::<N::Int>(data.len());
    let start = position(frame.opt_int(2, N::Int::ONE)?, len).sub(N::Int::ONE);
    if start < N::Int::ZERO || start > len {
        return Err(frame.arg_error(2, format_args!("initial position out of string")));
    }
    let mut at = start.widen() as usize;
    let mut options = Options::<N>::new(format);
    let mut results = 0;
    while let Some(item) = options
        .next_item(at)
        .map_err(|error| refuse(frame, error, 0))?
    {
        let field = item
            .locate::<N>(data, at)
            .map_err(|error| refuse(frame, error, 0))?;
        at = field.next;
        let bytes = data.get(field.bytes).unwrap_or_default();
        match item.kind {
            Kind::Padding | Kind::Nothing => continue,
            Kind::Int | Kind::Uint => {
                let int = item
                    .unpack_int::<N>(bytes)
                    .map_err(|error| refuse(frame, error, 0))?;
                frame.push(Value::Integer(int))?;
            }
            Kind::Float => {
                frame.push(Value::Number(N::Float::from_f64(item.unpack_float(bytes))))?
            }
            _ => {
                let text = frame.ctx().intern(bytes)?;
                frame.push(text)?;
            }
        }
        results += 1;
    }
    frame.push(Value::Integer(length(at + 1)))?;
    Ok(Step::Return(results + 1))
}
