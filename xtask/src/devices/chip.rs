//! The ESP8266: what only its core can show (the flash driver against stand-ins for the mask ROM, and the exception handler), and the
//! firmware for the chip.

use super::build::Lx106;
use super::{loads, whole_words};
use crate::esptool::{Chip, Esptool};
use crate::programs::{self, Numbers, Tool};
use crate::shell::{self, Failure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);

const SELFTEST: Lx106 = Lx106 {
    name: "qemu-lx106",
    features: "selftest",
    sources: &["simulator", "selftest/loads", ROM],
};

/// Stand-ins for the mask ROM.
const ROM: &str = "../../lx106/src/rom";

/// The firmware with stand-ins for what an emulator does not have.
const EMULATED: Lx106 = Lx106 {
    name: "esp8266",
    features: "emulated",
    sources: &["boot", "../../qemu-lx106/src/simulator", ROM],
};

/// What is typed at the prompt of the firmware, and what it must show in answer.
const CONVERSATION: [(&str, &str); 6] = [
    ("print(6 * 7, node.chipid() ~= nil)", "42\ttrue"),
    ("gpio.mode(4, gpio.OUTPUT) print(gpio.HIGH)", "1"),
    ("print(node.heap() > 20000, tmr.now() > 0)", "true\ttrue"),
    (
        "file.putcontents('m.lua', 'return (...) * 2') print(#file.getcontents 'm.lua')",
        "16",
    ),
    // Writes an image to the store and starts anew, from it. What was typed ahead is lost: the second end of the line.
    ("node.LFS.build {'m.lua'}\n", "LFS modules 1"),
    ("print(LFS.m(21.25))", "42.5"),
];

const FIRMWARE: Lx106 = Lx106 {
    name: "esp8266",
    features: "",
    sources: &["boot"],
};

/// The two parts of the firmware's image: offset in flash, and most bytes there are.
const PARTS: [(u32, u64); 2] = [(0, 0xf000), (0x1_0000, 0xb_0000)];

/// Where the selftest has an image to install.
const IMAGE: &str = "0x60100000";

/// What runs while flash cannot be read by parts of words, or at all.
const QUIET: [&str; 2] = ["lx106_exception", "without_cache"];

/// The selftest, the firmware on the emulator, then the firmware for the chip.
pub fn esp8266() -> Result<(), Failure> {
    selftest()?;
    converse()?;
    firmware()
}

/// The emulator with a firmware.
fn emulator(elf: &Path) -> Command {
    let mut command = Command::new("qemu-system-xtensa");
    command.args(["-cpu", "lx106", "-M", "sim", "-semihosting"]);
    command.args(["-nographic", "-monitor", "none", "-serial", "none"]);
    command.arg("-kernel").arg(elf);
    command
}

/// Boots the firmware on the emulated core, from erased flash, and holds a conversation with it.
fn converse() -> Result<(), Failure> {
    let elf = EMULATED.build("esp8266-emulated")?;
    let input: String = CONVERSATION.map(|(typed, _)| format!("{typed}\n")).concat();
    let output = shell::capture_with(&mut emulator(&elf), input.into_bytes(), LIMIT)?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    let mut rest = &text[..];
    for (typed, wanted) in CONVERSATION {
        match rest.split_once(wanted) {
            Some((_, after)) => rest = after,
            None => {
                return Err(Failure::new(
                    format!("the firmware does not answer '{wanted}' to '{typed}'"),
                    "What it showed is above.",
                ));
            }
        }
    }
    Ok(())
}

