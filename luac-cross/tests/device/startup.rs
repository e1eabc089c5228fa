//! What runs after boot.

use super::{device, support::Scene};

#[test]
fn init_module_then_the_command() {
    let scene = Scene::new(&[("_init.lua", "print '_init'"), ("main.lua", "print 'main'")]);
    scene.run("-f -o lfs.img _init.lua main.lua").ok();
    scene.write("init.lua", b"print 'init.lua'");
    let typed = "node.startup().command
node.startupcommand('!main')
node.restart()
node.startupcommand('print(6 * 7)')
node.restart()
node.startup{banner = false, command = '@other.lua'}.banner
file.putcontents('other.lua', 'print [[other]]')
node.restart()
node.startup().banner
node.startup('').command
node.restart()
";
    assert_eq!(
        device(&scene, "--load lfs.img --put init.lua", typed),
        "_init\ninit.lua\n@init.lua\ntrue\n_init\nmain\ntrue\n_init\n42\nfalse\ntrue\n_init\nother\nfalse\n@init.lua\n_init\ninit.lua\n"
    );
}

#[test]
fn errors_at_start_leave_a_prompt() {
    let scene = Scene::new(&[
        ("_init.lua", "error 'in _init'"),
        ("init.lua", "local local"),
    ]);
    scene.run("-f -o lfs.img _init.lua").ok();
    let out = device(&scene, "--load lfs.img --put init.lua", "print 'prompt'\n");
    assert!(out.starts_with("_init.lua:1: in _init\n"), "{out}");
    assert!(
        out.ends_with("init.lua:1: <name> expected near 'local'\nprompt\n"),
        "{out}"
    );
}

#[test]
fn the_clock_is_set_at_the_start() {
    let typed = "node.getcpufreq()
node.startup{frequency = 160}.frequency
node.restart()
node.getcpufreq()
node.startup{frequency = 100}
node.restart()
node.getcpufreq()
node.startup('').frequency
node.startup{frequency = 1000}
node.startup{delay_mount = true}
";
    let out = device(&Scene::new(&[]), "", typed);
    let lines: Vec<_> = out.lines().filter(|line| !line.starts_with('\t')).collect();
    assert_eq!(lines[..3], ["80", "160", "160"]);
    assert!(lines[3].starts_with("table"), "{out}");
    assert_eq!(
        lines[4..7],
        ["this board has no clock of 100 MHz", "80", "nil"]
    );
    assert!(out.contains("invalid start-up setting: frequency"), "{out}");
    assert!(
        out.contains("invalid start-up setting: delay_mount"),
        "{out}"
    );
}

#[test]
fn settings_that_are_none_are_refused() {
    let scene = Scene::new(&[]);
    let out = device(
        &scene,
        "",
        "node.startup{speed = 1}\nnode.startup(1)\nnode.startupcommand()\nnode.startup().command\n",
    );
    assert!(out.contains("invalid start-up setting: speed"), "{out}");
    assert!(out.contains("table expected, got number"), "{out}");
    assert!(out.contains("string expected, got no value"), "{out}");
    assert!(out.ends_with("@init.lua\n"), "{out}");
}

#[test]
fn a_statement_may_take_many_lines_and_restarts_are_in_order() {
    let scene = Scene::new(&[]);
    let typed = "function f(x)\n  return {\n    x,\n  }\nend\nf(5)[1]\nnode.bootreason()\nnode.restart() print 'never'\nf\nnode.bootreason()\n";
    assert_eq!(device(&scene, "", typed), "5\n1\t0\nnil\n2\t4\n");
}

#[test]
fn a_damaged_file_system_is_said_and_kept() {
    let scene = Scene::new(&[]);
    device(&scene, "", "file.putcontents('a', 'kept')\n");
    let mut flash = scene.read("flash.bin");
    let whole = flash.clone();
    // Where the table has the file system: the two copies of its root.
    for at in [0x1f_0000, 0x1f_1000] {
        flash[at..at + 64].fill(0);
    }
    scene.write("flash.bin", &flash);
    let out = device(&scene, "", "file and file.list()\n");
    assert!(
        out.starts_with("file system is damaged: file.format() makes an empty one\n"),
        "{out}"
    );
    assert_eq!(scene.read("flash.bin").len(), flash.len());
    assert!(scene.read("flash.bin") == flash, "nothing is written");
    scene.write("flash.bin", &whole);
    assert_eq!(device(&scene, "", "file.getcontents('a')\n"), "kept\n");
    scene.write("flash.bin", &flash);
    let out = device(
        &scene,
        "",
        "file.format()\nfile.putcontents('b', 'new')\nfile.getcontents('b')\n",
    );
    assert!(out.ends_with("true\nnew\n"), "{out}");
}
