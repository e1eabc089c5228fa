//! Collection: the only places where it happens (G1), finalizers, and running out of memory (G6).

use super::{Emergency, Event};
use crate::builtin::Event as Metamethod;
use crate::frame::Throw;
use crate::number::NumberModel;
use crate::object::kind;
use crate::object::thread::{Resume, Thread, call};
use crate::state::State;
use crate::value::{Val, tag};
use lua_gc::{ObjectRef, header};

impl<N: NumberModel> State<N> {
    /// Makes one step of the collector. With `deliver` a pending finalizer may be called: the event then runs it.
    ///
    /// # Safety
    /// No native runs, every live value of the current thread is below its extent, a Lua frame on top has its
    /// `pc` saved.
    #[inline(never)]
    pub(super) unsafe fn safe_point(&mut self, deliver: bool) -> Result<Option<Event>, Throw> {
        // SAFETY: caller.
        unsafe {
            self.roots.handles.sweep();
            if self.heap.debt_due() {
                self.heap.step(&mut self.roots);
            }
            if deliver {
                self.call_finalizer()
            } else {
                Ok(None)
            }
        }
    }

    /// Calls the metamethod of the next object that is to be finalized, on top of the current thread.
    unsafe fn call_finalizer(&mut self) -> Result<Option<Event>, Throw> {
        if self.finalizing {
            return Ok(None);
        }
        let thread = self.thread();
        // SAFETY: the slots above the extent are free; room is made before the object is taken.
        unsafe {
            while self.heap.has_pending_finalizers() {
                let func = Thread::extent(thread) as u32;
                self.need_stack(func + 2)?;
                if (*thread).depth == (*thread).frame_capacity {
                    Thread::grow_frames(thread, &mut self.heap.memory)?;
                }
                let Some(object) = self.heap.next_finalizable() else {
                    break;
                };
                let (object, finalizer) = self.finalizer_of(object);
                if !finalizer.is_function() {
                    continue;
                }
                *(*thread).stack.add(func as usize) = finalizer;
                *(*thread).stack.add(func as usize + 1) = object;
                self.finalizing = true;
                if !(*Thread::frame(thread)).is_lua() {
                    (*thread).top = func;
                }
                return self.call_value(func, 1, 0, call::FINALIZER).map(Some);
            }
        }
        Ok(None)
    }

    /// An object that is to be finalized, as a value, and its metamethod.
    ///
    /// # Safety
    /// The object must be live.
    pub(crate) unsafe fn finalizer_of(&self, object: ObjectRef) -> (Val<N>, Val<N>) {
        // SAFETY: caller.
        unsafe {
            let tag = if header::kind(object) == kind::TABLE {
                tag::TABLE
            } else {
                tag::USERDATA
            };
            let object = Val::object(object, tag);
            (object, self.metamethod(&object, Metamethod::Gc))
        }
    }

    /// Collects for the native on top, which goes on in `state`.
    ///
    /// # Safety
    /// As for [`State::safe_point`].
    pub(super) unsafe fn collect_for_native(
        &mut self,
        step: Option<u32>,
        state: u32,
    ) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: caller; a native's frame has room for one value.
        unsafe {
            self.roots.handles.sweep();
            let info = Thread::frame(thread);
            let place = (*thread).top;
            let finished = match step {
                None => {
                    self.heap.collect(&mut self.roots);
                    true
                }
                Some(kilobytes) => self.heap.step_by(&mut self.roots, kilobytes as usize),
            };
            self.need_stack(place + 2)?;
            *(*thread).stack.add(place as usize) = Val::boolean(finished);
            (*thread).top = place + 1;
            (*info).resume = Resume {
                state: state as usize,
            };
            Ok(self.call_finalizer()?.unwrap_or(Event::Native))
        }
    }

    /// Memory has run out: collects everything and tries the same again, or raises the error if that was done at
    /// this very place before.
    pub(crate) fn emergency(&mut self, retry: Event) -> Event {
        let thread = self.thread();
        // SAFETY: the current thread is live; no native runs any more.
        unsafe {
            let depth = (*thread).depth;
            let mut place = 0;
            if depth > 0 {
                let info = Thread::frame(thread);
                if (*info).is_lua() {
                    if matches!(retry, Event::Lua) {
                        (*info).resume.pc = (*info).pc().sub(1);
                    }
                } else if matches!(retry, Event::Native) {
                    // The native starts over with the values it was called with.
                    (*thread).top = (*info).top;
                }
                place = (*info).state();
            }
            let now = Emergency {
                thread: thread.addr(),
                depth,
                place,
                fuel: self.fuel,
            };
            if self.emergency == Some(now) {
                if matches!(retry, Event::Lua) && depth > 0 {
                    let info = Thread::frame(thread);
                    (*info).resume.pc = (*info).pc().add(1);
                }
                self.emergency = None;
                self.memory_error();
                return self.raise();
            }
            self.emergency = Some(now);
            self.scratch = alloc::vec::Vec::new();
            self.roots.handles.sweep();
            self.heap.collect(&mut self.roots);
            retry
        }
    }

    /// Raises "not enough memory"; needs none.
    #[cold]
    pub(super) fn memory_error(&mut self) -> Throw {
        let message = crate::builtin::string_value(crate::builtin::NOT_ENOUGH_MEMORY);
        self.throw(message)
    }
}
