//! Calls, functions and their variables, as the library `debug` sees them.

use super::value::Invariant;
use super::{Ctx, Function, Table, Thread, UserData, Value};
use crate::frame::Throw;
use crate::hook::event;
use crate::interp::{Name, debug_of, record_of, source_of};
use crate::number::{LuaInt, NumberModel};
use crate::object::function::{Closure, NativeClosure, Record, Upvalue};
use crate::object::string;
use crate::object::thread::{CallInfo, Thread as ThreadObject, call};
use crate::object::userdata::UserObject;
use crate::state::State;
use crate::value::{Val, tag};
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ptr::NonNull;
use lfs_format::function::flags;
use lua_gc::header;

/// An active call of a thread.
pub(crate) struct Call<'gc, N: NumberModel> {
    ctx: Ctx<'gc, N>,
    thread: *mut ThreadObject<N>,
    index: usize,
    lifetime: Invariant<'gc>,
}

/// What is known of a function.
pub(crate) struct FunctionDetails<'gc> {
    /// Whether it is implemented in Rust.
    pub native: bool,
    /// Name of the source; `=[C]` of a native function, `=?` if unknown.
    pub source: &'gc [u8],
    /// First and last line of the definition; -1 of a native function, 0 of a main function.
    pub lines: (i64, i64),
    /// Number of upvalues.
    pub upvalues: usize,
    /// Number of fixed parameters.
    pub params: usize,
    /// Whether it takes any number of arguments.
    pub vararg: bool,
    /// Whether it is the main function of a chunk.
    pub main: bool,
}

/// A variable: its name and value.
pub(crate) type Variable<'gc, N> = (&'gc [u8], Value<'gc, N>);

/// Name of an upvalue whose name was stripped.
const NO_NAME: &[u8] = b"(*no name)";

impl<'gc, N: NumberModel> Ctx<'gc, N> {
    /// The call `level` calls below the top of a thread (0: the function that runs).
    pub(crate) fn call_at(self, thread: Thread<'gc, N>, level: usize) -> Option<Call<'gc, N>> {
        let index = self.depth(thread).checked_sub(level)?.checked_sub(1)?;
        Some(Call {
            ctx: self,
            thread: thread.object(),
            index,
            lifetime: PhantomData,
        })
    }

    /// Number of active calls of a thread.
    pub(crate) fn depth(self, thread: Thread<'gc, N>) -> usize {
        // SAFETY: the thread is live for 'gc.
        unsafe { (*thread.object()).depth as usize }
    }

    /// The hook of a thread: its function, its events ([`crate::hook::event`]) and its count.
    pub(crate) fn hook(self, thread: Thread<'gc, N>) -> (Value<'gc, N>, u8, i32) {
        // SAFETY: the thread is live for 'gc, and keeps the function of its hook.
        unsafe {
            let events = (*thread.object()).hooks & event::ALL;
            match self.state().roots.hooks.get(thread.object()) {
                Some(hook) if events != 0 => {
                    (Value::from_val(hook.function), events, hook.interval)
                }
                _ => (Value::Nil, 0, 0),
            }
        }
    }

    /// Sets the hook of a thread; without events, removes it.
    ///
    /// # Errors
    /// Out of memory; nothing has changed then.
    pub(crate) fn set_hook(
        self,
        thread: Thread<'gc, N>,
        function: Option<Function<'gc, N>>,
        events: u8,
        count: i32,
    ) -> Result<(), Throw> {
        let function = function.map_or(Val::NIL, |function| function.val());
        // SAFETY: thread and function are live for 'gc.
        unsafe {
            self.state()
                .set_hook(thread.object(), function, events, count)
        }
    }

    /// All short strings in RAM or ROM, as an array.
    ///
    /// # Errors
    /// Out of memory.
    pub(crate) fn strings(self, ram: bool) -> Result<Table<'gc, N>, Throw> {
        let table = self.new_table(0, 0)?;
        let mut last = N::Int::ZERO;
        let mut add = |text: Val<N>| {
            last = last.add(N::Int::ONE);
            table.set_int_val(self, last, text)
        };
        if ram {
            let mut texts = Vec::new();
            let known = &self.state().roots.strings;
            texts
                .try_reserve_exact(known.len())
                .map_err(|_| Throw::Memory)?;
            texts.extend(known.iter().map(|text| text.0));
            for text in texts {
                // SAFETY: the intern table holds strings that are not freed yet; one found dead lives on (G5).
                let text = unsafe {
                    let object = NonNull::new_unchecked(text as *mut lua_gc::Header);
                    self.state().heap.revive(object);
                    Val::object(object, tag::SHORT_RAM)
                };
                add(text)?;
            }
            return Ok(table);
        }
        let mut index = 0;
        while let Some(rom) = self.state().roots.roms.get(index).copied() {
            for (_, record) in rom.iter() {
                let kind = if record.is_short() {
                    tag::SHORT_ROM
                } else {
                    tag::LONG_ROM
                };
                add(Val::pointer(record.words().as_ptr() as *mut u8, kind))?;
            }
            index += 1;
        }
        Ok(table)
    }
}

