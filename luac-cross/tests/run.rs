//! Scripts on the host, with and without images.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod support;

use support::Scene;

/// A scene with the image `m.img` of the modules `a` and `b`, and this script as `s.lua`.
fn with_image(script: &str) -> Scene {
    let scene = Scene::new(&[
        ("a.lua", "return 'module a', ..."),
        (
            "b.lua",
            "local t = { name = 'b' }\nfunction t.twice(x) return 2 * x end\nreturn t",
        ),
        ("s.lua", script),
    ]);
    let epoch = [("SOURCE_DATE_EPOCH", "1600000000")];
    scene.run_with("-f -o m.img a.lua b.lua", &epoch, b"").ok();
    // What is found from here on comes from the image.
    std::fs::remove_file(scene.path("a.lua")).unwrap();
    std::fs::remove_file(scene.path("b.lua")).unwrap();
    scene
}

#[test]
fn scripts_get_their_arguments_and_the_words_before_them() {
    let scene = Scene::new(&[(
        "s.lua",
        "print(...) print(#arg, arg[0], arg[1], arg[2], arg[-1], arg[-2], arg[-3] ~= nil, arg[-4])",
    )]);
    assert_eq!(
        scene.run("--num64 -e s.lua -x --").ok(),
        "-x\t--\n2\ts.lua\t-x\t--\t-e\t--num64\ttrue\tnil\n"
    );
}

#[test]
fn statements_stand_on_the_command_line() {
    let scene = Scene::new(&[]);
    assert_eq!(scene.run("-e print(1,...) 2").ok(), "1\t2\n");
    let ran = scene.run("-e x==1");
    assert!(ran.err.contains("(command line):1:"), "{}", ran.err);
    // A name that looks like a file is one.
    let ran = scene.run("-e not(there).lua");
    assert!(ran.err.contains("not(there).lua"), "{}", ran.err);
    assert!(!ran.err.contains("command line"), "{}", ran.err);
}

#[test]
fn scripts_come_from_standard_input_too() {
    let scene = Scene::new(&[]);
    let ran = scene.run_with("-e - 1 2", &[], b"#!/usr/bin/lua\nprint(arg[0], ...)");
    assert_eq!(ran.ok(), "-\t1\t2\n");
    let ran = scene.run_with("-e -", &[], b"\nx = = 1");
    assert!(ran.err.contains("stdin:2:"), "{}", ran.err);
}

#[test]
fn scripts_have_files_and_the_system() {
    let scene = Scene::new(&[(
        "s.lua",
        "print 'one' io.write 'two\\n' print 'three'
local f = assert(io.open('made.txt', 'w')) f:write(io.read 'a') f:close()
for line in io.lines 'made.txt' do io.stdout:write('<', line, '>\\n') end
print(os.getenv 'LUAC_CROSS_TEST', type(os.time()))
io.write 'not lost' os.exit(3)",
    )]);
    let ran = scene.run_with("-e s.lua", &[("LUAC_CROSS_TEST", "set")], b"x\ny\n");
    assert_eq!((ran.code, &*ran.err), (Some(3), ""));
    assert_eq!(ran.out, "one\ntwo\nthree\n<x>\n<y>\nset\tnumber\nnot lost");
}

#[test]
fn finalizers_run_at_the_end() {
    let scene = Scene::new(&[(
        "s.lua",
        "x = setmetatable({}, { __gc = function() print 'last words' end })",
    )]);
    assert_eq!(scene.run("-e s.lua").ok(), "last words\n");
}

#[test]
fn compiled_chunks_run_as_sources_do() {
    let scene = Scene::new(&[("s.lua", "print('ran', ...)")]);
    scene.run("-o s.out s.lua").ok();
    assert_eq!(scene.run("-e s.out 5").ok(), "ran\t5\n");
}

#[test]
fn a_script_that_fails_leaves_a_traceback() {
    let source = "local function inner() error('broken') end\nlocal function outer() inner() end\nprint 'first'\nouter()\n";
    let scene = Scene::new(&[("s.lua", source)]);
    let ran = scene.run("-e s.lua");
    assert_eq!((ran.code, &*ran.out), (Some(1), "first\n"));
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines[0], "luac-cross: s.lua:1: broken");
    assert_eq!(lines[1], "stack traceback:");
    for place in ["s.lua:1:", "s.lua:2:", "s.lua:4: in main chunk"] {
        assert!(
            lines[2..].iter().any(|line| line.contains(place)),
            "{}",
            ran.err
        );
    }
}

