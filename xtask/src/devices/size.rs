//! Flash that a firmware takes, by part.

use crate::shell::{self, Failure};
use std::collections::BTreeMap;
use std::path::Path;

/// What is neither Lua nor the store: board, prompt, allocator, drivers, files, partition tables.
const DEVICE: [&str; 12] = [
    "critical_section",
    "embedded_alloc",
    "esp_port",
    "firmware",
    "flash_files",
    "linked_list_allocator",
    "littlefs_rust_core",
    "md5",
    "qemu_lx106",
    "qemu_rv32",
    "rust_start",
    "rust_trap",
];

/// Images in flash: keeping them, building them on the device, their signatures. What writes an image of functions at hand is
/// not among them: `string.dump` needs it.
const STORE: [&str; 3] = [
    "lfs_format::link",
    "lfs_format::signature",
    "lfs_format::store",
];

/// What is broken down by module, not by crate alone.
const LARGE: [&str; 2] = ["lfs_format", "lua_vm"];

/// Parts in the table that is printed.
const LISTED: usize = 24;

/// The flash of a firmware.
#[derive(Debug, PartialEq, Eq)]
pub struct Flash {
    /// Bytes of code and constants.
    pub total: u64,
    /// Bytes of them that are the device's: all but Lua and the store.
    pub device: u64,
    /// Bytes of them that store images, and build them on the device.
    pub store: u64,
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
            device: 0,
            store: 0,
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
            if DEVICE.contains(&part.as_str()) {
                flash.device += size;
            }
            if STORE.contains(&part.as_str()) {
                flash.store += size;
            }
            *flash.parts.entry(part).or_default() += size;
        }
        flash
    }

    /// Bytes of the VM, the compiler, the libraries, and what they stand on; and of all constants without names.
    pub fn lua(&self) -> u64 {
        self.total - self.device - self.store
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
            "\nflash on {target}: {} bytes, of them {} the device's, and {} store and building",
            self.total, self.device, self.store
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
        Some(module) if LARGE.contains(&root) => format!("{root}::{module}"),
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
    fn what_is_the_devices_or_the_stores_does_not_count() {
        let symbols = "10 00000020 t firmware::boot\n20 00000040 r lua_vm::gc::X\n30 08 b lua_vm::Y\n40 t label\n\
            50 00000010 t <lfs_format::store::Store<flash::Flash>>::begin\n60 00000004 t lfs_format::write::seal\n";
        let flash = Flash::parse(symbols, 200);
        assert_eq!((flash.device, flash.store), (0x20, 0x10));
        assert_eq!(flash.lua(), 200 - 0x20 - 0x10);
        assert_eq!(flash.parts.get("lua_vm::gc"), Some(&0x40));
        assert_eq!(flash.parts.len(), 4);
    }
}
