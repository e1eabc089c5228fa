//! Comparisons with metamethods (manual section 3.4.4).

use crate::builtin::Event as Metamethod;
use crate::frame::Throw;
use crate::number::{LuaFloat, NumberModel};
use crate::object::string;
use crate::state::State;
use crate::value::{Val, tag};

/// Whether integer `a` is below (or, with `or_equal`, at) float `b`, exactly.
fn int_below_float<N: NumberModel>(a: N::Int, b: N::Float, or_equal: bool) -> bool {
    if b.is_nan() {
        return false;
    }
    // The float between integers decides as its floor or ceiling does; one out of range by its sign.
    let bound = if or_equal { b.floor() } else { b.ceil() };
    match N::float_to_int(bound) {
        Some(bound) => {
            if or_equal {
                a <= bound
            } else {
                a < bound
            }
        }
        None => !b.is_sign_negative(),
    }
}

/// Whether float `a` is below (or, with `or_equal`, at) integer `b`, exactly.
fn float_below_int<N: NumberModel>(a: N::Float, b: N::Int, or_equal: bool) -> bool {
    if a.is_nan() {
        return false;
    }
    let bound = if or_equal { a.ceil() } else { a.floor() };
    match N::float_to_int(bound) {
        Some(bound) => {
            if or_equal {
                bound <= b
            } else {
                bound < b
            }
        }
        None => a.is_sign_negative(),
    }
}

/// `a < b`, or `a <= b`, of two numbers; `None` if one is not a number.
#[inline]
pub fn numbers_below<N: NumberModel>(a: &Val<N>, b: &Val<N>, or_equal: bool) -> Option<bool> {
    Some(match (a.tag, b.tag) {
        (tag::INT, tag::INT) if or_equal => a.as_int() <= b.as_int(),
        (tag::INT, tag::INT) => a.as_int() < b.as_int(),
        (tag::FLOAT, tag::FLOAT) if or_equal => a.as_float() <= b.as_float(),
        (tag::FLOAT, tag::FLOAT) => a.as_float() < b.as_float(),
        (tag::INT, tag::FLOAT) => int_below_float::<N>(a.as_int(), b.as_float(), or_equal),
        (tag::FLOAT, tag::INT) => float_below_int::<N>(a.as_float(), b.as_int(), or_equal),
        _ => return None,
    })
}

/// Result of a comparison that a metamethod may have to finish.
#[derive(Clone, Copy)]
pub enum Comparison<N: NumberModel> {
    /// Known.
    Known(bool),
    /// Call this function; its result's truth is the answer, negated if so said.
    Call(Val<N>, [Val<N>; 2], bool),
}

impl<N: NumberModel> State<N> {
    /// `a < b`, or `a <= b`.
    ///
    /// # Safety
    /// Both must be live.
    #[inline(never)]
    pub unsafe fn less(
        &mut self,
        a: Val<N>,
        b: Val<N>,
        or_equal: bool,
    ) -> Result<Comparison<N>, Throw> {
        if let Some(known) = numbers_below(&a, &b, or_equal) {
            return Ok(Comparison::Known(known));
        }
        // SAFETY: caller.
        unsafe {
            if a.is_string() && b.is_string() {
                let (a, b) = (string::bytes(&a), string::bytes(&b));
                return Ok(Comparison::Known(if or_equal { a <= b } else { a < b }));
            }
            let event = if or_equal {
                Metamethod::Le
            } else {
                Metamethod::Lt
            };
            if let Some(handler) = self.binary_metamethod(&a, &b, event) {
                return Ok(Comparison::Call(handler, [a, b], false));
            }
            if or_equal && let Some(handler) = self.binary_metamethod(&b, &a, Metamethod::Lt) {
                return Ok(Comparison::Call(handler, [b, a], true));
            }
            Err(self.order_error(&a, &b))
        }
    }

    /// `a == b`.
    ///
    /// # Safety
    /// Both must be live.
    #[inline(never)]
    pub unsafe fn equal(&mut self, a: Val<N>, b: Val<N>) -> Comparison<N> {
        // SAFETY: caller.
        unsafe {
            let same = string::raw_equal(&a, &b);
            if same || a.tag != b.tag || (a.tag != tag::TABLE && a.tag != tag::USERDATA) {
                return Comparison::Known(same);
            }
            match self.binary_metamethod(&a, &b, Metamethod::Eq) {
                Some(handler) => Comparison::Call(handler, [a, b], false),
                None => Comparison::Known(false),
            }
        }
    }

    /// The metamethod of the first operand that has one.
    ///
    /// # Safety
    /// Both must be live.
    pub(super) unsafe fn binary_metamethod(
        &self,
        a: &Val<N>,
        b: &Val<N>,
        event: Metamethod,
    ) -> Option<Val<N>> {
        // SAFETY: caller.
        unsafe {
            let handler = self.metamethod(a, event);
            let handler = if handler.is_nil() {
                self.metamethod(b, event)
            } else {
                handler
            };
            (!handler.is_nil()).then_some(handler)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::{Num32, Num64};

    #[test]
    fn integers_and_floats_compare_exactly() {
        let big = Val::<Num64>::int(i64::MAX);
        let above = Val::<Num64>::float(9_223_372_036_854_775_808.0);
        assert_eq!(numbers_below(&big, &above, false), Some(true));
        assert_eq!(numbers_below(&above, &big, true), Some(false));
        let small = Val::<Num32>::int(16_777_217);
        let near = Val::<Num32>::float(16_777_216.0);
        assert_eq!(numbers_below(&near, &small, false), Some(true));
        assert_eq!(numbers_below(&small, &near, true), Some(false));
    }

    #[test]
    fn nan_is_below_nothing() {
        let nan = Val::<Num64>::float(f64::NAN);
        for other in [Val::int(0), Val::float(0.0), nan] {
            assert_eq!(numbers_below(&nan, &other, true), Some(false));
            assert_eq!(numbers_below(&other, &nan, true), Some(false));
        }
    }
}
