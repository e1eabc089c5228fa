//! Switching between threads (manual section 2.6).

use super::{Event, Outcome};
use crate::frame::{PASS_ON_TRUE, Step, Throw};
use crate::number::NumberModel;
use crate::object::thread::{ALL_RESULTS, NATIVE_SLOTS, Resume, Status, Thread, call};
use crate::state::State;
use crate::value::{Val, tag};

/// Most threads that may wait for one another.
const MAX_NESTED: usize = 195;

impl<N: NumberModel> State<N> {
    /// Does what the native on top, called by a Lua function, asked for, if that is a switch of threads: it need not go by way
    /// of the executor.
    ///
    /// # Safety
    /// As for [`State::perform`].
    #[inline(never)]
    pub(super) unsafe fn switch(&mut self, step: Step) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: caller; the current thread is live.
        unsafe {
            if !matches!(step, Step::Yield { .. } | Step::Resume { .. }) || (*thread).hooks != 0 {
                return Ok(Event::Step(step));
            }
            match self.perform(step) {
                // The interpreter that is running knows of no hooks.
                Ok(Event::Lua) if (*self.thread()).hooks != 0 => Ok(Event::Returned(call::OPEN)),
                // The executor tries the same again.
                Err(Throw::Memory) if thread == self.thread() => Ok(Event::Step(step)),
                other => other,
            }
        }
    }

    /// Gives `count` values at `from`, of another thread, to the native that waits on top of the current one, which passes
    /// them on to the Lua function that called it: that is done here. False if the native has to be called, or more is to be
    /// done than that.
    ///
    /// # Safety
    /// The current thread's top frame must be a native one, with room for the values and one more from its function's slot on.
    unsafe fn pass_on(&mut self, from: *mut Val<N>, count: usize) -> bool {
        const SPECIAL: u16 =
            call::ENTRY | call::FINISH | call::HANDLER | call::FINALIZER | call::HOOK;
        let thread = self.thread();
        // SAFETY: caller; the frame below, if there is one, is live.
        unsafe {
            let info = Thread::frame(thread);
            if (*info).state() < PASS_ON_TRUE.into()
                || (*info).flags & SPECIAL != 0
                || (*thread).depth < 2
                || !(*info.sub(1)).is_lua()
                || (*thread).hooks != 0
                || self.heap.debt_due()
            {
                return false;
            }
            if (*info).state() == PASS_ON_TRUE.into() {
                *(*thread).stack.add((*info).func as usize) = Val::TRUE;
                (*info).func += 1;
                if (*info).results > 0 {
                    (*info).results -= 1;
                }
            }
            self.return_from_native(thread, from, count);
            true
        }
    }

    /// Resumes the thread in slot `func` of the current one with the `args` values above it.
    ///
    /// # Safety
    /// The current thread's top frame must be the native that asked for it.
    pub(super) unsafe fn resume(
        &mut self,
        func: u32,
        args: u32,
        state: u16,
    ) -> Result<Event, Throw> {
        let from = self.thread();
        // SAFETY: slots are in range (caller); threads on stacks are live.
        unsafe {
            let target = *(*from).stack.add(func as usize);
            let info = Thread::frame(from);
            (*info).await_call(func, state as usize, call::RESUMING);
            if target.tag != tag::THREAD {
                return self.resume_failed(func, "cannot resume a value that is no thread");
            }
            let thread = target.as_ptr() as *mut Thread<N>;
            if (*thread).status != Status::Suspended {
                let dead = (*thread).status == Status::Dead || Self::looks_dead(thread, args);
                let message = if dead {
                    "cannot resume dead coroutine"
                } else {
                    "cannot resume non-suspended coroutine"
                };
                return self.resume_failed(func, message);
            }
            if self.is_nested_too_deep() {
                return self.resume_failed(func, "C stack overflow");
            }
            let started = (*thread).depth > 0;
            // A suspended native waits for values at its `top`; a fresh thread has its function in slot 0.
            let to = if started {
                (*Thread::frame(thread)).top
            } else {
                1
            };
            let wanted = to as usize + args as usize + NATIVE_SLOTS;
            if wanted > (*thread).stack_size as usize {
                Thread::resize_stack(thread, &mut self.heap.memory, wanted)?;
            }
            let values = (*from).stack.add(func as usize + 1);
            // The thread resumed stays in its slot, which keeps it live.
            (*from).top = func + 1;
            (*from).status = Status::Normal;
            self.enter_thread(thread, from);
            if started && self.pass_on(values, args as usize) {
                return Ok(Event::Lua);
            }
            values.copy_to_nonoverlapping((*thread).stack.add(to as usize), args as usize);
            (*thread).top = to + args;
            if started {
                Ok(Event::Native)
            } else {
                self.start(args)
            }
        }
    }

    /// Whether a thread that waits for another, or resumes itself with `args` values, passes for a finished one:
    /// the reference implementation takes it for one if its top frame holds no value.
    unsafe fn looks_dead(thread: *mut Thread<N>, args: u32) -> bool {
        // SAFETY: the caller's thread is live, and waits in a native frame.
        unsafe {
            let info = Thread::frame(thread);
            // `coroutine.resume` keeps the thread among its values.
            (*info).state() != PASS_ON_TRUE.into()
                && (*info).top == (*info).base
                && ((*thread).status == Status::Normal || args == 0)
        }
    }

    /// Whether as many threads wait for one another as may.
    unsafe fn is_nested_too_deep(&self) -> bool {
        let mut thread = self.thread();
        for _ in 0..MAX_NESTED {
            if thread.is_null() {
                return false;
            }
            // SAFETY: threads behind `resumer` are live.
            thread = unsafe { (*thread).resumer };
        }
        true
    }

    /// Makes `thread` the running one.
    ///
    /// # Safety
    /// Both must be live; `resumer` may be null for a thread the host runs.
    pub unsafe fn enter_thread(&mut self, thread: *mut Thread<N>, resumer: *mut Thread<N>) {
        // SAFETY: caller.
        unsafe {
            (*thread).resumer = resumer;
            (*thread).status = Status::Running;
        }
        self.roots.thread = thread;
    }

    /// Calls the function in slot 0 of the current, fresh thread.
    ///
    /// # Safety
    /// The function and its `args` arguments must be on its stack.
    pub unsafe fn start(&mut self, args: u32) -> Result<Event, Throw> {
        // SAFETY: caller; the current thread is live.
        unsafe {
            for _ in 0..2 {
                match self.call_value(0, args, ALL_RESULTS, call::ENTRY) {
                    // Entering is not part of the instruction that resumed, so it is made again here: no native runs,
                    // and the thread is current and holds its values.
                    Err(Throw::Memory) if (*self.thread()).depth == 0 => self.collect_all(),
                    other => return other,
                }
            }
            Err(self.memory_error())
        }
    }

    /// Lets the native that waits for a thread go on with an error message.
    unsafe fn resume_failed(&mut self, place: u32, message: &str) -> Result<Event, Throw> {
        let thread = self.thread();
        let text = self.new_string(message.as_bytes())?;
        // SAFETY: the top frame is the waiting native.
        unsafe {
            self.deliver_error(thread, place, text);
        }
        Ok(Event::Native)
    }

    /// Puts an error value where the waiting native on top of `thread` expects results, and moves it to its
    /// failure state.
    ///
    /// # Safety
    /// `thread`'s top frame must be a waiting native; `value` live.
    pub(super) unsafe fn deliver_error(
        &mut self,
        thread: *mut Thread<N>,
        place: u32,
        value: Val<N>,
    ) {
        // SAFETY: caller.
        unsafe {
            let info = Thread::frame(thread);
            *(*thread).stack.add(place as usize) = value;
            (*thread).top = place + 1;
            let state = (*info).state();
            (*info).resume = Resume {
                state: if state < PASS_ON_TRUE.into() {
                    state + 1
                } else {
                    1
                },
            };
        }
    }

    /// Hands the top `values` of the current thread to its resumer (or the host); the native on top goes on in
    /// `state` when it is resumed.
    ///
    /// # Safety
    /// The current thread's top frame must be the native that yields.
    pub(super) unsafe fn yield_values(&mut self, values: u32, state: u16) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: caller.
        unsafe {
            if (*thread).main {
                return Err(
                    self.runtime_error(format_args!("attempt to yield from outside a coroutine"))
                );
            }
            let depth = (*thread).depth as usize;
            let by_native = depth > 1 && self.holds_fast(thread, depth - 2);
            if self.finalizing || self.in_hook() || by_native {
                return Err(
                    self.runtime_error(format_args!("attempt to yield across a C-call boundary"))
                );
            }
            let place = (*thread).top - values;
            (*Thread::frame(thread)).await_call(place, state as usize, call::YIELDED);
            if (*thread).resumer.is_null() {
                (*thread).status = Status::Suspended;
                return Ok(Event::Finished(Outcome::Yielded));
            }
            let event = self.hand_over(place, values)?;
            (*thread).status = Status::Suspended;
            Ok(event)
        }
    }

    /// Whether call `index` of a thread is a library function that, in the reference implementation, cannot be left by
    /// a yield of what it calls. Here it can, but for a yield that is itself what the function calls.
    unsafe fn holds_fast(&self, thread: *mut Thread<N>, index: usize) -> bool {
        // SAFETY: callers give a call of a live thread; a native's payload is its address.
        unsafe {
            let function = self.function_of(thread, (*thread).frames.add(index));
            function.tag == tag::NATIVE
                && crate::stdlib::callers::<N>()
                    .any(|caller| caller as *mut u8 == function.as_ptr())
        }
    }

    /// What `coroutine.isyieldable` answers: as the reference implementation does.
    pub(crate) fn is_yieldable(&self) -> bool {
        let thread = self.thread();
        // SAFETY: the current thread is live.
        unsafe {
            let below = ((*thread).depth as usize).saturating_sub(1);
            !(*thread).main
                && !self.finalizing
                && !self.in_hook()
                && !(0..below).any(|index| self.holds_fast(thread, index))
        }
    }

    /// Moves `count` values from slot `from` of the current thread to where its resumer waits for them, and makes
    /// the resumer current.
    ///
    /// # Safety
    /// The current thread must have a resumer.
    pub(super) unsafe fn hand_over(&mut self, from: u32, count: u32) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: a resumer's top frame is the native that waits, at the place in its call info.
        unsafe {
            let resumer = (*thread).resumer;
            let place = (*Thread::frame(resumer)).top;
            let wanted = (place + count) as usize + NATIVE_SLOTS;
            if wanted > (*resumer).stack_size as usize {
                Thread::resize_stack(resumer, &mut self.heap.memory, wanted)?;
            }
            let values = (*thread).stack.add(from as usize);
            (*thread).top = from;
            self.leave_thread();
            if self.pass_on(values, count as usize) {
                return Ok(Event::Lua);
            }
            values.copy_to_nonoverlapping((*resumer).stack.add(place as usize), count as usize);
            (*resumer).top = place + count;
            Ok(Event::Native)
        }
    }

    /// Makes the resumer of the current thread current.
    ///
    /// # Safety
    /// The current thread must have a resumer.
    pub(super) unsafe fn leave_thread(&mut self) {
        let thread = self.thread();
        // SAFETY: caller.
        unsafe {
            let resumer = (*thread).resumer;
            (*thread).resumer = core::ptr::null_mut();
            (*resumer).status = Status::Running;
            self.roots.thread = resumer;
        }
    }
}
