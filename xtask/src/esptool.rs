//! Espressif's esptool, in a virtual environment under the target directory.

use crate::needs;
use crate::shell::{self, Failure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release that is installed.
const VERSION: &str = "esptool==5.*";

/// A chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chip {
    /// ESP8266.
    Esp8266,
    /// ESP32-C3.
    Esp32C3,
    /// ESP32-C6.
    Esp32C6,
}

impl Chip {
    /// Its name in esptool's options.
    fn name(self) -> &'static str {
        match self {
            Chip::Esp8266 => "esp8266",
            Chip::Esp32C3 => "esp32c3",
            Chip::Esp32C6 => "esp32c6",
        }
    }
}

/// The installed tool.
pub struct Esptool(PathBuf);

impl Esptool {
    /// Installs it if it is not there.
    pub fn install() -> Result<Self, Failure> {
        let environment = shell::target().join("esptool");
        let program = environment.join("bin/esptool");
        if !program.exists() {
            needs::python()?;
            let advice = "esptool comes from PyPI: python3 -m venv and pip must work.";
            let mut make = Command::new("python3");
            shell::run(make.args(["-m", "venv"]).arg(&environment), advice)?;
            let mut install = Command::new(environment.join("bin/pip"));
            install.args(["install", "--quiet", "--disable-pip-version-check", VERSION]);
            shell::run(&mut install, advice)?;
        }
        Ok(Self(program))
    }

    fn command(&self, chip: Chip, word: &str) -> Command {
        let mut command = Command::new(&self.0);
        command.args(["--chip", chip.name(), word]);
        command
    }

    /// Makes an ELF file the image that a chip's boot loader takes. For the ESP8266 `image` is the start of the names of two
    /// files, one for each part.
    pub fn convert(&self, chip: Chip, elf: &Path, image: &Path) -> Result<(), Failure> {
        let mut command = self.command(chip, "elf2image");
        if chip == Chip::Esp8266 {
            command.args(["--version", "1"]);
        }
        // Every flash chip knows the mode `dio`.
        command
            .args(["--flash-mode", "dio", "--flash-size", "4MB", "-o"])
            .arg(image)
            .arg(elf);
        shell::run(&mut command, "esptool does not take the ELF file.")
    }

    /// Has esptool read an image: what it says, if all of its sums are right.
    pub fn check(&self, chip: Chip, image: &Path) -> Result<String, Failure> {
        let mut command = self.command(chip, "image-info");
        command.arg(image);
        println!("$ {}", shell::line(&command));
        let output = command
            .output()
            .map_err(|error| shell::file_failure(&self.0, error))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        print!("{text}");
        if output.status.success() && sums_are_right(&text) {
            return Ok(text);
        }
        Err(Failure::new(
            format!("{}: esptool does not accept the image", image.display()),
            "What it found is above.",
        ))
    }
}

/// Whether a report names sums, and no sum in it is called invalid.
fn sums_are_right(report: &str) -> bool {
    let mut sums = report
        .lines()
        .filter(|line| line.starts_with("Checksum:") || line.starts_with("Validation hash:"))
        .peekable();
    sums.peek().is_some() && sums.all(|line| line.ends_with("(valid)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_understood() {
        assert!(sums_are_right(
            "Segments: 5\nChecksum: 0xd5 (valid)\nValidation hash: 5e (valid)\n"
        ));
        assert!(sums_are_right("Checksum: 0xd5 (valid)"));
        assert!(!sums_are_right("Checksum: 0xd5 (invalid - calculated d4)"));
        assert!(!sums_are_right(
            "Checksum: 0xd5 (valid)\nValidation hash: 5e (invalid)"
        ));
        assert!(!sums_are_right(""));
    }
}
