//! The basic functions that load chunks.

use super::buffer::append;
use crate::api::{Ctx, Function, LoadError, LuaString, Mode, UserData, Value};
use crate::convert::number_text;
use crate::frame::{Frame, Step, Throw};
use crate::number::NumberModel;
use alloc::vec::Vec;

/// Frame of `load` with a reader: the four arguments, the buffer of pieces, whether there is an environment, and
/// what the reader has returned.
const BUFFER: usize = 4;
const HAS_ENVIRONMENT: usize = 5;
const PIECE: usize = 6;

/// State of `load` after the reader has returned; the next one follows its error.
const READ: u16 = 1;

/// `load(chunk [, chunkname [, mode [, env]]])`
pub fn load<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match frame.state() {
        0 => {}
        READ => return piece_read(frame),
        _ => {
            let error = frame.get(PIECE);
            return frame.ret2(Value::Nil, error);
        }
    }
    let mode = frame.opt_bytes(2)?;
    let chunk = match frame.get(0) {
        Value::String(chunk) => chunk,
        Value::Integer(_) | Value::Number(_) => frame.check_string(0)?,
        function => return start_reading(frame, function),
    };
    let name = frame.opt_bytes(1)?.unwrap_or(chunk.as_bytes());
    let environment = (!frame.is_none(3)).then(|| frame.get(3));
    let ctx = frame.ctx();
    let chunk = chunk.as_bytes();
    let loaded = check_mode(ctx, chunk, mode)
        .and_then(|()| ctx.load_chunk(chunk, name, Mode::BOTH, environment));
    finish(frame, loaded)
}

/// Whether `mode`, which may be any text, has the letter of the chunk's kind; a message if it has not.
fn check_mode<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    chunk: &[u8],
    mode: Option<&[u8]>,
) -> Result<(), LoadError<'gc, N>> {
    let (letter, kind): (u8, &[u8]) = match crate::load::is_binary(chunk) {
        true => (b'b', b"binary"),
        false => (b't', b"text"),
    };
    let Some(mode) = mode.filter(|mode| !mode.contains(&letter)) else {
        return Ok(());
    };
    let message = ctx.with_scratch(|text| {
        for part in [
            b"attempt to load a ",
            kind,
            b" chunk (mode is '",
            mode,
            b"')",
        ] {
            append(text, part)?;
        }
        ctx.intern(text)
    });
    Err(message.map_or(LoadError::Memory, LoadError::Message))
}

/// Returns the function, or nil and the message.
fn finish<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    loaded: Result<Function<'gc, N>, LoadError<'gc, N>>,
) -> Result<Step, Throw> {
    match loaded {
        Ok(function) => frame.ret1(function),
        Err(LoadError::Message(message)) => frame.ret2(Value::Nil, message),
        Err(LoadError::Memory) => Err(Throw::Memory),
    }
}

fn start_reading<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    reader: Value<'gc, N>,
) -> Result<Step, Throw> {
    frame.opt_bytes(1)?;
    if !matches!(reader, Value::Function(_)) {
        return Err(frame.type_error(0, "function"));
    }
    let buffer = frame.ctx().new_userdata(Vec::<u8>::new(), None)?;
    let environment = !frame.is_none(3);
    frame.set_len(BUFFER)?;
    frame.push(buffer)?;
    frame.push(environment)?;
    call_reader(frame)
}

fn call_reader<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let reader = frame.get(0);
    frame.set_len(PIECE)?;
    frame.push(reader)?;
    Ok(Step::ProtectedCall {
        args: 0,
        state: READ,
        handler: false,
    })
}

fn piece_read<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let Value::UserData(buffer) = frame.get(BUFFER) else {
        return frame.ret0();
    };
    let more = match frame.get(PIECE) {
        Value::String(piece) if !piece.is_empty() => extend(ctx, buffer, piece.as_bytes()),
        number @ (Value::Integer(_) | Value::Number(_)) => {
            extend(ctx, buffer, &number_text(&number.val()))
        }
        Value::Nil | Value::String(_) => return load_pieces(frame, buffer),
        _ => {
            let message = positioned(ctx, b"reader function must return a string")?;
            return frame.ret2(Value::Nil, message);
        }
    };
    more?;
    call_reader(frame)
}

fn extend<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    buffer: UserData<'gc, N>,
    piece: &[u8],
) -> Result<(), Throw> {
    let done = buffer.with(ctx, |pieces: &mut Vec<u8>| append(pieces, piece));
    done.unwrap_or(Err(Throw::Memory))
}

fn load_pieces<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    buffer: UserData<'gc, N>,
) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let mode = frame.opt_bytes(2)?;
    let name = frame.opt_bytes(1)?.unwrap_or(b"=(load)");
    let environment = frame.get(HAS_ENVIRONMENT).truthy().then(|| frame.get(3));
    let loaded = buffer.with(ctx, |pieces: &mut Vec<u8>| {
        check_mode(ctx, pieces, mode)?;
        ctx.load_chunk(pieces, name, Mode::BOTH, environment)
    });
    finish(frame, loaded.unwrap_or(Err(LoadError::Memory)))
}

/// A message with the position of the caller.
fn positioned<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    message: &[u8],
) -> Result<LuaString<'gc, N>, Throw> {
    ctx.with_scratch(|text| {
        ctx.state().write_position(1, text)?;
        append(text, message)?;
        ctx.intern(text)
    })
}

/// Loads the file of this name, or standard input without one, as a chunk.
fn load_named<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    name: Option<&[u8]>,
    mode: Option<&[u8]>,
    environment: Option<Value<'gc, N>>,
) -> Result<Function<'gc, N>, LoadError<'gc, N>> {
    let content = match ctx.read_file(name.unwrap_or(STANDARD_INPUT)) {
        Ok(content) => content,
        Err(message) => {
            return Err(ctx
                .intern(&message)
                .map_or(LoadError::Memory, LoadError::Message));
        }
    };
    load_content(ctx, &content, name, mode, environment)
}

/// Loads what a file of this name holds as a chunk.
pub(super) fn load_content<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    content: &[u8],
    name: Option<&[u8]>,
    mode: Option<&[u8]>,
    environment: Option<Value<'gc, N>>,
) -> Result<Function<'gc, N>, LoadError<'gc, N>> {
    let content = crate::load::behind_comment(content);
    check_mode(ctx, content, mode)?;
    let Some(name) = name else {
        return ctx.load_script(content, b"=stdin", Mode::BOTH, environment);
    };
    let mut chunk_name = Vec::new();
    if append(&mut chunk_name, b"@")
        .and_then(|()| append(&mut chunk_name, name))
        .is_err()
    {
        return Err(LoadError::Memory);
    }
    ctx.load_script(content, &chunk_name, Mode::BOTH, environment)
}

/// The name the host knows standard input by.
pub(crate) const STANDARD_INPUT: &[u8] = b"";

/// `loadfile([filename [, mode [, env]]])`
pub fn loadfile<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.opt_bytes(0)?;
    let mode = frame.opt_bytes(1)?;
    let environment = (!frame.is_none(2)).then(|| frame.get(2));
    let loaded = load_named(frame.ctx(), name, mode, environment);
    finish(frame, loaded)
}

/// `dofile([filename])`
pub fn dofile<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.opt_bytes(0)?;
    match load_named(frame.ctx(), name, None, None) {
        Ok(function) => {
            frame.push(function)?;
            Ok(Step::TailCall { args: 0 })
        }
        Err(LoadError::Message(message)) => Err(frame.ctx().throw(message.into())),
        Err(LoadError::Memory) => Err(Throw::Memory),
    }
}
