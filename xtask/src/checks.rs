//! Steps that are cargo commands.

use crate::needs::{self, DeviceToolchain};
use crate::shell::{self, Failure};
use crate::{differential, miri};
use std::process::Command;

/// The `no_std` library crates.
const LIBRARIES: &[&str] = &[
    "rostrings",
    "lfs-format",
    "lua-gc",
    "lua-vm",
    "flash-files",
    "esp-port",
];

/// Features of `esp-port` that bring drivers.
const DRIVERS: &str = "esp8266,esp32";

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments);
    command
}

fn select(command: &mut Command) {
    for library in LIBRARIES {
        command.args(["-p", library]);
    }
}

/// `cargo fmt --check`, of the workspace and of the firmwares.
pub fn format() -> Result<(), Failure> {
    shell::run(
        &mut cargo(&["fmt", "--all", "--check"]),
        "Run `cargo fmt --all`.",
    )?;
    for firmware in [
        "examples/qemu-rv32",
        "examples/qemu-lx106",
        "examples/lx106",
        "examples/esp32",
        "examples/esp32c3",
        "examples/esp32c6",
        "examples/esp8266",
    ] {
        let mut check = cargo(&["fmt", "--check"]);
        let advice = format!("Run `cargo fmt` in {firmware}.");
        shell::run(check.current_dir(firmware), &advice)?;
    }
    Ok(())
}

/// Clippy over everything, then over the libraries with their optional features.
pub fn lint() -> Result<(), Failure> {
    let advice = "Mend what clippy reports; `cargo clippy --fix` can do part of it.";
    let deny = ["--", "-D", "warnings"];
    let mut all = cargo(&["clippy", "--workspace", "--all-targets"]);
    shell::run(all.args(deny), advice)?;
    let mut defmt = cargo(&["clippy", "--features", "defmt"]);
    select(&mut defmt);
    shell::run(defmt.args(deny), advice)?;
    let mut checked = cargo(&["clippy", "-p", "lua-vm", "--features", "checked-registers"]);
    shell::run(checked.args(deny), advice)?;
    let mut drivers = cargo(&["clippy", "-p", "esp-port", "--all-targets", "--features"]);
    drivers.arg(format!("{DRIVERS},defmt"));
    shell::run(drivers.args(deny), advice)
}

/// Documentation of the workspace.
pub fn doc() -> Result<(), Failure> {
    let mut command = cargo(&[
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    shell::run(&mut command, "Mend the documentation that rustdoc reports.")
}

/// `cargo test` of the workspace, and of the VM as a device has it, and with checked registers.
pub fn unit() -> Result<(), Failure> {
    let advice = "Run the failing test alone: cargo test -p <crate> <name> -- --nocapture";
    shell::run(&mut cargo(&["test", "--workspace"]), advice)?;
    let mut device = cargo(&["test", "-p", "lua-vm", "--no-default-features"]);
    shell::run(device.args(["--test", "allocator", "--test", "vm"]), advice)?;
    let mut checked = cargo(&["test", "-p", "lua-vm", "--features", "checked-registers"]);
    shell::run(&mut checked, advice)?;
    let mut drivers = cargo(&["test", "-p", "esp-port", "--lib", "--features", DRIVERS]);
    shell::run(drivers.arg("drivers"), advice)?;
    let mut chips = cargo(&["test", "-p", "esp-port", "--test", "chips", "--features"]);
    shell::run(chips.arg(DRIVERS), advice)
}

/// The libraries for a device without std.
pub fn no_std() -> Result<(), Failure> {
    let mut command = match needs::device_toolchain()? {
        DeviceToolchain::Rustup => cargo(&["build"]),
        DeviceToolchain::Debian => {
            let mut command = Command::new("/usr/bin/cargo");
            command
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .args(["build", "-Zbuild-std=core,alloc,compiler_builtins"]);
            command
        }
    };
    command.args([
        "--release",
        "--no-default-features",
        "--target",
        needs::DEVICE,
    ]);
    command.env("CARGO_TARGET_DIR", shell::target().join("no_std"));
    select(&mut command);
    shell::run(
        &mut command,
        "A library crate does not build without std: look for `std::` or a dependency with default features.",
    )
}

/// The example that the README shows first.
pub fn examples() -> Result<(), Failure> {
    shell::run(
        &mut cargo(&["run", "--release", "-p", "quickstart"]),
        "The host example failed; its messages are above.",
    )
}

/// Unit tests and the Lua programs with every memory access checked.
pub fn asan() -> Result<(), Failure> {
    miri::nightly()?;
    let host = shell::query("rustc", &["-vV"])
        .and_then(|text| {
            text.lines()
                .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
        })
        .ok_or_else(|| {
            Failure::new(
                "rustc does not name its host",
                "Check the Rust installation.",
            )
        })?;
    let directory = shell::target().join("asan");
    let sanitized = |arguments: &[&str]| {
        let mut command = cargo(&["+nightly"]);
        command
            .args(arguments)
            .args(["--target", &host])
            .env("RUSTFLAGS", "-Zsanitizer=address")
            .env("CARGO_TARGET_DIR", &directory);
        command
    };
    let advice = "The address sanitizer's report is above: it names the access and the allocation.";
    let mut unit = sanitized(&["test", "--lib", "--tests"]);
    select(&mut unit);
    // The sanitizer's frames are larger than the small stacks of those tests allow.
    unit.args(["--", "--skip", "native_stack"]);
    // It has functions of its own that copy memory, and they are seen.
    unit.args(["--skip", "by_words", "--skip", "less_than_a_word"]);
    shell::run(&mut unit, advice)?;
    shell::run(&mut sanitized(&["build", "-p", "luac-cross"]), advice)?;
    let tool = directory.join(&host).join("debug/luac-cross");
    differential::lua_with(&tool)
}
