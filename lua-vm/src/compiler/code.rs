//! Emission: instructions, registers, jumps and conditions.

use lfs_format::function as format;
use lfs_format::isa::{Instruction, MAX_FRAME, Op};

use super::Compiler;
use super::error::{Outcome, push};
use super::expression::{Expr, Jumps, NO_JUMP, Pc, Value};
use super::lexer::Near;
use crate::number::NumberModel;

/// Stands for "no register" while the target of a `TESTSET` is open.
const NO_REGISTER: u8 = u8::MAX;

/// The same instruction with another register A.
pub(super) fn with_a(instruction: Instruction, register: u8) -> Instruction {
    Instruction(instruction.0 & !0xff00 | u32::from(register) << 8)
}

/// Whether a jump offset fits its 24 bits.
pub(super) fn fits_jump(offset: i32) -> bool {
    offset << 8 >> 8 == offset
}

impl<N: NumberModel> Compiler<'_, N> {
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

    /// Gives back a register, unless a local variable lives in it.
    pub(super) fn free_register(&mut self, register: u8) {
        if register >= self.function.active_count {
            self.function.free = self.function.free.saturating_sub(1);
            debug_assert_eq!(register, self.function.free);
        }
    }

    /// Gives back a register, unless a local variable lives in it.
    pub(super) fn free_registers(&mut self, one: u8, two: u8) {
        self.free_register(one.max(two));
        self.free_register(one.min(two));
    }

    /// Gives back the register of an expression, if it has one of its own.
    pub(super) fn free_expr(&mut self, e: &Expr<N>) {
        if let Value::Register(register) = e.value {
            self.free_register(register);
        }
    }

    /// Gives back the registers of two expressions.
    pub(super) fn free_exprs(&mut self, one: &Expr<N>, two: &Expr<N>) {
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

    /// Position of the instruction that brings a value along with a jump: a `TESTSET`, or a load of a
    /// constant whose register is open.
    fn value_source(&self, jump: Pc) -> Option<Pc> {
        let before = jump - 1;
        let word = self.at(before);
        let brings = match word.op()? {
            Op::TestSet => true,
            Op::LoadI | Op::LoadF | Op::LoadKS | Op::LoadKI | Op::LoadKF => word.a() == NO_REGISTER,
            _ => false,
        };
        (before >= 0 && brings).then_some(before)
    }

    /// Sets where the value that a jump brings goes; if it is not wanted, a `TESTSET` becomes a `TEST`, and
    /// a load nothing. False: the jump brings no value.
    fn set_test_target(&mut self, jump: Pc, register: u8) -> bool {
        let Some(source) = self.value_source(jump) else {
            return false;
        };
        let word = self.at(source);
        let (tested, condition) = (word.b(), word.c());
        let replacement = match (word.op(), register) {
            (Some(Op::TestSet), register) if register == NO_REGISTER || register == tested => {
                Instruction::abc(Op::Test, tested, 0, condition)
            }
            (Some(Op::TestSet), _) => Instruction::abc(Op::TestSet, register, tested, condition),
            (_, NO_REGISTER) => Instruction::sj(Op::Jmp, 0),
            (_, _) => with_a(word, register),
        };
        self.set(source, replacement);
        true
    }

    /// Whether some jump of a list brings no value with it.
    pub(super) fn lacks_value(&self, mut list: Jumps) -> bool {
        while list != NO_JUMP {
            if self.value_source(list).is_none() {
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
    pub(super) fn patch(
        &mut self,
        mut list: Jumps,
        with_value: Pc,
        register: u8,
        without: Pc,
    ) -> Outcome<()> {
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
    #[inline(never)]
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

    // Conditions.

    /// Jumps if the truth of an expression is `condition`; the jump may bring the value along.
    fn jump_on(&mut self, e: &mut Expr<N>, condition: bool) -> Outcome<Jumps> {
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
    #[inline(never)]
    pub(super) fn go_if_true(&mut self, e: &mut Expr<N>) -> Outcome<()> {
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
    pub(super) fn go_if_false(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        self.discharge(e)?;
        let jump = match e.value {
            Value::Jump(pc) => pc,
            Value::Nil | Value::False => NO_JUMP,
            Value::True => self.jump()?,
            Value::Integer(_) | Value::Float(_) | Value::String(_) if self.loads_in_one() => {
                // The constant is loaded where the value of the whole expression will be wanted.
                self.discharge_to(e, NO_REGISTER)?;
                self.jump()?
            }
            _ => self.jump_on(e, true)?,
        };
        self.prepend_jump(jump, &mut e.when_true)?;
        self.patch_here(e.when_false)?;
        e.when_false = NO_JUMP;
        Ok(())
    }
}
