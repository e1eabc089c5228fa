//! The collector under Lua programs: steps, stress, weak tables, finalizers.

use crate::program::{Output, programs, run, state};
use lua_vm::api::Progress;
use lua_vm::number::{Num32, Num64, NumberModel};

for_both_models!(
    variables_are_shared_again_while_the_collector_sweeps,
    full_collections_free_what_is_unreachable,
    steps_end_cycles,
    weak_tables_lose_what_nothing_else_keeps,
    ephemerons_do_not_keep_their_keys,
    finalizers_run_in_reverse_order_and_may_resurrect,
    a_closed_state_runs_its_finalizers,
    a_finalizer_waits_while_there_is_no_memory_for_it,
    handles_to_stacks_survive_collection_under_stress,
);

fn variables_are_shared_again_while_the_collector_sweeps<N: NumberModel>() {
    // No closure holds the variable when marking ends; one made before the sweep has come to its upvalue does.
    let source = "
        local keep, x = {}, {}
        for i = 1, 2000 do keep[i] = {} end
        local function litter(count) for i = 1, count do local t = {i} end end
        for pause = 0, 3000, 41 do
          do local f = function() return x end f() end
          litter(pause)
          local f = function() return x end
          litter(3000)
          assert(f() == x)
        end
        return true";
    for fuel in [3, 17, 1_000_000] {
        let mut lua = state::<N>();
        let function = lua.load(source, "=f").unwrap();
        let mut task = lua.start(&function, ()).unwrap();
        while task.run(&mut lua, fuel).unwrap() != Progress::Finished {}
        assert!(task.take_results::<N, bool>(&mut lua).unwrap());
    }
}

fn full_collections_free_what_is_unreachable<N: NumberModel>() {
    let mut lua = state::<N>();
    lua.exec("local t = {} for i = 1, 10 do t[i] = {} end")
        .unwrap();
    lua.collect_garbage();
    let bytes = lua.heap_bytes();
    lua.exec(
        "local t = {} for i = 1, 1000 do t[i] = {{}, 'text' .. i, function() return i end} end",
    )
    .unwrap();
    lua.collect_garbage();
    // The main thread's stack stays as long as it got.
    assert!(
        lua.heap_bytes() <= bytes + 1024,
        "{} > {bytes}",
        lua.heap_bytes()
    );
}

fn steps_end_cycles<N: NumberModel>() {
    let mut lua = state::<N>();
    let (steps, freed): (u32, bool) = lua
        .eval(
            "collectgarbage('stop')
             local keep = {}
             for i = 1, 2000 do keep[i] = {i} end
             for i = 1, 2000 do local garbage = {i} end
             local before = collectgarbage('count')
             local steps = 0
             repeat
               steps = steps + 1
               keep[steps % 2000 + 1] = {'new'}
             until collectgarbage('step', 1) or steps > 1000000
             return steps, collectgarbage('count') < before",
        )
        .unwrap();
    assert!(steps > 1, "a step of one kilobyte did the whole cycle");
    assert!(freed);
}

