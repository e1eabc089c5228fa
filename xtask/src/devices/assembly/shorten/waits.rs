//! Waiting for memory.

use super::code::{Code, Line};

/// Crates that touch memory and flash, and no registers of a peripheral.
const CRATES: [&str; 4] = ["rostrings", "lfs_format", "lua_gc", "lua_vm"];

/// Loads that a wait may stand before.
const LOADS: [&str; 4] = ["l32i", "l8ui", "l16ui", "l16si"];

/// A volatile load comes with `memw`, which lets all earlier accesses end first, for the sake of peripherals. The VM's
/// are volatile only so that they stay whole words: nothing but the processor writes what they read.
pub fn drop_between_loads(code: &mut Code<'_>) {
    let mut is_vm = false;
    for index in 0..code.lines.len() {
        match code.lines.get(index) {
            Some(Line::Label(name)) if !name.starts_with('.') => {
                is_vm = crate_of(name).is_some_and(|name| CRATES.contains(&name));
            }
            Some(Line::Instruction(wait)) if is_vm && wait.name == "memw" => {
                let before_load = code.next(index).and_then(|next| code.instruction(next));
                if before_load.is_some_and(|next| LOADS.contains(&&*next.name)) {
                    code.remove(index);
                }
            }
            _ => {}
        }
    }
}

/// The crate in which a function is defined, from its mangled name: the first crate named in it
/// (`Cs`, a number in base 62, `_`, the length of the name, the name).
fn crate_of(symbol: &str) -> Option<&str> {
    let rest = symbol.strip_prefix("_R")?;
    let mut rest = rest.get(rest.find("Cs")? + 2..)?;
    rest = rest.get(rest.find('_')? + 1..)?;
    let digits = rest.find(|digit: char| !digit.is_ascii_digit())?;
    let (length, rest) = rest.split_at(digits);
    rest.get(..length.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str) -> String {
        let mut code = Code::parse(text);
        drop_between_loads(&mut code);
        code.to_text()
    }

    #[test]
    fn the_vm_does_not_wait() {
        let run = "_RINvNtNtCsbYfrPpiTetM_6lua_vm6interp3runNtNtB6_5modelE:\n";
        assert_eq!(
            short(&format!(
                "{run}\tmemw\n\tl32i\ta2, a3, 0\n\tmemw\n\ts32i\ta2, a3, 0\n"
            )),
            format!("{run}\tl32i\ta2, a3, 0\n\tmemw\n\ts32i\ta2, a3, 0\n")
        );
    }

    #[test]
    fn drivers_wait() {
        for name in [
            "_RNvNtCsbYfrPpiTetM_8esp_port4poll",
            "uart_poll",
            "_RNvNtCs1_5utils6lua_vm",
        ] {
            let text = format!("{name}:\n.L1:\n\tmemw\n\tl32i\ta2, a3, 0\n");
            assert_eq!(short(&text), text);
        }
    }
}
