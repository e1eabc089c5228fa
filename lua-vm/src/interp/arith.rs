//! Arithmetic beyond the interpreter's fast paths: conversions and metamethods (manual sections 3.4.1-3.4.3).

use super::{Lookup, Operand};
use crate::builtin::Event as Metamethod;
use crate::convert;
use crate::frame::Throw;
use crate::number::{LuaFloat, LuaInt, NumberModel};
use crate::object::string;
use crate::object::table::Table;
use crate::state::State;
use crate::value::{Val, tag};

/// An arithmetic or bitwise operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arith {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `/`
    Div,
    /// `//`
    IDiv,
    /// `&`
    BAnd,
    /// `|`
    BOr,
    /// `~`
    BXor,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// unary `-` (both operands are the same)
    Unm,
    /// unary `~` (both operands are the same)
    BNot,
}

impl Arith {
    const fn event(self) -> Metamethod {
        match self {
            Arith::Add => Metamethod::Add,
            Arith::Sub => Metamethod::Sub,
            Arith::Mul => Metamethod::Mul,
            Arith::Mod => Metamethod::Mod,
            Arith::Pow => Metamethod::Pow,
            Arith::Div => Metamethod::Div,
            Arith::IDiv => Metamethod::IDiv,
            Arith::BAnd => Metamethod::BAnd,
            Arith::BOr => Metamethod::BOr,
            Arith::BXor => Metamethod::BXor,
            Arith::Shl => Metamethod::Shl,
            Arith::Shr => Metamethod::Shr,
            Arith::Unm => Metamethod::Unm,
            Arith::BNot => Metamethod::BNot,
        }
    }

    const fn is_bitwise(self) -> bool {
        matches!(
            self,
            Arith::BAnd | Arith::BOr | Arith::BXor | Arith::Shl | Arith::Shr | Arith::BNot
        )
    }

    fn ints<I: LuaInt>(self, a: I, b: I) -> I {
        match self {
            Arith::Add => a.add(b),
            Arith::Sub => a.sub(b),
            Arith::Mul => a.mul(b),
            Arith::Mod => a.floor_mod(b),
            Arith::IDiv => a.floor_div(b),
            Arith::BAnd => a.and(b),
            Arith::BOr => a.or(b),
            Arith::BXor => a.xor(b),
            Arith::Shl => a.shift_left(b),
            Arith::Shr => a.shift_right(b),
            Arith::Unm => a.neg(),
            _ => a.not(),
        }
    }

    #[inline(always)]
    pub(super) fn floats<F: LuaFloat>(self, a: F, b: F) -> F {
        match self {
            Arith::Add => a.add(b),
            Arith::Sub => a.sub(b),
            Arith::Mul => a.mul(b),
            Arith::Mod => a.floor_mod(b),
            Arith::Pow => a.pow(b),
            Arith::Div => a.div(b),
            Arith::IDiv => a.floor_div(b),
            _ => a.neg(),
        }
    }
}

/// Whether `%` of these is the library's formatting where there is nothing to format: an error, as in Lua without it.
/// A metamethod that a program gives to strings is no native function.
///
/// # Safety
/// The values must be live.
unsafe fn formats_nothing<N: NumberModel>(a: &Val<N>, b: &Val<N>, handler: &Val<N>) -> bool {
    let of_strings = a.is_string() || b.is_string();
    // SAFETY: caller.
    let directive = a.is_string() && unsafe { string::bytes(a) }.contains(&b'%');
    of_strings && handler.tag == tag::NATIVE && !directive
}

impl<N: NumberModel> State<N> {
    /// `a op b` for any operands.
    ///
    /// # Safety
    /// Both must be live.
    #[inline(never)]
    pub unsafe fn arith(
        &mut self,
        op: Arith,
        a: Val<N>,
        b: Val<N>,
        operands: [Operand; 2],
    ) -> Result<Lookup<N>, Throw> {
        // SAFETY: caller. A numeral in an arithmetic operation counts as a float, in a bitwise one as an integer.
        unsafe {
            let numbers = (convert::to_number(&a), convert::to_number(&b));
            if let (Some(x), Some(y)) = numbers {
                if op.is_bitwise() {
                    if let (Some(x), Some(y)) = (x.to_int(), y.to_int()) {
                        return Ok(Lookup::Value(Val::int(op.ints(x, y))));
                    }
                } else if a.is_int() && b.is_int() && !matches!(op, Arith::Div | Arith::Pow) {
                    if y.as_int() == N::Int::ZERO && matches!(op, Arith::Mod | Arith::IDiv) {
                        return Err(self.zero_division(op == Arith::Mod));
                    }
                    return Ok(Lookup::Value(Val::int(op.ints(x.as_int(), y.as_int()))));
                } else if let (Some(x), Some(y)) = (x.to_float(), y.to_float()) {
                    return Ok(Lookup::Value(Val::float(op.floats(x, y))));
                }
            }
            let mut handler = self.metamethod(&a, op.event());
            if handler.is_nil() {
                handler = self.metamethod(&b, op.event());
            }
            if handler.is_nil() || op == Arith::Mod && formats_nothing(&a, &b, &handler) {
                return Err(self.arith_error(op.is_bitwise(), &a, &b, operands));
            }
            Ok(Lookup::Call(handler, [a, b]))
        }
    }

    /// The error of an integer division by zero.
    #[cold]
    pub fn zero_division(&mut self, modulo: bool) -> Throw {
        if modulo {
            self.runtime_error(format_args!("attempt to perform 'n%0'"))
        } else {
            self.runtime_error(format_args!("attempt to divide by zero"))
        }
    }

    /// `#value`.
    ///
    /// # Safety
    /// The value must be live.
    #[inline(never)]
    pub unsafe fn length(&mut self, value: Val<N>, operand: Operand) -> Result<Lookup<N>, Throw> {
        // SAFETY: caller.
        unsafe {
            if value.is_string() {
                return Ok(Lookup::Value(Val::int(N::Int::wrap(
                    string::len(&value) as i64
                ))));
            }
            let handler = self.metamethod(&value, Metamethod::Len);
            if !handler.is_nil() {
                return Ok(Lookup::Call(handler, [value, value]));
            }
            if value.tag == tag::TABLE {
                return Ok(Lookup::Value(Val::int(Table::len(
                    value.as_ptr() as *mut Table<N>
                ))));
            }
            Err(self.operand_error("get length of", &value, operand))
        }
    }
}

/// Integer operations of the interpreter loop; `None` where the divisor is zero.
pub mod ints {
    use crate::number::{LuaInt, NumberModel};

    #[inline(always)]
    pub fn add<N: NumberModel>(a: N::Int, b: N::Int) -> Option<N::Int> {
        Some(a.add(b))
    }

    #[inline(always)]
    pub fn sub<N: NumberModel>(a: N::Int, b: N::Int) -> Option<N::Int> {
        Some(a.sub(b))
    }

    #[inline(always)]
    pub fn mul<N: NumberModel>(a: N::Int, b: N::Int) -> Option<N::Int> {
        Some(a.mul(b))
    }

    #[inline(always)]
    pub fn floor_mod<N: NumberModel>(a: N::Int, b: N::Int) -> Option<N::Int> {
        (b != N::Int::ZERO).then(|| a.floor_mod(b))
    }

    #[inline(always)]
    pub fn floor_div<N: NumberModel>(a: N::Int, b: N::Int) -> Option<N::Int> {
        (b != N::Int::ZERO).then(|| a.floor_div(b))
    }
}
