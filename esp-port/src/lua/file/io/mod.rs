//! The library `io` (manual section 6.8) over the same files, for states that have none.
//!
//! Standard output is where `print` writes; there is no standard input.

mod method;
mod read;

use super::object::{
    self, Kind, Object, Opening, State, check_mode, collect_first, create, object_of, open_for,
    with,
};
use super::{files, set};
use crate::files::{Error, Files, Handle};
use alloc::vec::Vec;
use lua_vm::api::{Ctx, UserData, Value};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::layer::RomValue;
use lua_vm::number::{LuaInt, NumberModel};

lua_vm::library! {
    /// The entries of `io`.
    struct Library in super::NAMES {
        "close" => RomValue::Native(close::<N>),
        "flush" => RomValue::Native(flush::<N>),
        "input" => RomValue::Native(input::<N>),
        "lines" => RomValue::Native(lines::<N>),
        "open" => RomValue::Native(open::<N>),
        "output" => RomValue::Native(output::<N>),
        "read" => RomValue::Native(read_values::<N>),
        "type" => RomValue::Native(type_of::<N>),
        "write" => RomValue::Native(write_values::<N>),
    }
}

/// Most formats that `lines` takes.
const MAX_FORMATS: usize = 250;

/// Makes the library, its metatable of files, and standard output.
pub(super) fn install<N: NumberModel>(ctx: Ctx<'_, N>, files: Files) -> Result<(), Throw> {
    let metatable = ctx.new_library(method::Methods::layer())?;
    object::fill_metatable(ctx, metatable, Kind::Io)?;
    let library = ctx.new_library(Library::layer())?;
    for name in ["stdout", "stderr"] {
        let data = create(ctx, files.clone(), Kind::Io)?;
        with(ctx, data, |object| object.state = State::Console)?;
        set(ctx, library, name.as_bytes(), data)?;
        Default::Output.set(ctx, data)?;
    }
    ctx.set_library(b"io", library)
}

/// What is to be done with a file object that is not closed.
#[derive(Clone, Copy)]
enum Stream {
    Console,
    File(Handle),
}

/// A file object in use.
struct Use<'gc, N: NumberModel> {
    data: UserData<'gc, N>,
    files: Files,
    stream: Stream,
}

/// An object as one in use; `None` if it is closed.
fn in_use<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    data: UserData<'gc, N>,
) -> Result<Option<Use<'gc, N>>, Throw> {
    let Object { files, state } = with(ctx, data, |object| object.clone())?;
    let stream = match state {
        State::Console => Stream::Console,
        State::Open(handle) => Stream::File(handle),
        State::Failed(_) | State::Closed => return Ok(None),
    };
    Ok(Some(Use {
        data,
        files,
        stream,
    }))
}

/// A default file, by its key in the registry.
#[derive(Clone, Copy)]
enum Default {
    Input,
    Output,
}

impl Default {
    fn key(self) -> &'static [u8] {
        match self {
            Default::Input => b"esp.io.input",
            Default::Output => b"esp.io.output",
        }
    }

    fn get<'gc, N: NumberModel>(self, ctx: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
        Ok(ctx.registry().raw_get(ctx.intern(self.key())?))
    }

    fn set<'gc, N: NumberModel>(
        self,
        ctx: Ctx<'gc, N>,
        file: UserData<'gc, N>,
    ) -> Result<(), Throw> {
        ctx.registry().raw_set(ctx, ctx.intern(self.key())?, file)
    }

    /// The default file, which must not be closed.
    fn stream<'gc, N: NumberModel>(self, frame: &mut Frame<'gc, N>) -> Result<Use<'gc, N>, Throw> {
        let ctx = frame.ctx();
        if let Some(data) = object_of(self.get(ctx)?)
            && let Some(used) = in_use(ctx, data)?
        {
            return Ok(used);
        }
        let name = match self {
            Default::Input => "input",
            Default::Output => "output",
        };
        Err(frame.error(format_args!("standard {name} file is closed")))
    }
}

/// Returns nil, the message (after the file's name, if it is given) and the number of an error.
fn ret_error<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    name: Option<&[u8]>,
    error: Error,
) -> Result<Step, Throw> {
    let parts: [&[u8]; 3] = match name {
        Some(name) => [name, b": ", error.text().as_bytes()],
        None => [b"", b"", error.text().as_bytes()],
    };
    let mut text = Vec::new();
    text.try_reserve_exact(parts.iter().map(|part| part.len()).sum())
        .map_err(|_| Throw::Memory)?;
    parts.iter().for_each(|part| text.extend_from_slice(part));
    let message = frame.ctx().intern(&text)?;
    let number = Value::Integer(N::Int::wrap(error.errno().into()));
    frame.push(Value::Nil)?;
    frame.ret2(message, number)?;
    Ok(Step::Return(3))
}

/// `io.open(name [, mode])`
fn open<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    let mode = check_mode(frame, 1)?;
    let ctx = frame.ctx();
    let data = create(ctx, files(ctx)?, Kind::Io)?;
    match open_for(frame, data, name, mode)? {
        Opening::Collect => collect_first(frame, 2),
        Opening::Done(Ok(())) => frame.ret1(data),
        Opening::Done(Err(error)) => ret_error(frame, Some(name), error),
    }
}

