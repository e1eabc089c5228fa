//! `keygen`, `sign`, and `verify --key`.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod support;

use support::Scene;

/// An image, and two pairs of keys.
fn scene() -> Scene {
    let scene = Scene::new(&[("a.lua", "return 'from a'")]);
    scene.run("-f -o m.img a.lua").ok();
    scene.run("keygen mine").ok();
    scene.run("keygen other").ok();
    scene
}

/// The key id that `keygen` reports.
fn id(report: &str) -> String {
    report.trim_end().rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn a_pair_of_keys_is_made_once() {
    let scene = Scene::new(&[]);
    let report = scene.run("keygen mine").ok();
    assert_eq!(report, format!("mine.key, mine.pub: key {}\n", id(&report)));
    assert_eq!(id(&report).len(), 16);
    assert_eq!(scene.files(), ["mine.key", "mine.pub"]);
    let secret = scene.read("mine.key");
    assert!(secret.starts_with(b"-----BEGIN PRIVATE KEY-----\n"));
    assert!(
        scene
            .read("mine.pub")
            .starts_with(b"-----BEGIN PUBLIC KEY-----\n")
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = scene
            .path("mine.key")
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let message = "mine.key: exists already; keys are not overwritten";
    assert_eq!(scene.run("keygen mine").failed(), message);
    assert_eq!(scene.read("mine.key"), secret);
    std::fs::remove_file(scene.path("mine.key")).unwrap();
    let message = "mine.pub: exists already; keys are not overwritten";
    assert_eq!(scene.run("keygen mine").failed(), message);
    assert_eq!(scene.files(), ["mine.pub"]);
    // Keys differ.
    assert_ne!(id(&scene.run("keygen new").ok()), id(&report));
}

#[test]
fn a_signed_image_is_the_image_and_80_bytes() {
    let scene = scene();
    let plain = scene.read("m.img");
    assert_eq!(scene.run("sign --key mine.key m.img -o s.img").ok(), "");
    assert_eq!(scene.read("m.img"), plain);
    let signed = scene.read("s.img");
    assert_eq!(signed.len(), plain.len() + 80);
    assert_eq!(signed[..plain.len()], plain);
    assert_eq!(signed[plain.len()..][..4], *b"LFSs");
    // Everything else takes it as it takes the image.
    scene.write("t.lua", b"print(LFS.a())");
    assert_eq!(scene.run("-F s.img -e t.lua").ok(), "from a\n");
    scene.run("inspect s.img").ok();
}

#[test]
fn signing_in_place_replaces_a_signature_and_leaves_the_same_one_alone() {
    let scene = scene();
    scene.run("sign --key mine.key m.img").ok();
    let (signed, made) = (scene.read("m.img"), scene.path("m.img").metadata().unwrap());
    scene.run("sign --key mine.key m.img").ok();
    let again = scene.path("m.img").metadata().unwrap();
    assert_eq!(made.modified().unwrap(), again.modified().unwrap());
    scene.run("sign m.img --key other.key").ok();
    let resigned = scene.read("m.img");
    assert_eq!(resigned.len(), signed.len());
    assert_ne!(resigned, signed);
    scene.run("verify --key other.pub m.img").ok();
    scene.run("verify --key mine.pub m.img").failed();
}

#[test]
fn signatures_are_checked_if_a_key_is_given() {
    let scene = scene();
    let plain = "m.img: valid, 1 modules, 1 functions";
    assert_eq!(scene.run("verify m.img").ok(), format!("{plain}\n"));
    let message = "m.img: image is not signed";
    assert_eq!(scene.run("verify --key mine.pub m.img").failed(), message);

    scene.run("sign --key mine.key m.img").ok();
    let line = scene.run("verify m.img --key mine.pub").ok();
    let key = id(&line);
    assert_eq!(line, format!("{plain}, signed by {key}\n"));
    let line = format!("{plain}, signed by {key} (not checked)\n");
    assert_eq!(scene.run("verify m.img").ok(), line);
    let message = format!("m.img: image is signed with another key, {key}");
    assert_eq!(scene.run("verify --key other.pub m.img").failed(), message);

    // The signature of another image, and one that was changed.
    scene.write("b.lua", b"return 'from b'");
    scene.run("-f -o b.img b.lua").ok();
    let signed = scene.read("m.img");
    let trailer = &signed[signed.len() - 80..];
    scene.write("b.img", &[&scene.read("b.img")[..], trailer].concat());
    let message = "b.img: signature is not one of this image";
    assert_eq!(scene.run("verify --key mine.pub b.img").failed(), message);
    let mut changed = signed.clone();
    *changed.last_mut().unwrap() ^= 1;
    scene.write("m.img", &changed);
    let message = "m.img: signature is not one of this image";
    assert_eq!(scene.run("verify --key mine.pub m.img").failed(), message);
}

#[test]
fn bytes_behind_an_image_that_are_no_signature_are_refused() {
    let scene = scene();
    let image = scene.read("m.img");
    scene.write("m.img", &[&image[..], &[0; 100]].concat());
    let message = "m.img: 100 bytes behind the image are not a signature";
    assert_eq!(scene.run("verify m.img").failed(), message);
    assert_eq!(scene.run("sign --key mine.key m.img").failed(), message);
    scene.write("m.img", &image);
    scene.run("sign --key mine.key m.img").ok();
    let mut newer = scene.read("m.img");
    newer[image.len() + 4] = 9;
    scene.write("m.img", &newer);
    let message = "m.img: signature has the unknown version 9";
    assert_eq!(scene.run("verify m.img").failed(), message);
}

#[test]
fn what_cannot_be_signed_is_left_alone() {
    let scene = scene();
    let mut broken = scene.read("m.img");
    *broken.last_mut().unwrap() ^= 1;
    scene.write("m.img", &broken);
    let message = scene.run("sign --key mine.key m.img").failed();
    assert!(message.starts_with("m.img: "), "{message}");
    assert_eq!(scene.read("m.img"), broken);
}

#[test]
fn keys_that_are_none_are_told_apart() {
    let scene = scene();
    let failed = |line: &str| scene.run(line).failed();
    assert_eq!(
        failed("sign --key mine.pub m.img"),
        "mine.pub: is a public key; signing takes the secret one"
    );
    assert_eq!(
        failed("verify --key mine.key m.img"),
        "mine.key: is a secret key; checking takes the public one"
    );
    assert_eq!(
        failed("sign --key a.lua m.img"),
        "a.lua: not a secret Ed25519 key in PEM"
    );
    assert_eq!(
        failed("verify --key m.img m.img"),
        "m.img: not a key in PEM"
    );
    assert!(failed("sign --key none.key m.img").starts_with("none.key: "));
}

#[test]
fn incomplete_command_lines_say_what_is_missing() {
    let scene = scene();
    for (line, message) in [
        ("keygen", "keygen: what is the key called? (try --help)"),
        ("sign m.img", "sign: which key? --key name.key (try --help)"),
        ("sign --key mine.key", "sign: which image? (try --help)"),
        ("verify --key mine.pub", "verify: which image? (try --help)"),
    ] {
        assert_eq!(scene.run(line).failed(), message);
    }
}

/// Keys and signatures of another tool, if it is there.
#[test]
fn keys_are_those_of_openssl() {
    let openssl = |line: &str, scene: &Scene| {
        let mut command = std::process::Command::new("openssl");
        command.args(line.split(' ')).current_dir(scene.path("."));
        command
            .output()
            .ok()
            .filter(|output| output.status.success())
    };
    let scene = scene();
    if openssl("version", &scene).is_none() {
        return;
    }
    // Its public half of our secret key is ours; its key is one we take.
    let ours = openssl("pkey -in mine.key -pubout", &scene).unwrap().stdout;
    assert_eq!(ours, scene.read("mine.pub"));
    openssl("genpkey -algorithm ed25519 -out theirs.key", &scene).unwrap();
    openssl("pkey -in theirs.key -pubout -out theirs.pub", &scene).unwrap();
    scene.run("sign --key theirs.key m.img").ok();
    scene.run("verify --key theirs.pub m.img").ok();
    openssl("genpkey -algorithm x25519 -out wrong.key", &scene).unwrap();
    let message = "wrong.key: not a secret Ed25519 key in PEM";
    assert_eq!(scene.run("sign --key wrong.key m.img").failed(), message);
}
