//! Emission: instructions, jumps, registers, and bringing expressions to registers.

use lfs_format::function::{self as format, Sink};
use lfs_format::isa::{Instruction, MAX_FRAME, Op};

use super::Compiler;
use super::constants::hash_number;
use super::error::{Outcome, push};
use super::expression::{Expr, Jumps, NO_JUMP, Pc, Value};
use super::lexer::Near;
use crate::number::{LuaFloat, LuaInt, NumberModel};

/// Stands for "no register" while the target of a `TESTSET` is open.
const NO_REGISTER: u8 = u8::MAX;

/// Whether a jump offset fits its 24 bits.
pub(super) fn fits_jump(offset: i32) -> bool {
    offset << 8 >> 8 == offset
}

impl<N: NumberModel, S: Sink> Compiler<'_, N, S> {
    /// Position of the next instruction.
    pub(super) fn pc(&self) -> Pc {
        (self.code.len() - self.function.code) as Pc
    }

    /// The instruction at a position.
    pub(super) fn at(&self, pc: Pc) -> Instruction {
        let word = self.code.get(self.function.code.wrapping_add(pc as usize));
        Instruction(word.copied().unwrap_or(u32::MAX))
    }

    /// Replaces the instruction at a position.
    pub(super) fn set(&mut self, pc: Pc, instruction: Instruction) {
        if let Some(word) = self.code.get_mut(self.function.code + pc as usize) {
            *word = instruction.0;
        }
    }

    /// Appends an instruction; it belongs to the line of the last token taken.
    pub(super) fn emit(&mut self, instruction: Instruction) -> Outcome<Pc> {
        let pc = self.pc();
        if pc as usize >= format::MAX_CODE {
            return Err(self.limit_error("instructions", format::MAX_CODE));
        }
        push(&mut self.code, instruction.0)?;
        push(&mut self.lines, self.last_line)?;
        Ok(pc)
    }

    pub(super) fn emit_abc(&mut self, op: Op, a: u8, b: u8, c: u8) -> Outcome<Pc> {
        self.emit(Instruction::abc(op, a, b, c))
    }

    /// Takes the last instruction back.
    fn retract(&mut self) {
        self.code.pop();
        self.lines.pop();
    }

    /// Changes the line of the last instruction.
    pub(super) fn fix_line(&mut self, line: u32) {
        if let Some(last) = self.lines.last_mut() {
            *last = line;
        }
    }

    /// The last instruction, unless a jump may lead behind it: then it is not known to be what runs before.
    pub(super) fn previous(&self) -> Option<Instruction> {
        let pc = self.pc();
        (pc > 0 && self.function.last_target != pc).then(|| self.at(pc - 1))
    }

    /// Whether control cannot get here.
    pub(super) fn is_unreachable(&self) -> bool {
        let Some(last) = self.previous() else {
            return false;
        };
        match last.op() {
            Some(Op::Return | Op::Return0 | Op::Return1) => true,
            Some(Op::Jmp) => {
                let before = self.at(self.pc() - 2);
                self.pc() == 1 || !before.op().is_some_and(Op::is_conditional)
            }
            _ => false,
        }
    }

    // Registers.

    /// Makes sure that this many registers are there above those in use.
    pub(super) fn check_registers(&mut self, count: usize) -> Outcome<()> {
        let size = self.function.free as usize + count;
        if size > MAX_FRAME {
            let what = format_args!("function or expression needs too many registers");
            return Err(self.lexer.fail(what, Near::Token(self.token.kind)));
        }
        self.function.frame_size = self.function.frame_size.max(size as u8);
        Ok(())
    }

    /// Takes registers.
    pub(super) fn reserve(&mut self, count: usize) -> Outcome<()> {
        self.check_registers(count)?;
        self.function.free += count as u8;
        Ok(())
    }

    fn free_register(&mut self, register: u8) {
        if register >= self.function.active_count {
            self.function.free = self.function.free.saturating_sub(1);
            debug_assert_eq!(register, self.function.free);
        }
    }

    fn free_registers(&mut self, one: u8, two: u8) {
        self.free_register(one.max(two));
        self.free_register(one.min(two));
    }

    /// Gives back the register of an expression, if it has one of its own.
    pub(super) fn free_expr(&mut self, e: &Expr<N, S::Str>) {
        if let Value::Register(register) = e.value {
            self.free_register(register);
        }
    }

    /// Gives back the registers of two expressions.
    pub(super) fn free_exprs(&mut self, one: &Expr<N, S::Str>, two: &Expr<N, S::Str>) {
        match (one.value, two.value) {
            (Value::Register(one), Value::Register(two)) => self.free_registers(one, two),
            _ => {
                self.free_expr(one);
                self.free_expr(two);
            }
        }
    }

    // Jumps.

    /// Appends a jump whose target is still to be set.
    pub(super) fn jump(&mut self) -> Outcome<Jumps> {
        self.emit(Instruction::sj(Op::Jmp, NO_JUMP))
    }

    /// Declares the next instruction a jump target.
    pub(super) fn mark_target(&mut self) -> Pc {
        let pc = self.pc();
        self.function.last_target = pc;
        pc
    }

    /// The next jump of a list. The last one leads to itself.
    fn next_jump(&self, pc: Jumps) -> Jumps {
        match self.at(pc).jump() {
            NO_JUMP => NO_JUMP,
            offset => pc + 1 + offset,
        }
    }

    /// Words the error of a jump that is too far.
    #[cold]
    #[inline(never)]
    pub(super) fn too_long(&mut self) -> super::error::Stop {
        let near = Near::Token(self.token.kind);
        let what = format_args!("control structure too long");
        self.lexer.fail(what, near)
    }

    fn set_target(&mut self, pc: Pc, target: Pc) -> Outcome<()> {
        let offset = target - (pc + 1);
        if !fits_jump(offset) {
            return Err(self.too_long());
        }
        self.set(pc, Instruction::sj(Op::Jmp, offset));
        Ok(())
    }

    /// Appends the jumps of one list to another.
    pub(super) fn append_jumps(&mut self, list: &mut Jumps, more: Jumps) -> Outcome<()> {
        if more == NO_JUMP {
            return Ok(());
        }
        if *list == NO_JUMP {
            *list = more;
            return Ok(());
        }
        let mut last = *list;
        loop {
            match self.next_jump(last) {
                NO_JUMP => return self.set_target(last, more),
                next => last = next,
            }
        }
    }

    /// Puts one jump before a list, which takes the same time however long the list is.
    pub(super) fn prepend_jump(&mut self, mut jump: Jumps, list: &mut Jumps) -> Outcome<()> {
        self.append_jumps(&mut jump, *list)?;
        *list = jump;
        Ok(())
    }

    /// Position of the instruction that decides over a jump: the conditional before it, or itself.
    fn control(&self, jump: Pc) -> Pc {
        let before = jump - 1;
        let conditional = before >= 0 && self.at(before).op().is_some_and(Op::is_conditional);
        if conditional { before } else { jump }
    }

    /// Sets where the value of a `TESTSET` goes, or makes it a `TEST` if the value is not wanted. False: the
    /// jump brings no value.
    fn set_test_target(&mut self, jump: Pc, register: u8) -> bool {
        let control = self.control(jump);
        let word = self.at(control);
        if word.op() != Some(Op::TestSet) {
            return false;
        }
        let (source, condition) = (word.b(), word.c());
        let replacement = if register != NO_REGISTER && register != source {
            Instruction::abc(Op::TestSet, register, source, condition)
        } else {
            Instruction::abc(Op::Test, source, 0, condition)
        };
        self.set(control, replacement);
        true
    }

    /// Whether some jump of a list brings no value with it.
    fn lacks_value(&self, mut list: Jumps) -> bool {
        while list != NO_JUMP {
            if self.at(self.control(list)).op() != Some(Op::TestSet) {
                return true;
            }
            list = self.next_jump(list);
        }
        false
    }

    /// Makes the jumps of a list bring no value.
    pub(super) fn drop_values(&mut self, mut list: Jumps) {
        while list != NO_JUMP {
            self.set_test_target(list, NO_REGISTER);
            list = self.next_jump(list);
        }
    }

    /// Leads the jumps that bring a value to one target (the value goes to `register`), others to another.
    fn patch(&mut self, mut list: Jumps, with_value: Pc, register: u8, without: Pc) -> Outcome<()> {
        while list != NO_JUMP {
            let next = self.next_jump(list);
            let brings = self.set_test_target(list, register);
            self.set_target(list, if brings { with_value } else { without })?;
            list = next;
        }
        Ok(())
    }

    /// Leads the jumps of a list to a target.
    pub(super) fn patch_to(&mut self, list: Jumps, target: Pc) -> Outcome<()> {
        self.patch(list, target, NO_REGISTER, target)
    }

    /// Leads the jumps of a list to the next instruction.
    pub(super) fn patch_here(&mut self, list: Jumps) -> Outcome<()> {
        if list == NO_JUMP {
            return Ok(());
        }
        let here = self.mark_target();
        self.patch_to(list, here)
    }

    /// Turns the condition of a comparison round.
    pub(super) fn negate(&mut self, jump: Pc) {
        let control = self.control(jump);
        let word = self.at(control);
        if let Some(op) = word.op() {
            let turned = Instruction::abc(op, word.a(), word.b(), word.c() ^ 1);
            self.set(control, turned);
        }
    }

    // Constants.

    /// Number of a string constant.
    fn string_constant(&mut self, string: S::Str) -> Outcome<usize> {
        let base = self.function.strings;
        let sink = &self.sink;
        let hash = |string| rostrings::hash(sink.text(string));
        if let Some(index) = self.strings.find(base, string, hash) {
            return Ok(index);
        }
        if self.strings.len() - base >= format::MAX_REFERENCES {
            return Err(self.limit_error("constants", format::MAX_REFERENCES));
        }
        self.strings.add(base, string, hash)
    }

    /// Number of a number constant.
    fn number_constant(&mut self, bits: u64) -> Outcome<usize> {
        let base = self.function.numbers;
        if let Some(index) = self.numbers.find(base, bits, hash_number) {
            return Ok(index);
        }
        if self.numbers.len() - base >= format::MAX_NUMBERS {
            return Err(self.limit_error("constants", format::MAX_NUMBERS));
        }
        self.numbers.add(base, bits, hash_number)
    }

    /// A string constant as an operand of 8 bits, if there is room for it among those.
    pub(super) fn string_operand(&mut self, string: S::Str) -> Outcome<Option<u8>> {
        let base = self.function.strings;
        let sink = &self.sink;
        let hash = |string| rostrings::hash(sink.text(string));
        let index = match self.strings.find(base, string, hash) {
            Some(index) => index,
            None if self.strings.len() - base > u8::MAX as usize => return Ok(None),
            None => self.strings.add(base, string, hash)?,
        };
        Ok(u8::try_from(index).ok())
    }

    /// A number constant as an operand of 8 bits, if there is room for it among those.
    pub(super) fn number_operand(&mut self, bits: u64) -> Outcome<Option<u8>> {
        let base = self.function.numbers;
        let index = match self.numbers.find(base, bits, hash_number) {
            Some(index) => index,
            None if self.numbers.len() - base > u8::MAX as usize => return Ok(None),
            None => self.numbers.add(base, bits, hash_number)?,
        };
        Ok(u8::try_from(index).ok())
    }

    fn load_string(&mut self, register: u8, string: S::Str) -> Outcome<()> {
        let index = self.string_constant(string)?;
        self.emit(Instruction::abx(Op::LoadKS, register, index as u16))?;
        Ok(())
    }

    fn load_number(&mut self, op: Op, register: u8, bits: u64) -> Outcome<()> {
        let index = self.number_constant(bits)?;
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
    pub(super) fn set_results(&mut self, e: &Expr<N, S::Str>, count: Option<usize>) -> Outcome<()> {
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
    pub(super) fn set_one_result(&mut self, e: &mut Expr<N, S::Str>) {
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
    pub(super) fn discharge(&mut self, e: &mut Expr<N, S::Str>) -> Outcome<()> {
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
    fn discharge_to(&mut self, e: &mut Expr<N, S::Str>, register: u8) -> Outcome<()> {
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
                let word = self.at(pc).0 & !0xff00 | u32::from(register) << 8;
                self.set(pc, Instruction(word));
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
    pub(super) fn discharge_to_any(&mut self, e: &mut Expr<N, S::Str>) -> Outcome<u8> {
        if let Value::Register(register) = e.value {
            return Ok(register);
        }
        self.reserve(1)?;
        let register = self.function.free - 1;
        self.discharge_to(e, register)?;
        Ok(register)
    }

    /// Brings an expression to a register, jumps included.
    pub(super) fn to_register(&mut self, e: &mut Expr<N, S::Str>, register: u8) -> Outcome<()> {
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
    pub(super) fn to_next_register(&mut self, e: &mut Expr<N, S::Str>) -> Outcome<()> {
        self.discharge(e)?;
        self.free_expr(e);
        self.reserve(1)?;
        self.to_register(e, self.function.free - 1)
    }

    /// Brings an expression to a register, its own if it has one.
    pub(super) fn to_any_register(&mut self, e: &mut Expr<N, S::Str>) -> Outcome<u8> {
        self.discharge(e)?;
        if let Value::Register(register) = e.value {
            if !e.has_jumps() {
                return Ok(register);
            }
            // A local variable must keep its value whatever the jumps bring.
            if register >= self.function.active_count {
                self.to_register(e, register)?;
                return Ok(register);
            }
        }
        self.to_next_register(e)?;
        Ok(self.function.free - 1)
    }

    /// Makes an expression a value: a constant, a register or a relocatable instruction.
    pub(super) fn to_value(&mut self, e: &mut Expr<N, S::Str>) -> Outcome<()> {
        if e.has_jumps() {
            self.to_any_register(e)?;
            return Ok(());
        }
        self.discharge(e)
    }

    // Conditions.

    /// Jumps if the truth of an expression is `condition`; the jump may bring the value along.
    fn jump_on(&mut self, e: &mut Expr<N, S::Str>, condition: bool) -> Outcome<Jumps> {
        if let Value::Relocatable(pc) = e.value {
            let word = self.at(pc);
            if word.op() == Some(Op::Not) {
                self.retract();
                self.emit_abc(Op::Test, word.b(), 0, u8::from(!condition))?;
                return self.jump();
            }
        }
        let register = self.discharge_to_any(e)?;
        self.free_expr(e);
        self.emit_abc(Op::TestSet, NO_REGISTER, register, u8::from(condition))?;
        self.jump()
    }

    /// Goes on if an expression is true, jumps (`when_false`) if it is not.
    pub(super) fn go_if_true(&mut self, e: &mut Expr<N, S::Str>) -> Outcome<()> {
        self.discharge(e)?;
        let jump = match e.value {
            Value::Jump(pc) => {
                self.negate(pc);
                pc
            }
            Value::True | Value::Integer(_) | Value::Float(_) | Value::String(_) => NO_JUMP,
            // Jumps that bring no value stand for exactly these.
            Value::False => self.jump()?,
            _ => self.jump_on(e, false)?,
        };
        self.prepend_jump(jump, &mut e.when_false)?;
        self.patch_here(e.when_true)?;
        e.when_true = NO_JUMP;
        Ok(())
    }

    /// Goes on if an expression is false, jumps (`when_true`) if it is not.
    pub(super) fn go_if_false(&mut self, e: &mut Expr<N, S::Str>) -> Outcome<()> {
        self.discharge(e)?;
        let jump = match e.value {
            Value::Jump(pc) => pc,
            Value::Nil | Value::False => NO_JUMP,
            Value::True => self.jump()?,
            _ => self.jump_on(e, true)?,
        };
        self.prepend_jump(jump, &mut e.when_true)?;
        self.patch_here(e.when_false)?;
        e.when_false = NO_JUMP;
        Ok(())
    }

    // Tables.

    /// Makes `table[key]` out of a table (a register or an upvalue) and a key.
    pub(super) fn index(
        &mut self,
        table: &mut Expr<N, S::Str>,
        key: &mut Expr<N, S::Str>,
    ) -> Outcome<()> {
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
            _ => self.to_any_register(table)?,
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
                key: self.to_any_register(key)?,
            },
        };
        Ok(())
    }

    /// A field name as an operand: only short strings among the first 256 constants can be one.
    pub(super) fn field_operand(&mut self, name: S::Str) -> Outcome<Option<u8>> {
        if self.sink.text(name).len() > rostrings::MAX_SHORT {
            return Ok(None);
        }
        self.string_operand(name)
    }

    /// Stores a value into a variable.
    pub(super) fn store(
        &mut self,
        variable: &Expr<N, S::Str>,
        value: &mut Expr<N, S::Str>,
    ) -> Outcome<()> {
        if let Value::Local(register) = variable.value {
            self.free_expr(value);
            return self.to_register(value, register);
        }
        let source = self.to_any_register(value)?;
        match variable.value {
            Value::Upvalue(upvalue) => self.emit_abc(Op::SetUpval, source, upvalue, 0)?,
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
    pub(super) fn method(&mut self, object: &mut Expr<N, S::Str>, name: S::Str) -> Outcome<()> {
        let source = self.to_any_register(object)?;
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
