//! Error messages: positions and names of what went wrong.

use crate::builtin::Event as Metamethod;
use crate::compiler::chunk_id;
use crate::convert;
use crate::frame::Throw;
use crate::interp::call::record_of;
use crate::number::NumberModel;
use crate::object::function::{Consts, Record};
use crate::object::string;
use crate::object::thread::{CallInfo, Thread, call};
use crate::raw_text::RawText;
use crate::state::State;
use crate::symbols::{self, NameKind, Symbol, SymbolName};
use crate::value::{Val, tag};
use alloc::vec::Vec;
use core::fmt;
use lfs_format::debug::DebugView;
use lfs_format::isa::{Instruction, Op};

/// Where the instruction that failed has the value in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Nowhere that has a name.
    None,
    /// In a register.
    Register(u8),
    /// In an upvalue.
    Upvalue(u8),
}

/// A name found by [`symbols`], with its text.
pub(crate) struct Name<'a> {
    /// What it names.
    pub kind: NameKind,
    /// The text.
    pub text: &'a [u8],
}

impl<N: NumberModel> State<N> {
    /// The function value of a call.
    ///
    /// # Safety
    /// `info` must be a call of the live `thread`.
    pub(crate) unsafe fn function_of(
        &self,
        thread: *mut Thread<N>,
        info: *const CallInfo,
    ) -> Val<N> {
        // SAFETY: caller.
        unsafe { *(*thread).stack.add((*info).func as usize) }
    }

    /// Number of the instruction a Lua call is executing.
    ///
    /// # Safety
    /// As for [`State::function_of`]; the call must be a Lua one with its `pc` saved.
    pub(crate) unsafe fn current_pc(&self, thread: *mut Thread<N>, info: *const CallInfo) -> usize {
        // SAFETY: caller; `pc` points behind the instruction executed, at its start before the first one.
        unsafe {
            let record = record_of(&self.function_of(thread, info));
            let next = (*info).pc().offset_from(Record::code(record)) as usize;
            next.saturating_sub(1)
        }
    }

    /// Source name and current line of a Lua call; line 0 if unknown.
    ///
    /// # Safety
    /// As for [`State::current_pc`].
    pub(crate) unsafe fn position(
        &self,
        thread: *mut Thread<N>,
        info: *const CallInfo,
    ) -> (&[u8], u32) {
        // SAFETY: caller; names of a live record are live.
        unsafe {
            let record = record_of(&self.function_of(thread, info));
            let pc = self.current_pc(thread, info) as u32;
            (
                source_of::<N>(record),
                debug_of::<N>(record)
                    .and_then(|debug| debug.line_at(pc))
                    .unwrap_or(0),
            )
        }
    }

