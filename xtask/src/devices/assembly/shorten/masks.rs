//! Low bits: one instruction takes them out, without a mask in a register.

use super::code::{Code, Instruction, Line};
use std::borrow::Cow;

/// Most bits that `extui` takes.
const WIDEST: u32 = 16;

/// `movi` of a mask of low bits and `and` with it become `extui`, if nothing else uses the mask.
pub fn extract_bits(code: &mut Code<'_>) {
    for index in 0..code.lines.len() {
        if let Some((and, extract)) = extract(code, index) {
            code.remove(index);
            code.replace(and, Line::Instruction(extract));
        }
    }
}

fn extract<'a>(code: &Code<'a>, index: usize) -> Option<(usize, Instruction<'a>)> {
    let mask = code
        .instruction(index)
        .filter(|first| first.name == "movi")?;
    let width = bits(mask.number(1)?)?;
    let mask = mask.operand(0);
    let place = code.next(index)?;
    let and = code.instruction(place).filter(|next| next.name == "and")?;
    let value = match (and.operand(1), and.operand(2)) {
        (left, right) if left == right => return None,
        (value, other) | (other, value) if other == mask => value,
        _ => return None,
    };
    let to = and.operand(0);
    (to == mask || code.is_dead(place, mask)).then(|| {
        let operands = [to, value, "0"].map(|operand| Cow::Owned(operand.to_owned()));
        let mut operands = operands.to_vec();
        operands.push(Cow::Owned(width.to_string()));
        (place, Instruction::new("extui", operands))
    })
}

/// How many low bits a mask has, and no others.
fn bits(mask: i32) -> Option<u32> {
    let mask = u32::try_from(mask).ok()?;
    let width = mask.trailing_ones();
    (mask != 0 && mask.checked_shr(width).unwrap_or(0) == 0 && width <= WIDEST).then_some(width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str) -> String {
        let mut code = Code::parse(text);
        extract_bits(&mut code);
        code.to_text()
    }

    #[test]
    fn masks_of_low_bits_are_not_loaded() {
        assert_eq!(
            short("\tmovi\ta8, 255\n\tand\ta2, a3, a8\n\tret\n"),
            "\textui\ta2, a3, 0, 8\n\tret\n"
        );
        assert_eq!(
            short("\tmovi\ta8, 1\n\tand\ta8, a8, a3\n\ts32i\ta8, a1, 0\n"),
            "\textui\ta8, a3, 0, 1\n\ts32i\ta8, a1, 0\n"
        );
    }

    #[test]
    fn other_masks_stay() {
        for text in [
            "\tmovi\ta8, 254\n\tand\ta2, a3, a8\n\tret\n",
            "\tmovi\ta8, -1\n\tand\ta2, a3, a8\n\tret\n",
            "\tmovi\ta8, 0\n\tand\ta2, a3, a8\n\tret\n",
            "\tmovi\ta8, 255\n\tand\ta2, a3, a8\n\ts32i\ta8, a1, 0\n\tret\n",
            "\tmovi\ta8, 255\n\tand\ta2, a3, a9\n\tret\n",
            "\tmovi\ta8, 255\n\tor\ta2, a3, a8\n\tret\n",
        ] {
            assert_eq!(short(text), text);
        }
    }
}
