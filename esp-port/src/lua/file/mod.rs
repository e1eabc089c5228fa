//! The Lua module `file`, with the functions NodeMCU's users know, and `io` over the same files.
//!
//! | function | result |
//! |---|---|
//! | `file.open(name [, mode])` | a file object; nil if it cannot be opened. Modes: `r`, `w`, `a`, `r+`, `w+`, `a+` |
//! | `f:read([n \| char])` | up to `n` bytes (1024), or up to and with a character; nil at the end |
//! | `f:readline()` | up to and with the next newline, at most 1024 bytes; nil at the end |
//! | `f:write(text)`, `f:writeline(text)` | true; nil if it failed |
//! | `f:seek([whence [, offset]])` | the position; nil if it would lie before the start |
//! | `f:flush()` | true; nil if it failed |
//! | `f:close()` | nothing |
//! | `file.list([pattern])` | a table of sizes by name |
//! | `file.exists(name)`, `file.rename(from, to)` | a boolean; a file named `to` is replaced in one step |
//! | `file.remove(name)` | nothing |
//! | `file.stat(name)` | a table, or nil |
//! | `file.fsinfo()` | bytes that are left, that are used, and of the whole |
//! | `file.getcontents(name)` | the content, or nil |
//! | `file.putcontents(name, text)` | true; nil if it failed, and then a file that was there is as it was |
//! | `file.format()` | nothing: all files are removed |
//!
//! The methods are functions of `file` as well, for the file opened last: `file.read()` is `f:read()`. Without one
//! they raise "open a file first".
//!
//! What was written is safe from a power cut once the file was flushed or closed. A file that is not referred to any more is closed by
//! the collector; when no more can be opened, `file.open` collects first.
//!
//! ```
//! # use esp_port::files::{Files, Volume};
//! # use lfs_format::nor::NorModel;
//! use esp_port::lua::file;
//! use lua_vm::num32::Lua;
//!
//! # let flash = NorModel::<4096>::new(8).expect("memory");
//! # let mut volume = Volume::new(flash, 0, 8 * 4096).expect("a volume");
//! # volume.format().expect("formatted");
//! # volume.mount().expect("mounted");
//! # let files = Files::new(volume).expect("memory");
//! let mut lua = Lua::with_names(Default::default(), &[&file::NAMES], &[])?;
//! file::open(&mut lua, files)?;
//! lua.exec("file.putcontents('hello.lua', 'return ...') assert(require 'hello' == 'hello')")?;
//! # Ok::<(), lua_vm::Error>(())
//! ```

mod io;
mod names;
mod object;
mod reading;
mod transfer;

use crate::files::{Error, Files};
use alloc::vec::Vec;
use lua_vm::api::{Ctx, Lua, Table, Value};
use lua_vm::frame::Throw;
use lua_vm::layer::RomValue;
use lua_vm::number::NumberModel;

lua_vm::names! {
    /// Names of the libraries `file` and `io`: states that are given them are made with this table.
    pub static NAMES = &[
        "file", "io",
        "close", "flush", "read", "readline", "seek", "write", "writeline",
        "exists", "format", "fsinfo", "getcontents", "list", "open", "putcontents", "remove", "rename", "stat",
        "input", "lines", "output", "setvbuf", "type", "stdout", "stderr",
        "__gc", "__index", "__name", "__tostring", "FILE*", "file.vfs",
        "esp.file.last", "esp.io.input", "esp.io.output",
        "size", "name", "time", "is_dir", "is_rdonly", "is_hidden", "is_sys", "is_arch",
        "year", "mon", "day", "hour", "min", "sec",
    ];
}

lua_vm::library! {
    /// The entries of `file`.
    struct Library in NAMES {
        "close" => RomValue::Native(object::close::<N>),
        "exists" => RomValue::Native(names::exists::<N>),
        "flush" => RomValue::Native(transfer::flush::<N>),
        "format" => RomValue::Native(names::format::<N>),
        "fsinfo" => RomValue::Native(names::fsinfo::<N>),
        "getcontents" => RomValue::Native(names::getcontents::<N>),
        "list" => RomValue::Native(names::list::<N>),
        "open" => RomValue::Native(object::open::<N>),
        "putcontents" => RomValue::Native(names::putcontents::<N>),
        "read" => RomValue::Native(transfer::read::<N>),
        "readline" => RomValue::Native(transfer::readline::<N>),
        "remove" => RomValue::Native(names::remove::<N>),
        "rename" => RomValue::Native(names::rename::<N>),
        "seek" => RomValue::Native(transfer::seek::<N>),
        "stat" => RomValue::Native(names::stat::<N>),
        "write" => RomValue::Native(transfer::write::<N>),
        "writeline" => RomValue::Native(transfer::writeline::<N>),
    }
}

/// Where modules are looked for.
const PATH: &[u8] = b"?.lc;?.lua";

/// Opens `file`, and `io` if the state has none, and lets `loadfile`, `dofile` and `require` read the same files.
///
/// # Errors
/// Out of memory; the state was not made with [`NAMES`].
pub fn open<N: NumberModel>(lua: &mut Lua<'_, N>, files: Files) -> Result<(), lua_vm::Error> {
    let reader = files.clone();
    lua.set_reader(move |name| {
        let content = reader.content(name);
        content.map_err(|error| unreadable(name, error))
    })?;
    lua.set_app_data(files.clone())?;
    lua.try_enter(|ctx| {
        let metatable = ctx.new_library(object::Methods::layer())?;
        object::fill_metatable(ctx, metatable, object::Kind::File)?;
        let library = ctx.new_library(Library::layer())?;
        ctx.set_library(b"file", library)?;
        if ctx.globals().raw_get(ctx.intern(b"io")?).is_nil() {
            io::install(ctx, files)?;
        }
        if let Value::Table(package) = ctx.globals().raw_get(ctx.intern(b"package")?) {
            set(ctx, package, b"path", ctx.intern(PATH)?)?;
        }
        Ok(())
    })
}

/// The message of a file that cannot be read; empty without memory for it.
fn unreadable(name: &[u8], error: Error) -> Vec<u8> {
    let parts: [&[u8]; 4] = [b"cannot open ", name, b": ", error.text().as_bytes()];
    let mut message = Vec::new();
    if message
        .try_reserve_exact(parts.iter().map(|part| part.len()).sum())
        .is_ok()
    {
        parts
            .iter()
            .for_each(|part| message.extend_from_slice(part));
    }
    message
}

fn set<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    table: Table<'gc, N>,
    name: &[u8],
    value: impl Into<Value<'gc, N>>,
) -> Result<(), Throw> {
    table.raw_set(ctx, ctx.intern(name)?, value)
}

/// The files of the state.
fn files<N: NumberModel>(ctx: Ctx<'_, N>) -> Result<Files, Throw> {
    ctx.with_app_data(|files: &mut Files| files.clone())
        .ok_or_else(|| ctx.error(format_args!("no file system")))
}

/// A failure as a result: lack of memory is no result, it is tried again after a collection.
fn result<T>(done: Result<T, Error>) -> Result<Result<T, Error>, Throw> {
    match done {
        Err(Error::OutOfMemory) => Err(Throw::Memory),
        other => Ok(other),
    }
}