    /// The name `find` gives for something in the Lua call `info`.
    unsafe fn named(
        &self,
        thread: *mut Thread<N>,
        info: *const CallInfo,
        find: impl FnOnce(
            &lfs_format::function::FunctionView<'_>,
            usize,
            &dyn Fn(i64) -> bool,
        ) -> Option<Symbol>,
    ) -> Option<Name<'_>> {
        // SAFETY: callers give a live Lua call; names of a live record are live.
        unsafe {
            let record = record_of(&self.function_of(thread, info));
            let consts = Record::consts::<N>(record);
            let view = crate::record::view::<N>(record)?;
            let is_env = |slot: i64| string::bytes(&consts.resolve_string(slot)) == b"_ENV";
            let symbol = find(&view, self.current_pc(thread, info), &is_env)?;
            Some(Name {
                kind: symbol.kind,
                text: symbol_text(consts, &symbol),
            })
        }
    }

    /// How the function of call `index` of `thread` was named by its caller.
    ///
    /// # Safety
    /// `index` must be a call of the live `thread`.
    pub(crate) unsafe fn call_name(
        &self,
        thread: *mut Thread<N>,
        index: usize,
    ) -> Option<Name<'_>> {
        // SAFETY: caller; `index - 1` is a call as well.
        unsafe {
            let info = (*thread).frames.add(index);
            // As in the reference implementation, it is the function interrupted that has the finalizer's name.
            let interrupted =
                index + 1 < (*thread).depth as usize && (*info.add(1)).flags & call::FINALIZER != 0;
            if interrupted {
                return Some(Name {
                    kind: NameKind::Metamethod,
                    text: b"__gc",
                });
            }
            if (*info).flags & call::HOOK != 0 {
                return Some(Name {
                    kind: NameKind::Hook,
                    text: b"?",
                });
            }
            if index == 0 || (*info).flags & (call::TAIL | call::ENTRY | call::HANDLER) != 0 {
                return None;
            }
            let caller = (*thread).frames.add(index - 1);
            if !(*caller).is_lua() {
                return None;
            }
            self.named(thread, caller, |view, pc, is_env| {
                symbols::callee(view, pc, is_env)
            })
        }
    }

    /// Raises the error of a stack that cannot grow: a message handler that fails of it is given up.
    #[cold]
    pub fn stack_overflow(&mut self, handling: bool) -> Throw {
        if handling {
            return self.throw(crate::builtin::string_value(
                crate::builtin::ERROR_IN_HANDLER,
            ));
        }
        self.runtime_error(format_args!("stack overflow"))
    }

    /// Raises an error with the position of the Lua function on top, if one is.
    #[cold]
    pub fn runtime_error(&mut self, message: fmt::Arguments<'_>) -> Throw {
        self.error_at_level(0, message, &[])
    }

    /// Raises an error with the position of the function `level` calls below the top, if it is a Lua one; `after` is
    /// appended.
    #[cold]
    pub fn error_at_level(
        &mut self,
        level: usize,
        message: fmt::Arguments<'_>,
        after: &[u8],
    ) -> Throw {
        let mut prefix = Vec::new();
        if self.write_position(level, &mut prefix).is_err() {
            return Throw::Memory;
        }
        match self.text(&prefix, message, after) {
            Ok(value) => self.throw(value),
            Err(throw) => throw,
        }
    }

    /// Writes `source:line: ` of the function `level` calls below the top into `out`; nothing if it is none of Lua.
    ///
    /// # Errors
    /// Out of memory.
    pub fn write_position(&self, level: usize, out: &mut Vec<u8>) -> Result<(), Throw> {
        let thread = self.thread();
        // SAFETY: the current thread is live; the call index is checked.
        unsafe {
            let depth = (*thread).depth as usize;
            if level >= depth {
                return Ok(());
            }
            let info = (*thread).frames.add(depth - 1 - level);
            if !(*info).is_lua() {
                return Ok(());
            }
            let (source, line) = self.position(thread, info);
            // As in the reference implementation: only the interpreter's own errors tell that a line is not known.
            if line == 0 && level > 0 {
                return Ok(());
            }
            let id = chunk_id(source);
            let number = crate::number::int_text(i64::from(line));
            let line_text: &[u8] = if line == 0 { b"-1" } else { number.as_bytes() };
            let parts = [id.as_bytes(), b":", line_text, b": "];
            out.try_reserve(parts.iter().map(|part| part.len()).sum())
                .map_err(|_| Throw::Memory)?;
            parts.iter().for_each(|part| out.extend_from_slice(part));
            Ok(())
        }
    }

    /// Name of a value's type, which its metatable's `__name` may replace.
    unsafe fn type_name_of(&self, value: &Val<N>) -> &[u8] {
        // SAFETY: callers give live values; strings of live tables are live.
        unsafe {
            if value.tag & tag::TYPE_MASK == tag::TABLE & tag::TYPE_MASK
                || value.tag == tag::USERDATA
            {
                let name = self.metamethod(value, Metamethod::Name);
                if name.is_string() {
                    return string::bytes(&name);
                }
            }
            convert::type_name(value.tag).as_bytes()
        }
    }

    /// Raises "attempt to `what` a T value (local 'x')".
    ///
    /// # Safety
    /// The value must be live.
    #[cold]
    pub unsafe fn operand_error(&mut self, what: &str, value: &Val<N>, operand: Operand) -> Throw {
        let mut description = Vec::new();
        // SAFETY: caller; the description is copied before anything is allocated on the heap.
        unsafe {
            if self.describe(operand, &mut description).is_err() {
                return Throw::Memory;
            }
            let type_name: &[u8] = core::mem::transmute::<&[u8], &[u8]>(self.type_name_of(value));
            let (type_name, after) = (RawText(type_name), RawText(&description));
            self.runtime_error(format_args!("attempt to {what} a {type_name} value{after}"))
        }
    }

    /// Writes ` (local 'x')` if the operand of the instruction being executed has a name.
    unsafe fn describe(&self, operand: Operand, out: &mut Vec<u8>) -> Result<(), Throw> {
        let thread = self.thread();
        // SAFETY: the current thread is live; only a Lua call on top has operands.
        unsafe {
            if (*thread).depth == 0 || operand == Operand::None {
                return Ok(());
            }
            let info = Thread::frame(thread);
            if !(*info).is_lua() {
                return Ok(());
            }
            let name = self.named(thread, info, |view, pc, is_env| match operand {
                Operand::Register(register) => symbols::register(view, pc, register, is_env),
                Operand::Upvalue(index) => symbols::upvalue(view, u32::from(index)),
                Operand::None => None,
            });
            if let Some(name) = name {
                let parts = [b" (", name.kind.text().as_bytes(), b" '", name.text, b"')"];
                out.try_reserve(parts.iter().map(|part| part.len()).sum())
                    .map_err(|_| Throw::Memory)?;
                parts.iter().for_each(|part| out.extend_from_slice(part));
            }
            Ok(())
        }
    }

    /// Raises "attempt to index a T value (...)".
    ///
    /// # Safety
    /// The values must be live.
    #[cold]
    pub unsafe fn index_error(
        &mut self,
        object: &Val<N>,
        _key: &Val<N>,
        operand: Operand,
    ) -> Throw {
        // SAFETY: caller.
        unsafe { self.operand_error("index", object, operand) }
    }

    /// Raises "attempt to call a T value (...)".
    ///
    /// # Safety
    /// The value must be live.
    #[cold]
    pub unsafe fn call_error(&mut self, value: &Val<N>) -> Throw {
        let thread = self.thread();
        // SAFETY: the current thread is live; a Lua call on top has its `pc` saved.
        unsafe {
            let mut operand = Operand::None;
            if (*thread).depth > 0 && (*Thread::frame(thread)).is_lua() {
                let instruction = Instruction(string::word((*Thread::frame(thread)).pc().sub(1)));
                if matches!(instruction.op(), Some(Op::Call | Op::TailCall)) {
                    operand = Operand::Register(instruction.a());
                }
            }
            self.operand_error("call", value, operand)
        }
    }

    /// Raises the error of an arithmetic or bitwise operation on the wrong types.
    ///
    /// # Safety
    /// The values must be live.
    #[cold]
    pub unsafe fn arith_error(
        &mut self,
        bitwise: bool,
        a: &Val<N>,
        b: &Val<N>,
        operands: [Operand; 2],
    ) -> Throw {
        // SAFETY: caller.
        unsafe {
            let (first, second) = (convert::to_number(a), convert::to_number(b));
            let mut which = usize::from(first.is_some());
            if bitwise && first.is_some() && second.is_some() {
                which = usize::from(convert::to_int(a).is_some());
                let mut description = Vec::new();
                if self.describe(operands[which], &mut description).is_err() {
                    return Throw::Memory;
                }
                let name = RawText(&description);
                return self
                    .runtime_error(format_args!("number{name} has no integer representation"));
            }
            let what = if bitwise {
                "perform bitwise operation on"
            } else {
                "perform arithmetic on"
            };
            self.operand_error(what, [a, b][which], operands[which])
        }
    }

    /// Raises "attempt to compare ...".
    ///
    /// # Safety
    /// The values must be live.
    #[cold]
    pub unsafe fn order_error(&mut self, a: &Val<N>, b: &Val<N>) -> Throw {
        // SAFETY: caller; the texts are used before anything is allocated on the heap.
        unsafe {
            let first: &[u8] = core::mem::transmute::<&[u8], &[u8]>(self.type_name_of(a));
            let second: &[u8] = core::mem::transmute::<&[u8], &[u8]>(self.type_name_of(b));
            if first == second {
                self.runtime_error(format_args!(
                    "attempt to compare two {} values",
                    RawText(first)
                ))
            } else {
                self.runtime_error(format_args!(
                    "attempt to compare {} with {}",
                    RawText(first),
                    RawText(second)
                ))
            }
        }
    }

    /// Raises "bad argument #i to 'f' (message)" for the native on top; `index` counts from 0.
    ///
    /// # Safety
    /// A native must be on top.
    #[cold]
    pub unsafe fn argument_error(&mut self, index: usize, message: fmt::Arguments<'_>) -> Throw {
        let thread = self.thread();
        // SAFETY: the current thread is live.
        unsafe {
            let top = ((*thread).depth as usize).saturating_sub(1);
            let mut name = Vec::new();
            let mut number = index + 1;
            if let Some(found) = self.call_name(thread, top) {
                let text: &[u8] = if found.kind == NameKind::Method && index == 0 {
                    number = 0;
                    found.text
                } else {
                    number -= usize::from(found.kind == NameKind::Method);
                    found.text
                };
                if name.try_reserve(text.len()).is_err() {
                    return Throw::Memory;
                }
                name.extend_from_slice(text);
            } else if self.global_name(thread, top, &mut name).is_err() {
                return Throw::Memory;
            }
            if name.is_empty() {
                name.extend_from_slice(b"?");
            }
            let name = RawText(&name);
            if number == 0 {
                return self.error_at_level(
                    1,
                    format_args!("calling '{name}' on bad self ({message})"),
                    &[],
                );
            }
            self.error_at_level(
                1,
                format_args!("bad argument #{number} to '{name}' ({message})"),
                &[],
            )
        }
    }

    /// Raises "bad argument #i to 'f' (T expected, got U)".
    ///
    /// # Safety
    /// A native must be on top, the value live.
    #[cold]
    pub unsafe fn argument_type_error(
        &mut self,
        index: usize,
        expected: &str,
        given: Option<Val<N>>,
    ) -> Throw {
        // SAFETY: caller; the text is used before anything is allocated on the heap.
        unsafe {
            let given: &[u8] = match &given {
                None => b"no value",
                Some(value) if value.tag == tag::LIGHT => b"light userdata",
                Some(value) => core::mem::transmute::<&[u8], &[u8]>(self.type_name_of(value)),
            };
            self.argument_error(
                index,
                format_args!("{expected} expected, got {}", RawText(given)),
            )
        }
    }

    /// Writes the name under which the function of call `index` is found in a loaded library: `string.rep`.
    ///
    /// # Errors
    /// Out of memory.
    ///
    /// # Safety
    /// `index` must be a call of the live `thread`.
    pub(crate) unsafe fn global_name(
        &self,
        thread: *mut Thread<N>,
        index: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Throw> {
        use crate::object::table::Table;
        // SAFETY: caller; library tables and what they hold are live.
        unsafe {
            let function = self.function_of(thread, (*thread).frames.add(index));
            let loaded = self.loaded_libraries();
            if loaded.is_null() {
                return Ok(());
            }
            let mut module = 0;
            while let Some((next, library, table)) = Table::next_at(loaded, module) {
                module = next;
                if !library.is_string() || !table.is_table() {
                    continue;
                }
                let mut entry = 0;
                while let Some((next, key, value)) =
                    Table::next_at(table.as_ptr() as *mut Table<N>, entry)
                {
                    entry = next;
                    if key.is_string() && string::raw_equal(&value, &function) {
                        let library = string::bytes(&library);
                        let key = string::bytes(&key);
                        out.try_reserve(library.len() + key.len() + 1)
                            .map_err(|_| Throw::Memory)?;
                        if library != b"_G" {
                            out.extend_from_slice(library);
                            out.push(b'.');
                        }
                        out.extend_from_slice(key);
                        return Ok(());
                    }
                }
            }
            Ok(())
        }
    }

    /// Replaces the raised error by "error in __gc metamethod (...)".
    pub(super) fn finalizer_error(&mut self) {
        let error = self.roots.error;
        let message: &[u8] = if error.is_string() {
            // SAFETY: the raised error is a root.
            unsafe { string::bytes(&error) }
        } else {
            b"no message"
        };
        match self.joined(b"error in __gc metamethod (", message, b")") {
            Ok(value) => self.roots.error = value,
            Err(_) => {
                self.memory_error();
            }
        }
    }

    /// A string of three parts.
    fn joined(&mut self, before: &[u8], middle: &[u8], after: &[u8]) -> Result<Val<N>, Throw> {
        let mut whole = Vec::new();
        whole
            .try_reserve(before.len() + middle.len() + after.len())
            .map_err(|_| Throw::Memory)?;
        [before, middle, after]
            .iter()
            .for_each(|part| whole.extend_from_slice(part));
        Ok(self.new_string(&whole)?)
    }
}

