//! State of the functions being compiled: variables, upvalues, the finished function.
//!
//! Functions nest strictly, so the code, constants and scopes of all of them share one stack each: an inner
//! function lies above its encloser and is cut off when it is finished.

use alloc::vec::Vec;
use core::mem;

use lfs_format::function::{
    self as format, FunctionParts, FunctionRef, LocalVar, StringRef, UpvalueDesc, flags,
};
use lfs_format::isa::{Instruction, Op};

use super::Compiler;
use super::error::{Outcome, push};
use super::expression::{Expr, NO_JUMP, Pc, Value};
use super::lexer::Near;
use super::limits::{MAX_LOCALS, MAX_UPVALUES};
use crate::number::NumberModel;

/// A function being compiled. The positions are where its part of each stack begins.
pub(super) struct Function {
    pub(super) code: usize,
    pub(super) numbers: usize,
    pub(super) strings: usize,
    pub(super) children: usize,
    pub(super) locals: usize,
    pub(super) active: usize,
    pub(super) blocks: usize,
    pub(super) upvalues: Vec<UpvalueDesc>,
    pub(super) upvalue_names: Vec<Option<StringRef>>,
    pub(super) line_defined: u32,
    /// `_ENV` from outside is assigned, here or in a child: the function needs an upvalue of its own for it.
    pub(super) assigns_env: bool,
    /// The last position some jump may lead to: instructions before and behind must not be merged there.
    pub(super) last_target: Pc,
    /// First free register.
    pub(super) free: u8,
    /// Local variables in scope; each has the register of its number.
    pub(super) active_count: u8,
    pub(super) frame_size: u8,
    pub(super) params: u8,
    pub(super) flags: u8,
}

/// Where a name is found, seen from the function that holds it.
enum Found {
    Local(u8),
    Upvalue(u8),
}

impl Function {
    pub(super) const fn new(line_defined: u32) -> Self {
        Self {
            code: 0,
            numbers: 0,
            strings: 0,
            children: 0,
            locals: 0,
            active: 0,
            blocks: 0,
            upvalues: Vec::new(),
            upvalue_names: Vec::new(),
            line_defined,
            assigns_env: false,
            last_target: NO_JUMP,
            free: 0,
            active_count: 0,
            // Registers 0 and 1 are always there: the least frame the format allows.
            frame_size: 2,
            params: 0,
            flags: 0,
        }
    }
}

/// A return of a function that must close upvalues first, if it must; other instructions stay the same.
fn returning(word: Instruction, needs_close: bool) -> Instruction {
    match word.op() {
        Some(Op::Return0) if needs_close => Instruction::abc(Op::Return, 0, 1, 1),
        Some(Op::Return1) if needs_close => Instruction::abc(Op::Return, word.a(), 2, 1),
        Some(op @ (Op::Return | Op::TailCall)) if needs_close => {
            Instruction::abc(op, word.a(), word.b(), 1)
        }
        _ => word,
    }
}