/// Builds the firmware and its image, and has esptool look at it.
fn firmware() -> Result<(), Failure> {
    let elf = FIRMWARE.build("esp8266")?;
    check_quiet(&elf)?;
    whole_words::check(&elf)?;
    let esptool = Esptool::install()?;
    let stem = shell::target_directory("esp8266")?.join("firmware-");
    esptool.convert(Chip::Esp8266, &elf, &stem)?;
    for (offset, room) in PARTS {
        let part = PathBuf::from(format!("{}{offset:#07x}.bin", stem.display()));
        let size = std::fs::metadata(&part).map_err(|error| shell::file_failure(&part, error))?;
        let size = size.len();
        println!(
            "examples/esp8266: {size} bytes at {offset:#07x}, {}",
            part.display()
        );
        if size > room {
            return Err(Failure::new(
                format!("{}: {size} bytes, room for {room}", part.display()),
                "See the table in examples/esp8266/src/flash.rs.",
            ));
        }
        // The second part is code without a header.
        if offset == 0 {
            esptool.check(Chip::Esp8266, &part)?;
        }
    }
    Ok(())
}

/// Builds the selftest, looks at the code of what may not touch flash, and runs it.
fn selftest() -> Result<(), Failure> {
    crate::needs::emulators()?;
    let elf = SELFTEST.build("lx106-selftest")?;
    check_quiet(&elf)?;
    let image = shell::target_directory("lx106-selftest")?.join("image.img");
    let modules = programs::modules(&[PathBuf::from("examples/lua/json.lua")]);
    Tool::build()?.compile(Numbers::Narrow, &modules, &image)?;
    let mut command = emulator(&elf);
    command.arg("-device");
    command.arg(format!(
        "loader,file={},addr={IMAGE},force-raw=on",
        image.display()
    ));
    let output = shell::capture_with(&mut command, Vec::new(), LIMIT)?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}");
    if output.status.success() && text.ends_with("selftest passed\n") {
        return Ok(());
    }
    Err(Failure::new(
        format!("the selftest ended with {}", output.status),
        "What it found is above; the tests are in examples/qemu-lx106/src/selftest.",
    ))
}

/// Fails if code that must not load parts of words from flash, nor run from there, could.
fn check_quiet(elf: &Path) -> Result<(), Failure> {
    let text = shell::query("xtensa-lx106-elf-objdump", &["-d", &elf.to_string_lossy()]);
    let text = text.ok_or_else(|| {
        Failure::new(
            "xtensa-lx106-elf-objdump fails",
            "Install binutils-xtensa-lx106.",
        )
    })?;
    for name in QUIET {
        match complaint(&text, name) {
            None => println!("{name}: in instruction RAM, whole words only"),
            Some(complaint) => {
                return Err(Failure::new(
                    format!("{}: {name} {complaint}", elf.display()),
                    "It runs while flash is out of reach; see examples/lx106/src/exception.rs.",
                ));
            }
        }
    }
    Ok(())
}

/// What is wrong with a function of a disassembly.
fn complaint(disassembly: &str, name: &str) -> Option<String> {
    let mut lines = disassembly
        .lines()
        .skip_while(|line| !(line.ends_with(">:") && line.contains(name)));
    let Some(head) = lines.next() else {
        return Some("is not there".to_owned());
    };
    if !head.starts_with("401") {
        return Some(format!("is not in instruction RAM: {head}"));
    }
    lines
        .take_while(|line| !line.is_empty())
        .find(|line| {
            line.split_whitespace()
                .any(|word| loads::PARTIAL.contains(&word))
        })
        .map(|line| format!("loads less than a word: {}", line.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_is_out_of_place_is_complained_of() {
        let listing = "40100010 <f>:\n40100010:\t002122\tl32i\ta2, a1, 0\n40100013:\tf00d\tret.n\n\n\
                       40100020 <g>:\n40100020:\t000222\tl8ui\ta2, a2, 0\n\n40210000 <h>:\n40210000:\tf00d\tret.n\n";
        assert_eq!(complaint(listing, "f"), None);
        assert!(complaint(listing, "g").is_some_and(|text| text.contains("l8ui")));
        assert!(complaint(listing, "h").is_some_and(|text| text.contains("instruction RAM")));
        assert!(complaint(listing, "i").is_some());
    }
}
