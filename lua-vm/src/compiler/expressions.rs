//! Parser of expressions.

use lfs_format::function::{FunctionRef, StringRef, flags};
use lfs_format::isa::{FIELDS_PER_FLUSH, Instruction, Op};

use super::error::Outcome;
use super::expression::{Expr, Pc, Value};
use super::lexer::Near;
use super::operators::{Binary, UNARY_PRIORITY, Unary};
use super::token::Kind;
use super::{Compiler, Literal};
use crate::number::{Number, NumberModel};

/// A table constructor being read.
struct Constructor {
    /// Register of the table.
    table: u8,
    /// Items in registers, not yet stored.
    pending: usize,
    /// Items before those.
    stored: usize,
    /// Entries with keys.
    entries: usize,
}

impl<N: NumberModel> Compiler<'_, N> {
    /// `expr {',' expr}`; returns the number of expressions. All but the last one are in registers.
    pub(super) fn expression_list(&mut self, e: &mut Expr<N>) -> Outcome<usize> {
        let mut count = 1;
        self.expression(e)?;
        while self.accept(Kind::Char(b','))? {
            self.put_next(e)?;
            self.expression(e)?;
            count += 1;
        }
        Ok(count)
    }

    pub(super) fn expression(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        self.subexpression(e, 0)?;
        Ok(())
    }

    /// Reads operands and operators that bind stronger than `limit`; returns the first operator that does
    /// not.
    fn subexpression(&mut self, e: &mut Expr<N>, limit: u8) -> Outcome<Option<Binary>> {
        self.enter_level()?;
        if let Some(op) = Unary::from_token(self.token.kind) {
            let line = self.lexer.line;
            self.advance()?;
            self.subexpression(e, UNARY_PRIORITY)?;
            self.unary(op, e, line)?;
        } else {
            self.simple_expression(e)?;
        }
        let mut next = Binary::from_token(self.token.kind);
        while let Some(op) = next
            && op.priorities().0 > limit
        {
            let line = self.lexer.line;
            self.advance()?;
            self.left_operand(op, e)?;
            let mut right = Expr::VOID;
            next = self.subexpression(&mut right, op.priorities().1)?;
            self.binary(op, e, &mut right, line)?;
        }
        self.leave_level();
        Ok(next)
    }

    fn simple_expression(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        let value = match (self.token.kind, self.token.value) {
            (_, Literal::Number(Number::Int(value))) => Value::Integer(value),
            (_, Literal::Number(Number::Float(value))) => Value::Float(value),
            (Kind::String, Literal::Text(text)) => Value::String(text),
            (Kind::Nil, _) => Value::Nil,
            (Kind::True, _) => Value::True,
            (Kind::False, _) => Value::False,
            (Kind::Dots, _) => {
                if self.function.flags & flags::VARARG == 0 {
                    return Err(self.unexpected("cannot use '...' outside a vararg function"));
                }
                Value::Vararg(self.emit_abc(Op::VarArg, 0, 0, 2)?)
            }
            (Kind::Char(b'{'), _) => return self.constructor(e),
            (Kind::Function, _) => {
                let line = self.lexer.line;
                self.advance()?;
                return self.function_body(e, false, line);
            }
            _ => return self.suffixed_expression(e),
        };
        *e = Expr::new(value);
        self.advance()
    }

    /// A name or an expression in parentheses.
    fn primary_expression(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        match self.token.kind {
            Kind::Name => {
                let name = self.expect_name()?;
                self.variable(e, name)
            }
            Kind::Char(b'(') => {
                let line = self.lexer.line;
                self.advance()?;
                self.expression(e)?;
                self.expect_match(Kind::Char(b')'), Kind::Char(b'('), line)?;
                self.discharge(e)
            }
            _ => Err(self.unexpected("unexpected symbol")),
        }
    }

    /// The variable of a name; a global one is a field of `_ENV`.
    #[inline(never)]
    pub(super) fn variable(&mut self, e: &mut Expr<N>, name: StringRef) -> Outcome<()> {
        *e = self.find_variable(name)?;
        if let Value::Void = e.value {
            *e = self.find_variable(self.env)?;
            let mut key = Expr::new(Value::String(name));
            self.index(e, &mut key)?;
        }
        Ok(())
    }

    /// `primary {'.' name | '[' expr ']' | ':' name args | args}`
    pub(super) fn suffixed_expression(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        let line = self.lexer.line;
        self.primary_expression(e)?;
        loop {
            match self.token.kind {
                Kind::Char(b'.') => self.field(e)?,
                Kind::Char(b'[') => self.element(e)?,
                Kind::Char(b':') => {
                    self.advance()?;
                    let name = self.expect_name()?;
                    self.method(e, name)?;
                    self.arguments(e, line)?;
                }
                Kind::Char(b'(' | b'{') | Kind::String => {
                    self.put_next(e)?;
                    self.arguments(e, line)?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// `'.' name` or `':' name`
    #[inline(never)]
    pub(super) fn field(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        self.put_table(e)?;
        self.advance()?;
        let name = self.expect_name()?;
        let mut key = Expr::new(Value::String(name));
        self.index(e, &mut key)
    }

    /// `'[' expr ']'` behind a table
    #[inline(never)]
    fn element(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        self.put_table(e)?;
        let mut key = Expr::VOID;
        self.bracket_key(&mut key)?;
        self.index(e, &mut key)
    }

    /// Brings what is to be indexed to a register; an upvalue may stay where it is.
    fn put_table(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        match e.value {
            Value::Upvalue(_) if !e.has_jumps() => Ok(()),
            _ => self.put_any(e).map(drop),
        }
    }

    /// `'[' expr ']'`
    fn bracket_key(&mut self, key: &mut Expr<N>) -> Outcome<()> {
        self.advance()?;
        self.expression(key)?;
        self.put_value(key)?;
        self.expect(Kind::Char(b']'))
    }

    /// Arguments of a call whose function is in a register.
    #[inline(never)]
    fn arguments(&mut self, e: &mut Expr<N>, line: u32) -> Outcome<()> {
        let mut last = Expr::VOID;
        match (self.token.kind, self.token.value) {
            (Kind::Char(b'('), _) => {
                self.advance()?;
                if !self.is(Kind::Char(b')')) {
                    self.expression_list(&mut last)?;
                    if last.is_multiple() {
                        self.set_results(&last, None)?;
                    }
                }
                self.expect_match(Kind::Char(b')'), Kind::Char(b'('), line)?;
            }
            (Kind::Char(b'{'), _) => self.constructor(&mut last)?,
            (Kind::String, Literal::Text(text)) => {
                last = Expr::new(Value::String(text));
                self.advance()?;
            }
            _ => return Err(self.unexpected("function arguments expected")),
        }
        self.call(e, &mut last, line)
    }

    #[inline(never)]
    fn call(&mut self, e: &mut Expr<N>, last: &mut Expr<N>, line: u32) -> Outcome<()> {
        let Value::Register(base) = e.value else {
            return Ok(());
        };
        let arguments = if last.is_multiple() {
            0
        } else {
            if !matches!(last.value, Value::Void) {
                self.put_next(last)?;
            }
            self.function.free - base
        };
        let pc = self.emit_abc(Op::Call, base, arguments, 2)?;
        self.fix_line(line);
        *e = Expr::new(Value::Call(pc));
        // The call takes away function and arguments and leaves one result.
        self.function.free = base + 1;
        Ok(())
    }

    /// `'{' [item {sep item} [sep]] '}'`
    #[inline(never)]
    fn constructor(&mut self, e: &mut Expr<N>) -> Outcome<()> {
        let line = self.lexer.line;
        let pc = self.emit_abc(Op::NewTable, 0, 0, 0)?;
        *e = Expr::new(Value::Relocatable(pc));
        self.put_next(e)?;
        let mut state = Constructor {
            table: self.function.free - 1,
            pending: 0,
            stored: 0,
            entries: 0,
        };
        self.expect(Kind::Char(b'{'))?;
        let mut item = Expr::VOID;
        while !self.is(Kind::Char(b'}')) {
            self.close_item(&mut state, &mut item)?;
            let is_entry = match self.token.kind {
                Kind::Char(b'[') => true,
                Kind::Name => self.look_ahead()?.kind == Kind::Char(b'='),
                _ => false,
            };
            if is_entry {
                self.entry(&mut state)?;
            } else {
                self.expression(&mut item)?;
                state.pending += 1;
            }
            if !self.accept(Kind::Char(b','))? && !self.accept(Kind::Char(b';'))? {
                break;
            }
        }
        self.expect_match(Kind::Char(b'}'), Kind::Char(b'{'), line)?;
        self.finish_constructor(&state, &mut item, pc)
    }

    /// Stores the last item of a constructor: at first into a register, and every so often all of those
    /// into the table.
    #[inline(never)]
    fn close_item(&mut self, state: &mut Constructor, item: &mut Expr<N>) -> Outcome<()> {
        if let Value::Void = item.value {
            return Ok(());
        }
        self.put_next(item)?;
        *item = Expr::VOID;
        if state.pending == FIELDS_PER_FLUSH {
            self.set_list(state, FIELDS_PER_FLUSH as u8)?;
            state.stored += FIELDS_PER_FLUSH;
            state.pending = 0;
        }
        Ok(())
    }

    /// Emits the instruction that stores items; `count` 0 stores up to the top.
    fn set_list(&mut self, state: &Constructor, count: u8) -> Outcome<()> {
        let batch = state.stored / FIELDS_PER_FLUSH + 1;
        match u8::try_from(batch) {
            Ok(batch) => {
                self.emit_abc(Op::SetList, state.table, count, batch)?;
            }
            Err(_) if batch < 1 << 24 => {
                self.emit_abc(Op::SetList, state.table, count, 0)?;
                self.emit(Instruction::ax(Op::ExtraArg, batch as u32))?;
            }
            Err(_) => {
                return Err(self.limit_error("items in a constructor", FIELDS_PER_FLUSH << 24));
            }
        }
        self.function.free = state.table + 1;
        Ok(())
    }

    /// `(name | '[' expr ']') '=' expr`
    #[inline(never)]
    fn entry(&mut self, state: &mut Constructor) -> Outcome<()> {
        let free = self.function.free;
        let mut key = Expr::VOID;
        if self.is(Kind::Name) {
            key = Expr::new(Value::String(self.expect_name()?));
        } else {
            self.bracket_key(&mut key)?;
        }
        state.entries += 1;
        self.expect(Kind::Char(b'='))?;
        let mut target = Expr::new(Value::Register(state.table));
        self.index(&mut target, &mut key)?;
        let mut value = Expr::VOID;
        self.expression(&mut value)?;
        self.store(&target, &mut value)?;
        self.function.free = free;
        Ok(())
    }

    /// Stores the last items and tells the table's instruction the sizes.
    #[inline(never)]
    fn finish_constructor(
        &mut self,
        state: &Constructor,
        item: &mut Expr<N>,
        pc: Pc,
    ) -> Outcome<()> {
        let mut items = state.stored + state.pending;
        if state.pending > 0 {
            if item.is_multiple() {
                self.set_results(item, None)?;
                self.set_list(state, 0)?;
                // How many values there will be is not known.
                items -= 1;
            } else {
                if !matches!(item.value, Value::Void) {
                    self.put_next(item)?;
                }
                self.set_list(state, state.pending as u8)?;
            }
        }
        let (entries, items) = (entries_field(state.entries), items_field(items));
        let table = Instruction::abc(Op::NewTable, state.table, entries, items);
        self.set(pc, table);
        Ok(())
    }

    /// `'(' [parameters] ')' block end`
    pub(super) fn function_body(
        &mut self,
        e: &mut Expr<N>,
        is_method: bool,
        line: u32,
    ) -> Outcome<()> {
        self.open_function(line)?;
        self.expect(Kind::Char(b'('))?;
        self.parameters(is_method)?;
        self.expect(Kind::Char(b')'))?;
        self.statements()?;
        let last_line = self.lexer.line;
        self.expect_match(Kind::End, Kind::Function, line)?;
        let proto = self.close_function(last_line)?;
        self.closure(e, proto)
    }

    #[inline(never)]
    fn closure(&mut self, e: &mut Expr<N>, proto: FunctionRef) -> Outcome<()> {
        let index = self.children.len() - self.function.children;
        let Ok(index) = u16::try_from(index) else {
            let limit = usize::from(u16::MAX);
            return Err(self.limit_error("functions", limit));
        };
        super::error::push(&mut self.children, proto)?;
        let pc = self.emit(Instruction::abx(Op::Closure, 0, index))?;
        *e = Expr::new(Value::Relocatable(pc));
        self.put_next(e)
    }

    /// `[{name ','} (name | '...')]`
    #[inline(never)]
    fn parameters(&mut self, is_method: bool) -> Outcome<()> {
        let mut count = 0;
        if is_method {
            self.declare_hidden("self")?;
            count += 1;
        }
        if !self.is(Kind::Char(b')')) {
            loop {
                match self.token.kind {
                    Kind::Name => {
                        let name = self.expect_name()?;
                        self.declare_local(name)?;
                        count += 1;
                    }
                    Kind::Dots => {
                        self.advance()?;
                        self.function.flags |= flags::VARARG;
                        break;
                    }
                    kind => {
                        let what = format_args!("<name> or '...' expected");
                        return Err(self.lexer.fail(what, Near::Token(kind)));
                    }
                }
                if !self.accept(Kind::Char(b','))? {
                    break;
                }
            }
        }
        self.activate_locals(count);
        self.function.params = self.function.active_count;
        self.reserve(count)
    }
}

/// Operand B of `NEWTABLE`: 0, or one more than the logarithm of the number of entries, rounded up.
fn entries_field(entries: usize) -> u8 {
    match entries {
        0 => 0,
        entries => entries.next_power_of_two().trailing_zeros() as u8 + 1,
    }
}

/// Operand C of `NEWTABLE`: the number of items, rounded up to a power of two from 128 on.
fn items_field(items: usize) -> u8 {
    match items {
        0..128 => items as u8,
        items => 128 + (items.next_power_of_two().trailing_zeros() as u8 - 6),
    }
}
