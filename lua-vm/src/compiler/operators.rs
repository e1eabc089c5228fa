//! Operators: precedence, constant folding, and the choice of the special instruction forms.
//!
//! Code in flash cannot be improved at run time, so the form that fits the operands is chosen here.

use lfs_format::isa::{Instruction, Op};

use super::Compiler;
use super::error::Outcome;
use super::expression::{Expr, Value};
use super::token::Kind;
use crate::number::{LuaFloat, LuaInt, Number, NumberModel};

/// A binary operator. The arithmetic ones come first, in the order of their instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    Mod,
    Pow,
    Div,
    IDiv,
    BAnd,
    BOr,
    BXor,
    Shl,
    Shr,
    Concat,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
}

/// A unary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Minus,
    Complement,
    Not,
    Length,
}

/// Binding power of the unary operators.
pub(super) const UNARY_PRIORITY: u8 = 12;

/// Arithmetic between registers, by operator.
const REGISTERS: [Op; 12] = [
    Op::Add,
    Op::Sub,
    Op::Mul,
    Op::Mod,
    Op::Pow,
    Op::Div,
    Op::IDiv,
    Op::BAnd,
    Op::BOr,
    Op::BXor,
    Op::Shl,
    Op::Shr,
];

/// Arithmetic with an integer constant on the right, by operator.
const INTEGERS: [Op; 10] = [
    Op::AddKI,
    Op::SubKI,
    Op::MulKI,
    Op::ModKI,
    Op::PowKI,
    Op::DivKI,
    Op::IDivKI,
    Op::BAndKI,
    Op::BOrKI,
    Op::BXorKI,
];

/// Arithmetic with a float constant on the right, by operator.
const FLOATS: [Op; 7] = [
    Op::AddKF,
    Op::SubKF,
    Op::MulKF,
    Op::ModKF,
    Op::PowKF,
    Op::DivKF,
    Op::IDivKF,
];

impl Binary {
    pub(super) fn from_token(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Char(b'+') => Self::Add,
            Kind::Char(b'-') => Self::Sub,
            Kind::Char(b'*') => Self::Mul,
            Kind::Char(b'%') => Self::Mod,
            Kind::Char(b'^') => Self::Pow,
            Kind::Char(b'/') => Self::Div,
            Kind::FloorDivide => Self::IDiv,
            Kind::Char(b'&') => Self::BAnd,
            Kind::Char(b'|') => Self::BOr,
            Kind::Char(b'~') => Self::BXor,
            Kind::ShiftLeft => Self::Shl,
            Kind::ShiftRight => Self::Shr,
            Kind::Concat => Self::Concat,
            Kind::Equal => Self::Eq,
            Kind::NotEqual => Self::Ne,
            Kind::Char(b'<') => Self::Lt,
            Kind::LessEqual => Self::Le,
            Kind::Char(b'>') => Self::Gt,
            Kind::GreaterEqual => Self::Ge,
            Kind::And => Self::And,
            Kind::Or => Self::Or,
            _ => return None,
        })
    }

    /// How strongly the operator binds what is on its left and on its right; where the right is the weaker,
    /// it associates to the right.
    pub(super) const fn priorities(self) -> (u8, u8) {
        match self {
            Self::Or => (1, 1),
            Self::And => (2, 2),
            Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => (3, 3),
            Self::BOr => (4, 4),
            Self::BXor => (5, 5),
            Self::BAnd => (6, 6),
            Self::Shl | Self::Shr => (7, 7),
            Self::Concat => (9, 8),
            Self::Add | Self::Sub => (10, 10),
            Self::Mul | Self::Div | Self::IDiv | Self::Mod => (11, 11),
            Self::Pow => (14, 13),
        }
    }
}

impl Unary {
    pub(super) fn from_token(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Not => Self::Not,
            Kind::Char(b'-') => Self::Minus,
            Kind::Char(b'~') => Self::Complement,
            Kind::Char(b'#') => Self::Length,
            _ => return None,
        })
    }
}

fn to_float<N: NumberModel>(number: Number<N>) -> N::Float {
    match number {
        Number::Int(value) => N::int_to_float(value),
        Number::Float(value) => value,
    }
}

fn to_integer<N: NumberModel>(number: Number<N>) -> Option<N::Int> {
    match number {
        Number::Int(value) => Some(value),
        Number::Float(value) => N::float_to_int(value),
    }
}

