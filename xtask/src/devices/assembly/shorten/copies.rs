//! Copies from one register to another.

use super::code::{Code, Instruction, Line};
use std::borrow::Cow;

/// What is only computed to be copied is computed where the copy would go; a copy of a register to itself goes.
pub fn write_in_place(code: &mut Code<'_>) {
    for index in 0..code.lines.len() {
        let Some(copy) = code.instruction(index) else {
            continue;
        };
        let Some(from) = copy.copied().map(str::to_owned) else {
            continue;
        };
        let to = copy.operand(0).to_owned();
        if from == to {
            code.remove(index);
            continue;
        }
        let computed = code.previous(index).filter(|previous| {
            code.instruction(*previous)
                .is_some_and(|instruction| instruction.written() == Some(&from))
        });
        match computed.filter(|_| code.is_dead(index, &from)) {
            Some(previous) => {
                redirect(code, previous, to);
                code.remove(index);
            }
            // The assembler has a short form of this one only.
            None => code.replace(index, moved(to, from)),
        }
    }
}

fn moved<'a>(to: String, from: String) -> Line<'a> {
    let operands = vec![Cow::Owned(to), Cow::Owned(from)];
    Line::Instruction(Instruction::new("mov", operands))
}

/// Lets an instruction write another register.
fn redirect(code: &mut Code<'_>, index: usize, to: String) {
    if let Some(Line::Instruction(instruction)) = code.lines.get_mut(index)
        && let Some(operand) = instruction.operands.first_mut()
    {
        *operand = Cow::Owned(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str) -> String {
        let mut code = Code::parse(text);
        write_in_place(&mut code);
        code.to_text()
    }

    #[test]
    fn results_go_where_they_are_wanted() {
        assert_eq!(
            short("\taddi\ta8, a1, 12\n\tor\ta2, a8, a8\n\tcall0\tf\n"),
            "\taddi\ta2, a1, 12\n\tcall0\tf\n"
        );
        assert_eq!(
            short("\tl32i\ta9, a9, 4\n\taddi\ta2, a9, 0\n\tret\n"),
            "\tl32i\ta2, a9, 4\n\tret\n"
        );
    }

    #[test]
    fn values_that_are_used_again_are_copied() {
        assert_eq!(
            short("\taddi\ta8, a1, 12\n\taddi\ta2, a8, 0\n\tcallx0\ta8\n"),
            "\taddi\ta8, a1, 12\n\tmov\ta2, a8\n\tcallx0\ta8\n"
        );
        assert_eq!(
            short("\taddi\ta12, a1, 12\n\tor\ta2, a12, a12\n\tret\n"),
            "\taddi\ta12, a1, 12\n\tmov\ta2, a12\n\tret\n"
        );
        assert_eq!(
            short("\taddi\ta8, a1, 12\n.L1:\n\tor\ta2, a8, a8\n\tret\n"),
            "\taddi\ta8, a1, 12\n.L1:\n\tmov\ta2, a8\n\tret\n"
        );
        assert_eq!(
            short("\tmoveqz\ta8, a3, a4\n\tor\ta2, a8, a8\n\tret\n"),
            "\tmoveqz\ta8, a3, a4\n\tmov\ta2, a8\n\tret\n"
        );
    }

    #[test]
    fn copies_to_themselves_go() {
        assert_eq!(short("\taddi\ta8, a8, 0\n\tor\ta3, a3, a3\n"), "");
    }
}
