//! The `io` library (manual section 6.8), over the files of the system.

mod file;
mod output;
mod read;
mod stream;

pub(super) use output::write;
pub(crate) use stream::flush_all;

use super::base::invalid_option;
use super::buffer::append;
use super::host::{append_reason, path, ret_error, ret_status, shell};
use super::number;
use crate::api::{Ctx, UserData, Value};
use crate::builtin::Event;
use crate::frame::{Frame, Step, Throw};
use crate::layer::{RomValue, library};
use crate::number::NumberModel;
use crate::raw_text::RawText;
use alloc::boxed::Box;
use alloc::vec::Vec;
use file::{check_file, check_open, ret_closed};
use std::fs::OpenOptions;
use std::process::Stdio;
use stream::{Buffering, Shared, Source, Stream};

library! {
    /// The entries of `io`.
    pub struct Library in crate::builtin::BUILTIN {
        "close" => RomValue::Native(close::<N>),
        "flush" => RomValue::Native(flush::<N>),
        "input" => RomValue::Native(input::<N>),
        "lines" => RomValue::Native(lines::<N>),
        "open" => RomValue::Native(open::<N>),
        "output" => RomValue::Native(output::<N>),
        "popen" => RomValue::Native(popen::<N>),
        "read" => RomValue::Native(read::<N>),
        "tmpfile" => RomValue::Native(tmpfile::<N>),
        "type" => RomValue::Native(type_of::<N>),
        "write" => RomValue::Native(write_values::<N>),
    }
}

/// Most formats that `lines` takes.
const MAX_FORMATS: usize = 250;

/// A default file, as it is named in the registry.
#[derive(Clone, Copy)]
enum Default {
    Input,
    Output,
}

impl Default {
    fn key(self) -> &'static [u8] {
        match self {
            Default::Input => b"_IO_input",
            Default::Output => b"_IO_output",
        }
    }

    fn get<'gc, N: NumberModel>(self, ctx: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
        Ok(ctx.registry().raw_get(ctx.intern(self.key())?))
    }

    fn set<'gc, N: NumberModel>(self, ctx: Ctx<'gc, N>, file: Value<'gc, N>) -> Result<(), Throw> {
        ctx.registry().raw_set(ctx, ctx.intern(self.key())?, file)
    }

    /// The stream of the default file, which must be open.
    fn stream<N: NumberModel>(self, frame: &mut Frame<'_, N>) -> Result<Shared, Throw> {
        let stream = match self.get(frame.ctx())? {
            Value::UserData(data) => file::stream_of(frame.ctx(), data)?,
            _ => None,
        };
        match stream {
            Some(stream) if !stream.try_borrow().is_ok_and(|stream| stream.is_closed()) => {
                Ok(stream)
            }
            _ => {
                let name = match self {
                    Default::Input => "input",
                    Default::Output => "output",
                };
                Err(frame.error(format_args!("standard {name} file is closed")))
            }
        }
    }
}

/// Makes the library, its metatable of files and the standard streams.
pub(super) fn install<N: NumberModel>(ctx: Ctx<'_, N>) -> Result<(), Throw> {
    let metatable = ctx.layered_table(file::Methods::layer())?;
    ctx.state().set_library(number::FILE, metatable.val());
    metatable.raw_set(ctx, ctx.event_name(Event::Index), metatable)?;
    metatable.raw_set(ctx, ctx.event_name(Event::Name), ctx.intern(b"FILE*")?)?;
    let library = ctx.layered_table(Library::layer())?;
    let standard: [(&[u8], Source, Buffering); 3] = [
        (
            b"stdin",
            Source::Reader(Box::new(std::io::stdin())),
            Buffering::Full,
        ),
        (b"stdout", Source::Output, Buffering::Full),
        (
            b"stderr",
            Source::Writer(Box::new(std::io::stderr())),
            Buffering::No,
        ),
    ];
    for (name, source, buffering) in standard {
        let (data, stream) = new_file(ctx)?;
        if let Ok(mut stream) = stream.try_borrow_mut() {
            stream.open_standard(source, buffering);
        }
        library.raw_set(ctx, ctx.intern(name)?, data)?;
        match name {
            b"stdin" => Default::Input.set(ctx, data.into())?,
            b"stdout" => Default::Output.set(ctx, data.into())?,
            _ => {}
        }
    }
    super::set_global(ctx, b"io", library.into())
}

