//! Assembly as lines that rules can look at and change.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// Registers that no call keeps, and that hold neither arguments nor results (the call0 convention).
pub const SCRATCH: [&str; 4] = ["a8", "a9", "a10", "a11"];

/// Instructions whose first operand is all they write, and whose others are all they read.
const WRITERS: [&str; 33] = [
    "abs", "add", "addi", "addmi", "addx2", "addx4", "addx8", "and", "extui", "l16si", "l16ui",
    "l32i", "l32r", "l8ui", "mov", "movi", "mull", "mulsh", "muluh", "neg", "nsa", "nsau", "or",
    "sll", "slli", "sra", "srai", "src", "srl", "srli", "sub", "subx4", "xor",
];

/// Instructions that only read registers, and go on with the next one.
const READERS: [&str; 8] = ["memw", "s16i", "s32i", "s8i", "ssa8l", "ssai", "ssl", "ssr"];

/// How far [`Code::is_dead`] looks.
const HORIZON: u32 = 60;

/// One instruction.
#[derive(Debug, PartialEq, Eq)]
pub struct Instruction<'a> {
    pub name: Cow<'a, str>,
    pub operands: Vec<Cow<'a, str>>,
}

impl<'a> Instruction<'a> {
    /// An instruction of these parts.
    pub fn new(name: &'a str, operands: Vec<Cow<'a, str>>) -> Self {
        let name = Cow::Borrowed(name);
        Self { name, operands }
    }

    /// An operand; empty beyond the last.
    pub fn operand(&self, index: usize) -> &str {
        self.operands.get(index).map_or("", |operand| operand)
    }

    /// An operand that is a number.
    pub fn number(&self, index: usize) -> Option<i32> {
        self.operand(index).parse().ok()
    }

    pub fn mentions(&self, register: &str) -> bool {
        self.operands.iter().any(|operand| operand == register)
    }

    /// The register it writes, if that is its first operand and the others are what it reads.
    pub fn written(&self) -> Option<&str> {
        WRITERS.contains(&&*self.name).then(|| self.operand(0))
    }

    pub fn reads(&self, register: &str) -> bool {
        match self.written() {
            Some(_) => self
                .operands
                .iter()
                .skip(1)
                .any(|operand| operand == register),
            None => self.mentions(register),
        }
    }

    /// The label it jumps to under a condition.
    pub fn branch_target(&self) -> Option<&str> {
        let is_branch = self.name.starts_with('b') && &*self.name != "break";
        is_branch
            .then(|| self.operands.last().map(|label| &**label))
            .flatten()
    }

    /// The source of a copy from one register to another: `or to, from, from` or `addi to, from, 0`.
    pub fn copied(&self) -> Option<&str> {
        let from = self.operand(1);
        let copies = match &*self.name {
            "or" => self.operand(2) == from,
            "addi" => self.operand(2) == "0",
            "mov" => true,
            _ => false,
        };
        copies.then_some(from)
    }
}

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    Label(&'a str),
    Instruction(Instruction<'a>),
    /// Directives and empty lines.
    Directive(&'a str),
    /// For debuggers: says where a line comes from, and changes nothing.
    Note(&'a str),
    /// Written by hand: no rule looks at it, or across it.
    Opaque(&'a str),
    /// Was removed.
    Gone,
}

/// A file of assembly.
pub struct Code<'a> {
    pub lines: Vec<Line<'a>>,
    labels: HashMap<&'a str, usize>,
}

impl<'a> Code<'a> {
    pub fn parse(assembly: &'a str) -> Self {
        let mut lines = Vec::new();
        let mut labels = HashMap::new();
        let mut by_hand = false;
        for text in assembly.lines() {
            match text.trim() {
                "#APP" => by_hand = true,
                "#NO_APP" => by_hand = false,
                _ => {}
            }
            let line = match by_hand || text.trim() == "#NO_APP" {
                true => Line::Opaque(text),
                false => line(text),
            };
            if let Line::Label(name) = line {
                labels.insert(name, lines.len());
            }
            lines.push(line);
        }
        Self { lines, labels }
    }

    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            // Writing to a string cannot fail.
            let _ = match line {
                Line::Label(name) => writeln!(text, "{name}:"),
                Line::Instruction(Instruction { name, operands }) if operands.is_empty() => {
                    writeln!(text, "\t{name}")
                }
                Line::Instruction(Instruction { name, operands }) => {
                    writeln!(text, "\t{name}\t{}", operands.join(", "))
                }
                Line::Directive(line) | Line::Note(line) | Line::Opaque(line) => {
                    writeln!(text, "{line}")
                }
                Line::Gone => Ok(()),
            };
        }
        text
    }

    pub fn instruction(&self, index: usize) -> Option<&Instruction<'a>> {
        match self.lines.get(index) {
            Some(Line::Instruction(instruction)) => Some(instruction),
            _ => None,
        }
    }

    /// The instruction that is executed behind line `index`, if nothing can jump in between.
    pub fn next(&self, index: usize) -> Option<usize> {
        (index + 1..self.lines.len())
            .find(|index| !self.is_empty(*index))
            .filter(|index| self.instruction(*index).is_some())
    }

    /// The instruction that was executed before line `index`, if nothing can jump in between.
    pub fn previous(&self, index: usize) -> Option<usize> {
        (0..index)
            .rev()
            .find(|index| !self.is_empty(*index))
            .filter(|index| self.instruction(*index).is_some())
    }

    /// Whether nothing happens in a line.
    fn is_empty(&self, index: usize) -> bool {
        matches!(self.lines.get(index), Some(Line::Gone | Line::Note(_)))
    }

    pub fn remove(&mut self, index: usize) {
        self.replace(index, Line::Gone);
    }

    pub fn replace(&mut self, index: usize, line: Line<'a>) {
        if let Some(place) = self.lines.get_mut(index) {
            *place = line;
        }
    }

    /// Whether nothing reads the value that a [`SCRATCH`] register has behind line `index`. `false` if that is
    /// not to be seen.
    pub fn is_dead(&self, index: usize, register: &str) -> bool {
        SCRATCH.contains(&register)
            && self.is_unread(
                index + 1,
                register,
                &mut HORIZON.clone(),
                &mut HashSet::new(),
            )
    }

    fn is_unread(
        &self,
        mut index: usize,
        register: &str,
        steps: &mut u32,
        seen: &mut HashSet<usize>,
    ) -> bool {
        loop {
            let instruction = match self.lines.get(index) {
                Some(Line::Instruction(instruction)) => instruction,
                // A way round that came by without a read adds none.
                Some(Line::Label(_)) if !seen.insert(index) => return true,
                Some(Line::Label(_) | Line::Gone | Line::Note(_)) => {
                    index += 1;
                    continue;
                }
                _ => return false,
            };
            *steps = steps.saturating_sub(1);
            if *steps == 0 || instruction.reads(register) {
                return false;
            }
            if instruction.written() == Some(register) {
                return true;
            }
            let name = &*instruction.name;
            if ["call0", "callx0", "ret"].contains(&name) {
                return true;
            }
            if name == "j" {
                match self.labels.get(instruction.operand(0)) {
                    Some(target) => index = *target,
                    None => return false,
                }
                continue;
            }
            if let Some(label) = instruction.branch_target() {
                let target = self.labels.get(label);
                if !target.is_some_and(|target| self.is_unread(*target, register, steps, seen)) {
                    return false;
                }
            } else if instruction.written().is_none() && !READERS.contains(&name) {
                return false;
            }
            index += 1;
        }
    }
}

