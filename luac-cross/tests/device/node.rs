//! The library `node`: chip, memory, tasks, terminal, code.

use super::{device, support::Scene};

/// What is put out without tracebacks.
fn session(typed: &str) -> Vec<String> {
    let out = device(&Scene::new(&[]), "", typed);
    let traceback = |line: &&str| !line.starts_with('\t') && *line != "stack traceback:";
    out.lines().filter(traceback).map(str::to_owned).collect()
}

#[test]
fn facts_of_the_chip() {
    let lines = session(
        "node.chipid() == node.info('hw').chip_id, node.flashid() == node.info('hw').flash_id
node.flashsize(), node.info('hw').flash_size
select('#', node.info())
node.info('sw_version').node_version_minor
node.info('build_config').lfs_size == node.info('lfs').lfs_size
node.info('nothing')
node.getcpufreq()
math.type((node.uptime()))
",
    );
    assert_eq!(
        lines[..5],
        ["true\ttrue", "4194304\t4096", "8", "1", "true"]
    );
    assert!(
        lines[5].contains("'build_config' or 'lfs' expected"),
        "{}",
        lines[5]
    );
    assert_eq!(lines[6..], ["80", "integer"]);
}

#[test]
fn tasks_run_by_priority_when_the_statement_is_done() {
    let lines = session(
        "do local t = node.task
t.post(t.LOW_PRIORITY, function(p) print('low', p) end)
t.post(function(p) print('medium', p) end)
t.post(t.HIGH_PRIORITY, function(p) print('high', p) end)
t.post(function() t.post(t.HIGH_PRIORITY, function() print 'posted by a task' end) end)
print 'statement'
end
node.task.post(3, print)
node.task.post(1)
",
    );
    assert_eq!(
        lines[..4],
        ["statement", "high\t2", "medium\t1", "posted by a task"]
    );
    assert!(lines[4].contains("invalid priority"), "{lines:?}");
    assert!(
        lines[5].contains("function expected, got no value"),
        "{lines:?}"
    );
    // A low one waits until nothing is typed.
    assert_eq!(lines[6..], ["low\t0"]);
}

#[test]
fn the_queue_of_tasks_is_bounded() {
    let lines = session(
        "for i = 1, 33 do node.task.post(0, function() n = (n or 0) + 1 end) end\nnode.task.post(0, function() print(n) end)\n",
    );
    assert!(
        lines[0].contains("Task queue overflow. Task not posted"),
        "{lines:?}"
    );
}

#[test]
fn errors_of_tasks_go_to_the_handler_or_restart() {
    let lines = session(
        "node.setonerror(function(text) print('handled', (text:gsub('\\n.*', ''))) end)
node.task.post(function() error('one') end)
node.task.post(function() error('one') end)
node.setonerror(function() print 'once' node.setonerror() end)
node.task.post(function() error('never seen') end)
x = 1
node.task.post(function() error('two') end)
x
node.setonerror(5)
",
    );
    assert_eq!(lines[0], "handled\tstdin:1: one");
    assert_eq!(lines[1..3], ["handled\tstdin:1: one", "once"]);
    assert_eq!(lines[3], "stdin:1: two");
    assert_eq!(lines[4], "unprotected error: the device restarts");
    assert_eq!(lines[5], "nil");
    assert!(
        lines[6].contains("function expected, got number"),
        "{lines:?}"
    );
}

#[test]
fn output_is_redirected_and_input_is_given() {
    let lines = session(
        "node.output(function(text) kept = (kept or '') .. text end, 0)
print 'unseen'
1 + 1
node.output()
kept
node.output(function(text) seen = (seen or '') .. text end, 1)
print 'both'
node.output()
seen
node.input('print \"given\"\\n')
node.output(1)
",
    );
    assert_eq!(lines[..6], ["unseen", "2", "", "both", "both", ""]);
    assert_eq!(lines[6], "given");
    assert!(
        lines[7].contains("function expected, got number"),
        "{lines:?}"
    );
}

#[test]
fn strip_levels_are_for_what_is_compiled_next() {
    let lines = session(
        "node.stripdebug()
function f() local a = 1 error('x') end
pcall(f)
node.stripdebug(2)
function f() local a = 1 error('x') end
pcall(f)
node.stripdebug()
debug.getinfo(f, 'l').currentline, next(debug.getinfo(f, 'L').activelines or {})
node.stripdebug(1)
function f() local a = 1 error('x') end
pcall(f)
node.stripdebug(3)
",
    );
    assert_eq!(lines[..3], ["0", "false\tstdin:1: x", "false\tx"]);
    assert_eq!(lines[3], "2");
    assert_eq!(lines[5], "false\tstdin:1: x");
    assert!(lines[6].contains("level 0, 1 or 2 expected"), "{lines:?}");
}

#[test]
fn restart_is_seen_by_nobody() {
    let lines = session(
        "x = 1\npcall(function() coroutine.wrap(function() node.restart() end)() end) print 'after'\nx\n",
    );
    assert_eq!(lines, ["nil"]);
}

#[test]
fn the_hosts_libraries_are_not_the_devices() {
    let lines = session(
        "os\npackage.loaded.os\npcall(require, 'os')\nio.open('/etc/passwd')\ntype(io.write), type(file.open)\n",
    );
    assert_eq!(lines[..2], ["nil", "nil"]);
    assert!(
        lines[2].starts_with("false\tmodule 'os' not found"),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("nil\t/etc/passwd: No such file")),
        "{lines:?}"
    );
    assert_eq!(lines.last().unwrap(), "function\tfunction");
}