/// Debug information of a function.
///
/// # Safety
/// `record` must be live for `'a`.
pub(crate) unsafe fn debug_of<'a, N: NumberModel>(record: *const Record) -> Option<DebugView<'a>> {
    // SAFETY: caller.
    unsafe { crate::record::view::<N>(record) }?.debug()
}

/// Source name of a function; `=?` if it was stripped.
///
/// # Safety
/// `record` must be live.
pub(crate) unsafe fn source_of<'a, N: NumberModel>(record: *const Record) -> &'a [u8] {
    // SAFETY: caller; the source name is kept by its record.
    unsafe {
        match debug_of::<N>(record).and_then(|debug| debug.source()) {
            Some(slot) => string::bytes(&Record::consts::<N>(record).resolve_string(slot)),
            None => b"=?",
        }
    }
}

/// # Safety
/// The symbol must be one of the record `consts` belongs to.
unsafe fn symbol_text<'a, N: NumberModel>(consts: Consts<N>, symbol: &Symbol) -> &'a [u8] {
    match symbol.name {
        SymbolName::Slot(slot) => {
            // SAFETY: names of a live record are live.
            let name = unsafe { string::bytes(&consts.resolve_string(slot)) };
            // A constant may hold a zero, where the reference implementation ends the name.
            name.split(|byte| *byte == 0).next().unwrap_or_default()
        }
        SymbolName::Text(text) => text.as_bytes(),
    }
}
