//! The `debug` library (manual section 6.10), with `getstrings`.

use super::buffer::append;
use super::traceback;
use crate::api::{Function, Table, Thread, Value};
use crate::compiler::chunk_id;
use crate::frame::{Frame, Step, Throw};
use crate::hook::event;
use crate::layer::{RomValue, library};
use crate::number::{LuaInt, NumberModel};

library! {
    /// The entries of `debug`.
    pub struct Library in crate::builtin::BUILTIN {
        "gethook" => RomValue::Native(gethook::<N>),
        "getinfo" => RomValue::Native(getinfo::<N>),
        "getlocal" => RomValue::Native(getlocal::<N>),
        "getmetatable" => RomValue::Native(getmetatable::<N>),
        "getregistry" => RomValue::Native(getregistry::<N>),
        "getstrings" => RomValue::Native(getstrings::<N>),
        "getupvalue" => RomValue::Native(getupvalue::<N>),
        "getuservalue" => RomValue::Native(getuservalue::<N>),
        "sethook" => RomValue::Native(sethook::<N>),
        "setlocal" => RomValue::Native(setlocal::<N>),
        "setmetatable" => RomValue::Native(setmetatable::<N>),
        "setupvalue" => RomValue::Native(setupvalue::<N>),
        "setuservalue" => RomValue::Native(setuservalue::<N>),
        "traceback" => RomValue::Native(traceback::<N>),
        "upvalueid" => RomValue::Native(upvalueid::<N>),
        "upvaluejoin" => RomValue::Native(upvaluejoin::<N>),
    }
}

/// The thread a function is asked about, and the index of the first argument behind it.
fn thread_argument<'gc, N: NumberModel>(frame: &Frame<'gc, N>) -> (Thread<'gc, N>, usize) {
    match frame.get(0) {
        Value::Thread(thread) => (thread, 1),
        _ => (frame.ctx().running_thread().0, 0),
    }
}

fn check_function<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    index: usize,
) -> Result<Function<'gc, N>, Throw> {
    match frame.get(index) {
        Value::Function(function) => Ok(function),
        _ => Err(frame.type_error(index, "function")),
    }
}

fn integer<'gc, N: NumberModel>(value: i64) -> Value<'gc, N> {
    Value::Integer(N::Int::wrap(value))
}

/// A level of calls; those that cannot be one are out of every range.
fn level(level: i64) -> usize {
    usize::try_from(level).unwrap_or(usize::MAX)
}

/// What `getinfo` puts into its table.
struct Fields<'f, 'gc, N: NumberModel> {
    frame: &'f Frame<'gc, N>,
    table: Table<'gc, N>,
}

impl<'gc, N: NumberModel> Fields<'_, 'gc, N> {
    fn set(&self, name: &str, value: impl Into<Value<'gc, N>>) -> Result<(), Throw> {
        let ctx = self.frame.ctx();
        self.table.raw_set(ctx, ctx.intern(name.as_bytes())?, value)
    }

    fn set_text(&self, name: &str, text: &[u8]) -> Result<(), Throw> {
        self.set(name, self.frame.ctx().intern(text)?)
    }
}

