//! Blocks, labels and gotos.
//!
//! A goto waits in a list until its label is known: the innermost visible one, before or behind it. A jump
//! out of the scope of a captured variable must close it. Forwards, the `CLOSE` stands at the label: it can
//! be put there when all is known. Backwards, it stands before the jump, in a word that is kept free wherever
//! a label is in sight that may need it.

use lfs_format::function::StringRef;
use lfs_format::isa::{Instruction, Op};

use super::Compiler;
use super::error::{Outcome, Stop, push};
use super::expression::{Jumps, NO_JUMP, Pc};
use super::lexer::Near;
use crate::number::NumberModel;

/// A block of statements.
#[derive(Clone, Copy)]
pub(super) struct Block {
    first_label: usize,
    first_goto: usize,
    /// Local variables outside of the block.
    pub(super) active_count: u8,
    /// A variable of the block is captured by an inner function.
    pub(super) captured: bool,
    is_loop: bool,
}

/// A label in sight.
#[derive(Clone, Copy)]
pub(super) struct Label {
    name: StringRef,
    pc: Pc,
    line: u32,
    active_count: u8,
}

/// A goto or break without a target yet.
#[derive(Clone, Copy)]
pub(super) struct Goto {
    /// `None` for break.
    name: Option<StringRef>,
    jumps: Jumps,
    line: u32,
    /// Local variables in scope, reduced as blocks around it end.
    active_count: u8,
    /// It leaves the scope of a captured variable.
    leaves_captured: bool,
    /// The word kept for a `CLOSE`, if there is one.
    close_at: Pc,
}

