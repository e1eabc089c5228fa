//! Objects with finalizers: listing, separation when dead, and the order of calls.

use crate::header::{self, COLOURS, FINALIZER, FIXED};
use crate::list::{self, Place, Which};
use crate::{Client, Heap, ObjectRef, Phase};

impl<C: Client> Heap<C> {
    /// Notes that `o` has a finalizer. Does nothing if it is noted already.
    ///
    /// Costs a walk over the objects allocated after `o`; right after allocation that is nothing.
    ///
    /// # Safety
    /// `o` is a live object of this heap.
    pub unsafe fn set_finalizer(&mut self, o: ObjectRef) {
        // SAFETY: the caller's promise; `place` is a place of the plain list all along.
        unsafe {
            if header::word(o) & FINALIZER != 0 {
                return;
            }
            let mut place = None;
            loop {
                match self.lists.at(Which::Plain, place) {
                    Some(found) if found == o => break,
                    Some(other) => place = Some(other),
                    // Not an object of this heap.
                    None => return,
                }
            }
            self.relink(Which::Plain, place, o);
            self.lists.push(Which::Finalizable, o);
            header::set_word(o, header::word(o) | FINALIZER);
        }
    }

    /// Takes the next object whose finalizer is to be called: the one whose finalizer was set
    /// last. It becomes an ordinary object again, without finalizer, and lives as long as it is
    /// reachable; the caller calls the finalizer.
    ///
    /// # Safety
    /// The caller makes the object reachable from the roots before the next step, or is done
    /// with it by then.
    pub unsafe fn next_finalizable(&mut self) -> Option<ObjectRef> {
        let o = self.lists.head(Which::Pending)?;
        // SAFETY: an object of the list.
        unsafe {
            self.relink(Which::Pending, None, o);
            self.lists.push(Which::Plain, o);
            let mut word = header::word(o) & !FINALIZER;
            if matches!(self.phase(), Phase::Sweep) {
                word = (word & !COLOURS) | self.white;
            }
            header::set_word(o, word);
        }
        Some(o)
    }

    /// The object [`Heap::next_finalizable`] would take.
    #[inline]
    #[must_use]
    pub fn peek_finalizable(&self) -> Option<ObjectRef> {
        self.lists.head(Which::Pending)
    }

    /// Some object waits for its finalizer to be called.
    #[inline]
    #[must_use]
    pub fn has_pending_finalizers(&self) -> bool {
        self.lists.head(Which::Pending).is_some()
    }

    /// Makes all objects with finalizers pending, dead or not: for closing a state.
    ///
    /// # Safety
    /// The heap is not collecting (no hook of the client is running).
    pub unsafe fn finalize_all(&mut self) {
        let end = self.lists.end(Which::Pending);
        let all = self.lists.head(Which::Finalizable);
        // A sweep or search inside the moved chain goes on in it, now as part of the pending list.
        self.lists.set_head(Which::Finalizable, None);
        // SAFETY: `end` is the last place of the pending list.
        unsafe { self.lists.put(Which::Pending, end, all) };
    }

    /// Moves the dead objects with finalizers to the end of the pending list.
    ///
    /// # Safety
    /// In the atomic phase: what is white is dead.
    pub(crate) unsafe fn separate_dead(&mut self) {
        let mut end = self.lists.end(Which::Pending);
        let mut place = None;
        // SAFETY: `place` and `end` are places of their lists all along.
        unsafe {
            while let Some(o) = self.lists.at(Which::Finalizable, place) {
                if !header::is_white(o) || header::word(o) & FIXED != 0 {
                    place = Some(o);
                    continue;
                }
                self.lists.put(Which::Finalizable, place, list::next(o));
                list::set_next(o, None);
                self.lists.put(Which::Pending, end, Some(o));
                end = Some(o);
            }
        }
    }

    /// Takes `o`, found behind `place`, out of a list, and keeps the sweep and the search for lost
    /// objects on their way.
    unsafe fn relink(&mut self, which: Which, place: Place, o: ObjectRef) {
        // SAFETY: the caller's promise: `o` is behind `place` in this list.
        unsafe {
            if let Some(cursor) = self.cursor_mut()
                && cursor.place == Some(o)
            {
                cursor.place = place;
            }
            // Behind the search a lost object would be missed: it begins anew.
            if self.search.at.take().is_some() {
                self.marks.lost = true;
            }
            self.lists.put(which, place, list::next(o));
        }
    }
}
