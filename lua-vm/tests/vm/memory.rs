//! Running out of memory: limits, and failures of single allocations.

use crate::program::{image, state, verified};
use lua_vm::api::Lua;
use lua_vm::number::NumberModel;
use lua_vm::{ErrorKind, GcConfig};

for_both_models!(
    every_failed_allocation_is_made_good,
    a_failure_in_the_next_run_is_made_good_too,
    a_tight_limit_is_enough_for_a_loop_that_makes_garbage,
    running_out_is_an_error_that_can_be_caught,
    a_state_under_a_limit_starts_or_says_so,
    callable_tables_keep_their_arguments,
    collected_states_hold_nothing,
    deep_recursion_leaves_no_large_stack,
);

/// A program that uses all of the language, and checks itself: what it returns is always the same.
pub const PROGRAM: &str = include_str!("../lua/everything.lua");

/// A module for [`PROGRAM`].
pub const MODULE: (&str, &str) = (
    "module_of_image",
    "local M, calls = {}, 0
     function M.join(...) return table.concat({...}, '+') end
     function M.count() calls = calls + 1 return calls end
     return M",
);

/// Every single allocation fails once; the executor collects and tries again, so the program ends as without failures.
fn every_failed_allocation_is_made_good<N: NumberModel>() {
    let words = image::<N>(&[MODULE]);
    let images = [verified(&words)];
    let mut plain = Lua::<N>::with_images(GcConfig::default(), &images).unwrap();
    let expected: String = plain.eval(PROGRAM).unwrap();
    assert!(expected.contains("a+b"), "{expected}");
    let mut failing = 0;
    loop {
        let mut lua = Lua::<N>::with_images(GcConfig::default(), &images).unwrap();
        let before = lua.allocations();
        lua.fail_allocations_after(Some(failing));
        let result: Result<String, _> = lua.eval(PROGRAM);
        let made = lua.allocations() - before;
        match result {
            Ok(text) => assert_eq!(text, expected, "allocation {failing} failed"),
            Err(error) => panic!("allocation {failing} failed: {error}"),
        }
        lua.fail_allocations_after(None);
        if made < failing {
            break;
        }
        failing += 1;
    }
    assert!(
        failing > 300,
        "the program makes {failing} allocations only"
    );
}

/// Both runs fail at the same place with the same fuel left.
fn a_failure_in_the_next_run_is_made_good_too<N: NumberModel>() {
    let mut lua = state::<N>();
    let function = lua.load("t = {}", "=t").unwrap();
    for _ in 0..3 {
        lua.fail_allocations_after(Some(0));
        lua.call::<_, ()>(&function, ()).unwrap();
        let mut task = lua.start(&function, ()).unwrap();
        lua.fail_allocations_after(Some(0));
        task.run(&mut lua, 100).unwrap();
    }
}

