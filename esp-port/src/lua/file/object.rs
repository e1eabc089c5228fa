//! Files as values of Lua.

use super::{files, result, set};
use crate::files::{Error, Files, Handle, Mode};
use alloc::vec::Vec;
use core::fmt::Write;
use lua_vm::api::{Ctx, Table, UserData, Value};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::layer::RomValue;
use lua_vm::number::NumberModel;

lua_vm::library! {
    /// Methods and metamethods of file objects.
    pub(super) struct Methods in super::NAMES {
        "__gc" => RomValue::Native(collect::<N>),
        "__tostring" => RomValue::Native(tostring::<N>),
        "close" => RomValue::Native(close::<N>),
        "flush" => RomValue::Native(super::transfer::flush::<N>),
        "read" => RomValue::Native(super::transfer::read::<N>),
        "readline" => RomValue::Native(super::transfer::readline::<N>),
        "seek" => RomValue::Native(super::transfer::seek::<N>),
        "write" => RomValue::Native(super::transfer::write::<N>),
        "writeline" => RomValue::Native(super::transfer::writeline::<N>),
    }
}

/// Which methods an object has.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Those of `file.open`.
    File,
    /// Those of `io.open`.
    Io,
}

impl Kind {
    /// The type's name, and the key of its metatable in the registry.
    fn name(self) -> &'static [u8] {
        match self {
            Kind::File => b"file.vfs",
            Kind::Io => b"FILE*",
        }
    }
}

/// Completes and keeps the metatable of a kind of objects.
pub(super) fn fill_metatable<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    metatable: Table<'gc, N>,
    kind: Kind,
) -> Result<(), Throw> {
    set(ctx, metatable, b"__index", metatable)?;
    let name = ctx.intern(kind.name())?;
    set(ctx, metatable, b"__name", name)?;
    ctx.registry().raw_set(ctx, name, metatable)
}

/// What a file object is at.
#[derive(Clone, Copy)]
pub(super) enum State {
    /// Not a file: what is written goes where `print` writes.
    Console,
    Open(Handle),
    /// Closed, and the error of that is still to be told.
    Failed(Error),
    Closed,
}

/// What a file object holds.
#[derive(Clone)]
pub(super) struct Object {
    pub(super) files: Files,
    pub(super) state: State,
}

impl Object {
    /// Closes the file. An error is kept as the state, so that it can be told once more.
    pub(super) fn close(&mut self) -> Result<(), Error> {
        let done = match self.state {
            State::Open(handle) => self.files.close(handle),
            State::Failed(error) => Err(error),
            State::Console | State::Closed => Ok(()),
        };
        self.state = match done {
            Ok(()) => State::Closed,
            Err(error) => State::Failed(error),
        };
        done
    }
}

/// A new object that is closed.
pub(super) fn create<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    files: Files,
    kind: Kind,
) -> Result<UserData<'gc, N>, Throw> {
    let metatable = match ctx.registry().raw_get(ctx.intern(kind.name())?) {
        Value::Table(metatable) => Some(metatable),
        _ => None,
    };
    let object = Object {
        files,
        state: State::Closed,
    };
    ctx.new_userdata(object, metatable)
}

/// Runs `f` on what an object holds.
pub(super) fn with<'gc, N: NumberModel, R>(
    ctx: Ctx<'gc, N>,
    data: UserData<'gc, N>,
    f: impl FnOnce(&mut Object) -> R,
) -> Result<R, Throw> {
    // What cannot be lent is something for whose loan there is no memory: nothing borrows it for longer than one operation.
    data.with(ctx, f).ok_or(Throw::Memory)
}

/// A value as a file object.
pub(super) fn object_of<'gc, N: NumberModel>(value: Value<'gc, N>) -> Option<UserData<'gc, N>> {
    match value {
        Value::UserData(data) if data.is::<Object>() => Some(data),
        _ => None,
    }
}

/// The key in the registry of the file opened last.
const LAST: &[u8] = b"esp.file.last";

fn last<'gc, N: NumberModel>(ctx: Ctx<'gc, N>) -> Result<Option<UserData<'gc, N>>, Throw> {
    let key = ctx.intern(LAST)?;
    Ok(object_of(ctx.registry().raw_get(key)))
}

/// The open file that a function is about, and where its arguments begin.
pub(super) struct Subject {
    pub(super) files: Files,
    pub(super) handle: Handle,
    pub(super) first: usize,
}

