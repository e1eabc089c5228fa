//! What Lua 5.1 had and Lua 5.3 has not: environments of functions, `module`, and names that were dropped. Installed on
//! request only (`Lua::enable_compat51`), over the libraries.
//!
//! The environment of a function is the variable `_ENV` it captured. Giving a function another one gives it a
//! variable of its own, so that, as in Lua 5.1, only it and the functions it makes from then on are concerned.

use crate::api::{Call, Ctx, Function, LuaString, Table, Value};
use crate::builtin::Event;
use crate::frame::{Frame, NativeFn, Step, Throw};
use crate::number::{LuaInt, NumberModel};
use crate::stdlib::number::{LOADED, PACKAGE, STRING, TABLE};

/// Adds the functions to the globals and libraries of a state.
///
/// # Errors
/// Out of memory.
pub(crate) fn install<N: NumberModel>(ctx: Ctx<'_, N>) -> Result<(), Throw> {
    let globals: [(&str, NativeFn<N>); 5] = [
        ("getfenv", getfenv::<N>),
        ("setfenv", setfenv::<N>),
        ("module", module::<N>),
        ("gcinfo", gcinfo::<N>),
        ("newproxy", new_proxy::<N>),
    ];
    add(ctx, Some(ctx.globals()), &globals)?;
    add(ctx, ctx.library(PACKAGE), &[("seeall", see_all::<N>)])?;
    let tables: [(&str, NativeFn<N>); 3] = [
        ("foreach", for_each::<N>),
        ("foreachi", for_each_index::<N>),
        ("getn", count::<N>),
    ];
    add(ctx, ctx.library(TABLE), &tables)?;
    rename(ctx, ctx.library(STRING), "gmatch", "gfind")?;
    rename(ctx, ctx.library(crate::stdlib::number::MATH), "fmod", "mod")
}

fn add<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    library: Option<Table<'gc, N>>,
    functions: &[(&str, NativeFn<N>)],
) -> Result<(), Throw> {
    let Some(library) = library else {
        return Ok(());
    };
    for (name, function) in functions {
        library.raw_set(ctx, ctx.intern(name.as_bytes())?, ctx.native(*function))?;
    }
    Ok(())
}

fn rename<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    library: Option<Table<'gc, N>>,
    name: &str,
    old: &str,
) -> Result<(), Throw> {
    match library {
        Some(library) => {
            let function = library.raw_get(ctx.intern(name.as_bytes())?);
            library.raw_set(ctx, ctx.intern(old.as_bytes())?, function)
        }
        None => Ok(()),
    }
}

/// What `newproxy` makes: a userdata without contents.
struct Proxy;

/// `newproxy([true | proxy])`: a userdata with a metatable of its own, or with that of another proxy, or without one
fn new_proxy<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let metatable = match frame.get(0) {
        Value::Nil | Value::Boolean(false) => None,
        Value::Boolean(true) => Some(ctx.new_table(0, 0)?),
        Value::UserData(other) if other.with::<Proxy, _>(ctx, |_| ()).is_some() => {
            other.metatable()
        }
        _ => return Err(frame.arg_error(0, format_args!("boolean or proxy expected"))),
    };
    let proxy = ctx.new_userdata(Proxy, metatable)?;
    frame.ret1(proxy)
}

/// A function, or the active call of one.
enum Subject<'gc, N: NumberModel> {
    Function(Function<'gc, N>),
    Call(Call<'gc, N>),
    /// The running thread: level 0.
    Thread,
}

/// What argument 0 names: a function, or a level of calls (1: the caller; the default where it is optional).
fn subject<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    optional: bool,
) -> Result<Subject<'gc, N>, Throw> {
    if let Value::Function(function) = frame.get(0) {
        return Ok(Subject::Function(function));
    }
    let level = if optional {
        frame.opt_int(0, N::Int::ONE)?.widen()
    } else {
        frame.check_i64(0)?
    };
    if level == 0 {
        return Ok(Subject::Thread);
    }
    let Ok(level) = usize::try_from(level) else {
        return Err(frame.arg_error(0, format_args!("level must be non-negative")));
    };
    let ctx = frame.ctx();
    match ctx.call_at(ctx.running_thread().0, level) {
        Some(call) => Ok(Subject::Call(call)),
        None => Err(frame.arg_error(0, format_args!("invalid level"))),
    }
}