fn a_tight_limit_is_enough_for_a_loop_that_makes_garbage<N: NumberModel>() {
    let mut lua = state::<N>();
    lua.exec("collectgarbage('stop')").unwrap();
    let limit = lua.heap_bytes() + 24 * 1024;
    lua.set_memory_limit(limit);
    let total: i64 = lua
        .eval(
            "local total = 0
             for i = 1, 5000 do
               local t = {i, tostring(i), function() return i end}
               local co = coroutine.wrap(function() coroutine.yield(#t) end)
               total = total + co() + #(('x'):rep(50) .. i):sub(1, 1)
             end
             return total",
        )
        .unwrap();
    assert_eq!(total, 5000 * 4);
    assert!(lua.heap_peak() <= limit, "{} > {limit}", lua.heap_peak());
}

fn running_out_is_an_error_that_can_be_caught<N: NumberModel>() {
    let mut lua = state::<N>();
    lua.set_memory_limit(lua.heap_bytes() + 64 * 1024);
    for source in [
        "local t = {} for i = 1, 1e7 do t[i] = {i} end",
        "local s = 'x' while true do s = s .. s end",
        "local s = ('x'):rep(1 << 20)",
        "local t = {} for i = 1, 1e7 do t['key' .. i] = i end",
        "local function f(...) return f(1, ...) end f()",
        "local function f() return 1 + f() end f()",
        "local t = {} for i = 1, 1e6 do t[i] = coroutine.create(print) end",
        "local f = print for i = 1, 1e6 do local g = f f = function() return g() end end",
        "string.format(('%99s'):rep(20000), table.unpack({}, 1, 20000))",
        "table.concat({('x'):rep(30000), ('y'):rep(30000)}, ('z'):rep(20000))",
        "load(('x = 1 '):rep(5000))()",
        "local t = {} for i = 1, 5000 do t[i] = i end table.unpack(t) for i = 1, 20000 do t[i] = i end table.unpack(t)",
    ] {
        let source = format!(
            "local ok, message = pcall(function() {source} end)
             return ok, tostring(message), pcall(string.rep, 'still alive ', 3)"
        );
        let (ok, message, alive): (bool, String, bool) = lua.eval(&source).unwrap();
        assert!(!ok && alive, "{source}");
        assert!(
            message.contains("not enough memory") || message.contains("stack overflow"),
            "{source}: {message}"
        );
        lua.collect_garbage();
    }
    let error = lua
        .exec("local t = {} while true do t[#t + 1] = {} end")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory);
    assert_eq!(lua.eval::<i64>("return 1 + 1").unwrap(), 2);
}

fn a_state_under_a_limit_starts_or_says_so<N: NumberModel>() {
    let needed = state::<N>().heap_peak();
    for limit in (0..needed + 512).step_by(64) {
        let config = GcConfig {
            limit,
            ..GcConfig::default()
        };
        match Lua::<N>::with_images(config, &[]) {
            Ok(lua) => assert!(lua.heap_bytes() <= limit),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Memory);
                assert!(limit < needed, "{limit} of {needed}");
            }
        }
    }
}

/// A call through `__call` that finds no memory for its frame is made again with all its arguments.
fn callable_tables_keep_their_arguments<N: NumberModel>() {
    let source = "local function last(...) local a, b, c, d, e, f, g = ... return e, g end
         local outer = setmetatable({}, {__call = last})
         local a, b = outer(1, 2, 3, 'four', 5, 'six')
         local ok, c, d = pcall(outer, 1, 2, 3, 'four', 5, 'six')
         local co = coroutine.wrap(function(...) return outer(...) end)
         local e, f = co(1, 2, 3, 'four', 5, 'six')
         return table.concat({a, b, c, d, e, f}, ',')";
    for failing in 0.. {
        let mut lua = state::<N>();
        let chunk = lua.load(source, "=calls").unwrap();
        let before = lua.allocations();
        lua.fail_allocations_after(Some(failing));
        let text: String = lua.call(&chunk, ()).unwrap();
        assert_eq!(text, "four,six,four,six,four,six", "after {failing}");
        if lua.allocations() - before < failing {
            break;
        }
    }
}

fn collected_states_hold_nothing<N: NumberModel>() {
    let mut lua = state::<N>();
    let start = {
        lua.collect_garbage();
        lua.heap_bytes()
    };
    for _ in 0..3 {
        let text: String = lua.eval(PROGRAM).unwrap();
        assert!(!text.is_empty());
    }
    lua.collect_garbage();
    let grown = lua.heap_bytes() - start;
    // What stays: the main thread's longer stack and call infos, the intern table's room.
    assert!(grown < 16 * 1024, "{grown} bytes more");
}

/// The stack and calls of a deep recursion are given back: after an error, and after it has returned.
fn deep_recursion_leaves_no_large_stack<N: NumberModel>() {
    let mut lua = state::<N>();
    lua.exec("function down(n) if n == 0 then return 0 end return 1 + down(n - 1) end")
        .unwrap();
    lua.collect_garbage();
    let before = lua.heap_bytes();
    lua.exec("assert(not pcall(down, 1e7))").unwrap();
    lua.collect_garbage();
    assert!(lua.heap_bytes() < before + 4096, "{}", lua.heap_bytes());
    lua.exec("down(10000) collectgarbage()").unwrap();
    lua.collect_garbage();
    assert!(lua.heap_bytes() < before + 4096, "{}", lua.heap_bytes());
    lua.exec("down(10000) for _ = 1, 10000 do local t = {{}, {}} end")
        .unwrap();
    lua.collect_garbage();
    assert!(lua.heap_bytes() < before + 4096, "{}", lua.heap_bytes());
}
