//! Loads of less than a word from mapped flash: the ESP8266 faults on them.
//!
//! The emulator takes them, so a plugin of it watches. What may make them is code that is handed the bytes of a string
//! (searching, copying, converting text); the interpreter, the objects, the collector and whoever reads images may not.

use super::emulator::Device;
use super::programs::RUNNER_NAME;
use crate::shell::{self, Failure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);
/// KB.
const HEAP: u32 = 256;
const PLUGIN: &str = "xtask/c/subword.c";

/// Programs of `tests-lua` that between them use all of the interpreter.
const PROGRAMS: [&str; 10] = [
    "prog_text",
    "prog_interp",
    "prog_data",
    "closures",
    "meta_misc",
    "coroutine_yield",
    "goto",
    "table_sort",
    "traceback",
    "debug_lib",
];

/// Paths of code that reads flash by whole words.
const WHOLE_WORDS: [&str; 10] = [
    "lfs_format::",
    "lua_gc::",
    "lua_vm::gc",
    "lua_vm::interp",
    "lua_vm::layer",
    "lua_vm::object",
    "lua_vm::roots",
    "rostrings::builtin",
    "rostrings::identity",
    "rostrings::rom::RomTable",
];

/// Parts of them that handle the bytes of names and messages.
const TEXT: [&str; 1] = ["lua_vm::interp::errors"];

/// Symbols of an ELF file in order of their addresses.
struct Symbols(Vec<(u64, String)>);

impl Symbols {
    fn of(elf: &Path) -> Result<Self, Failure> {
        let text = shell::query("xtensa-lx106-elf-nm", &["-C", &elf.to_string_lossy()]);
        let text = text.ok_or_else(|| {
            Failure::new(
                "xtensa-lx106-elf-nm fails",
                "Install binutils-xtensa-lx106.",
            )
        })?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut symbols: Vec<(u64, String)> = text
            .lines()
            .filter_map(|line| {
                let mut words = line.splitn(3, ' ');
                let address = u64::from_str_radix(words.next()?, 16).ok()?;
                let code = ["t", "T", "w", "W"].contains(&words.next()?);
                code.then(|| Some((address, words.next()?.to_owned())))?
            })
            .collect();
        symbols.sort();
        Symbols(symbols)
    }

    fn at(&self, address: u64) -> &str {
        let after = self.0.partition_point(|(start, _)| *start <= address);
        after.checked_sub(1).map_or("?", |at| &self.0[at].1)
    }
}

/// Whether a function reads flash by whole words.
fn reads_words(function: &str) -> bool {
    let path = function.trim_start_matches(['<', '&']);
    let is_in = |paths: &[&str]| paths.iter().any(|prefix| path.starts_with(prefix));
    is_in(&WHOLE_WORDS) && !is_in(&TEXT)
}

fn plugin() -> Result<PathBuf, Failure> {
    let library = std::path::absolute(shell::target_directory("devices")?.join("subword.so"))
        .map_err(|error| shell::file_failure(Path::new(PLUGIN), error))?;
    let mut compile = Command::new("cc");
    compile.args(["-shared", "-fPIC", "-O2", "-o"]);
    compile.arg(&library).arg(PLUGIN);
    shell::run(
        &mut compile,
        "The plugin needs a C compiler: apt-get install gcc",
    )?;
    Ok(library)
}

/// Runs programs under watch; fails if code that reads flash by words loads less.
pub fn check(device: &Device, image: &Path) -> Result<(), Failure> {
    let plugin = plugin()?;
    let symbols = Symbols::of(&device.elf)?;
    let flash = device.flash(image)?;
    let counts = device.file("subword.txt");
    let mut functions = BTreeMap::<String, u64>::new();
    for program in PROGRAMS {
        let input = format!("LFS.{RUNNER_NAME}('{program}')\n\x04");
        let output = device.run_watched(&flash, HEAP, &input, &plugin, &counts, LIMIT)?;
        if !String::from_utf8_lossy(&output.stdout).contains("<end> true") {
            return Err(Failure::new(
                format!("{program} fails under watch"),
                "Run `cargo xtask test lx106` without this part first.",
            ));
        }
        for line in shell::read_text(&counts)?.lines() {
            let (place, count) = line.split_once(' ').unwrap_or((line, "0"));
            let place = u64::from_str_radix(place, 16).unwrap_or(0);
            *functions.entry(symbols.at(place).to_owned()).or_default() +=
                count.parse::<u64>().unwrap_or(0);
        }
    }
    let total: u64 = functions.values().sum();
    println!(
        "loads of less than a word from the image: {total}, in {} functions that are handed text",
        functions.len()
    );
    let wrong: Vec<String> = functions
        .iter()
        .filter(|(function, _)| reads_words(function))
        .map(|(function, count)| format!("{count:8} {function}"))
        .collect();
    if wrong.is_empty() && total > 0 {
        return Ok(());
    }
    Err(Failure::new(
        format!(
            "loads of less than a word from flash:\n{}",
            wrong.join("\n")
        ),
        "Read flash through rostrings::word. No load at all means that the plugin saw none: compare its interface with QEMU's.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_by_address() {
        let symbols = Symbols::parse("00000020 t b::c\n00000010 T a\n00000018 r data\n");
        assert_eq!(symbols.at(0x1f), "a");
        assert_eq!(symbols.at(0x20), "b::c");
        assert_eq!(symbols.at(0x1), "?");
    }

    #[test]
    fn paths_of_methods_count() {
        assert!(reads_words("<lfs_format::image::Image<X>>::verify"));
        assert!(reads_words("lua_vm::interp::lua::run::<X>"));
        assert!(!reads_words("<lua_vm::text::pattern::matcher::Run>::run"));
        assert!(!reads_words("memcpy"));
        assert!(!reads_words("<lua_vm::interp::errors::Text>::fmt"));
    }
}
