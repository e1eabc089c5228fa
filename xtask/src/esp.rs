//! Firmware for real chips of the ESP32 family: built, made into the image that the chip's boot loader takes, checked by esptool.

use crate::esptool::{Chip, Esptool};
use crate::needs::{self, DeviceToolchain};
use crate::shell::{self, Failure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A firmware for one chip.
struct Firmware {
    chip: Chip,
    /// Directory of its package.
    directory: &'static str,
    target: &'static str,
    /// Features of the package.
    features: &'static str,
}

const FIRMWARES: [Firmware; 3] = [
    Firmware {
        chip: Chip::Esp32C3,
        directory: "examples/esp32c3",
        target: needs::DEVICE,
        features: "defmt",
    },
    Firmware {
        chip: Chip::Esp32C3,
        directory: "examples/esp32c3",
        target: needs::DEVICE,
        features: "",
    },
    Firmware {
        chip: Chip::Esp32C6,
        directory: "examples/esp32c6",
        target: "riscv32imac-unknown-none-elf",
        features: "",
    },
];

/// Where the firmware's partition ends, less where it starts: partitions.csv of the examples.
const ROOM: u64 = 0x10_0000;

/// Builds and checks all of them.
pub fn run() -> Result<(), Failure> {
    let esptool = Esptool::install()?;
    for firmware in &FIRMWARES {
        let elf = build(firmware)?;
        let image = elf.with_extension("bin");
        esptool.convert(firmware.chip, &elf, &image)?;
        esptool.check(firmware.chip, &image)?;
        let size = std::fs::metadata(&image).map_err(|error| shell::file_failure(&image, error))?;
        let size = size.len();
        let with = match firmware.features {
            "" => String::new(),
            features => format!(" with {features}"),
        };
        println!(
            "{}{with}: {size} bytes, {}",
            firmware.directory,
            image.display()
        );
        if size > ROOM {
            return Err(Failure::new(
                format!(
                    "{}: {size} bytes do not fit its partition",
                    firmware.directory
                ),
                "Make the partition `factory` in partitions.csv larger, or the firmware smaller.",
            ));
        }
    }
    Ok(())
}

/// The path of the ELF file.
fn build(firmware: &Firmware) -> Result<PathBuf, Failure> {
    let directory = shell::target_directory("esp")?;
    let directory =
        std::path::absolute(&directory).map_err(|error| shell::file_failure(&directory, error))?;
    let mut flags = String::from("-Clink-arg=-Tlinkall.x -Ctarget-feature=+relax");
    let mut command = match needs::toolchain_for(firmware.target)? {
        DeviceToolchain::Rustup => {
            let mut command = Command::new("cargo");
            command.arg("build");
            command
        }
        DeviceToolchain::Debian => {
            needs::rv32_linker()?;
            flags += " -Clinker=riscv64-unknown-elf-ld -Clinker-flavor=ld -Clink-arg=-melf32lriscv";
            let mut command = Command::new("/usr/bin/cargo");
            command
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .args(["build", "-Zbuild-std=core,alloc,compiler_builtins"])
                .arg("-Zbuild-std-features=optimize_for_size");
            command
        }
    };
    command
        .env("CARGO_TARGET_DIR", &directory)
        .env("RUSTFLAGS", flags)
        .args(["--release", "--features", firmware.features])
        .args(["--target", firmware.target])
        .current_dir(firmware.directory);
    shell::run(
        &mut command,
        &format!("The firmware in {} does not build.", firmware.directory),
    )?;
    let name = Path::new(firmware.directory)
        .file_name()
        .unwrap_or_default();
    let file = format!("{}-firmware", name.to_string_lossy());
    Ok(directory.join(firmware.target).join("release").join(file))
}
