//! Flash that a firmware takes, by part.

use crate::shell::{self, Failure};
use std::collections::BTreeMap;
use std::path::Path;

/// Paths of what is no part of Lua: board, prompt, allocator, drivers, files.
const EXAMPLE: [&str; 10] = [
    "critical_section",
    "embedded_alloc",
    "esp_port",
    "firmware",
    "flash_files",
    "linked_list_allocator",
    "qemu_lx106",
    "qemu_rv32",
    "rust_start",
    "rust_trap",
];

/// What is broken down by module, not by crate alone.
const LARGE: &str = "lua_vm";

/// Parts in the table that is printed.
const LISTED: usize = 24;

/// The flash of a firmware.
#[derive(Debug, PartialEq, Eq)]
pub struct Flash {
    /// Bytes of code and constants.
    pub total: u64,
    /// Bytes of them that are the example's own.
    pub example: u64,
    parts: BTreeMap<String, u64>,
}

impl Flash {
    /// Reads the symbols of an ELF file whose code and constants take `total` bytes.
    pub fn of(nm: &str, elf: &Path, total: u64) -> Result<Self, Failure> {
        let symbols = shell::query(nm, &["-S", "-C", &elf.to_string_lossy()]);
        let symbols = symbols.ok_or_else(|| {
            let advice = "It comes with the cross compiler for this core.";
            Failure::new(format!("{nm} fails"), advice)
        })?;
        Ok(Self::parse(&symbols, total))
    }

    fn parse(symbols: &str, total: u64) -> Self {
        let mut flash = Flash {
            total,
            example: 0,
            parts: BTreeMap::new(),
        };
        for line in symbols.lines() {
            let mut words = line.splitn(4, ' ');
            let (_, size, kind, name) = (words.next(), words.next(), words.next(), words.next());
            let (Some(size), Some(kind), Some(name)) = (size, kind, name) else {
                continue;
            };
            let size = u64::from_str_radix(size, 16).unwrap_or(0);
            if !["t", "T", "w", "W", "r", "R"].contains(&kind) || size == 0 {
                continue;
            }
            let part = part(name);
            if EXAMPLE.contains(&part.as_str()) {
                flash.example += size;
            }
            *flash.parts.entry(part).or_default() += size;
        }
        flash
    }

    /// Bytes of the VM, the compiler, the libraries, and what they stand on.
    pub fn lua(&self) -> u64 {
        self.total - self.example
    }

    /// Prints the largest parts.
    pub fn print(&self, target: &str) {
        let named: u64 = self.parts.values().sum();
        let mut parts: Vec<(&str, u64)> = self
            .parts
            .iter()
            .map(|(part, size)| (part.as_str(), *size))
            .collect();
        parts.push((
            "texts and tables without names",
            self.total.saturating_sub(named),
        ));
        parts.sort_by_key(|(_, size)| core::cmp::Reverse(*size));
        println!(
            "\nflash on {target}: {} bytes, of them {} the example's own",
            self.total, self.example
        );
        for (part, size) in parts.iter().take(LISTED) {
            println!("{size:9} {part}");
        }
        let rest: u64 = parts.iter().skip(LISTED).map(|(_, size)| size).sum();
        println!("{rest:9} the rest");
    }
}

/// The crate, and in the large one the module, that a symbol belongs to.
fn part(symbol: &str) -> String {
    let path = symbol
        .trim_start_matches(['<', '&', '*', '('])
        .trim_start_matches("mut ")
        .trim_start_matches("const ");
    let mut names = path.split("::").map(|name| {
        let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        &name[..end.unwrap_or(name.len())]
    });
    let root = names.next().unwrap_or_default();
    match names.next() {
        Some(module) if root == LARGE => format!("{root}::{module}"),
        _ => root.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_belong_to_crates() {
        assert_eq!(
            part("<lua_vm::frame::Frame<lua_vm::number::Num32>>::push"),
            "lua_vm::frame"
        );
        assert_eq!(part("lua_vm[9b4c]::builtin::BUILTIN"), "lua_vm::builtin");
        assert_eq!(part("<&mut core::fmt::Formatter>::pad"), "core");
        assert_eq!(part("memcpy"), "memcpy");
    }

    #[test]
    fn what_is_the_examples_own_does_not_count() {
        let symbols = "10 00000020 t firmware::boot\n20 00000040 r lua_vm::gc::X\n30 08 b lua_vm::Y\n40 t label\n";
        let flash = Flash::parse(symbols, 200);
        assert_eq!((flash.example, flash.lua()), (0x20, 200 - 0x20));
        assert_eq!(flash.parts.get("lua_vm::gc"), Some(&0x40));
        assert_eq!(flash.parts.len(), 2);
    }
}
