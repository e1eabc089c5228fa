//! Runs with a fuel budget.

use crate::memory::PROGRAM;
use crate::program::{programs, state};
use lua_vm::ErrorKind;
use lua_vm::api::{Lua, Progress, Stash, Task};
use lua_vm::number::NumberModel;

for_both_models!(
    a_budget_does_not_change_results,
    fuel_runs_out_inside_coroutines_and_protected_calls,
    tasks_yield_to_the_host_and_are_resumed,
    a_main_program_is_no_coroutine,
    tasks_run_side_by_side,
    a_finished_task_is_over,
    collections_between_slices_keep_what_tasks_need,
    no_loop_runs_without_fuel,
    finalizers_may_run_out_of_fuel,
);

/// Runs a function in slices of `fuel` units; the number of slices.
fn finish<N: NumberModel>(
    lua: &mut Lua<'_, N>,
    function: &Stash,
    fuel: u64,
) -> Result<(Task, u32), lua_vm::Error> {
    let task = lua.start(function, ())?;
    slices(lua, task, fuel)
}

fn slices<N: NumberModel>(
    lua: &mut Lua<'_, N>,
    mut task: Task,
    fuel: u64,
) -> Result<(Task, u32), lua_vm::Error> {
    let mut slices = 1;
    while task.run(lua, fuel)? != Progress::Finished {
        slices += 1;
    }
    Ok((task, slices))
}

fn a_budget_does_not_change_results<N: NumberModel>() {
    let expected: String = state::<N>().eval(PROGRAM).unwrap();
    for fuel in [0, 1, 2, 3, 7, 50, 1_000, u64::MAX] {
        let mut lua = state::<N>();
        lua.set_gc_stress(fuel < 3);
        // The position in a message is that of the chunk's name.
        let function = lua.load(PROGRAM, PROGRAM).unwrap();
        let (task, slices) = finish(&mut lua, &function, fuel).unwrap();
        let text: String = task.take_results(&mut lua).unwrap();
        assert_eq!(text, expected, "fuel {fuel}");
        assert_eq!(fuel < 50, slices > 5, "{slices} slices of {fuel}");
    }
}

fn fuel_runs_out_inside_coroutines_and_protected_calls<N: NumberModel>() {
    let source = "
        local function work(depth)
          local sum = 0
          for i = 1, 5 do sum = sum + i end
          if depth == 0 then return sum end
          local ok, inner = pcall(function()
            local co = coroutine.wrap(function(d)
              local value = coroutine.yield(d)
              local ok, message = pcall(error, 'thrown')
              return value + work(d) + #message
            end)
            assert(co(depth - 1) == depth - 1)
            return co(1)
          end)
          local keyed = setmetatable({}, {__index = function(_, key) return key end})
          local sorted = {3, 1, 2}
          table.sort(sorted, function(a, b) for i = 1, 2 do end return a < b end)
          local text = ('abc'):gsub('.', function(c) for i = 1, 2 do end return c .. c end)
          return sum + inner + keyed[1] + sorted[3] + #text
        end
        return work(6)";
    let expected: i64 = state::<N>().eval(source).unwrap();
    for fuel in 0..6 {
        let mut lua = state::<N>();
        let function = lua.load(source, "=work").unwrap();
        let (task, _) = finish(&mut lua, &function, fuel).unwrap();
        assert_eq!(task.take_results::<N, i64>(&mut lua).unwrap(), expected);
    }
}

fn tasks_yield_to_the_host_and_are_resumed<N: NumberModel>() {
    let mut lua = state::<N>();
    let function = lua
        .load(
            "local n = ...
             for i = 1, 3 do coroutine.yield(n + i, 'step') end
             pcall(function() coroutine.yield('inside pcall') end)
             return 'done'",
            "=f",
        )
        .unwrap();
    let mut task = lua.start(&function, (10,)).unwrap();
    for i in 1..=3 {
        assert_eq!(task.run(&mut lua, 1000).unwrap(), Progress::Yielded);
        let (value, text): (i64, String) = task.take_results(&mut lua).unwrap();
        assert_eq!((value, text.as_str()), (10 + i, "step"));
        lua.collect_garbage();
    }
    assert_eq!(task.run(&mut lua, 1000).unwrap(), Progress::Yielded);
    assert_eq!(
        task.take_results::<N, String>(&mut lua).unwrap(),
        "inside pcall"
    );
    assert_eq!(task.run(&mut lua, 1000).unwrap(), Progress::Finished);
    assert_eq!(task.take_results::<N, String>(&mut lua).unwrap(), "done");
}

