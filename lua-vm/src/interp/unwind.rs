//! Errors: from where they are raised to whoever catches them (manual section 2.3).

use super::{Event, Outcome};
use crate::frame::Throw;
use crate::number::NumberModel;
use crate::object::thread::{Status, Thread, call};
use crate::state::State;
use crate::value::Val;

/// Message handlers that may run inside one another before an error is given up.
const MAX_HANDLERS: u8 = 10;

impl<N: NumberModel> State<N> {
    /// Brings the raised error to its handler or catcher.
    pub(crate) fn raise(&mut self) -> Event {
        // SAFETY: the current thread is live.
        unsafe {
            match self.call_handler() {
                Some(event) => event,
                None => self.unwind(),
            }
        }
    }

    /// If the call that will catch the error has a message handler, calls it on top of the stack as it is.
    unsafe fn call_handler(&mut self) -> Option<Event> {
        let thread = self.thread();
        // SAFETY: frames and slots are in range; the handler lies in slot 0 of the catching native.
        unsafe {
            let depth = (*thread).depth as usize;
            let catcher = (0..depth)
                .rev()
                .find(|index| (*(*thread).frames.add(*index)).flags & call::PROTECTED != 0)?;
            let info = (*thread).frames.add(catcher);
            if (*info).flags & call::HAS_HANDLER == 0 {
                return None;
            }
            if (*thread).handlers >= MAX_HANDLERS {
                self.roots.error = crate::builtin::string_value(crate::builtin::ERROR_IN_HANDLER);
                return None;
            }
            let handler = *(*thread).stack.add((*info).base as usize);
            let func = Thread::extent(thread);
            let error = self.roots.error;
            (*thread).handlers += 1;
            if let Err(Throw::Error) = self.need_stack(func as u32 + 2) {
                // No stack even for the handler: the error goes on as it is.
                (*thread).handlers -= 1;
                self.roots.error = error;
                return None;
            }
            let mut called = self.place_handler(func as u32, handler, error);
            if matches!(called, Err(Throw::Memory)) && (*thread).depth as usize == depth {
                self.collect_all();
                called = self.place_handler(func as u32, handler, error);
            }
            match called {
                Ok(event) => Some(event),
                // The handler's frame is there: it is a native that ran out of memory.
                Err(Throw::Memory) if (*thread).depth as usize > depth => {
                    Some(self.emergency(Event::Native))
                }
                Err(Throw::Memory) => {
                    (*thread).handlers -= 1;
                    self.memory_error();
                    None
                }
                // Raised by the handler, if its frame is there, or for want of stack.
                Err(Throw::Error) => {
                    let framed = (*thread).depth as usize > depth;
                    let event = self.raise();
                    if !framed {
                        (*thread).handlers = (*thread).handlers.saturating_sub(1);
                    }
                    Some(event)
                }
            }
        }
    }

