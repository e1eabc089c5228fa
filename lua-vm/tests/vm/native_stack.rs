//! The native stack: constant use, whatever calls whatever.

use crate::program::state;
use lua_vm::number::NumberModel;

/// Runs in a thread whose native stack is small.
fn in_a_small_thread(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(64 * 1024)
        .spawn(work);
    thread.unwrap().join().unwrap();
}

macro_rules! on_a_small_stack {
    ($($name:ident: $source:expr => $expected:expr;)*) => {
        for_both_models!($($name),*);
        $(fn $name<N: NumberModel>() {
            in_a_small_thread(|| {
                let mut lua = state::<N>();
                assert_eq!(lua.eval::<String>($source).unwrap(), $expected);
            });
        })*
    };
}

on_a_small_stack! {
    recursion_of_lua_functions:
        "local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(100000)" => "100000";
    protected_calls_inside_one_another:
        "local function f(n)
           if n == 0 then error('bottom', 0) end
           local ok, message = pcall(f, n - 1)
           error(message, 0)
         end
         return select(2, pcall(f, 20000))" => "bottom";
    message_handlers:
        "local function f(n)
           if n == 0 then return 'none' .. nil end
           return (select(2, xpcall(f, function(m) return m end, n - 1)))
         end
         return (f(10000):gsub('^.*:%d+: ', ''))" => "attempt to concatenate a nil value";
    metamethods_that_call_metamethods:
        "local depth = 0
         local t = setmetatable({}, {__index = function(t, k) depth = depth + 1 return k == 0 and depth or t[k - 1] end})
         return tostring(t[20000])" => "20001";
    arithmetic_and_comparison_metamethods:
        "local M = {}
         local function new(n) return setmetatable({n = n}, M) end
         M.__add = function(a, b) if a.n == 0 then return b end return new(a.n - 1) + b end
         M.__lt = function(a, b) if a.n == 0 then return true end return new(a.n - 1) < b end
         M.__concat = function(a, b) if a.n == 0 then return 'end' end return new(a.n - 1) .. b end
         M.__call = function(a, b) if a.n == 0 then return 'called' end return new(a.n - 1)(b) end
         return tostring((new(5000) + new(7)).n) .. tostring(new(5000) < new(1)) .. (new(5000) .. 'x') .. new(5000)(1)"
        => "7trueendcalled";
    coroutines_inside_coroutines:
        "local function f(n)
           if n == 0 then return 0 end
           return 1 + coroutine.wrap(f)(n - 1)
         end
         -- As many as the reference implementation allows; more are an error, not a fault.
         local ok, message = pcall(f, 10000)
         return f(150) .. tostring(ok) .. message:match('C stack overflow')" => "150falseC stack overflow";
    coroutines_that_wait_for_one_another:
        "local last = coroutine.wrap(function() while true do coroutine.yield(1) end end)
         local made = {}
         for i = 1, 10000 do
           made[i] = coroutine.create(function() coroutine.yield(i) return last() end)
           coroutine.resume(made[i])
         end
         collectgarbage()
         local sum = 0
         for i = 1, 10000 do sum = sum + select(2, coroutine.resume(made[i])) end
         return tostring(sum)" => "10000";
    yields_across_many_coroutines:
        "local function f(n)
           if n == 0 then return coroutine.yield(1) end
           local inner = coroutine.wrap(f)
           local value = inner(n - 1)
           return inner(coroutine.yield(value + 1))
         end
         local co = coroutine.wrap(f)
         return co(150) .. co('back')" => "151back";
    sorts_inside_sorts:
        "local function f(n)
           local t = {2, 1}
           table.sort(t, function(a, b) if n > 0 then f(n - 1) n = 0 end return a < b end)
           return t[1]
         end
         return tostring(f(3000))" => "1";
    substitutions_inside_substitutions:
        "local function f(n)
           if n == 0 then return 'x' end
           return (('a'):gsub('a', function() return f(n - 1) end))
         end
         return f(3000)" => "x";
    iterators_and_loads_inside_one_another:
        "local function f(n)
           if n == 0 then return 'x' end
           for _, value in pairs(setmetatable({}, {__pairs = function() return next, {f(n - 1)} end})) do return value end
         end
         local function g(n)
           if n == 0 then return 'y' end
           local sent = false
           return load(function() if sent then return nil end sent = true return 'return ' .. '\"' .. g(n - 1) .. '\"' end)()
         end
         return f(2000) .. g(500)" => "xy";
    tostring_inside_tostring:
        "local function nest(n)
           return setmetatable({}, {__tostring = function() if n == 0 then return 'deep' end return tostring(nest(n - 1)) end})
         end
         return tostring(nest(3000))" => "deep";
    modules_that_require_modules:
        "for i = 1, 500 do
           package.preload['m' .. i] = function() return i == 500 and 'last' or require('m' .. i + 1) end
         end
         return require 'm1'" => "last";
    stack_overflow_is_an_error:
        "local function f() return 1 + f() end
         local ok, message = pcall(f)
         return (message:match('stack overflow'))" => "stack overflow";
    deep_structures_are_collected:
        "local t = {}
         for i = 1, 50000 do t = {t} end
         collectgarbage()
         local f = print
         for i = 1, 20000 do local g = f f = function() return g end end
         collectgarbage()
         t, f = nil, nil
         collectgarbage()
         return 'collected'" => "collected";
    deep_source_is_refused_or_compiled:
        "local ok, message = load(('('):rep(150) .. '1' .. (')'):rep(150))
         local deep = load('return ' .. ('('):rep(100000) .. '1')
         local blocks = load(('do '):rep(100000))
         return tostring(deep) .. tostring(blocks)" => "nilnil";
    patterns_that_backtrack:
        "local s = ('a'):rep(100000)
         local found = {s:find('^.-b'), s:find('^a*b'), s:match('^(.-)$') == s, s:find('^' .. ('(a)'):rep(32) .. '.-$')}
         local ok, message = pcall(string.find, s, ('a?'):rep(1000) .. 'b')
         return #found .. tostring(ok) .. message" => "37falsepattern too complex";
    finalizers_that_make_garbage:
        "local n = 0
         local function make() setmetatable({}, {__gc = function() n = n + 1 if n < 1000 then make() collectgarbage() end end}) end
         make()
         for i = 1, 3000 do collectgarbage() end
         return tostring(n)" => "1000";
    handlers_that_fail:
        "for i = 1, 30 do xpcall(error, function() error('again') end) end
         return select(2, xpcall(error, function(m) return m .. ' handled' end, 'still'))" => "still handled";
}