fn a_main_program_is_no_coroutine<N: NumberModel>() {
    let mut lua = state::<N>();
    let source = "
        local thread, main = coroutine.running()
        assert(main and not coroutine.isyieldable())
        assert(coroutine.status(thread) == 'running' and not coroutine.resume(thread))
        local inner, innermost = coroutine.wrap(function()
          local _, main = coroutine.running()
          return main, coroutine.yield(coroutine.isyieldable())
        end)()
        assert(inner == true and innermost == nil)
        coroutine.yield(1)";
    let function = lua.load(source, "=main").unwrap();
    let mut task = lua.start_main(&function, ()).unwrap();
    let error = loop {
        match task.run(&mut lua, 2) {
            Ok(progress) => assert_eq!(progress, Progress::OutOfFuel),
            Err(error) => break error,
        }
    };
    let message = String::from_utf8_lossy(error.message());
    assert!(
        message.starts_with("attempt to yield from outside a coroutine\nstack traceback:"),
        "{message}"
    );
}

fn tasks_run_side_by_side<N: NumberModel>() {
    let mut lua = state::<N>();
    let function = lua
        .load(
            "local name, n = ...
             local co = coroutine.wrap(function() for i = 1, n do total = (total or 0) + 1 end return name end)
             return co(), n",
            "=f",
        )
        .unwrap();
    let mut tasks: Vec<_> = (0..5)
        .map(|index| {
            Some(
                lua.start(&function, (format!("task {index}"), index * 10))
                    .unwrap(),
            )
        })
        .collect();
    let mut finished = 0;
    while finished < 5 {
        for (index, place) in tasks.iter_mut().enumerate() {
            let Some(task) = place else { continue };
            // Other runs come in between.
            assert_eq!(lua.eval::<i64>("return 6 * 7").unwrap(), 42);
            if task.run(&mut lua, 3).unwrap() == Progress::Finished {
                let (name, n): (String, usize) = task.take_results(&mut lua).unwrap();
                assert_eq!((name, n), (format!("task {index}"), index * 10));
                *place = None;
                finished += 1;
                lua.collect_garbage();
            }
        }
    }
    assert_eq!(lua.eval::<i64>("return total").unwrap(), 100);
}

fn a_finished_task_is_over<N: NumberModel>() {
    let mut lua = state::<N>();
    let function = lua.load("return 1", "=f").unwrap();
    let mut task = lua.start(&function, ()).unwrap();
    assert_eq!(task.run(&mut lua, 10).unwrap(), Progress::Finished);
    assert_eq!(
        task.run(&mut lua, 10).unwrap_err().kind(),
        ErrorKind::TaskState
    );
    assert_eq!(task.take_results::<N, i64>(&mut lua).unwrap(), 1);
    let function = lua
        .load(
            "local x = 1 for i = 1, 100 do x = x + 1 end error('broken', 0)",
            "=f",
        )
        .unwrap();
    let mut task = lua.start(&function, ()).unwrap();
    let error = loop {
        match task.run(&mut lua, 10) {
            Ok(progress) => assert_eq!(progress, Progress::OutOfFuel),
            Err(error) => break error,
        }
    };
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Runtime, &b"broken"[..])
    );
    assert_eq!(
        task.run(&mut lua, 10).unwrap_err().kind(),
        ErrorKind::TaskState
    );
    // What is no function cannot run.
    let number = lua.enter(|ctx| ctx.stash(lua_vm::api::Value::Boolean(true)).unwrap());
    let mut task = lua.start(&number, ()).unwrap();
    let error = task.run(&mut lua, 10).unwrap_err();
    assert_eq!(error.to_string(), "attempt to call a boolean value");
}

