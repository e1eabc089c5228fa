//! What a firmware adds to a state: libraries in ROM, values for native functions, ends of runs.

use crate::program::state;
use lua_vm::ErrorKind;
use lua_vm::api::{Lua, Progress};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::layer::RomValue;
use lua_vm::number::NumberModel;

for_both_models!(
    libraries_with_their_own_names_behave_as_tables,
    a_library_without_its_names_is_refused,
    app_data_is_lent_to_one_at_a_time,
    a_stopped_run_is_seen_by_no_handler,
    a_stopped_coroutine_stops_all,
    interrupting_raises_an_error_where_the_task_is,
    a_native_that_collects_keeps_its_values,
);

lua_vm::names! {
    static NAMES = &["pins", "toggle", "GREEN", "read", "board v1"];
}

lua_vm::library! {
    /// Has names of its own and one that the VM has too.
    struct Pins in NAMES {
        "toggle" => RomValue::Native(toggle::<N>),
        "read" => RomValue::Native(stop::<N>),
        "GREEN" => RomValue::Int(2),
        "pins" => RomValue::Str("board v1"),
    }
}

struct Toggles(i64);

fn toggle<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let by = frame.check_i64(0)?;
    let ctx = frame.ctx();
    let sum = ctx.with_app_data(|toggles: &mut Toggles| {
        toggles.0 += by;
        let again = ctx.with_app_data(|_: &mut Toggles| ());
        (toggles.0, again.is_none())
    });
    match sum {
        Some((sum, true)) => frame.ret_bytes(format!("{sum}").as_bytes()),
        Some(_) => Err(frame.error(format_args!("lent twice"))),
        None => Err(frame.error(format_args!("no toggles"))),
    }
}

fn stop<N: NumberModel>(_: &mut Frame<'_, N>) -> Result<Step, Throw> {
    Ok(Step::Stop)
}

fn firmware<'a, N: NumberModel>() -> Lua<'a, N> {
    let mut lua = Lua::with_names(lua_vm::GcConfig::default(), &[&NAMES], &[]).unwrap();
    lua.open_library("pins", Pins::layer()).unwrap();
    lua
}

