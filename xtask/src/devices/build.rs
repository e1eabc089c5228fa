//! Building the firmwares.

use super::assembly;
use crate::needs::{self, DeviceToolchain};
use crate::shell::{self, Failure};
use std::path::{Path, PathBuf};
use std::process::Command;

const RV32: &str = "examples/qemu-rv32";
/// What firmwares for the lx106 core share.
const LX106: &str = "examples/lx106";

const LX106_TARGET: &str = "xtensa-lx106-none-elf";
const RV32_FLAGS: &str = "CARGO_TARGET_RISCV32IMC_UNKNOWN_NONE_ELF_RUSTFLAGS";
const LX106_FLAGS: &str = "CARGO_TARGET_XTENSA_LX106_NONE_ELF_RUSTFLAGS";

/// Libraries that Debian's compiler builds from source, in their short forms.
const BUILD_STD: [&str; 2] = [
    "-Zbuild-std=core,alloc,compiler_builtins",
    "-Zbuild-std-features=optimize_for_size",
];

/// Lets the linker shorten calls.
const RELAX: &str = "-Ctarget-feature=+relax";

/// A panic stops the device where it is: no message, nor the code that makes one.
const SILENT_PANIC: &str = "-Zunstable-options -Cpanic=immediate-abort";

/// Floating point in software is most of what a program with floats executes.
const FAST_FLOATS: &str = "profile.release.package.compiler_builtins.opt-level=3";

/// Line information, for whoever asks where an instruction comes from. The code is the same without.
const LINES: &str = "profile.release.debug='line-tables-only'";

/// The name of an LLVM option that keeps the assembly of one package.
const KEEP_ASSEMBLY: &str = "profile.release.package.compiler_builtins.rustflags=['--emit=asm']";

/// Debian's cargo and compiler, which take unstable options.
fn debian_cargo(directory: &Path) -> Command {
    let mut command = Command::new("/usr/bin/cargo");
    command
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", directory);
    command
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| shell::file_failure(path, error))
}

/// Builds the firmware for rv32imc; the path of its ELF file.
pub fn rv32() -> Result<PathBuf, Failure> {
    needs::emulators()?;
    let directory = absolute(&shell::target_directory("rv32")?)?;
    let mut command = match needs::device_toolchain()? {
        DeviceToolchain::Rustup => {
            let mut command = Command::new("cargo");
            command
                .env("CARGO_TARGET_DIR", &directory)
                .env(RV32_FLAGS, format!("-Clink-arg=-Tlink.ld {RELAX}"))
                .arg("build");
            command
        }
        DeviceToolchain::Debian => {
            needs::rv32_linker()?;
            let mut command = debian_cargo(&directory);
            let flags = format!(
                "-Clinker=riscv64-unknown-elf-ld -Clinker-flavor=ld -Clink-arg=-melf32lriscv \
                 -Clink-arg=-Tlink.ld {RELAX} {SILENT_PANIC}"
            );
            command.env(RV32_FLAGS, flags).arg("build").args(BUILD_STD);
            command.args(["--config", FAST_FLOATS]);
            command
        }
    };
    command
        .args(["--release", "--target", needs::DEVICE])
        .current_dir(RV32);
    shell::run(&mut command, "The firmware for rv32imc does not build.")?;
    Ok(directory.join(needs::DEVICE).join("release/qemu-rv32"))
}

/// A firmware for the lx106 core.
pub struct Lx106 {
    /// Name of its package, directory in `examples`, and name of what is built.
    pub name: &'static str,
    /// Features of the package.
    pub features: &'static str,
    /// Assembly files beside the shared ones, without their extension.
    pub sources: &'static [&'static str],
}

/// The firmware that serves a prompt on the emulator.
const QEMU_LX106: Lx106 = Lx106 {
    name: "qemu-lx106",
    features: "",
    sources: &["simulator"],
};

/// What every firmware for the core is linked with.
const LX106_SOURCES: [&str; 4] = ["vectors", "start", "core", "wide"];

/// Builds the firmware for lx106; the path of its ELF file.
pub fn lx106() -> Result<PathBuf, Failure> {
    needs::emulators()?;
    QEMU_LX106.build("lx106")
}