impl<'gc, N: NumberModel> Call<'gc, N> {
    fn info(&self) -> *mut CallInfo {
        // SAFETY: `call_at` checked the index; no call returns during 'gc.
        unsafe { (*self.thread).frames.add(self.index) }
    }

    /// The function called.
    pub(crate) fn function(&self) -> Function<'gc, N> {
        // SAFETY: a call's function slot holds a live function.
        unsafe { Function::from_val(self.ctx.state().function_of(self.thread, self.info())) }
    }

    /// The line being executed, -1 if there is none.
    pub(crate) fn current_line(&self) -> i64 {
        // SAFETY: a call of a live thread; a Lua one below the top has its `pc` saved.
        unsafe {
            if !(*self.info()).is_lua() {
                return -1;
            }
            match self.ctx.state().position(self.thread, self.info()).1 {
                0 => -1,
                line => i64::from(line),
            }
        }
    }

    /// Whether the call took the place of its caller.
    pub(crate) fn is_tail_call(&self) -> bool {
        // SAFETY: as for `info`.
        unsafe { (*self.info()).flags & call::TAIL != 0 }
    }

    /// How the caller names the function.
    pub(crate) fn name(&self) -> Option<Name<'gc>> {
        let state: *const State<N> = self.ctx.state();
        // SAFETY: a call of a live thread; names are kept by live functions.
        unsafe { (*state).call_name(self.thread, self.index) }
    }

    /// Appends the name under which the function is found in a loaded library; nothing if it is not.
    ///
    /// # Errors
    /// Out of memory.
    pub(crate) fn global_name(&self, out: &mut Vec<u8>) -> Result<(), Throw> {
        // SAFETY: a call of a live thread.
        unsafe { self.ctx.state().global_name(self.thread, self.index, out) }
    }

    /// Variable `number` of the call: locals count from 1, additional arguments from -1 downwards.
    pub(crate) fn local(&self, number: i64) -> Option<Variable<'gc, N>> {
        let (name, slot) = self.find_local(number)?;
        // SAFETY: `find_local` gives an initialised slot of the thread's stack; its value is live.
        Some((name, unsafe { Value::from_val(*slot) }))
    }

    /// Replaces the value of variable `number`; gives its name.
    pub(crate) fn set_local(&self, number: i64, value: Value<'gc, N>) -> Option<&'gc [u8]> {
        let (name, slot) = self.find_local(number)?;
        // SAFETY: as for `local`; stacks need no barrier (G3).
        unsafe { *slot = value.val() };
        Some(name)
    }

    fn find_local(&self, number: i64) -> Option<(&'gc [u8], *mut Val<N>)> {
        // SAFETY: a call of a live thread; slots are checked against the extent of the call.
        unsafe {
            let info = *self.info();
            let stack = (*self.thread).stack;
            // The function that the call has called, and what is above it, are no variables of the call, whatever a
            // debug record says.
            let end = if self.index + 1 < (*self.thread).depth as usize {
                (*(*self.thread).frames.add(self.index + 1)).func
            } else if info.is_lua() {
                info.top
            } else {
                (*self.thread).top
            };
            let held = i64::from(end) - i64::from(info.base);
            if info.is_lua() {
                let record = record_of(&self.ctx.state().function_of(self.thread, self.info()));
                if number < 0 {
                    let extra = usize::try_from(number.unsigned_abs()).ok()?;
                    let slot = (info.func as usize)
                        .checked_add(Record::shape(record).params())?
                        .checked_add(extra)?;
                    return (slot < info.base as usize)
                        .then(|| (&b"(*vararg)"[..], stack.add(slot)));
                }
                let pc = self.ctx.state().current_pc(self.thread, self.info());
                if (1..=held).contains(&number)
                    && let Some(name) = local_name::<N>(record, number, pc)
                {
                    return Some((name, stack.add(info.base as usize + number as usize - 1)));
                }
            }
            let slot = (1..=held)
                .contains(&number)
                .then(|| info.base as usize + number as usize - 1)?;
            Some((&b"(*temporary)"[..], stack.add(slot)))
        }
    }
}