/// `debug.getinfo([thread,] f [, what])`
fn getinfo<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (thread, first) = thread_argument(frame);
    let options = frame.opt_bytes(first + 1)?.unwrap_or(b"flnStu");
    let (call, function) = match frame.get(first) {
        Value::Function(function) => (None, function),
        _ => {
            let wanted = frame.check_i64(first)?;
            let Some(call) = frame.ctx().call_at(thread, level(wanted)) else {
                return frame.ret1(Value::Nil);
            };
            let function = call.function();
            (Some(call), function)
        }
    };
    if options.iter().any(|option| !b"SlunLtf".contains(option)) {
        return Err(frame.arg_error(first + 1, format_args!("invalid option")));
    }
    let has = |option: u8| options.contains(&option);
    let details = function.details();
    let table = frame.ctx().new_table(0, 8)?;
    let fields = Fields { frame, table };
    if has(b'S') {
        let source = chunk_id(details.source);
        let what: &[u8] = match (details.native, details.main) {
            (true, _) => b"C",
            (_, true) => b"main",
            _ => b"Lua",
        };
        fields.set_text("source", details.source)?;
        fields.set_text("short_src", source.as_bytes())?;
        fields.set("linedefined", integer(details.lines.0))?;
        fields.set("lastlinedefined", integer(details.lines.1))?;
        fields.set_text("what", what)?;
    }
    if has(b'l') {
        fields.set(
            "currentline",
            integer(call.as_ref().map_or(-1, |call| call.current_line())),
        )?;
    }
    if has(b'u') {
        fields.set("nups", integer(details.upvalues as i64))?;
        fields.set("nparams", integer(details.params as i64))?;
        fields.set("isvararg", details.vararg)?;
    }
    if has(b'n') {
        let name = call.as_ref().and_then(|call| call.name());
        if let Some(name) = &name {
            fields.set_text("name", name.text)?;
        }
        fields.set_text(
            "namewhat",
            name.map_or(b"", |name| name.kind.text().as_bytes()),
        )?;
    }
    if has(b't') {
        fields.set(
            "istailcall",
            call.as_ref().is_some_and(|call| call.is_tail_call()),
        )?;
    }
    if has(b'L') && !details.native {
        let lines = frame.ctx().new_table(0, 0)?;
        function.active_lines(|line| lines.raw_set(frame.ctx(), integer(i64::from(line)), true))?;
        fields.set("activelines", lines)?;
    }
    if has(b'f') {
        fields.set("func", function)?;
    }
    frame.ret1(table)
}

/// `debug.getlocal([thread,] f, local)`
fn getlocal<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (thread, first) = thread_argument(frame);
    let number = frame.check_i64(first + 1)?;
    let ctx = frame.ctx();
    if let Value::Function(function) = frame.get(first) {
        return match function.parameter(number) {
            Some(name) => frame.ret_bytes(name),
            None => frame.ret1(Value::Nil),
        };
    }
    let wanted = frame.check_i64(first)?;
    let Some(call) = ctx.call_at(thread, level(wanted)) else {
        return Err(frame.arg_error(first, format_args!("level out of range")));
    };
    match call.local(number) {
        Some((name, value)) => {
            let name = ctx.intern(name)?;
            frame.ret2(name, value)
        }
        None => frame.ret1(Value::Nil),
    }
}

/// `debug.setlocal([thread,] level, local, value)`
fn setlocal<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (thread, first) = thread_argument(frame);
    let wanted = frame.check_i64(first)?;
    let number = frame.check_i64(first + 1)?;
    let Some(call) = frame.ctx().call_at(thread, level(wanted)) else {
        return Err(frame.arg_error(first, format_args!("level out of range")));
    };
    let value = frame.check_any(first + 2)?;
    match call.set_local(number, value) {
        Some(name) => frame.ret_bytes(name),
        None => frame.ret1(Value::Nil),
    }
}

/// Index of the upvalue that argument `index` counts from 1; the largest one if there can be none.
fn upvalue_index<N: NumberModel>(frame: &mut Frame<'_, N>, index: usize) -> Result<usize, Throw> {
    let number = frame.check_i64(index)?;
    Ok(number
        .checked_sub(1)
        .and_then(|index| usize::try_from(index).ok())
        .unwrap_or(usize::MAX))
}

/// `debug.getupvalue(f, up)`
fn getupvalue<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let index = upvalue_index(frame, 1)?;
    let function = check_function(frame, 0)?;
    let ctx = frame.ctx();
    match function.upvalue(ctx, index) {
        Some((name, value)) => {
            let name = ctx.intern(name)?;
            frame.ret2(name, value)
        }
        None => frame.ret0(),
    }
}