fn weak_tables_lose_what_nothing_else_keeps<N: NumberModel>() {
    let mut lua = state::<N>();
    lua.exec(
        "local kept, keys, values, both = {}, setmetatable({}, {__mode = 'k'}),
           setmetatable({}, {__mode = 'v'}), setmetatable({}, {__mode = 'kv'})
         for i = 1, 20 do
           local key, value = {}, {}
           keys[key], values[i], both[key] = i, value, value
           if i % 2 == 0 then kept[#kept + 1] = key kept[#kept + 1] = value end
         end
         values[100], values[101] = 'a string is a value', 5
         collectgarbage()
         local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
         assert(count(keys) == 10 and count(values) == 12 and count(both) == 10)
         kept = nil
         collectgarbage()
         assert(count(keys) == 0 and count(values) == 2 and count(both) == 0)",
    )
    .unwrap();
}

fn ephemerons_do_not_keep_their_keys<N: NumberModel>() {
    let mut lua = state::<N>();
    lua.exec(
        "local e = setmetatable({}, {__mode = 'k'})
         local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
         do -- a cycle through the table alone
           local a, b = {}, {}
           e[a], e[b] = {b}, {a}
         end
         local root = {}
         local last = root
         for i = 1, 50 do -- a chain that hangs on one key
           local next = {}
           e[last] = {next}
           last = next
         end
         last = nil
         collectgarbage()
         assert(count(e) == 50)
         root = nil
         collectgarbage()
         assert(count(e) == 0)",
    )
    .unwrap();
}

fn finalizers_run_in_reverse_order_and_may_resurrect<N: NumberModel>() {
    let mut lua = state::<N>();
    let order: String = lua
        .eval(
            "local order, risen = {}, nil
             local mt = {__gc = function(o) order[#order + 1] = o.name end}
             for i = 1, 5 do setmetatable({name = i}, mt) end
             setmetatable({name = 'phoenix', part = {1}}, {__gc = function(o)
               order[#order + 1] = o.name .. #o.part
               risen = o
             end})
             collectgarbage()
             assert(risen and risen.part[1] == 1)
             setmetatable(risen, getmetatable(risen)) -- once more
             risen = nil
             collectgarbage()
             assert(risen)
             risen = nil
             collectgarbage()
             setmetatable({}, {__gc = function() error('heard', 0) end})
             local ok, message = pcall(collectgarbage)
             assert(not ok and message == 'error in __gc metamethod (heard)', message)
             collectgarbage()
             return table.concat(order, ' ')",
        )
        .unwrap();
    assert_eq!(order, "phoenix1 5 4 3 2 1 phoenix1");
}

fn a_closed_state_runs_its_finalizers<N: NumberModel>() {
    let output = Output::default();
    let mut lua = state::<N>();
    output.attach(&mut lua);
    lua.exec(
        "keep = {}
         for i = 1, 3 do
           keep[i] = setmetatable({}, {__gc = function() print('closed', i, next({})) end})
         end
         keep[4] = setmetatable({}, {__gc = function() error('ignored') end})
         keep[5] = setmetatable({}, {__gc = function()
           setmetatable({}, {__gc = function() print('made while closing') end})
         end})",
    )
    .unwrap();
    assert_eq!(output.text(), "");
    drop(lua);
    let text = output.text();
    assert!(
        text.starts_with("closed\t3\tnil\nclosed\t2\tnil\nclosed\t1\tnil\n"),
        "{text}"
    );
}

/// A finalizer that has no room for its call waits; what ran at that moment goes on undisturbed.
fn a_finalizer_waits_while_there_is_no_memory_for_it<N: NumberModel>() {
    for failing in 0..60 {
        let mut lua = state::<N>();
        lua.exec(
            "done, calls = 0, 0
             function bump() calls = calls + 1 return calls end
             function work()
               for i = 1, 20 do
                 setmetatable({}, {__gc = function(o)
                   local a, b, c, d, e, f, g, h = 1, 2, 3, 4, 5, 6, 7, 8
                   done = done + (a + b + c + d + e + f + g + h) // 36
                 end})
                 collectgarbage('step', 0)
                 if bump() ~= i then error('called twice') end
                 local keyed = {[i] = 'x' .. i .. bump()}
                 if keyed[i] ~= 'x' .. i .. i + 1 then error('concatenated twice') end
                 calls = i
               end
             end",
        )
        .unwrap();
        lua.set_gc_stress(true);
        let work = lua.load("work()", "=work").unwrap();
        lua.fail_allocations_after(Some(failing));
        lua.call::<_, ()>(&work, ()).unwrap();
        lua.fail_allocations_after(None);
        lua.collect_garbage();
        lua.exec("collectgarbage() collectgarbage()").unwrap();
        assert_eq!(
            lua.eval::<i64>("return done").unwrap(),
            20,
            "after {failing}"
        );
    }
}

fn handles_to_stacks_survive_collection_under_stress<N: NumberModel>() {
    let mut lua = state::<N>();
    lua.set_gc_stress(true);
    let sum: i64 = lua
        .eval(
            "local function deep(n, acc)
               if n == 0 then return acc() end
               local here = n
               return 0 + deep(n - 1, function() here = here + 1 return here + acc() end)
             end
             local co = coroutine.wrap(function(...)
               local t = {...}
               for i = 1, 10 do t[#t + 1] = coroutine.yield(deep(i, function() return i end)) end
               return #t
             end)
             local sum = co('a', 'b')
             for i = 1, 10 do sum = sum + co({}) end
             return sum",
        )
        .unwrap();
    // deep(i) is i + (2 + ... + i + 1); and twelve values at the end.
    let expected: i64 = (1..=10)
        .map(|i| i + (1..=i).map(|k| k + 1).sum::<i64>())
        .sum::<i64>()
        + 12;
    assert_eq!(sum, expected);
}

/// Arguments that make a benchmark program short.
const SMALL: &[(&str, &str)] = &[
    ("bintrees", "4"),
    ("bits", "50"),
    ("closures", "20"),
    ("coroutines", "20"),
    ("fannkuch", "5"),
    ("fib", "8"),
    ("fields", "20"),
    ("format", "20"),
    ("hashint", "30"),
    ("json", "1"),
    ("lexer", "1"),
    ("life", "2"),
    ("loops_float", "50"),
    ("loops_int", "50"),
    ("mandelbrot", "4"),
    ("matmul", "4"),
    ("metamethods", "30"),
    ("methods", "30"),
    ("nbody", "10"),
    ("patterns", "2"),
    ("queens", "4"),
    ("sieve", "50"),
    ("sort", "40"),
    ("spectral", "4"),
    ("strbuild", "20"),
    ("varargs", "20"),
];

fn unchanged_by_stress<N: NumberModel>(name: &str, source: &[u8], arguments: &[&str]) {
    let plain = run::<N>(source, name, arguments, |_| ());
    let started = std::time::Instant::now();
    let stressed = run::<N>(source, name, arguments, |lua| lua.set_gc_stress(true));
    println!("{name} {} {:.1?}", N::NAME, started.elapsed());
    assert_eq!(
        stressed,
        plain,
        "{name} collecting at every safe point ({})",
        N::NAME
    );
}

#[test]
fn benchmark_programs_are_unchanged_by_stress() {
    for (file, source) in programs("bench") {
        let name = file.trim_end_matches(".lua");
        let arguments = SMALL.iter().find(|(known, _)| *known == name);
        let arguments: Vec<&str> = arguments.iter().map(|(_, size)| *size).collect();
        assert!(!arguments.is_empty(), "{name} needs a small size here");
        unchanged_by_stress::<Num64>(&file, &source, &arguments);
        unchanged_by_stress::<Num32>(&file, &source, &arguments);
    }
}

/// Programs that are too long for a collection at every step, or that observe the collector itself.
const NOT_UNDER_STRESS: &[&str] = &[
    "coroutine_errors.lua",
    "errors_combinations.lua",
    "gc_finalizers.lua",
    "functions.lua",
    "gc_finalizers.lua",
    "gc_options.lua",
    "gc_stress.lua",
    "limits.lua",
    "many_constants.lua",
    "os_io.lua",
    "stack_overflow.lua",
];

#[test]
fn test_programs_are_unchanged_by_stress() {
    for (file, source) in programs("tests-lua") {
        if !NOT_UNDER_STRESS.contains(&file.as_str()) {
            unchanged_by_stress::<Num64>(&file, &source, &[]);
        }
    }
}