/// `getfenv([f])`
fn getfenv<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let subject = subject(frame, true)?;
    let ctx = frame.ctx();
    let environment = match subject {
        Subject::Function(function) => function.environment(ctx),
        Subject::Call(call) => call.function().environment(ctx),
        Subject::Thread => ctx.globals().into(),
    };
    frame.ret1(environment)
}

/// `setfenv(f, table)`
fn setfenv<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() == FINISHED {
        return Ok(Step::Return(1));
    }
    let environment = frame.check_table(1)?;
    let subject = subject(frame, false)?;
    let ctx = frame.ctx();
    let (done, function) = match subject {
        Subject::Function(function) => (
            function.set_environment(ctx, environment.into())?,
            Some(function),
        ),
        Subject::Call(call) => {
            let done = call.set_environment(environment.into())?;
            (done, Some(call.function()))
        }
        Subject::Thread => (false, None),
    };
    match function {
        Some(function) if done => {
            frame.push(function)?;
            // The function that runs takes its new environment up.
            Ok(Step::Continue { state: FINISHED })
        }
        _ => Err(frame.error(format_args!(
            "'setfenv' cannot change environment of given object"
        ))),
    }
}

/// The table that `path`, names with dots between them, leads to from the globals; tables that are not there are made.
/// `None`: something else is in the way.
fn global_table<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    path: &[u8],
) -> Result<Option<Table<'gc, N>>, Throw> {
    let mut table = ctx.globals();
    for name in path.split(|byte| *byte == b'.') {
        let name = ctx.intern(name)?;
        table = match table.raw_get(name) {
            Value::Table(next) => next,
            Value::Nil => {
                let next = ctx.new_table(0, 1)?;
                table.raw_set(ctx, name, next)?;
                next
            }
            _ => return Ok(None),
        };
    }
    Ok(Some(table))
}

/// The table of a module: the loaded one, a global one, or a new one.
fn module_table<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    name: LuaString<'gc, N>,
) -> Result<Table<'gc, N>, Throw> {
    let ctx = frame.ctx();
    let Some(loaded) = ctx.library(LOADED) else {
        return ctx.new_table(0, 0);
    };
    if let Value::Table(table) = loaded.raw_get(name) {
        return Ok(table);
    }
    let Some(table) = global_table(ctx, name.as_bytes())? else {
        let name = crate::raw_text::RawText(name.as_bytes());
        return Err(frame.error(format_args!("name conflict for module '{name}'")));
    };
    loaded.raw_set(ctx, name, table)?;
    Ok(table)
}

/// Fills in what every module has: itself, its name, and the prefix of its siblings' names.
fn describe<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    module: Table<'gc, N>,
    name: LuaString<'gc, N>,
) -> Result<(), Throw> {
    let key = ctx.intern(b"_NAME")?;
    if !module.raw_get(key).is_nil() {
        return Ok(());
    }
    let text = name.as_bytes();
    let package = text.iter().rposition(|byte| *byte == b'.');
    let package = text.get(..package.map_or(0, |dot| dot + 1));
    module.raw_set(ctx, ctx.intern(b"_M")?, module)?;
    module.raw_set(
        ctx,
        ctx.intern(b"_PACKAGE")?,
        ctx.intern(package.unwrap_or_default())?,
    )?;
    module.raw_set(ctx, key, name)
}

/// State of natives after a call of theirs has returned, and after their last step.
const CALLED: u16 = 1;
const FINISHED: u16 = 2;