/// The result of an operation on two numbers, where it may be computed before the program runs: not what is
/// an error, and neither NaN nor a float zero (whose sign and identity a constant table would lose).
fn fold<N: NumberModel>(op: Binary, left: Number<N>, right: Number<N>) -> Option<Number<N>> {
    if let Binary::BAnd | Binary::BOr | Binary::BXor | Binary::Shl | Binary::Shr = op {
        let (left, right) = (to_integer(left)?, to_integer(right)?);
        return Some(Number::Int(match op {
            Binary::BAnd => left.and(right),
            Binary::BOr => left.or(right),
            Binary::BXor => left.xor(right),
            Binary::Shl => left.shift_left(right),
            _ => left.shift_right(right),
        }));
    }
    let divides = matches!(op, Binary::Div | Binary::IDiv | Binary::Mod);
    if divides && to_float(right) == N::Float::ZERO {
        return None;
    }
    if let (Number::Int(left), Number::Int(right)) = (left, right) {
        let result = match op {
            Binary::Add => Some(left.add(right)),
            Binary::Sub => Some(left.sub(right)),
            Binary::Mul => Some(left.mul(right)),
            Binary::Mod => Some(left.floor_mod(right)),
            Binary::IDiv => Some(left.floor_div(right)),
            _ => None,
        };
        if let Some(result) = result {
            return Some(Number::Int(result));
        }
    }
    let (left, right) = (to_float(left), to_float(right));
    let result = match op {
        Binary::Add => left.add(right),
        Binary::Sub => left.sub(right),
        Binary::Mul => left.mul(right),
        Binary::Mod => left.floor_mod(right),
        Binary::Pow => left.pow(right),
        Binary::Div => left.div(right),
        Binary::IDiv => left.floor_div(right),
        _ => return None,
    };
    (!result.is_nan() && result != N::Float::ZERO).then_some(Number::Float(result))
}

