//! The virtual device: what users of LFS type, typed here.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

#[path = "../support/mod.rs"]
mod support;

mod building;
mod heap;
mod images;
mod node;
mod ota;
mod pack;
mod paper;
mod partitions;
mod power;
mod signed;
mod single;
mod startup;

mod terminal;

use support::Scene;

/// Runs a device with these options and what is typed; what it puts out, without its banner.
#[track_caller]
fn device(scene: &Scene, options: &str, typed: &str) -> String {
    let line = format!("sim --flash flash.bin {options}");
    without_banner(&scene.run_with(&line, &[], typed.as_bytes()).ok())
}

/// Each start says two lines behind an empty one.
fn without_banner(out: &str) -> String {
    let mut text = String::new();
    let mut lines = out.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let banner = |next: &&str| next.starts_with("Lua 5.3 in place from flash");
        if line == "\n" && lines.peek().is_some_and(banner) {
            lines.next();
            lines.next();
            continue;
        }
        text.push_str(line);
    }
    text
}
