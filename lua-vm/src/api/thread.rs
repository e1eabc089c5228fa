//! Threads, as the library of coroutines sees them.

use super::{Ctx, Function, Thread};
use crate::frame::Throw;
use crate::number::NumberModel;
use crate::object::thread::{INITIAL_STACK, Status, Thread as Object};
use crate::value::{Val, tag};

impl<'gc, N: NumberModel> Ctx<'gc, N> {
    /// A thread that runs `function` when it is resumed.
    ///
    /// # Errors
    /// Out of memory.
    pub(crate) fn new_thread(self, function: Function<'gc, N>) -> Result<Thread<'gc, N>, Throw> {
        let thread = self.state().new_thread(INITIAL_STACK)?;
        // SAFETY: a fresh thread has room for one value; no collection runs during 'gc.
        unsafe {
            *(*thread).stack = function.val();
            (*thread).top = 1;
            Ok(Thread::from_val(Val::pointer(
                thread as *mut u8,
                tag::THREAD,
            )))
        }
    }

    /// The running thread, and whether it is a main one.
    pub(crate) fn running_thread(self) -> (Thread<'gc, N>, bool) {
        let thread = self.state().thread();
        let value = Val::pointer(thread as *mut u8, tag::THREAD);
        // SAFETY: the running thread is a root.
        unsafe { (Thread::from_val(value), (*thread).main) }
    }
}

impl<'gc, N: NumberModel> Thread<'gc, N> {
    /// The object.
    pub(crate) fn object(self) -> *mut Object<N> {
        // SAFETY: a thread value is a pointer.
        unsafe { self.val().as_ptr() as *mut Object<N> }
    }

    /// What the thread is doing.
    pub(crate) fn status(self) -> Status {
        // SAFETY: the thread is live for 'gc.
        unsafe { (*self.object()).status }
    }
}
