//! The standard library as embedders see it: what goes through the host's hooks, and that lack of memory at any point
//! changes nothing a program can see.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use lua_vm::num64::Lua;
use std::cell::RefCell;
use std::rc::Rc;

type Output = Rc<RefCell<Vec<u8>>>;

/// A state whose output is kept and whose files are those given.
fn state(files: &'static [(&'static str, &'static str)]) -> (Lua<'static>, Output) {
    let mut lua = Lua::new().unwrap();
    let output = Output::default();
    let sink = output.clone();
    lua.set_output(move |bytes| sink.borrow_mut().extend_from_slice(bytes))
        .unwrap();
    lua.set_reader(move |name| {
        let found = files.iter().find(|(known, _)| known.as_bytes() == name);
        match found {
            Some((_, text)) => Ok(text.as_bytes().to_vec()),
            None => Err(b"no such file".to_vec()),
        }
    })
    .unwrap();
    (lua, output)
}

fn run(files: &'static [(&'static str, &'static str)], source: &str) -> String {
    let (mut lua, output) = state(files);
    let function = lua.load(source, "=test").unwrap();
    if let Err(error) = lua.call::<(), ()>(&function, ()) {
        panic!("{error}");
    }
    let text = output.borrow().clone();
    String::from_utf8(text).unwrap()
}

/// Runs the source with a collection at every safe point, and once for each allocation it makes, each time with that allocation failing: the output must stay
/// the same, as the executor collects and tries again.
fn survives_lack_of_memory(files: &'static [(&'static str, &'static str)], source: &str) {
    let expected = run(files, source);
    let total = {
        let (mut lua, _) = state(files);
        let function = lua.load(source, "=test").unwrap();
        let before = lua.allocations();
        lua.call::<(), ()>(&function, ()).unwrap();
        lua.allocations() - before
    };
    let (mut lua, output) = state(files);
    lua.set_gc_stress(true);
    let function = lua.load(source, "=test").unwrap();
    lua.call::<(), ()>(&function, ()).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.borrow()),
        expected,
        "collecting at every safe point"
    );
    for n in 0..total {
        let (mut lua, output) = state(files);
        let function = lua.load(source, "=test").unwrap();
        lua.fail_allocations_after(Some(n));
        let result = lua.call::<(), ()>(&function, ());
        lua.fail_allocations_after(None);
        let output = String::from_utf8_lossy(&output.borrow()).into_owned();
        assert_eq!(
            (result, output),
            (Ok(()), expected.clone()),
            "allocation {n} of {total} failed"
        );
    }
}

#[test]
fn files_come_from_the_host() {
    const FILES: &[(&str, &str)] = &[
        ("a.lua", "#! shell\nreturn ..."),
        (
            "./dir/m.lua",
            "local name, file = ... return { name = name, file = file }",
        ),
        ("bad.lua", "x ="),
    ];
    let output = run(
        FILES,
        r##"
        package.path = "./?.lua"
        print(loadfile("a.lua")(5), dofile("a.lua"))
        print(loadfile("nowhere"))
        print(loadfile("bad.lua"))
        print(loadfile("a.lua", "b"))
        local m = require "dir.m"
        print(m.name, m.file, m == require "dir.m")
        print(select(2, pcall(require, "none")))
        "##,
    );
    assert_eq!(
        output,
        "5\n\
         nil\tno such file\n\
         nil\tbad.lua:1: unexpected symbol near <eof>\n\
         nil\tattempt to load a text chunk (mode is 'b')\n\
         dir.m\t./dir/m.lua\ttrue\n\
         module 'none' not found:\n\tno field package.preload['none']\n\tno file './none.lua'\n"
    );
}

#[test]
fn print_and_write_share_the_hosts_output() {
    assert_eq!(
        run(
            &[],
            "io.write('a', 1, ' ') print('b', nil, true) io.stdout:write(2.0):write('\\n')"
        ),
        "a1 b\tnil\ttrue\n2\n"
    );
}

