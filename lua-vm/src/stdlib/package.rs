//! `require` and the `package` library (manual section 6.3).

use super::buffer::append;
use super::load::load_content;
use super::number as library_number;
use crate::api::{Ctx, LoadError, Table, Value};
use crate::convert::number_text;
use crate::frame::{Frame, NativeFn, Step, Throw};
use crate::layer::{RomValue, library};
use crate::number::{LuaInt, NumberModel};
use crate::raw_text::RawText;
use alloc::vec::Vec;

library! {
    /// The entries of `package`.
    pub struct Library in crate::builtin::BUILTIN {
        "config" => RomValue::Str("/\n;\n?\n!\n-\n"),
        "cpath" => RomValue::Str(""),
        "loaded" => RomValue::Library(library_number::LOADED),
        "loaders" => RomValue::Library(library_number::SEARCHERS),
        "loadlib" => RomValue::Native(loadlib::<N>),
        "path" => RomValue::Str(""),
        "preload" => RomValue::Library(library_number::PRELOAD),
        "searchers" => RomValue::Library(library_number::SEARCHERS),
        "searchpath" => RomValue::Native(searchpath::<N>),
    }
}

/// Where Lua files are looked for on a host.
#[cfg(feature = "std")]
const HOST_PATH: &[u8] = b"/usr/local/share/lua/5.3/?.lua;/usr/local/share/lua/5.3/?/init.lua;\
/usr/local/lib/lua/5.3/?.lua;/usr/local/lib/lua/5.3/?/init.lua;\
/usr/share/lua/5.3/?.lua;/usr/share/lua/5.3/?/init.lua;./?.lua;./?/init.lua";

/// Makes the tables of the library that have no layer.
pub(super) fn install<N: NumberModel>(ctx: Ctx<'_, N>) -> Result<(), Throw> {
    let preload = ctx.new_table(0, 0)?;
    ctx.state()
        .set_library(library_number::PRELOAD, preload.val());
    let searchers = ctx.new_table(3, 0)?;
    ctx.state()
        .set_library(library_number::SEARCHERS, searchers.val());
    let natives: [NativeFn<N>; 3] = [search_preload::<N>, search_path::<N>, search_images::<N>];
    let mut index = N::Int::ZERO;
    for native in natives {
        index = index.add(N::Int::ONE);
        searchers.raw_set_int(ctx, index, ctx.native(native))?;
    }
    #[cfg(feature = "std")]
    if let Some(package) = ctx.library(library_number::PACKAGE) {
        package.raw_set(ctx, ctx.intern(b"path")?, ctx.intern(HOST_PATH)?)?;
    }
    Ok(())
}

/// Field `name` of the table `package`.
fn field<'gc, N: NumberModel>(ctx: Ctx<'gc, N>, name: &[u8]) -> Result<Value<'gc, N>, Throw> {
    let name = ctx.intern(name)?;
    Ok(ctx
        .library(library_number::PACKAGE)
        .map_or(Value::Nil, |package| package.raw_get(name)))
}

/// Frame of `require`: the name, the table of searchers, the number of the one called, messages of earlier ones; above
/// these the results of what was called.
const NAME: usize = 0;
const SEARCHERS: usize = 1;
const INDEX: usize = 2;
const MESSAGES: usize = 3;

/// State of `require` after a searcher has returned.
const SEARCHED: u16 = 1;
/// State of `require` after the loader has returned.
const LOADED: u16 = 2;

