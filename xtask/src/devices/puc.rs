//! PUC Lua with 32-bit numbers on the ESP32-C3's core, for comparison.

use super::programs::{self, Run};
use crate::reference;
use crate::shell::{self, Failure};
use crate::{needs, programs as sources};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);
const MAIN: &str = "xtask/c/reference_rv32.c";

/// Where picolibc puts code and data, and how large the stack is.
const SYMBOLS: &str = "-Wl,--defsym=__flash=0x80000000,--defsym=__flash_size=0x400000,\
                       --defsym=__ram=0x80400000,--defsym=__ram_size=0x4000000,--defsym=__stack_size=0x10000";

/// The interpreter for the emulated core.
pub struct Puc {
    /// Its ELF file.
    pub elf: PathBuf,
    directory: PathBuf,
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| shell::file_failure(path, error))
}

impl Puc {
    /// Builds it.
    pub fn build() -> Result<Self, Failure> {
        needs::rv32_c()?;
        let directory = absolute(&shell::target_directory("devices/puc")?)?;
        let elf = directory.join("lua.elf");
        let library = reference::sources()?;
        let mut compile = Command::new("riscv64-unknown-elf-gcc");
        compile
            .args([
                "--specs=picolibc.specs",
                "--oslib=semihost",
                "--crt0=semihost",
            ])
            .args(["-march=rv32imac", "-mabi=ilp32", "-O2", "-w"])
            .args(["-DLUA_32BITS", "-DLUA_COMPAT_5_2", SYMBOLS, "-I"])
            .arg(&library)
            .arg("-o")
            .arg(&elf)
            .args(reference::files(&library)?)
            .args([MAIN, "-lm"]);
        shell::run(&mut compile, "The C compiler's message is above.")?;
        Ok(Puc { elf, directory })
    }

    /// Runs a program of a directory as the devices do.
    pub fn run(&self, file: &Path, argument: &str) -> Result<Run, Failure> {
        let name = sources::name(file);
        let place = self.directory.join(&name);
        std::fs::create_dir_all(&place).map_err(|error| shell::file_failure(&place, error))?;
        let script = format!(
            "LFS = {{ [{name:?}] = assert(loadfile({:?})) }}\nloadfile({:?})({name:?}, {argument:?})\n",
            absolute(file)?,
            absolute(Path::new(programs::RUNNER))?,
        );
        shell::write_file(&place.join("run.lua"), script.as_bytes())?;
        let mut command = Command::new("qemu-system-riscv32");
        command
            .args(["-machine", "virt", "-bios", "none", "-display", "none"])
            .args(["-monitor", "none", "-serial", "none"])
            .args(["-chardev", "stdio,id=terminal"])
            .args(["-semihosting-config", "enable=on,chardev=terminal"])
            .args(["-icount", "shift=0,align=off,sleep=off", "-kernel"])
            .arg(&self.elf)
            .current_dir(&place);
        let output = shell::capture(&mut command, LIMIT)?;
        Ok(programs::parse(&output.stdout))
    }
}
