//! The Lua module `file` and the library `io` over a volume in flash.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use esp_port::files::{Files, Mode, Volume};
use esp_port::lua::file;
use lfs_format::nor::NorModel;
use lua_vm::GcConfig;
use lua_vm::api::Lua;
use lua_vm::number::{Num32, Num64, NumberModel};
use std::cell::RefCell;
use std::rc::Rc;

fn volume(blocks: usize) -> Files {
    let flash = NorModel::<4096>::new(blocks).unwrap();
    let mut volume = Volume::new(flash, 0, blocks as u32 * 4096).unwrap();
    volume.format().unwrap();
    volume.mount().unwrap();
    Files::new(volume).unwrap()
}

fn state<N: NumberModel>(files: &Files) -> Lua<'static, N> {
    let mut lua = Lua::with_names(GcConfig::default(), &[&file::NAMES], &[]).unwrap();
    // With the features of a host the VM has a library of its own.
    lua.exec("io, package.loaded.io = nil").unwrap();
    file::open(&mut lua, files.clone()).unwrap();
    lua
}

/// Runs a program with both number models, each on a fresh volume.
fn run(program: &str) {
    state::<Num32>(&volume(24)).exec(program).unwrap();
    state::<Num64>(&volume(24)).exec(program).unwrap();
}