/// Name of local variable `number` (from 1) at instruction `pc`.
///
/// # Safety
/// `record` must be live for `'gc`.
unsafe fn local_name<'gc, N: NumberModel>(
    record: *const Record,
    number: i64,
    pc: usize,
) -> Option<&'gc [u8]> {
    let register = u32::try_from(number.checked_sub(1)?).ok()?;
    // SAFETY: names of a live record are live.
    unsafe {
        let slot = debug_of::<N>(record)?.local_name_at(register, u32::try_from(pc).ok()?)?;
        Some(string::bytes(
            &Record::consts::<N>(record).resolve_string(slot),
        ))
    }
}

/// Where an upvalue of a function is.
enum Place<N: NumberModel> {
    /// An upvalue object of a Lua closure: the pointer to it in the closure.
    Shared(*mut *mut Upvalue<N>),
    /// The environment of a function that is a value by itself.
    Globals(*mut Upvalue<N>),
    /// A value of a native closure.
    Own(*mut Val<N>),
}

impl<'gc, N: NumberModel> Function<'gc, N> {
    fn record(self) -> Option<*const Record> {
        let native = matches!(self.val().tag, tag::NATIVE | tag::NATIVE_CLOSURE);
        // SAFETY: every other function is one of Lua, live for 'gc.
        (!native).then(|| unsafe { record_of(&self.val()) })
    }

    /// Whether it is implemented in Rust.
    pub(crate) fn is_native(self) -> bool {
        self.record().is_none()
    }