#[test]
fn a_module_that_fails_is_traced_into_the_image() {
    let scene = Scene::new(&[
        (
            "m.lua",
            "local function check(x)\n  return x.y.z\nend\nlocal found = check({})\nreturn found",
        ),
        ("s.lua", "require 'm'"),
    ]);
    scene.run("-f -s 1 -o m.img m.lua").ok();
    std::fs::remove_file(scene.path("m.lua")).unwrap();
    let ran = scene.run("-F m.img -e s.lua");
    assert_eq!(ran.code, Some(1));
    for place in [
        "m.lua:2: attempt to index",
        "m.lua:4:",
        "s.lua:1: in main chunk",
    ] {
        assert!(ran.err.contains(place), "{place}: {}", ran.err);
    }
}

#[test]
fn errors_that_are_no_text_are_described() {
    let scene = Scene::new(&[("s.lua", "error({})")]);
    let ran = scene.run("-e s.lua");
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.contains("(error object is a table value)"),
        "{}",
        ran.err
    );
    scene.write(
        "s.lua",
        b"error(setmetatable({}, {__tostring = function() return 'described' end}))",
    );
    assert!(scene.run("-e s.lua").err.contains("described"));
}

#[test]
fn images_answer_as_nodemcu_users_expect() {
    let scene = with_image(
        "local lfs = node.LFS
print(lfs.get('a')(1), lfs.get('missing'), lfs.get(7), lfs.get())
print(table.concat(lfs.list(), ','))
local c = lfs.config
print(c.lfs_base, math.type(c.lfs_mapped), c.lfs_size, c.lfs_used)
print(lfs.time)
print(node.flashindex('a')(2))
local time, base, mapped, size, names = node.flashindex()
print(time, base, mapped == c.lfs_mapped, size, #names)
print(LFS.b().twice(21), LFS.missing, LFS._time, #LFS._list)
print(pcall(function() LFS.x = 1 end))
print(type(package.loaders[3]), package.loaders == package.searchers)
print(package.loaders[3]('b')().name)
print(require('b').name, package.loaded.b == require 'b')
print(select(2, pcall(require, 'missing')):match \"no module 'missing'[^\\n]*\")",
    );
    let bytes = scene.read("m.img").len();
    let expected = format!(
        "module a\tnil\tnil\tnil
a,b
0\tinteger\t{bytes}\t{bytes}
1600000000
module a\t2
1600000000\t0\ttrue\t{bytes}\t2
42\tnil\t1600000000\t2
false\ts.lua:11: LFS is read-only: cannot set x
function\ttrue
b
b\ttrue
no module 'missing' in the mounted images
"
    );
    let out = scene.run("-F m.img -e s.lua").ok();
    assert_eq!(out, expected);
}

#[test]
fn later_images_hide_earlier_ones() {
    let scene = Scene::new(&[
        ("old/m.lua", "return 'old m'"),
        ("old/only.lua", "return 'only in old'"),
        ("new/m.lua", "return 'new m'"),
        (
            "s.lua",
            "print(LFS.m(), LFS.only(), table.concat(node.LFS.list(), ' '))",
        ),
    ]);
    scene.run("-f -o old.img old/m.lua old/only.lua").ok();
    scene.run("-f -o new.img new/m.lua").ok();
    assert_eq!(
        scene.run("-F old.img -F new.img -e s.lua").ok(),
        "new m\tonly in old\tm only\n"
    );
    assert_eq!(
        scene.run("-F new.img -F old.img -e s.lua").ok(),
        "old m\tonly in old\tm only\n"
    );
}

#[test]
fn files_win_over_images_until_the_loaders_are_swapped() {
    let scene = Scene::new(&[
        ("m.lua", "return 'flash'"),
        (
            "s.lua",
            "local l = package.loaders\nif ... then l[2], l[3] = l[3], l[2] end\nprint((require 'm'))",
        ),
    ]);
    scene.run("-f -o m.img m.lua").ok();
    scene.write("m.lua", b"return 'file'");
    assert_eq!(scene.run("-F m.img -e s.lua").ok(), "file\n");
    assert_eq!(scene.run("-F m.img -e s.lua swap").ok(), "flash\n");
}

#[test]
fn without_an_image_there_are_no_modules() {
    let scene = Scene::new(&[(
        "s.lua",
        "print(LFS, node and node.LFS.list(), node and node.LFS.get 'x', node and node.LFS.time, node and node.LFS.config)",
    )]);
    assert_eq!(scene.run("-e s.lua").ok(), "nil\tnil\tnil\tnil\tnil\n");
}

#[test]
fn the_model_is_that_of_the_image_unless_given() {
    let scene = Scene::new(&[("m.lua", "return 1"), ("s.lua", "print(math.maxinteger)")]);
    scene.run("--num64 -f -o m.img m.lua").ok();
    assert_eq!(scene.run("-e s.lua").ok(), "2147483647\n");
    assert_eq!(scene.run("-F m.img -e s.lua").ok(), "9223372036854775807\n");
    assert_eq!(
        scene.run("--num32 -F m.img -e s.lua").failed(),
        "m.img: image is built for Num64, this run is Num32: build it with --num32"
    );
}
