//! Devices with a key: images must be signed with it.

use super::{device, support::Scene};

/// Keys `own` and `other`, and images: plain, signed with either, and changed after it was signed.
fn scene() -> Scene {
    let scene = Scene::new(&[("which.lua", "return 'first'")]);
    scene.run("-f -o first.img which.lua").ok();
    scene.write("which.lua", b"return 'second'");
    scene.run("-f -o plain.img which.lua").ok();
    for name in ["own", "other"] {
        scene.run(&format!("keygen {name}")).ok();
        scene
            .run(&format!("sign --key {name}.key plain.img -o {name}.img"))
            .ok();
    }
    let mut changed = scene.read("own.img");
    let last = changed.len() - 1;
    changed[last] ^= 1;
    scene.write("changed.img", &changed);
    scene
}

const PUTS: &str =
    "--load first.img --put plain.img --put own.img --put other.img --put changed.img";

#[test]
fn images_are_taken_only_with_the_right_signature() {
    let typed = "node.LFS.reload('plain.img')
node.LFS.reload('other.img')
node.LFS.reload('changed.img')
node.LFS.build{x = function() end}
node.LFS.which()
node.LFS.reload('own.img')
node.LFS.which()
";
    let out = device(&scene(), &format!("--key own.pub {PUTS}"), typed);
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines[0], "image is not signed");
    assert!(
        lines[1].starts_with("image is signed with another key"),
        "{out}"
    );
    assert_eq!(lines[2], "signature is not one of this image");
    assert_eq!(lines[3], "images of this device must be signed");
    assert_eq!(lines[4..], ["first", "second"]);
}

#[test]
fn a_device_without_a_key_takes_signed_images_too() {
    let typed = "node.LFS.reload('other.img')\nnode.LFS.which()\n";
    assert_eq!(device(&scene(), PUTS, typed), "second\n");
}

#[test]
fn a_key_that_cannot_be_read_is_said() {
    let scene = scene();
    scene.write("bad.pub", b"no key");
    let message = scene.run("sim --flash flash.bin --key bad.pub").failed();
    assert!(message.starts_with("bad.pub: "), "{message}");
}
