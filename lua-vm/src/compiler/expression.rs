//! Expression descriptors: where the value of an expression is, or how it will come about.

use lfs_format::function::StringRef;

use crate::number::NumberModel;

/// An instruction's position in its function.
pub(super) type Pc = i32;

/// A list of jumps with the same target, threaded through the jumps themselves; [`NO_JUMP`] ends it.
pub(super) type Jumps = i32;

/// The empty list of jumps.
pub(super) const NO_JUMP: Jumps = -1;

/// What an expression is, as far as code has been generated for it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<N: NumberModel> {
    /// No expression: an empty list.
    Void,
    Nil,
    True,
    False,
    Integer(N::Int),
    Float(N::Float),
    String(StringRef),
    /// A value in a register that is not to be moved to another one without a copy.
    Register(u8),
    /// A local variable, by its register.
    Local(u8),
    Upvalue(u8),
    /// `table[key]`, both in registers.
    Indexed {
        table: u8,
        key: u8,
    },
    /// `table[key]` with a small integer.
    IndexedInteger {
        table: u8,
        key: u8,
    },
    /// `table[key]` with a string constant.
    IndexedField {
        table: u8,
        key: u8,
    },
    /// The same with the table in an upvalue.
    IndexedUpvalue {
        upvalue: u8,
        key: u8,
    },
    /// A comparison: true if the jump at this place is taken.
    Jump(Pc),
    /// An instruction whose register A is still to be chosen.
    Relocatable(Pc),
    /// A call with as many results as will be asked for.
    Call(Pc),
    /// `...` with as many values as will be asked for.
    Vararg(Pc),
}

/// An expression: its value, and the jumps out of its evaluation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expr<N: NumberModel> {
    pub(super) value: Value<N>,
    /// Jumps taken where the expression is true.
    pub(super) when_true: Jumps,
    /// Jumps taken where it is false.
    pub(super) when_false: Jumps,
}

impl<N: NumberModel> Expr<N> {
    pub(super) const VOID: Self = Self::new(Value::Void);

    pub(super) const fn new(value: Value<N>) -> Self {
        Self {
            value,
            when_true: NO_JUMP,
            when_false: NO_JUMP,
        }
    }

    pub(super) fn has_jumps(&self) -> bool {
        self.when_true != self.when_false
    }

    /// Whether evaluating it may give any number of values.
    pub(super) fn is_multiple(&self) -> bool {
        matches!(self.value, Value::Call(_) | Value::Vararg(_))
    }

    /// Whether it can be assigned to.
    pub(super) fn is_variable(&self) -> bool {
        matches!(
            self.value,
            Value::Local(_)
                | Value::Upvalue(_)
                | Value::Indexed { .. }
                | Value::IndexedInteger { .. }
                | Value::IndexedField { .. }
                | Value::IndexedUpvalue { .. }
        )
    }

    /// Whether it is a number known now.
    pub(super) fn is_numeral(&self) -> bool {
        !self.has_jumps() && matches!(self.value, Value::Integer(_) | Value::Float(_))
    }

    /// Whether it is a value known now.
    pub(super) fn is_constant(&self) -> bool {
        self.is_numeral()
            || !self.has_jumps()
                && matches!(
                    self.value,
                    Value::Nil | Value::True | Value::False | Value::String(_)
                )
    }
}