fn collections_between_slices_keep_what_tasks_need<N: NumberModel>() {
    let mut lua = state::<N>();
    let function = lua
        .load(
            "local kept = {}
             local co = coroutine.wrap(function()
               for i = 1, 50 do kept[i] = {tostring(i) .. 'text'} coroutine.yield() end
             end)
             for i = 1, 50 do co() end
             -- The place on the stack that keeps the running coroutine is taken from it.
             local outer = coroutine.running()
             local inner = coroutine.create(function()
               assert(debug.getlocal(outer, 0, 1) == '(*temporary)')
               debug.setlocal(outer, 0, 1, nil)
               local t = {}
               for i = 1, 50 do t[i] = {i} end
               return #t
             end)
             local ok, n = coroutine.resume(inner)
             if not ok then error(n) end
             return #kept, kept[50][1], n",
            "=f",
        )
        .unwrap();
    let mut task = lua.start(&function, ()).unwrap();
    while task.run(&mut lua, 1).unwrap() != Progress::Finished {
        lua.collect_garbage();
        lua.exec("local t = {} for i = 1, 10 do t[i] = {} end")
            .unwrap();
    }
    let (count, text, inner): (i64, String, i64) = task.take_results(&mut lua).unwrap();
    assert_eq!((count, text.as_str(), inner), (50, "50text", 50));
}

/// Whatever goes round for ever costs fuel.
fn no_loop_runs_without_fuel<N: NumberModel>() {
    for source in [
        "while true do end",
        "repeat until false",
        "for i = 1, math.huge do end",
        "for i = 10, 1, 0 do end",
        "::top:: goto top",
        "local function f() return f() end f()",
        "for _ in function() return 1 end do end",
        "for _ in rawlen, 'x' do end",
        "local a = setmetatable({}, {__lt = rawequal}) repeat until a < a == nil",
        "local a = setmetatable({}, {__lt = rawequal}) repeat until not (a < a)",
        "local a = setmetatable({}, {__le = rawequal}) while a <= a do end",
        "local a, b = setmetatable({}, {__eq = rawlen}), {} while a == b do end",
        "local t = setmetatable({}, {__index = rawlen}) while t[1] do end",
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
        "pcall(function() while true do end end)",
        "setmetatable({}, {__gc = function() while true do end end}) collectgarbage()",
    ] {
        let mut lua = state::<N>();
        let function = lua.load(source, "=loop").unwrap();
        let mut task = lua.start(&function, ()).unwrap();
        for _ in 0..20 {
            assert_eq!(
                task.run(&mut lua, 5).ok(),
                Some(Progress::OutOfFuel),
                "{source}"
            );
        }
    }
}

fn finalizers_may_run_out_of_fuel<N: NumberModel>() {
    let mut lua = state::<N>();
    let function = lua
        .load(
            "local done = 0
             for i = 1, 5 do
               setmetatable({}, {__gc = function() for j = 1, 20 do done = done + 1 end end})
             end
             collectgarbage()
             collectgarbage()
             return done",
            "=f",
        )
        .unwrap();
    let (task, slices) = finish(&mut lua, &function, 3).unwrap();
    assert_eq!(task.take_results::<N, i64>(&mut lua).unwrap(), 100);
    assert!(slices > 20);
}

#[test]
fn test_programs_run_in_small_slices() {
    use crate::program::{Output, run};
    use lua_vm::number::Num64;
    for (file, source) in programs("tests-lua") {
        // These look at how deep a stack may get, or at what is below the main program.
        if [
            "coroutine_errors.lua",
            "traceback.lua",
            "stack_overflow.lua",
            "debug_lib.lua",
            "errors_machine.lua",
            "gc_stress.lua",
            "os_io.lua",
        ]
        .contains(&file.as_str())
        {
            continue;
        }
        let expected = run::<Num64>(&source, &file, &[], |_| ());
        let output = Output::default();
        let mut lua = state::<Num64>();
        output.attach(&mut lua);
        let result = lua
            .load_script(&source, format!("@{file}").as_bytes())
            .and_then(|function| lua.start_main(&function, ()))
            .and_then(|task| slices(&mut lua, task, 17));
        drop(lua);
        let text = match result {
            Ok(_) => output.text(),
            Err(error) => {
                let message = error.to_string();
                let message = message
                    .split("\nstack traceback:")
                    .next()
                    .unwrap_or_default();
                format!("{}ended by: {message}", output.text())
            }
        };
        assert_eq!(text, expected, "{file} in slices");
    }
}
