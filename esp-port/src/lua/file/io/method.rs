//! Methods of the files of `io`.

use super::super::object::{self, Object, State, object_of, with};
use super::super::transfer::check_position;
use super::{Stream, Use, in_use, make_lines, read, ret_error};
use crate::files::Error;
use lua_vm::api::{UserData, Value};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::layer::RomValue;
use lua_vm::number::{LuaInt, NumberModel};

lua_vm::library! {
    /// Methods and metamethods of the files of `io`.
    pub(super) struct Methods in super::super::NAMES {
        "__gc" => RomValue::Native(object::collect::<N>),
        "__tostring" => RomValue::Native(object::tostring::<N>),
        "close" => RomValue::Native(close::<N>),
        "flush" => RomValue::Native(flush::<N>),
        "lines" => RomValue::Native(lines::<N>),
        "read" => RomValue::Native(read_values::<N>),
        "seek" => RomValue::Native(seek::<N>),
        "setvbuf" => RomValue::Native(setvbuf::<N>),
        "write" => RomValue::Native(write_values::<N>),
    }
}

/// Argument 0 as a file object that is not closed.
fn check_open<'gc, N: NumberModel>(frame: &mut Frame<'gc, N>) -> Result<Use<'gc, N>, Throw> {
    let Some(data) = object_of(frame.get(0)) else {
        return Err(frame.type_error(0, "FILE*"));
    };
    match in_use(frame.ctx(), data)? {
        Some(used) => Ok(used),
        None => Err(frame.error(format_args!("attempt to use a closed file"))),
    }
}

/// Closes a file and returns what that has come to.
pub(super) fn ret_closed<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    data: UserData<'gc, N>,
) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    if matches!(with(ctx, data, |object| object.state)?, State::Console) {
        let message = ctx.intern(b"cannot close standard file")?;
        return frame.ret2(Value::Nil, message);
    }
    frame.reserve(3)?;
    match with(ctx, data, Object::close)? {
        Ok(()) => frame.ret1(true),
        Err(error) => {
            // Until there is memory for the message the object remembers the error.
            let step = ret_error(frame, None, error)?;
            with(ctx, data, |object| object.state = State::Closed)?;
            Ok(step)
        }
    }
}

/// `f:close()`
pub(super) fn close<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let failed = match object_of(frame.get(0)) {
        Some(data) => {
            let state = with(frame.ctx(), data, |object| object.state)?;
            matches!(state, State::Failed(_)).then_some(data)
        }
        None => None,
    };
    match failed {
        Some(data) => ret_closed(frame, data),
        None => {
            let used = check_open(frame)?;
            ret_closed(frame, used.data)
        }
    }
}

/// Returns true or the error.
fn ret_done<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    done: Result<(), Error>,
) -> Result<Step, Throw> {
    match super::super::result(done)? {
        Ok(()) => frame.ret1(true),
        Err(error) => ret_error(frame, None, error),
    }
}

/// Flushes a file and returns what that has come to.
pub(super) fn ret_flushed<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    used: &Use<'_, N>,
) -> Result<Step, Throw> {
    let done = match used.stream {
        Stream::Console => Ok(()),
        Stream::File(handle) => used.files.flush(handle),
    };
    ret_done(frame, done)
}

/// `f:flush()`
fn flush<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let used = check_open(frame)?;
    ret_flushed(frame, &used)
}

/// Writes the values from `first` on; returns the file.
pub(super) fn write_from<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    used: &Use<'gc, N>,
    first: usize,
) -> Result<Step, Throw> {
    // All arguments become strings, and room is made, before anything is written.
    for index in first..frame.len() {
        frame.check_string(index)?;
    }
    frame.reserve(3)?;
    let ctx = frame.ctx();
    for index in first..frame.len() {
        let Value::String(text) = frame.get(index) else {
            continue;
        };
        let text = text.as_bytes();
        let written = match used.stream {
            Stream::Console => {
                ctx.write(text);
                Ok(())
            }
            Stream::File(handle) => used.files.write(handle, text),
        };
        if let Err(error) = written {
            // Nothing can be written to the file any more, so that a second try finds the same error.
            return ret_error(frame, None, error);
        }
    }
    frame.ret1(used.data)
}

/// `f:write(...)`
fn write_values<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let used = check_open(frame)?;
    write_from(frame, &used, 1)
}

/// `f:read(...)`
fn read_values<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let used = check_open(frame)?;
    read::read(frame, &used, 1)
}

/// `f:lines(...)`
fn lines<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let used = check_open(frame)?;
    make_lines(frame, used.data, false)
}

/// `f:seek([whence [, offset]])`
fn seek<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let used = check_open(frame)?;
    let (whence, offset) = check_position(frame, 1)?;
    let Stream::File(handle) = used.stream else {
        return ret_error(frame, None, Error::InvalidPosition);
    };
    frame.reserve(3)?;
    match super::super::result(used.files.seek(handle, whence, offset))? {
        Ok(position) => frame.ret1(Value::Integer(N::Int::wrap(position.into()))),
        Err(error) => ret_error(frame, None, error),
    }
}

/// `f:setvbuf(mode [, size])`: what is written is kept back until it is flushed, whatever the mode.
fn setvbuf<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    check_open(frame)?;
    match frame.check_bytes(1)? {
        b"no" | b"line" | b"full" => frame.ret1(true),
        _ => Err(frame.arg_error(1, format_args!("invalid option"))),
    }
}