/// `module(name [, ...])`. Its frame: the name, the options, the module's table, the number of options called.
fn module<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    if frame.state() == FINISHED {
        return frame.ret0();
    }
    if frame.state() == 0 {
        let name = frame.check_string(0)?;
        let table = module_table(frame, name)?;
        describe(ctx, table, name)?;
        let caller = ctx
            .call_at(ctx.running_thread().0, 1)
            .filter(|call| !call.function().is_native());
        let changed = match caller {
            Some(caller) => caller.set_environment(table.into())?,
            None => false,
        };
        if !changed {
            return Err(frame.error(format_args!("'module' not called from a Lua function")));
        }
        frame.push(table)?;
        frame.push(Value::Integer(N::Int::ZERO))?;
    }
    let last = frame.len() - 1;
    let Value::Integer(called) = frame.get(last) else {
        return frame.ret0();
    };
    let (option, table) = (called.widen() as usize + 1, frame.get(last - 1));
    if option >= last - 1 {
        // The caller takes its new environment up.
        return Ok(Step::Continue { state: FINISHED });
    }
    frame.set(last, Value::Integer(called.add(N::Int::ONE)));
    let function = frame.get(option);
    if !matches!(function, Value::Function(_)) {
        // The name of the file, which `require` gives beside that of the module.
        return Ok(Step::Continue { state: CALLED });
    }
    frame.push(function)?;
    frame.push(table)?;
    Ok(Step::Call {
        args: 1,
        results: 0,
        state: CALLED,
    })
}

/// `package.seeall(module)`: what the module lacks is looked up in the globals.
fn see_all<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let module = frame.check_table(0)?;
    let ctx = frame.ctx();
    let metatable = match module.metatable() {
        Some(metatable) => metatable,
        None => {
            let metatable = ctx.new_table(0, 1)?;
            module.set_metatable(ctx, Some(metatable));
            metatable
        }
    };
    metatable.raw_set(ctx, ctx.event_name(Event::Index), ctx.globals())?;
    frame.ret0()
}

/// `gcinfo()`: memory in use, in kilobytes.
fn gcinfo<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let kilobytes = frame.ctx().gc().count_bytes() / 1024;
    frame.ret1(Value::Integer(N::Int::wrap(kilobytes as i64)))
}

/// `table.getn(list)`
fn count<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let list = frame.check_table(0)?;
    frame.ret1(Value::Integer(list.raw_len()))
}

/// Frame of the loops: the table, the function, the last key; above these the result of a call.
const KEY: usize = 2;

/// Calls argument 1 with an entry of the table; the first result that is not nil ends the loop.
fn call_with<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    key: Value<'gc, N>,
    value: Value<'gc, N>,
) -> Result<Step, Throw> {
    frame.set_len(KEY)?;
    let function = frame.get(1);
    for pushed in [key, function, key, value] {
        frame.push(pushed)?;
    }
    Ok(Step::Call {
        args: 2,
        results: 1,
        state: CALLED,
    })
}

/// A table that is walked, and the key to go on behind.
type Position<'gc, N> = (Table<'gc, N>, Value<'gc, N>);

/// Where a loop is; `None` if a call has ended it.
fn loop_state<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
) -> Result<Option<Position<'gc, N>>, Throw> {
    let table = frame.check_table(0)?;
    if frame.state() == CALLED {
        let ended = !frame.get(frame.len() - 1).is_nil();
        return Ok((!ended).then(|| (table, frame.get(KEY))));
    }
    if !matches!(frame.get(1), Value::Function(_)) {
        return Err(frame.type_error(1, "function"));
    }
    Ok(Some((table, Value::Nil)))
}

/// `table.foreach(table, f)`
fn for_each<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let Some((table, key)) = loop_state(frame)? else {
        return Ok(Step::Return(1));
    };
    match table.next(frame.ctx(), key)? {
        Some((key, value)) => call_with(frame, key, value),
        None => frame.ret0(),
    }
}

/// `table.foreachi(table, f)`
fn for_each_index<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let Some((table, key)) = loop_state(frame)? else {
        return Ok(Step::Return(1));
    };
    let index = match key {
        Value::Integer(index) => index.add(N::Int::ONE),
        _ => N::Int::ONE,
    };
    if index > table.raw_len() {
        return frame.ret0();
    }
    let value = table.raw_get_int(index);
    call_with(frame, Value::Integer(index), value)
}
