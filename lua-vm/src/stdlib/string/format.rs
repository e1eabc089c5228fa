//! `string.format`.

use crate::api::Value;
use crate::builtin::Event;
use crate::frame::{Frame, Step, Throw};
use crate::number::{LuaFloat, LuaInt, NumberModel};
use crate::stdlib::buffer::Output;
use crate::stdlib::text::append_text;
use crate::text::Sink;
use crate::text::format::{
    Conversion, Directives, Item, Spec, quote_float, quote_int, quote_string, write_char,
    write_float, write_int, write_string,
};
use alloc::vec::Vec;

/// `text % value`: `text` formatted with the value, or with the items of a table.
pub fn format_operator<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let Value::Table(items) = frame.get(1) else {
        return format(frame);
    };
    let (ctx, text) = (frame.ctx(), frame.get(0));
    frame.set_len(2)?;
    frame.push(ctx.native(format::<N>))?;
    frame.push(text)?;
    let count = items.raw_len();
    let mut index = N::Int::ZERO;
    while index.widen() < count.widen() {
        index = index.add(N::Int::ONE);
        frame.push(items.raw_get_int(index))?;
    }
    Ok(Step::TailCall {
        args: frame.len() as u32 - 3,
    })
}

/// `string.format(formatstring, ...)`
///
/// An argument whose `__tostring` has to be called is replaced by its result, and the work starts over; the
/// argument's index lies below the result.
pub fn format<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let mut called_for = 0;
    if frame.state() > 0 {
        let last = frame.len() - 2;
        called_for = frame.raw(last).as_int().widen() as usize;
        match frame.get(last + 1) {
            value @ (Value::String(_) | Value::Integer(_) | Value::Number(_)) => {
                frame.set(called_for, value)
            }
            _ => return Err(frame.error(format_args!("'__tostring' must return a string"))),
        }
        frame.set_len(last)?;
    }
    let args = frame.len();
    let format = frame.check_bytes(0)?;
    let ctx = frame.ctx();
    ctx.with_scratch(|result: &mut Vec<u8>| {
        let mut next = 0;
        for item in Directives::new(format) {
            if let Ok(Item::Text(text)) = item {
                Output(result).push(text)?;
                continue;
            }
            next += 1;
            if next >= args {
                return Err(frame.arg_error(next, format_args!("no value")));
            }
            match item {
                Ok(Item::Directive(spec)) => {
                    if let Some(step) = directive(frame, result, &spec, next, next == called_for)? {
                        return Ok(step);
                    }
                }
                Err(error) => return Err(frame.error(format_args!("{error}"))),
                Ok(Item::Text(_)) => {}
            }
        }
        frame.ret_bytes(result)
    })
}

/// Writes argument `index`, or says what has to be called first. What `__tostring` returned is `ready` as it is.
#[inline]
fn directive<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    result: &mut Vec<u8>,
    spec: &Spec,
    index: usize,
    ready: bool,
) -> Result<Option<Step>, Throw> {
    match spec.conversion {
        Conversion::Signed | Conversion::Unsigned(_) => {
            let int = frame.check_int(index)?;
            write_int(&mut Output(result), spec, int)?;
        }
        Conversion::Char => {
            let code = frame.check_int(index)?;
            write_char(&mut Output(result), spec, code.widen() as u8)?;
        }
        Conversion::Float(_) => {
            let float = frame.check_float(index)?;
            write_float(&mut Output(result), spec, float.to_f64())?;
        }
        Conversion::String => return string(frame, result, spec, index, ready),
        Conversion::Quoted => match frame.get(index) {
            Value::String(text) => quote_string(&mut Output(result), text.as_bytes())?,
            Value::Integer(int) => quote_int(&mut Output(result), int)?,
            Value::Number(float) => quote_float(&mut Output(result), float.to_f64())?,
            value @ (Value::Nil | Value::Boolean(_)) => append_text(frame.ctx(), result, value)?,
            _ => return Err(frame.arg_error(index, format_args!("value has no literal form"))),
        },
    }
    Ok(None)
}

fn string<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    result: &mut Vec<u8>,
    spec: &Spec,
    index: usize,
    ready: bool,
) -> Result<Option<Step>, Throw> {
    let value = frame.get(index);
    let ctx = frame.ctx();
    if !ready {
        let method = ctx.metamethod(value, Event::ToString);
        if !method.is_nil() {
            frame.reserve(3)?;
            frame.push(Value::Integer(N::Int::wrap(index as i64)))?;
            frame.push(method)?;
            frame.push(value)?;
            return Ok(Some(Step::Call {
                args: 1,
                results: 1,
                state: 1,
            }));
        }
    }
    if !spec.modified {
        append_text(ctx, result, value)?;
        return Ok(None);
    }
    let checked = match value {
        Value::String(text) => text.as_bytes(),
        _ => {
            let start = result.len();
            append_text(ctx, result, value)?;
            let text = ctx.intern(result.get(start..).unwrap_or_default())?;
            result.truncate(start);
            text.as_bytes()
        }
    };
    if checked.contains(&0) {
        return Err(frame.arg_error(index, format_args!("string contains zeros")));
    }
    write_string(&mut Output(result), spec, checked)?;
    Ok(None)
}