/// A file that is closed, to be opened by the caller.
fn new_file<'gc, N: NumberModel>(ctx: Ctx<'gc, N>) -> Result<(UserData<'gc, N>, Shared), Throw> {
    let stream = Stream::closed();
    let data = ctx.new_userdata(stream.clone(), ctx.library(number::FILE))?;
    Ok((data, stream))
}

/// A mode of `fopen`.
fn options(mode: &[u8]) -> Option<OpenOptions> {
    let (kind, rest) = mode.split_first()?;
    let update = rest.first() == Some(&b'+');
    let rest = if update { rest.get(1..)? } else { rest };
    if rest.iter().any(|byte| *byte != b'b') {
        return None;
    }
    let mut options = OpenOptions::new();
    match kind {
        b'r' => options.read(true).write(update),
        b'w' => options.write(true).create(true).truncate(true).read(update),
        b'a' => options.append(true).create(true).read(update),
        _ => return None,
    };
    Some(options)
}

/// Opens a file of the system; the error comes back as such.
fn open_file<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    name: &[u8],
    options: &OpenOptions,
) -> Result<Result<UserData<'gc, N>, std::io::Error>, Throw> {
    let (data, stream) = new_file(ctx)?;
    Ok(options.open(path(name)).map(|opened| {
        if let Ok(mut stream) = stream.try_borrow_mut() {
            stream.open(Source::File(opened), None);
        }
        data
    }))
}

/// `io.open(filename [, mode])`
fn open<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    let mode = frame.opt_bytes(1)?.unwrap_or(b"r");
    let Some(options) = options(mode) else {
        return Err(frame.arg_error(1, format_args!("invalid mode")));
    };
    match open_file(frame.ctx(), name, &options)? {
        Ok(file) => frame.ret1(file),
        Err(error) => ret_error(frame, Some(name), &error),
    }
}

/// Opens a file, or raises "cannot open file 'x' (reason)".
fn must_open<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    name: &[u8],
    mode: &[u8],
) -> Result<UserData<'gc, N>, Throw> {
    let opened = match options(mode) {
        Some(options) => open_file(frame.ctx(), name, &options)?,
        None => Err(std::io::ErrorKind::InvalidInput.into()),
    };
    opened.or_else(|error| {
        let mut reason = Vec::new();
        append_reason(&mut reason, &error)?;
        append(&mut reason, b")")?;
        Err(frame.error_bytes(
            format_args!("cannot open file '{}' (", RawText(name)),
            &reason,
        ))
    })
}

/// `io.input([file])` and `io.output([file])`
fn default_file<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    default: Default,
    mode: &[u8],
) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    if !frame.is_none_or_nil(0) {
        let file = match frame.get(0) {
            Value::String(_) | Value::Integer(_) | Value::Number(_) => {
                let name = frame.check_bytes(0)?;
                must_open(frame, name, mode)?.into()
            }
            file => {
                check_file(frame, 0)?;
                file
            }
        };
        default.set(ctx, file)?;
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
    let stream = match frame.is_none(0) {
        true => Default::Output.stream(frame)?,
        false => check_open(frame, 0)?,
    };
    ret_closed(frame, &stream)
}

/// `io.flush()`
fn flush<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = Default::Output.stream(frame)?;
    file::ret_flushed(frame, &stream)
}

/// `io.read(...)`
fn read<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = Default::Input.stream(frame)?;
    file::read_from(frame, &stream, 0)
}

/// `io.write(...)`
fn write_values<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = Default::Output.stream(frame)?;
    let file = Default::Output.get(frame.ctx())?;
    file::write_to(frame, &stream, 0, file)
}

