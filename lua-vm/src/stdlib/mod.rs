//! The standard library.
//!
//! Each library is a static layer of names and values; a state's library tables lie above them and hold what a
//! program changes. [`open`] makes these tables.

mod base;
#[cfg(feature = "std")]
mod bit32;
mod buffer;
pub(crate) mod compat51;
mod coroutine;
mod debug;
#[cfg(feature = "std")]
mod host;
#[cfg(feature = "std")]
pub(crate) mod io;
pub mod lfs;
mod load;
pub mod math;
mod order;
#[cfg(feature = "std")]
mod os;
mod package;
pub mod string;
pub mod table;
mod text;
pub(crate) mod traceback;
pub mod utf8;

use crate::api::{Ctx, Lua, Value};
use crate::builtin::Event;
use crate::frame::Throw;
use crate::layer::{Layer, RomValue, library};
use crate::number::NumberModel;

/// Library tables a state has.
pub(crate) const LIBRARY_COUNT: usize = 16;

/// Numbers of the library tables of a state.
pub(crate) mod number {
    pub(crate) const GLOBALS: u8 = 0;
    pub(crate) const LOADED: u8 = 1;
    pub(crate) const PRELOAD: u8 = 2;
    pub(crate) const SEARCHERS: u8 = 3;
    pub(crate) const PACKAGE: u8 = 4;
    pub(crate) const COROUTINE: u8 = 5;
    pub(crate) const STRING: u8 = 6;
    pub(crate) const TABLE: u8 = 7;
    pub(crate) const MATH: u8 = 8;
    pub(crate) const UTF8: u8 = 9;
    pub(crate) const DEBUG: u8 = 10;
    /// The metatable of files.
    #[cfg(feature = "std")]
    pub(crate) const FILE: u8 = 11;
}

library! {
    /// The entries of `package.loaded`.
    struct Loaded in crate::builtin::BUILTIN {
        "_G" => RomValue::Library(number::GLOBALS),
        "package" => RomValue::Library(number::PACKAGE),
        "coroutine" => RomValue::Library(number::COROUTINE),
        "string" => RomValue::Library(number::STRING),
        "table" => RomValue::Library(number::TABLE),
        "debug" => RomValue::Library(number::DEBUG),
        "math" => RomValue::Library(number::MATH),
        "utf8" => RomValue::Library(number::UTF8),
    }
}

/// Library functions that call functions they are given, other than to protect the call.
pub(crate) fn callers<N: NumberModel>() -> impl Iterator<Item = crate::frame::NativeFn<N>> {
    [string::gsub::<N>, table::sort::<N>, package::require::<N>].into_iter()
}

/// Opens all libraries in a new state.
pub(crate) fn open<N: NumberModel>(lua: &mut Lua<'_, N>) -> Result<(), crate::Error> {
    Ok(lua.enter(install)?)
}

fn install<N: NumberModel>(ctx: Ctx<'_, N>) -> Result<(), Throw> {
    let layers: [(u8, &'static Layer<N>); 9] = [
        (number::GLOBALS, base::Library::layer()),
        (number::LOADED, Loaded::layer()),
        (number::PACKAGE, package::Library::layer()),
        (number::COROUTINE, coroutine::Library::layer()),
        (number::STRING, string::Library::layer()),
        (number::TABLE, table::Library::layer()),
        (number::MATH, math::Library::layer()),
        (number::UTF8, utf8::Library::layer()),
        (number::DEBUG, debug::Library::layer()),
    ];
    for (index, layer) in layers {
        ctx.state().new_library(index, layer)?;
    }
    if let Some(library) = ctx.library(number::UTF8) {
        utf8::fill(ctx, library)?;
    }
    package::install(ctx)?;
    let globals = ctx.state().library(number::GLOBALS);
    ctx.state().set_globals(globals);
    ctx.state().roots.loaded = ctx.state().library(number::LOADED);
    let strings = ctx.new_table(0, 2)?;
    if let Some(library) = ctx.library(number::STRING) {
        strings.raw_set(ctx, ctx.event_name(Event::Index), library)?;
    }
    // `"%d" % x`, as NodeMCU has it.
    let format = ctx.native(string::format_operator::<N>);
    strings.raw_set(ctx, ctx.event_name(Event::Mod), format)?;
    let text = Value::String(ctx.intern(b"")?);
    ctx.set_metatable(text, Some(strings));
    if ctx.image_count() > 0 {
        lfs::open(ctx)?;
    }
    #[cfg(feature = "std")]
    install_host(ctx)?;
    Ok(())
}

/// Opens the libraries of a host, and gives the state its files and standard output.
#[cfg(feature = "std")]
fn install_host<N: NumberModel>(ctx: Ctx<'_, N>) -> Result<(), Throw> {
    let host = &mut ctx.state().host;
    host.write = Some(alloc::boxed::Box::new(io::write));
    host.read_file = Some(alloc::boxed::Box::new(host::read_file));
    io::install(ctx)?;
    os::install(ctx)?;
    if let Some(library) = ctx.library(number::DEBUG) {
        library.raw_set(ctx, ctx.intern(b"debug")?, ctx.native(debug::interact::<N>))?;
    }
    if let Some(loaded) = ctx.library(number::LOADED) {
        // Where C libraries look for it.
        ctx.registry()
            .raw_set(ctx, ctx.intern(b"_LOADED")?, loaded)?;
    }
    let library = ctx.layered_table(bit32::Library::layer())?;
    set_global(ctx, b"bit32", library.into())
}

/// Makes a library a global and a loaded module.
#[cfg(feature = "std")]
fn set_global<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    name: &[u8],
    library: Value<'gc, N>,
) -> Result<(), Throw> {
    let name = ctx.intern(name)?;
    ctx.globals().raw_set(ctx, name, library)?;
    match ctx.library(number::LOADED) {
        Some(loaded) => loaded.raw_set(ctx, name, library),
        None => Ok(()),
    }
}
