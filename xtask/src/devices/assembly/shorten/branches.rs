//! Branches around jumps.

use super::code::{Code, Line};
use std::borrow::Cow;

/// Conditions and their opposites.
const OPPOSITES: [(&str, &str); 8] = [
    ("beq", "bne"),
    ("beqi", "bnei"),
    ("beqz", "bnez"),
    ("bge", "blt"),
    ("bgei", "blti"),
    ("bgeu", "bltu"),
    ("bgeui", "bltui"),
    ("bgez", "bltz"),
];

/// A branch to just behind a jump becomes the opposite branch to where the jump goes. The assembler makes it two
/// instructions again where the way is too far for a branch.
pub fn turn(code: &mut Code<'_>) {
    for index in 0..code.lines.len() {
        let Some((jump, opposite, target)) = turned(code, index) else {
            continue;
        };
        code.remove(jump);
        if let Some(Line::Instruction(branch)) = code.lines.get_mut(index) {
            branch.name = Cow::Borrowed(opposite);
            if let Some(label) = branch.operands.last_mut() {
                *label = Cow::Owned(target);
            }
        }
    }
}

/// The line of the jump behind a branch, the opposite branch, and where the jump goes.
fn turned(code: &Code<'_>, index: usize) -> Option<(usize, &'static str, String)> {
    let branch = code.instruction(index)?;
    let label = branch.branch_target()?;
    let opposite = opposite(&branch.name)?;
    let place = code.next(index)?;
    let jump = code.instruction(place).filter(|next| next.name == "j")?;
    let mut labels = code
        .lines
        .iter()
        .skip(place + 1)
        .map_while(|line| match line {
            Line::Label(name) => Some(Some(*name)),
            Line::Gone | Line::Note(_) => Some(None),
            _ => None,
        });
    labels
        .any(|name| name == Some(label))
        .then(|| (place, opposite, jump.operand(0).to_owned()))
}

fn opposite(name: &str) -> Option<&'static str> {
    OPPOSITES.iter().find_map(|(one, other)| match name {
        name if name == *one => Some(*other),
        name if name == *other => Some(*one),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str) -> String {
        let mut code = Code::parse(text);
        turn(&mut code);
        code.to_text()
    }

    #[test]
    fn a_branch_over_a_jump_is_turned() {
        assert_eq!(
            short("\tbeqi\ta8, 3, .L1\n\tj\t.L2\n.L1:\n\tret\n"),
            "\tbnei\ta8, 3, .L2\n.L1:\n\tret\n"
        );
        assert_eq!(
            short("\tbltu\ta8, a9, .L1\n\tj\t.L2\n.L0:\n.L1:\n\tret\n"),
            "\tbgeu\ta8, a9, .L2\n.L0:\n.L1:\n\tret\n"
        );
    }

    #[test]
    fn other_branches_stay() {
        for text in [
            "\tbeqz\ta8, .L3\n\tj\t.L2\n.L1:\n\tret\n",
            "\tbeqz\ta8, .L1\n\tmovi\ta2, 1\n.L1:\n\tret\n",
            "\tball\ta8, a9, .L1\n\tj\t.L2\n.L1:\n\tret\n",
            "\tbeqz\ta8, .L1\n\tj\t.L2\n\tret\n.L1:\n",
        ] {
            assert_eq!(short(text), text);
        }
    }
}
