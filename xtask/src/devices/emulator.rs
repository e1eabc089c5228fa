//! The emulated devices: a core, its firmware, and runs of it.

use super::build;
use super::flash::{self, Content};
use crate::shell::{self, Failure, Output};
use firmware::layout::{SIM, VIRT};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Size of one unit of the flash of QEMU's machine `virt`.
const FLASH_UNIT: u64 = 32 << 20;

/// Where the firmwares look for a preset size of the heap, and the mark before it.
const RV32_PRESET: u32 = 0x8000_0000;
const LX106_PRESET: u32 = 0x3FFE_8000;
const PRESET_MARK: u32 = 0x4845_4150;

/// Where the firmware for lx106 has its data flash.
const LX106_FLASH: u32 = 0x6200_0000;

/// A processor core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Core {
    /// The ESP32-C3's.
    Rv32,
    /// The ESP8266's.
    Lx106,
}

impl Core {
    /// The name of its step and of its figures.
    pub fn name(self) -> &'static str {
        match self {
            Core::Rv32 => "rv32imc",
            Core::Lx106 => "lx106",
        }
    }
}

/// An emulated core with its firmware.
pub struct Device {
    /// The core.
    pub core: Core,
    /// The firmware with its symbols.
    pub elf: PathBuf,
    directory: PathBuf,
}

/// An image in the form in which the emulator takes it as flash.
pub struct Flash(PathBuf);

impl Device {
    /// Builds the firmware.
    pub fn build(core: Core) -> Result<Self, Failure> {
        let elf = match core {
            Core::Rv32 => build::rv32()?,
            Core::Lx106 => build::lx106()?,
        };
        let device = Device {
            core,
            elf,
            directory: shell::target_directory("devices")?.join(core.name()),
        };
        std::fs::create_dir_all(&device.directory)
            .map_err(|error| shell::file_failure(&device.directory, error))?;
        if core == Core::Rv32 {
            let mut copy = Command::new("riscv64-unknown-elf-objcopy");
            copy.args(["-O", "binary"]).arg(&device.elf);
            shell::run(copy.arg(device.code()), "The firmware is no ELF file.")?;
            pad(&device.code())?;
        }
        Ok(device)
    }

    fn code(&self) -> PathBuf {
        self.directory.join("code.bin")
    }

    /// A place for files of this device.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Makes an image the content of flash.
    pub fn flash(&self, image: &Path) -> Result<Flash, Failure> {
        let content = Content {
            image: Some(image),
            ..Content::default()
        };
        self.filled(&image.with_extension("flash"), &content)
    }

    /// Flash that holds no image.
    pub fn no_image(&self) -> Result<Flash, Failure> {
        self.filled(&self.file("erased.flash"), &Content::default())
    }

    /// Flash with this content, in a file.
    pub fn filled(&self, path: &Path, content: &Content<'_>) -> Result<Flash, Failure> {
        let bytes = match self.core {
            Core::Rv32 => flash::fill::<{ VIRT.block as usize }>(&VIRT, content)?,
            Core::Lx106 => flash::fill::<{ SIM.block as usize }>(&SIM, content)?,
        };
        shell::write_file(path, &bytes)?;
        Ok(Flash(path.to_owned()))
    }

    /// Starts the device with so many KB of heap, types `input`, and returns what the terminal showed.
    ///
    /// The emulator counts instructions, so a run repeats exactly.
    pub fn run(
        &self,
        flash: &Flash,
        heap: u32,
        input: &str,
        limit: Duration,
    ) -> Result<Output, Failure> {
        let mut command = self.command(flash, heap);
        command.args(["-icount", "shift=0,align=off,sleep=off"]);
        shell::capture_with(&mut command, input.as_bytes().to_vec(), limit)
    }

    /// As [`Device::run`], with a plugin that watches the region of the image and writes to a file.
    pub fn run_watched(
        &self,
        flash: &Flash,
        heap: u32,
        input: &str,
        plugin: &Path,
        report: &Path,
        limit: Duration,
    ) -> Result<Output, Failure> {
        let mut command = self.command(flash, heap);
        command.arg("-plugin").arg(format!(
            "{},from={LX106_FLASH:#x},to={:#x},out={}",
            plugin.display(),
            LX106_FLASH + SIM.block * SIM.blocks,
            report.display()
        ));
        shell::capture_with(&mut command, input.as_bytes().to_vec(), limit)
    }

    /// A run of the ESP32-C3's core whose flash keeps what is written.
    pub fn persistent(&self, flash: &Flash, heap: u32) -> Command {
        preset(self.rv32(flash, "off"), RV32_PRESET, heap)
    }

    fn command(&self, flash: &Flash, heap: u32) -> Command {
        match self.core {
            Core::Rv32 => preset(self.rv32(flash, "on"), RV32_PRESET, heap),
            Core::Lx106 => preset(self.lx106(flash), LX106_PRESET, heap),
        }
    }

    fn rv32(&self, flash: &Flash, snapshot: &str) -> Command {
        let mut command = Command::new("qemu-system-riscv32");
        command.args(["-machine", "virt", "-bios", "none"]);
        command.args(["-nographic", "-monitor", "none", "-serial", "stdio"]);
        let units = [(self.code(), "on"), (flash.0.clone(), snapshot)];
        for (unit, (file, snapshot)) in units.iter().enumerate() {
            command.arg("-drive").arg(format!(
                "if=pflash,unit={unit},format=raw,snapshot={snapshot},file={}",
                file.display()
            ));
        }
        command
    }

    fn lx106(&self, flash: &Flash) -> Command {
        let mut command = Command::new("qemu-system-xtensa");
        command.args(["-cpu", "lx106", "-M", "sim", "-semihosting"]);
        command.args(["-nographic", "-monitor", "none", "-serial", "none"]);
        command.arg("-kernel").arg(&self.elf).arg("-device");
        command.arg(format!(
            "loader,file={},addr={LX106_FLASH:#x},force-raw=on",
            flash.0.display()
        ));
        command
    }
}

/// Sets the size of the heap.
fn preset(mut command: Command, place: u32, heap: u32) -> Command {
    for (place, data) in [(place, PRESET_MARK), (place + 4, heap)] {
        command
            .arg("-device")
            .arg(format!("loader,addr={place:#x},data={data:#x},data-len=4"));
    }
    command
}

/// Lengthens a file to what the emulator wants of a unit of flash.
fn pad(path: &Path) -> Result<(), Failure> {
    File::options()
        .write(true)
        .open(path)
        .and_then(|file| file.set_len(FLASH_UNIT))
        .map_err(|error| shell::file_failure(path, error))
}
