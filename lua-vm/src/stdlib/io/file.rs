//! Files as values, and their methods.

use super::stream::{Buffering, Shared, Stream};
use super::{invalid_option, make_lines, output, read, ret_status};
use crate::api::{Ctx, UserData, Value};
use crate::convert::number_text;
use crate::frame::{Frame, Step, Throw};
use crate::layer::{RomValue, library};
use crate::number::{LuaInt, NumberModel, float_text_bare};
use crate::stdlib::host::{ret_done, ret_error};
use crate::stdlib::text::put_address;
use alloc::vec::Vec;
use core::cell::RefMut;
use std::io::SeekFrom;

library! {
    /// Methods and metamethods of files.
    pub(super) struct Methods in crate::builtin::BUILTIN {
        "__gc" => RomValue::Native(collect::<N>),
        "__tostring" => RomValue::Native(tostring::<N>),
        "close" => RomValue::Native(close::<N>),
        "flush" => RomValue::Native(flush::<N>),
        "lines" => RomValue::Native(lines::<N>),
        "read" => RomValue::Native(read_values::<N>),
        "seek" => RomValue::Native(seek::<N>),
        "setvbuf" => RomValue::Native(setvbuf::<N>),
        "write" => RomValue::Native(write_values::<N>),
    }
}

/// The stream of a file; `None` if the value is no file.
pub(super) fn stream_of<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    data: UserData<'gc, N>,
) -> Result<Option<Shared>, Throw> {
    if !data.is::<Shared>() {
        return Ok(None);
    }
    // A file that cannot be lent is one for whose loan there is no memory.
    data.with(ctx, |stream: &mut Shared| Some(stream.clone()))
        .ok_or(Throw::Memory)
}

/// Argument `index` as a file.
pub(super) fn check_file<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    index: usize,
) -> Result<Shared, Throw> {
    let stream = match frame.get(index) {
        Value::UserData(data) => stream_of(frame.ctx(), data)?,
        _ => None,
    };
    stream.ok_or_else(|| frame.type_error(index, "FILE*"))
}

/// Argument `index` as a file that is open.
pub(super) fn check_open<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    index: usize,
) -> Result<Shared, Throw> {
    let stream = check_file(frame, index)?;
    if stream.try_borrow().is_ok_and(|stream| stream.is_closed()) {
        return Err(closed_file(frame));
    }
    Ok(stream)
}

/// Raises the error of a file that is not open.
#[cold]
pub(super) fn closed_file<N: NumberModel>(frame: &mut Frame<'_, N>) -> Throw {
    frame.error(format_args!("attempt to use a closed file"))
}

/// The stream for one operation. It is never in use: operations do not run within each other.
fn borrow<'s, N: NumberModel>(
    frame: &mut Frame<'_, N>,
    stream: &'s Shared,
) -> Result<RefMut<'s, Stream>, Throw> {
    stream.try_borrow_mut().map_err(|_| closed_file(frame))
}

/// Closes a stream and returns what that has come to.
pub(super) fn ret_closed<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    stream: &Shared,
) -> Result<Step, Throw> {
    let mut stream = borrow(frame, stream)?;
    if stream.is_standard() {
        let message = frame.ctx().intern(b"cannot close standard file")?;
        return frame.ret2(Value::Nil, message);
    }
    match stream.close() {
        Ok(Some(status)) => ret_status(frame, status),
        Ok(None) => frame.ret1(true),
        Err(error) => ret_error(frame, None, &error),
    }
}

/// Hands a stream's output on and returns what that has come to.
pub(super) fn ret_flushed<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    stream: &Shared,
) -> Result<Step, Throw> {
    let done = borrow(frame, stream)?.flush();
    ret_done(frame, None, done)
}

/// Reads by the formats from value `first` of the frame on.
pub(super) fn read_from<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    stream: &Shared,
    first: usize,
) -> Result<Step, Throw> {
    let mut stream = borrow(frame, stream)?;
    if stream.is_standard() {
        // A question should be seen before its answer is waited for; that it was not is no error of the answer.
        let _ = output::flush();
    }
    read::read(frame, &mut stream, first)
}