    /// What is known of the function.
    pub(crate) fn details(self) -> FunctionDetails<'gc> {
        let Some(record) = self.record() else {
            return FunctionDetails {
                native: true,
                source: b"=[C]",
                lines: (-1, -1),
                upvalues: self.upvalue_count(),
                params: 0,
                vararg: true,
                main: false,
            };
        };
        // SAFETY: the record of a live function is live.
        unsafe {
            let debug = debug_of::<N>(record);
            let lines = debug.as_ref().map_or((0, 0), |debug| {
                (
                    i64::from(debug.line_defined()),
                    i64::from(debug.last_line_defined()),
                )
            });
            FunctionDetails {
                native: false,
                source: source_of::<N>(record),
                lines,
                upvalues: self.upvalue_count(),
                params: Record::shape(record).params(),
                vararg: Record::flags(record) & flags::VARARG != 0,
                main: Record::flags(record) & flags::MAIN != 0,
            }
        }
    }

    /// Calls `each` with the lines that have code, in the order of the code.
    ///
    /// # Errors
    /// What `each` returns.
    pub(crate) fn active_lines(
        self,
        mut each: impl FnMut(u32) -> Result<(), Throw>,
    ) -> Result<(), Throw> {
        // SAFETY: the record of a live function is live.
        let debug = self
            .record()
            .and_then(|record| unsafe { debug_of::<N>(record) });
        debug.map_or(Ok(()), |debug| {
            debug.lines().try_for_each(|run| each(run.line))?;
            // The `end` of a function counts as a return even where control cannot get to it and no
            // instruction stands for it.
            match debug.last_line_defined() {
                line if line > 0 && debug.has_lines() => each(line),
                _ => Ok(()),
            }
        })
    }

    /// Name of parameter `number`, from 1.
    pub(crate) fn parameter(self, number: i64) -> Option<&'gc [u8]> {
        // SAFETY: the record of a live function is live for 'gc.
        self.record()
            .and_then(|record| unsafe { local_name::<N>(record, number, 0) })
    }

    fn upvalue_count(self) -> usize {
        // SAFETY: the function is live for 'gc.
        unsafe {
            match (self.record(), self.val().tag) {
                (Some(record), _) => Record::shape(record).upvalues(),
                (None, tag::NATIVE_CLOSURE) => header::user(self.val().as_object()) as usize,
                _ => 0,
            }
        }
    }

    /// Upvalue `index`, from 0.
    fn place(self, ctx: Ctx<'gc, N>, index: usize) -> Option<Place<N>> {
        if index >= self.upvalue_count() {
            return None;
        }
        // SAFETY: the function is live for 'gc, the index in range; a function by itself has only the environment.
        unsafe {
            Some(match self.val().tag {
                tag::CLOSURE => Place::Shared(
                    Closure::upvalues(self.val().as_ptr() as *mut Closure<N>).add(index),
                ),
                tag::NATIVE_CLOSURE => Place::Own(
                    NativeClosure::values(self.val().as_ptr() as *mut NativeClosure<N>).add(index),
                ),
                _ => Place::Globals(ctx.state().roots.globals_upvalue()),
            })
        }
    }

    fn upvalue_name(self, index: usize) -> &'gc [u8] {
        let Some(record) = self.record() else {
            return b"";
        };
        // SAFETY: names of a live record are live.
        unsafe {
            let name = debug_of::<N>(record).and_then(|debug| debug.upvalue_name(index as u32));
            name.map_or(NO_NAME, |slot| {
                string::bytes(&Record::consts::<N>(record).resolve_string(slot))
            })
        }
    }

    /// Upvalue `index`, from 0.
    pub(crate) fn upvalue(self, ctx: Ctx<'gc, N>, index: usize) -> Option<Variable<'gc, N>> {
        // SAFETY: upvalues of a live function are live.
        let value = unsafe {
            match self.place(ctx, index)? {
                Place::Shared(upvalue) => *(**upvalue).v,
                Place::Globals(upvalue) => *(*upvalue).v,
                Place::Own(value) => *value,
            }
        };
        // SAFETY: what live upvalues hold is live.
        Some((self.upvalue_name(index), unsafe { Value::from_val(value) }))
    }

    /// Replaces the value of upvalue `index`, from 0; gives its name. The environment of a function that is a value by
    /// itself is that of many functions and stays.
    pub(crate) fn set_upvalue(
        self,
        ctx: Ctx<'gc, N>,
        index: usize,
        value: Value<'gc, N>,
    ) -> Option<&'gc [u8]> {
        let value = value.val();
        // SAFETY: upvalues of a live function are live; the state runs the barrier.
        unsafe {
            match self.place(ctx, index)? {
                Place::Shared(upvalue) => {
                    *(**upvalue).v = value;
                    ctx.state().barrier(*upvalue as *mut u8, &value);
                }
                Place::Globals(_) => return None,
                Place::Own(at) => {
                    *at = value;
                    ctx.state().barrier(self.val().as_ptr(), &value);
                }
            }
        }
        Some(self.upvalue_name(index))
    }

    /// An address that only this variable has.
    pub(crate) fn upvalue_id(self, ctx: Ctx<'gc, N>, index: usize) -> Option<*mut u8> {
        Some(match self.place(ctx, index)? {
            // SAFETY: as for `upvalue`.
            Place::Shared(upvalue) => unsafe { *upvalue as *mut u8 },
            Place::Globals(upvalue) => upvalue as *mut u8,
            Place::Own(value) => value as *mut u8,
        })
    }

    /// Makes upvalue `index` the same variable as upvalue `other_index` of `other`. False if one of them is none of a
    /// Lua closure.
    pub(crate) fn join_upvalue(
        self,
        ctx: Ctx<'gc, N>,
        index: usize,
        other: Function<'gc, N>,
        other_index: usize,
    ) -> bool {
        let Some(Place::Shared(at)) = self.place(ctx, index) else {
            return false;
        };
        // SAFETY: both functions are live; the state runs the barrier.
        unsafe {
            let upvalue = match other.place(ctx, other_index) {
                Some(Place::Shared(upvalue)) => *upvalue,
                Some(Place::Globals(upvalue)) => upvalue,
                _ => return false,
            };
            *at = upvalue;
            if let Some(child) = NonNull::new(upvalue as *mut lua_gc::Header) {
                ctx.state().barrier_object(self.val().as_ptr(), child);
            }
        }
        true
    }
}

