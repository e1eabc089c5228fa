//! Hooks of threads (manual section 6.10, `debug.sethook`): which function is to be told of which events.
//!
//! A thread has only a byte that says which events it is to tell; what else a hook needs is kept here, so that
//! threads without hooks pay nothing for it.

use crate::number::NumberModel;
use crate::object::thread::Thread;
use crate::value::Val;
use alloc::vec::Vec;
use lua_gc::OutOfMemory;

/// Bits of [`Thread::hooks`]: the events a thread tells its hook.
pub mod event {
    /// A function is called.
    pub const CALL: u8 = 1;
    /// A function returns.
    pub const RETURN: u8 = 1 << 1;
    /// A line is entered.
    pub const LINE: u8 = 1 << 2;
    /// A number of instructions was executed.
    pub const COUNT: u8 = 1 << 3;
    /// All of them.
    pub const ALL: u8 = CALL | RETURN | LINE | COUNT;
    /// No event: the hook is running, and is told nothing.
    pub const RUNNING: u8 = 1 << 7;
}

/// What of the instruction at hand was told already.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing.
    Fresh,
    /// That its function was called, if it is the first one.
    Call,
    /// The count.
    Count,
    /// The line.
    Line,
    /// Everything: it is to be executed.
    Told,
}

/// The hook of a thread.
pub struct Hook<N: NumberModel> {
    /// The thread; not kept alive by this.
    thread: *mut Thread<N>,
    /// What is called; the thread keeps it alive.
    pub function: Val<N>,
    /// Instructions between two events of the count.
    pub interval: i32,
    /// Instructions left until the next one.
    pub left: i32,
    /// What was told of the instruction at hand.
    pub stage: Stage,
    /// The instruction after the one executed last.
    pub last: *const u32,
    /// Number of calls when it was executed.
    pub depth: u32,
    /// The thread's top while the hook runs.
    pub top: u32,
}

/// The hooks of all threads that have one.
pub struct Hooks<N: NumberModel>(Vec<Hook<N>>);

impl<N: NumberModel> Hooks<N> {
    /// No hooks.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The hook of a thread.
    pub fn get(&self, thread: *const Thread<N>) -> Option<&Hook<N>> {
        self.0
            .iter()
            .find(|hook| core::ptr::eq(hook.thread, thread))
    }

    /// The hook of a thread.
    pub fn get_mut(&mut self, thread: *const Thread<N>) -> Option<&mut Hook<N>> {
        self.0
            .iter_mut()
            .find(|hook| core::ptr::eq(hook.thread, thread))
    }

    /// Sets the hook of a thread, which must be removed before the thread is freed.
    ///
    /// # Errors
    /// Out of memory; nothing has changed then.
    pub fn set(
        &mut self,
        thread: *mut Thread<N>,
        function: Val<N>,
        interval: i32,
    ) -> Result<(), OutOfMemory> {
        if let Some(hook) = self.get_mut(thread) {
            hook.function = function;
            (hook.interval, hook.left) = (interval, interval);
            return Ok(());
        }
        self.0.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.0.push(Hook {
            thread,
            function,
            interval,
            left: interval,
            stage: Stage::Fresh,
            last: core::ptr::null(),
            depth: 0,
            top: 0,
        });
        Ok(())
    }

    /// Removes the hook of a thread.
    pub fn remove(&mut self, thread: *const Thread<N>) {
        self.0.retain(|hook| !core::ptr::eq(hook.thread, thread));
    }
}
