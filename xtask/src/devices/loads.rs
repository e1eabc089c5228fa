//! The loads of a firmware for lx106, each with the function of the source that it was written in.
//!
//! Most functions that read images are inlined into others, so what counts is not the symbol around an instruction but what
//! its line information says.

use crate::shell::{self, Failure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);

/// Instructions that load less than a word.
pub const PARTIAL: [&str; 3] = ["l8ui", "l16ui", "l16si"];

/// Those that load a word, by an address in a register.
const WHOLE: [&str; 2] = ["l32i", "l32i.n"];

/// The register that points at the stack, which is RAM.
const STACK: &str = "a1";

/// A load instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Where it lies.
    pub address: u64,
    /// The instruction with its operands.
    pub instruction: String,
    /// Whether it loads less than a word, and not from the stack.
    pub partial: bool,
}

/// A load with its place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The load.
    pub load: Load,
    /// Path of the function: crate, modules, name; `derive` for what an attribute generates.
    pub function: String,
    /// File and line.
    pub place: String,
}

/// Instructions that make an address of another: their first operand points to where their second does.
const ADDRESSES: [&str; 6] = ["addi", "addi.n", "addmi", "mov", "mov.n", "add.n"];

/// Instructions behind which nothing goes on.
const LEAVES: [&str; 4] = ["j", "jx", "ret", "ret.n"];

/// Registers that a called function keeps.
const KEPT: [&str; 4] = ["a12", "a13", "a14", "a15"];

/// The registers that point at the stack, along a run of instructions that is entered at its start alone.
struct StackPointers<'a>(BTreeSet<&'a str>);

impl<'a> StackPointers<'a> {
    fn new() -> Self {
        StackPointers(BTreeSet::from([STACK]))
    }

