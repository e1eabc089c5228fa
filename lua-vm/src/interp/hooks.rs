//! Hooks: telling a function of calls, returns, lines and instructions (manual section 6.10, `debug.sethook`).
//!
//! Threads with a hook run in a second copy of the interpreter loop, which asks [`State::trace`] before every
//! instruction; the loop of all others knows nothing of hooks. A hook runs like a finalizer: as a call on top of the
//! thread, between two instructions, after which the executor goes on where it was.

use super::{Event, debug_of, record_of};
use crate::frame::Throw;
use crate::hook::{Stage, event};
use crate::number::{LuaInt, NumberModel};
use crate::object::function::Record;
use crate::object::string::word;
use crate::object::thread::{CallInfo, Thread, call};
use crate::state::State;
use crate::value::Val;
use lfs_format::isa::{Instruction, Op};

impl<N: NumberModel> State<N> {
    /// Whether the current thread tells a hook of its events. Neither hooks nor finalizers are watched themselves.
    #[inline(always)]
    pub(super) fn is_hooked(&self) -> bool {
        // SAFETY: the current thread is live.
        let hooks = unsafe { (*self.thread()).hooks };
        cfg!(feature = "hooks")
            && hooks & event::ALL != 0
            && hooks & event::RUNNING == 0
            && !self.finalizing
    }

    /// Whether the current thread tells its hook of events of this kind.
    #[inline(always)]
    pub(super) fn tells(&self, kind: u8) -> bool {
        // SAFETY: the current thread is live.
        unsafe { (*self.thread()).hooks & kind != 0 && self.is_hooked() }
    }

    /// Before the instruction at the saved `pc` of the Lua frame on top: tells the hook what there is to tell, one
    /// event after the other; each is followed by a call of this again. `None`: the instruction may be executed.
    ///
    /// # Safety
    /// A Lua frame must be on top of the current thread.
    pub(super) unsafe fn trace(&mut self) -> Result<Option<Event>, Throw> {
        let thread = self.thread();
        loop {
            if !self.is_hooked() {
                return Ok(Some(Event::Lua));
            }
            // SAFETY: caller.
            let info = unsafe { Thread::frame(thread) };
            let Some(stage) = self.roots.hooks.get(thread).map(|hook| hook.stage) else {
                return Ok(None);
            };
            // SAFETY: as above; the `pc` is that of an instruction.
            let due = unsafe {
                match stage {
                    Stage::Fresh => self.call_due(thread, info),
                    Stage::Call => self.count_due(thread),
                    Stage::Count => self.line_due(thread, info),
                    Stage::Line => Self::return_due(info).then_some(("return", event::RETURN)),
                    Stage::Told => None,
                }
            };
            let next = match stage {
                Stage::Fresh => Stage::Call,
                Stage::Call => Stage::Count,
                Stage::Count => Stage::Line,
                Stage::Line => Stage::Told,
                Stage::Told => Stage::Fresh,
            };
            self.set_stage(next);
            if stage == Stage::Told {
                return Ok(None);
            }
            if let Some((name, kind)) = due
                && self.tells(kind)
            {
                // SAFETY: as above. While the hook runs `pc` points behind the instruction, as during any call.
                unsafe {
                    (*info).resume.pc = (*info).pc().add(1);
                    let line = (kind == event::LINE)
                        .then(|| self.position(thread, info).1)
                        .filter(|line| *line != 0);
                    return self.call_hook(name, line).map(Some);
                }
            }
        }
    }

    fn set_stage(&mut self, stage: Stage) {
        let thread = self.thread();
        if let Some(hook) = self.roots.hooks.get_mut(thread) {
            hook.stage = stage;
        }
    }

    /// The instruction at the saved `pc` is executed again or goes on: nothing is told of it once more.
    pub(super) fn skip_trace(&mut self) {
        if self.is_hooked() {
            self.set_stage(Stage::Told);
        }
    }

    /// Whether the frame has only been entered; then it is noted.
    unsafe fn call_due(
        &mut self,
        thread: *mut Thread<N>,
        info: *mut CallInfo,
    ) -> Option<(&'static str, u8)> {
        // SAFETY: callers give the Lua frame on top.
        unsafe {
            let record = record_of(&self.function_of(thread, info));
            let entered = (*info).pc() == Record::code(record) && (*info).flags & call::TOLD == 0;
            (*info).flags |= call::TOLD;
            let name = if (*info).flags & call::TAIL != 0 {
                "tail call"
            } else {
                "call"
            };
            entered.then_some((name, event::CALL))
        }
    }

    fn count_due(&mut self, thread: *mut Thread<N>) -> Option<(&'static str, u8)> {
        let hook = self.roots.hooks.get_mut(thread)?;
        hook.left = hook.left.wrapping_sub(1);
        if hook.left != 0 {
            return None;
        }
        hook.left = hook.interval;
        Some(("count", event::COUNT))
    }