impl Lx106 {
    /// Builds it in a directory of its own under the target directory; the path of the ELF file.
    ///
    /// The compiler emits assembly, one file for everything but its own library, and the GNU tools do the rest: its own writer
    /// of Xtensa objects misplaces literals.
    pub fn build(&self, directory: &str) -> Result<PathBuf, Failure> {
        needs::lx106_tools()?;
        let directory = absolute(&shell::target_directory(directory)?)?;
        let package = Path::new("examples").join(self.name);
        let target = absolute(&Path::new(LX106).join(format!("{LX106_TARGET}.json")))?;
        let mut command = debian_cargo(&directory);
        command
            .args(["rustc", "--lib", "--release", "-Zjson-target-spec"])
            .args(BUILD_STD)
            .env(LX106_FLAGS, SILENT_PANIC)
            .args(["-Zprofile-rustflags", "--config", KEEP_ASSEMBLY])
            .args(["--config", FAST_FLOATS, "--config", LINES])
            .args(["--features", self.features, "--target"])
            .arg(target)
            .args(["--", "--emit=asm"])
            .current_dir(&package);
        let advice = format!("The firmware in {} does not build.", package.display());
        shell::run(&mut command, &advice)?;
        let emitted = directory.join(LX106_TARGET).join("release/deps");
        let prefix = format!("{}-", self.name.replace('-', "_"));
        let firmware = assembly::place_literals(&shell::read_text(&newest(&emitted, &prefix)?)?);
        let library = shell::read_text(&newest(&emitted, "compiler_builtins-")?)?;
        let library = assembly::rename_wide(&assembly::place_literals(&library));
        let mut near = assembly::functions(&firmware);
        near.extend(assembly::functions(&library));
        let mut objects = vec![
            assemble_emitted("firmware", &assembly::shorten(&firmware, &near), &directory)?,
            assemble_emitted("library", &assembly::shorten(&library, &near), &directory)?,
        ];
        let shared = LX106_SOURCES.map(|stem| Path::new(LX106).join("src").join(stem));
        let own = self
            .sources
            .iter()
            .map(|stem| package.join("src").join(stem));
        for source in shared.into_iter().chain(own) {
            objects.push(assemble_source(&source, &directory)?);
        }
        let elf = directory.join(self.name).with_extension("elf");
        link(&objects, &package.join("link.ld"), &elf)?;
        Ok(elf)
    }
}

/// The assembly file of a package that was written last; older builds leave theirs.
fn newest(directory: &Path, prefix: &str) -> Result<PathBuf, Failure> {
    let failure = |error| shell::file_failure(directory, error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failure)? {
        let entry = entry.map_err(failure)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(prefix) && name.ends_with(".s") {
            let written = entry.metadata().and_then(|data| data.modified());
            found.push((written.map_err(failure)?, entry.path()));
        }
    }
    found
        .into_iter()
        .max()
        .map(|(_, path)| path)
        .ok_or_else(|| {
            Failure::new(
                format!("{}: no assembly of {prefix}*", directory.display()),
                "Remove this directory and build again.",
            )
        })
}

fn assemble(source: &Path, object: &Path, options: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("xtensa-lx106-elf-as");
    command.args(options).arg(source).arg("-o").arg(object);
    shell::run(&mut command, "The assembler's message is above.")
}

fn assemble_emitted(stem: &str, text: &str, directory: &Path) -> Result<PathBuf, Failure> {
    let repaired = directory.join(stem).with_extension("s");
    shell::write_file(&repaired, text.as_bytes())?;
    let object = repaired.with_extension("o");
    // Literals beside the code that loads them: in one pool they would be out of reach.
    assemble(
        &repaired,
        &object,
        &["--no-target-align", "--text-section-literals", "--gdwarf-5"],
    )?;
    Ok(object)
}

fn assemble_source(stem: &Path, directory: &Path) -> Result<PathBuf, Failure> {
    let name = stem.file_name().unwrap_or_default();
    let object = directory.join(name).with_extension("o");
    assemble(
        &stem.with_extension("S"),
        &object,
        &["--text-section-literals"],
    )?;
    Ok(object)
}

fn link(objects: &[PathBuf], script: &Path, elf: &Path) -> Result<(), Failure> {
    let mut command = Command::new("xtensa-lx106-elf-ld");
    command
        .args(["--no-relax", "--gc-sections", "-z", "noexecstack", "-L"])
        .arg(LX106)
        .arg("-T")
        .arg(script)
        .args(objects)
        .arg("-o")
        .arg(elf);
    shell::run(&mut command, "The linker's message is above.")
}
