//! Access to mounted images: `node.LFS`, `node.flashindex`, and the global `LFS`, as far as no flash is written. A firmware
//! puts these functions into a library of its own.
//!
//! The functions and their results are those NodeMCU users know. A module is found by its name in the image
//! mounted last that has it.

use crate::api::{Ctx, Table, Value};
use crate::builtin::Event;
use crate::frame::{Frame, Step, Throw};
use crate::layer::{RomValue, library};
use crate::number::{LuaInt, NumberModel};
use crate::object::string;
use crate::value::Val;

library! {
    /// Methods of `node.LFS`.
    pub struct Methods in crate::builtin::BUILTIN {
        "get" => RomValue::Native(get::<N>),
        "list" => RomValue::Native(list::<N>),
    }
}

/// The text of a value if it is a string.
#[inline(always)]
fn text<'gc, N: NumberModel>(name: &Val<N>) -> Option<&'gc [u8]> {
    // SAFETY: callers take it from the frame: live while the native runs (G1).
    name.is_string().then(|| unsafe { string::bytes(name) })
}

/// The function of the module of this name, whose text is given; nil if there is none.
#[inline(always)]
fn module<N: NumberModel>(
    frame: &Frame<'_, N>,
    name: &Val<N>,
    text: Option<&[u8]>,
) -> Result<Val<N>, Throw> {
    match text {
        // SAFETY: a live string, for it has a text.
        Some(text) => frame
            .ctx()
            .module_value(unsafe { string::hash(name) }, text),
        None => Ok(Val::NIL),
    }
}

/// `node.LFS.get(name)`: the module's function, or nil. Raises no error.
///
/// # Errors
/// Out of memory.
pub fn get<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.raw(0);
    let function = module(frame, &name, text(&name))?;
    frame.ret_raw([function])
}

/// The names of all modules, sorted; nil if no image is mounted.
fn names<'gc, N: NumberModel>(ctx: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
    if ctx.image_count() == 0 {
        return Ok(Value::Nil);
    }
    let table = ctx.new_table(ctx.module_count(), 0)?;
    let mut last: Option<&[u8]> = None;
    let mut index = N::Int::ZERO;
    // Each image lists its modules in order: the next name is the least above the last one.
    while let Some(name) = ctx.module_after(last) {
        index = index.add(N::Int::ONE);
        let text = ctx.intern(name)?;
        table.raw_set_int(ctx, index, text)?;
        last = Some(name);
    }
    Ok(table.into())
}

/// `node.LFS.list()`: the names of all modules, sorted; nil if no image is mounted.
///
/// # Errors
/// Out of memory.
pub fn list<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let names = names(frame.ctx())?;
    frame.ret1(names)
}

fn number<'gc, N: NumberModel>(value: u64) -> Value<'gc, N> {
    Value::Integer(N::Int::wrap(value as i64))
}

/// `{lfs_base, lfs_mapped, lfs_size, lfs_used}` of the image that hides the others.
fn config<'gc, N: NumberModel>(ctx: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
    let Some(image) = ctx.image_place() else {
        return Ok(Value::Nil);
    };
    let table = ctx.new_table(0, 4)?;
    for (name, value) in [
        ("lfs_base", 0),
        ("lfs_mapped", image.address),
        ("lfs_size", image.bytes),
        ("lfs_used", image.bytes),
    ] {
        let name = ctx.intern(name.as_bytes())?;
        table.raw_set(ctx, name, number(value as u64))?;
    }
    Ok(table.into())
}

/// Unix time of the build of the image that hides the others.
fn time<'gc, N: NumberModel>(ctx: Ctx<'gc, N>) -> Value<'gc, N> {
    ctx.image_place()
        .map_or(Value::Nil, |image| number(image.build_time))
}

/// `__index` of `node.LFS` and `LFS`: properties, then modules.
///
/// # Errors
/// Out of memory.
pub fn field<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let name = frame.raw(1);
    let text = text(&name);
    let property = match text {
        Some(b"config" | b"_config") => config(ctx)?,
        Some(b"time" | b"_time") => time(ctx),
        Some(b"_list") => names(ctx)?,
        _ => {
            let function = module(frame, &name, text)?;
            return frame.ret_raw([function]);
        }
    };
    frame.ret1(property)
}

/// `__newindex` of `node.LFS` and `LFS`.
///
/// # Errors
/// Always.
pub fn read_only<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(1).unwrap_or(b"?");
    Err(frame.error_bytes(format_args!("LFS is read-only: cannot set "), name))
}

/// `node.flashindex(name)`: the module's function. Without a module of that name: build time, flash base, mapped
/// address, size and the list of names, as older firmware returned them; nil if no image is mounted.
///
/// # Errors
/// Out of memory.
pub fn flashindex<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.raw(0);
    let function = module(frame, &name, text(&name))?;
    let ctx = frame.ctx();
    let Some(image) = ctx.image_place().filter(|_| function.is_nil()) else {
        return frame.ret_raw([function]);
    };
    let names = names(ctx)?;
    frame.push(time(ctx))?;
    frame.push(number(0))?;
    frame.push(number(image.address as u64))?;
    frame.push(number(image.bytes as u64))?;
    frame.push(names)?;
    Ok(Step::Return(5))
}

fn set<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    table: Table<'gc, N>,
    name: &str,
    value: impl Into<Value<'gc, N>>,
) -> Result<(), Throw> {
    let name = ctx.intern(name.as_bytes())?;
    table.raw_set(ctx, name, value)
}

/// Sets the globals `node` and, if an image is mounted, `LFS`.
///
/// # Errors
/// Out of memory.
pub fn open<N: NumberModel>(ctx: Ctx<'_, N>) -> Result<(), Throw> {
    let metatable = ctx.new_table(0, 2)?;
    metatable.raw_set(ctx, ctx.event_name(Event::Index), ctx.native(field::<N>))?;
    metatable.raw_set(
        ctx,
        ctx.event_name(Event::NewIndex),
        ctx.native(read_only::<N>),
    )?;
    let methods = ctx.layered_table(Methods::layer())?;
    methods.set_metatable(ctx, Some(metatable));
    let node = ctx.new_table(0, 2)?;
    set(ctx, node, "LFS", methods)?;
    set(ctx, node, "flashindex", ctx.native(flashindex::<N>))?;
    set(ctx, ctx.globals(), "node", node)?;
    if ctx.image_count() > 0 {
        let modules = ctx.new_table(0, 0)?;
        modules.set_metatable(ctx, Some(metatable));
        set(ctx, ctx.globals(), "LFS", modules)?;
    }
    Ok(())
}
