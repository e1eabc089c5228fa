//! The heap of a device and its limits.

use super::{device, support::Scene};

#[test]
fn running_out_of_heap_is_an_error_and_the_prompt_goes_on() {
    let scene = Scene::new(&[]);
    let typed = "do local t = {} for i = 1, 1e6 do t[i] = {} end end
'alive'
t = {}
while true do t[#t + 1] = {} end
t = nil
'alive again'
";
    let out = device(&scene, "--heap 44K", typed);
    assert!(
        out.starts_with("not enough memory\nalive\nnot enough memory\n"),
        "{out}"
    );
    assert!(out.ends_with("alive again\n"), "{out}");
}

#[test]
fn a_limit_is_enforced_and_lifted() {
    let scene = Scene::new(&[]);
    let typed = "node.egc.setmode(node.egc.ON_MEM_LIMIT, 12000)
pcall(string.rep, 'x', 20000)
node.egc.setmode(node.egc.ON_ALLOC_FAILURE)
#string.rep('x', 20000)
node.egc.setmode(node.egc.ON_MEM_LIMIT, -30000)
pcall(string.rep, 'x', 12000)
node.egc.setmode(node.egc.ALWAYS)
do local t = setmetatable({}, {__mode = 'k'}) t[{}] = 1 local x = {} print(next(t)) end
node.egc.setmode(node.egc.NOT_ACTIVE)
node.egc.setmode(64)
node.egc.setmode(node.egc.ON_MEM_LIMIT)
select('#', node.egc.meminfo())
";
    let out = device(&scene, "", typed);
    let lines: Vec<_> = out.lines().filter(|line| !line.starts_with('\t')).collect();
    assert_eq!(
        lines[..4],
        [
            "false\tnot enough memory",
            "20000",
            "false\tnot enough memory",
            "nil"
        ]
    );
    assert!(lines[4].contains("invalid mode"), "{out}");
    assert!(out.contains("number expected, got no value"), "{out}");
    assert!(out.ends_with("2\n"), "{out}");
}

#[test]
fn what_is_free_shrinks_and_grows() {
    let scene = Scene::new(&[]);
    let typed = "a = node.heap()
s = string.rep('x', 10000)
b = node.heap()
a - b >= 10000 and a - b < 12000
s = nil collectgarbage()
node.heap() - b >= 9000
";
    assert_eq!(device(&scene, "", typed), "true\ntrue\n");
}

#[test]
fn endless_recursion_is_an_error() {
    let scene = Scene::new(&[]);
    let out = device(
        &scene,
        "",
        "function f() return 1 + f() end\nf()\n'alive'\n",
    );
    assert!(
        out.contains("stack overflow") || out.starts_with("not enough memory"),
        "{out}"
    );
    assert!(out.ends_with("alive\n"), "{out}");
}