    fn step(&mut self, name: &str, operands: &[&'a str]) {
        if name.starts_with("call") {
            self.0
                .retain(|register| *register == STACK || KEPT.contains(register));
            return;
        }
        let no_result = ["s8i", "s16i", "s32i"]
            .iter()
            .any(|store| name.starts_with(store));
        let Some(first) = operands
            .first()
            .filter(|first| !no_result && **first != STACK)
        else {
            return;
        };
        let points = operands.get(1).is_some_and(|from| self.0.contains(from));
        if points && ADDRESSES.contains(&name) {
            self.0.insert(first);
        } else {
            self.0.remove(first);
        }
    }
}

/// An instruction of a disassembly: address, name, operands.
fn instruction(line: &str) -> Option<(u64, &str, &str)> {
    let mut columns = line.split('\t');
    let address = columns.next()?.trim().strip_suffix(':')?;
    let address = u64::from_str_radix(address, 16).ok()?;
    Some((
        address,
        columns.next()?.trim(),
        columns.next().unwrap_or(""),
    ))
}

/// The addresses that instructions mention as where they may lead.
fn targets(disassembly: &str) -> BTreeSet<u64> {
    let lines = disassembly.lines().filter_map(instruction);
    lines
        .filter_map(|(_, _, operands)| {
            let last = operands.split(" <").next()?.rsplit(", ").next()?;
            u64::from_str_radix(last, 16)
                .ok()
                .filter(|_| operands.contains('<'))
        })
        .collect()
}

/// The load instructions of a disassembly.
fn parse(disassembly: &str) -> Vec<Load> {
    let targets = targets(disassembly);
    let mut stack = StackPointers::new();
    let mut loads = Vec::new();
    for line in disassembly.lines() {
        let Some((address, name, text)) = instruction(line) else {
            stack = StackPointers::new();
            continue;
        };
        if targets.contains(&address) {
            stack = StackPointers::new();
        }
        let operands: Vec<&str> = text.split(',').map(str::trim).collect();
        let part = PARTIAL.contains(&name);
        if part || WHOLE.contains(&name) {
            let base = operands.get(1).copied().unwrap_or_default();
            loads.push(Load {
                address,
                instruction: format!("{name} {text}"),
                partial: part && !stack.0.contains(base),
            });
        }
        stack.step(name, &operands);
        // What follows is reached from elsewhere, by a table perhaps.
        if LEAVES.contains(&name) {
            stack = StackPointers::new();
        }
    }
    loads
}

/// The source files of the workspace, read as they are asked for.
struct Sources {
    root: PathBuf,
    files: BTreeMap<String, Vec<String>>,
}

impl Sources {
    /// The function that a line of a file belongs to, and the name of the place; `None` for files that are not the workspace's.
    fn locate(&mut self, file: &str, line: usize) -> Option<(String, String)> {
        let inner = Path::new(file).strip_prefix(&self.root).ok()?;
        let inner = inner.to_string_lossy().into_owned();
        let module = module(&inner)?;
        if !self.files.contains_key(&inner) {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let lines = text.lines().map(str::to_owned).collect();
            self.files.insert(inner.clone(), lines);
        }
        let name = function(self.files.get(&inner)?, line);
        Some((format!("{module}::{name}"), format!("{inner}:{line}")))
    }
}

/// The path of the module in a file, given relative to the workspace.
fn module(file: &str) -> Option<String> {
    let (package, inner) = file.strip_suffix(".rs")?.split_once("/src/")?;
    let package = package.rsplit('/').next()?.replace('-', "_");
    let names = inner
        .split('/')
        .filter(|name| !["lib", "mod"].contains(name));
    Some(
        std::iter::once(package.as_str())
            .chain(names)
            .collect::<Vec<_>>()
            .join("::"),
    )
}

/// The name of the function that a line lies in.
fn function(lines: &[String], line: usize) -> &str {
    let upto = lines.get(..line).unwrap_or_default();
    if upto
        .last()
        .is_some_and(|line| line.trim_start().starts_with("#[derive"))
    {
        return "derive";
    }
    upto.iter()
        .rev()
        .find_map(|line| defined(line))
        .unwrap_or("?")
}

/// The name of the function that a line defines.
fn defined(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let qualifier = |word: &str| {
        word.starts_with("pub")
            || word.starts_with('"')
            || ["const", "unsafe", "async", "extern"].contains(&word)
    };
    if !before.split_whitespace().all(qualifier) {
        return None;
    }
    let end = after.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    after.get(..end).filter(|name| !name.is_empty())
}

/// The innermost place of each address that lies in the workspace, from the output of `addr2line`: an address, then files and
/// lines from the innermost function to the one it was inlined into.
fn places(output: &str, sources: &mut Sources) -> BTreeMap<u64, (String, String)> {
    let mut found = BTreeMap::new();
    let mut address = None;
    for line in output.lines() {
        if let Some(digits) = line.strip_prefix("0x") {
            address = u64::from_str_radix(digits, 16).ok();
            continue;
        }
        let (Some(at), Some((file, rest))) = (address, line.rsplit_once(':')) else {
            continue;
        };
        let number = rest
            .split(' ')
            .next()
            .and_then(|digits| digits.parse().ok());
        if let Some(place) = number.and_then(|number| sources.locate(file, number)) {
            found.insert(at, place);
            address = None;
        }
    }
    found
}

/// The loads of an ELF file that come from the workspace's own source.
pub fn of(elf: &Path) -> Result<Vec<Site>, Failure> {
    let name = elf.to_string_lossy();
    let text = shell::query(
        "xtensa-lx106-elf-objdump",
        &["-d", "--no-show-raw-insn", &name],
    );
    let text = text.ok_or_else(|| {
        Failure::new(
            "xtensa-lx106-elf-objdump fails",
            "Install binutils-xtensa-lx106.",
        )
    })?;
    let loads = parse(&text);
    let addresses: String = loads
        .iter()
        .map(|load| format!("{:#x}\n", load.address))
        .collect();
    let mut command = Command::new("xtensa-lx106-elf-addr2line");
    command.args(["-a", "-i", "-e", &name]);
    let output = shell::capture_with(&mut command, addresses.into_bytes(), LIMIT)?;
    let root = std::path::absolute(".").map_err(|error| shell::file_failure(elf, error))?;
    let mut sources = Sources {
        root,
        files: BTreeMap::new(),
    };
    let mut places = places(&String::from_utf8_lossy(&output.stdout), &mut sources);
    Ok(loads
        .into_iter()
        .filter_map(|load| {
            let (function, place) = places.remove(&load.address)?;
            Some(Site {
                load,
                function,
                place,
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "40291de0 <f>:\n40291de0:\tl8ui\ta5, a6, 0\n40291de3:\tl32i.n\ta2, a1, 4\n\
                           40291de5:\tl16ui\ta2, a1, 6\n40291de8:\tl32r\ta2, 40291d00 <f> (12)\n40291deb:\tret.n\n\
                           40291ded:\tl16si\ta3, a15, 2\n40291df0:\t...\n";

    #[test]
    fn loads_are_found_and_those_from_the_stack_are_whole() {
        let loads = parse(LISTING);
        let seen: Vec<_> = loads
            .iter()
            .map(|load| (load.address & 0xff, load.partial))
            .collect();
        assert_eq!(
            seen,
            [(0xe0, true), (0xe3, false), (0xe5, false), (0xed, true)]
        );
        assert_eq!(loads[0].instruction, "l8ui a5, a6, 0");
    }

    #[test]
    fn pointers_to_the_stack_are_followed_to_where_others_may_arrive() {
        let listing = |lines: &[&str]| {
            let numbered = lines.iter().enumerate();
            let lines: Vec<String> = numbered
                .map(|(at, line)| format!("{at:x}:\t{line}"))
                .collect();
            let loads = parse(&lines.join("\n"));
            loads.iter().filter(|load| load.partial).count()
        };
        assert_eq!(listing(&["addmi\ta8, a1, 256", "l8ui\ta9, a8, 104"]), 0);
        assert_eq!(
            listing(&["mov.n\ta12, a1", "call0\t40 <f>", "l8ui\ta9, a12, 0"]),
            0
        );
        assert_eq!(
            listing(&["mov.n\ta8, a1", "callx0\ta0", "l8ui\ta9, a8, 0"]),
            1
        );
        assert_eq!(
            listing(&["mov.n\ta8, a1", "l32i\ta8, a8, 0", "l8ui\ta9, a8, 0"]),
            1
        );
        assert_eq!(
            listing(&["mov.n\ta8, a1", "l8ui\ta9, a8, 0", "bnez\ta2, 1 <f+0x1>"]),
            1
        );
        assert_eq!(listing(&["mov.n\ta8, a1", "jx\ta3", "l8ui\ta9, a8, 0"]), 1);
    }

    #[test]
    fn files_are_modules() {
        let path = |file| module(file).unwrap_or_default();
        assert_eq!(
            path("lua-vm/src/object/table/node.rs"),
            "lua_vm::object::table::node"
        );
        assert_eq!(path("lfs-format/src/verify/mod.rs"), "lfs_format::verify");
        assert_eq!(path("examples/firmware/src/lib.rs"), "firmware");
        assert_eq!(module("Cargo.toml"), None);
    }

    #[test]
    fn a_line_belongs_to_the_function_above_it() {
        let text = "#[derive(Debug)]\nstruct S;\npub(crate) const unsafe fn one<T>() {\n  call(|| fn_like());\n}\nfn two(f: fn (u8)) {}\n// A fn of\n";
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let names: Vec<&str> = (1..=7).map(|line| function(&lines, line)).collect();
        assert_eq!(names, ["derive", "?", "one", "one", "one", "two", "two"]);
    }

    #[test]
    fn the_innermost_place_in_the_workspace_counts() {
        let mut sources = Sources {
            root: PathBuf::from("/w"),
            files: BTreeMap::from([(
                "a/src/b.rs".to_owned(),
                vec!["fn f() {".to_owned(), "}".to_owned()],
            )]),
        };
        let output = "0x00000010\n/lib/core/src/option.rs:7\n/w/a/src/b.rs:2 (discriminator 3)\n/w/a/src/c.rs:1\n\
                      0x00000014\n??:?\n0x00000018\n/w/a/src/b.rs:1\n";
        let found = places(output, &mut sources);
        let expected = |line: &str| ("a::b::f".to_owned(), format!("a/src/b.rs:{line}"));
        assert_eq!(
            found,
            BTreeMap::from([(0x10, expected("2")), (0x18, expected("1"))])
        );
    }
}
