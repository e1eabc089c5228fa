//! The order of values that have one without metamethods: numbers, and strings.

use crate::api::Value;
use crate::number::{LuaFloat, NumberModel};

/// Whether `a < b` by value, for two numbers of any kinds.
#[inline]
fn less_int_float<N: NumberModel>(int: N::Int, float: N::Float) -> bool {
    // int < float exactly if int < ceil(float); a float beyond the integers is above all or below all.
    match N::float_to_int(float.ceil()) {
        Some(bound) => int < bound,
        None => float > N::Float::ZERO,
    }
}

#[inline]
fn less_float_int<N: NumberModel>(float: N::Float, int: N::Int) -> bool {
    match N::float_to_int(float.floor()) {
        Some(bound) => bound < int,
        None => float < N::Float::ZERO,
    }
}

/// `a < b`, `None` if that takes a metamethod (or is an error).
#[inline]
pub(crate) fn less<N: NumberModel>(a: Value<'_, N>, b: Value<'_, N>) -> Option<bool> {
    Some(match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a < b,
        (Value::Number(a), Value::Number(b)) => a < b,
        (Value::Integer(a), Value::Number(b)) => less_int_float::<N>(a, b),
        (Value::Number(a), Value::Integer(b)) => less_float_int::<N>(a, b),
        (Value::String(a), Value::String(b)) => a.as_bytes() < b.as_bytes(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{Num32, Num64};

    #[test]
    fn integers_and_floats_compare_exactly() {
        let less = |a: i64, b: f64| super::less::<Num64>(Value::Integer(a), Value::Number(b));
        assert_eq!(less(i64::MAX, 9_223_372_036_854_775_808.0), Some(true));
        assert_eq!(less(i64::MAX - 1, 9_223_372_036_854_774_784.0), Some(false));
        assert_eq!(less(3, 3.5), Some(true));
        assert_eq!(less(4, 3.5), Some(false));
        assert_eq!(less(1, f64::NAN), Some(false));
        assert_eq!(less(i64::MIN, f64::NEG_INFINITY), Some(false));
        let greater = |a: f64, b: i64| super::less::<Num64>(Value::Number(a), Value::Integer(b));
        assert_eq!(greater(f64::NEG_INFINITY, i64::MIN), Some(true));
        assert_eq!(greater(f64::NAN, 1), Some(false));
        assert_eq!(greater(-3.5, -3), Some(true));
        assert_eq!(greater(-3.0, -3), Some(false));
    }

    #[test]
    fn other_types_have_no_order_of_their_own() {
        assert_eq!(less::<Num32>(Value::Nil, Value::Nil), None);
        assert_eq!(less::<Num32>(Value::Integer(1), Value::Boolean(true)), None);
    }
}
