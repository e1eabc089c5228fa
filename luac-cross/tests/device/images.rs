//! Images: replaced, refused, confirmed, rolled back.

use super::{device, support::Scene};

/// A scene with images that tell their number.
fn scene() -> Scene {
    let scene = Scene::new(&[]);
    for number in 1..=3 {
        let source = format!("return 'image {number}'");
        scene.write("which.lua", source.as_bytes());
        scene.run(&format!("-f -o {number}.img which.lua")).ok();
    }
    scene
}

const WHICH: &str = "node.LFS.which()\n";

#[test]
fn the_one_before_comes_back_and_forth() {
    let typed = format!(
        "{WHICH}node.LFS.rollback()\nnode.LFS.reload('2.img')\n{WHICH}node.LFS.rollback()\n{WHICH}node.LFS.rollback()\n{WHICH}"
    );
    assert_eq!(
        device(&scene(), "--load 1.img --put 2.img", &typed),
        "image 1\nnil\tno LFS image to roll back to\nimage 2\nimage 1\nimage 2\n"
    );
}

#[test]
fn an_image_on_trial_stays_only_if_it_is_confirmed() {
    let typed = format!(
        "node.LFS.reload('2.img', 1)\n{WHICH}node.LFS.trial()\nnode.restart()\n{WHICH}node.LFS.trial()\n\
         node.LFS.reload('3.img', 2)\n{WHICH}node.LFS.confirm()\nnode.restart()\n{WHICH}node.restart()\n{WHICH}node.LFS.confirm()\n"
    );
    assert_eq!(
        device(&scene(), "--load 1.img --put 2.img --put 3.img", &typed),
        "LFS: on trial, 0 starts left to call node.LFS.confirm()\nimage 2\n0\n\
         LFS: not confirmed, the image before is back\nimage 1\nnil\n\
         LFS: on trial, 1 starts left to call node.LFS.confirm()\nimage 3\ntrue\nimage 3\nimage 3\ntrue\n"
    );
}

#[test]
fn a_panic_loop_of_an_image_on_trial_ends() {
    let scene = scene();
    scene.write("_init.lua", b"print 'looping' node.restart()");
    scene.run("-f -o loop.img _init.lua").ok();
    let typed = format!("node.LFS.reload('loop.img', 3)\n{WHICH}");
    let out = device(&scene, "--load 1.img --put loop.img", &typed);
    assert_eq!(out.matches("looping").count(), 3, "{out}");
    assert!(
        out.ends_with("not confirmed, the image before is back\nimage 1\n"),
        "{out}"
    );
}

#[test]
fn system_and_application_are_one_update() {
    let scene = scene();
    for (name, source) in [
        ("sys.lua", "return 'system'"),
        ("which.lua", "return 'system image'"),
    ] {
        scene.write(name, source.as_bytes());
    }
    scene.run("-f -o sys.img sys.lua which.lua").ok();
    let typed = format!(
        "node.LFS.reload{{system = 'sys.img', application = '2.img'}}\n{WHICH}node.LFS.sys()\n#node.LFS.list()\nnode.LFS.rollback()\n{WHICH}node.LFS.sys\n"
    );
    assert_eq!(
        device(&scene, "--load 1.img --put sys.img --put 2.img", &typed),
        "image 2\nsystem\n2\nimage 1\nnil\n"
    );
    // The Application hides the System; without it the System is seen.
    let typed = format!("node.LFS.reload{{system = '1.img'}}\n{WHICH}");
    assert_eq!(device(&self::scene(), "--put 1.img", &typed), "image 1\n");
}

