//! Parser of statements.

use lfs_format::function::StringRef;
use lfs_format::isa::{Instruction, Op};

use super::Compiler;
use super::error::{Outcome, push};
use super::expression::{Expr, Jumps, NO_JUMP, Value};
use super::token::Kind;
use crate::number::{LuaInt, NumberModel};

impl<N: NumberModel> Compiler<'_, N> {
    /// Whether the current token ends a block; `until` only does if that is asked for.
    fn at_block_end(&self, with_until: bool) -> bool {
        match self.token.kind {
            Kind::Else | Kind::ElseIf | Kind::End | Kind::Eof => true,
            Kind::Until => with_until,
            _ => false,
        }
    }

    /// `{statement}` up to the end of the block; `return` must be the last one.
    pub(super) fn statements(&mut self) -> Outcome<()> {
        while !self.at_block_end(true) {
            if self.is(Kind::Return) {
                return self.statement();
            }
            self.statement()?;
        }
        Ok(())
    }

    /// A block with a scope of its own.
    fn block(&mut self) -> Outcome<()> {
        self.enter_block(false)?;
        self.statements()?;
        self.leave_block()
    }

    fn statement(&mut self) -> Outcome<()> {
        let line = self.lexer.line;
        self.enter_level()?;
        match self.token.kind {
            Kind::Char(b';') => self.advance()?,
            Kind::If => self.if_statement(line)?,
            Kind::While => self.while_statement(line)?,
            Kind::Do => {
                self.advance()?;
                self.block()?;
                self.expect_match(Kind::End, Kind::Do, line)?;
            }
            Kind::For => self.for_statement(line)?,
            Kind::Repeat => self.repeat_statement(line)?,
            Kind::Function => self.function_statement(line)?,
            Kind::Local => {
                self.advance()?;
                if self.accept(Kind::Function)? {
                    self.local_function()?;
                } else {
                    self.local_statement()?;
                }
            }
            Kind::Label => self.label_statement(line)?,
            Kind::Return => {
                self.advance()?;
                self.return_statement()?;
            }
            Kind::Break => {
                let before = self.last_line;
                self.advance()?;
                self.emit_goto(None, line, before)?;
            }
            Kind::Goto => {
                let before = self.last_line;
                self.advance()?;
                let name = self.expect_name()?;
                self.emit_goto(Some(name), line, before)?;
            }
            _ => self.expression_statement()?,
        }
        // Temporaries do not outlive a statement.
        self.function.free = self.function.active_count;
        self.leave_level();
        Ok(())
    }

    /// `'::' name '::'`
    #[inline(never)]
    fn label_statement(&mut self, line: u32) -> Outcome<()> {
        self.advance()?;
        let name = self.expect_name()?;
        self.check_new_label(name)?;
        self.expect(Kind::Label)?;
        let label = self.declare_label(name, line)?;
        while matches!(self.token.kind, Kind::Char(b';') | Kind::Label) {
            self.statement()?;
        }
        self.settle_label(label, self.at_block_end(false))
    }

    /// `if cond then block {elseif cond then block} [else block] end`
    #[inline(never)]
    fn if_statement(&mut self, line: u32) -> Outcome<()> {
        let mut escapes = NO_JUMP;
        self.test_then_block(&mut escapes)?;
        while self.is(Kind::ElseIf) {
            self.test_then_block(&mut escapes)?;
        }
        if self.accept(Kind::Else)? {
            self.block()?;
        }
        self.expect_match(Kind::End, Kind::If, line)?;
        self.patch_here(escapes)
    }

    /// `(if | elseif) cond then block`
    fn test_then_block(&mut self, escapes: &mut Jumps) -> Outcome<()> {
        self.advance()?;
        let mut skip = NO_JUMP;
        let whole = self.condition_then(&mut skip)?;
        if whole {
            return Ok(());
        }
        self.statements()?;
        self.leave_block()?;
        if matches!(self.token.kind, Kind::Else | Kind::ElseIf) && !self.is_unreachable() {
            let jump = self.jump()?;
            self.prepend_jump(jump, escapes)?;
        }
        self.patch_here(skip)
    }

    /// Reads a condition and enters the block behind `then`. Where that begins with `goto` or `break`, the
    /// jumps of the condition are its jumps; true: there was nothing else in the block, and it is left.
    #[inline(never)]
    fn condition_then(&mut self, skip: &mut Jumps) -> Outcome<bool> {
        let mut condition = Expr::VOID;
        self.expression(&mut condition)?;
        self.expect(Kind::Then)?;
        let leaves = match self.token.kind {
            Kind::Break => true,
            Kind::Goto => match self.look_ahead()?.value {
                super::Literal::Text(name) => !self.may_close_backwards(name),
                _ => false,
            },
            _ => false,
        };
        if !leaves {
            *skip = self.false_exits(&mut condition)?;
            self.enter_block(false)?;
            return Ok(false);
        }
        self.go_if_false(&mut condition)?;
        self.enter_block(false)?;
        let line = self.lexer.line;
        let name = if self.accept(Kind::Goto)? {
            Some(self.expect_name()?)
        } else {
            self.advance()?;
            None
        };
        self.add_goto(name, line, condition.when_true, NO_JUMP)?;
        while self.accept(Kind::Char(b';'))? {}
        if self.at_block_end(false) {
            self.leave_block()?;
            return Ok(true);
        }
        *skip = self.jump()?;
        Ok(false)
    }

    /// `while cond do block end`
    #[inline(never)]
    fn while_statement(&mut self, line: u32) -> Outcome<()> {
        self.advance()?;
        let start = self.mark_target();
        let exit = self.loop_condition()?;
        self.enter_block(true)?;
        self.expect(Kind::Do)?;
        self.block()?;
        if !self.is_unreachable() {
            let back = self.jump()?;
            self.patch_to(back, start)?;
        }
        self.expect_match(Kind::End, Kind::While, line)?;
        self.leave_block()?;
        self.patch_here(exit)
    }

    /// Reads a condition; returns the jumps taken where it is false.
    #[inline(never)]
    fn loop_condition(&mut self) -> Outcome<Jumps> {
        let mut condition = Expr::VOID;
        self.expression(&mut condition)?;
        self.false_exits(&mut condition)
    }

    /// Goes on if a condition is true; returns the jumps taken where it is false.
    fn false_exits(&mut self, condition: &mut Expr<N>) -> Outcome<Jumps> {
        if let Value::Nil = condition.value {
            // Here nil is just another false; no jump has to bring it along.
            condition.value = Value::False;
        }
        self.go_if_true(condition)?;
        Ok(condition.when_false)
    }

    /// `repeat block until cond`; the condition sees the variables of the block.
    #[inline(never)]
    fn repeat_statement(&mut self, line: u32) -> Outcome<()> {
        let start = self.mark_target();
        self.enter_block(true)?;
        self.enter_block(false)?;
        self.advance()?;
        self.statements()?;
        self.expect_match(Kind::Until, Kind::Repeat, line)?;
        let mut again = self.loop_condition()?;
        let captured = self.block_captured();
        let level = self.blocks.last().map_or(0, |block| block.active_count);
        self.leave_block()?;
        if captured {
            // The way back must close the variables as well; the way out has just done so.
            let exit = self.jump()?;
            self.patch_here(again)?;
            self.emit_close(level)?;
            again = self.jump()?;
            self.patch_here(exit)?;
        }
        self.patch_to(again, start)?;
        self.leave_block()
    }

    /// `for name '=' ...` or `for name {',' name} in ...`
    #[inline(never)]
    fn for_statement(&mut self, line: u32) -> Outcome<()> {
        self.enter_block(true)?;
        self.advance()?;
        let name = self.expect_name()?;
        match self.token.kind {
            Kind::Char(b'=') => self.numeric_for(name, line)?,
            Kind::Char(b',') | Kind::In => self.generic_for(name)?,
            _ => return Err(self.unexpected("'=' or 'in' expected")),
        }
        self.expect_match(Kind::End, Kind::For, line)?;
        self.leave_block()
    }

    /// `'=' expr ',' expr [',' expr] do block`
    fn numeric_for(&mut self, name: StringRef, line: u32) -> Outcome<()> {
        let base = self.function.free;
        self.numeric_header(name)?;
        self.expect(Kind::Do)?;
        let prepare = self.emit(Instruction::abx(Op::ForPrep, base, 0))?;
        self.for_block(1)?;
        let step = self.mark_target();
        let distance = step - prepare;
        let Ok(distance) = u16::try_from(distance) else {
            return Err(self.too_long());
        };
        self.set(prepare, Instruction::abx(Op::ForPrep, base, distance - 1));
        self.emit(Instruction::abx(Op::ForLoop, base, distance))?;
        self.fix_line(line);
        self.mark_target();
        Ok(())
    }

    #[inline(never)]
    fn numeric_header(&mut self, name: StringRef) -> Outcome<()> {
        self.declare_hidden("(for index)")?;
        self.declare_hidden("(for limit)")?;
        self.declare_hidden("(for step)")?;
        self.declare_local(name)?;
        self.expect(Kind::Char(b'='))?;
        self.register_expression()?;
        self.expect(Kind::Char(b','))?;
        self.register_expression()?;
        if self.accept(Kind::Char(b','))? {
            self.register_expression()?;
        } else {
            let mut one = Expr::new(Value::Integer(N::Int::ONE));
            self.put_next(&mut one)?;
        }
        self.activate_locals(3);
        Ok(())
    }

    fn register_expression(&mut self) -> Outcome<()> {
        let mut e = Expr::VOID;
        self.expression(&mut e)?;
        self.put_next(&mut e)
    }

    /// `{',' name} in exprs do block`
    fn generic_for(&mut self, name: StringRef) -> Outcome<()> {
        let base = self.function.free;
        let (variables, line) = self.generic_header(name)?;
        self.expect(Kind::Do)?;
        let prepare = self.jump()?;
        self.for_block(variables)?;
        self.patch_here(prepare)?;
        self.emit_abc(Op::TForCall, base, 0, variables as u8)?;
        self.fix_line(line);
        let step = self.pc();
        let distance = step - prepare;
        let Ok(distance) = u16::try_from(distance) else {
            return Err(self.too_long());
        };
        self.emit(Instruction::abx(Op::TForLoop, base, distance))?;
        self.fix_line(line);
        self.mark_target();
        Ok(())
    }

    /// Returns the number of variables and the line of the iterator.
    #[inline(never)]
    fn generic_header(&mut self, name: StringRef) -> Outcome<(usize, u32)> {
        self.declare_hidden("(for generator)")?;
        self.declare_hidden("(for state)")?;
        self.declare_hidden("(for control)")?;
        self.declare_local(name)?;
        let mut variables = 1;
        while self.accept(Kind::Char(b','))? {
            let name = self.expect_name()?;
            self.declare_local(name)?;
            variables += 1;
        }
        self.expect(Kind::In)?;
        let line = self.lexer.line;
        let mut e = Expr::VOID;
        let values = self.expression_list(&mut e)?;
        self.adjust(3, values, &mut e)?;
        self.activate_locals(3);
        // The call of the iterator copies the three control values.
        self.check_registers(3)?;
        Ok((variables, line))
    }

    /// The block of a `for` with its variables.
    fn for_block(&mut self, variables: usize) -> Outcome<()> {
        self.enter_block(false)?;
        self.activate_locals(variables);
        self.reserve(variables)?;
        self.mark_target();
        self.block()?;
        self.leave_block()
    }

    /// `function name {'.' name} [':' name] body`
    #[inline(never)]
    fn function_statement(&mut self, line: u32) -> Outcome<()> {
        self.advance()?;
        let mut target = Expr::VOID;
        let name = self.expect_name()?;
        self.variable(&mut target, name)?;
        while self.is(Kind::Char(b'.')) {
            self.field(&mut target)?;
        }
        let is_method = self.is(Kind::Char(b':'));
        if is_method {
            self.field(&mut target)?;
        }
        let mut body = Expr::VOID;
        self.function_body(&mut body, is_method, line)?;
        self.store(&target, &mut body)?;
        // The definition happens on its first line.
        self.fix_line(line);
        Ok(())
    }

    /// `local function name body`; the function sees its own name.
    #[inline(never)]
    fn local_function(&mut self) -> Outcome<()> {
        let name = self.expect_name()?;
        self.declare_local(name)?;
        self.activate_locals(1);
        let register = self.function.active_count - 1;
        let mut body = Expr::VOID;
        let line = self.lexer.line;
        self.function_body(&mut body, false, line)?;
        let pc = self.pc() as u32;
        if let Some(local) = self.active_local(register) {
            // For debuggers the variable exists once it has its value.
            local.start = pc;
        }
        Ok(())
    }

    /// `local name {',' name} ['=' exprs]`
    #[inline(never)]
    fn local_statement(&mut self) -> Outcome<()> {
        let mut variables = 0;
        loop {
            let name = self.expect_name()?;
            self.declare_local(name)?;
            variables += 1;
            if !self.accept(Kind::Char(b','))? {
                break;
            }
        }
        let mut e = Expr::VOID;
        let mut values = 0;
        if self.accept(Kind::Char(b'='))? {
            values = self.expression_list(&mut e)?;
        }
        self.adjust(variables, values, &mut e)?;
        self.activate_locals(variables);
        Ok(())
    }

    /// Makes as many values as there are variables, in registers.
    fn adjust(&mut self, variables: usize, values: usize, e: &mut Expr<N>) -> Outcome<()> {
        if e.is_multiple() {
            let wanted = (variables + 1).saturating_sub(values);
            self.set_results(e, Some(wanted))?;
            if wanted > 1 {
                self.reserve(wanted - 1)?;
            }
        } else {
            if !matches!(e.value, Value::Void) {
                self.put_next(e)?;
            }
            let missing = variables.saturating_sub(values);
            if missing > 0 {
                let first = self.function.free;
                self.reserve(missing)?;
                self.load_nil(first, missing as u8)?;
            }
        }
        let surplus = values.saturating_sub(variables);
        self.function.free -= surplus as u8;
        Ok(())
    }

    /// `return [exprs] [';']`
    #[inline(never)]
    fn return_statement(&mut self) -> Outcome<()> {
        let mut first = self.function.active_count;
        let mut count = Some(0);
        if !self.at_block_end(true) && !self.is(Kind::Char(b';')) {
            let mut e = Expr::VOID;
            let values = self.expression_list(&mut e)?;
            if e.is_multiple() {
                self.set_results(&e, None)?;
                if let Value::Call(pc) = e.value
                    && values == 1
                {
                    let call = self.at(pc);
                    self.set(pc, Instruction::abc(Op::TailCall, call.a(), call.b(), 0));
                }
                count = None;
            } else if values == 1 {
                first = self.put_any(&mut e)?;
                count = Some(1);
            } else {
                self.put_next(&mut e)?;
                count = Some(values);
            }
        }
        match count {
            Some(0) => self.emit_abc(Op::Return0, 0, 0, 0)?,
            Some(1) => self.emit_abc(Op::Return1, first, 0, 0)?,
            Some(count) => self.emit_abc(Op::Return, first, count as u8 + 1, 0)?,
            None => self.emit_abc(Op::Return, first, 0, 0)?,
        };
        self.accept(Kind::Char(b';'))?;
        Ok(())
    }

    /// A call or an assignment.
    #[inline(never)]
    fn expression_statement(&mut self) -> Outcome<()> {
        let mut e = Expr::VOID;
        self.suffixed_expression(&mut e)?;
        if matches!(self.token.kind, Kind::Char(b'=' | b',')) {
            return self.assignment(e);
        }
        match e.value {
            Value::Call(pc) => {
                let call = self.at(pc);
                self.set(pc, Instruction::abc(Op::Call, call.a(), call.b(), 1));
                Ok(())
            }
            _ => Err(self.unexpected("syntax error")),
        }
    }

    /// `variable {',' variable} '=' exprs`, of which the first variable has been read.
    #[inline(never)]
    fn assignment(&mut self, mut target: Expr<N>) -> Outcome<()> {
        let first = self.targets.len();
        loop {
            if !target.is_variable() {
                return Err(self.unexpected("syntax error"));
            }
            push(&mut self.targets, target)?;
            if !self.accept(Kind::Char(b','))? {
                break;
            }
            target = Expr::VOID;
            self.suffixed_expression(&mut target)?;
            if matches!(target.value, Value::Local(_) | Value::Upvalue(_)) {
                self.save_conflict(first, &target)?;
            }
            // Each target counts as a level, as it does where parsers recurse over them.
            self.check_levels(self.targets.len() - first)?;
        }
        self.expect(Kind::Char(b'='))?;
        let mut value = Expr::VOID;
        let values = self.expression_list(&mut value)?;
        if values == self.targets.len() - first {
            // The last value need not go through a register.
            self.set_one_result(&mut value);
            if let Some(target) = self.targets.pop() {
                self.store(&target, &mut value)?;
            }
        } else {
            let targets = self.targets.len() - first;
            self.adjust(targets, values, &mut value)?;
        }
        while self.targets.len() > first {
            let Some(target) = self.targets.pop() else {
                break;
            };
            let mut value = Expr::new(Value::Register(self.function.free - 1));
            self.store(&target, &mut value)?;
        }
        Ok(())
    }

    /// If a variable about to be assigned to is used as table or key in a target before it, copies its old
    /// value to a register and makes that target use the copy.
    fn save_conflict(&mut self, first: usize, variable: &Expr<N>) -> Outcome<()> {
        let copy = self.function.free;
        let mut conflict = false;
        for target in self.targets.iter_mut().skip(first) {
            match (&mut target.value, variable.value) {
                (Value::Indexed { table, key }, Value::Local(register)) => {
                    for operand in [table, key] {
                        if *operand == register {
                            *operand = copy;
                            conflict = true;
                        }
                    }
                }
                (
                    Value::IndexedField { table, .. } | Value::IndexedInteger { table, .. },
                    Value::Local(register),
                ) if *table == register => {
                    *table = copy;
                    conflict = true;
                }
                (Value::IndexedUpvalue { upvalue, key }, Value::Upvalue(assigned))
                    if *upvalue == assigned =>
                {
                    let key = *key;
                    target.value = Value::IndexedField { table: copy, key };
                    conflict = true;
                }
                _ => {}
            }
        }
        if conflict {
            match variable.value {
                Value::Local(register) => self.emit_abc(Op::Move, copy, register, 0)?,
                Value::Upvalue(upvalue) => self.emit_abc(Op::GetUpval, copy, upvalue, 0)?,
                _ => return Ok(()),
            };
            self.reserve(1)?;
        }
        Ok(())
    }
}
