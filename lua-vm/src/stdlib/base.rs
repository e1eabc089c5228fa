//! The basic functions (manual section 6.1) but for those that load chunks.

use super::{load, number, table, text};
use crate::api::{Ctx, LuaString, Value};
use crate::builtin::{Event, offset, string_value};
use crate::convert::number_text;
use crate::frame::{Frame, Step, Throw};
use crate::interp::natives;
use crate::layer::{RomValue, library};
use crate::number::{LuaFloat, LuaInt, Number, NumberModel, parse_int_base, parse_number};
use crate::value::{Val, tag};

library! {
    /// The globals.
    pub struct Library in crate::builtin::BUILTIN {
        "_G" => RomValue::Library(number::GLOBALS),
        "_VERSION" => RomValue::Str("Lua 5.3"),
        "assert" => RomValue::Native(assert::<N>),
        "collectgarbage" => RomValue::Native(collectgarbage::<N>),
        "dofile" => RomValue::Native(load::dofile::<N>),
        "error" => RomValue::Native(error::<N>),
        "getmetatable" => RomValue::Native(getmetatable::<N>),
        "ipairs" => RomValue::Native(ipairs::<N>),
        "load" => RomValue::Native(load::load::<N>),
        "loadfile" => RomValue::Native(load::loadfile::<N>),
        "loadstring" => RomValue::Native(load::load::<N>),
        "next" => RomValue::Native(natives::next::<N>),
        "pairs" => RomValue::Native(pairs::<N>),
        "pcall" => RomValue::Native(pcall::<N>),
        "print" => RomValue::Native(print::<N>),
        "rawequal" => RomValue::Native(rawequal::<N>),
        "rawget" => RomValue::Native(rawget::<N>),
        "rawlen" => RomValue::Native(rawlen::<N>),
        "rawset" => RomValue::Native(rawset::<N>),
        "require" => RomValue::Native(super::package::require::<N>),
        "select" => RomValue::Native(select::<N>),
        "setmetatable" => RomValue::Native(setmetatable::<N>),
        "tonumber" => RomValue::Native(tonumber::<N>),
        "tostring" => RomValue::Native(tostring::<N>),
        "type" => RomValue::Native(type_of::<N>),
        "unpack" => RomValue::Native(table::unpack::<N>),
        "xpcall" => RomValue::Native(xpcall::<N>),
        "package" => RomValue::Library(number::PACKAGE),
        "coroutine" => RomValue::Library(number::COROUTINE),
        "string" => RomValue::Library(number::STRING),
        "table" => RomValue::Library(number::TABLE),
        "debug" => RomValue::Library(number::DEBUG),
        "math" => RomValue::Library(number::MATH),
        "utf8" => RomValue::Library(number::UTF8),
    }
}

/// `assert(v [, message, ...])`
fn assert<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.get(0).truthy() {
        return Ok(Step::Return(frame.len() as u32));
    }
    frame.check_any(0)?;
    let ctx = frame.ctx();
    Err(match (frame.is_none(1), frame.get(1)) {
        (true, _) => ctx
            .state()
            .error_at_level(1, format_args!("assertion failed!"), &[]),
        (_, message) => raise(ctx, message, 1),
    })
}

/// `error(message [, level])`
fn error<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let level = frame.opt_int(1, N::Int::ONE)?.widen();
    Err(raise(frame.ctx(), frame.get(0), level))
}

/// Raises `message`; a string is given the position of the call at `level` (1: the caller), if that is positive.
fn raise<N: NumberModel>(ctx: Ctx<'_, N>, message: Value<'_, N>, level: i64) -> Throw {
    match (message, usize::try_from(level)) {
        (Value::String(text), Ok(level)) if level > 0 => {
            ctx.state()
                .error_at_level(level, format_args!(""), text.as_bytes())
        }
        _ => ctx.state().throw(message.val()),
    }
}

/// State of `pcall` and `xpcall` after success; the next one follows an error.
const CALLED: u16 = 1;

