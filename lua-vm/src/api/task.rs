//! Runs with a budget.

use super::{Error, ErrorKind, FromLuaMulti, IntoLuaMulti, Lua, Stash, Value};
use crate::frame::Throw;
use crate::interp::{Event, Outcome};
use crate::number::NumberModel;
use crate::object::thread::{INITIAL_STACK, Status, Thread};
use crate::value::{Val, tag};

/// How far a task got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Progress {
    /// The function returned; see [`Task::take_results`].
    Finished,
    /// The function yielded: [`Task::take_results`] gives the values, running again resumes it.
    Yielded,
    /// Fuel is spent: run again to go on.
    OutOfFuel,
}

/// A function being run in a thread of its own, a slice at a time.
///
/// One unit of fuel is one entry of a Lua function or one backward jump: between two units at most a few
/// hundred instructions run, or one native function.
pub struct Task {
    thread: Stash,
    /// The thread that ran when fuel was spent: `thread` or one resumed by it.
    innermost: Stash,
    /// Values of the last return or yield.
    values: (u32, u32),
    running: bool,
    /// What runs is to fail when it goes on.
    interrupted: bool,
}

impl<N: NumberModel> Lua<'_, N> {
    /// Prepares a call of `function` with these arguments; nothing runs yet.
    ///
    /// # Errors
    /// The stash is not a function of this state, or out of memory.
    pub fn start<A: for<'gc> IntoLuaMulti<'gc, N>>(
        &mut self,
        function: &Stash,
        arguments: A,
    ) -> Result<Task, Error> {
        self.start_as(false, function, arguments)
    }

    /// As [`Lua::start`], for what a user runs: the function counts as the main program, so it is no coroutine to Lua and
    /// cannot yield, and the message of an error ends with a traceback.
    ///
    /// # Errors
    /// As for [`Lua::start`].
    pub fn start_main<A: for<'gc> IntoLuaMulti<'gc, N>>(
        &mut self,
        function: &Stash,
        arguments: A,
    ) -> Result<Task, Error> {
        self.start_as(true, function, arguments)
    }

    /// Prepares a call of a function, or of one that calls it as the main program.
    fn start_as<A: for<'gc> IntoLuaMulti<'gc, N>>(
        &mut self,
        main: bool,
        function: &Stash,
        arguments: A,
    ) -> Result<Task, Error> {
        self.try_enter(|ctx| {
            let function = ctx
                .fetch(function)
                .ok_or_else(|| Error::new(ErrorKind::ForeignHandle, b"foreign stash"))?;
            let thread = ctx.state().new_thread(INITIAL_STACK)?;
            let value = Val::pointer(thread as *mut u8, tag::THREAD);
            // SAFETY: the thread was just made; nothing is collected during `enter`.
            unsafe {
                (*thread).main = main;
                if main {
                    let caller = ctx.native(crate::stdlib::traceback::traced::<N>);
                    push(ctx.state(), thread, caller.val())?;
                }
                push(ctx.state(), thread, function.val())?;
            };
            arguments
                .push_all(ctx, &mut |value| {
                    // SAFETY: as above.
                    unsafe { push(ctx.state(), thread, value.val()) }
                })
                .map_err(|_| Error::memory())?;
            // SAFETY: as above.
            let value = unsafe { Value::from_val(value) };
            let thread = ctx.stash(value).map_err(|_| Error::memory())?;
            let innermost = ctx.stash(value).map_err(|_| Error::memory())?;
            Ok(Task {
                thread,
                innermost,
                values: (0, 0),
                running: false,
                interrupted: false,
            })
        })
    }
}

/// Pushes a value on a thread that does not run.
unsafe fn push<N: NumberModel>(
    state: &mut crate::state::State<N>,
    thread: *mut Thread<N>,
    value: Val<N>,
) -> Result<(), Throw> {
    // SAFETY: the thread is live (caller).
    unsafe {
        let top = (*thread).top as usize;
        if top + INITIAL_STACK > (*thread).stack_size as usize {
            Thread::resize_stack(thread, &mut state.heap.memory, (top + INITIAL_STACK) * 2)?;
        }
        *(*thread).stack.add(top) = value;
        (*thread).top += 1;
    }
    Ok(())
}

