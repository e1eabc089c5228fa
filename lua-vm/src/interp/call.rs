//! Calls and returns between frames.

use super::{Event, Outcome, natives};
use crate::builtin::Event as Metamethod;
use crate::frame::{Frame, NativeFn, PASS_ON, PASS_ON_TRUE, Step, Throw};
use crate::hook::event;
use crate::number::NumberModel;
use crate::object::function::{Closure, NativeClosure, Record};
use crate::object::thread::{
    ALL_RESULTS, CallInfo, EXTRA_SLOTS, NATIVE_SLOTS, Resume, Thread, call,
};
use crate::state::State;
use crate::value::{Val, tag};
use core::marker::PhantomData;
use lfs_format::function::flags;

/// The native function behind a payload.
///
/// # Safety
/// The value must have tag NATIVE or NATIVE_CLOSURE and be live.
#[inline(always)]
unsafe fn native_of<N: NumberModel>(value: &Val<N>) -> NativeFn<N> {
    // SAFETY: such values are built from a function pointer or point at a closure that has one.
    unsafe {
        if value.tag == tag::NATIVE {
            core::mem::transmute::<*mut u8, NativeFn<N>>(value.as_ptr())
        } else {
            (*(value.as_ptr() as *mut NativeClosure<N>)).function
        }
    }
}

/// The record a Lua function value runs.
///
/// # Safety
/// The value must be a live Lua function.
#[inline(always)]
pub unsafe fn record_of<N: NumberModel>(value: &Val<N>) -> *const Record {
    // SAFETY: caller.
    unsafe {
        if value.tag == tag::CLOSURE {
            (*(value.as_ptr() as *mut Closure<N>)).record
        } else {
            value.as_ptr() as *const Record
        }
    }
}

impl<N: NumberModel> State<N> {
    /// Pushes a call info.
    ///
    /// # Safety
    /// `thread` must be the current thread.
    #[inline(always)]
    pub(super) unsafe fn push_frame(
        &mut self,
        thread: *mut Thread<N>,
        info: CallInfo,
    ) -> Result<*mut CallInfo, Throw> {
        // SAFETY: the current thread is live; the capacity is checked.
        unsafe {
            if (*thread).depth == (*thread).frame_capacity {
                self.grow_frames(thread)?;
            }
            let frame = (*thread).frames.add((*thread).depth as usize);
            frame.write(info);
            (*thread).depth += 1;
            Ok(frame)
        }
    }

    #[cold]
    unsafe fn grow_frames(&mut self, thread: *mut Thread<N>) -> Result<(), Throw> {
        // SAFETY: the current thread is live.
        unsafe { Ok(Thread::grow_frames(thread, &mut self.heap.memory)?) }
    }

