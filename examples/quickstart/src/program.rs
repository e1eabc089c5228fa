//! One program twice: from source and from flash.

use lfs_format::image::{Image, Verified};
use lua_vm::api::{Stash, Value};
use lua_vm::num32::Lua;
use lua_vm::{Error, GcConfig};
use std::cell::RefCell;
use std::rc::Rc;

/// A module's name and source.
pub struct Module {
    pub name: String,
    pub path: String,
    pub source: Vec<u8>,
}

/// Heap in use, in bytes.
#[derive(Clone, Copy)]
pub struct Usage {
    /// On this host.
    pub here: usize,
    /// The same objects on a 32-bit device.
    pub device: usize,
}

/// What a run printed and took.
pub struct Report {
    pub output: Vec<u8>,
    /// With all modules at hand, before the program starts; the libraries' own heap not counted.
    pub loaded: Usage,
    /// After the program has ended, garbage collected; likewise.
    pub ended: Usage,
    /// At most, on this host; likewise.
    pub peak: usize,
}

/// Runs the module `main`. `require` finds the others in `package.preload` (from source) or in the image.
pub fn run(sources: &[Module], images: &[Image<'_, Verified>]) -> Result<Report, Error> {
    let empty = usage(&mut Lua::with_images(GcConfig::default(), images)?);
    let mut lua = Lua::with_images(GcConfig::default(), images)?;
    let output = Rc::new(RefCell::new(Vec::new()));
    let sink = output.clone();
    lua.set_output(move |bytes| sink.borrow_mut().extend_from_slice(bytes))?;
    // As on a device without a file system.
    lua.set_reader(|_| Err(b"no files".to_vec()))?;
    for module in sources {
        let chunk = format!("@{}", module.path);
        let function = lua.load_script(&module.source, chunk.as_bytes())?;
        preload(&mut lua, &module.name, &function)?;
    }
    let loaded = usage(&mut lua);
    let main = lua.load("return require 'main'", "=start")?;
    lua.call::<_, ()>(&main, ())?;
    let peak = lua.heap_peak();
    let ended = usage(&mut lua);
    drop(lua);
    let above = |usage: Usage| Usage {
        here: usage.here.saturating_sub(empty.here),
        device: usage.device.saturating_sub(empty.device),
    };
    Ok(Report {
        output: output.take(),
        loaded: above(loaded),
        ended: above(ended),
        peak: peak.saturating_sub(empty.here),
    })
}

/// Puts a loaded module where `require` looks first: `package.preload[name] = function`.
fn preload(lua: &mut Lua<'_>, name: &str, function: &Stash) -> Result<(), Error> {
    lua.try_enter(|ctx| {
        let mut table = ctx.globals();
        for field in ["package", "preload"] {
            let Value::Table(inner) = table.raw_get(ctx.intern(field.as_bytes())?) else {
                return Err(Error::runtime(format!("no table '{field}'")));
            };
            table = inner;
        }
        let function = ctx.fetch(function).unwrap_or(Value::Nil);
        Ok(table.raw_set(ctx, ctx.intern(name.as_bytes())?, function)?)
    })
}

/// What a state's heap holds once garbage is collected.
fn usage(lua: &mut Lua<'_>) -> Usage {
    lua.collect_garbage();
    Usage {
        here: lua.heap_bytes(),
        device: lua.census().total().1,
    }
}