/// `pcall(f, ...)`
fn pcall<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match frame.state() {
        0 => {
            frame.check_any(0)?;
            frame.insert(0, true)?;
            Ok(Step::ProtectedCall {
                args: frame.len() as u32 - 2,
                state: CALLED,
                handler: false,
            })
        }
        CALLED => Ok(Step::Return(frame.len() as u32)),
        _ => {
            frame.set(0, false);
            Ok(Step::Return(frame.len() as u32))
        }
    }
}

/// `xpcall(f, handler, ...)`. The frame is: handler, status, function, arguments.
fn xpcall<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match frame.state() {
        0 => {
            let Value::Function(handler) = frame.get(1) else {
                return Err(frame.type_error(1, "function"));
            };
            let function = frame.get(0);
            frame.insert(1, true)?;
            frame.set(0, handler);
            frame.set(2, function);
            Ok(Step::ProtectedCall {
                args: frame.len() as u32 - 3,
                state: CALLED,
                handler: true,
            })
        }
        CALLED => Ok(Step::Return(frame.len() as u32 - 1)),
        _ => {
            frame.set(1, false);
            Ok(Step::Return(frame.len() as u32 - 1))
        }
    }
}

/// `collectgarbage([opt [, arg]])`
fn collectgarbage<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    const COLLECTED: u16 = 1;
    const STEPPED: u16 = 2;
    const OPTIONS: [&[u8]; 8] = [
        b"collect",
        b"step",
        b"count",
        b"stop",
        b"restart",
        b"isrunning",
        b"setpause",
        b"setstepmul",
    ];
    match frame.state() {
        0 => {}
        COLLECTED => return frame.ret1(Value::Integer(N::Int::ZERO)),
        // The executor has pushed whether the step ended a cycle.
        _ => return Ok(Step::Return(1)),
    }
    let option = frame.opt_bytes(0)?.unwrap_or(b"collect");
    // The reference implementation looks at the option first.
    if !OPTIONS.contains(&option) {
        return Err(invalid_option(frame, 0, option));
    }
    let argument = frame
        .opt_int(1, N::Int::ZERO)?
        .widen()
        .clamp(0, i64::from(i32::MAX)) as u32;
    let gc = frame.ctx().gc();
    let integer = |value: u32| Value::Integer(N::Int::wrap(i64::from(value)));
    let result = match option {
        b"collect" => {
            return Ok(Step::Collect { state: COLLECTED });
        }
        b"step" => {
            return Ok(Step::CollectStep {
                kilobytes: argument,
                state: STEPPED,
            });
        }
        b"count" => {
            let bytes = N::int_to_float(N::Int::wrap(gc.count_bytes() as i64));
            Value::Number(bytes.mul(N::Float::from_f64(1.0 / 1024.0)))
        }
        b"stop" => {
            gc.stop();
            integer(0)
        }
        b"restart" => {
            gc.restart();
            integer(0)
        }
        b"isrunning" => Value::Boolean(gc.is_running()),
        b"setpause" => integer(gc.set_pause(argument)),
        _ => integer(gc.set_step_multiplier(argument)),
    };
    frame.ret1(result)
}

/// Raises "bad argument #i to 'f' (invalid option 'x')"; `index` counts from 0.
#[cold]
pub(super) fn invalid_option<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    index: usize,
    option: &[u8],
) -> Throw {
    let option = crate::raw_text::RawText(option);
    frame.arg_error(index, format_args!("invalid option '{option}'"))
}

/// `getmetatable(object)`
fn getmetatable<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let value = frame.check_any(0)?;
    let ctx = frame.ctx();
    let Some(metatable) = ctx.metatable(value) else {
        return frame.ret1(Value::Nil);
    };
    match ctx.metamethod(value, Event::Metatable) {
        Value::Nil => frame.ret1(metatable),
        shown => frame.ret1(shown),
    }
}

