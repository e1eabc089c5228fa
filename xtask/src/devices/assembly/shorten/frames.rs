//! Addresses in large stack frames.

use super::code::{Code, Instruction, Line};
use std::borrow::Cow;

/// What `addmi` adds is a multiple of this, and what `addi` adds is less than half of it.
const STEP: i32 = 256;
/// What `addmi` adds lies within so much.
const REACH: i32 = 127 * STEP;

/// Loads and stores; their offsets reach at least as far as a [`STEP`].
const ACCESSES: [&str; 7] = ["l32i", "l16si", "l16ui", "l8ui", "s32i", "s16i", "s8i"];

/// An address that instructions put into a register: the stack pointer and a distance.
struct Address {
    /// The lines that do.
    lines: Vec<usize>,
    register: String,
    distance: i32,
}

/// A distance that `movi` (and `addmi`) put into a register, to be added to the stack pointer, is added to it at once, together
/// with what is added to the sum; its low part goes into the load or store that it is for.
pub fn add_to_the_stack_pointer(code: &mut Code<'_>) {
    for index in 0..code.lines.len() {
        let Some(mut address) = address(code, index) else {
            continue;
        };
        while extend(code, &mut address) {}
        if !(STEP..=REACH).contains(&address.distance) {
            continue;
        }
        match access(code, &address) {
            Some(line) => reach(code, &address, line),
            None if address.lines.len() > 2 => add_up(code, &address),
            None => {}
        }
    }
}

/// The address that the lines from `index` on compute.
fn address(code: &Code<'_>, index: usize) -> Option<Address> {
    let load = code
        .instruction(index)
        .filter(|first| first.name == "movi")?;
    let register = load.operand(0);
    let mut distance = load.number(1)?;
    let mut lines = vec![index];
    let mut line = code.next(index)?;
    let step = code.instruction(line)?;
    if step.name == "addmi" && step.operand(0) == register && step.operand(1) == register {
        distance = distance.checked_add(step.number(2)?)?;
        lines.push(line);
        line = code.next(line)?;
    }
    let sum = code.instruction(line).filter(|next| next.name == "add")?;
    let parts = (sum.operand(1), sum.operand(2));
    let is_sum = parts == ("a1", register) || parts == (register, "a1");
    lines.push(line);
    (sum.operand(0) == register && is_sum).then(|| Address {
        lines,
        register: register.to_owned(),
        distance,
    })
}

/// Takes an `addi` to the address in, if nothing needs what was there before.
fn extend(code: &Code<'_>, address: &mut Address) -> bool {
    let Some(line) = address.lines.last().and_then(|last| code.next(*last)) else {
        return false;
    };
    let Some(more) = code.instruction(line).filter(|next| next.name == "addi") else {
        return false;
    };
    let from = &address.register;
    let to = more.operand(0);
    let is_last = more.operand(1) == from && (to == from || code.is_dead(line, from));
    let sum = more
        .number(2)
        .and_then(|more| address.distance.checked_add(more));
    match sum.filter(|_| is_last) {
        Some(sum) => {
            address.distance = sum;
            address.register = to.to_owned();
            address.lines.push(line);
            true
        }
        None => false,
    }
}

/// The line of the load or store that the address is for, if nothing else needs it.
fn access(code: &Code<'_>, address: &Address) -> Option<usize> {
    let line = code.next(*address.lines.last()?)?;
    let access = code
        .instruction(line)
        .filter(|next| ACCESSES.contains(&&*next.name))?;
    let base = address.register.as_str();
    let is_load = access.name.starts_with('l');
    let is_last = match access.operand(0) == base {
        true => is_load,
        false => code.is_dead(line, base),
    };
    (access.operand(1) == base && access.operand(2) == "0" && is_last).then_some(line)
}

