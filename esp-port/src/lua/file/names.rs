//! What `file` does with names.

use super::{files, result, set};
use crate::files::{Error, Files, Mode, Stat};
use lua_vm::api::{Ctx, Table, Value};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::{LuaInt, NumberModel};
use lua_vm::text::pattern::{Matcher, PatternError, split_anchor};

fn integer<'gc, N: NumberModel>(value: u32) -> Value<'gc, N> {
    Value::Integer(N::Int::wrap(value.into()))
}

/// Whether a pattern is found in a name.
fn matches(name: &[u8], pattern: &[u8]) -> Result<bool, PatternError> {
    let (anchored, rest) = split_anchor(pattern);
    let mut matcher = Matcher::new(name, rest);
    match anchored {
        true => matcher.match_at(0).map(|end| end.is_some()),
        false => matcher.search(0, None).map(|range| range.is_some()),
    }
}

/// Why a list came to no end.
enum Fault {
    Pattern(PatternError),
    Throw(Throw),
}

fn put_name<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    table: Table<'gc, N>,
    pattern: Option<&[u8]>,
    (name, stat): (&[u8], Stat),
) -> Result<(), Fault> {
    let wanted = pattern.map_or(Ok(true), |pattern| matches(name, pattern));
    if !wanted.map_err(Fault::Pattern)? {
        return Ok(());
    }
    set(ctx, table, name, integer(stat.size)).map_err(Fault::Throw)
}

/// `file.list([pattern])`
pub(super) fn list<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let pattern = frame.opt_bytes(0)?;
    let ctx = frame.ctx();
    let files = files(ctx)?;
    let table = ctx.new_table(0, 0)?;
    let mut fault = None;
    let done = files.list(&mut |name, stat| {
        put_name(ctx, table, pattern, (name, stat)).map_err(|found| {
            fault = Some(found);
            // Ends the list; which error it was does not matter.
            Error::Busy
        })
    });
    match (fault, result(done)?) {
        (Some(Fault::Throw(throw)), _) => Err(throw),
        (Some(Fault::Pattern(error)), _) => Err(frame.error(format_args!("{error}"))),
        (None, Ok(())) => frame.ret1(table),
        (None, Err(error)) => Err(frame.error(format_args!("{error}"))),
    }
}

/// What is known of the file named by argument 0; `None` if there is none.
fn stat_of<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Option<Stat>, Throw> {
    let name = frame.check_bytes(0)?;
    let stat = files(frame.ctx())?.stat(name);
    Ok(result(stat)?.ok())
}

/// `file.exists(name)`
pub(super) fn exists<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let exists = stat_of(frame)?.is_some();
    frame.ret1(exists)
}

/// `file.remove(name)`
pub(super) fn remove<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    // NodeMCU's has no result, whatever comes of it.
    let _ = result(files(frame.ctx())?.remove(name))?;
    frame.ret0()
}

/// `file.rename(from, to)`
pub(super) fn rename<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let from = frame.check_bytes(0)?;
    let to = frame.check_bytes(1)?;
    frame.reserve(1)?;
    let done = files(frame.ctx())?.rename(from, to);
    frame.ret1(done.is_ok())
}

/// `file.stat(name)`. Files have no times and no attributes here: the time is the earliest there is.
pub(super) fn stat<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let Some(stat) = stat_of(frame)? else {
        return frame.ret1(Value::Nil);
    };
    let ctx = frame.ctx();
    let time = ctx.new_table(0, 6)?;
    for (name, value) in [
        ("year", 1970),
        ("mon", 1),
        ("day", 1),
        ("hour", 0),
        ("min", 0),
        ("sec", 0),
    ] {
        set(ctx, time, name.as_bytes(), integer(value))?;
    }
    let table = ctx.new_table(0, 8)?;
    set(ctx, table, b"size", integer(stat.size))?;
    set(ctx, table, b"name", frame.get(0))?;
    set(ctx, table, b"time", time)?;
    set(ctx, table, b"is_dir", stat.directory)?;
    for name in ["is_rdonly", "is_hidden", "is_sys", "is_arch"] {
        set(ctx, table, name.as_bytes(), false)?;
    }
    frame.ret1(table)
}

/// `file.fsinfo()`
pub(super) fn fsinfo<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let usage = match result(files(frame.ctx())?.usage())? {
        Ok(usage) => usage,
        Err(error) => return Err(frame.error(format_args!("{error}"))),
    };
    frame.push(integer(usage.total.saturating_sub(usage.used)))?;
    frame.ret2(integer(usage.used), integer(usage.total))?;
    Ok(Step::Return(3))
}

/// `file.getcontents(name)`
pub(super) fn getcontents<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    match result(files(frame.ctx())?.content(name))? {
        Ok(content) => frame.ret_bytes(&content),
        Err(_) => frame.ret1(Value::Nil),
    }
}

fn put(files: &Files, name: &[u8], content: &[u8]) -> Result<(), Error> {
    let file = files.open(name, Mode::WRITE)?;
    let written = files.write(file, content);
    let closed = files.close(file);
    written.and(closed)
}

/// `file.putcontents(name, text)`
pub(super) fn putcontents<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    let content = frame.check_bytes(1)?;
    frame.reserve(1)?;
    let done = result(put(&files(frame.ctx())?, name, content))?;
    frame.ret1(done.map_or(Value::Nil, |()| Value::Boolean(true)))
}

/// `file.format()`
pub(super) fn format<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match result(files(frame.ctx())?.format())? {
        Ok(()) => frame.ret0(),
        Err(error) => Err(frame.error(format_args!("{error}"))),
    }
}