/// `io.lines([filename, ...])`
fn lines<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    if frame.is_none_or_nil(0) {
        Default::Input.stream(frame)?;
        let file = Default::Input.get(ctx)?;
        return make_lines(frame, file, false);
    }
    let name = frame.check_bytes(0)?;
    let file = must_open(frame, name, b"r")?;
    make_lines(frame, file.into(), true)
}

/// Returns an iterator that reads `file` by the formats behind the first argument; it may close the file at its end.
fn make_lines<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    file: Value<'gc, N>,
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
    values.extend([file, Value::Boolean(close)]);
    values.extend((0..formats).map(|index| frame.get(index + 1)));
    let iterator = frame.ctx().native_closure(next_line::<N>, &values)?;
    frame.ret1(iterator)
}

/// The iterator that `lines` gives: upvalues are the file, whether to close it, and the formats.
fn next_line<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = match frame.upvalue(0) {
        Value::UserData(data) => file::stream_of(frame.ctx(), data)?,
        _ => None,
    };
    let Some(stream) =
        stream.filter(|stream| stream.try_borrow().is_ok_and(|stream| !stream.is_closed()))
    else {
        return Err(frame.error(format_args!("file is already closed")));
    };
    frame.set_len(1)?;
    for index in 2.. {
        match frame.upvalue(index) {
            Value::Nil => break,
            format => frame.push(format)?,
        }
    }
    let Step::Return(count) = file::read_from(frame, &stream, 1)? else {
        return frame.ret0();
    };
    let first = frame.len() - count as usize;
    if frame.get(first).truthy() {
        return Ok(Step::Return(count));
    }
    if count > 1 {
        let message = frame.check_bytes(first + 1)?;
        return Err(frame.error_bytes(format_args!(""), message));
    }
    if frame.upvalue(1).truthy()
        && let Ok(mut stream) = stream.try_borrow_mut()
    {
        // A file that was only read has nothing that could fail to be written.
        let _ = stream.close();
    }
    frame.ret0()
}

/// `io.popen(prog [, mode])`
fn popen<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let command = frame.check_bytes(0)?;
    let reads = match frame.opt_bytes(1)?.unwrap_or(b"r") {
        b"r" => true,
        b"w" => false,
        _ => return Err(frame.arg_error(1, format_args!("invalid mode"))),
    };
    let (data, stream) = new_file(frame.ctx())?;
    flush_all();
    let mut process = shell(command);
    match reads {
        true => process.stdout(Stdio::piped()),
        false => process.stdin(Stdio::piped()),
    };
    let mut child = match process.spawn() {
        Ok(child) => child,
        Err(error) => return ret_error(frame, Some(command), &error),
    };
    let source = match (child.stdout.take(), child.stdin.take()) {
        (Some(pipe), _) => Source::Reader(Box::new(pipe)),
        (_, Some(pipe)) => Source::Writer(Box::new(pipe)),
        _ => Source::Closed,
    };
    if let Ok(mut stream) = stream.try_borrow_mut() {
        stream.open(source, Some(child));
    }
    frame.ret1(data)
}

/// `io.tmpfile()`
fn tmpfile<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (data, stream) = new_file(frame.ctx())?;
    let opened = super::os::create_temporary().map(|(name, file)| {
        // The file lives on without a name until it is closed; where that cannot be, the name stays.
        let _ = std::fs::remove_file(name);
        file
    });
    match opened {
        Ok(file) => {
            if let Ok(mut stream) = stream.try_borrow_mut() {
                stream.open(Source::File(file), None);
            }
            frame.ret1(data)
        }
        Err(error) => ret_error(frame, None, &error),
    }
}

/// `io.type(obj)`
fn type_of<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let stream = match frame.check_any(0)? {
        Value::UserData(data) => file::stream_of(frame.ctx(), data)?,
        _ => None,
    };
    match stream.map(|stream| stream.try_borrow().is_ok_and(|stream| stream.is_closed())) {
        Some(true) => frame.ret_bytes(b"closed file"),
        Some(false) => frame.ret_bytes(b"file"),
        None => frame.ret1(Value::Nil),
    }
}
