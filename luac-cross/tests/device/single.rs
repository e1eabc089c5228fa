//! A region of one slot: the most room, and an image that is replaced at a restart.

use super::{device, support::Scene, without_banner};

const WHICH: &str = "node.LFS.get('which') and node.LFS.which()\n";
const ONE: &str = "--slots 1";

fn scene() -> Scene {
    let scene = Scene::new(&[]);
    for number in 1..=2 {
        let filler = "x".repeat(5000);
        let source = format!("local filler = '{filler}' return 'image {number}'");
        scene.write("which.lua", source.as_bytes());
        scene.run(&format!("-f -o {number}.img which.lua")).ok();
    }
    scene
}

#[test]
fn the_image_is_replaced_at_the_restart() {
    let typed = format!(
        "{WHICH}node.LFS.reload('2.img')\n{WHICH}node.LFS.config.lfs_size\nnode.LFS.reload('none')\nnode.LFS.reload('1.img', 3)\nnode.LFS.build{{x = function() end}}\nnode.LFS.rollback()\n"
    );
    assert_eq!(
        device(
            &scene(),
            &format!("{ONE} --load 1.img --put 1.img --put 2.img"),
            &typed
        ),
        "image 1\nLFS: image replaced\nimage 2\n774144\nLFS image file not found\n\
         regions of one slot are replaced one at a time, without a trial\n\
         LFS region has one slot: it is replaced at a restart\nnil\tno LFS image to roll back to\n"
    );
}

#[test]
fn power_cut_at_every_operation_is_resumed() {
    let scene = scene();
    let prepare = format!("sim --flash flash.bin {ONE} --load 1.img --put 2.img");
    scene.run_with(&prepare, &[], b"").ok();
    let start = scene.read("flash.bin");
    let mut cuts = 0;
    for cut in 1.. {
        scene.write("flash.bin", &start);
        let line = format!("sim --flash flash.bin {ONE} --cut-after {cut}");
        let ran = scene.run_with(&line, &[], b"node.LFS.reload('2.img')\n");
        if ran.code == Some(0) {
            break;
        }
        assert_eq!(ran.code, Some(2), "{ran:?}");
        cuts += 1;
        // Again in the middle of what the next start mends, and then for good.
        let line = format!("sim --flash flash.bin {ONE} --cut-after {}", 1 + cut % 7);
        scene.run_with(&line, &[], b"");
        let out = scene
            .run_with(
                &format!("sim --flash flash.bin {ONE} --verify"),
                &[],
                WHICH.as_bytes(),
            )
            .ok();
        let out = without_banner(&out);
        let out = out.strip_prefix("LFS: image replaced\n").unwrap_or(&out);
        assert!(out == "image 1\n" || out == "image 2\n", "cut {cut}: {out}");
    }
    assert!(cuts > 25, "{cuts} cuts");
    println!("power cuts tried: {}, images lost: 0", 2 * cuts);
}

#[test]
fn a_source_that_is_gone_leaves_an_empty_store_that_says_so() {
    let scene = scene();
    let prepare = format!("sim --flash flash.bin {ONE} --load 1.img --put 2.img");
    scene.run_with(&prepare, &[], b"").ok();
    // The request, then the mark that the slot is being written, then pages of the image.
    let mut interrupted = false;
    let start = scene.read("flash.bin");
    for cut in 8..40 {
        scene.write("flash.bin", &start);
        let line = format!("sim --flash flash.bin {ONE} --cut-after {cut}");
        scene.run_with(&line, &[], b"node.LFS.reload('2.img')\n");
        // The files are lost before the next start.
        let mut flash = scene.read("flash.bin");
        flash[0x1f_0000..0x1f_2000].fill(0xff);
        scene.write("flash.bin", &flash);
        let out = scene
            .run_with(
                &format!("sim --flash flash.bin {ONE}"),
                &[],
                WHICH.as_bytes(),
            )
            .ok();
        let out = without_banner(&out);
        if out.contains("replacement given up") && out.ends_with("nil\n") {
            interrupted = true;
            let out = scene
                .run_with(
                    &format!("sim --flash flash.bin {ONE} --put 2.img"),
                    &[],
                    b"node.LFS.list()\nnode.LFS.reload('2.img')\nnode.LFS.which()\n",
                )
                .ok();
            let out = without_banner(&out);
            assert!(
                out.starts_with("LFS: empty, its replacement was interrupted"),
                "{out}"
            );
            assert!(out.ends_with("LFS: image replaced\nimage 2\n"), "{out}");
            break;
        }
        assert!(
            out.ends_with("image 1\n") || out.ends_with("image 2\n"),
            "cut {cut}: {out}"
        );
    }
    assert!(interrupted);
}
