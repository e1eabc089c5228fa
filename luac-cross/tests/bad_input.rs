//! Bad input: one clear line, status 1, nothing half-written left behind.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod support;

use support::Scene;

/// A scene with a valid image `m.img`, a script `s.lua` and a source `a.lua`.
fn scene() -> Scene {
    let scene = Scene::new(&[
        (
            "a.lua",
            "local t = {}\nfunction t.f(x) return x + 1.5, 'text' end\nreturn t",
        ),
        ("s.lua", "print 'ran'"),
    ]);
    scene.run("-f -o m.img a.lua").ok();
    scene
}

/// The message with which every command refuses the image `bad.img`.
#[track_caller]
fn refused(scene: &Scene, bytes: &[u8]) -> String {
    scene.write("bad.img", bytes);
    let message = scene.run("verify bad.img").failed();
    let what = message.strip_prefix("bad.img: ");
    let what = what.unwrap_or_else(|| panic!("does not name the file: {message}"));
    for line in [
        "inspect bad.img",
        "inspect --json bad.img",
        "-F bad.img -e s.lua",
    ] {
        assert_eq!(scene.run(line).failed(), message, "{line}");
    }
    what.to_owned()
}

#[test]
fn truncated_images() {
    let scene = scene();
    let image = scene.read("m.img");
    for length in [4, 8, 71] {
        let message = refused(&scene, &image[..length]);
        assert!(
            message.starts_with("image cut short"),
            "{length}: {message}"
        );
    }
    for length in [72, image.len() / 2, image.len() - 4, image.len() - 1] {
        let message = refused(&scene, &image[..length]);
        assert!(
            message.starts_with("image longer than its bytes"),
            "{length}: {message}"
        );
    }
}

#[test]
fn corrupted_images() {
    let scene = scene();
    let image = scene.read("m.img");
    let step = image.len() / 12;
    for at in (0..image.len()).step_by(step).chain([image.len() - 1]) {
        let mut bad = image.clone();
        bad[at] ^= 0x10;
        let message = refused(&scene, &bad);
        assert!(message.contains(" at word "), "{at}: {message}");
    }
}

#[test]
fn foreign_files() {
    let scene = scene();
    let elf = std::fs::read(env!("CARGO_BIN_EXE_luac-cross")).unwrap();
    assert_eq!(refused(&scene, &elf[..8192]), "not an image at word 0");
    assert_eq!(
        refused(&scene, b"return 1 -- Lua source"),
        "not an image at word 0"
    );
    assert_eq!(
        refused(&scene, b"\x1bLua\x53\0\x19\x93"),
        "not an image at word 0"
    );
    assert_eq!(refused(&scene, b""), "file is empty, not an image");
    assert!(!refused(&scene, b"LF").is_empty());
    std::fs::create_dir(scene.path("folder")).unwrap();
    for line in ["verify folder", "inspect folder", "-F folder -e s.lua"] {
        let message = scene.run(line).failed();
        assert_eq!(message, "folder: is a directory, not an image");
    }
    for line in ["verify none", "inspect none", "-F none -e s.lua"] {
        let message = scene.run(line).failed();
        assert!(message.starts_with("none: No such file"), "{message}");
    }
}

#[test]
fn images_of_another_number_model() {
    let scene = scene();
    scene.run("--num64 -f -o wide.img a.lua").ok();
    assert_eq!(
        scene.run("--num32 -F wide.img -e s.lua").failed(),
        "wide.img: image is built for Num64, this run is Num32: build it with --num32"
    );
    assert_eq!(
        scene.run("-F m.img -F wide.img -e s.lua").failed(),
        "wide.img: image is built for Num64, this run is Num32: build it with --num32"
    );
    scene.run("--num64 -o wide.out a.lua").ok();
    let message = scene.run("-e wide.out").err;
    assert!(message.starts_with("luac-cross: wide.out: "), "{message}");
    assert_eq!(message.lines().count(), 1);
}

#[test]
fn damaged_chunks_are_no_scripts() {
    let scene = scene();
    scene.run("-o c.out a.lua").ok();
    let chunk = scene.read("c.out");
    scene.write("cut.out", &chunk[..chunk.len() - 8]);
    let message = scene.run("-e cut.out").failed();
    assert!(message.contains("cut.out"), "{message}");
}

/// What a compilation that fails says; it must leave `files` as they were, and an existing output alone.
#[track_caller]
fn no_image(scene: &Scene, line: &str) -> String {
    scene.write("out.img", b"what was there before");
    let before = scene.files();
    let message = scene.run(line).failed();
    assert_eq!(scene.files(), before);
    assert_eq!(scene.read("out.img"), b"what was there before");
    message
}

