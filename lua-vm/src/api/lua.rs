//! [`Lua`]: one state, as its owner sees it.

use super::{Ctx, LoadError, Mode};
use crate::frame::Throw;
use crate::interp::{Event, Outcome};
use crate::number::NumberModel;
use crate::object::thread::{INITIAL_STACK, Status, Thread};
use crate::state::State;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;
use lfs_format::image::{Image, Verified};

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// A Lua error with this message.
    Runtime(Vec<u8>),
    /// The chunk did not load.
    Syntax(Vec<u8>),
    /// Memory ran out.
    Memory,
}

/// A Lua state. It borrows the images mounted in it for `'rom`.
pub struct Lua<'rom, N: NumberModel> {
    state: Box<State<N>>,
    images: PhantomData<&'rom [u32]>,
}

impl<N: NumberModel> Drop for Lua<'_, N> {
    fn drop(&mut self) {
        self.state.close();
    }
}

impl<'rom, N: NumberModel> Lua<'rom, N> {
    /// A state with all standard libraries.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new(config: lua_gc::Config) -> Result<Self, RunError> {
        let state = State::boxed(config).map_err(|_| RunError::Memory)?;
        Ok(Self {
            state,
            images: PhantomData,
        })
    }

    /// Mounts an image: its strings and modules are used where they lie.
    ///
    /// # Errors
    /// Out of memory.
    pub fn mount(&mut self, image: Image<'rom, Verified>) -> Result<(), RunError> {
        // SAFETY: the state does not outlive `'rom`: it is dropped with `self`.
        let image: Image<'static, Verified> = unsafe { core::mem::transmute(image) };
        self.state
            .mount(image.strings())
            .map_err(|_| RunError::Memory)?;
        self.state
            .images
            .try_reserve(1)
            .map_err(|_| RunError::Memory)?;
        self.state.images.push(image);
        Ok(())
    }

    /// Sets where `print` puts its output.
    pub fn set_output(&mut self, write: impl FnMut(&[u8]) + 'static) {
        self.state.host.write = Some(Box::new(write));
    }

    /// Bytes of heap in use.
    pub fn heap_bytes(&self) -> usize {
        self.state.heap.memory.bytes()
    }

    /// Gives access to the state's values. No Lua code runs and nothing is collected inside.
    pub fn enter<R>(&mut self, f: impl for<'gc> FnOnce(Ctx<'gc, N>) -> R) -> R {
        f(Ctx::new(&mut *self.state))
    }

    /// Runs a source text as a chunk named `name`.
    ///
    /// # Errors
    /// The text does not compile or raised an error.
    pub fn exec(&mut self, source: &[u8], name: &[u8]) -> Result<(), RunError> {
        self.enter(|ctx| match ctx.load_chunk(source, name, Mode::BOTH, None) {
            Ok(function) => {
                let thread = ctx
                    .state()
                    .new_thread(INITIAL_STACK)
                    .map_err(|_| RunError::Memory)?;
                // SAFETY: a fresh thread has room for one value.
                unsafe {
                    *(*thread).stack = function.val();
                    (*thread).top = 1;
                    ctx.state().enter_thread(thread, core::ptr::null_mut());
                }
                Ok(())
            }
            Err(LoadError::Message(text)) => Err(RunError::Syntax(Vec::from(text.as_bytes()))),
            Err(LoadError::Memory) => Err(RunError::Memory),
        })?;
        let state = &mut *self.state;
        state.fuel = u64::MAX;
        // SAFETY: the current thread has the function in slot 0.
        let event = match unsafe { state.start(0) } {
            Ok(event) => event,
            Err(Throw::Memory) => return Err(RunError::Memory),
            Err(Throw::Error) => Event::Finished(Outcome::Failed),
        };
        let outcome = state.drive(event);
        let thread: *mut Thread<N> = state.thread();
        state.roots.thread = state.roots.main;
        // SAFETY: the main thread is a root.
        unsafe { (*state.roots.main).status = Status::Running };
        let _ = thread;
        match outcome {
            Outcome::Returned => Ok(()),
            _ => {
                let error = state.roots.error;
                // SAFETY: the pending error is a root.
                let text = unsafe { crate::convert::error_text(&error) };
                Err(RunError::Runtime(text))
            }
        }
    }
}