impl<N: NumberModel> Compiler<'_, N> {
    /// Applies a unary operator to an expression.
    #[inline(never)]
    pub(super) fn unary(&mut self, op: Unary, e: &mut Expr<N>, line: u32) -> Outcome<()> {
        let op = match op {
            Unary::Not => return self.not(e),
            Unary::Minus => {
                let folded = match self.numeral(e) {
                    Some(Number::Int(value)) => Some(Number::Int(value.neg())),
                    Some(Number::Float(value)) if value != N::Float::ZERO => {
                        Some(Number::Float(value.neg()))
                    }
                    _ => None,
                };
                if set_number(e, folded) {
                    return Ok(());
                }
                Op::Unm
            }
            Unary::Complement => {
                let folded = self.numeral(e).and_then(to_integer).map(LuaInt::not);
                if set_number(e, folded.map(Number::Int)) {
                    return Ok(());
                }
                Op::BNot
            }
            Unary::Length => Op::Len,
        };
        let source = self.put_any(e)?;
        self.free_expr(e);
        e.value = Value::Relocatable(self.emit_abc(op, 0, source, 0)?);
        self.fix_line(line);
        Ok(())
    }

    fn not(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        self.discharge(e)?;
        match e.value {
            Value::Nil | Value::False => e.value = Value::True,
            Value::True | Value::Integer(_) | Value::Float(_) | Value::String(_) => {
                e.value = Value::False;
            }
            Value::Jump(pc) => self.negate(pc),
            _ => {
                let source = self.discharge_to_any(e)?;
                self.free_expr(&Expr::new(Value::Register(source)));
                e.value = Value::Relocatable(self.emit_abc(Op::Not, 0, source, 0)?);
            }
        }
        core::mem::swap(&mut e.when_true, &mut e.when_false);
        // What the jumps brought is no longer the value of the expression.
        self.drop_values(e.when_true);
        self.drop_values(e.when_false);
        Ok(())
    }

    fn numeral(&self, e: &Expr<N>) -> Option<Number<N>> {
        match e.value {
            _ if e.has_jumps() => None,
            Value::Integer(value) => Some(Number::Int(value)),
            Value::Float(value) => Some(Number::Float(value)),
            _ => None,
        }
    }

    /// Prepares the left operand, before the right one is read.
    #[inline(never)]
    pub(super) fn left_operand(&mut self, op: Binary, e: &mut Expr<N>) -> Outcome<()> {
        let stays = match op {
            Binary::And => return self.go_if_true(e),
            Binary::Or => return self.go_if_false(e),
            Binary::Concat => return self.put_next(e),
            Binary::Eq | Binary::Ne => e.is_constant(),
            Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge => immediate(e).is_some(),
            _ => e.is_numeral(),
        };
        if !stays {
            self.put_any(e)?;
        }
        Ok(())
    }

    /// Applies a binary operator, when both operands have been read; the result is in `left`.
    #[inline(never)]
    pub(super) fn binary(
        &mut self,
        op: Binary,
        left: &mut Expr<N>,
        right: &mut Expr<N>,
        line: u32,
    ) -> Outcome<()> {
        match op {
            Binary::And => {
                self.discharge(right)?;
                self.append_jumps(&mut right.when_false, left.when_false)?;
                *left = *right;
            }
            Binary::Or => {
                self.discharge(right)?;
                self.append_jumps(&mut right.when_true, left.when_true)?;
                *left = *right;
            }
            Binary::Concat => self.concat(left, right, line)?,
            Binary::Eq | Binary::Ne => self.equality(op, left, right)?,
            Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge => self.order(op, left, right)?,
            _ => {
                let folded = match (self.numeral(left), self.numeral(right)) {
                    (Some(left), Some(right)) => fold(op, left, right),
                    _ => None,
                };
                if !set_number(left, folded) {
                    self.arithmetic(op, left, right, line)?;
                }
            }
        }
        Ok(())
    }

    /// `..` associates to the right: the operands of a chain are in neighbouring registers, and one
    /// instruction joins them all.
    fn concat(&mut self, left: &mut Expr<N>, right: &mut Expr<N>, line: u32) -> Outcome<()> {
        self.put_next(right)?;
        self.free_expr(right);
        let Value::Register(first) = left.value else {
            return Ok(());
        };
        if let Some(last) = self.previous()
            && last.op() == Some(Op::Concat)
            && last.a() == first + 1
        {
            let joined = Instruction::abc(Op::Concat, first, last.b() + 1, 0);
            self.set(self.pc() - 1, joined);
            return Ok(());
        }
        self.emit_abc(Op::Concat, first, 2, 0)?;
        self.fix_line(line);
        Ok(())
    }

    fn arithmetic(
        &mut self,
        op: Binary,
        left: &mut Expr<N>,
        right: &mut Expr<N>,
        line: u32,
    ) -> Outcome<()> {
        let (op, source, c) = if let Some((op, c)) = self.right_form(op, right)? {
            (op, self.put_any(left)?, c)
        } else if let Some((op, c)) = self.left_form(op, left)? {
            (op, self.put_any(right)?, c)
        } else {
            // The right operand first: the left one may be a constant that needs a register only now.
            let c = self.put_any(right)?;
            let op = REGISTERS.get(op as usize).copied().unwrap_or(Op::Add);
            (op, self.put_any(left)?, c)
        };
        self.free_exprs(left, right);
        let pc = self.emit_abc(op, 0, source, c)?;
        *left = Expr::new(Value::Relocatable(pc));
        self.fix_line(line);
        Ok(())
    }

    /// The instruction for a right operand that is a number, and its operand C.
    fn right_form(&mut self, op: Binary, right: &Expr<N>) -> Outcome<Option<(Op, u8)>> {
        let small = match op {
            Binary::Add => Some(Op::AddI),
            Binary::Sub => Some(Op::SubI),
            Binary::Shl => Some(Op::ShlI),
            Binary::Shr => Some(Op::ShrI),
            _ => None,
        };
        if let (Some(op), Some(value)) = (small, immediate(right)) {
            return Ok(Some((op, value)));
        }
        let (forms, bits) = match self.numeral(right) {
            Some(Number::Int(value)) => (INTEGERS.as_slice(), value.bits()),
            Some(Number::Float(value)) => (FLOATS.as_slice(), value.raw_bits()),
            None => return Ok(None),
        };
        let Some(&op) = forms.get(op as usize) else {
            return Ok(None);
        };
        Ok(self.number_operand(bits)?.map(|index| (op, index)))
    }

    /// The instruction for a left operand that is a number, and its operand C. The operands keep their sides:
    /// metamethods can tell.
    fn left_form(&mut self, op: Binary, left: &Expr<N>) -> Outcome<Option<(Op, u8)>> {
        if op == Binary::Add
            && let Some(value) = immediate(left)
        {
            return Ok(Some((Op::RAddI, value)));
        }
        let (op, bits) = match (op, self.numeral(left)) {
            (Binary::Add, Some(Number::Int(value))) => (Op::RAddKI, value.bits()),
            (Binary::Mul, Some(Number::Int(value))) => (Op::RMulKI, value.bits()),
            (Binary::Add, Some(Number::Float(value))) => (Op::RAddKF, value.raw_bits()),
            (Binary::Mul, Some(Number::Float(value))) => (Op::RMulKF, value.raw_bits()),
            _ => return Ok(None),
        };
        Ok(self.number_operand(bits)?.map(|index| (op, index)))
    }

    fn equality(&mut self, op: Binary, left: &mut Expr<N>, right: &mut Expr<N>) -> Outcome<()> {
        if left.is_constant() {
            // Constants have no metamethods that could tell the sides.
            core::mem::swap(left, right);
        }
        let source = self.put_any(left)?;
        let (test, operand) = match self.equality_form(right)? {
            Some(form) => form,
            None => (Op::Eq, self.put_any(right)?),
        };
        self.free_exprs(left, right);
        self.condition(left, test, source, operand, op == Binary::Eq)
    }

    /// The comparison for equality with a constant, and its operand B.
    fn equality_form(&mut self, e: &Expr<N>) -> Outcome<Option<(Op, u8)>> {
        if e.has_jumps() {
            return Ok(None);
        }
        if let Some(value) = immediate(e) {
            return Ok(Some((Op::EqI, value)));
        }
        let (op, operand) = match e.value {
            Value::Nil => (Op::EqP, Some(0)),
            Value::False => (Op::EqP, Some(1)),
            Value::True => (Op::EqP, Some(2)),
            Value::Integer(value) => (Op::EqKI, self.number_operand(value.bits())?),
            Value::Float(value) => (Op::EqKF, self.number_operand(value.raw_bits())?),
            Value::String(string) => (Op::EqKS, self.string_operand(string)?),
            _ => return Ok(None),
        };
        Ok(operand.map(|operand| (op, operand)))
    }

    fn order(&mut self, op: Binary, left: &mut Expr<N>, right: &mut Expr<N>) -> Outcome<()> {
        let (test, a, b) = if let Some(value) = immediate(right) {
            let test = match op {
                Binary::Lt => Op::LtI,
                Binary::Le => Op::LeI,
                Binary::Gt => Op::GtI,
                _ => Op::GeI,
            };
            (test, self.put_any(left)?, value)
        } else if let Some(value) = immediate(left) {
            let test = match op {
                Binary::Lt => Op::GtI,
                Binary::Le => Op::GeI,
                Binary::Gt => Op::LtI,
                _ => Op::LeI,
            };
            (test, self.put_any(right)?, value)
        } else {
            let right = self.put_any(right)?;
            let left = self.put_any(left)?;
            match op {
                Binary::Lt => (Op::Lt, left, right),
                Binary::Le => (Op::Le, left, right),
                Binary::Gt => (Op::Lt, right, left),
                _ => (Op::Le, right, left),
            }
        };
        self.free_exprs(left, right);
        self.condition(left, test, a, b, true)
    }

    /// Emits a comparison and its jump.
    fn condition(&mut self, e: &mut Expr<N>, op: Op, a: u8, b: u8, wanted: bool) -> Outcome<()> {
        self.emit_abc(op, a, b, u8::from(wanted))?;
        let jump = self.jump()?;
        *e = Expr::new(Value::Jump(jump));
        Ok(())
    }
}

/// Replaces an expression by a number, if there is one.
fn set_number<N: NumberModel>(e: &mut Expr<N>, number: Option<Number<N>>) -> bool {
    let value = match number {
        Some(Number::Int(value)) => Value::Integer(value),
        Some(Number::Float(value)) => Value::Float(value),
        None => return false,
    };
    *e = Expr::new(value);
    true
}

/// The bits of a signed byte if an expression is an integer constant of that range.
fn immediate<N: NumberModel>(e: &Expr<N>) -> Option<u8> {
    match e.value {
        Value::Integer(value) if !e.has_jumps() => {
            i8::try_from(value.widen()).ok().map(|value| value as u8)
        }
        _ => None,
    }
}
