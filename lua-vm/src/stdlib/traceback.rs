//! Tracebacks: the active calls of a thread as text.

use super::buffer::append;
use crate::api::{Call, Ctx, Thread, Value};
use crate::builtin::{Event, NOT_ENOUGH_MEMORY, string_value};
use crate::compiler::chunk_id;
use crate::convert::error_text;
use crate::frame::{Frame, Step, Throw};
use crate::number::{NumberModel, int_text};
use alloc::vec::Vec;

/// Calls shown at the top and at the bottom of a long stack.
const FIRST: usize = 10;
const LAST: usize = 11;

/// Appends the calls of `thread` from `level` (0: the function that runs) downwards.
///
/// # Errors
/// Out of memory.
pub(crate) fn write<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    thread: Thread<'gc, N>,
    level: usize,
    out: &mut Vec<u8>,
) -> Result<(), Throw> {
    append(out, b"stack traceback:")?;
    let depth = ctx.depth(thread);
    let mut skip = (depth > level + FIRST + LAST + 1).then_some(level + FIRST);
    let mut level = level;
    while let Some(call) = ctx.call_at(thread, level) {
        if skip == Some(level) {
            append(out, b"\n\t...")?;
            skip = None;
            level = depth - LAST;
        } else {
            write_call(&call, out)?;
            level += 1;
        }
    }
    Ok(())
}

fn write_call<N: NumberModel>(call: &Call<'_, N>, out: &mut Vec<u8>) -> Result<(), Throw> {
    let details = call.function().details();
    let source = chunk_id(details.source);
    append(out, b"\n\t")?;
    append(out, source.as_bytes())?;
    append(out, b":")?;
    let line = call.current_line();
    if line > 0 {
        append(out, &int_text(line))?;
        append(out, b":")?;
    }
    append(out, b" in ")?;
    let start = out.len();
    append(out, b"function '")?;
    let name_start = out.len();
    call.global_name(out)?;
    if out.len() > name_start {
        append(out, b"'")?;
    } else {
        out.truncate(start);
        if let Some(name) = call.name() {
            for part in [name.kind.text().as_bytes(), b" '", name.text, b"'"] {
                append(out, part)?;
            }
        } else if details.main {
            append(out, b"main chunk")?;
        } else if details.native {
            append(out, b"?")?;
        } else {
            let line = int_text(details.lines.0);
            for part in [b"function <", source.as_bytes(), b":", &line, b">"] {
                append(out, part)?;
            }
        }
    }
    if call.is_tail_call() {
        append(out, b"\n\t(...tail calls...)")?;
    }
    Ok(())
}

/// State of [`traced`] after success; the next one follows an error.
const CALLED: u16 = 1;

/// Calls its first argument with the others; the message of an error ends with a traceback.
pub(crate) fn traced<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    match frame.state() {
        0 => {
            frame.insert(0, ctx.native(describe::<N>))?;
            Ok(Step::ProtectedCall {
                args: frame.len() as u32 - 2,
                state: CALLED,
                handler: true,
            })
        }
        CALLED => Ok(Step::Return(frame.len() as u32 - 1)),
        _ => Err(ctx.throw(frame.get(frame.len() - 1))),
    }
}

/// Message handler of [`traced`]: the error as text, with a traceback unless its `__tostring` made the text.
fn describe<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    if frame.state() > 0 {
        return Ok(Step::Return(1));
    }
    let error = frame.get(0);
    let method = ctx.metamethod(error, Event::ToString);
    if !matches!(error, Value::String(_)) && !method.is_nil() {
        frame.push(method)?;
        frame.push(error)?;
        return Ok(Step::Call {
            args: 1,
            results: 1,
            state: 1,
        });
    }
    let value = error.val();
    let memory = string_value::<N>(NOT_ENOUGH_MEMORY);
    if value.tag == memory.tag && value.same_bits(&memory) {
        return frame.ret1(error);
    }
    // SAFETY: values of the frame are live while the native runs (G1).
    let mut text = unsafe { error_text(&value) };
    append(&mut text, b"\n")?;
    write(ctx, ctx.running_thread().0, 1, &mut text)?;
    frame.ret_bytes(&text)
}