#[test]
fn objects_read_and_write() {
    run(r##"
        local f = file.open("a.txt", "w+")
        assert(f:write("one\ntwo\n") == true and f:writeline("three") == true and f:write(42) == true)
        assert(f:seek("set") == 0 and f:readline() == "one\n")
        assert(f:seek() == 4 and f:seek("cur", 1) == 5 and f:seek("end", -2) == 14)
        assert(f:read() == "42" and f:read() == nil and f:readline() == nil and f:read("x") == nil)
        f:seek("set", 0)
        assert(f:read(2) == "on" and f:read("w") == "e\ntw" and f:read("\n") == "o\n" and f:read(100) == "three\n42")
        f:seek("set", 1)
        assert(f:write("NE") and f:flush() == true and f:seek("set", 0) and f:readline() == "oNE\n")
        assert(f:seek("set", -1) == nil and f:seek("cur", -100) == nil and f:seek() == 4)
        assert(tostring(f):find("^file %(0x%x+%)$"))
        assert(select("#", f:close()) == 0)
        assert(tostring(f) == "file (closed)")
        assert(select("#", f:close()) == 0)
        for _, method in ipairs{"read", "write", "readline", "seek", "flush", "writeline"} do
          local ok, message = pcall(f[method], f, "x")
          assert(not ok and message:find("attempt to use a closed file"), message)
        end
    "##);
}

#[test]
fn functions_are_about_the_file_opened_last() {
    run(r##"
        for _, name in ipairs{"read", "write", "readline", "seek", "flush", "writeline"} do
          local ok, message = pcall(file[name], "x")
          assert(not ok and message:find("open a file first"), message)
        end
        file.close()
        assert(file.open("log", "a"))
        assert(file.write("x") and file.writeline("y") and file.flush())
        file.close()
        assert(not pcall(file.write, "z"))
        local first = file.open("log")
        assert(file.readline() == "xy\n" and file.seek("set") == 0 and file.read(1) == "x")
        local second = file.open("other", "w")
        assert(file.write("second") and first:read() == "y\n")
        assert(file.read(first) == nil)
        first:close()
        assert(file.write("!"))
        second:close()
        assert(not pcall(file.write, "z"))
        assert(file.open("absent") == nil and not pcall(file.read))
        assert(file.getcontents("other") == "second!")
        assert(file.open("log", "r") and file.write("no") == nil and file.read() == "xy\n")
        assert(file.open("log", "w") and file.read() == nil)
    "##);
}

#[test]
fn names() {
    run(r##"
        assert(next(file.list()) == nil)
        assert(file.putcontents("init.lua", "print(1)") == true)
        assert(file.putcontents("/web/index.html", ("x"):rep(3000)) == true)
        assert(file.putcontents("/FLASH/data.bin", "\0\1\2") == true)
        local function check(pattern, expected)
          local got = {}
          for name, size in pairs(file.list(pattern)) do got[#got + 1] = name .. "=" .. size end
          table.sort(got)
          assert(table.concat(got, " ") == expected, table.concat(got, " "))
        end
        check(nil, "data.bin=3 init.lua=8 web/index.html=3000")
        check("%.lua$", "init.lua=8")
        check("^web/", "web/index.html=3000")
        check("^index", "")
        local ok, message = pcall(file.list, "[")
        assert(not ok and message:find("malformed pattern"), message)
        assert(file.exists("init.lua") and file.exists("/init.lua") and not file.exists("absent"))
        assert(file.exists("") == false and file.exists("a\0b") == false)

        local stat = file.stat("/web/index.html")
        assert(stat.size == 3000 and stat.name == "/web/index.html" and not stat.is_dir)
        assert(stat.time.year == 1970 and stat.time.sec == 0 and stat.is_rdonly == false)
        assert(file.stat("web").is_dir == true and file.stat("absent") == nil)

        assert(file.rename("init.lua", "main.lua") == true and not file.exists("init.lua"))
        assert(file.rename("absent", "x") == false and file.rename("main.lua", "data.bin") == true)
        assert(file.getcontents("data.bin") == "print(1)" and file.getcontents("absent") == nil)
        assert(select("#", file.remove("data.bin")) == 0 and select("#", file.remove("absent")) == 0)
        assert(not file.exists("data.bin"))

        local left, used, total = file.fsinfo()
        assert(total == 24 * 4096 and left + used == total and used > 3000)
        file.format()
        assert(next(file.list()) == nil)
        assert(select(2, file.fsinfo()) < used)
    "##);
}

#[test]
fn wrong_arguments_are_errors() {
    run(r##"
        local function fails(message, f, ...)
          local ok, found = pcall(f, ...)
          assert(not ok and found:find(message, 1, true), found)
        end
        fails("string expected, got no value", file.open)
        fails("string expected, got table", file.open, {})
        fails("invalid mode", file.open, "x", "q")
        for _, name in ipairs{"exists", "remove", "stat", "getcontents", "rename", "putcontents"} do
          fails("string expected", file[name])
        end
        fails("bad argument #2", file.putcontents, "x")
        fails("bad argument #2", file.rename, "x", {})
        local f = file.open("x", "w+")
        fails("string expected", f.write, f)
        fails("string expected", file.write)
        fails("one character expected", f.read, f, "ab")
        fails("one character expected", file.read, "")
        fails("out of range", f.read, f, -1)
        fails("number expected", f.read, f, {})
        fails("invalid option", f.seek, f, "middle")
        fails("number expected", f.seek, f, "set", "x")
    "##);
}

#[test]
fn long_lines_come_in_pieces() {
    run(r##"
        file.putcontents("long", ("x"):rep(2500) .. "\n" .. "end")
        local f = file.open("long")
        assert(#f:readline() == 1024 and #f:readline() == 1024 and #f:readline() == 453 and f:readline() == "end")
        f:seek("set")
        assert(#f:read() == 1024 and #f:read(2000) == 1480 and f:read(1) == nil)
        f:seek("set")
        assert(#f:read("q") == 1024)
    "##);
}

#[test]
fn files_run_out_only_while_they_are_used() {
    run(r##"
        local held = {}
        while true do
          local f = file.open("many", "a+")
          if not f then break end
          held[#held + 1] = f
        end
        assert(#held == 16)
        local f, message, number = io.open("many")
        assert(f == nil and message == "many: Too many open files" and number == 24, message)
        held = nil
        for i = 1, 100 do assert(file.open("many", "a"), i) end
        for i = 1, 100 do assert(io.open("many", "a"), i) end
        for i = 1, 100 do assert(io.lines("many"), i) end
        file.putcontents("many", "ab\ncd")
        for i = 1, 40 do
          local iterator = io.lines("many", 1, "L")
          local one, rest, none = iterator()
          assert(one == "a" and rest == "b\n" and none == nil)
        end
    "##);
}

#[test]
fn a_full_volume() {
    run(r##"
        assert(file.putcontents("kept", ("k"):rep(6000)))
        local f = file.open("large", "w")
        local piece, count = ("x"):rep(1000), 0
        while f:write(piece) do count = count + 1 end
        assert(count > 10 and count < 100)
        assert(f:write("x") == nil and f:flush() == nil)
        f:close()
        assert(file.stat("large").size == 0)
        assert(file.putcontents("kept", ("y"):rep(100000)) == nil)
        assert(file.getcontents("kept") == ("k"):rep(6000))

        local g = io.open("large", "w")
        local done, message, number
        repeat done, message, number = g:write(piece, piece) until not done
        assert(message == "No space left on device" and number == 28)
        done, message, number = g:close()
        assert(done == nil and message == "No space left on device" and number == 28)
        assert(io.type(g) == "closed file" and file.stat("large").size == 0)
    "##);
}

#[test]
fn io_reads_by_formats() {
    run(r##"
        local f = assert(io.open("t", "w"))
        assert(io.type(f) == "file" and tostring(f):find("^file %(0x"))
        assert(f:write("first\n", 12, " ", 0.5, "\n0x10 -3 rest\n\nlast") == f)
        assert(f:setvbuf("no") and f:setvbuf("full", 1024) and not pcall(f.setvbuf, f, "some"))
        assert(f:seek("end") == 31)
        assert(f:flush() == true and f:close() == true and io.type(f) == "closed file")
        assert(tostring(f) == "file (closed)" and io.type(1) == nil)
        f = assert(io.open("t"))
        assert(f:read() == "first")
        local a, b = f:read("n", "n")
        assert(a == 12 and b == 0.5 and math.type(a) == "integer")
        assert(f:read("L") == "\n")
        a, b = f:read("*n", "n")
        assert(a == 16 and b == -3)
        assert(f:read("n") == nil)
        assert(f:read("L") == "rest\n")
        f:seek("set", 0)
        assert(f:read(0) == "" and f:read(5) == "first" and f:read("l") == "" and f:read("L") == "12 0.5\n")
        assert(f:read("l", "l", "a") == "0x10 -3 rest")
        assert(f:read("a") == "" and f:read("l") == nil and f:read(1) == nil and f:read(0) == nil and f:read("n") == nil)
        assert(not pcall(f.read, f, "x") and not pcall(f.read, f, {}))
        local done, message, number = f:write("x")
        assert(done == nil and message == "Bad file descriptor" and number == 9)
        f:close()
        local ok
        ok, message = pcall(f.read, f)
        assert(not ok and message:find("attempt to use a closed file"))
    "##);
}

#[test]
fn io_iterates_and_has_defaults() {
    run(r##"
        file.putcontents("t", "a\nb\n\nc")
        local lines = {}
        for line in io.lines("t") do lines[#lines + 1] = line end
        assert(table.concat(lines, "|") == "a|b||c")
        local pieces = {}
        for one, two in io.lines("t", 1, "L") do pieces[#pieces + 1] = one .. "+" .. tostring(two) end
        assert(table.concat(pieces, "|") == "a+\n|b+\n|\n+c", table.concat(pieces, "|"))
        local f = io.open("t")
        for line in f:lines("L") do assert(line == "a\n") break end
        assert(f:read("a") == "b\n\nc" and f:close())
        local ok, message = pcall(io.lines, "absent")
        assert(not ok and message:find("cannot open file 'absent' %(No such file or directory%)"), message)
        local iterator = io.lines("t")
        while iterator() do end
        assert(not pcall(iterator))

        local f, message, number = io.open("absent")
        assert(f == nil and message == "absent: No such file or directory" and number == 2)
        assert(not pcall(io.open, "x", "rw"))
        assert(not pcall(io.read) and not pcall(io.lines))
        assert(io.type(io.output()) == "file" and io.output() == io.stderr)
        assert(io.write("to the console\n") == io.output() and io.stdout:write("console\n"))
        assert(select(2, io.stdout:close()) == "cannot close standard file" and io.flush())
        assert(select(2, io.stdout:read()) == "Bad file descriptor" and select(2, io.stdout:seek()))
        assert(io.output("out") and io.write("in a file", 1) and io.close())
        assert(not pcall(io.write, "x"))
        assert(io.output(io.stdout) == io.stdout)
        assert(io.input("out") and io.read("a") == "in a file1" and io.input():seek("set") == 0)
        for line in io.lines() do assert(line == "in a file1") end
        assert(io.close(io.input()) and not pcall(io.read))
        assert(not pcall(io.input, "absent") and not pcall(io.close, 1))
    "##);
}

#[test]
fn output_goes_where_print_writes() {
    let mut lua = state::<Num32>(&volume(8));
    let seen = Rc::new(RefCell::new(Vec::new()));
    let sink = seen.clone();
    lua.set_output(move |bytes| sink.borrow_mut().extend_from_slice(bytes))
        .unwrap();
    lua.exec("io.write('a', 1) io.stdout:write(2.5, '\\n')")
        .unwrap();
    assert_eq!(*seen.borrow(), b"a12.5\n");
}

#[test]
fn chunks_are_loaded_from_files() {
    run(r##"
        file.putcontents("chunk.lua", "#!shebang\nreturn ..., 'chunk'")
        assert(select(2, dofile("chunk.lua")) == "chunk" and loadfile("/FLASH/chunk.lua")(7) == 7)
        file.putcontents("lib/deep.lua", "return {name = ...}")
        local deep = require("lib.deep")
        assert(deep.name == "lib.deep" and require("lib.deep") == deep)
        file.putcontents("binary.lc", string.dump(load("return 'binary'")))
        assert(require("binary") == "binary")
        local f, message = loadfile("absent.lua")
        assert(f == nil and message == "cannot open absent.lua: No such file or directory", message)
        assert(not pcall(dofile, "absent.lua"))
        local ok, message = pcall(require, "absent")
        assert(not ok and message:find("no file 'absent.lc'", 1, true), message)
        file.putcontents("broken.lua", "return (")
        f, message = loadfile("broken.lua")
        assert(f == nil and message:find("^broken.lua:1:"), message)
        assert(require "file" == file and require "io" == io)
    "##);
}

#[test]
fn files_that_are_not_referred_to_are_closed() {
    let files = volume(16);
    let mut lua = state::<Num32>(&files);
    lua.exec("io.open('forgotten', 'w'):write('still here')")
        .unwrap();
    assert_eq!(files.content(b"forgotten").unwrap(), b"");
    lua.exec("collectgarbage() collectgarbage()").unwrap();
    assert_eq!(files.content(b"forgotten").unwrap(), b"still here");
    lua.exec("file.open('ended', 'w') file.write('with the state')")
        .unwrap();
    drop(lua);
    assert_eq!(files.content(b"ended").unwrap(), b"with the state");
}

#[test]
fn a_program_goes_on_whatever_allocation_fails() {
    let program = r##"
        local f = assert(file.open("log", "a+"))
        assert(f:write("line " .. 1 .. "\n") and f:writeline(2))
        assert(f:seek("set", 0) == 0)
        local line = f:readline()
        assert(line == "line 1\n" and f:read("\n") == "2\n" and f:read() == nil)
        f:close()
        local g = assert(io.open("log"))
        local text, number = g:read("l", "n")
        assert(text == "line 1" and number == 2 and g:read("a") == "\n")
        assert(g:close())
        local h = assert(io.open("out", "w"))
        assert(h:write("x", 1, 2.5) and h:close())
        for line in io.lines("out") do assert(line == "x12.5") end
        assert(file.list()["log"] == 9 and file.stat("log").size == 9)
        assert(file.rename("log", "old") and file.getcontents("old") == "line 1\n2\n")
        assert(file.putcontents("other/deep", "x"))
        assert(loadfile("absent") == nil)
        file.remove("old") file.remove("out") file.remove("other/deep")
        assert(next(file.list()) == nil)
    "##;
    let files = volume(16);
    let mut lua = state::<Num32>(&files);
    let program = lua.load(program, "=program").unwrap();
    let idle = lua.load("", "=idle").unwrap();
    let call = |lua: &mut Lua<'static, Num32>, function| {
        let before = lua.allocations();
        let done: Result<(), _> = lua.call(function, ());
        done.map(|()| lua.allocations() - before)
    };
    call(&mut lua, &program).unwrap();
    // Those of the call itself are not made again.
    let calling = call(&mut lua, &idle).unwrap();
    let whole = call(&mut lua, &program).unwrap();
    assert!(whole > calling + 10);
    for nth in calling..whole {
        lua.fail_allocations_after(Some(nth));
        let done = call(&mut lua, &program);
        lua.fail_allocations_after(None);
        done.unwrap_or_else(|error| panic!("allocation {nth} of {whole}: {error}"));
    }
}

#[test]
fn a_state_that_is_too_small_says_so() {
    let files = volume(24);
    let mut lua = state::<Num32>(&files);
    lua.exec("file.putcontents('large', ('x'):rep(50000))")
        .unwrap();
    lua.collect_garbage();
    let limit = lua.heap_bytes() + 20_000;
    lua.set_memory_limit(limit);
    lua.exec(
        "local ok, message = pcall(file.getcontents, 'large')
         assert(not ok and message == 'not enough memory', message)
         local f = io.open('large')
         ok, message = pcall(f.read, f, 'a')
         assert(not ok and message == 'not enough memory', message)
         assert(f:seek() == 0 and #f:read(1000) == 1000 and f:close())
         local g = file.open('large')
         ok, message = pcall(g.read, g, 40000)
         assert(not ok and g:seek() == 0 and #g:read(10) == 10)",
    )
    .unwrap();
}

#[test]
fn names_are_needed_and_files_are_shared() {
    let files = volume(8);
    let mut lua = Lua::<Num32>::new().unwrap();
    assert!(file::open(&mut lua, files.clone()).is_err());
    let mut lua = state::<Num32>(&files);
    lua.exec("file.putcontents('a', 'from Lua')").unwrap();
    assert_eq!(files.content(b"/a").unwrap(), b"from Lua");
    let handle = files.open(b"b", Mode::WRITE).unwrap();
    files.write(handle, b"from Rust").unwrap();
    files.close(handle).unwrap();
    lua.exec("assert(file.getcontents('b') == 'from Rust')")
        .unwrap();
}
