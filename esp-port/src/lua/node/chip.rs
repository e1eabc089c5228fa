//! The chip: facts, memory, restart.

use lfs_format::store::Region;
use lua_vm::api::{Ctx, Value};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::{LuaInt, NumberModel};

use super::{integer, lfs, no_device, set};
use crate::board::{Facts, ResetCause};
use crate::device::Device;

/// Bytes of a KB.
const KB: u32 = 1024;

fn facts<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<(Facts, u32), Throw> {
    let facts = Device::with(frame.ctx(), |device| {
        let flash = device.storage.flash_size();
        let facts = device.terminal(|terminal| terminal.board(|board| board.facts()));
        Some((facts??, flash))
    });
    facts.flatten().ok_or_else(|| no_device(frame))
}

/// `node.chipid()`
pub(super) fn chipid<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (facts, _) = facts(frame)?;
    frame.ret1(integer::<N>(facts.chip_id))
}

/// `node.flashid()`
pub(super) fn flashid<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (facts, _) = facts(frame)?;
    frame.ret1(integer::<N>(facts.flash_id))
}

/// `node.flashsize()`: bytes of flash.
pub(super) fn flashsize<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (_, flash) = facts(frame)?;
    frame.ret1(integer::<N>(flash))
}

/// `node.getcpufreq()`: MHz.
pub(super) fn getcpufreq<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (facts, _) = facts(frame)?;
    frame.ret1(integer::<N>(facts.mhz))
}

/// `node.uptime()`: microseconds since the start, low and high part: of 31 and 31 bits with 32-bit numbers.
pub(super) fn uptime<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let time = Device::with(frame.ctx(), |device| {
        device.terminal(|terminal| terminal.board(|board| board.microseconds()))
    });
    let time = time.flatten().flatten().ok_or_else(|| no_device(frame))?;
    let low = time & 0x7fff_ffff;
    frame.ret2(integer::<N>(low), integer::<N>(time >> 31))
}

/// `node.heap()`: bytes of heap that are free.
pub(super) fn heap<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let usage = Device::with(ctx, |device| {
        device.terminal(|terminal| terminal.board(|board| board.heap()))
    });
    let free = match usage.flatten().flatten().flatten() {
        Some(usage) => usage.size.saturating_sub(usage.used),
        None => {
            let gc = ctx.gc();
            gc.limit().saturating_sub(gc.count_bytes())
        }
    };
    frame.ret1(integer::<N>(free))
}

/// `node.restart()`: does not return.
pub(super) fn restart<N: NumberModel>(_: &mut Frame<'_, N>) -> Result<Step, Throw> {
    Ok(Step::Stop)
}

/// Raw code and extended reason, as the ESP8266 numbers them.
fn codes(cause: ResetCause) -> (i64, i64) {
    match cause {
        ResetCause::PowerOn => (1, 0),
        ResetCause::HardwareWatchdog => (4, 1),
        ResetCause::Exception => (2, 2),
        ResetCause::SoftwareWatchdog => (2, 3),
        ResetCause::Software => (2, 4),
        ResetCause::DeepSleep => (2, 5),
        ResetCause::Pin => (2, 6),
    }
}

/// `node.bootreason()`: raw code and extended reason, as the ESP8266 numbers them.
pub(super) fn bootreason<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let cause = Device::with(frame.ctx(), |device| {
        device.terminal(|terminal| terminal.board(|board| board.reset_cause()))
    });
    let cause = cause.flatten().flatten().ok_or_else(|| no_device(frame))?;
    let (raw, extended) = codes(cause);
    frame.ret2(integer::<N>(raw), integer::<N>(extended))
}

/// The version of this crate: major, minor, revision.
const VERSION: [i64; 3] = [
    number(env!("CARGO_PKG_VERSION_MAJOR")),
    number(env!("CARGO_PKG_VERSION_MINOR")),
    number(env!("CARGO_PKG_VERSION_PATCH")),
];

const fn number(digits: &str) -> i64 {
    let (digits, mut value, mut at) = (digits.as_bytes(), 0, 0);
    while at < digits.len() {
        value = value * 10 + (digits[at] - b'0') as i64;
        at += 1;
    }
    value
}

/// `node.info([group])`: a table of facts of a group, `hw`, `sw_version`, `build_config` or `lfs`; without one version (three
/// numbers), chip id, flash id, KB of flash, flash mode and flash speed.
pub(super) fn info<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (facts, flash) = facts(frame)?;
    let ctx = frame.ctx();
    let hardware = [
        ("chip_id", i64::from(facts.chip_id)),
        ("flash_id", i64::from(facts.flash_id)),
        ("flash_size", i64::from(flash / KB)),
        ("flash_mode", 0),
        ("flash_speed", 40_000_000),
    ];
    let [major, minor, revision] = VERSION;
    match frame.opt_bytes(0)? {
        None => {
            let numbers = [major, minor, revision].into_iter();
            for number in numbers.chain(hardware.map(|(_, value)| value)) {
                frame.push(integer::<N>(number))?;
            }
            Ok(Step::Return(8))
        }
        Some(b"hw") => ret_fields(frame, &hardware),
        Some(b"sw_version") => ret_fields(
            frame,
            &[
                ("node_version_major", major),
                ("node_version_minor", minor),
                ("node_version_revision", revision),
            ],
        ),
        Some(b"build_config") => {
            let size = Device::with(ctx, |device| device.storage.slot_size(Region::Application));
            let table = ctx.new_table(0, 2)?;
            set(ctx, table, "lfs_size", integer::<N>(size.unwrap_or(0)))?;
            // The number model has both kinds.
            set(ctx, table, "number_type", ctx.intern(b"float")?)?;
            frame.ret1(table)
        }
        Some(b"lfs") => {
            let config = lfs::config(ctx)?;
            frame.ret1(config)
        }
        Some(_) => Err(frame.arg_error(
            0,
            format_args!("'hw', 'sw_version', 'build_config' or 'lfs' expected"),
        )),
    }
}

fn ret_fields<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    fields: &[(&str, i64)],
) -> Result<Step, Throw> {
    let ctx: Ctx<'_, N> = frame.ctx();
    let table = ctx.new_table(0, fields.len())?;
    for (name, value) in fields {
        set(ctx, table, name, Value::Integer(N::Int::wrap(*value)))?;
    }
    frame.ret1(table)
}