    /// Calls the value in slot `func` with the `args` values above it. Pushes its frame; a native function is
    /// called at once.
    ///
    /// # Safety
    /// The slots must be in the current thread's stack. The values are as before if this runs out of memory before a
    /// frame is pushed: the same call may be made again.
    pub(super) unsafe fn call_value(
        &mut self,
        func: u32,
        args: u32,
        results: i16,
        flags: u16,
    ) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: caller; each handler put in moved the values up by one slot.
        unsafe {
            let (depth, top) = ((*thread).depth, (*thread).top);
            let mut handlers = 0;
            let result = self.call_through(func, args, &mut handlers, results, flags);
            if matches!(result, Err(Throw::Memory)) && handlers > 0 && (*thread).depth == depth {
                let at = (*thread).stack.add(func as usize);
                at.add(handlers as usize).copy_to(at, args as usize + 1);
                (*thread).top = top;
            }
            result
        }
    }

    /// As [`State::call_value`], for the Lua frame on top: a native that returns at once is done with before the executor
    /// hears of it.
    ///
    /// # Safety
    /// As for [`State::call_value`].
    pub(super) unsafe fn call_from_lua(
        &mut self,
        func: u32,
        args: u32,
        results: i16,
        flags: u16,
    ) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: caller; the native's frame is on top when it has returned.
        unsafe {
            let value = *(*thread).stack.add(func as usize);
            if !matches!(value.tag, tag::NATIVE | tag::NATIVE_CLOSURE) || self.tells(event::CALL) {
                return self.call_value(func, args, results, flags);
            }
            let native = native_of(&value);
            let step = self.call_native(thread, native, func, args, results, flags)?;
            let Step::Return(count) = step else {
                return self.switch(step);
            };
            if self.tells(event::RETURN) {
                return Ok(Event::Step(step));
            }
            let held = (*thread).top - (*Thread::frame(thread)).base;
            let count = count.min(held) as usize;
            let from = (*thread).stack.add((*thread).top as usize - count);
            // Nothing here runs out of memory: an error would make the native run again.
            let flags = self.return_from_native(thread, from, count);
            if flags != call::FINISH || self.heap.debt_due() {
                return self.after_return(flags);
            }
            self.finish_instruction(flags);
            Ok(match self.is_out_of_fuel() {
                true => Event::Finished(Outcome::OutOfFuel),
                false => Event::Lua,
            })
        }
    }

    /// As [`State::call_value`]; counts the `__call` handlers put below the arguments.
    unsafe fn call_through(
        &mut self,
        func: u32,
        mut args: u32,
        handlers: &mut u32,
        results: i16,
        flags: u16,
    ) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: slots are in range (caller, `grow_stack`).
        unsafe {
            loop {
                let value = *(*thread).stack.add(func as usize);
                match value.tag {
                    tag::CLOSURE | tag::RECORD_ROM | tag::RECORD_RAM => {
                        self.push_lua(thread, record_of(&value), func, args, results, flags)?;
                        return Ok(Event::Lua);
                    }
                    tag::NATIVE | tag::NATIVE_CLOSURE
                        if self.tells(event::CALL) && !natives::is_operator(&value) =>
                    {
                        self.push_native(thread, func, args, results, flags)?;
                        return self.tell_native_call();
                    }
                    tag::NATIVE | tag::NATIVE_CLOSURE => {
                        let step = self.call_native(
                            thread,
                            native_of(&value),
                            func,
                            args,
                            results,
                            flags,
                        )?;
                        return Ok(Event::Step(step));
                    }
                    _ => {
                        let handler = self.metamethod(&value, Metamethod::Call);
                        if !handler.is_function() {
                            return Err(self.call_error(&value));
                        }
                        self.need_stack(func + args + 2)?;
                        let at = (*thread).stack.add(func as usize);
                        at.copy_to(at.add(1), args as usize + 1);
                        *at = handler;
                        args += 1;
                        *handlers += 1;
                        (*thread).top = (*thread).top.max(func + 1 + args);
                    }
                }
            }
        }
    }

    /// Makes sure the stack has `slots` slots and some to spare.
    #[inline(always)]
    pub(super) unsafe fn need_stack(&mut self, slots: u32) -> Result<(), Throw> {
        let wanted = slots as usize + EXTRA_SLOTS;
        // SAFETY: the current thread is live.
        if wanted > unsafe { (*self.thread()).stack_size } as usize {
            self.grow_stack(wanted)
        } else {
            Ok(())
        }
    }

    /// Closes the variables captured at or above slot `func`, which is to hold the function of a call: nothing may
    /// replace that function, or values a native keeps, while the call runs. The compiler never leaves such variables
    /// open, verified code may.
    #[inline(always)]
    unsafe fn release_slots(&mut self, thread: *mut Thread<N>, func: u32) {
        // SAFETY: callers give the current thread and one of its slots; the open list holds live upvalues.
        unsafe {
            let open = (*thread).open;
            if !open.is_null() && (*open).v >= (*thread).stack.add(func as usize) {
                self.close_upvalues(thread, func);
            }
        }
    }

    /// Pushes the frame of a Lua function: moves or fills parameters.
    ///
    /// # Safety
    /// `record` must be that of the function in slot `func` of the current thread.
    #[inline(always)]
    pub(super) unsafe fn push_lua(
        &mut self,
        thread: *mut Thread<N>,
        record: *const Record,
        func: u32,
        args: u32,
        results: i16,
        call_flags: u16,
    ) -> Result<*mut CallInfo, Throw> {
        // SAFETY: the slots used are within the size made sure of first.
        unsafe {
            self.release_slots(thread, func);
            let shape = Record::shape(record);
            let (params, frame_size) = (shape.params() as u32, shape.frame_size() as u32);
            let vararg = Record::flags(record) & flags::VARARG != 0;
            let mut base = func + 1;
            if vararg {
                base += args;
            }
            self.need_stack(base + frame_size)?;
            let frame = self.push_frame(
                thread,
                CallInfo {
                    func,
                    base,
                    top: base + frame_size,
                    resume: Resume {
                        pc: Record::code(record),
                    },
                    results,
                    flags: call_flags | call::LUA,
                },
            )?;
            let registers = (*thread).stack.add(base as usize);
            let mut given = args;
            if vararg {
                let arguments = (*thread).stack.add(func as usize + 1);
                given = args.min(params);
                for index in 0..given as usize {
                    *registers.add(index) = *arguments.add(index);
                    *arguments.add(index) = Val::NIL;
                }
            }
            for index in given..params {
                *registers.add(index as usize) = Val::NIL;
            }
            Ok(frame)
        }
    }

    /// Pushes the frame of a native function and calls it.
    ///
    /// # Safety
    /// As for [`State::call_value`].
    #[inline(always)]
    pub(super) unsafe fn call_native(
        &mut self,
        thread: *mut Thread<N>,
        function: NativeFn<N>,
        func: u32,
        args: u32,
        results: i16,
        flags: u16,
    ) -> Result<Step, Throw> {
        // SAFETY: caller.
        unsafe {
            self.push_native(thread, func, args, results, flags)?;
            self.enter(thread, function, func + 1, 0)
        }
    }

    /// Pushes the frame of a native function.
    ///
    /// # Safety
    /// As for [`State::call_value`].
    #[inline(always)]
    unsafe fn push_native(
        &mut self,
        thread: *mut Thread<N>,
        func: u32,
        args: u32,
        results: i16,
        flags: u16,
    ) -> Result<(), Throw> {
        let base = func + 1;
        let top = base + args;
        // SAFETY: the slots are within the size made sure of.
        unsafe {
            self.release_slots(thread, func);
            self.need_stack(top + NATIVE_SLOTS as u32)?;
            self.push_frame(
                thread,
                CallInfo {
                    func,
                    base,
                    top,
                    resume: Resume { state: 0 },
                    results,
                    flags,
                },
            )?;
            (*thread).top = top;
            Ok(())
        }
    }

    #[inline(always)]
    unsafe fn enter(
        &mut self,
        thread: *mut Thread<N>,
        function: NativeFn<N>,
        base: u32,
        resume: u16,
    ) -> Result<Step, Throw> {
        // SAFETY: base and top are slots of the current thread.
        unsafe {
            let stack = (*thread).stack;
            let mut frame = Frame {
                base: stack.add(base as usize),
                top: stack.add((*thread).top as usize),
                resume,
                state: self,
                lifetime: PhantomData,
            };
            let step = function(&mut frame);
            (*thread).top = frame.top.offset_from((*thread).stack) as u32;
            step
        }
    }

    /// Calls the native on top in its state.
    ///
    /// # Safety
    /// The current thread's top frame must be a native one with its values in place.
    pub(super) unsafe fn continue_native(&mut self) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: caller.
        unsafe {
            let info = Thread::frame(thread);
            let waiting = (*info).flags
                & (call::PROTECTED | call::RESUMING | call::YIELDED | call::HAS_HANDLER);
            (*info).flags &= !waiting;
            let state = (*info).state() as u16;
            if state == PASS_ON {
                return Ok(Event::Step(Step::Return((*thread).top - (*info).top)));
            }
            self.need_stack((*thread).top + NATIVE_SLOTS as u32)?;
            if state == PASS_ON_TRUE {
                let arrived = (*thread).top - (*info).top;
                let at = (*thread).stack.add((*info).top as usize);
                at.copy_to(at.add(1), arrived as usize);
                *at = Val::TRUE;
                (*thread).top += 1;
                (*info).resume = Resume {
                    state: PASS_ON.into(),
                };
                return Ok(Event::Step(Step::Return(arrived + 1)));
            }
            (*info).top = (*thread).top;
            let function = native_of(&*(*thread).stack.add((*info).func as usize));
            let step = self.enter(thread, function, (*info).base, state)?;
            Ok(Event::Step(step))
        }
    }

    /// Puts the `count` values at `from` where the caller of the frame on top wants its results, and pops the
    /// frame. Returns its flags.
    ///
    /// # Safety
    /// The current thread must have a frame; the values must be in its stack.
    #[inline(always)]
    pub(super) unsafe fn return_values(
        &mut self,
        thread: *mut Thread<N>,
        from: *mut Val<N>,
        count: usize,
    ) -> u16 {
        // SAFETY: results go to the function's slot and above, at or below where they are.
        unsafe {
            let info = Thread::frame(thread);
            let to = (*thread).stack.add((*info).func as usize);
            let wanted = (*info).results;
            let mut flags = (*info).flags;
            match wanted {
                0 => {}
                1 => *to = if count > 0 { *from } else { Val::NIL },
                _ => {
                    let room = match wanted {
                        ALL_RESULTS => count,
                        wanted => wanted as usize,
                    };
                    // One by one: they are few, mostly.
                    for index in 0..room {
                        *to.add(index) = if index < count {
                            *from.add(index)
                        } else {
                            Val::NIL
                        };
                    }
                }
            }
            let left = match wanted {
                ALL_RESULTS => {
                    flags |= call::OPEN;
                    count as u32
                }
                wanted => wanted as u32,
            };
            (*thread).top = (*info).func + left;
            (*thread).depth -= 1;
            flags
        }
    }

    /// [`State::return_values`] out of line, for where it does not run for every call.
    ///
    /// # Safety
    /// As for [`State::return_values`].
    #[inline(never)]
    pub(super) unsafe fn return_from_native(
        &mut self,
        thread: *mut Thread<N>,
        from: *mut Val<N>,
        count: usize,
    ) -> u16 {
        // SAFETY: caller.
        unsafe { self.return_values(thread, from, count) }
    }

    /// Does what the native on top asked for.
    ///
    /// # Safety
    /// As for [`State::continue_native`].
    pub(super) unsafe fn perform(&mut self, step: Step) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: the counts are checked against the frame; slots are in the current thread's stack.
        unsafe {
            let info = Thread::frame(thread);
            let held = (*thread).top - (*info).base;
            match step {
                Step::Return(count) => {
                    let count = count.min(held) as usize;
                    if self.tells(event::RETURN)
                        && (*info).flags & call::TOLD == 0
                        && !natives::is_operator(&self.function_of(thread, info))
                    {
                        return self.tell_native_return(count as u32);
                    }
                    let from = (*thread).stack.add((*thread).top as usize - count);
                    let flags = self.return_from_native(thread, from, count);
                    Ok(Event::Returned(flags))
                }
                Step::Call {
                    args,
                    results,
                    state,
                } => {
                    let func = self.callee(args, held)?;
                    (*info).await_call(func, state as usize, 0);
                    self.call_value(func, args, results.into(), 0)
                }
                Step::TailCall { args } => {
                    let func = self.callee(args, held)?;
                    (*info).await_call(func, PASS_ON.into(), 0);
                    self.call_value(func, args, ALL_RESULTS, 0)
                }
                Step::ProtectedCall {
                    args,
                    state,
                    handler,
                } => {
                    let func = self.callee(args, held)?;
                    let flags = call::PROTECTED | if handler { call::HAS_HANDLER } else { 0 };
                    (*info).await_call(func, state as usize, flags);
                    self.call_value(func, args, ALL_RESULTS, 0)
                }
                Step::Yield { values, state } => self.yield_values(values.min(held), state),
                Step::Resume { args, state } => {
                    let func = self.callee(args, held)?;
                    self.resume(func, args, state)
                }
                Step::Continue { state } => {
                    (*info).resume = Resume {
                        state: state as usize,
                    };
                    Ok(Event::Native)
                }
                Step::Collect { state } | Step::CollectStep { state, .. } => {
                    let size = match step {
                        Step::CollectStep { kilobytes, .. } => Some(kilobytes),
                        _ => None,
                    };
                    self.collect_for_native(size, state)
                }
                Step::Stop => Ok(self.stop()),
            }
        }
    }

    /// Slot of the function below the top `args` values of a frame that holds `held`.
    unsafe fn callee(&mut self, args: u32, held: u32) -> Result<u32, Throw> {
        if args >= held {
            return Err(self.error_text(
                format_args!("native function asked for a call without a function"),
                &[],
            ));
        }
        // SAFETY: the current thread is live.
        Ok(unsafe { (*self.thread()).top } - args - 1)
    }
}
