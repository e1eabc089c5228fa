//! What `file` does with an open file.

use super::object::{Subject, subject};
use super::{reading, result};
use crate::files::Whence;
use lua_vm::api::Value;
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::{LuaInt, NumberModel};

/// Most bytes of a line, and what is read when nothing is said.
const CHUNK: usize = 1024;

/// Reads and returns it; nil at the end, or if it fails. When memory runs out nothing has been read.
fn ret_read<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    subject: &Subject,
    limit: usize,
    end: Option<u8>,
) -> Result<Step, Throw> {
    let (files, handle) = (&subject.files, subject.handle);
    frame.reserve(1)?;
    let Ok(start) = result(files.seek(handle, Whence::Current, 0))? else {
        return frame.ret1(Value::Nil);
    };
    let read = result(reading::until(files, handle, limit, end)).and_then(|read| match read {
        Ok(content) if !content.is_empty() => Ok(frame.ctx().intern(&content)?.into()),
        _ => Ok(Value::Nil),
    });
    if read.is_err() {
        // A position that was one before is one still.
        let _ = files.seek(handle, Whence::Start, start.into());
    }
    frame.ret1(read?)
}

/// `f:read([n | char])`
pub(super) fn read<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let subject = subject(frame)?;
    let index = subject.first;
    match frame.get(index) {
        Value::Nil => ret_read(frame, &subject, CHUNK, None),
        Value::String(text) => match text.as_bytes() {
            [end] => ret_read(frame, &subject, CHUNK, Some(*end)),
            _ => Err(frame.arg_error(index, format_args!("one character expected"))),
        },
        _ => {
            let limit = usize::try_from(frame.check_i64(index)?)
                .map_err(|_| frame.arg_error(index, format_args!("out of range")))?;
            ret_read(frame, &subject, limit, None)
        }
    }
}

/// `f:readline()`
pub(super) fn readline<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let subject = subject(frame)?;
    ret_read(frame, &subject, CHUNK, Some(b'\n'))
}

/// Returns true, or nil if it failed.
fn ret_done<N: NumberModel, E>(
    frame: &mut Frame<'_, N>,
    done: Result<(), E>,
) -> Result<Step, Throw> {
    frame.ret1(done.map_or(Value::Nil, |()| Value::Boolean(true)))
}

fn write_parts<N: NumberModel>(frame: &mut Frame<'_, N>, behind: &[u8]) -> Result<Step, Throw> {
    let subject = subject(frame)?;
    let text = frame.check_bytes(subject.first)?;
    // Once something is written there must be no lack of memory any more.
    frame.reserve(1)?;
    let done = [text, behind]
        .into_iter()
        .filter(|part| !part.is_empty())
        .try_for_each(|part| subject.files.write(subject.handle, part));
    ret_done(frame, done)
}

/// `f:write(text)`
pub(super) fn write<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    write_parts(frame, b"")
}

/// `f:writeline(text)`
pub(super) fn writeline<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    write_parts(frame, b"\n")
}

/// What a position is counted from and how far it is, by arguments `index` and the next.
pub(super) fn check_position<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    index: usize,
) -> Result<(Whence, i64), Throw> {
    let whence = match frame.opt_bytes(index)?.unwrap_or(b"cur") {
        b"set" => Whence::Start,
        b"cur" => Whence::Current,
        b"end" => Whence::End,
        _ => return Err(frame.arg_error(index, format_args!("invalid option"))),
    };
    let offset = frame.opt_int(index + 1, N::Int::ZERO)?.widen();
    Ok((whence, offset))
}

/// `f:seek([whence [, offset]])`
pub(super) fn seek<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let subject = subject(frame)?;
    let (whence, offset) = check_position(frame, subject.first)?;
    frame.reserve(1)?;
    let moved = subject.files.seek(subject.handle, whence, offset);
    frame.ret1(moved.map_or(Value::Nil, |position| {
        Value::Integer(N::Int::wrap(position.into()))
    }))
}

/// `f:flush()`
pub(super) fn flush<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let subject = subject(frame)?;
    frame.reserve(1)?;
    let done = subject.files.flush(subject.handle);
    ret_done(frame, done)
}