impl<N: NumberModel> Compiler<'_, N> {
    /// Begins a block.
    pub(super) fn enter_block(&mut self, is_loop: bool) -> Outcome<()> {
        let block = Block {
            first_label: self.labels.len(),
            first_goto: self.gotos.len(),
            active_count: self.function.active_count,
            captured: false,
            is_loop,
        };
        push(&mut self.blocks, block)
    }

    /// Whether a variable of the current block is captured.
    pub(super) fn block_captured(&self) -> bool {
        self.blocks.last().is_some_and(|block| block.captured)
    }

    /// Emits a `CLOSE` of the variables from this register on.
    pub(super) fn emit_close(&mut self, level: u8) -> Outcome<()> {
        self.emit_abc(Op::Close, level, 0, 0)?;
        Ok(())
    }

    /// Ends the current block.
    #[inline(never)]
    pub(super) fn leave_block(&mut self) -> Outcome<()> {
        let Some(block) = self.blocks.last().copied() else {
            return Ok(());
        };
        let outermost = self.blocks.len() == self.function.blocks + 1;
        if !outermost && block.captured && !self.is_unreachable() {
            self.emit_close(block.active_count)?;
        }
        if block.is_loop && self.gotos.len() > block.first_goto {
            let behind = Label {
                name: self.env,
                pc: self.pc(),
                line: 0,
                active_count: self.function.active_count,
            };
            if self.resolve_waiting(block.first_goto, None, &behind)? {
                self.emit_close(behind.active_count)?;
            }
        }
        self.blocks.pop();
        self.remove_locals(block.active_count);
        self.function.free = block.active_count;
        self.labels.truncate(block.first_label);
        if !outermost {
            return self.export_gotos(&block);
        }
        match self.gotos.get(block.first_goto).copied() {
            Some(goto) => Err(self.undefined(&goto)),
            None => Ok(()),
        }
    }

    /// Hands the gotos of a block that ends to the enclosing block, where their labels may be.
    fn export_gotos(&mut self, block: &Block) -> Outcome<()> {
        let mut index = block.first_goto;
        while let Some(goto) = self.gotos.get_mut(index) {
            if goto.active_count > block.active_count {
                goto.leaves_captured |= block.captured;
                goto.active_count = block.active_count;
            }
            if !self.resolve_backwards(index)? {
                index += 1;
            }
        }
        Ok(())
    }

    /// Resolves a goto by a label that the current block has already.
    fn resolve_backwards(&mut self, index: usize) -> Outcome<bool> {
        let (Some(goto), Some(block)) = (self.gotos.get(index).copied(), self.blocks.last()) else {
            return Ok(false);
        };
        let labels = self.labels.get(block.first_label..).unwrap_or_default();
        let Some(label) = labels
            .iter()
            .find(|label| Some(label.name) == goto.name)
            .copied()
        else {
            return Ok(false);
        };
        if goto.close_at != NO_JUMP {
            let close = Instruction::abc(Op::Close, label.active_count, 0, 0);
            self.set(goto.close_at, close);
        }
        self.gotos.remove(index);
        self.resolve(&goto, &label)?;
        Ok(true)
    }

    /// Leads a goto to its label.
    fn resolve(&mut self, goto: &Goto, label: &Label) -> Outcome<()> {
        if goto.active_count < label.active_count {
            return Err(self.jumps_into_scope(goto));
        }
        if label.pc == self.pc() {
            self.mark_target();
        }
        self.patch_to(goto.jumps, label.pc)
    }

    /// Takes the gotos of a name (breaks if there is none) out of those that wait from `first` on, and leads
    /// them to a label. True: some of them leaves the scope of a captured variable.
    fn resolve_waiting(
        &mut self,
        first: usize,
        name: Option<StringRef>,
        label: &Label,
    ) -> Outcome<bool> {
        let mut close = false;
        let mut kept = first;
        for index in first..self.gotos.len() {
            let Some(goto) = self.gotos.get(index).copied() else {
                break;
            };
            if goto.name == name {
                close |= goto.leaves_captured;
                self.resolve(&goto, label)?;
            } else {
                self.gotos.swap(kept, index);
                kept += 1;
            }
        }
        self.gotos.truncate(kept);
        Ok(close)
    }

    /// Declares a label here. Statements that do nothing may follow before [`Compiler::settle_label`].
    pub(super) fn declare_label(&mut self, name: StringRef, line: u32) -> Outcome<usize> {
        let pc = self.mark_target();
        let label = Label {
            name,
            pc,
            line,
            active_count: self.function.active_count,
        };
        push(&mut self.labels, label)?;
        Ok(self.labels.len() - 1)
    }

    /// Resolves the gotos that wait for a label. At the end of its block the label counts as outside of the
    /// scope of the block's variables.
    pub(super) fn settle_label(&mut self, index: usize, ends_block: bool) -> Outcome<()> {
        let (Some(block), Some(label)) = (self.blocks.last(), self.labels.get_mut(index)) else {
            return Ok(());
        };
        if ends_block {
            label.active_count = block.active_count;
        }
        let (label, first) = (*label, block.first_goto);
        if self.resolve_waiting(first, Some(label.name), &label)? {
            self.emit_close(label.active_count)?;
        }
        Ok(())
    }

    /// Fails if the current block has a label of this name.
    pub(super) fn check_new_label(&mut self, name: StringRef) -> Outcome<()> {
        let first = self.blocks.last().map_or(0, |block| block.first_label);
        let labels = self.labels.get(first..).unwrap_or_default();
        let Some(line) = labels.iter().find(|l| l.name == name).map(|l| l.line) else {
            return Ok(());
        };
        let name = self.sink.text(name).escape_ascii();
        let what = format_args!("label '{name}' already defined on line {line}");
        Err(self.lexer.fail(what, Near::Nothing))
    }

    /// Whether a jump from here to a label of this name may go back out of the scope of variables.
    pub(super) fn may_close_backwards(&self, name: StringRef) -> bool {
        // Labels of enclosing functions are out of sight.
        let blocks = self.blocks.get(self.function.blocks..).unwrap_or_default();
        let first = blocks.first().map_or(0, |block| block.first_label);
        let labels = self.labels.get(first..).unwrap_or_default();
        labels
            .iter()
            .any(|label| label.name == name && label.active_count < self.function.active_count)
    }

    /// Emits a goto, or a break if there is no name.
    pub(super) fn emit_goto(
        &mut self,
        name: Option<StringRef>,
        line: u32,
        before: u32,
    ) -> Outcome<()> {
        let mut close_at = NO_JUMP;
        let behind = core::mem::replace(&mut self.last_line, before);
        if name.is_some_and(|name| self.may_close_backwards(name)) {
            close_at = self.emit(Instruction::sj(Op::Jmp, 0))?;
        }
        let jumps = self.jump()?;
        self.last_line = behind;
        self.add_goto(name, line, jumps, close_at)
    }

    /// Makes jumps that exist a goto, or a break if there is no name.
    pub(super) fn add_goto(
        &mut self,
        name: Option<StringRef>,
        line: u32,
        jumps: Jumps,
        close_at: Pc,
    ) -> Outcome<()> {
        let goto = Goto {
            name,
            jumps,
            line,
            active_count: self.function.active_count,
            leaves_captured: false,
            close_at,
        };
        push(&mut self.gotos, goto)?;
        self.resolve_backwards(self.gotos.len() - 1)?;
        Ok(())
    }

    #[cold]
    fn jumps_into_scope(&mut self, goto: &Goto) -> Stop {
        let local = self.active_local(goto.active_count).map(|local| local.name);
        let text = |name: Option<StringRef>| {
            let text = name.map(|name| self.sink.text(name)).unwrap_or_default();
            text.escape_ascii()
        };
        let (name, local, line) = (text(goto.name), text(local), goto.line);
        let what =
            format_args!("<goto {name}> at line {line} jumps into the scope of local '{local}'");
        self.lexer.fail(what, Near::Nothing)
    }

    #[cold]
    fn undefined(&mut self, goto: &Goto) -> Stop {
        let line = goto.line;
        match goto.name {
            None => {
                let what = format_args!("<break> at line {line} not inside a loop");
                self.lexer.fail(what, Near::Nothing)
            }
            Some(name) => {
                let name = self.sink.text(name).escape_ascii();
                let what = format_args!("no visible label '{name}' for <goto> at line {line}");
                self.lexer.fail(what, Near::Nothing)
            }
        }
    }
}
