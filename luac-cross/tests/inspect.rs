//! `inspect` and `verify`.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod support;

use serde_json::Value;
use support::Scene;

fn scene() -> Scene {
    let scene = Scene::new(&[
        ("alpha.lua", "local function f() end return 'needle', f"),
        ("beta.lua", "return 1"),
        ("page.html", "<p>hello</p>"),
    ]);
    let epoch = [("SOURCE_DATE_EPOCH", "1700000000")];
    let line = "-f -o m.img -r index=page.html alpha.lua beta.lua";
    scene.run_with(line, &epoch, b"").ok();
    scene
}

#[test]
fn the_description_names_every_part() {
    let scene = scene();
    let text = scene.run("inspect m.img").ok();
    let bytes = scene.read("m.img").len();
    assert!(
        text.starts_with(&format!("m.img: {bytes} bytes, Num32\n")),
        "{text}"
    );
    for part in [
        "time 1700000000",
        "modules (2)",
        "alpha ",
        "beta ",
        "index ",
        "12 bytes",
        "\"needle\"",
        "weights",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn the_parts_of_the_json_add_up() {
    let scene = scene();
    let json: Value = serde_json::from_str(&scene.run("inspect --json m.img").ok()).unwrap();
    let bytes = scene.read("m.img").len() as u64;
    assert_eq!(json["bytes"], bytes);
    assert_eq!(json["model"], "Num32");
    assert_eq!(json["build_time"], 1_700_000_000);
    assert_eq!(json["build_id"].as_str().unwrap().len(), 16);
    let weights = json["weights"].as_object().unwrap();
    let total: u64 = weights
        .values()
        .map(|weight| weight.as_u64().unwrap())
        .sum();
    assert_eq!(total, bytes);
    let names = |list: &str| -> Vec<String> {
        let items = json[list].as_array().unwrap().iter();
        items
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("modules"), ["alpha", "beta"]);
    assert_eq!(names("resources"), ["index"]);
    assert_eq!(json["modules"][0]["functions"], 2);
    assert_eq!(json["modules"][1]["functions"], 1);
    assert_eq!(json["resources"][0]["bytes"], 12);
    let strings = json["strings"].as_array().unwrap();
    assert!(strings.contains(&Value::from("needle")));
    assert_eq!(
        scene.run("inspect m.img --json").ok(),
        scene.run("inspect --json m.img").ok()
    );
}

#[test]
fn verify_reports_each_image_and_stops_at_a_broken_one() {
    let scene = scene();
    assert_eq!(
        scene.run("verify m.img m.img").ok(),
        "m.img: valid, 2 modules, 3 functions\n".repeat(2)
    );
    scene.write("bad.img", b"nothing of the kind");
    let ran = scene.run("verify m.img bad.img");
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.out, "m.img: valid, 2 modules, 3 functions\n");
    assert_eq!(ran.err, "luac-cross: bad.img: not an image at word 0\n");
}

#[test]
fn golden_images_of_the_format_are_judged_rightly() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../lfs-format/tests/golden");
    let scene = Scene::new(&[]);
    let images = |folder: &str| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "lfs"))
            .map(|path| path.into_os_string().into_string().unwrap())
            .collect()
    };
    let valid = images(golden);
    assert!(valid.len() >= 5);
    scene.run(&format!("verify {}", valid.join(" "))).ok();
    let broken = images(&format!("{golden}/broken"));
    assert!(broken.len() >= 50);
    for image in broken {
        let message = scene.run(&format!("verify {image}")).failed();
        assert!(message.starts_with(&image), "{message}");
    }
}