    /// Calls a message handler with the error in slot `func` and the one above.
    unsafe fn place_handler(
        &mut self,
        func: u32,
        handler: Val<N>,
        error: Val<N>,
    ) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: slots from the extent on are free; the stack has room for two values.
        unsafe {
            self.need_stack(func + 2)?;
            *(*thread).stack.add(func as usize) = handler;
            *(*thread).stack.add(func as usize + 1) = error;
            (*thread).top = func + 2;
            self.call_value(func, 1, 1, call::HANDLER)
        }
    }

    /// A message handler has returned: its result is the error now.
    ///
    /// # Safety
    /// The result must be on top of the current thread.
    pub(super) unsafe fn handler_returned(&mut self) -> Event {
        let thread = self.thread();
        // SAFETY: caller.
        unsafe {
            (*thread).handlers = (*thread).handlers.saturating_sub(1);
            (*thread).top -= 1;
            self.roots.error = *(*thread).stack.add((*thread).top as usize);
            self.unwind()
        }
    }

    /// Drops frames up to the nearest native that catches errors, over threads that do not catch it.
    unsafe fn unwind(&mut self) -> Event {
        let thread = self.thread();
        // SAFETY: frames and slots are in range; threads behind `resumer` are live.
        unsafe {
            let depth = (*thread).depth;
            for _ in 0..depth {
                let info = Thread::frame(thread);
                let flags = (*info).flags;
                if flags & call::PROTECTED != 0 {
                    let place = (*info).top;
                    self.close_upvalues(thread, place);
                    let error = self.roots.error;
                    self.roots.error = Val::NIL;
                    self.deliver_error(thread, place, error);
                    Thread::trim(thread, &mut self.heap.memory);
                    return Event::Native;
                }
                self.leave_frame(thread, flags);
            }
            self.close_upvalues(thread, 0);
            (*thread).status = Status::Dead;
            (*thread).handlers = 0;
            if (*thread).resumer.is_null() {
                (*thread).top = 0;
                Thread::trim(thread, &mut self.heap.memory);
                return Event::Finished(Outcome::Failed);
            }
            // A failed coroutine keeps its calls for tracebacks.
            (*thread).depth = depth;
            self.leave_thread();
            let resumer = self.thread();
            let info = Thread::frame(resumer);
            let place = (*info).top;
            let error = self.roots.error;
            self.roots.error = Val::NIL;
            self.deliver_error(resumer, place, error);
            Event::Native
        }
    }

    /// Raises "interrupted!" where the Lua function on top is.
    ///
    /// # Safety
    /// The current thread must have a frame of a Lua function on top that ran out of fuel.
    pub(crate) unsafe fn interrupt(&mut self) -> Event {
        // SAFETY: the caller's promise. Positions are those of the instruction before `pc`; the one it would go on with lies
        // in the code, so one more is at most the code's end, and nothing goes on from there.
        unsafe {
            let info = Thread::frame(self.thread());
            (*info).resume.pc = (*info).pc().add(1);
        }
        if let Throw::Memory = self.error_at_level(0, format_args!("interrupted!"), &[]) {
            self.memory_error();
        }
        self.raise()
    }

    /// Ends the run: drops all frames of the current thread and of those that wait for it, whatever they would catch.
    pub(super) fn stop(&mut self) -> Event {
        // SAFETY: the current thread and those behind `resumer` are live.
        unsafe {
            loop {
                let thread = self.thread();
                for _ in 0..(*thread).depth {
                    let flags = (*Thread::frame(thread)).flags;
                    self.leave_frame(thread, flags);
                }
                self.close_upvalues(thread, 0);
                (*thread).status = Status::Dead;
                (*thread).handlers = 0;
                (*thread).top = 0;
                if (*thread).resumer.is_null() {
                    return Event::Finished(Outcome::Stopped);
                }
                self.leave_thread();
            }
        }
    }

    /// Drops the frame on top because of an error.
    unsafe fn leave_frame(&mut self, thread: *mut Thread<N>, flags: u16) {
        // SAFETY: the caller has a frame on top.
        unsafe {
            (*thread).depth -= 1;
            if flags & call::HANDLER != 0 {
                (*thread).handlers = (*thread).handlers.saturating_sub(1);
            }
            if flags & call::HOOK != 0 {
                self.hook_failed(thread);
            }
            if flags & call::FINALIZER != 0 {
                self.finalizing = false;
                self.finalizer_error();
            }
        }
    }

    /// Closes the upvalues at or above slot `level`.
    ///
    /// # Safety
    /// `thread` must be live.
    #[inline]
    pub(super) unsafe fn close_upvalues(&mut self, thread: *mut Thread<N>, level: u32) {
        // SAFETY: caller; the barrier keeps G3 for an upvalue that was marked while open.
        unsafe {
            if (*thread).open.is_null() {
                return;
            }
            let level = (*thread).stack.add(level as usize);
            Thread::close_upvalues(thread, level, |upvalue| {
                let value = (*upvalue).store.value;
                self.barrier(upvalue as *mut u8, &value);
            });
        }
    }
}
