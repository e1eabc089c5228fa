//! Files for the flash of a device: written where the commands say, they make a device that runs.

use super::{device, support::Scene};

const TABLE: &str = "# Name, Type, SubType, Offset, Size
nvs, data, nvs, 0x9000, 0x6000
lfs_key, 0xc2, 0x13, 0xf000, 0x1000
factory, app, factory, 0x10000, 0x100000
lfs, 0xc2, 0x01, 0x110000, 0x100000
littlefs, data, 0x83, 0x210000, 0x1f0000
";

/// Writes the files of a command line for esptool into a flash.
fn write(scene: &Scene, commands: &str) {
    let line = commands
        .lines()
        .find(|line| line.contains("esptool "))
        .unwrap();
    let (_, places) = line.split_once("write-flash ").unwrap();
    let mut flash = vec![0xff; 4 << 20];
    let words: Vec<_> = places.split(' ').collect();
    for pair in words.chunks(2) {
        let offset = usize::from_str_radix(pair[0].strip_prefix("0x").unwrap(), 16).unwrap();
        let bytes = scene.read(pair[1]);
        flash[offset..offset + bytes.len()].copy_from_slice(&bytes);
    }
    scene.write("flash.bin", &flash);
}

fn scene() -> Scene {
    let scene = Scene::new(&[
        ("m.lua", "return 'from flash'"),
        ("hello.txt", "hello"),
        ("table.csv", TABLE),
    ]);
    scene.run("-f -o lfs.img m.lua").ok();
    scene
}

#[test]
fn what_was_packed_runs() {
    let scene = scene();
    let commands = scene
        .run("pack -o out --load lfs.img --put hello.txt --put init.lua=m.lua")
        .ok();
    assert!(
        commands.contains("esptool --chip esp32c3 write-flash 0x8000 out/partitions.bin"),
        "{commands}"
    );
    assert!(
        commands.contains("espflash write-bin --chip esp32c3 0x110000 out/lfs.bin"),
        "{commands}"
    );
    write(&scene, &commands);
    let typed = "node.LFS.m()\nfile.getcontents('hello.txt')\nfile.list()['init.lua']\n";
    assert_eq!(device(&scene, "", typed), "from flash\nhello\n19\n");
}

#[test]
fn a_table_of_ones_own_and_a_key() {
    let scene = scene();
    scene.run("keygen own").ok();
    let commands = scene
        .run("pack -o out --table table.csv --load lfs.img --put lfs.img --key own.pub --chip esp32c6")
        .ok();
    assert!(commands.contains("0xf000 out/lfs_key.bin"), "{commands}");
    write(&scene, &commands);
    let typed = "node.getpartitiontable().lfs_size\nnode.LFS.m()\nnode.LFS.reload('lfs.img')\n";
    assert_eq!(
        device(&scene, "", typed),
        "1048576\nfrom flash\nimage is not signed\n"
    );
    // A key that was damaged is not the same as none.
    let mut flash = scene.read("flash.bin");
    flash[0xf008] ^= 1;
    scene.write("flash.bin", &flash);
    assert_eq!(
        device(&scene, "", "node.LFS.reload('lfs.img')\n"),
        "the key of this device cannot be used\n"
    );
}

#[test]
fn the_esp8266_has_a_table_of_its_own() {
    let scene = scene();
    let commands = scene.run("pack -o out --chip esp8266 --load lfs.img").ok();
    assert!(
        commands.contains("esptool --chip esp8266 write-flash 0xf000 out/partitions.bin"),
        "{commands}"
    );
    assert!(!commands.contains("espflash"), "{commands}");
    assert!(scene.read("out/partitions.bin").starts_with(b"LFSp"));
}

#[test]
fn what_cannot_be_packed_is_said() {
    let scene = scene();
    scene.write("bad.csv", b"what is this");
    scene.write("small.csv", TABLE.as_bytes());
    scene.run("keygen own").ok();
    for (line, part) in [
        ("pack", "which folder"),
        ("pack -o out --chip z80", "--chip is one of"),
        ("pack -o out --size 5000", "1M or more"),
        ("pack -o out --table bad.csv", "bad.csv: "),
        (
            "pack -o out --table small.csv --size 1M",
            "is not inside the flash",
        ),
        ("pack -o out --key own.pub", "no partition for a key"),
        ("pack -o out --load hello.txt", "hello.txt: "),
        ("pack -o out --put none.txt", "none.txt: "),
    ] {
        let message = scene.run(line).failed();
        assert!(message.contains(part), "{line}: {message}");
    }
    assert!(
        !scene.files().contains(&"out".to_owned()),
        "nothing is left half written"
    );
}
