//! The partition table, as `node.setpartitiontable` changes it.

use super::{device, support::Scene};

#[test]
fn settings_that_do_not_fit_are_refused() {
    let scene = Scene::new(&[]);
    let typed = "pcall(node.setpartitiontable)
pcall(node.setpartitiontable, {lfs_addr = 1})
pcall(node.setpartitiontable, {speed = 4096})
pcall(node.setpartitiontable, {lfs_size = 0x7f000000})
pcall(node.setpartitiontable, {spiffs_addr = 0x110000})
node.getpartitiontable().lfs_size
";
    let out = device(&scene, "", typed);
    let expected = [
        "must be table",
        "invalid partition setting",
        "invalid partition setting",
        "Partition value out of range",
        "Partition value out of range",
    ];
    for (line, part) in out.lines().zip(expected) {
        assert!(line.starts_with("false\t") && line.contains(part), "{line}");
    }
    assert!(out.ends_with("786432\n"), "{out}");
}

#[test]
fn without_an_lfs_partition_nothing_can_be_loaded() {
    let scene = Scene::new(&[("m.lua", "")]);
    scene.run("-f -o m.img m.lua").ok();
    let typed = "node.setpartitiontable{lfs_size = 0}
node.getpartitiontable().lfs_size
node.LFS.reload('m.img')
node.LFS.list()
";
    assert_eq!(
        device(&scene, "--put m.img", typed),
        "0\nNo LFS partition allocated\nnil\n"
    );
}

#[test]
fn every_size_of_flash_works() {
    for size in ["1M", "2M", "16M"] {
        let scene = Scene::new(&[("m.lua", "return 'm'")]);
        scene.run("-f -o m.img m.lua").ok();
        let options = format!("--size {size} --put m.img");
        assert_eq!(
            device(&scene, &options, "node.LFS.reload('m.img')\nnode.LFS.m()\n"),
            "m\n",
            "{size}"
        );
    }
}
