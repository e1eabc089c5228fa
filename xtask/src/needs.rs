//! Programs and files that must be on the machine, and the Debian packages that bring them.

use crate::shell::{self, Failure};
use std::path::Path;
use std::process::Command;

/// What shows that a package is there.
enum Sign {
    /// A program that can be started.
    Program(&'static str),
    /// A file or directory.
    File(&'static str),
    /// A module that Python can import.
    PythonModule(&'static str),
}

struct Need {
    package: &'static str,
    sign: Sign,
}

const fn program(package: &'static str, name: &'static str) -> Need {
    Need {
        package,
        sign: Sign::Program(name),
    }
}

const fn file(package: &'static str, path: &'static str) -> Need {
    Need {
        package,
        sign: Sign::File(path),
    }
}

const REFERENCE: &[Need] = &[
    program("lua5.1", "lua5.1"),
    program("lua5.3", "lua5.3"),
    program("lua5.4", "lua5.4"),
];

const REAL_PROGRAMS: &[Need] = &[
    file("lua-penlight", "/usr/share/lua/5.3/pl/init.lua"),
    file("lua-argparse", "/usr/share/lua/5.3/argparse.lua"),
    file("lua-inspect", "/usr/share/lua/5.3/inspect.lua"),
    file("lua-basexx", "/usr/share/lua/5.1/basexx.lua"),
    file("lua-binaryheap", "/usr/share/lua/5.3/binaryheap.lua"),
    file("lua-json", "/usr/share/lua/5.3/json.lua"),
    file("lua-dkjson", "/usr/share/lua/5.3/dkjson.lua"),
    file("lua-luassert", "/usr/share/lua/5.3/luassert/init.lua"),
    file("lua-say", "/usr/share/lua/5.3/say/init.lua"),
    file("lua-busted", "/usr/share/lua/5.3/busted/core.lua"),
    file("lua-cliargs", "/usr/share/lua/5.3/cliargs/core.lua"),
    file("lua-mediator", "/usr/share/lua/5.3/mediator.lua"),
    file("lua-unit", "/usr/share/lua/5.3/luaunit.lua"),
    file("lua-messagepack", "/usr/share/lua/5.3/MessagePack.lua"),
    file("lua-moses", "/usr/share/lua/5.3/moses.lua"),
    file("lua-inifile", "/usr/share/lua/5.3/inifile.lua"),
    file("lua-ansicolors", "/usr/share/lua/5.3/ansicolors.lua"),
    file("lua-check", "/usr/share/lua/5.1/luacheck/init.lua"),
    file("lua-uri", "/usr/share/lua/5.1/uri.lua"),
    file("luarocks", "/usr/share/lua/5.3/luarocks/util.lua"),
    file("lua-wsapi", "/usr/share/lua/5.1/wsapi/mock.lua"),
    file("lua-ldoc", "/usr/share/lua/5.3/ldoc/lexer.lua"),
    file("lua-lemock", "/usr/share/lua/5.1/lemock.lua"),
    file("lua-markdown", "/usr/share/lua/5.1/markdown.lua"),
    file("lua-fifo", "/usr/share/lua/5.1/fifo.lua"),
    file("lua-coxpcall", "/usr/share/lua/5.3/coxpcall.lua"),
];

const BARE_METAL: &[Need] = &[
    file("rustc-web", "/usr/bin/rustc"),
    file("cargo-web", "/usr/bin/cargo"),
    file("rust-web-src", DEBIAN_SOURCES),
];

const EMULATORS: &[Need] = &[
    program("qemu-system-misc", "qemu-system-riscv32"),
    program("qemu-system-misc", "qemu-system-xtensa"),
    program(
        "binutils-riscv64-unknown-elf",
        "riscv64-unknown-elf-objcopy",
    ),
];

const RV32_LINKER: &[Need] = &[program(
    "binutils-riscv64-unknown-elf",
    "riscv64-unknown-elf-ld",
)];

const RV32_C: &[Need] = &[
    program("gcc-riscv64-unknown-elf", "riscv64-unknown-elf-gcc"),
    file(
        "picolibc-riscv64-unknown-elf",
        "/usr/lib/picolibc/riscv64-unknown-elf/lib",
    ),
];

const LX106_TOOLS: &[Need] = &[
    program("binutils-xtensa-lx106", "xtensa-lx106-elf-as"),
    program("binutils-xtensa-lx106", "xtensa-lx106-elf-ld"),
];

/// Environments of Python, which `python3` alone cannot make in Debian.
const PYTHON: &[Need] = &[Need {
    package: "python3-venv",
    sign: Sign::PythonModule("ensurepip"),
}];

const VALGRIND: &[Need] = &[program("valgrind", "valgrind")];

/// Where Debian's package `rust-web-src` puts the standard library's sources.
const DEBIAN_SOURCES: &str = "/usr/src/rustc-1.96.0/library";

/// The target that stands for devices: the ESP32-C3's core.
pub const DEVICE: &str = "riscv32imc-unknown-none-elf";

/// How code for [`DEVICE`] can be built here.
pub enum DeviceToolchain {
    /// The default toolchain has the target's libraries.
    Rustup,
    /// Debian's compiler, which builds `core` and `alloc` from source.
    Debian,
}

fn present(need: &Need) -> bool {
    match need.sign {
        Sign::Program(name) => std::env::var_os("PATH").is_some_and(|path| {
            std::env::split_paths(&path).any(|directory| directory.join(name).is_file())
        }),
        Sign::File(path) => Path::new(path).exists(),
        Sign::PythonModule(name) => {
            shell::query("python3", &["-c", &format!("import {name}")]).is_some()
        }
    }
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    needs
        .iter()
        .filter(|need| !present(need))
        .map(|need| need.package)
        .collect()
}

fn is_root() -> bool {
    shell::query("id", &["-u"]).as_deref() == Some("0")
}

/// Installs what is missing when that is allowed, and says what to install otherwise.
fn ensure(needs: &[Need]) -> Result<(), Failure> {
    let packages = missing(needs);
    if packages.is_empty() {
        return Ok(());
    }
    let advice = format!(
        "Install the missing packages: sudo apt-get install {}",
        packages.join(" ")
    );
    if !is_root() || shell::query("apt-get", &["--version"]).is_none() {
        return Err(Failure::new(
            format!("missing: {}", packages.join(", ")),
            advice,
        ));
    }
    shell::run(Command::new("apt-get").arg("update").arg("-q"), &advice)?;
    let mut install = Command::new("apt-get");
    install
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-y", "-q", "--no-install-recommends"])
        .args(&packages);
    shell::run(&mut install, &advice)?;
    match missing(needs) {
        left if left.is_empty() => Ok(()),
        left => Err(Failure::new(
            format!("installed, and still missing: {}", left.join(", ")),
            "These packages lie elsewhere than expected; see xtask/src/needs.rs.",
        )),
    }
}

/// The reference implementations.
pub fn reference() -> Result<(), Failure> {
    ensure(REFERENCE)
}

/// The Lua programs and libraries that the drivers exercise.
pub fn real_programs() -> Result<(), Failure> {
    ensure(REAL_PROGRAMS)
}

/// The instruction counter of `bench --callgrind`.
pub fn valgrind() -> Result<(), Failure> {
    ensure(VALGRIND)
}

/// Emulators of the devices' cores.
pub fn emulators() -> Result<(), Failure> {
    ensure(EMULATORS)
}

/// The linker for [`DEVICE`] where the toolchain brings none.
pub fn rv32_linker() -> Result<(), Failure> {
    ensure(RV32_LINKER)
}

/// The C compiler and library for the ESP32-C3's core.
pub fn rv32_c() -> Result<(), Failure> {
    ensure(EMULATORS)?;
    ensure(RV32_C)
}

/// Compiler, assembler and linker for the ESP8266's core; no toolchain of rustup compiles for it.
pub fn lx106_tools() -> Result<(), Failure> {
    ensure(BARE_METAL)?;
    ensure(LX106_TOOLS)
}

/// A toolchain for [`DEVICE`].
pub fn device_toolchain() -> Result<DeviceToolchain, Failure> {
    toolchain_for(DEVICE)
}

/// A toolchain for a target without an operating system.
pub fn toolchain_for(target: &str) -> Result<DeviceToolchain, Failure> {
    let libraries = shell::query("rustc", &["--print", "target-libdir", "--target", target]);
    if libraries.is_some_and(|directory| Path::new(&directory).exists()) {
        return Ok(DeviceToolchain::Rustup);
    }
    ensure(BARE_METAL).map_err(|failure| {
        Failure::new(
            failure.what,
            format!(
                "Either `rustup target add {target}`, or on Debian:\n{}",
                failure.advice
            ),
        )
    })?;
    Ok(DeviceToolchain::Debian)
}

/// Python with virtual environments.
pub fn python() -> Result<(), Failure> {
    ensure(PYTHON)
}

/// The standard library's sources of Debian's compiler, if they are installed or may be.
pub fn debian_library() -> Result<&'static Path, Failure> {
    ensure(BARE_METAL)?;
    Ok(Path::new(DEBIAN_SOURCES))
}