/// `setmetatable(table, metatable)`
fn setmetatable<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let table = frame.check_table(0)?;
    let metatable = match frame.get(1) {
        Value::Table(metatable) => Some(metatable),
        Value::Nil if !frame.is_none(1) => None,
        _ => return Err(frame.arg_error(1, format_args!("nil or table expected"))),
    };
    let ctx = frame.ctx();
    if table.metatable().is_some() && !ctx.metamethod(table.into(), Event::Metatable).is_nil() {
        return Err(frame.error(format_args!("cannot change a protected metatable")));
    }
    table.set_metatable(ctx, metatable);
    frame.ret1(table)
}

/// Asks a value's own iterator, if it has one, for the three values of a generic loop.
fn own_iterator<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    event: Event,
) -> Result<Option<Step>, Throw> {
    if frame.state() > 0 {
        return Ok(Some(Step::Return(3)));
    }
    let value = frame.check_any(0)?;
    let method = frame.ctx().metamethod(value, event);
    if method.is_nil() {
        return Ok(None);
    }
    frame.push(method)?;
    frame.push(value)?;
    Ok(Some(Step::Call {
        args: 1,
        results: 3,
        state: 1,
    }))
}

/// `pairs(t)`
fn pairs<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if let Some(step) = own_iterator(frame, Event::Pairs)? {
        return Ok(step);
    }
    let table = frame.get(0);
    frame.push(frame.ctx().native(natives::next::<N>))?;
    frame.ret2(table, Value::Nil)?;
    Ok(Step::Return(3))
}

/// `ipairs(t)`
fn ipairs<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if let Some(step) = own_iterator(frame, Event::IPairs)? {
        return Ok(step);
    }
    let table = frame.get(0);
    frame.push(frame.ctx().native(natives::ipairs_step::<N>))?;
    frame.ret2(table, Value::Integer(N::Int::ZERO))?;
    Ok(Step::Return(3))
}

/// `print(...)`, by the global `tostring`.
///
/// Nothing between two calls of Lua allocates, so no output appears twice when memory runs out. The state is
/// 0 at first, then 1, or 2 if the program has replaced `tostring`; the argument's index lies below what the call gave.
fn print<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let mut index = 0;
    if frame.state() > 0 {
        let replaced = frame.state() == 2;
        let text = frame.pop();
        if let Value::Integer(at) = frame.pop() {
            index = at.widen() as usize + 1;
        }
        match text {
            Value::String(text) => ctx.write(text.as_bytes()),
            number @ (Value::Integer(_) | Value::Number(_)) => {
                ctx.write(&number_text(&number.val()))
            }
            _ if replaced => {
                return Err(frame.error(format_args!("'tostring' must return a string to 'print'")));
            }
            _ => return Err(ctx.error(format_args!("{BAD_TOSTRING}"))),
        }
    }
    let converter = ctx.globals().raw_get(ctx.intern(b"tostring")?);
    let usual = ctx.native(tostring::<N>).address();
    let replaced = !matches!(converter, Value::Function(function) if function.address() == usual);
    while index < frame.len() {
        let value = frame.get(index);
        if index > 0 {
            ctx.write(b"\t");
        }
        let method = if replaced {
            converter
        } else {
            ctx.metamethod(value, Event::ToString)
        };
        if replaced || !method.is_nil() {
            frame.push(Value::Integer(N::Int::wrap(index as i64)))?;
            frame.push(method)?;
            frame.push(value)?;
            return Ok(Step::Call {
                args: 1,
                results: 1,
                state: 1 + u16::from(replaced),
            });
        }
        text::pieces(ctx, value, &mut |piece| {
            ctx.write(piece);
            Ok(())
        })?;
        index += 1;
    }
    ctx.write(b"\n");
    frame.ret0()
}

/// What is said of a `__tostring` that fails its purpose.
const BAD_TOSTRING: &str = "'__tostring' must return a string";