impl Task {
    /// Runs until the function returns, yields, fails, or has used `fuel` units.
    ///
    /// # Errors
    /// The error of the function; the task is over then.
    pub fn run<N: NumberModel>(
        &mut self,
        lua: &mut Lua<'_, N>,
        fuel: u64,
    ) -> Result<Progress, Error> {
        let state = &mut *lua.state;
        let handles = &state.roots.handles;
        let (Some(value), Some(innermost)) =
            (handles.get(&self.thread.0), handles.get(&self.innermost.0))
        else {
            return Err(Error::new(
                ErrorKind::ForeignHandle,
                b"task of another state",
            ));
        };
        // SAFETY: the stash keeps the thread live; nothing else runs.
        unsafe {
            let outer = value.as_ptr() as *mut Thread<N>;
            state.set_fuel(fuel.saturating_add(1));
            state.emergency = None;
            let event = if self.running {
                state.roots.thread = innermost.as_ptr() as *mut Thread<N>;
                match core::mem::take(&mut self.interrupted) {
                    true => state.interrupt(),
                    false => state.top_event(),
                }
            } else if (*outer).status != Status::Suspended {
                return Err(Error::new(ErrorKind::TaskState, b"task is over"));
            } else {
                state.enter_thread(outer, core::ptr::null_mut());
                if (*outer).depth > 0 {
                    // Resumed after a yield, without values.
                    (*outer).top = (*Thread::frame(outer)).top;
                    Event::Native
                } else {
                    match state.start((*outer).top - 1) {
                        Ok(event) => event,
                        Err(Throw::Memory) => state.emergency(state.top_event()),
                        Err(Throw::Error) => state.raise(),
                    }
                }
            };
            let outcome = state.drive(event);
            let current = Val::pointer(state.thread() as *mut u8, tag::THREAD);
            state.roots.handles.set(&self.innermost.0, current);
            state.roots.thread = state.roots.main;
            state.set_fuel(u64::MAX);
            self.running = outcome == Outcome::OutOfFuel;
            match outcome {
                Outcome::OutOfFuel => Ok(Progress::OutOfFuel),
                Outcome::Returned => {
                    self.values = (0, (*outer).top);
                    Ok(Progress::Finished)
                }
                Outcome::Yielded => {
                    let first = (*Thread::frame(outer)).top;
                    self.values = (first, (*outer).top - first);
                    Ok(Progress::Yielded)
                }
                Outcome::Failed => Err(state.take_error()),
                Outcome::Stopped => Err(Error::stopped()),
            }
        }
    }

    /// Whether fuel was spent, so that running again goes on where it stopped.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Raises the error "interrupted!" where the task is, when it is run again: the answer to a user who presses
    /// Ctrl-C. No effect on a task that has not [run out of fuel](Progress::OutOfFuel).
    pub fn interrupt(&mut self) {
        self.interrupted = self.running;
    }

    /// The values the function returned or yielded last.
    ///
    /// # Errors
    /// They do not convert.
    pub fn take_results<N: NumberModel, R: for<'gc> FromLuaMulti<'gc, N>>(
        &self,
        lua: &mut Lua<'_, N>,
    ) -> Result<R, Error> {
        let (first, count) = self.values;
        lua.try_enter(|ctx| {
            let Some(Value::Thread(thread)) = ctx.fetch(&self.thread) else {
                return Err(Error::new(
                    ErrorKind::ForeignHandle,
                    b"task of another state",
                ));
            };
            // SAFETY: the thread is live; its values lie below its top.
            let value = |index: usize| unsafe {
                let thread = thread.val().as_ptr() as *mut Thread<N>;
                if index < count as usize {
                    Value::from_val(*(*thread).stack.add(first as usize + index))
                } else {
                    Value::Nil
                }
            };
            R::from_values(count as usize, &value, ctx)
        })
    }
}