fn libraries_with_their_own_names_behave_as_tables<N: NumberModel>() {
    let mut lua = firmware::<N>();
    lua.exec(
        "assert(require 'pins' == pins and pins.GREEN == 2 and pins['GR' .. 'EEN'] == 2)
         assert(pins.pins == 'board ' .. 'v1' and pins.other == nil)
         local names = {}
         for name in pairs(pins) do names[#names + 1] = name end
         table.sort(names)
         assert(table.concat(names, ' ') == 'GREEN pins read toggle')
         pins.GREEN, pins.RED = nil, 7
         assert(pins.GREEN == nil and pins.RED == 7)
         local function has(list, text)
           for _, string in ipairs(list) do if string == text then return true end end
         end
         local text = 'toggle'
         assert(has(debug.getstrings('ROM'), text) and not has(debug.getstrings('RAM'), text))",
    )
    .unwrap();
}

fn a_library_without_its_names_is_refused<N: NumberModel>() {
    let mut lua = state::<N>();
    assert!(lua.open_library("pins", Pins::layer()).is_err());
    let broken: &[u32] = &[1, 2, 3];
    assert!(Lua::<N>::with_names(lua_vm::GcConfig::default(), &[broken], &[]).is_err());
}

fn app_data_is_lent_to_one_at_a_time<N: NumberModel>() {
    let mut lua = firmware::<N>();
    let error = lua.exec("pins.toggle(1)").unwrap_err();
    assert!(error.message().ends_with(b"no toggles"), "{error}");
    lua.set_app_data("another type").unwrap();
    lua.set_app_data(Toggles(100)).unwrap();
    lua.set_app_data(Toggles(40)).unwrap();
    let sum: String = lua.eval("pins.toggle(1) return pins.toggle(1)").unwrap();
    assert_eq!(sum, "42");
}

fn a_stopped_run_is_seen_by_no_handler<N: NumberModel>() {
    let mut lua = firmware::<N>();
    let error = lua
        .exec("after = pcall(pcall, xpcall, pins.read, function() handled = true end) == 1")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    let clean: bool = lua
        .eval("return after == nil and handled == nil and pcall(error)")
        .unwrap();
    assert!(!clean);
    lua.exec("assert(handled == nil and after == nil)").unwrap();
}

fn a_stopped_coroutine_stops_all<N: NumberModel>() {
    let mut lua = firmware::<N>();
    lua.exec(
        "kept = setmetatable({}, {__index = function(_, key) return pins.read(key) end})
         inner = coroutine.create(function() local v = 7; get = function() return v end; v = 8; return kept.x end)
         outer = coroutine.create(function() return pcall(coroutine.resume, inner) end)",
    )
    .unwrap();
    let function = lua
        .load("coroutine.resume(outer) went_on = true", "=run")
        .unwrap();
    let mut task = lua.start(&function, ()).unwrap();
    let error = task.run(&mut lua, u64::MAX).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert_eq!(
        task.run(&mut lua, 1).unwrap_err().kind(),
        ErrorKind::TaskState
    );
    lua.collect_garbage();
    lua.exec(
        "assert(not went_on and get() == 8)
         assert(coroutine.status(inner) == 'dead' and coroutine.status(outer) == 'dead')",
    )
    .unwrap();
}

fn interrupting_raises_an_error_where_the_task_is<N: NumberModel>() {
    let mut lua = firmware::<N>();
    let endless = lua
        .load(
            "local ok, caught = pcall(coroutine.wrap(function() while true do end end))
             seen = caught
             while true do end",
            "=endless",
        )
        .unwrap();
    let mut task = lua.start(&endless, ()).unwrap();
    task.interrupt();
    assert_eq!(task.run(&mut lua, 50).unwrap(), Progress::OutOfFuel);
    task.interrupt();
    assert_eq!(task.run(&mut lua, 50).unwrap(), Progress::OutOfFuel);
    lua.exec("assert(seen == 'endless:1: interrupted!', seen)")
        .unwrap();
    task.interrupt();
    let error = task.run(&mut lua, 50).unwrap_err();
    assert_eq!(error.message(), b"endless:3: interrupted!");
}

/// Pushes values, drops them, collects, and gives its first argument, the number of its values and what was pushed last.
fn collect<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    if frame.state() == 0 {
        let arguments = frame.len();
        for _ in 0..3 {
            let table = ctx.new_table(0, 0)?;
            frame.push(table)?;
            frame.push(ctx.native(stop::<N>))?;
        }
        frame.set_len(arguments)?;
        return Ok(Step::Collect { state: 1 });
    }
    let finished = frame.pop();
    let first = frame.get(0);
    let text = format!("{:?} {:?} {}", first, finished, frame.len());
    frame.ret_bytes(text.as_bytes())
}

fn a_native_that_collects_keeps_its_values<N: NumberModel>() {
    let mut lua = firmware::<N>();
    lua.enter(|ctx| {
        let name = ctx.intern(b"collect").unwrap();
        let function = ctx.native(collect::<N>);
        ctx.globals().raw_set(ctx, name, function).unwrap();
    });
    lua.exec(
        "local finalized = 0
         local kinds = {
           function() finalized = finalized + 1 end,
           function(...) local t = {} for i = 1, 30 do t[i] = {} end finalized = finalized + 1 return 1, 2, 3 end,
           type,
         }
         local function garbage(gc)
           for _ = 1, 3 do setmetatable({}, {__gc = gc}) end
         end
         local expected = '\"kept\" true '
         for _, gc in ipairs(kinds) do
           garbage(gc)
           local got = collect('kept')
           assert(got == expected .. 1, got)
           garbage(gc)
           got = select(2, pcall(collect, 'kept', 2))
           assert(got == expected .. 2, got)
           garbage(gc)
           got = coroutine.wrap(collect)('kept', 2, 3)
           assert(got == expected .. 3, got)
           garbage(gc)
           got = setmetatable({}, {__index = function(_, key) return (collect(key, 2, 3, 4)) end}).kept
           assert(got == expected .. 4, got)
           garbage(gc)
           got = table.concat({collect('kept'), (collect('kept'))}, '|')
           assert(got == expected .. 1 .. '|' .. expected .. 1, got)
           garbage(gc)
           for item in collect, 'kept', 2 do
             assert(item == expected .. 2, item)
             break
           end
         end
         assert(finalized == 2 * 3 * 6, finalized)",
    )
    .unwrap();
}