#[test]
fn syntax_errors() {
    let scene = scene();
    scene.write("bad.lua", b"local x = 1\nif x then\n  return ]\nend\n");
    assert_eq!(
        no_image(&scene, "-f -o out.img a.lua bad.lua"),
        "bad.lua:3: unexpected symbol near ']'"
    );
    assert_eq!(
        scene.run("-e bad.lua").failed(),
        "bad.lua:3: unexpected symbol near ']'"
    );
    // The message quotes the text of a token that spans lines.
    scene.write("lines.lua", b"x = [[one\ntwo\nthree");
    let message = no_image(&scene, "-o out.img lines.lua");
    assert!(message.starts_with("lines.lua:"), "{message}");
    scene.write("broken.lua", b"f([[one\ntwo]] 3)");
    let message = no_image(&scene, "-o out.img broken.lua");
    assert!(message.starts_with("broken.lua:2: "), "{message}");
}

#[test]
fn sources_that_cannot_be_read() {
    let scene = scene();
    let message = no_image(&scene, "-f -o out.img a.lua none.lua");
    assert!(message.starts_with("none.lua: No such file"), "{message}");
    let message = scene.run("-e none.lua").failed();
    assert!(message.starts_with("none.lua: No such file"), "{message}");
    std::fs::create_dir(scene.path("folder.lua")).unwrap();
    let message = no_image(&scene, "-f -o out.img folder.lua");
    assert!(
        message.starts_with("folder.lua: Is a directory"),
        "{message}"
    );
    let message = no_image(&scene, "-f -o out.img -r x=none.html a.lua");
    assert!(message.starts_with("none.html: No such file"), "{message}");
}

#[test]
fn duplicate_names() {
    let scene = scene();
    scene.write("dir/a.lua", b"return 2");
    assert_eq!(
        no_image(&scene, "-f -o out.img a.lua dir/a.lua"),
        "dir/a.lua: module 'a' is in the image already"
    );
    let message = no_image(&scene, "-f -o out.img -r p=a.lua -r p=s.lua a.lua");
    assert_eq!(message, "s.lua: resource 'p' is in the image already");
    let long = "n".repeat(256);
    let message = no_image(&scene, &format!("-f -o out.img {long}=a.lua"));
    assert!(message.contains("longer than 255 bytes"), "{message}");
}

#[test]
fn images_over_their_limit() {
    let scene = scene();
    scene.write("big.bin", &[7; 4096]);
    let message = no_image(&scene, "-f -m 4096 -o out.img -r b=big.bin a.lua");
    assert!(message.starts_with("out.img: image of "), "{message}");
    for (size, why) in [
        ("1000", "not a multiple of 4096"),
        ("0", "not a multiple of 4096"),
        ("many", "'many' is not a size"),
        ("0xg", "'0xg' is not a size"),
        ("-4096", "'-4096' is not a size"),
        ("99999999999999999999K", "is not a size"),
    ] {
        let message = no_image(&scene, &format!("-f -m {size} -o out.img a.lua"));
        assert!(message.contains(why), "{size}: {message}");
    }
}

#[test]
fn outputs_that_cannot_be_written() {
    let scene = scene();
    let before = scene.files();
    let message = scene.run("-f -o none/x.img a.lua").failed();
    assert!(message.starts_with("none/x.img: No such file"), "{message}");
    assert!(!message.contains(".tmp"), "{message}");
    assert_eq!(scene.files(), before);
    std::fs::create_dir(scene.path("folder")).unwrap();
    let message = scene.run("-f -o folder a.lua").failed();
    assert!(message.starts_with("folder: "), "{message}");
    assert_eq!(std::fs::read_dir(scene.path("folder")).unwrap().count(), 0);
}

#[test]
fn command_lines_that_make_no_sense() {
    let scene = scene();
    for (line, why) in [
        ("", "no input files"),
        ("--nonsense a.lua", "'--nonsense'"),
        ("-x a.lua", "'-x'"),
        ("-s9 a.lua", "strip levels are 0, 1 and 2"),
        ("-o", "missing argument"),
        ("-a here a.lua", "'here' is not an address"),
        ("-F m.img", "give one with -e"),
        ("-F m.img a.lua", "-F goes with -e"),
        ("-m 4096 a.lua", "-r and -m go with -f"),
        ("-f -r page.html a.lua", "-r wants name=file"),
        ("inspect", "which image?"),
        ("inspect m.img s.lua", "s.lua"),
        ("verify", "which image?"),
        ("verify --json m.img", "--json"),
    ] {
        let message = no_image(&scene, line);
        assert!(message.contains(why), "{line}: {message}");
        assert!(message.ends_with("(try --help)"), "{line}: {message}");
    }
}
