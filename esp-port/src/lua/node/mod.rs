//! The Lua module `node`, with the names and results that NodeMCU users know.
//!
//! | module | idea |
//! |---|---|
//! | `names` | strings in ROM |
//! | `lfs` | `node.LFS`: modules, resources, replacing images |
//! | `build` | `node.LFS.build`: images made on the device |
//! | `sources` | where new images come from: files |
//! | `partitions` | `node.getpartitiontable`, `node.setpartitiontable` |
//! | `startup` | what runs after boot |
//! | `chip` | facts, restart |
//! | `egc` | limits of the heap |
//! | `task` | functions posted to run later, and their errors |
//! | `terminal` | `node.input`, `node.output` |
//! | `code` | `node.compile`, `node.stripdebug` |

mod build;
mod chip;
mod code;
mod egc;
mod lfs;
mod names;
mod partitions;
mod sources;
pub(crate) mod startup;
mod task;
mod terminal;

use lua_vm::api::{Ctx, Lua, Table, Value};
use lua_vm::builtin::Event;
use lua_vm::frame::{Frame, Throw};
use lua_vm::layer::RomValue;
use lua_vm::number::{LuaInt, NumberModel};

pub(crate) use build::Failure as BuildFailure;
pub use names::NAMES;
pub(crate) use sources::FileSource;

lua_vm::library! {
    /// The library `node`.
    struct Node in names::NAMES {
        "bootreason" => RomValue::Native(chip::bootreason::<N>),
        "chipid" => RomValue::Native(chip::chipid::<N>),
        "compile" => RomValue::Native(code::compile::<N>),
        "flashid" => RomValue::Native(chip::flashid::<N>),
        "flashindex" => RomValue::Native(lfs::flashindex::<N>),
        "flashreload" => RomValue::Native(lfs::reload::<N>),
        "flashsize" => RomValue::Native(chip::flashsize::<N>),
        "getcpufreq" => RomValue::Native(chip::getcpufreq::<N>),
        "getpartitiontable" => RomValue::Native(partitions::get::<N>),
        "heap" => RomValue::Native(chip::heap::<N>),
        "info" => RomValue::Native(chip::info::<N>),
        "input" => RomValue::Native(terminal::input::<N>),
        "output" => RomValue::Native(terminal::output::<N>),
        "restart" => RomValue::Native(chip::restart::<N>),
        "setonerror" => RomValue::Native(task::setonerror::<N>),
        "setpartitiontable" => RomValue::Native(partitions::set::<N>),
        "startup" => RomValue::Native(startup::startup::<N>),
        "startupcommand" => RomValue::Native(startup::startupcommand::<N>),
        "stripdebug" => RomValue::Native(code::stripdebug::<N>),
        "uptime" => RomValue::Native(chip::uptime::<N>),
    }
}

lua_vm::library! {
    /// The library `node.egc`.
    struct Egc in names::NAMES {
        "setmode" => RomValue::Native(egc::setmode::<N>),
        "meminfo" => RomValue::Native(egc::meminfo::<N>),
        "NOT_ACTIVE" => RomValue::Int(egc::NOT_ACTIVE),
        "ON_ALLOC_FAILURE" => RomValue::Int(egc::ON_ALLOC_FAILURE),
        "ON_MEM_LIMIT" => RomValue::Int(egc::ON_MEM_LIMIT),
        "ALWAYS" => RomValue::Int(egc::ALWAYS),
    }
}

lua_vm::library! {
    /// The library `node.task`.
    struct Task in names::NAMES {
        "post" => RomValue::Native(task::post::<N>),
        "LOW_PRIORITY" => RomValue::Int(0),
        "MEDIUM_PRIORITY" => RomValue::Int(1),
        "HIGH_PRIORITY" => RomValue::Int(2),
    }
}

lua_vm::library! {
    /// The library `node.LFS`.
    struct Lfs in names::NAMES {
        "get" => RomValue::Native(lua_vm::lfs::get::<N>),
        "list" => RomValue::Native(lua_vm::lfs::list::<N>),
        "reload" => RomValue::Native(lfs::reload::<N>),
        "confirm" => RomValue::Native(lfs::confirm::<N>),
        "rollback" => RomValue::Native(lfs::rollback::<N>),
        "resource" => RomValue::Native(lfs::resource::<N>),
        "trial" => RomValue::Native(lfs::trial::<N>),
        "build" => RomValue::Native(build::build::<N>),
    }
}

/// Opens the library in a state that has a device.
///
/// # Errors
/// Out of memory; the state was not made with [`NAMES`].
pub(crate) fn open<N: NumberModel>(lua: &mut Lua<'_, N>) -> Result<(), lua_vm::Error> {
    lua.try_enter(|ctx| Ok(install(ctx)?))
}

fn install<N: NumberModel>(ctx: Ctx<'_, N>) -> Result<(), Throw> {
    let node = ctx.new_library(Node::layer())?;
    let images = ctx.new_library(Lfs::layer())?;
    let metatable = ctx.new_table(0, 2)?;
    metatable.raw_set(
        ctx,
        ctx.event_name(Event::Index),
        ctx.native(lfs::field::<N>),
    )?;
    metatable.raw_set(
        ctx,
        ctx.event_name(Event::NewIndex),
        ctx.native(lua_vm::lfs::read_only::<N>),
    )?;
    images.set_metatable(ctx, Some(metatable));
    set(ctx, node, "LFS", images)?;
    set(ctx, node, "egc", ctx.new_library(Egc::layer())?)?;
    set(ctx, node, "task", ctx.new_library(Task::layer())?)?;
    ctx.set_library(b"node", node)
}

/// Sets a field of a table.
fn set<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    table: Table<'gc, N>,
    name: &str,
    value: impl Into<Value<'gc, N>>,
) -> Result<(), Throw> {
    let name = ctx.intern(name.as_bytes())?;
    table.raw_set(ctx, name, value)
}

/// A number of the host, as Lua's integers hold it.
fn integer<'gc, N: NumberModel>(value: impl TryInto<i64>) -> Value<'gc, N> {
    Value::Integer(N::Int::wrap(value.try_into().unwrap_or(i64::MAX)))
}

/// Bytes of a text that need not be UTF-8, for messages.
struct Lossy<'t>(&'t [u8]);

impl core::fmt::Display for Lossy<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("?")?;
            }
        }
        Ok(())
    }
}

/// The error of a state without a device; the library is opened only in such as have one.
fn no_device<N: NumberModel>(frame: &mut Frame<'_, N>) -> Throw {
    frame.error(format_args!("no device"))
}