/// Environments as Lua 5.1 has them: the variable `_ENV` that a function captured.
impl<'gc, N: NumberModel> Function<'gc, N> {
    /// Number of the upvalue that is its environment. Where names were stripped, a function that can have no other
    /// upvalue has it first.
    fn environment_index(self) -> Option<usize> {
        let record = self.record()?;
        let named = (0..self.upvalue_count()).find(|index| self.upvalue_name(*index) == b"_ENV");
        // SAFETY: the record of a live function is live.
        let alone = unsafe { Record::flags(record) } & (flags::MAIN | flags::SHAREABLE) != 0;
        named.or_else(|| {
            (alone && self.upvalue_count() > 0 && self.upvalue_name(0) == NO_NAME).then_some(0)
        })
    }

    /// What its global names are looked up in: the globals of a function without any.
    pub(crate) fn environment(self, ctx: Ctx<'gc, N>) -> Value<'gc, N> {
        self.environment_index()
            .and_then(|index| self.upvalue(ctx, index))
            .map_or(ctx.globals().into(), |(_, environment)| environment)
    }

    /// Gives it an environment of its own. False if it cannot have one: a native, or a function that is a value by
    /// itself, the same wherever it is.
    ///
    /// # Errors
    /// Out of memory; nothing has changed then.
    pub(crate) fn set_environment(
        self,
        ctx: Ctx<'gc, N>,
        environment: Value<'gc, N>,
    ) -> Result<bool, Throw> {
        let Some(index) = self.environment_index() else {
            return Ok(!self.is_native());
        };
        let Some(Place::Shared(at)) = self.place(ctx, index) else {
            return Ok(false);
        };
        let variable = ctx.state().new_upvalue(environment.val())?;
        // SAFETY: the closure is live for 'gc; the state runs the barrier.
        unsafe {
            *at = variable;
            if let Some(child) = NonNull::new(variable as *mut lua_gc::Header) {
                ctx.state().barrier_object(self.val().as_ptr(), child);
            }
        }
        Ok(true)
    }
}

impl<'gc, N: NumberModel> Call<'gc, N> {
    /// Gives the function called an environment of its own. One that is a value by itself is replaced in this call by a
    /// closure. It takes effect when the executor goes on with the call.
    ///
    /// # Errors
    /// Out of memory; nothing has changed then.
    pub(crate) fn set_environment(&self, environment: Value<'gc, N>) -> Result<bool, Throw> {
        let function = self.function();
        if function.val().tag == tag::CLOSURE || function.environment_index().is_none() {
            return function.set_environment(self.ctx, environment);
        }
        let Some(record) = function.record() else {
            return Ok(false);
        };
        let state = self.ctx.state();
        let variable = state.new_upvalue(environment.val())?;
        // SAFETY: a function that is a value by itself has one upvalue at most, and `environment_index` says that it has
        // it; the call's function slot is one of a live thread, whose stack needs no barrier (G3).
        unsafe {
            let closure = state.new_closure(record, 1)?;
            Closure::upvalues(closure).write(variable);
            let slot = (*self.info()).func as usize;
            *(*self.thread).stack.add(slot) = Val::pointer(closure as *mut u8, tag::CLOSURE);
        }
        Ok(true)
    }
}

impl<'gc, N: NumberModel> UserData<'gc, N> {
    /// Replaces its uservalue.
    pub(crate) fn set_uservalue(self, ctx: Ctx<'gc, N>, value: Value<'gc, N>) {
        // SAFETY: userdata and value are live for 'gc; the state runs the barrier.
        unsafe {
            let object = self.val().as_ptr() as *mut UserObject<N>;
            (*object).uservalue = value.val();
            ctx.state().barrier(object as *mut u8, &value.val());
        }
    }
}