#[test]
fn what_is_wrong_with_an_image_is_said_before_anything_is_erased() {
    let scene = scene();
    let whole = scene.read("1.img");
    let mut corrupt = whole.clone();
    let last = corrupt.len() - 5;
    corrupt[last] ^= 1;
    let mut version = whole.clone();
    version[4] = 9;
    for (name, bytes) in [
        ("corrupt", &corrupt[..]),
        ("short", &whole[..whole.len() - 4]),
        ("long", &[&whole[..], &[0; 4]].concat()[..]),
        ("text", b"this is no image of any kind, it is just a text that is long enough to look like a header......"),
    ] {
        scene.write(name, bytes);
    }
    scene.run("-f --num64 -o wide which.lua").ok();
    let big = format!("return '{}'", "x".repeat(400_000));
    scene.write("big.lua", big.as_bytes());
    scene.run("-f -o big big.lua").ok();
    let names = ["corrupt", "short", "long", "text", "wide", "big", "absent"];
    let mut options = String::from("--load 1.img");
    let mut typed = String::new();
    for name in names {
        if name != "absent" {
            options += &format!(" --put {name}");
        }
        typed += &format!("node.LFS.reload('{name}')\n");
    }
    typed += WHICH;
    let out = device(&scene, &options, &typed);
    assert_eq!(
        out,
        "checksum error on LFS image file\nLFS length mismatch\nLFS length mismatch\n\
         incorrect LFS header signature\nIncorrect LFS build type\n\
         LFS Image too big for configured LFS region\nLFS image file not found\nimage 1\n"
    );
    // Nothing of the store was touched: its journal is what the first installation left.
    let flash = scene.read("flash.bin");
    let again = Scene::new(&[]);
    again.write("1.img", &whole);
    device(&again, "--load 1.img", "");
    let lfs = 0x11_0000..0x1d_0000;
    assert!(flash[lfs.clone()] == again.read("flash.bin")[lfs]);
}

#[test]
fn bad_arguments_are_said() {
    let typed = "node.LFS.reload()\nnode.LFS.reload{}\nnode.LFS.reload({system = 1})\nnode.LFS.reload('x', 300)\nnode.LFS.get(5)\nnode.LFS.nothing\n";
    let out = device(&scene(), "--load 1.img", typed);
    for part in [
        "string expected, got no value",
        "no file named",
        "file name expected",
        "0 to 254 boots expected",
        "nil\nnil\n",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
}

#[test]
fn modules_named_like_methods_are_reached_by_get() {
    let scene = Scene::new(&[
        ("list.lua", "return 'a module'"),
        ("config.lua", "return 'another'"),
    ]);
    scene.run("-f -o m.img list.lua config.lua").ok();
    let typed = "type(node.LFS.list())\nnode.LFS.get('list')()\nnode.LFS.get('config')()\ntype(node.LFS.config)\n";
    assert_eq!(
        device(&scene, "--load m.img", typed),
        "table\na module\nanother\ntable\n"
    );
}

#[test]
fn resources_are_read_whole_and_in_pieces() {
    let scene = Scene::new(&[("m.lua", ""), ("page.html", "<p>hello</p>")]);
    scene.run("-f -o m.img -r page.html=page.html m.lua").ok();
    let typed = "node.LFS.resource('page.html')\nnode.LFS.resource('page.html', 4, 5)\nnode.LFS.resource('page.html', 10)\nnode.LFS.resource('page.html', 100, 5)\nnode.LFS.resource('x')\n";
    assert_eq!(
        device(&scene, "--load m.img", typed),
        "<p>hello</p>\t12\nhello\t12\n/p>\t12\n\t12\nnil\n"
    );
}

#[test]
fn loading_again_what_is_there_changes_nothing() {
    let scene = scene();
    device(&scene, "--load 1.img", "");
    let flash = scene.read("flash.bin");
    assert_eq!(device(&scene, "--load 1.img", WHICH), "image 1\n");
    assert!(flash == scene.read("flash.bin"));
}

#[test]
fn an_image_is_verified_once_or_always() {
    let scene = scene();
    device(&scene, "--load 1.img", "");
    let mut flash = scene.read("flash.bin");
    let text = b"image 1";
    let at = flash
        .windows(text.len())
        .position(|window| window == text)
        .unwrap();
    flash[at] = b'I';
    scene.write("flash.bin", &flash);
    // What was verified in its place is mounted by its header: the change is not looked for.
    assert_eq!(device(&scene, "", WHICH), "Image 1\n");
    let out = device(
        &scene,
        "--verify",
        "node.LFS.list()\n'a prompt all the same'\n",
    );
    assert_eq!(
        out,
        "LFS: Application image is not used: checksum error on LFS image file\nnil\na prompt all the same\n"
    );
}