/// What a function is about: its first argument if that is a file object, else the file opened last.
pub(super) fn subject<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Subject, Throw> {
    let ctx = frame.ctx();
    let own = object_of(frame.get(0));
    let data = match own {
        Some(data) => Some(data),
        None => last(ctx)?,
    };
    let object = match data {
        Some(data) => Some(with(ctx, data, |object| object.clone())?),
        None => None,
    };
    match object {
        Some(Object {
            files,
            state: State::Open(handle),
        }) => Ok(Subject {
            files,
            handle,
            first: usize::from(own.is_some()),
        }),
        _ if own.is_some() => Err(frame.error(format_args!("attempt to use a closed file"))),
        _ => Err(frame.error(format_args!("open a file first"))),
    }
}

/// State of [`open`] and its like after a collection.
const COLLECTED: u16 = 1;

/// Opens the file named by argument 0 in the mode of argument 1, for `data`, which is closed.
///
/// When no more files can be open, [`Opening::Collect`] asks for a collection, which closes those that are not referred to.
pub(super) enum Opening {
    Done(Result<(), Error>),
    Collect,
}

pub(super) fn open_for<'gc, N: NumberModel>(
    frame: &Frame<'gc, N>,
    data: UserData<'gc, N>,
    name: &[u8],
    mode: Mode,
) -> Result<Opening, Throw> {
    let opened = with(frame.ctx(), data, |object| {
        object
            .files
            .open(name, mode)
            .map(|handle| object.state = State::Open(handle))
    })?;
    match result(opened)? {
        Err(Error::TooManyFiles) if frame.state() != COLLECTED => Ok(Opening::Collect),
        other => Ok(Opening::Done(other)),
    }
}

/// Collects, then goes on with the arguments there are.
pub(super) fn collect_first<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    arguments: usize,
) -> Result<Step, Throw> {
    frame.set_len(arguments)?;
    Ok(Step::Collect { state: COLLECTED })
}

/// The mode of argument `index`, `r` if it is absent.
pub(super) fn check_mode<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    index: usize,
) -> Result<Mode, Throw> {
    let mode = frame.opt_bytes(index)?.unwrap_or(b"r");
    Mode::parse(mode).ok_or_else(|| frame.arg_error(index, format_args!("invalid mode")))
}

/// `file.open(name [, mode])`
pub(super) fn open<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    let mode = check_mode(frame, 1)?;
    let ctx = frame.ctx();
    let key = ctx.intern(LAST)?;
    let data = create(ctx, files(ctx)?, Kind::File)?;
    // The entry is made before the file is opened, and the one before is let go, so that a collection may close it.
    ctx.registry().raw_set(ctx, key, data)?;
    match open_for(frame, data, name, mode)? {
        Opening::Collect => collect_first(frame, 2),
        Opening::Done(Ok(())) => frame.ret1(data),
        Opening::Done(Err(_)) => {
            ctx.registry().raw_set(ctx, key, Value::Nil)?;
            frame.ret1(Value::Nil)
        }
    }
}

/// `f:close()`, `file.close()`
pub(super) fn close<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let data = match object_of(frame.get(0)) {
        Some(data) => Some(data),
        None => last(ctx)?,
    };
    if let Some(data) = data {
        // NodeMCU's has no result, whatever comes of it.
        let _ = with(ctx, data, |object| {
            let done = object.close();
            object.state = State::Closed;
            done
        })?;
    }
    frame.ret0()
}

/// `__gc`: closes a file that is open.
pub(super) fn collect<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if let Some(data) = object_of(frame.get(0)) {
        // There is nobody to tell of a failure.
        let _ = with(frame.ctx(), data, Object::close)?;
    }
    frame.ret0()
}

/// `__tostring`
pub(super) fn tostring<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let Some(data) = object_of(frame.get(0)) else {
        return Err(frame.type_error(0, "FILE*"));
    };
    match with(frame.ctx(), data, |object| object.state)? {
        State::Closed | State::Failed(_) => frame.ret_bytes(b"file (closed)"),
        State::Open(_) | State::Console => {
            let mut text = Text(Vec::new());
            write!(text, "file (0x{:x})", data.address()).map_err(|_| Throw::Memory)?;
            frame.ret_bytes(&text.0)
        }
    }
}

/// Text that may run out of memory.
struct Text(Vec<u8>);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.0
            .try_reserve(text.len())
            .map_err(|_| core::fmt::Error)?;
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
