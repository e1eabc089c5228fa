//! Values: bringing constants and expressions to registers, reading and writing variables.

use lfs_format::function::{self as format, StringRef};
use lfs_format::isa::{Instruction, Op};

use super::Compiler;
use super::code::with_a;
use super::constants::hash_number;
use super::error::Outcome;
use super::expression::{Expr, NO_JUMP, Value};
use crate::number::{LuaFloat, LuaInt, NumberModel};

/// Constants that an operand of 8 bits can name.
const OPERANDS: usize = 1 << u8::BITS;

impl<N: NumberModel> Compiler<'_, N> {
    // Constants.

    /// Number of a string constant. `None`: it is not below `bound`, or would not be when added.
    #[inline(never)]
    fn string_constant(&mut self, string: StringRef, bound: usize) -> Outcome<Option<usize>> {
        let base = self.function.strings;
        let sink = &self.sink;
        let hash = |string| rostrings::hash(sink.text(string));
        let index = match self.strings.find(base, string, hash) {
            Some(index) => index,
            None if self.strings.len() - base >= bound => return Ok(None),
            None => self.strings.add(base, string, hash)?,
        };
        Ok((index < bound).then_some(index))
    }

    /// Number of a number constant. `None`: it is not below `bound`, or would not be when added.
    #[inline(never)]
    fn number_constant(&mut self, bits: u64, bound: usize) -> Outcome<Option<usize>> {
        let base = self.function.numbers;
        let index = match self.numbers.find(base, bits, hash_number) {
            Some(index) => index,
            None if self.numbers.len() - base >= bound => return Ok(None),
            None => self.numbers.add(base, bits, hash_number)?,
        };
        Ok((index < bound).then_some(index))
    }

    /// A string constant as an operand of 8 bits, if there is room for it among those.
    pub(super) fn string_operand(&mut self, string: StringRef) -> Outcome<Option<u8>> {
        let index = self.string_constant(string, OPERANDS)?;
        Ok(index.map(|index| index as u8))
    }

    /// A number constant as an operand of 8 bits, if there is room for it among those.
    pub(super) fn number_operand(&mut self, bits: u64) -> Outcome<Option<u8>> {
        let index = self.number_constant(bits, OPERANDS)?;
        Ok(index.map(|index| index as u8))
    }

    fn load_string(&mut self, register: u8, string: StringRef) -> Outcome<()> {
        let Some(index) = self.string_constant(string, format::MAX_REFERENCES)? else {
            return Err(self.limit_error("constants", format::MAX_REFERENCES));
        };
        self.emit(Instruction::abx(Op::LoadKS, register, index as u16))?;
        Ok(())
    }

    fn load_number(&mut self, op: Op, register: u8, bits: u64) -> Outcome<()> {
        let Some(index) = self.number_constant(bits, format::MAX_NUMBERS)? else {
            return Err(self.limit_error("constants", format::MAX_NUMBERS));
        };
        match u16::try_from(index) {
            Ok(index) => {
                self.emit(Instruction::abx(op, register, index))?;
            }
            Err(_) => {
                let kind = if op == Op::LoadKI { 1 } else { 2 };
                self.emit_abc(Op::LoadX, register, kind, 0)?;
                self.emit(Instruction::ax(Op::ExtraArg, index as u32))?;
            }
        }
        Ok(())
    }

    /// Whether any constant can be loaded by one instruction.
    pub(super) fn loads_in_one(&self) -> bool {
        self.numbers.items(self.function.numbers).len() <= usize::from(u16::MAX)
    }

    fn load_integer(&mut self, register: u8, value: N::Int) -> Outcome<()> {
        match i16::try_from(value.widen()) {
            Ok(small) => {
                self.emit(Instruction::asbx(Op::LoadI, register, small))?;
                Ok(())
            }
            Err(_) => self.load_number(Op::LoadKI, register, value.bits()),
        }
    }

    fn load_float(&mut self, register: u8, value: N::Float) -> Outcome<()> {
        let small = N::float_to_int(value).and_then(|int| i16::try_from(int.widen()).ok());
        match small {
            // Zero may be -0.0, which an integer cannot say.
            Some(small) if small != 0 || !value.is_sign_negative() => {
                self.emit(Instruction::asbx(Op::LoadF, register, small))?;
                Ok(())
            }
            _ => self.load_number(Op::LoadKF, register, value.raw_bits()),
        }
    }

    /// Sets registers to nil; joins with an instruction before that does the same to neighbours.
    pub(super) fn load_nil(&mut self, from: u8, count: u8) -> Outcome<()> {
        let end = from + count;
        if let Some(last) = self.previous()
            && last.op() == Some(Op::LoadNil)
        {
            let (first, behind) = (last.a(), last.a() + last.b() + 1);
            if first <= end && from <= behind {
                let first = first.min(from);
                let extent = behind.max(end) - first - 1;
                let joined = Instruction::abc(Op::LoadNil, first, extent, 0);
                self.set(self.pc() - 1, joined);
                return Ok(());
            }
        }
        self.emit_abc(Op::LoadNil, from, count - 1, 0)?;
        Ok(())
    }

    // Expressions to registers.

    /// Sets the number of values of a call or `...`: any number if `count` is `None`.
    pub(super) fn set_results(&mut self, e: &Expr<N>, count: Option<usize>) -> Outcome<()> {
        // A call's results begin at its own register, which is in use; those of `...` at the next one.
        let taken = usize::from(matches!(e.value, Value::Call(_)));
        let field = match count {
            None => 0,
            Some(count) => {
                self.check_registers(count.saturating_sub(taken))?;
                count as u8 + 1
            }
        };
        match e.value {
            Value::Call(pc) => {
                let word = self.at(pc);
                self.set(pc, Instruction::abc(Op::Call, word.a(), word.b(), field));
            }
            Value::Vararg(pc) => {
                let register = self.function.free;
                self.set(pc, Instruction::abc(Op::VarArg, register, 0, field));
                self.reserve(1)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Makes a call or `...` give one value.
    pub(super) fn set_one_result(&mut self, e: &mut Expr<N>) {
        match e.value {
            // A call is emitted with one result, at its own register.
            Value::Call(pc) => e.value = Value::Register(self.at(pc).a()),
            Value::Vararg(pc) => {
                self.set(pc, Instruction::abc(Op::VarArg, 0, 0, 2));
                e.value = Value::Relocatable(pc);
            }
            _ => {}
        }
    }

    /// Makes a variable a value: emits the instruction that reads it.
    #[inline(never)]
    pub(super) fn discharge(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        let (op, b, c) = match e.value {
            Value::Local(register) => {
                e.value = Value::Register(register);
                return Ok(());
            }
            Value::Upvalue(upvalue) => (Op::GetUpval, upvalue, 0),
            Value::IndexedUpvalue { upvalue, key } => (Op::GetTabUp, upvalue, key),
            Value::IndexedField { table, key } => {
                self.free_register(table);
                (Op::GetField, table, key)
            }
            Value::IndexedInteger { table, key } => {
                self.free_register(table);
                (Op::GetI, table, key)
            }
            Value::Indexed { table, key } => {
                self.free_registers(table, key);
                (Op::GetTable, table, key)
            }
            Value::Call(_) | Value::Vararg(_) => {
                self.set_one_result(e);
                return Ok(());
            }
            _ => return Ok(()),
        };
        e.value = Value::Relocatable(self.emit_abc(op, 0, b, c)?);
        Ok(())
    }

    /// Brings the value (jumps aside) to a register.
    pub(super) fn discharge_to(&mut self, e: &mut Expr<N>, register: u8) -> Outcome<()> {
        self.discharge(e)?;
        match e.value {
            Value::Nil => self.load_nil(register, 1)?,
            Value::False => {
                self.emit_abc(Op::LoadFalse, register, 0, 0)?;
            }
            Value::True => {
                self.emit_abc(Op::LoadTrue, register, 0, 0)?;
            }
            Value::Integer(value) => self.load_integer(register, value)?,
            Value::Float(value) => self.load_float(register, value)?,
            Value::String(string) => self.load_string(register, string)?,
            Value::Relocatable(pc) => {
                self.set(pc, with_a(self.at(pc), register));
            }
            Value::Register(source) => {
                if source != register {
                    self.emit_abc(Op::Move, register, source, 0)?;
                }
            }
            _ => return Ok(()),
        }
        e.value = Value::Register(register);
        Ok(())
    }

    /// Brings the value (jumps aside) to some register.
    pub(super) fn discharge_to_any(&mut self, e: &mut Expr<N>) -> Outcome<u8> {
        if let Value::Register(register) = e.value {
            return Ok(register);
        }
        self.reserve(1)?;
        let register = self.function.free - 1;
        self.discharge_to(e, register)?;
        Ok(register)
    }

    /// Brings an expression to a register, jumps included.
    pub(super) fn put_in(&mut self, e: &mut Expr<N>, register: u8) -> Outcome<()> {
        self.discharge_to(e, register)?;
        if let Value::Jump(pc) = e.value {
            self.prepend_jump(pc, &mut e.when_true)?;
        }
        if e.has_jumps() {
            let mut load_false = NO_JUMP;
            let mut load_true = NO_JUMP;
            if self.lacks_value(e.when_true) || self.lacks_value(e.when_false) {
                let over = if let Value::Jump(_) = e.value {
                    NO_JUMP
                } else {
                    self.jump()?
                };
                self.mark_target();
                load_false = self.emit_abc(Op::LFalseSkip, register, 0, 0)?;
                self.mark_target();
                load_true = self.emit_abc(Op::LoadTrue, register, 0, 0)?;
                self.patch_here(over)?;
            }
            let end = self.mark_target();
            self.patch(e.when_false, end, register, load_false)?;
            self.patch(e.when_true, end, register, load_true)?;
        }
        *e = Expr::new(Value::Register(register));
        Ok(())
    }

    /// Brings an expression to the next free register.
    #[inline(never)]
    pub(super) fn put_next(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        self.discharge(e)?;
        self.free_expr(e);
        self.reserve(1)?;
        self.put_in(e, self.function.free - 1)
    }

    /// Brings an expression to a register, its own if it has one.
    #[inline(never)]
    pub(super) fn put_any(&mut self, e: &mut Expr<N>) -> Outcome<u8> {
        self.discharge(e)?;
        if let Value::Register(register) = e.value {
            if !e.has_jumps() {
                return Ok(register);
            }
            // A local variable must keep its value whatever the jumps bring.
            if register >= self.function.active_count {
                self.put_in(e, register)?;
                return Ok(register);
            }
        }
        self.put_next(e)?;
        Ok(self.function.free - 1)
    }

    /// Makes an expression a value: a constant, a register or a relocatable instruction.
    #[inline(never)]
    pub(super) fn put_value(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        if e.has_jumps() {
            self.put_any(e)?;
            return Ok(());
        }
        self.discharge(e)
    }

    // Tables.

    /// Makes `table[key]` out of a table (a register or an upvalue) and a key.
    #[inline(never)]
    pub(super) fn index(&mut self, table: &mut Expr<N>, key: &mut Expr<N>) -> Outcome<()> {
        let field = match key.value {
            Value::String(name) if !key.has_jumps() => self.field_operand(name)?,
            _ => None,
        };
        if let (Value::Upvalue(upvalue), Some(key)) = (table.value, field) {
            table.value = Value::IndexedUpvalue { upvalue, key };
            return Ok(());
        }
        // The key may sit in a register already; then the table was brought to one before it.
        let register = match table.value {
            Value::Local(register) => register,
            _ => self.put_any(table)?,
        };
        table.value = match (field, key.value) {
            (Some(key), _) => Value::IndexedField {
                table: register,
                key,
            },
            (None, Value::Integer(value))
                if !key.has_jumps() && (0..=0xff).contains(&value.widen()) =>
            {
                Value::IndexedInteger {
                    table: register,
                    key: value.widen() as u8,
                }
            }
            _ => Value::Indexed {
                table: register,
                key: self.put_any(key)?,
            },
        };
        Ok(())
    }

    /// A field name as an operand: only short strings among the first 256 constants can be one.
    pub(super) fn field_operand(&mut self, name: StringRef) -> Outcome<Option<u8>> {
        if self.sink.text(name).len() > rostrings::MAX_SHORT {
            return Ok(None);
        }
        self.string_operand(name)
    }

    /// Stores a value into a variable.
    #[inline(never)]
    pub(super) fn store(&mut self, variable: &Expr<N>, value: &mut Expr<N>) -> Outcome<()> {
        if let Value::Local(register) = variable.value {
            self.free_expr(value);
            return self.put_in(value, register);
        }
        let source = self.put_any(value)?;
        match variable.value {
            Value::Upvalue(upvalue) => {
                let name = self.function.upvalue_names.get(upvalue as usize).copied();
                self.function.assigns_env |= name == Some(Some(self.env));
                self.emit_abc(Op::SetUpval, source, upvalue, 0)?
            }
            Value::IndexedUpvalue { upvalue, key } => {
                self.emit_abc(Op::SetTabUp, upvalue, key, source)?
            }
            Value::IndexedField { table, key } => {
                self.emit_abc(Op::SetField, table, key, source)?
            }
            Value::IndexedInteger { table, key } => self.emit_abc(Op::SetI, table, key, source)?,
            Value::Indexed { table, key } => self.emit_abc(Op::SetTable, table, key, source)?,
            _ => return Ok(()),
        };
        self.free_expr(value);
        Ok(())
    }

    /// Prepares a method call: the method in a register, the object in the next.
    #[inline(never)]
    pub(super) fn method(&mut self, object: &mut Expr<N>, name: StringRef) -> Outcome<()> {
        let source = self.put_any(object)?;
        self.free_expr(object);
        let base = self.function.free;
        match self.field_operand(name)? {
            Some(key) => {
                self.reserve(2)?;
                self.emit_abc(Op::SelfK, base, source, key)?;
            }
            None => {
                // The name lies above both results, so that writing one cannot destroy it.
                self.reserve(3)?;
                self.load_string(base + 2, name)?;
                self.emit_abc(Op::SelfR, base, source, base + 2)?;
                self.function.free -= 1;
            }
        }
        object.value = Value::Register(base);
        Ok(())
    }
}