/// Raises the error of a file that had to be there.
#[cold]
fn cannot_open<N: NumberModel>(frame: &mut Frame<'_, N>, name: &[u8], error: Error) -> Throw {
    let mut shown = [0; 64];
    let length = name.len().min(shown.len());
    if let (Some(to), Some(from)) = (shown.get_mut(..length), name.get(..length)) {
        to.copy_from_slice(from);
    }
    let shown = shown.get(..length).unwrap_or_default().escape_ascii();
    frame.error(format_args!("cannot open file '{shown}' ({error})"))
}

/// `io.input([file])` and `io.output([file])`
fn default_file<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    default: Default,
    mode: &[u8],
) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    if let Some(data) = object_of(frame.get(0)) {
        default.set(ctx, data)?;
    } else if !frame.is_none_or_nil(0) {
        let name = frame.check_bytes(0)?;
        let mode = crate::files::Mode::parse(mode).unwrap_or(crate::files::Mode::READ);
        let data = create(ctx, files(ctx)?, Kind::Io)?;
        match open_for(frame, data, name, mode)? {
            Opening::Collect => return collect_first(frame, 1),
            Opening::Done(Ok(())) => default.set(ctx, data)?,
            Opening::Done(Err(error)) => return Err(cannot_open(frame, name, error)),
        }
    }
    let file = default.get(ctx)?;
    frame.ret1(file)
}

/// `io.input([file])`
fn input<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    default_file(frame, Default::Input, b"r")
}

/// `io.output([file])`
fn output<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    default_file(frame, Default::Output, b"w")
}

/// `io.close([file])`
fn close<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match frame.is_none(0) {
        true => {
            let used = Default::Output.stream(frame)?;
            method::ret_closed(frame, used.data)
        }
        false => method::close(frame),
    }
}

/// `io.flush()`
fn flush<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let used = Default::Output.stream(frame)?;
    method::ret_flushed(frame, &used)
}

/// `io.read(...)`
fn read_values<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let used = Default::Input.stream(frame)?;
    read::read(frame, &used, 0)
}

/// `io.write(...)`
fn write_values<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let used = Default::Output.stream(frame)?;
    method::write_from(frame, &used, 0)
}

/// `io.lines([name, ...])`
fn lines<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    if frame.is_none_or_nil(0) {
        let used = Default::Input.stream(frame)?;
        return make_lines(frame, used.data, false);
    }
    if frame.state() != 0 {
        // Behind the arguments lies what the collection left.
        frame.pop();
    }
    let name = frame.check_bytes(0)?;
    let arguments = frame.len();
    let data = create(ctx, files(ctx)?, Kind::Io)?;
    // A file that was opened before memory ran out is closed by the collector: it was only to be read.
    match open_for(frame, data, name, crate::files::Mode::READ)? {
        Opening::Collect => collect_first(frame, arguments),
        Opening::Done(Ok(())) => make_lines(frame, data, true),
        Opening::Done(Err(error)) => Err(cannot_open(frame, name, error)),
    }
}

/// Returns an iterator that reads a file by the formats behind the first argument; it may close the file at its end.
fn make_lines<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    file: UserData<'gc, N>,
    close: bool,
) -> Result<Step, Throw> {
    let formats = frame.len().saturating_sub(1);
    if formats > MAX_FORMATS {
        return Err(frame.arg_error(MAX_FORMATS + 1, format_args!("too many arguments")));
    }
    let mut values = Vec::new();
    values
        .try_reserve_exact(2 + formats)
        .map_err(|_| Throw::Memory)?;
    values.extend([file.into(), Value::Boolean(close)]);
    values.extend((0..formats).map(|index| frame.get(index + 1)));
    let iterator = frame.ctx().native_closure(next_line::<N>, &values)?;
    frame.ret1(iterator)
}

/// The iterator that `lines` gives: upvalues are the file, whether to close it, and the formats.
fn next_line<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let used = match object_of(frame.upvalue(0)) {
        Some(data) => in_use(ctx, data)?,
        None => None,
    };
    let Some(used) = used else {
        return Err(frame.error(format_args!("file is already closed")));
    };
    frame.set_len(1)?;
    for index in 2.. {
        match frame.upvalue(index) {
            Value::Nil => break,
            format => frame.push(format)?,
        }
    }
    let Step::Return(count) = read::read(frame, &used, 1)? else {
        return frame.ret0();
    };
    let first = frame.len() - count as usize;
    if frame.get(first).truthy() {
        return Ok(Step::Return(count));
    }
    if count > 1
        && let Value::String(message) = frame.get(first + 1)
    {
        return Err(frame.error_bytes(format_args!(""), message.as_bytes()));
    }
    if frame.upvalue(1).truthy() {
        // A file that was only read has nothing that could fail to be written.
        let _ = with(ctx, used.data, Object::close)?;
    }
    frame.ret0()
}

/// `io.type(value)`
fn type_of<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let value = frame.check_any(0)?;
    let Some(data) = object_of(value) else {
        return frame.ret1(Value::Nil);
    };
    match in_use(frame.ctx(), data)? {
        Some(_) => frame.ret_bytes(b"file"),
        None => frame.ret_bytes(b"closed file"),
    }
}
