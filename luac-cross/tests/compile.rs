//! Options of a compilation.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod support;

use support::Scene;

/// The time of builds that are compared.
const EPOCH: (&str, &str) = ("SOURCE_DATE_EPOCH", "1700000000");

fn two() -> Scene {
    Scene::new(&[
        ("a.lua", "local x = ... return x, 'from a'"),
        ("b.lua", "local y = 7\nreturn function() return y end"),
    ])
}

#[test]
fn images_hold_modules_named_after_their_files() {
    let scene = Scene::new(&[
        ("..hidden.x.lua", "return 1"),
        ("dir/plain.lua", "return 2"),
        ("c.lua", "return 3"),
        ("=odd.lua", "return 4"),
    ]);
    let line = "-f -o m.img ..hidden.x.lua dir/plain.lua my.name=c.lua other==odd.lua";
    assert_eq!(scene.run(line).ok(), "");
    scene.write("list.lua", b"print(table.concat(node.LFS.list(), ' '))");
    let listed = scene.run("-F m.img -e list.lua").ok();
    assert_eq!(listed, "hidden my.name other plain\n");
}

#[test]
fn outputs_have_default_names() {
    let scene = two();
    scene.run("a.lua").ok();
    scene.run("-f a.lua b.lua").ok();
    assert_eq!(scene.files(), ["a.lua", "b.lua", "lfs.img", "luac.out"]);
    assert_eq!(scene.run("verify luac.out lfs.img").ok().lines().count(), 2);
}

#[test]
fn the_look_up_header_option_makes_the_same_image() {
    let scene = two();
    scene
        .run_with("-f -o f.img a.lua b.lua", &[EPOCH], b"")
        .ok();
    scene
        .run_with("-i -o i.img a.lua b.lua", &[EPOCH], b"")
        .ok();
    assert_eq!(scene.read("f.img"), scene.read("i.img"));
}

#[test]
fn a_dash_is_standard_input_or_output() {
    let scene = two();
    let text = b"print('from stdin', ...)";
    scene.run_with("-o in.out -", &[], text).ok();
    assert_eq!(scene.run("-e in.out 1 2").ok(), "from stdin\t1\t2\n");
    assert_eq!(
        scene.run_with("-f -o x.img -", &[], text).failed(),
        "-: no module name; give one as name=file"
    );
    scene.run_with("-f -o x.img piped=-", &[], text).ok();
    scene.run_with("-f -o a.img a.lua", &[EPOCH], b"").ok();
    let piped = scene.run_with("-f -o - a.lua", &[EPOCH], b"").ok();
    assert_eq!(piped, String::from_utf8_lossy(&scene.read("a.img")));
}

#[test]
fn two_dashes_end_the_options() {
    let scene = Scene::new(&[("-p", "print 'a file named as an option'")]);
    scene.run("-o x.out -- -p").ok();
    assert_eq!(scene.run("-e x.out").ok(), "a file named as an option\n");
}

#[test]
fn several_sources_of_a_chunk_run_in_turn() {
    let scene = Scene::new(&[
        ("1.lua", "x = 1"),
        ("2.lua", "x = x + 1"),
        ("3.lua", "print(x)"),
    ]);
    scene.run("-o all.out 1.lua 2.lua 3.lua").ok();
    assert_eq!(scene.run("-e all.out").ok(), "2\n");
}

#[test]
fn parsing_only_writes_nothing() {
    let scene = two();
    scene.run("-p a.lua b.lua").ok();
    scene.run("-p -f -o x.img a.lua b.lua").ok();
    assert_eq!(scene.files(), ["a.lua", "b.lua"]);
}

#[test]
fn listings_show_code_and_on_request_everything() {
    let scene = two();
    let code = scene.run("-l -p b.lua").ok();
    assert!(code.contains("main <b.lua:0,0>"), "{code}");
    assert!(code.contains("function <b.lua:2,2>"), "{code}");
    assert!(code.contains("CLOSURE"), "{code}");
    let full = scene.run("-l -l -p b.lua").ok();
    assert!(full.len() > code.len());
    assert!(full.contains('y'), "names of variables: {full}");
    assert_eq!(scene.run("-l -l -p b.lua").ok(), full);
}

#[test]
fn stripping_drops_names_then_lines() {
    let scene = Scene::new(&[("f.lua", "local named = {}\nnamed.x.y = 1\n")]);
    let mut sizes = Vec::new();
    let mut errors = Vec::new();
    for (level, option) in ["-s 0", "-s 1", "-s 2", "-s", ""].into_iter().enumerate() {
        let name = format!("{level}.out");
        scene.run(&format!("{option} -o {name} f.lua")).ok();
        sizes.push(scene.read(&name).len());
        let ran = scene.run(&format!("-e {name}"));
        assert_eq!(ran.code, Some(1));
        errors.push(ran.err.lines().next().unwrap().to_owned());
    }
    assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
    assert_eq!((sizes[3], sizes[4]), (sizes[2], sizes[0]));
    assert!(errors[0].contains("f.lua:2:"), "{errors:?}");
    assert!(errors[1].contains("f.lua:2:"), "{errors:?}");
    assert!(!errors[2].contains("f.lua:2:"), "{errors:?}");
}