impl<N: NumberModel> Compiler<'_, N> {
    /// Begins a function inside the current one.
    #[inline(never)]
    pub(super) fn open_function(&mut self, line: u32) -> Outcome<()> {
        self.parents.try_reserve(1)?;
        let mut inner = Function::new(line);
        inner.code = self.code.len();
        inner.numbers = self.numbers.len();
        inner.strings = self.strings.len();
        inner.children = self.children.len();
        inner.locals = self.locals.len();
        inner.active = self.active.len();
        inner.blocks = self.blocks.len();
        let outer = mem::replace(&mut self.function, inner);
        self.parents.push(outer);
        self.enter_block(false)
    }

    /// Ends the current function, hands it to the sink and goes on with the enclosing one.
    #[inline(never)]
    pub(super) fn close_function(&mut self, last_line: u32) -> Outcome<FunctionRef> {
        if !self.is_unreachable() {
            self.emit(Instruction::abc(Op::Return0, 0, 0, 0))?;
        }
        self.leave_block()?;
        let strings = self.strings.items(self.function.strings).len();
        let children = self.children.len() - self.function.children;
        if strings + children > format::MAX_REFERENCES {
            return Err(self.limit_error("constants", format::MAX_REFERENCES));
        }
        self.finish_code(strings as u16);
        let function = &mut self.function;
        let shareable = match (
            function.upvalues.as_slice(),
            function.upvalue_names.as_slice(),
        ) {
            ([], _) => true,
            ([upvalue], [name]) => {
                !upvalue.in_stack && *name == Some(self.env) && !function.assigns_env
            }
            _ => false,
        };
        if shareable {
            function.flags |= flags::SHAREABLE;
        }
        let function = &self.function;
        let parts = FunctionParts {
            code: self.code.get(function.code..).unwrap_or_default(),
            numbers: self.numbers.items(function.numbers),
            strings: self.strings.items(function.strings),
            children: self.children.get(function.children..).unwrap_or_default(),
            upvalues: &function.upvalues,
            upvalue_names: &function.upvalue_names,
            frame_size: function.frame_size,
            params: function.params,
            flags: function.flags,
            source: Some(self.source_name),
            line_defined: function.line_defined,
            last_line_defined: last_line,
            lines: self.lines.get(function.code..).unwrap_or_default(),
            locals: self.locals.get(function.locals..).unwrap_or_default(),
        };
        let proto = self.sink.function(&parts)?;
        self.code.truncate(self.function.code);
        self.lines.truncate(self.function.code);
        self.numbers
            .truncate(self.function.numbers, super::constants::hash_number);
        let sink = &self.sink;
        self.strings.truncate(self.function.strings, |string| {
            rostrings::hash(sink.text(string))
        });
        self.children.truncate(self.function.children);
        self.locals.truncate(self.function.locals);
        self.active.truncate(self.function.active);
        let env = function_env(&self.function, self.env);
        let assigns_env = self.function.assigns_env && env.is_some_and(|upvalue| !upvalue.in_stack);
        if let Some(outer) = self.parents.pop() {
            self.function = outer;
            self.function.assigns_env |= assigns_env;
        }
        Ok(proto)
    }

    /// Completes the words that depend on the whole function.
    fn finish_code(&mut self, strings: u16) {
        let needs_close = self.function.flags & flags::NEEDS_CLOSE != 0;
        for pc in 0..self.pc() {
            let word = self.at(pc);
            let Some(op) = word.op() else { continue };
            let done = match op {
                Op::Closure => Instruction::abx(op, word.a(), word.bx().wrapping_add(strings)),
                // Where nothing is to be closed, `CLOSE` goes on, or straight to where a jump behind leads.
                Op::Jmp | Op::Close if op == Op::Jmp || !needs_close => {
                    match self.shortcut(pc, needs_close) {
                        Some((done, line)) => {
                            if let Some(at) = self.lines.get_mut(self.function.code + pc as usize) {
                                *at = line;
                            }
                            done
                        }
                        None => continue,
                    }
                }
                _ => returning(word, needs_close),
            };
            self.set(pc, done);
        }
    }

    /// What a jump becomes when all code is there: a jump to where the jumps it leads to end, or the return
    /// it leads to; and its line, which is that of the return then, as it would be without the short cut.
    fn shortcut(&self, pc: Pc, needs_close: bool) -> Option<(Instruction, u32)> {
        let offset = self.final_target(pc, needs_close)?;
        let target = self.at(pc + 1 + offset);
        let line = |pc: Pc| {
            let line = self.lines.get(self.function.code + pc as usize);
            line.copied().unwrap_or_default()
        };
        let conditional = pc > 0 && self.at(pc - 1).op().is_some_and(Op::is_conditional);
        match target.op() {
            // A conditional instruction relies on its jump.
            Some(Op::Return0 | Op::Return1) if !conditional => {
                Some((returning(target, needs_close), line(pc + 1 + offset)))
            }
            _ => Some((Instruction::sj(Op::Jmp, offset), line(pc))),
        }
    }

    /// Offset from a jump to where the jumps it leads to end. Chains are followed for a while only: they
    /// may go round in circles.
    fn final_target(&self, pc: Pc, needs_close: bool) -> Option<i32> {
        let mut target = pc;
        for _ in 0..100 {
            let word = self.at(target);
            match word.op() {
                Some(Op::Jmp) => target += 1 + word.jump(),
                Some(Op::Close) if !needs_close => target += 1,
                _ => break,
            }
        }
        let offset = target - (pc + 1);
        super::code::fits_jump(offset).then_some(offset)
    }

    /// Words "too many ..." for the current function.
    #[cold]
    #[inline(never)]
    pub(super) fn limit_error(&mut self, what: &str, limit: usize) -> super::error::Stop {
        let near = Near::Token(self.token.kind);
        let line = self.function.line_defined;
        if line == 0 {
            let message = format_args!("too many {what} (limit is {limit}) in main function");
            self.lexer.fail(message, near)
        } else {
            let message =
                format_args!("too many {what} (limit is {limit}) in function at line {line}");
            self.lexer.fail(message, near)
        }
    }

    /// Declares a local variable. It comes into scope with [`Compiler::activate_locals`].
    pub(super) fn declare_local(&mut self, name: StringRef) -> Outcome<()> {
        if self.active.len() - self.function.active >= MAX_LOCALS {
            return Err(self.limit_error("local variables", MAX_LOCALS));
        }
        let index = (self.locals.len() - self.function.locals) as u32;
        push(&mut self.active, index)?;
        let local = LocalVar {
            name,
            start: 0,
            end: 0,
        };
        push(&mut self.locals, local)
    }

    /// Declares a local variable with a name that the compiler makes up.
    pub(super) fn declare_hidden(&mut self, name: &str) -> Outcome<()> {
        let name = self.sink.string(name.as_bytes())?;
        self.declare_local(name)
    }

    /// Brings the next declared local variables into scope.
    pub(super) fn activate_locals(&mut self, count: usize) {
        let pc = self.pc() as u32;
        for _ in 0..count {
            let register = self.function.active_count;
            self.function.active_count += 1;
            if let Some(local) = self.active_local(register) {
                local.start = pc;
            }
        }
    }

    /// Ends the scope of the local variables from this register on.
    pub(super) fn remove_locals(&mut self, level: u8) {
        let pc = self.pc() as u32;
        while self.function.active_count > level {
            self.function.active_count -= 1;
            if let Some(local) = self.active_local(self.function.active_count) {
                local.end = pc;
            }
            self.active.pop();
        }
    }

    /// The local variable in scope that has this register.
    pub(super) fn active_local(&mut self, register: u8) -> Option<&mut LocalVar> {
        let index = *self.active.get(self.function.active + register as usize)?;
        self.locals.get_mut(self.function.locals + index as usize)
    }

    fn function_at(&mut self, level: usize) -> &mut Function {
        self.parents.get_mut(level).unwrap_or(&mut self.function)
    }

    /// Finds a variable among locals and upvalues of the current and the enclosing functions. Void: it is
    /// a global one.
    pub(super) fn find_variable(&mut self, name: StringRef) -> Outcome<Expr<N>> {
        let current = self.parents.len();
        let mut level = current;
        let found = loop {
            if let Some(found) = self.find_in(level, name) {
                break found;
            }
            if level == 0 {
                return Ok(Expr::VOID);
            }
            level -= 1;
        };
        let mut upvalue = match found {
            Found::Local(register) if level == current => {
                return Ok(Expr::new(Value::Local(register)));
            }
            Found::Local(register) => {
                self.mark_captured(level, register);
                UpvalueDesc {
                    in_stack: true,
                    index: register,
                }
            }
            Found::Upvalue(index) => UpvalueDesc {
                in_stack: false,
                index,
            },
        };
        while level < current {
            level += 1;
            upvalue = UpvalueDesc {
                in_stack: false,
                index: self.add_upvalue(level, name, upvalue)?,
            };
        }
        Ok(Expr::new(Value::Upvalue(upvalue.index)))
    }

    fn find_in(&mut self, level: usize, name: StringRef) -> Option<Found> {
        let function = self.parents.get(level).unwrap_or(&self.function);
        let in_scope = self
            .active
            .get(function.active..function.active + function.active_count as usize)
            .unwrap_or_default();
        let locals = self.locals.get(function.locals..).unwrap_or_default();
        // The innermost declaration of a name hides the others.
        let local = in_scope
            .iter()
            .rposition(|&index| locals.get(index as usize).is_some_and(|l| l.name == name));
        if let Some(register) = local {
            return Some(Found::Local(register as u8));
        }
        let upvalue = function
            .upvalue_names
            .iter()
            .position(|&other| other == Some(name))?;
        Some(Found::Upvalue(upvalue as u8))
    }

    /// Notes that an inner function captures a register of the function at `level`.
    fn mark_captured(&mut self, level: usize, register: u8) {
        let function = self.parents.get_mut(level).unwrap_or(&mut self.function);
        function.flags |= flags::NEEDS_CLOSE;
        let first = function.blocks;
        let end = match self.parents.get(level + 1) {
            Some(inner) => inner.blocks,
            None => self.function.blocks,
        };
        let blocks = self.blocks.get_mut(first..end).unwrap_or_default();
        let block = blocks
            .iter_mut()
            .rev()
            .find(|block| block.active_count <= register);
        if let Some(block) = block {
            block.captured = true;
        }
    }

    fn add_upvalue(&mut self, level: usize, name: StringRef, upvalue: UpvalueDesc) -> Outcome<u8> {
        let function = self.function_at(level);
        let index = function.upvalues.len();
        if index >= MAX_UPVALUES {
            return Err(self.limit_error_of(level));
        }
        push(&mut function.upvalues, upvalue)?;
        push(&mut function.upvalue_names, Some(name))?;
        Ok(index as u8)
    }

    #[cold]
    fn limit_error_of(&mut self, level: usize) -> super::error::Stop {
        let line = self.function_at(level).line_defined;
        let inner = mem::replace(&mut self.function.line_defined, line);
        let stop = self.limit_error("upvalues", MAX_UPVALUES);
        self.function.line_defined = inner;
        stop
    }

    /// The upvalue `_ENV` of a main function.
    pub(super) fn add_environment(&mut self) -> Outcome<()> {
        let outside = UpvalueDesc {
            in_stack: false,
            index: 0,
        };
        push(&mut self.function.upvalues, outside)?;
        let name = Some(self.env);
        push(&mut self.function.upvalue_names, name)
    }
}

/// Where a function has its `_ENV` from, if that is an upvalue.
fn function_env(function: &Function, env: StringRef) -> Option<UpvalueDesc> {
    let index = function
        .upvalue_names
        .iter()
        .position(|name| *name == Some(env))?;
    function.upvalues.get(index).copied()
}
