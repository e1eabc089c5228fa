//! The executor: runs threads without recursion on the native stack.
//!
//! [`State::drive`] is the one loop. It runs Lua frames by [`lua::run`] and native functions by calling them,
//! and everything that passes between frames (calls, returns, errors, coroutine switches, collections) is an
//! [`Event`] handled there. See `docs/architecture.md`, section 7.

mod arith;
mod call;
mod closures;
mod compare;
mod concat;
mod coroutine;
mod errors;
mod finish;
mod hooks;
mod index;
mod lua;
pub mod natives;
mod numeric_for;
mod safe_point;
mod spread;
mod unwind;

pub(crate) use call::record_of;
pub use errors::Operand;
pub(crate) use errors::{Name, debug_of, source_of};
pub use index::Lookup;

use crate::frame::{Step, Throw};
use crate::number::NumberModel;
use crate::object::thread::Thread;
use crate::state::State;

/// What the executor is to do next.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// Run the Lua function on top.
    Lua,
    /// Call the native function on top in its state.
    Native,
    /// The native function on top handed back this step.
    Step(Step),
    /// A call with these flags has returned; its results are in place.
    Returned(u16),
    /// The run is over.
    Finished(Outcome),
}

const _: () = assert!(size_of::<Result<Event, Throw>>() == 8);

/// How a run ended. Values are on top of the thread that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The function returned; its results are the thread's values from slot 0.
    Returned,
    /// The thread yielded to the host; its values are those from where its top frame waits for the next.
    Yielded,
    /// An error was not caught; the state holds its value.
    Failed,
    /// Fuel is spent; run again to go on.
    OutOfFuel,
    /// A native function ended the run.
    Stopped,
}

/// Where an emergency collection was made: a second failure there without progress is final (G6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emergency {
    thread: usize,
    depth: u32,
    place: usize,
    fuel: (u64, u32),
}

impl<N: NumberModel> State<N> {
    /// Runs the current thread and those it resumes until the run is over.
    pub fn drive(&mut self, mut event: Event) -> Outcome {
        loop {
            // SAFETY: the current thread is live, and events are made only for the frame on top of it.
            unsafe {
                let (thread, depth) = (self.thread(), (*self.thread()).depth);
                let next = match event {
                    Event::Lua if self.is_hooked() => lua::run::<N, true>(self),
                    Event::Lua => lua::run::<N, false>(self),
                    Event::Native => self.continue_native(),
                    Event::Step(step) => self.perform(step),
                    Event::Returned(flags) => self.after_return(flags),
                    Event::Finished(outcome) => return outcome,
                };
                event = match next {
                    Ok(next) => next,
                    Err(Throw::Memory) => {
                        let unchanged = thread == self.thread() && depth == (*thread).depth;
                        let retry = match event {
                            Event::Step(_) | Event::Returned(_) if unchanged => event,
                            _ => self.top_event(),
                        };
                        self.emergency(retry)
                    }
                    Err(Throw::Error) => self.raise(),
                };
            }
        }
    }

    /// The event that runs the frame on top.
    ///
    /// # Safety
    /// The current thread must have a frame.
    pub(crate) unsafe fn top_event(&self) -> Event {
        // SAFETY: callers run with a frame on top of the current thread.
        if unsafe { (*Thread::frame(self.thread())).is_lua() } {
            Event::Lua
        } else {
            Event::Native
        }
    }
}
