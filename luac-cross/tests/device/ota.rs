//! Updates over the air, from a server on loopback.

use super::{device, support::Scene};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// A server of some texts by path, on a port of its own. It lives as long as the test.
fn serve(pages: Vec<(&'static str, Vec<u8>)>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let pages: HashMap<_, _> = pages.into_iter().collect();
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &pages);
        }
    });
    port
}

fn answer(mut stream: TcpStream, pages: &HashMap<&str, Vec<u8>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let request = lines.next().unwrap().unwrap();
    while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
    let path = request.split(' ').nth(1).unwrap();
    let (status, body) = match pages.get(path) {
        Some(body) => ("200 OK", &body[..]),
        None => ("404 Not Found", &b"nothing here"[..]),
    };
    // A path with "cut" in it promises more than it sends.
    let length = body.len() + if path.contains("cut") { 100 } else { 0 };
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    // The device may have hung up.
    let _ = stream.write_all(body);
}

fn manifest(image: &[u8], length: usize) -> Vec<u8> {
    let digest: String = Sha256::digest(image)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{length} {digest}\n").into_bytes()
}

/// A device that runs the example: version 1 with the module `ota`; and version 2 as an image.
fn scene() -> (Scene, Vec<u8>) {
    let scene = Scene::new(&[]);
    let ota = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ota/ota.lua");
    scene.write("ota.lua", &std::fs::read(ota).unwrap());
    for version in [1, 2] {
        scene.write("version.lua", format!("return {version}").as_bytes());
        scene
            .run(&format!("-f -o {version}.img version.lua ota.lua"))
            .ok();
    }
    let second = scene.read("2.img");
    (scene, second)
}

#[test]
fn an_image_is_fetched_started_on_trial_and_confirmed() {
    let (scene, image) = scene();
    let port = serve(vec![
        ("/app.img.txt", manifest(&image, image.len())),
        ("/app.img", image),
    ]);
    let typed = format!(
        "require 'ota'.update('http://127.0.0.1:{port}/app.img')
node.LFS.version()
require 'ota'.confirm(function() return false, 'not yet' end)
node.LFS.trial()
require 'ota'.confirm(function() return node.LFS.version() == 2 end)
node.restart()
node.LFS.version(), node.LFS.trial()
require 'ota'.confirm(error)
"
    );
    assert_eq!(
        device(&scene, "--load 1.img", &typed),
        "LFS: on trial, 2 starts left to call node.LFS.confirm()\n2\non trial\tfalse\n2\nconfirmed\n2\tnil\nconfirmed\n"
    );
}

#[test]
fn an_update_that_does_not_work_goes_back_by_itself() {
    let (scene, image) = scene();
    let port = serve(vec![
        ("/app.img.txt", manifest(&image, image.len())),
        ("/app.img", image),
    ]);
    let restarts = "node.restart()\n".repeat(3);
    let typed = format!(
        "require 'ota'.update('http://127.0.0.1:{port}/app.img')\nnode.LFS.version()\n{restarts}node.LFS.version()\n"
    );
    let out = device(&scene, "--load 1.img", &typed);
    assert!(
        out.ends_with("LFS: not confirmed, the image before is back\n1\n"),
        "{out}"
    );
}

#[test]
fn what_is_not_as_promised_is_refused_and_removed() {
    let (scene, image) = scene();
    let mut changed = image.clone();
    changed[100] ^= 1;
    let garbage = b"no image".to_vec();
    let pages = vec![
        ("/digest.img.txt", manifest(&image, image.len())),
        ("/digest.img", changed),
        ("/length.img.txt", manifest(&image, image.len() + 4)),
        ("/length.img", image.clone()),
        ("/cut.img.txt", manifest(&image, image.len())),
        ("/cut.img", image.clone()),
        ("/huge.img.txt", manifest(&image, 100_000_000)),
        ("/text.img.txt", b"what?".to_vec()),
        ("/garbage.img.txt", manifest(&garbage, garbage.len())),
        ("/garbage.img", garbage),
    ];
    let port = serve(pages);
    let mut typed = String::new();
    for name in [
        "digest", "length", "cut", "huge", "text", "absent", "garbage",
    ] {
        typed += &format!(
            "print(select(2, require 'ota'.update('http://127.0.0.1:{port}/{name}.img'))) print(file.exists('ota.img'))\n"
        );
    }
    typed += "print(select(2, require 'ota'.update('http://127.0.0.1:1/x')))\nnode.LFS.version()\n";
    let out = device(&scene, "--load 1.img", &typed);
    let lines: Vec<_> = out.lines().collect();
    let expected = [
        "SHA-256 differs",
        "bytes, ",
        "",
        "bytes of files are free",
        "manifest is not",
        "no manifest: 404",
        "incorrect LFS header signature",
    ];
    for (index, part) in expected.iter().enumerate() {
        assert!(lines[2 * index].contains(part), "{part}: {out}");
        // What is an image by its manifest stays until the next download.
        let left = index == 6;
        assert_eq!(lines[2 * index + 1], left.to_string(), "{part}: {out}");
    }
    assert!(lines[14].starts_with("no manifest: "), "{out}");
    assert_eq!(lines[15], "1");
}

#[test]
fn get_hands_over_status_and_body() {
    let (scene, _) = scene();
    let port = serve(vec![("/hello", b"hello".to_vec())]);
    let typed = format!(
        "http.get('http://127.0.0.1:{port}/hello', 'X-Name: value\\r\\n', print)
http.get('http://127.0.0.1:{port}/none', nil, print)
http.get('http://127.0.0.1:1/', nil, function(status) print(status) end)
http.get('http://127.0.0.1:{port}/hello', 'no colon', function(status, why) print(status, why) end)
pcall(http.get, 'x')
"
    );
    let out = device(&scene, "", &typed);
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "200\thello",
            "404\tnothing here",
            "-1",
            "-1\theader without a colon: no colon"
        ]
    );
    assert!(
        lines[4].starts_with("false\t") && lines[4].contains("function expected"),
        "{out}"
    );
}
