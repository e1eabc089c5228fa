//! Running out of memory: limits, and failures of single allocations.

use crate::program::{image, state, verified};
use lua_vm::api::Lua;
use lua_vm::number::NumberModel;
use lua_vm::{ErrorKind, GcConfig};

for_both_models!(
    every_failed_allocation_is_made_good,
    a_tight_limit_is_enough_for_a_loop_that_makes_garbage,
    running_out_is_an_error_that_can_be_caught,
    a_state_under_a_limit_starts_or_says_so,
    callable_tables_keep_their_arguments,
    collected_states_hold_nothing,
);

/// A program that uses all of the language, and checks itself: what it returns is always the same.
pub const PROGRAM: &str = r#"
local log = {}
local function note(...) log[#log + 1] = table.concat({...}, ',') end
-- tables of all shapes
local t = {}
for i = 1, 40 do t[i] = i; t['k' .. i] = i; t[i + 0.5] = i end
for i = 1, 40, 2 do t['k' .. i] = nil end
local n = 0
for k, v in pairs(t) do n = n + v end
note(#t, n)
-- closures and variables they share
local fs = {}
for i = 1, 10 do
  local x = i
  fs[i] = { function() x = x + 1 return x end, function() return x end }
end
fs[3][1]()
note(fs[3][1](), fs[3][2](), fs[4][2]())
-- strings
local s = ''
for i = 1, 30 do s = s .. i .. ';' end
note(#s, (s:gsub('%d+', function(d) return d + 1 end)):sub(1, 12), s:rep(3):len())
note(string.format('%5d|%-5s|%q', 42, 'ab', 'c\nd'), s:upper():find('30', 1, true))
-- coroutines
local gen = coroutine.wrap(function(a)
  for i = 1, 5 do a = a + coroutine.yield(a, {i}) end
  return 'end', a
end)
local sum = gen(1)
for i = 1, 5 do sum = gen(i) end
note(sum)
-- sorting with a comparator
local list = {}
for i = 1, 30 do list[i] = (i * 7919) % 31 end
table.sort(list, function(a, b) return a > b end)
note(list[1], list[15], list[30])
-- errors
local ok, message = pcall(function() local x = nil; return x.field end)
note(tostring(ok), message)
note(select(2, xpcall(error, function(m) return m .. '!' end, 'handled', 0)))
-- metamethods
local V = {}
V.__index = function(self, key) return key .. '?' end
V.__add = function(a, b) return setmetatable({v = a.v + b.v}, V) end
V.__concat = function(a, b) return (type(a) == 'table' and a.v or a) .. '&' .. (type(b) == 'table' and b.v or b) end
V.__eq = function(a, b) return a.v == b.v end
V.__lt = function(a, b) return a.v < b.v end
V.__le = function(a, b) return a.v <= b.v end
V.__len = function(a) return a.v end
V.__call = function(self, a, b) return self.v + a * b end
V.__newindex = function(self, key, value) rawset(self, key, value .. '*') end
local a, b = setmetatable({v = 3}, V), setmetatable({v = 4}, V)
local c = a + b
c.new = 'x'
note(c.v, c.missing, c.new, 'l' .. a .. 'm' .. b, tostring(a < b), tostring(a <= b), tostring(a == b), #a, a(5, 6))
-- a chunk, and a module if there is one
note(load('local a, b = ... return a * b, #{...}')(6, 7))
local found, module = pcall(require, 'module_of_image')
if found then note(module.join('a', 'b'), module.count()) end
-- goto, varargs, numeric loops
local function pack(...) return select('#', ...), {...} end
note((pack(1, nil, 3, nil)))
for i = 10, 1, -3 do if i == 4 then goto done end note(i) end
::done::
collectgarbage('step', 10)
return table.concat(log, '/')
"#;

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
