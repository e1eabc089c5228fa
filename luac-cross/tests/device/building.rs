//! Images made on the device.

use super::{device, support::Scene};

#[test]
fn sources_compiled_files_and_functions() {
    let scene = Scene::new(&[
        ("a.lua", "return 'a', ..."),
        (
            "b.lua",
            "local t = {} function t.f() return 'b.f' end return t",
        ),
    ]);
    let typed = "node.compile('b.lua')
file.remove('b.lua')
node.LFS.build{'a.lua', 'b.lc', c = 'a.lua', hello = function(who) return 'hello ' .. who end}
table.concat(node.LFS.list(), ' ')
node.LFS.a(1)
node.LFS.c(2)
node.LFS.b().f()
node.LFS.hello('you')
require('b').f()
node.LFS.time > 1600000000
node.LFS.rollback()
";
    assert_eq!(
        device(&scene, "--put a.lua --put b.lua", typed),
        "a b c hello\na\t1\na\t2\nb.f\nhello you\nb.f\ntrue\nnil\tno LFS image to roll back to\n"
    );
}

#[test]
fn the_image_is_the_cross_compilers() {
    let source = "local M = {}\nfunction M.f(x) return x * 2.5, 'text', 1 << 20 end\nreturn M";
    let scene = Scene::new(&[
        ("one.lua", source),
        ("two.lua", "return require 'one'.f(4)"),
    ]);
    scene.run("-f -o lfs.img one.lua two.lua").ok();
    device(
        &scene,
        "--put one.lua --put two.lua",
        "node.LFS.build{'one.lua', 'two.lua'}\n",
    );
    let flash = scene.read("flash.bin");
    let image = scene.read("lfs.img");
    // Behind the header, which has the time of the build.
    let body = &image[72..];
    let found = flash
        .windows(body.len())
        .step_by(4)
        .any(|window| window == body);
    assert!(found, "the words of the image are in flash");
}

#[test]
fn what_cannot_be_built_is_said_and_loses_nothing() {
    let scene = Scene::new(&[
        ("m.lua", "return 'm'"),
        ("bad.lua", "local local"),
        ("junk.lc", "\u{1b}junk"),
    ]);
    scene.run("-f -o m.img m.lua").ok();
    let typed = "node.LFS.build{'bad.lua'}
node.LFS.build{'junk.lc'}
node.LFS.build{'none.lua'}
node.LFS.build{'m.lua', 'm.lua'}
node.LFS.build{}
node.LFS.build{x = print}
pcall(node.LFS.build)
pcall(node.LFS.build, {1})
pcall(node.LFS.build, {x = 1})
node.LFS.m()
";
    let out = device(
        &scene,
        "--load m.img --put m.lua --put bad.lua --put junk.lc",
        typed,
    );
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(
        lines[0],
        "module 'bad': bad.lua:1: <name> expected near 'local'"
    );
    assert!(lines[1].starts_with("module 'junk': "), "{out}");
    assert_eq!(lines[2], "module 'none': No such file or directory");
    assert_eq!(lines[3], "module 1: name is taken");
    assert_eq!(lines[4], "no modules");
    assert_eq!(lines[5], "module 'x': unable to dump given function");
    assert!(lines[6].contains("table expected, got no value"), "{out}");
    assert!(lines[7].contains("item 1 is no file name"), "{out}");
    assert!(
        lines[8].contains("fields are file names or functions"),
        "{out}"
    );
    assert_eq!(lines[9], "m");
}

#[test]
fn a_program_is_built_on_the_heap_of_a_device() {
    let scene = Scene::new(&[]);
    let mut options = String::new();
    let mut files = Vec::new();
    for number in 0..20 {
        let mut source = String::from("local M = {}\n");
        for function in 0..20 {
            source += &format!(
                "function M.f{function}(a, b) local t = {{a, b, 'module {number} function {function}'}} return #t, t[3] end\n"
            );
        }
        source += "return M\n";
        let name = format!("mod{number}.lua");
        scene.write(&name, source.as_bytes());
        options += &format!(" --put {name}");
        files.push(format!("'{name}'"));
    }
    let typed = format!(
        "node.LFS.build{{{}}}\n#node.LFS.list()\nnode.LFS.mod7().f19()\nnode.LFS.config.lfs_used > 30000\n",
        files.join(",")
    );
    assert_eq!(
        device(&scene, &options, &typed),
        "20\n3\tmodule 7 function 19\ntrue\n"
    );
}
