//! `%q`: literals that the Lua lexer reads back.

use super::super::Sink;
use super::{Conversion, Notation, Radix, Spec, write_float, write_int};
use crate::number::LuaInt;

const PLAIN: Spec = Spec {
    conversion: Conversion::Signed,
    upper: false,
    left: false,
    plus: false,
    space: false,
    alternate: false,
    zero: false,
    width: 0,
    precision: None,
    modified: false,
};

/// Writes a string in double quotes: quotes, backslashes and newlines behind a backslash, other control
/// characters by their number.
///
/// # Errors
/// The sink's.
pub fn quote_string<S: Sink>(sink: &mut S, text: &[u8]) -> Result<(), S::Error> {
    sink.push(b"\"")?;
    let mut rest = text;
    while !rest.is_empty() {
        let special = |&byte: &u8| matches!(byte, b'"' | b'\\' | 0..=31 | 127);
        let length = rest.iter().position(special).unwrap_or(rest.len());
        let (plain, tail) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        if !plain.is_empty() {
            sink.push(plain)?;
        }
        let Some((&byte, tail)) = tail.split_first() else {
            break;
        };
        let [hundreds, tens, ones] = [byte / 100, byte / 10 % 10, byte % 10].map(|d| b'0' + d);
        match byte {
            b'"' | b'\\' | b'\n' => sink.push(&[b'\\', byte])?,
            // A digit after a shorter escape would be read as part of it.
            _ if tail.first().is_some_and(u8::is_ascii_digit) || byte >= 100 => {
                sink.push(&[b'\\', hundreds, tens, ones])?;
            }
            10.. => sink.push(&[b'\\', tens, ones])?,
            _ => sink.push(&[b'\\', ones])?,
        }
        rest = tail;
    }
    sink.push(b"\"")
}

/// Writes an integer in decimal, the smallest one in hexadecimal: its decimal magnitude is no integer.
///
/// # Errors
/// The sink's.
pub fn quote_int<S: Sink, I: LuaInt>(sink: &mut S, value: I) -> Result<(), S::Error> {
    if value != I::MIN {
        return write_int(sink, &PLAIN, value);
    }
    let hex = Spec {
        conversion: Conversion::Unsigned(Radix::Hexadecimal),
        alternate: true,
        modified: true,
        ..PLAIN
    };
    write_int(sink, &hex, value)
}

/// Writes a float in hexadecimal, which loses nothing.
///
/// # Errors
/// The sink's.
pub fn quote_float<S: Sink>(sink: &mut S, value: f64) -> Result<(), S::Error> {
    let hex = Spec {
        conversion: Conversion::Float(Notation::Hexadecimal),
        ..PLAIN
    };
    write_float(sink, &hex, value)
}
