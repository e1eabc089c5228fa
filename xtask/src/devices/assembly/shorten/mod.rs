//! Makes the assembly of the lx106 firmware shorter: the compiler's code for this processor leaves easy things undone.
//!
//! Each rule looks at a few instructions within a function and keeps what the function does. What a rule cannot
//! be sure of it leaves as it is.

mod branches;
mod calls;
mod code;
mod copies;
mod frames;
mod masks;
mod waits;

use code::Code;
use std::collections::HashSet;

pub use calls::functions;

/// Applies all rules. `near` are the functions that are linked so near that one instruction calls them.
pub fn shorten(assembly: &str, near: &HashSet<&str>) -> String {
    let mut code = Code::parse(assembly);
    calls::call_directly(&mut code, near);
    masks::extract_bits(&mut code);
    frames::add_to_the_stack_pointer(&mut code);
    copies::write_in_place(&mut code);
    branches::turn(&mut code);
    waits::drop_between_loads(&mut code);
    code.to_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_rule_knows_stays() {
        let text = "\t.section\t.text.f,\"ax\",@progbits\n\t.type\tf,@function\nf:\n\tl32i\ta2, a3, 0\n\t#APP\n\tnop; nop\n\t#NO_APP\n\n\tret\n";
        assert_eq!(shorten(text, &HashSet::new()), text);
    }

    #[test]
    fn a_call_with_all_there_is() {
        let text = "\t.section\t.text.f,\"ax\",@progbits\n\t.literal_position\n\t.literal .L1, g\n\t.type\tf,@function\nf:\n\
            \taddi\ta8, a1, -16\n\tor\ta1, a8, a8\n\ts32i\ta0, a1, 12\n\tmovi\ta8, 255\n\tand\ta2, a2, a8\n\tbeqz\ta2, .L2\n\tj\t.L3\n.L2:\n\
            \tl32r\ta8, .L1\n\tcallx0\ta8\n.L3:\n\tl32i\ta0, a1, 12\n\taddi\ta8, a1, 16\n\tor\ta1, a8, a8\n\tret\n";
        let short = "\t.section\t.text.f,\"ax\",@progbits\n\t.literal_position\n\t.type\tf,@function\nf:\n\
            \taddi\ta1, a1, -16\n\ts32i\ta0, a1, 12\n\textui\ta2, a2, 0, 8\n\tbnez\ta2, .L3\n.L2:\n\
            \tcall0\tg\n.L3:\n\tl32i\ta0, a1, 12\n\taddi\ta1, a1, 16\n\tret\n";
        assert_eq!(shorten(text, &HashSet::from(["g"])), short);
    }
}
