//! Unit tests under Miri, the interpreter that reports undefined behaviour.

use crate::needs;
use crate::shell::{self, Failure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates with unsafe code, and which of their tests Miri runs in reasonable time: of the VM those of modules with
/// unsafe code. A set that runs the whole of it follows.
const RUNS: &[(&str, &[&str])] = &[
    ("rostrings", &["--lib"]),
    ("lua-gc", &["--tests"]),
    ("lfs-format", &["--lib"]),
    (
        "lua-vm",
        &[
            "--lib",
            "--",
            "object::",
            "interp::",
            "builtin::",
            "symbols::",
        ],
    ),
];

/// The host, and a 32-bit target for the layouts of devices; and the number models of the VM's set there.
const TARGETS: [(&str, &str); 2] = [
    ("x86_64-unknown-linux-gnu", ""),
    ("i686-unknown-linux-gnu", "num32"),
];

/// The nightly the library patch was made for.
const PATCHED_NIGHTLY: &str = "2026-05-";

const PATCH: &str = ".ci/miri-library.patch";

/// Checks that there is a nightly toolchain; returns its version line.
pub fn nightly() -> Result<String, Failure> {
    shell::query("rustc", &["+nightly", "--version"]).ok_or_else(|| {
        Failure::new(
            "no nightly toolchain",
            "rustup toolchain install nightly --component miri --component rust-src",
        )
    })
}

/// The library sources Miri interprets: the toolchain's own, or Debian's with a patch.
fn library(version: &str) -> Result<Option<PathBuf>, Failure> {
    let sysroot = shell::query("rustc", &["+nightly", "--print", "sysroot"]).unwrap_or_default();
    if Path::new(&sysroot)
        .join("lib/rustlib/src/rust/library")
        .exists()
    {
        return Ok(None);
    }
    let advice = "Install the library's sources: rustup +nightly component add rust-src";
    if !version.contains(PATCHED_NIGHTLY) {
        return Err(Failure::new(
            format!("{version} has no rust-src, and {PATCH} is for another nightly"),
            advice,
        ));
    }
    let source = needs::debian_library()?;
    let copy = shell::target_directory("miri-library")?;
    let marker = copy.join("patched");
    if !marker.exists() {
        let lock = source.with_file_name("Cargo.lock");
        let mut commands = [
            Command::new("rm"),
            Command::new("cp"),
            Command::new("cp"),
            Command::new("patch"),
        ];
        commands[0].arg("-rf").arg(copy.join("library"));
        commands[1].arg("-rL").arg(source).arg(&copy);
        commands[2].arg(lock).arg(&copy);
        commands[3].arg("-p1").arg("-d").arg(&copy).arg("-i");
        commands[3].arg(absolute(Path::new(PATCH))?);
        for command in &mut commands {
            shell::run(command, advice)?;
        }
        shell::write_file(&marker, b"")?;
    }
    absolute(&copy.join("library")).map(Some)
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| shell::file_failure(path, error))
}

/// Runs the unit tests of the crates with unsafe code, the targets side by side.
pub fn run() -> Result<(), Failure> {
    let version = nightly()?;
    if shell::query("cargo", &["+nightly", "miri", "--version"]).is_none() {
        return Err(Failure::new(
            "the nightly toolchain has no Miri",
            "rustup +nightly component add miri",
        ));
    }
    let library = library(&version)?;
    let library = library.as_deref();
    std::thread::scope(|scope| {
        let targets = TARGETS.map(|(target, vm)| scope.spawn(move || tests(target, vm, library)));
        targets
            .into_iter()
            .try_for_each(|target| match target.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
    })
}

/// Runs the tests for one target; of the VM's set those whose name contains `vm`.
fn tests(target: &str, vm: &str, library: Option<&Path>) -> Result<(), Failure> {
    let set = ("lua-vm", &["--test", "miri", "--", vm][..]);
    for (name, tests) in RUNS.iter().copied().chain([set]) {
        let mut command = Command::new("cargo");
        command
            .args(["+nightly", "miri", "test", "--target", target, "-p", name])
            .args(tests)
            // Property tests read their failure file and would run for hours with the usual number of cases. The VM
            // keeps addresses in plain words: Miri then follows exposed provenance, and need not say so.
            .env(
                "MIRIFLAGS",
                "-Zmiri-disable-isolation -Zmiri-permissive-provenance",
            )
            .env("PROPTEST_CASES", "4")
            .env("CARGO_TARGET_DIR", shell::target().join("miri"));
        if let Some(library) = library {
            command.env("MIRI_LIB_SRC", library);
        }
        shell::run(
            &mut command,
            "Miri's report is above: it names the access that is undefined behaviour.",
        )?;
    }
    Ok(())
}
