//! Calls: the address of a near function need not be loaded first.

use super::code::{Code, Instruction, Line, SCRATCH};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// The functions that a file defines in flash; what lies in instruction RAM is too far from them for a direct call.
pub fn functions(assembly: &str) -> HashSet<&str> {
    let mut section = "";
    let mut found = HashSet::new();
    for line in assembly.lines() {
        let line = line.trim_start();
        section = section_of(line).unwrap_or(section);
        let name = line
            .strip_prefix(".type\t")
            .and_then(|rest| rest.strip_suffix(",@function"));
        found.extend(name.filter(|_| is_flash(section)));
    }
    found
}

/// The section that a directive switches to.
fn section_of(directive: &str) -> Option<&str> {
    let name = directive.strip_prefix(".section\t");
    let name = name.and_then(|rest| rest.split(',').next());
    name.or([".text", ".data", ".bss"]
        .contains(&directive)
        .then_some(directive))
}

fn is_flash(section: &str) -> bool {
    section.starts_with(".text")
}

/// An address that was loaded, and where.
#[derive(Clone, Copy)]
struct Loaded<'a> {
    index: usize,
    function: &'a str,
}

/// `l32r` of a function's address and `callx0`, with nothing in between that uses the register, become `call0`.
/// Literals that are no longer loaded go.
pub fn call_directly(code: &mut Code<'_>, near: &HashSet<&str>) {
    let literals = literals(code);
    let mut loaded: HashMap<String, Loaded<'_>> = HashMap::new();
    let mut section = "";
    for index in 0..code.lines.len() {
        match code.lines.get(index) {
            Some(Line::Directive(text)) => {
                section = section_of(text.trim_start()).unwrap_or(section);
                continue;
            }
            Some(Line::Note(_) | Line::Gone) => continue,
            Some(Line::Instruction(_)) => {}
            _ => {
                loaded.clear();
                continue;
            }
        }
        let Some(instruction) = code.instruction(index) else {
            continue;
        };
        let register = instruction.operand(0).to_owned();
        match &*instruction.name {
            "l32r" => {
                let function = literals.get(instruction.operand(1)).copied();
                let function =
                    function.filter(|function| is_flash(section) && near.contains(function));
                match function.filter(|_| SCRATCH.contains(&register.as_str())) {
                    Some(function) => loaded.insert(register, Loaded { index, function }),
                    None => loaded.remove(&register),
                };
            }
            "callx0" => {
                if let Some(Loaded {
                    index: load,
                    function,
                }) = loaded.remove(&register)
                {
                    code.remove(load);
                    let call = Instruction::new("call0", vec![Cow::Borrowed(function)]);
                    code.replace(index, Line::Instruction(call));
                }
                loaded.clear();
            }
            _ if instruction.written().is_none() && !is_store(&instruction.name) => loaded.clear(),
            _ => loaded.retain(|register, _| !instruction.mentions(register)),
        }
    }
    drop_unused(code);
}

fn is_store(name: &str) -> bool {
    ["s8i", "s16i", "s32i"].contains(&name)
}

/// Literals that are a symbol, by label.
fn literals<'a>(code: &Code<'a>) -> HashMap<&'a str, &'a str> {
    code.lines
        .iter()
        .filter_map(|line| match line {
            Line::Directive(text) => literal(text),
            _ => None,
        })
        .collect()
}

fn literal(directive: &str) -> Option<(&str, &str)> {
    directive
        .trim_start()
        .strip_prefix(".literal ")?
        .split_once(", ")
}

fn drop_unused(code: &mut Code<'_>) {
    let mut used = HashSet::new();
    for line in &code.lines {
        if let Line::Instruction(instruction) = line {
            used.extend(
                instruction
                    .operands
                    .iter()
                    .map(|operand| operand.to_string()),
            );
        }
    }
    for line in &mut code.lines {
        let unused = match line {
            Line::Directive(text) => literal(text).is_some_and(|(label, _)| !used.contains(label)),
            _ => false,
        };
        if unused {
            *line = Line::Gone;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str =
        "\t.section\t.text.f,\"ax\",@progbits\n\t.literal .L1, g\n\t.literal .L2, 5\n";

    fn short(body: &str, near: &[&str]) -> String {
        let text = format!("{START}{body}");
        let mut code = Code::parse(&text);
        call_directly(&mut code, &near.iter().copied().collect());
        code.to_text()
    }

    #[test]
    fn an_address_that_is_only_called_is_not_loaded() {
        let text = short("\tl32r\ta8, .L1\n\tl32r\ta2, .L2\n\tcallx0\ta8\n", &["g"]);
        assert_eq!(
            text,
            "\t.section\t.text.f,\"ax\",@progbits\n\t.literal .L2, 5\n\tl32r\ta2, .L2\n\tcall0\tg\n"
        );
    }

    #[test]
    fn what_may_be_used_otherwise_stays() {
        for body in [
            "\tl32r\ta8, .L1\n\tor\ta2, a8, a8\n\tcallx0\ta8\n\tl32r\ta2, .L2\n",
            "\tl32r\ta8, .L1\n.L9:\n\tcallx0\ta8\n\tl32r\ta2, .L2\n",
            "\tl32r\ta8, .L1\n\tbeqz\ta2, .L9\n\tcallx0\ta8\n\tl32r\ta2, .L2\n",
            "\tl32r\ta8, .L1\n\tmovi\ta8, 3\n\tcallx0\ta8\n\tl32r\ta2, .L2\n",
            "\tl32r\ta12, .L1\n\tcallx0\ta12\n\tcallx0\ta12\n\tl32r\ta2, .L2\n",
            "\tl32r\ta8, .L2\n\tcallx0\ta8\n\tl32r\ta2, .L1\n",
        ] {
            assert_eq!(short(body, &["g"]), format!("{START}{body}"));
        }
    }

    #[test]
    fn only_near_functions_are_called_directly() {
        let body = "\tl32r\ta8, .L1\n\tcallx0\ta8\n\tl32r\ta2, .L2\n";
        assert_eq!(short(body, &[]), format!("{START}{body}"));
        let far = format!("\t.section\t.iram,\"ax\",@progbits\n\t.literal .L1, g\n{body}");
        let mut code = Code::parse(&far);
        call_directly(&mut code, &HashSet::from(["g"]));
        assert_eq!(code.to_text(), far);
    }

    #[test]
    fn functions_in_flash_are_near() {
        let text = "\t.section\t.text.f,\"ax\",@progbits\n\t.type\tf,@function\nf:\n\t.section\t.iram.g,\"ax\",@progbits\n\t.type\tg,@function\ng:\n\t.type\tx,@object\n\t.text\n\t.type\th,@function\n";
        assert_eq!(functions(text), HashSet::from(["f", "h"]));
    }
}