#[test]
fn basic_functions_without_memory() {
    survives_lack_of_memory(
        &[],
        r##"
        local object = setmetatable({}, { __tostring = function() return ("x"):rep(50) end, __name = "kind" })
        print(1, 2.5, "s", nil, object, tostring(object), object)
        local old = tostring
        tostring = function(v) return "<" .. old(v) .. ">" end
        print(1, {} ~= nil, object)
        tostring = old
        print(pcall(error, ("m"):rep(60)), pcall(error, { 1 }) == false)
        print(xpcall(function(...) error(select("#", ...) .. ("e"):rep(50)) end, function(m) return m .. "!" end, 1, 2))
        print(select(-2, 1, 2, ("t"):rep(50)))
        for k, v in pairs(setmetatable({}, { __pairs = function(t) return next, { a = ("v"):rep(45) } end })) do print(k, v) end
        local t = {}
        for i = 1, 40 do rawset(t, "k" .. i, i) end
        print(rawlen(t), tonumber("  0x1F  "), tonumber("zz", 36), collectgarbage("step") ~= nil, collectgarbage())
        print(setmetatable(t, { __index = rawget }).missing, getmetatable("").__index == string)
        "##,
    );
}

#[test]
fn loading_without_memory() {
    const FILES: &[(&str, &str)] = &[(
        "m.lua",
        "local n = ... return n .. ' loaded with a long text: ' .. ('y'):rep(40)",
    )];
    survives_lack_of_memory(
        FILES,
        r##"
        local parts = { "return ", "'a long constant ", ("z"):rep(60), "', ..." }
        local n = 0
        print(load(function() n = n + 1 return parts[n] end, "=parts", "t", {})(7))
        print(load(function() error("reader " .. ("f"):rep(40)) end))
        print(load("return x", "=env", "t", { x = 5 })(), load("x =", "=bad"))
        package.path = "?.lua"
        print(require "m", require "m")
        package.preload.p = function(name) return { name = name } end
        print(require "p".name, pcall(require, "absent"))
        print(package.searchpath("a.b", "?.x;?.y;" .. ("?"):rep(20)))
        "##,
    );
}

#[test]
fn coroutines_without_memory() {
    survives_lack_of_memory(
        &[],
        r##"
        local co = coroutine.create(function(...)
          local got = { ... }
          for i = 1, 5 do got[#got + 1] = coroutine.yield(i, ("y"):rep(41 + i)) end
          error(table.concat(got, ","))
        end)
        for i = 1, 7 do print(coroutine.resume(co, "v" .. i), coroutine.status(co)) end
        local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(("w"):rep(i)) end error("end") end)
        print(gen(), gen(), gen(), pcall(gen))
        print(coroutine.wrap(function() return pcall(function() coroutine.yield(1) error("x" .. 2) end) end)())
        print(coroutine.isyieldable(), select(2, coroutine.running()))
        print((debug.traceback(co, ("m"):rep(60)):gsub("%d+", "n")))
        "##,
    );
}

#[test]
fn debug_without_memory() {
    survives_lack_of_memory(
        &[],
        r##"
        local function f(a, b, ...)
          local c = a + b
          local info = debug.getinfo(1)
          local names = {}
          for k in pairs(info) do names[#names + 1] = k end
          table.sort(names)
          print(table.concat(names, " "), info.name, info.currentline, info.short_src)
          print(debug.getlocal(1, 1), debug.getlocal(1, 3), debug.getlocal(1, -1), debug.setlocal(1, 3, 9), c)
          print(debug.getupvalue(f or print, 1), #debug.getstrings("RAM") > 0, #debug.getstrings("ROM") > 100)
          print((debug.traceback(("t"):rep(50)):gsub("%d+", "n")))
        end
        f(1, 2, 3)
        "##,
    );
}

#[test]
fn files_without_memory() {
    survives_lack_of_memory(
        &[],
        r##"
        local file = io.tmpfile()
        for i = 1, 20 do file:write("line ", i, " ", ("l"):rep(50), "\n") end
        file:seek("set")
        for line in file:lines() do io.write(#line, " ") end
        file:seek("set")
        print(file:read("l", "L", 3, "n", "a"):sub(1, 60))
        file:seek("set", 3)
        print(#file:read("a"), file:read("a"), file:read("l"), file:seek("cur"), io.type(file), file:close())
        print(pcall(file.read, file), tostring(file), io.open("/no/such/place/" .. ("p"):rep(40)))
        print(os.date("!%Y-%m-%d %H:%M:%S", 1e9 // 1 | 0), os.time({ year = 2001, month = 9, day = 9, hour = 1 }) ~= nil)
        print(os.getenv("NO_SUCH_" .. ("V"):rep(40)), pcall(os.date, "%Q"))
        "##,
    );
}