#[test]
fn limits_are_flash_sizes() {
    let big = format!("return '{}'", "x".repeat(5000));
    let scene = Scene::new(&[("big.lua", &big)]);
    let message = scene.run("-f -m 4096 -o x.img big.lua").failed();
    assert!(message.starts_with("x.img: image of "), "{message}");
    assert!(
        message.ends_with(" bytes exceeds its limit of 4096"),
        "{message}"
    );
    assert_eq!(scene.files(), ["big.lua"]);
    scene.run("-f -m 0x2000 -o x.img big.lua").ok();
    scene.run("-f -m 8K -o x.img big.lua").ok();
}

#[test]
fn an_address_is_accepted_and_explained() {
    let scene = two();
    let ran = scene.run_with("-f -a 0x40290000 -o a.img a.lua", &[EPOCH], b"");
    assert_eq!(ran.code, Some(0));
    assert!(ran.err.contains("position-independent"), "{}", ran.err);
    scene.run_with("-f -o b.img a.lua", &[EPOCH], b"").ok();
    assert_eq!(scene.read("a.img"), scene.read("b.img"));
}

#[test]
fn number_models_decide_what_numerals_mean() {
    let scene = Scene::new(&[("n.lua", "print(1 << 31 > 0, 0xffffffff, math.maxinteger)")]);
    for (option, output) in [
        ("", "false\t-1\t2147483647\n"),
        ("--num32", "false\t-1\t2147483647\n"),
        ("--num64", "true\t4294967295\t9223372036854775807\n"),
    ] {
        scene.run(&format!("{option} -f -o n.img n.lua")).ok();
        scene.write("main.lua", b"LFS.n()");
        assert_eq!(scene.run("-F n.img -e main.lua").ok(), output);
        assert_eq!(scene.run(&format!("{option} -e n.lua")).ok(), output);
    }
}

#[test]
fn the_version_goes_first() {
    let scene = two();
    let version = scene.run("-v").ok();
    assert!(version.contains("Lua 5.3") && version.lines().count() == 1);
    assert_eq!(scene.run("-v -o a.out a.lua").ok(), version);
    assert_eq!(scene.files(), ["a.lua", "a.out", "b.lua"]);
}

#[test]
fn help_names_every_option() {
    let help = two().run("--help").ok();
    for option in [
        "-o", "-f", "-i", "-m", "-a", "-l", "-p", "-s", "-r", "-F", "-e", "--num32", "--num64",
        "-v", "--", "inspect", "verify", "--json",
    ] {
        assert!(help.contains(option), "{option}");
    }
}

#[test]
fn builds_of_one_time_are_the_same_bytes() {
    let scene = two();
    for name in ["1.img", "2.img"] {
        let line = format!("-f -o {name} a.lua b.lua");
        scene.run_with(&line, &[EPOCH], b"").ok();
    }
    assert_eq!(scene.read("1.img"), scene.read("2.img"));
    scene.write("time.lua", b"print(node.LFS.time)");
    assert_eq!(scene.run("-F 1.img -e time.lua").ok(), "1700000000\n");
    let vague = scene.run_with("-f a.lua", &[("SOURCE_DATE_EPOCH", "soon")], b"");
    assert_eq!(
        vague.failed(),
        "SOURCE_DATE_EPOCH: 'soon' is not a number of seconds"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn progress_is_for_terminals() {
    let scene = two();
    for number in 0..20 {
        scene.write(&format!("m{number}.lua"), b"return 1");
    }
    let sources: Vec<String> = (0..20).map(|number| format!("m{number}.lua")).collect();
    let line = format!("-f -o x.img {}", sources.join(" "));
    // `ok` wants silence on standard error.
    assert_eq!(scene.run(&line).ok(), "");
    assert!(scene.on_terminal(&line).contains("/20"));
    assert!(!scene.on_terminal("-f -o x.img m1.lua").contains("/1"));
}

#[cfg(unix)]
#[test]
fn links_and_devices_stay_what_they_are() {
    let scene = two();
    scene.write("real.out", b"old");
    std::os::unix::fs::symlink("real.out", scene.path("link.out")).unwrap();
    scene.run("-o link.out a.lua").ok();
    assert!(
        std::fs::symlink_metadata(scene.path("link.out"))
            .unwrap()
            .is_symlink()
    );
    assert_ne!(scene.read("real.out"), b"old");
    scene.run("-o /dev/null a.lua").ok();
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
}
