//! Power that fails.

use super::support::Scene;
use super::without_banner;

/// Runs a reload whose power fails in operation `cut`; whether it failed.
fn reload(scene: &Scene, cut: u64) -> bool {
    let line = format!("sim --flash flash.bin --cut-after {cut}");
    let ran = scene.run_with(&line, &[], b"node.LFS.reload('2.img')\n");
    match ran.code {
        Some(0) => false,
        Some(2) => {
            assert_eq!(ran.err, "luac-cross: power cut\n");
            true
        }
        _ => panic!("{ran:?}"),
    }
}

#[test]
fn power_cut_at_every_operation_of_a_reload() {
    let scene = Scene::new(&[]);
    for (number, text) in [(1, "old"), (2, "new")] {
        let filler = "x".repeat(3000);
        scene.write(
            "which.lua",
            format!("local filler = '{filler}' return '{text}'").as_bytes(),
        );
        scene.run(&format!("-f -o {number}.img which.lua")).ok();
    }
    let typed: &[u8] = b"node.LFS.which()\nfile.exists('2.img')\n";
    scene
        .run_with("sim --flash flash.bin --load 1.img --put 2.img", &[], b"")
        .ok();
    let start = scene.read("flash.bin");
    let (mut cuts, mut news) = (0, 0);
    for cut in 1.. {
        scene.write("flash.bin", &start);
        if !reload(&scene, cut) {
            break;
        }
        cuts += 1;
        let out = scene
            .run_with("sim --flash flash.bin --verify", &[], typed)
            .ok();
        let out = without_banner(&out);
        assert!(
            out == "old\ntrue\n" || out == "new\ntrue\n",
            "cut {cut}: {out}"
        );
        news += usize::from(out.starts_with("new"));
    }
    assert!(cuts > 12, "{cuts} cuts");
    println!("power cuts tried: {cuts}, {news} came up new, images lost: 0");
}