/// `debug.setupvalue(f, up, value)`
fn setupvalue<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let value = frame.check_any(2)?;
    let index = upvalue_index(frame, 1)?;
    let function = check_function(frame, 0)?;
    match function.set_upvalue(frame.ctx(), index, value) {
        Some(name) => frame.ret_bytes(name),
        None => frame.ret0(),
    }
}

/// `debug.upvalueid(f, n)`
fn upvalueid<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (function, index) = upvalue_argument(frame, 0)?;
    match function.upvalue_id(frame.ctx(), index) {
        Some(id) => frame.ret1(Value::LightUserData(id)),
        None => frame.ret1(Value::Nil),
    }
}

/// The function and the number of an upvalue it has, at arguments `index` and `index + 1`.
fn upvalue_argument<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    index: usize,
) -> Result<(Function<'gc, N>, usize), Throw> {
    let number = upvalue_index(frame, index + 1)?;
    let function = check_function(frame, index)?;
    if function.upvalue_id(frame.ctx(), number).is_none() {
        return Err(frame.arg_error(index + 1, format_args!("invalid upvalue index")));
    }
    Ok((function, number))
}

/// `debug.upvaluejoin(f1, n1, f2, n2)`
fn upvaluejoin<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (function, index) = upvalue_argument(frame, 0)?;
    let (other, other_index) = upvalue_argument(frame, 2)?;
    for (argument, function) in [(0, function), (2, other)] {
        if function.is_native() {
            return Err(frame.arg_error(argument, format_args!("Lua function expected")));
        }
    }
    if !function.join_upvalue(frame.ctx(), index, other, other_index) {
        return Err(frame.arg_error(1, format_args!("upvalue of a function in ROM")));
    }
    frame.ret0()
}

/// `debug.getmetatable(value)`
fn getmetatable<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let value = frame.check_any(0)?;
    match frame.ctx().metatable(value) {
        Some(metatable) => frame.ret1(metatable),
        None => frame.ret1(Value::Nil),
    }
}

/// `debug.setmetatable(value, table)`
fn setmetatable<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let metatable = match frame.get(1) {
        Value::Table(metatable) => Some(metatable),
        Value::Nil if !frame.is_none(1) => None,
        _ => return Err(frame.arg_error(1, format_args!("nil or table expected"))),
    };
    let value = frame.get(0);
    frame.ctx().set_metatable(value, metatable);
    frame.ret1(value)
}

/// `debug.getregistry()`
fn getregistry<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    frame.ret1(frame.ctx().registry())
}

/// `debug.getuservalue(u)`
fn getuservalue<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match frame.get(0) {
        Value::UserData(data) => frame.ret1(data.uservalue()),
        _ => frame.ret1(Value::Nil),
    }
}

/// `debug.setuservalue(udata, value)`
fn setuservalue<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let Value::UserData(data) = frame.get(0) else {
        return Err(frame.type_error(0, "userdata"));
    };
    let value = frame.check_any(1)?;
    data.set_uservalue(frame.ctx(), value);
    frame.ret1(data)
}

/// `debug.traceback([thread,] [message [, level]])`
fn traceback<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (thread, first) = thread_argument(frame);
    let message = match frame.get(first) {
        Value::Nil => None,
        Value::String(_) | Value::Integer(_) | Value::Number(_) => Some(frame.check_bytes(first)?),
        other => return frame.ret1(other),
    };
    let ctx = frame.ctx();
    // Of the running thread this function itself is left out.
    let default = N::Int::wrap(i64::from(
        thread.address() == ctx.running_thread().0.address(),
    ));
    let start = level(frame.opt_int(first + 1, default)?.widen());
    let text = ctx.with_scratch(|text| {
        if let Some(message) = message {
            append(text, message)?;
            append(text, b"\n")?;
        }
        traceback::write(ctx, thread, start, text)?;
        ctx.intern(text)
    })?;
    frame.ret1(text)
}

