//! Collection: the only places where it happens (G1), finalizers, and running out of memory (G6).

use super::{Emergency, Event, record_of};
use crate::builtin::Event as Metamethod;
use crate::frame::Throw;
use crate::number::NumberModel;
use crate::object::function::Record;
use crate::object::kind;
use crate::object::thread::{EXTRA_SLOTS, MAX_STACK, NATIVE_SLOTS, Resume, Thread, call};
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
    pub(super) unsafe fn safe_point(&mut self, deliver: bool) -> Option<Event> {
        // SAFETY: caller.
        unsafe {
            self.roots.handles.sweep();
            let mut trimmed = false;
            if self.heap.debt_due() {
                let cycles = self.heap.cycles();
                self.heap.step(&mut self.roots);
                self.shrink_strings();
                if deliver && self.heap.cycles() != cycles {
                    trimmed = Thread::trim(self.thread(), &mut self.heap.memory);
                }
            }
            if !deliver {
                return None;
            }
            // Whoever holds pointers into the stack goes on through an event.
            match self.call_finalizer() {
                None if trimmed => Some(self.top_event()),
                event => event,
            }
        }
    }

    /// Calls the metamethod of the next object that is to be finalized, on top of the current thread. Without room for
    /// the call the object goes on waiting: what the thread was doing is not concerned.
    unsafe fn call_finalizer(&mut self) -> Option<Event> {
        if self.finalizing {
            return None;
        }
        let thread = self.thread();
        // SAFETY: the slots above the extent are free; room is made before the object is taken.
        unsafe {
            while let Some(object) = self.heap.peek_finalizable() {
                let (object, finalizer) = self.finalizer_of(object);
                if !finalizer.is_function() {
                    self.heap.next_finalizable();
                    continue;
                }
                let native = matches!(finalizer.tag, tag::NATIVE | tag::NATIVE_CLOSURE);
                let frame = if native {
                    NATIVE_SLOTS
                } else {
                    Record::shape(record_of(&finalizer)).frame_size()
                };
                // The function, its argument, and the frame above them.
                let func = Thread::extent(thread) as u32;
                let slots = func + 2 + frame as u32;
                if slots as usize + EXTRA_SLOTS > MAX_STACK || self.need_stack(slots).is_err() {
                    return None;
                }
                if (*thread).depth == (*thread).frame_capacity {
                    Thread::grow_frames(thread, &mut self.heap.memory).ok()?;
                }
                self.heap.next_finalizable();
                *(*thread).stack.add(func as usize) = finalizer;
                *(*thread).stack.add(func as usize + 1) = object;
                self.finalizing = true;
                if !(*Thread::frame(thread)).is_lua() {
                    (*thread).top = func;
                }
                return Some(match self.call_value(func, 1, 0, call::FINALIZER) {
                    Ok(event) => event,
                    // There was room for its frame: the native called here is on top and failed.
                    Err(Throw::Memory) => self.emergency(Event::Native),
                    Err(Throw::Error) => self.raise(),
                });
            }
        }
        None
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
        state: u16,
    ) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: caller; a native's frame has room for one value.
        unsafe {
            let place = (*thread).top;
            let finished = match step {
                None => {
                    self.collect_all();
                    Thread::trim(thread, &mut self.heap.memory);
                    true
                }
                Some(kilobytes) => {
                    self.roots.handles.sweep();
                    let finished = self.heap.step_by(&mut self.roots, kilobytes as usize);
                    self.shrink_strings();
                    finished
                }
            };
            self.need_stack(place + 2)?;
            *(*thread).stack.add(place as usize) = Val::boolean(finished);
            (*thread).top = place + 1;
            (*Thread::frame(thread)).resume = Resume {
                state: state as usize,
            };
            Ok(self.call_finalizer().unwrap_or(Event::Native))
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
                        self.skip_trace();
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
                fuel: (self.fuel_reserve, self.fuel),
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
            self.collect_all();
            retry
        }
    }

    /// Frees all that can be freed, the buffer kept for strings included.
    ///
    /// # Safety
    /// As for [`State::safe_point`].
    pub(crate) unsafe fn collect_all(&mut self) {
        self.scratch = alloc::vec::Vec::new();
        self.roots.handles.sweep();
        // SAFETY: caller.
        unsafe { self.heap.collect(&mut self.roots) }
        self.shrink_strings();
    }

    /// Raises "not enough memory"; needs none.
    #[cold]
    pub(super) fn memory_error(&mut self) -> Throw {
        let message = crate::builtin::string_value(crate::builtin::NOT_ENOUGH_MEMORY);
        self.throw(message)
    }
}