/// The high part of the distance in the register, the low part in the load or store.
fn reach(code: &mut Code<'_>, address: &Address, line: usize) {
    let low = address.distance.rem_euclid(STEP);
    compute(code, address, &[("addmi", "a1", address.distance - low)]);
    if let Some(Line::Instruction(access)) = code.lines.get_mut(line)
        && let Some(offset) = access.operands.last_mut()
    {
        *offset = Cow::Owned(low.to_string());
    }
}

/// The address by `addmi` and `addi`.
fn add_up(code: &mut Code<'_>, address: &Address) {
    let low = (address.distance + STEP / 2).rem_euclid(STEP) - STEP / 2;
    let high = ("addmi", "a1", address.distance - low);
    let register = address.register.clone();
    match low {
        0 => compute(code, address, &[high]),
        low => compute(code, address, &[high, ("addi", &register, low)]),
    }
}

/// Computes the address by these instructions (name, register to add to, number) instead.
fn compute(code: &mut Code<'_>, address: &Address, sums: &[(&'static str, &str, i32)]) {
    let mut sums = sums.iter();
    for line in &address.lines {
        match sums.next() {
            Some((name, from, number)) => {
                let operands = [&address.register, *from, &number.to_string()];
                let operands = operands.map(|operand| Cow::Owned(operand.to_owned()));
                let sum = Instruction::new(name, operands.to_vec());
                code.replace(*line, Line::Instruction(sum));
            }
            None => code.remove(*line),
        }
    }
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
    fn sums_are_added_at_once() {
        assert_eq!(
            short(
                "\tmovi\ta8, 1140\n\tadd\ta8, a1, a8\n\taddi\ta8, a8, 12\n\taddi\ta2, a8, 4\n\tret\n"
            ),
            "\taddmi\ta2, a1, 1280\n\taddi\ta2, a2, -124\n\tret\n"
        );
    }

    #[test]
    fn far_slots_are_reached_by_offset() {
        assert_eq!(
            short("\tmovi\ta8, 300\n\tadd\ta8, a8, a1\n\tl8ui\ta8, a8, 0\n"),
            "\taddmi\ta8, a1, 256\n\tl8ui\ta8, a8, 44\n"
        );
        assert_eq!(
            short("\tmovi\ta8, 1200\n\tadd\ta8, a1, a8\n\ts32i\ta0, a8, 0\n\tret\n"),
            "\taddmi\ta8, a1, 1024\n\ts32i\ta0, a8, 176\n\tret\n"
        );
        assert_eq!(
            short(
                "\tmovi\ta8, 20\n\taddmi\ta8, a8, 1024\n\tadd\ta8, a1, a8\n\tl32i\ta2, a8, 0\n\tret\n"
            ),
            "\taddmi\ta8, a1, 1024\n\tl32i\ta2, a8, 20\n\tret\n"
        );
    }

    #[test]
    fn other_sums_stay() {
        for text in [
            "\tmovi\ta8, 1\n\taddmi\ta8, a8, 256\n\tadd\ta8, a2, a8\n",
            "\tmovi\ta8, 1\n\taddmi\ta8, a8, 256\n\tadd\ta9, a1, a8\n",
            "\tmovi\ta8, 1\n\taddmi\ta9, a8, 256\n\tadd\ta9, a1, a9\n",
            "\tmovi\ta8, 1\n\taddmi\ta8, a8, -256\n\tadd\ta8, a1, a8\n",
            "\tmovi\ta8, 200\n\taddmi\ta8, a8, 32512\n\tadd\ta8, a1, a8\n",
            "\tmovi\ta8, 1200\n\tadd\ta8, a1, a8\n\tret\n",
            "\tmovi\ta8, 1200\n\tadd\ta8, a1, a8\n\ts32i\ta8, a8, 0\n\tret\n",
            "\tmovi\ta8, 1200\n\tadd\ta8, a1, a8\n\tl32i\ta9, a8, 0\n\tcallx0\ta8\n",
            "\tmovi\ta8, 40\n\tadd\ta8, a1, a8\n\tl32i\ta9, a8, 0\n\tret\n",
        ] {
            assert_eq!(short(text), text);
        }
    }
}