/// `require(modname)`
pub fn require<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let name = frame.check_string(NAME)?;
    match frame.state() {
        0 => {
            let loaded = ctx
                .library(library_number::LOADED)
                .map_or(Value::Nil, |table| table.raw_get(name));
            if loaded.truthy() {
                return frame.ret1(loaded);
            }
            let Value::Table(searchers) = field(ctx, b"searchers")? else {
                return Err(frame.error(format_args!("'package.searchers' must be a table")));
            };
            frame.set_len(1)?;
            frame.push(searchers)?;
            frame.push(Value::Integer(N::Int::ZERO))?;
            next_searcher(frame, searchers, MESSAGES)
        }
        SEARCHED => {
            let top = frame.len();
            let (loader, extra) = (frame.get(top - 2), frame.get(top - 1));
            match (loader, frame.get(SEARCHERS)) {
                (Value::Function(_), _) => {
                    frame.push(extra)?;
                    frame.set(top - 1, name);
                    Ok(Step::Call {
                        args: 2,
                        results: 1,
                        state: LOADED,
                    })
                }
                (
                    Value::String(_) | Value::Integer(_) | Value::Number(_),
                    Value::Table(searchers),
                ) => next_searcher(frame, searchers, top - 1),
                (_, Value::Table(searchers)) => next_searcher(frame, searchers, top - 2),
                _ => frame.ret0(),
            }
        }
        _ => {
            let Some(loaded) = ctx.library(library_number::LOADED) else {
                return frame.ret0();
            };
            let result = frame.get(frame.len() - 1);
            if !result.is_nil() {
                loaded.raw_set(ctx, name, result)?;
            }
            if loaded.raw_get(name).is_nil() {
                loaded.raw_set(ctx, name, true)?;
            }
            frame.ret1(loaded.raw_get(name))
        }
    }
}

/// Calls the next searcher; `len` values of the frame are kept, messages of the earlier ones among them.
fn next_searcher<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    searchers: Table<'gc, N>,
    len: usize,
) -> Result<Step, Throw> {
    let name = frame.get(NAME);
    let Value::Integer(index) = frame.get(INDEX) else {
        return frame.ret0();
    };
    let index = index.add(N::Int::ONE);
    let searcher = searchers.raw_get_int(index);
    frame.set_len(len)?;
    if searcher.is_nil() {
        return Err(not_found(frame));
    }
    frame.push(searcher)?;
    frame.push(name)?;
    frame.set(INDEX, Value::Integer(index));
    Ok(Step::Call {
        args: 1,
        results: 2,
        state: SEARCHED,
    })
}

#[cold]
fn not_found<N: NumberModel>(frame: &mut Frame<'_, N>) -> Throw {
    let mut messages = Vec::new();
    for index in MESSAGES..frame.len() {
        let added = match frame.get(index) {
            Value::String(text) => append(&mut messages, text.as_bytes()),
            number => append(&mut messages, &number_text(&number.val())),
        };
        if added.is_err() {
            return Throw::Memory;
        }
    }
    let Ok(name) = frame.check_bytes(NAME) else {
        return Throw::Memory;
    };
    frame.error_bytes(
        format_args!("module '{}' not found:", RawText(name)),
        &messages,
    )
}

/// Searcher 1: a loader the program put into `package.preload`.
fn search_preload<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_string(0)?;
    let ctx = frame.ctx();
    match ctx
        .library(library_number::PRELOAD)
        .map_or(Value::Nil, |preload| preload.raw_get(name))
    {
        Value::Nil => {
            let parts: [&[u8]; 3] = [b"\n\tno field package.preload['", name.as_bytes(), b"']"];
            ret_parts(frame, &parts)
        }
        loader => frame.ret1(loader),
    }
}

/// Returns the parts joined to one string.
fn ret_parts<N: NumberModel>(frame: &mut Frame<'_, N>, parts: &[&[u8]]) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let text = ctx.with_scratch(|text| {
        parts.iter().try_for_each(|part| append(text, part))?;
        ctx.intern(text)
    })?;
    frame.ret1(text)
}

