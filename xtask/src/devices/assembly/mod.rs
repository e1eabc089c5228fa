//! Repairs to the assembly that the compiler emits for Xtensa, before the GNU assembler reads it.

mod shorten;

pub use shorten::{functions, shorten};

/// Names of 128-bit arithmetic that callers and the library pass operands of differently; `wide.S` bridges them.
const WIDE: [&str; 5] = ["__udivti3", "__umodti3", "__divti3", "__modti3", "__multi3"];

/// Puts the literals of each function into the function's section.
///
/// The compiler prints a function's literals before it switches to the section of the function, so they would lie in the
/// section of the one before. They are held back until the section is there. Lines of call frame information are dropped:
/// nothing unwinds.
pub fn place_literals(assembly: &str) -> String {
    let mut placed = String::with_capacity(assembly.len());
    let mut held = String::new();
    for line in assembly.lines() {
        let directive = line.trim_start();
        if directive.starts_with(".cfi_") {
            continue;
        }
        if directive.starts_with(".literal_position") || directive.starts_with(".literal ") {
            append_line(&mut held, line);
            continue;
        }
        if directive.starts_with(".type\t") && directive.ends_with(",@function") {
            placed.push_str(&held);
            held.clear();
        }
        append_line(&mut placed, line);
    }
    placed.push_str(&held);
    placed
}

/// Renames the definitions of 128-bit arithmetic to `library*`, and drops embedded bitcode.
pub fn rename_wide(assembly: &str) -> String {
    let mut renamed = String::with_capacity(assembly.len());
    let mut bitcode = false;
    for line in assembly.lines() {
        let directive = line.trim_start();
        if directive.starts_with(".section") || [".text", ".data", ".bss"].contains(&directive) {
            bitcode = directive.contains(".llvmbc") || directive.contains(".llvmcmd");
        }
        if bitcode {
            continue;
        }
        match defined(line) {
            Some(name) => append_line(&mut renamed, &line.replace(name, &format!("library{name}"))),
            None => append_line(&mut renamed, line),
        }
    }
    renamed
}

/// The name of [`WIDE`] that a line defines or describes.
fn defined(line: &str) -> Option<&'static str> {
    let directive = line.trim_start();
    let rest = [".type", ".globl", ".global", ".weak", ".size", ".hidden"]
        .iter()
        .find_map(|word| directive.strip_prefix(word)?.strip_prefix('\t'))
        .unwrap_or(line);
    WIDE.into_iter().find(|name| {
        rest.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ',']))
    })
}

fn append_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_follow_the_section() {
        let assembly = "\t.literal_position\n\t.literal .L1, 5\n\t.section\t.text.f\n\t.type\tf,@function\nf:\n\t.cfi_startproc\n\tret\n";
        assert_eq!(
            place_literals(assembly),
            "\t.section\t.text.f\n\t.literal_position\n\t.literal .L1, 5\n\t.type\tf,@function\nf:\n\tret\n"
        );
    }

    #[test]
    fn definitions_are_renamed_and_uses_are_not() {
        let assembly = "\t.globl\t__multi3\n\t.type\t__multi3,@function\n__multi3:\n\tcallx0 __multi3\n\t.size\t__multi3, .L-__multi3\n__multi3x:\n";
        let renamed = rename_wide(assembly);
        assert!(renamed.contains("\nlibrary__multi3:\n"), "{renamed}");
        assert!(renamed.contains("\tcallx0 __multi3\n"), "{renamed}");
        assert!(renamed.contains("\n__multi3x:\n"), "{renamed}");
        assert!(renamed.contains(".size\tlibrary__multi3, .L-library__multi3"));
    }

    #[test]
    fn bitcode_is_dropped() {
        let assembly = "\t.section\t.llvmbc\n\t.ascii \"x\"\n\t.section\t.text.f\nf:\n";
        assert_eq!(rename_wide(assembly), "\t.section\t.text.f\nf:\n");
    }
}
