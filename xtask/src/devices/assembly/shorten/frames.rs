//! Addresses in large stack frames.

use super::code::{Code, Instruction, Line};
use std::borrow::Cow;

/// What `addmi` adds is a multiple of this, and what `addi` adds is less than half of it.
const STEP: i32 = 256;
/// What `addmi` adds lies within so much.
const REACH: i32 = 127 * STEP;

/// A distance that `movi` and `addmi` put into a register, to be added to the stack pointer, is added to it at once.
pub fn add_to_the_stack_pointer(code: &mut Code<'_>) {
    for index in 0..code.lines.len() {
        let Some((second, third, to, distance)) = address(code, index) else {
            continue;
        };
        let rest = (distance + STEP / 2).rem_euclid(STEP) - STEP / 2;
        let whole = distance - rest;
        code.replace(index, add("addmi", &to, "a1", whole));
        code.remove(third);
        match rest {
            0 => code.remove(second),
            _ => code.replace(second, add("addi", &to, &to, rest)),
        }
    }
}

fn add<'a>(name: &'a str, to: &str, from: &str, number: i32) -> Line<'a> {
    let operands = [to.to_owned(), from.to_owned(), number.to_string()];
    Line::Instruction(Instruction::new(name, operands.map(Cow::Owned).to_vec()))
}

/// The lines of `addmi` and `add` behind a `movi`, the register, and the distance.
fn address(code: &Code<'_>, index: usize) -> Option<(usize, usize, String, i32)> {
    let load = code
        .instruction(index)
        .filter(|first| first.name == "movi")?;
    let to = load.operand(0);
    let second = code.next(index)?;
    let step = code
        .instruction(second)
        .filter(|next| next.name == "addmi")?;
    let third = code.next(second)?;
    let sum = code.instruction(third).filter(|next| next.name == "add")?;
    let is_sum = [("a1", to), (to, "a1")].contains(&(sum.operand(1), sum.operand(2)));
    let distance = load.number(1)?.checked_add(step.number(2)?)?;
    let fits = (STEP..=REACH).contains(&distance);
    (step.operand(0) == to && step.operand(1) == to && sum.operand(0) == to && is_sum && fits)
        .then(|| (second, third, to.to_owned(), distance))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str) -> String {
        let mut code = Code::parse(text);
        add_to_the_stack_pointer(&mut code);
        code.to_text()
    }

    #[test]
    fn distances_are_split() {
        let of = |low: i32, high: i32| {
            short(&format!(
                "\tmovi\ta8, {low}\n\taddmi\ta8, a8, {high}\n\tadd\ta8, a1, a8\n"
            ))
        };
        assert_eq!(
            of(192, 3584),
            "\taddmi\ta8, a1, 3840\n\taddi\ta8, a8, -64\n"
        );
        assert_eq!(
            of(100, 2304),
            "\taddmi\ta8, a1, 2304\n\taddi\ta8, a8, 100\n"
        );
        assert_eq!(of(0, 2304), "\taddmi\ta8, a1, 2304\n");
        assert_eq!(of(128, 256), "\taddmi\ta8, a1, 512\n\taddi\ta8, a8, -128\n");
    }

    #[test]
    fn other_sums_stay() {
        for text in [
            "\tmovi\ta8, 1\n\taddmi\ta8, a8, 256\n\tadd\ta8, a2, a8\n",
            "\tmovi\ta8, 1\n\taddmi\ta8, a8, 256\n\tadd\ta9, a1, a8\n",
            "\tmovi\ta8, 1\n\taddmi\ta9, a8, 256\n\tadd\ta9, a1, a9\n",
            "\tmovi\ta8, 1\n\taddmi\ta8, a8, -256\n\tadd\ta8, a1, a8\n",
            "\tmovi\ta8, 200\n\taddmi\ta8, a8, 32512\n\tadd\ta8, a1, a8\n",
        ] {
            assert_eq!(short(text), text);
        }
    }
}
