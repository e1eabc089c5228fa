//! The running device: the terminal, functions that wait, and the loop that runs Lua in slices.
//!
//! | module | idea |
//! |---|---|
//! | `terminal` | input and output, and where programs redirect them |
//! | `reader` | statements from the terminal |
//! | `queue` | functions posted to run later |
//! | `run` | the loop |
//! | `storage` | flash, as the libraries see it |

mod queue;
mod reader;
mod run;
mod storage;
mod terminal;

use crate::key::Key;
use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::RefCell;
use lua_vm::api::{Ctx, Stash};
use lua_vm::number::NumberModel;

pub use queue::Priority;
pub(crate) use queue::Queue;
pub use run::Exit;
pub(crate) use run::{Runner, Trouble};
pub(crate) use storage::{Make, Media, Storage};
pub(crate) use terminal::Terminal;

/// The function that takes the errors of functions that were posted.
#[derive(Default)]
pub(crate) struct OnError {
    function: Option<Stash>,
    /// Whether it was taken to be called, and nobody set another one since.
    lent: bool,
}

impl OnError {
    pub(crate) fn set(&mut self, function: Option<Stash>) {
        *self = Self {
            function,
            lent: false,
        };
    }

    fn take(&mut self) -> Option<Stash> {
        self.lent = self.function.is_some();
        self.function.take()
    }

    fn give_back(&mut self, function: Stash) {
        if self.lent {
            self.set(Some(function));
        }
    }
}

/// What native functions of the libraries share, kept as the state's app data.
pub(crate) struct Device {
    pub(crate) terminal: Rc<RefCell<Terminal>>,
    pub(crate) storage: Box<dyn Storage>,
    /// What new images must be signed with.
    pub(crate) key: Key,
    pub(crate) queue: Queue,
    /// Takes the errors of functions that were posted.
    pub(crate) on_error: OnError,
    /// Most bytes of heap that Lua may have.
    pub(crate) heap_limit: usize,
}

impl Device {
    /// Calls `f` with the device of a state; `None` if the state has none.
    pub(crate) fn with<N: NumberModel, R>(
        ctx: Ctx<'_, N>,
        f: impl FnOnce(&mut Device) -> R,
    ) -> Option<R> {
        ctx.with_app_data(f)
    }

    /// Calls `f` with the terminal, unless it is in use.
    pub(crate) fn terminal<R>(&self, f: impl FnOnce(&mut Terminal) -> R) -> Option<R> {
        self.terminal
            .try_borrow_mut()
            .ok()
            .map(|mut terminal| f(&mut terminal))
    }
}