/// Writes the values from `first` on; returns the file.
pub(super) fn write_to<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    stream: &Shared,
    first: usize,
    file: Value<'gc, N>,
) -> Result<Step, Throw> {
    let mut stream = borrow(frame, stream)?;
    let ctx = frame.ctx();
    for index in first..frame.len() {
        let number;
        let bytes = match frame.get(index) {
            Value::String(text) => text.as_bytes(),
            Value::Number(float) => {
                number = float_text_bare(float);
                number.as_bytes()
            }
            value @ Value::Integer(_) => {
                number = number_text(&value.val());
                number.as_bytes()
            }
            _ => return Err(frame.type_error(index, "string")),
        };
        if stream.is_output() {
            ctx.write(bytes);
        } else if let Err(error) = stream.write(bytes) {
            return ret_error(frame, None, &error);
        }
    }
    frame.ret1(file)
}

/// `file:close()`
fn close<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = check_open(frame, 0)?;
    ret_closed(frame, &stream)
}

/// `file:flush()`
fn flush<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = check_open(frame, 0)?;
    ret_flushed(frame, &stream)
}

/// `file:lines(...)`
fn lines<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    check_open(frame, 0)?;
    let file = frame.get(0);
    make_lines(frame, file, false)
}

/// `file:read(...)`
fn read_values<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = check_open(frame, 0)?;
    read_from(frame, &stream, 1)
}

/// `file:write(...)`
fn write_values<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = check_open(frame, 0)?;
    let file = frame.get(0);
    write_to(frame, &stream, 1, file)
}

/// `file:seek([whence [, offset]])`
fn seek<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = check_open(frame, 0)?;
    let whence = frame.opt_bytes(1)?.unwrap_or(b"cur");
    if !matches!(whence, b"set" | b"cur" | b"end") {
        return Err(invalid_option(frame, 1, whence));
    }
    let offset = frame.opt_int(2, N::Int::ZERO)?.widen();
    let to = match whence {
        b"cur" => SeekFrom::Current(offset),
        b"end" => SeekFrom::End(offset),
        // A position before the start is no position; the last one there could be is refused alike.
        _ => SeekFrom::Start(u64::try_from(offset).unwrap_or(u64::MAX)),
    };
    let moved = borrow(frame, &stream)?.seek(to);
    match moved {
        Ok(position) => frame.ret1(Value::Integer(N::Int::wrap(position as i64))),
        Err(error) => ret_error(frame, None, &error),
    }
}

/// `file:setvbuf(mode [, size])`
fn setvbuf<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = check_open(frame, 0)?;
    let mode = frame.check_bytes(1)?;
    let buffering = match mode {
        b"no" => Buffering::No,
        b"line" => Buffering::Line,
        b"full" => Buffering::Full,
        _ => return Err(invalid_option(frame, 1, mode)),
    };
    frame.opt_int(2, N::Int::ZERO)?;
    let mut stream = borrow(frame, &stream)?;
    if stream.is_output() {
        output::set_buffering(buffering);
    }
    stream.set_buffering(buffering);
    let done = stream.flush();
    ret_done(frame, None, done)
}

/// `__gc` of files: closes one that is open.
fn collect<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = check_file(frame, 0)?;
    let mut stream = borrow(frame, &stream)?;
    if !stream.is_closed() && !stream.is_standard() {
        // There is nobody to tell of a failure.
        let _ = stream.close();
    }
    frame.ret0()
}

/// `__tostring` of files
fn tostring<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = check_file(frame, 0)?;
    let Value::UserData(data) = frame.get(0) else {
        return frame.ret0();
    };
    if stream.try_borrow().is_ok_and(|stream| stream.is_closed()) {
        return frame.ret_bytes(b"file (closed)");
    }
    let mut text = Vec::new();
    let mut put = |piece: &[u8]| crate::stdlib::buffer::append(&mut text, piece);
    put(b"file (")?;
    put_address(data.address(), &mut put)?;
    put(b")")?;
    frame.ret_bytes(&text)
}
