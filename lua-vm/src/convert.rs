//! Conversions between values: numbers, numerals, type names.

use crate::number::{Number, NumberModel, parse_number};
use crate::number::{NumberText, float_text, int_text};
use crate::object::string;
use crate::value::{Val, tag};

/// Name of the basic type of a tag, as `type` gives it.
pub fn type_name(tag: u32) -> &'static str {
    const NAMES: [&str; 9] = [
        "nil", "boolean", "userdata", "number", "string", "table", "function", "userdata", "thread",
    ];
    NAMES
        .get((tag & tag::TYPE_MASK) as usize)
        .copied()
        .unwrap_or("no value")
}

/// The number a value is or, as a numeral, converts to (manual section 3.4.3).
///
/// # Safety
/// A string must be live.
#[inline]
pub unsafe fn to_number<N: NumberModel>(value: &Val<N>) -> Option<Val<N>> {
    match value.tag {
        tag::INT | tag::FLOAT => Some(*value),
        // SAFETY: the caller vouches for the string.
        _ if value.is_string() => unsafe { parse(value) },
        _ => None,
    }
}

#[cold]
unsafe fn parse<N: NumberModel>(value: &Val<N>) -> Option<Val<N>> {
    // SAFETY: the caller vouches for the string.
    match parse_number::<N>(unsafe { string::bytes(value) })? {
        Number::Int(int) => Some(Val::int(int)),
        Number::Float(float) => Some(Val::float(float)),
    }
}

/// The float a value is or converts to.
///
/// # Safety
/// A string must be live.
#[inline]
pub unsafe fn to_float<N: NumberModel>(value: &Val<N>) -> Option<N::Float> {
    // SAFETY: the caller vouches for the string.
    unsafe { to_number(value) }?.to_float()
}

/// The integer a value is or converts to without loss.
///
/// # Safety
/// A string must be live.
#[inline]
pub unsafe fn to_int<N: NumberModel>(value: &Val<N>) -> Option<N::Int> {
    // SAFETY: the caller vouches for the string.
    unsafe { to_number(value) }?.to_int()
}

/// The numeral of a number.
pub fn number_text<N: NumberModel>(value: &Val<N>) -> NumberText {
    if value.is_int() {
        int_text(value.as_int())
    } else {
        float_text(value.as_float())
    }
}

/// What an uncaught error says: its text if it is a string or a number.
///
/// # Safety
/// A string must be live.
pub unsafe fn error_text<N: NumberModel>(value: &Val<N>) -> alloc::vec::Vec<u8> {
    let mut text = alloc::vec::Vec::new();
    let mut push = |bytes: &[u8]| {
        if text.try_reserve(bytes.len()).is_ok() {
            text.extend_from_slice(bytes);
        }
    };
    match value.tag {
        tag::INT | tag::FLOAT => push(number_text(value).as_bytes()),
        // SAFETY: the caller vouches for the string.
        _ if value.is_string() => push(unsafe { string::bytes(value) }),
        other => {
            push(b"(error object is a ");
            push(type_name(other).as_bytes());
            push(b" value)");
        }
    }
    text
}