    /// Whether the instruction is the first one of its function, comes after a jump back, or has another line than the
    /// one before.
    unsafe fn line_due(
        &mut self,
        thread: *mut Thread<N>,
        info: *mut CallInfo,
    ) -> Option<(&'static str, u8)> {
        // SAFETY: callers give the Lua frame on top; `last` is looked at if it is of the same function only.
        unsafe {
            let record = record_of(&self.function_of(thread, info));
            let code = Record::code(record);
            let pc = (*info).pc();
            let at = pc.offset_from(code) as u32;
            let depth = (*thread).depth;
            let lines = (*thread).hooks & event::LINE != 0;
            let hook = self.roots.hooks.get_mut(thread)?;
            let last = if hook.depth == depth { hook.last } else { pc };
            (hook.last, hook.depth) = (pc.add(1), depth);
            if !lines {
                return None;
            }
            let new = at == 0 || pc < last || {
                let before = last.offset_from(code) as u32 - 1;
                // The reference implementation begins a numeric loop with the jump back at its end.
                let begins = pc == last
                    && Instruction(word(code.add(before as usize))).op() == Some(Op::ForPrep);
                begins
                    || debug_of::<N>(record)
                        .is_some_and(|debug| debug.line_at(before) != debug.line_at(at))
            };
            new.then_some(("line", event::LINE))
        }
    }

    unsafe fn return_due(info: *mut CallInfo) -> bool {
        // SAFETY: callers give a Lua frame with its `pc` saved.
        let op = unsafe { Instruction(word((*info).pc())).op() };
        matches!(op, Some(Op::Return | Op::Return0 | Op::Return1))
    }

    /// Calls the hook on top of the current thread.
    unsafe fn call_hook(&mut self, name: &str, line: Option<u32>) -> Result<Event, Throw> {
        let thread = self.thread();
        let name = self.new_string(name.as_bytes())?;
        let line = line.map_or(Val::NIL, |line| Val::int(N::Int::wrap(i64::from(line))));
        // SAFETY: slots from the extent on are free; room is made before they are used.
        unsafe {
            let func = Thread::extent(thread) as u32;
            self.need_stack(func + 3)?;
            let Some(hook) = self.roots.hooks.get_mut(thread) else {
                return Ok(self.top_event());
            };
            hook.top = (*thread).top;
            let at = (*thread).stack.add(func as usize);
            *at = hook.function;
            *at.add(1) = name;
            *at.add(2) = line;
            (*thread).hooks |= event::RUNNING;
            let depth = (*thread).depth;
            let called = self.call_value(func, 2, 0, call::HOOK);
            if called.is_err() && (*thread).depth == depth {
                (*thread).hooks &= !event::RUNNING;
            }
            called
        }
    }

    /// A hook has returned: the thread is as it was before.
    ///
    /// # Safety
    /// The frame the hook was called for must be on top of the current thread.
    pub(super) unsafe fn hook_returned(&mut self) -> Event {
        let thread = self.thread();
        // SAFETY: caller.
        unsafe {
            if let Some(hook) = self.roots.hooks.get(thread) {
                (*thread).top = hook.top;
            }
            let info = Thread::frame(thread);
            if (*info).is_lua() {
                (*info).resume.pc = (*info).pc().sub(1);
            }
            self.hook_left(thread);
            self.top_event()
        }
    }

    /// A hook is no longer running, because it returned or failed.
    ///
    /// # Safety
    /// The thread must be live.
    pub(super) unsafe fn hook_left(&mut self, thread: *mut Thread<N>) {
        // SAFETY: caller.
        unsafe {
            (*thread).hooks &= !event::RUNNING;
            if (*thread).hooks == 0 {
                self.roots.hooks.remove(thread);
            }
        }
    }

    /// A hook has failed: the instruction it was told of is not gone on with.
    ///
    /// # Safety
    /// The thread must be live.
    pub(super) unsafe fn hook_failed(&mut self, thread: *mut Thread<N>) {
        // SAFETY: caller.
        unsafe { self.hook_left(thread) }
        if let Some(hook) = self.roots.hooks.get_mut(thread) {
            hook.stage = Stage::Fresh;
        }
    }

    /// Tells the hook that the native on top, which was entered only, is called; then it runs.
    ///
    /// # Safety
    /// The native's frame must be on top, with its arguments in place.
    pub(super) unsafe fn tell_native_call(&mut self) -> Result<Event, Throw> {
        // SAFETY: caller.
        unsafe { self.call_hook("call", None) }
    }

    /// Tells the hook that the native on top returns its top `count` values; then it does.
    ///
    /// # Safety
    /// The native's frame must be on top; it holds at least `count` values.
    pub(super) unsafe fn tell_native_return(&mut self, count: u32) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: caller.
        unsafe {
            let info = Thread::frame(thread);
            let place = (*thread).top - count;
            (*info).await_call(place, crate::frame::PASS_ON.into(), call::TOLD);
            match self.call_hook("return", None) {
                // Tried again by what comes after the collection.
                Err(Throw::Memory) => {
                    (*info).flags &= !call::TOLD;
                    Err(Throw::Memory)
                }
                other => other,
            }
        }
    }

    /// Sets or, without events, removes the hook of a thread.
    ///
    /// # Errors
    /// Out of memory; nothing has changed then.
    ///
    /// # Safety
    /// Thread and function must be live.
    pub(crate) unsafe fn set_hook(
        &mut self,
        thread: *mut Thread<N>,
        function: Val<N>,
        events: u8,
        interval: i32,
    ) -> Result<(), Throw> {
        // SAFETY: caller.
        unsafe {
            let running = (*thread).hooks & event::RUNNING;
            if events == 0 && running == 0 {
                self.roots.hooks.remove(thread);
            } else {
                self.roots.hooks.set(thread, function, interval)?;
            }
            (*thread).hooks = events | running;
        }
        Ok(())
    }

    /// Whether a hook runs on the current thread: it cannot be yielded across.
    pub(super) fn in_hook(&self) -> bool {
        // SAFETY: the current thread is live.
        unsafe { (*self.thread()).hooks & event::RUNNING != 0 }
    }
}