/// Searcher 2: a Lua file on `package.path`.
fn search_path<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    let ctx = frame.ctx();
    let number;
    let path = match field(ctx, b"path")? {
        Value::String(path) => path.as_bytes(),
        value @ (Value::Integer(_) | Value::Number(_)) => {
            number = number_text(&value.val());
            &number[..]
        }
        _ => return Err(frame.error(format_args!("'package.path' must be a string"))),
    };
    let found = search(ctx, name, path, b".", b"/")?;
    let (file, content) = match found {
        Search::Found(file, content) => (file, content),
        Search::Failed(message) => return frame.ret_bytes(&message),
    };
    match load_content(ctx, &content, Some(&file), None, None) {
        Ok(function) => {
            let file = ctx.intern(&file)?;
            frame.ret2(function, file)
        }
        Err(LoadError::Memory) => Err(Throw::Memory),
        Err(LoadError::Message(message)) => {
            let (name, file) = (RawText(name), RawText(&file));
            let message = message.as_bytes();
            Err(frame.error_bytes(
                format_args!("error loading module '{name}' from file '{file}':\n\t"),
                message,
            ))
        }
    }
}

/// Searcher 3: a module of the mounted images.
fn search_images<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    let ctx = frame.ctx();
    match ctx.image_module(name)? {
        Some(function) => frame.ret1(function),
        None if ctx.image_count() > 0 => ret_parts(
            frame,
            &[b"\n\tno module '", name, b"' in the mounted images"],
        ),
        None => frame.ret1(Value::Nil),
    }
}

/// What a search of a path has come to.
enum Search {
    /// The name of a file and its content.
    Found(Vec<u8>, Vec<u8>),
    /// The names tried, as lines of a message.
    Failed(Vec<u8>),
}

/// Tries the templates of a path in turn: `?` stands for the name, in which `separator` is replaced.
fn search<N: NumberModel>(
    ctx: Ctx<'_, N>,
    name: &[u8],
    path: &[u8],
    separator: &[u8],
    replacement: &[u8],
) -> Result<Search, Throw> {
    let mut replaced = Vec::new();
    replace(&mut replaced, name, separator, replacement)?;
    let mut message = Vec::new();
    let mut file = Vec::new();
    for template in path
        .split(|&byte| byte == b';')
        .filter(|template| !template.is_empty())
    {
        file.clear();
        replace(&mut file, template, b"?", &replaced)?;
        if let Ok(content) = ctx.read_file(&file) {
            return Ok(Search::Found(file, content));
        }
        append(&mut message, b"\n\tno file '")?;
        append(&mut message, &file)?;
        append(&mut message, b"'")?;
    }
    Ok(Search::Failed(message))
}

/// Appends `text` with every `from` (if not empty) replaced by `to`.
fn replace(out: &mut Vec<u8>, text: &[u8], from: &[u8], to: &[u8]) -> Result<(), Throw> {
    let mut rest = text;
    if !from.is_empty() {
        while let Some(at) = crate::text::pattern::find_plain(rest, from, 0) {
            append(out, rest.get(..at).unwrap_or_default())?;
            append(out, to)?;
            rest = rest.get(at + from.len()..).unwrap_or_default();
        }
    }
    append(out, rest)
}

/// `package.searchpath(name, path [, sep [, rep]])`
fn searchpath<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let replacement = frame.opt_bytes(3)?.unwrap_or(b"/");
    let separator = frame.opt_bytes(2)?.unwrap_or(b".");
    let path = frame.check_bytes(1)?;
    let name = frame.check_bytes(0)?;
    let ctx = frame.ctx();
    match search(ctx, name, path, separator, replacement)? {
        Search::Found(file, _) => frame.ret_bytes(&file),
        Search::Failed(message) => {
            let message = ctx.intern(&message)?;
            frame.ret2(Value::Nil, message)
        }
    }
}

/// `package.loadlib(libname, funcname)`: there are no dynamic libraries.
fn loadlib<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    frame.check_bytes(0)?;
    frame.check_bytes(1)?;
    let ctx = frame.ctx();
    let message = ctx.intern(b"dynamic libraries not enabled; check your Lua installation")?;
    let kind = ctx.intern(b"absent")?;
    frame.push(Value::Nil)?;
    frame.ret2(message, kind)?;
    Ok(Step::Return(3))
}