/// `debug.getstrings([which])`: the strings kept in `RAM` (as without an argument) or `ROM`.
fn getstrings<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ram = match frame.opt_bytes(0)?.unwrap_or(b"RAM") {
        b"RAM" => true,
        b"ROM" => false,
        option => return Err(super::base::invalid_option(frame, 0, option)),
    };
    let strings = frame.ctx().strings(ram)?;
    frame.ret1(strings)
}

/// Letters of a hook's mask, in the order in which `gethook` gives them.
const MASK: [(u8, u8); 3] = [
    (b'c', event::CALL),
    (b'r', event::RETURN),
    (b'l', event::LINE),
];

/// `debug.gethook([thread])`
fn gethook<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (thread, _) = thread_argument(frame);
    let ctx = frame.ctx();
    let (function, events, count) = ctx.hook(thread);
    let mut mask = [0; MASK.len()];
    let mut len = 0;
    for (letter, event) in MASK {
        if events & event != 0 {
            mask[len] = letter;
            len += 1;
        }
    }
    let mask = ctx.intern(&mask[..len])?;
    frame.push(function)?;
    frame.ret2(mask, integer(i64::from(count)))?;
    Ok(Step::Return(3))
}

/// `debug.sethook([thread,] hook, mask [, count])`
fn sethook<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() > 0 {
        return frame.ret0();
    }
    let (thread, first) = thread_argument(frame);
    if frame.is_none_or_nil(first) {
        frame.ctx().set_hook(thread, None, 0, 0)?;
        return Ok(Step::Continue { state: 1 });
    }
    let mask = frame.check_bytes(first + 1)?;
    let function = check_function(frame, first)?;
    // The reference implementation counts in 32 bits.
    let count = frame.opt_int(first + 2, N::Int::ZERO)?.widen() as i32;
    let mut events = if count > 0 { event::COUNT } else { 0 };
    for (letter, event) in MASK {
        if mask.contains(&letter) {
            events |= event;
        }
    }
    if cfg!(not(feature = "hooks")) && events != 0 {
        return Err(frame.error(format_args!("hooks are not supported")));
    }
    frame
        .ctx()
        .set_hook(thread, Some(function), events, count)?;
    Ok(Step::Continue { state: 1 })
}

/// State of `debug.debug` after a command has run; the next one follows its error.
#[cfg(feature = "std")]
const RAN: u16 = 1;

/// `debug.debug()`: runs lines of standard input until one is `cont`.
#[cfg(feature = "std")]
pub(super) fn interact<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    use crate::api::{LoadError, Mode};
    use std::io::Write;
    // There is nobody to tell of output that fails.
    let complain = |message: &[u8]| {
        let mut errors = std::io::stderr();
        let _ = errors
            .write_all(message)
            .and_then(|()| errors.write_all(b"\n"));
    };
    let ctx = frame.ctx();
    if frame.state() > RAN {
        // SAFETY: values of the frame are live while the native runs (G1).
        complain(&unsafe { crate::convert::error_text(&frame.pop().val()) });
    }
    frame.set_len(0)?;
    loop {
        let _ = std::io::stderr().write_all(b"lua_debug> ");
        let mut line = alloc::string::String::new();
        if std::io::stdin().read_line(&mut line).unwrap_or(0) == 0 || line == "cont\n" {
            return frame.ret0();
        }
        match ctx.load_chunk(line.as_bytes(), b"=(debug command)", Mode::BOTH, None) {
            Ok(command) => {
                frame.push(command)?;
                return Ok(Step::ProtectedCall {
                    args: 0,
                    state: RAN,
                    handler: false,
                });
            }
            Err(LoadError::Message(message)) => complain(message.as_bytes()),
            Err(LoadError::Memory) => return Err(Throw::Memory),
        }
    }
}