/// `tostring(v)`
fn tostring<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() > 0 {
        return match frame.pop() {
            Value::String(text) => frame.ret1(text),
            number @ (Value::Integer(_) | Value::Number(_)) => {
                frame.ret_bytes(&number_text(&number.val()))
            }
            _ => Err(frame.error(format_args!("{BAD_TOSTRING}"))),
        };
    }
    let value = frame.check_any(0)?;
    let ctx = frame.ctx();
    let method = ctx.metamethod(value, Event::ToString);
    if !method.is_nil() {
        frame.push(method)?;
        frame.push(value)?;
        return Ok(Step::Call {
            args: 1,
            results: 1,
            state: 1,
        });
    }
    let text = plain_text(ctx, value)?;
    frame.ret1(text)
}

/// What `tostring` gives for a value without `__tostring`.
fn plain_text<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    value: Value<'gc, N>,
) -> Result<LuaString<'gc, N>, Throw> {
    match value {
        Value::String(text) => Ok(text),
        Value::Integer(_) | Value::Number(_) => ctx.intern(&number_text(&value.val())),
        _ => ctx.with_scratch(|buffer| {
            text::append_text(ctx, buffer, value)?;
            ctx.intern(buffer)
        }),
    }
}

/// `rawequal(a, b)`
fn rawequal<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (a, b) = (frame.check_any(0)?, frame.check_any(1)?);
    frame.ret1(frame.ctx().raw_equal(a, b))
}

/// `rawget(table, key)`
fn rawget<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let table = frame.check_table(0)?;
    let key = frame.check_any(1)?;
    frame.ret1(table.raw_get(key))
}

/// `rawlen(v)`
fn rawlen<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let len = match frame.get(0) {
        Value::Table(table) => table.raw_len(),
        Value::String(text) => N::Int::wrap(text.len() as i64),
        _ => return Err(frame.arg_error(0, format_args!("table or string expected"))),
    };
    frame.ret1(Value::Integer(len))
}

/// `rawset(table, key, value)`
fn rawset<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let table = frame.check_table(0)?;
    let (key, value) = (frame.check_any(1)?, frame.check_any(2)?);
    table.raw_set(frame.ctx(), key, value)?;
    frame.ret1(table)
}

/// `select(n, ...)`
fn select<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let count = frame.len() as i64;
    if let Value::String(text) = frame.get(0)
        && text.as_bytes().first() == Some(&b'#')
    {
        return frame.ret1(Value::Integer(N::Int::wrap(count - 1)));
    }
    let n = frame.check_i64(0)?;
    let first = if n < 0 {
        count.saturating_add(n)
    } else {
        n.min(count)
    };
    if first < 1 {
        return Err(frame.arg_error(0, format_args!("index out of range")));
    }
    Ok(Step::Return((count - first) as u32))
}

/// `tonumber(v [, base])`
fn tonumber<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.is_none_or_nil(1) {
        let result = match frame.check_any(0)? {
            number @ (Value::Integer(_) | Value::Number(_)) => number,
            Value::String(text) => match parse_number::<N>(text.as_bytes()) {
                Some(Number::Int(int)) => Value::Integer(int),
                Some(Number::Float(float)) => Value::Number(float),
                None => Value::Nil,
            },
            _ => Value::Nil,
        };
        return frame.ret1(result);
    }
    let base = frame.check_i64(1)?;
    let Value::String(text) = frame.get(0) else {
        return Err(frame.type_error(0, "string"));
    };
    if !(2..=36).contains(&base) {
        return Err(frame.arg_error(1, format_args!("base out of range")));
    }
    let result = parse_int_base::<N>(text.as_bytes(), base as u32);
    frame.ret1(result.map_or(Value::Nil, Value::Integer))
}

/// `type(v)`
fn type_of<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    /// Names of the basic types, by the low bits of a tag.
    const NAMES: [u32; 9] = [
        offset!("nil"),
        offset!("boolean"),
        offset!("userdata"),
        offset!("number"),
        offset!("string"),
        offset!("table"),
        offset!("function"),
        offset!("userdata"),
        offset!("thread"),
    ];
    let value = frame.check_any(0)?.val();
    let name = NAMES.get((value.tag & tag::TYPE_MASK) as usize);
    frame.ret_raw([name.map_or(Val::NIL, |offset| string_value(*offset))])
}