/// Labels of debug information, which no code jumps to, and its directives.
const NOTES: [&str; 4] = [".Ltmp", ".Lfunc_begin", ".Lfunc_end", ".loc\t"];

fn line(text: &str) -> Line<'_> {
    let trimmed = text.trim();
    if NOTES.iter().any(|start| trimmed.starts_with(start)) {
        return Line::Note(text);
    }
    if let Some(name) = text.strip_suffix(':') {
        return Line::Label(name);
    }
    if trimmed.is_empty() || trimmed.starts_with('.') {
        return Line::Directive(text);
    }
    if trimmed.contains(['#', ';', '"']) {
        return Line::Opaque(text);
    }
    let (name, operands) = trimmed.split_once('\t').unwrap_or((trimmed, ""));
    let operands = match operands {
        "" => Vec::new(),
        operands => operands.split(", ").map(Cow::Borrowed).collect(),
    };
    Line::Instruction(Instruction::new(name, operands))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_dead(rest: &str) -> bool {
        Code::parse(&format!("\tmovi\ta8, 1\n{rest}")).is_dead(0, "a8")
    }

    #[test]
    fn a_value_is_dead_when_no_way_reads_it() {
        assert!(is_dead("\tret\n"));
        assert!(is_dead("\tmovi\ta8, 2\n"));
        assert!(is_dead("\tcall0\tf\n"));
        assert!(!is_dead("\tcallx0\ta8\n"));
        assert!(!is_dead("\ts32i\ta8, a1, 0\n\tret\n"));
        assert!(!is_dead("\taddi\ta8, a8, 1\n\tret\n"));
        assert!(!is_dead("\tjx\ta9\n"));
        assert!(!is_dead("\t.section\t.text.g\n\tret\n"));
    }

    #[test]
    fn notes_for_debuggers_are_no_obstacle() {
        assert!(is_dead("\t.loc\t1 2 3\n.Ltmp5:\n\tret\n"));
        let text = "\tmovi\ta8, 1\n\t.loc\t1 2 3\n.Ltmp5:\n\tret\n";
        let code = Code::parse(text);
        assert_eq!((code.next(0), code.previous(3)), (Some(3), Some(0)));
        assert_eq!(code.to_text(), text);
    }

    #[test]
    fn all_ways_of_a_branch_count() {
        assert!(is_dead(
            "\tbeqz\ta2, .L1\n\tret\n.L1:\n\tmovi\ta8, 0\n\tret\n"
        ));
        assert!(!is_dead(
            "\tbeqz\ta2, .L1\n\tret\n.L1:\n\tmovi\ta9, 0\n\tadd\ta2, a8, a9\n\tret\n"
        ));
        assert!(!is_dead("\tbeq\ta2, a8, .L1\n.L1:\n\tret\n"));
        assert!(is_dead(".L1:\n\tbnez\ta2, .L1\n\tret\n"));
        assert!(!is_dead("\tj\t.L1\n\tret\n.L1:\n\tor\ta2, a8, a8\n\tret\n"));
        assert!(!is_dead("\tj\t.elsewhere\n"));
    }

    #[test]
    fn only_scratch_registers_die() {
        assert!(!Code::parse("\tmovi\ta2, 1\n\tret\n").is_dead(0, "a2"));
    }
}
