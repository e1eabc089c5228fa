//! The emulated devices: firmware for the cores of the ESP32-C3 and the ESP8266, run from flash images.

mod app;
mod assembly;
mod budgets;
mod build;
mod chip;
mod discipline;
mod emulator;
mod figures;
mod flash;
mod loads;
mod persist;
mod programs;
mod puc;
mod sessions;
mod size;
mod terminal;
mod whole_words;

use crate::programs::Tool;
use crate::shell::Failure;
pub use chip::esp8266;
use emulator::{Core, Device};
pub use figures::{check as check_figures, run as figures};
pub use persist::run as persist;
use programs::Set;

/// The sets of programs that run on devices.
const SETS: [&str; 3] = ["tests-lua", "tests-lua/beyond", "bench"];

/// The Lua programs on the ESP32-C3's core.
pub fn rv32() -> Result<(), Failure> {
    lua(Core::Rv32)
}

/// The Lua programs on the ESP8266's core.
pub fn lx106() -> Result<(), Failure> {
    lua(Core::Lx106)
}

fn lua(core: Core) -> Result<(), Failure> {
    let device = Device::build(core)?;
    if core == Core::Lx106 {
        whole_words::check(&device.elf)?;
    }
    let tool = Tool::build()?;
    let mut failures = Vec::new();
    sessions::run(&device, &device.no_image()?)?;
    app::run(&device, &tool)?;
    for directory in SETS {
        let set = Set::new(&tool, core, directory)?;
        if core == Core::Lx106 && directory == SETS[0] {
            discipline::check(&device, set.image())?;
        }
        let flash = device.flash(set.image())?;
        programs::compare(&tool, &device, &set, &flash, &mut failures);
    }
    if failures.is_empty() {
        return Ok(());
    }
    for failure in &failures {
        println!("\nDIFFERS {failure}");
    }
    Err(Failure::new(
        format!("{} programs differ on {}", failures.len(), core.name()),
        "Each is listed above with the two outputs to compare.",
    ))
}
