//! The marking phase: bounded visits, the search for lost grey objects, and the atomic phase.

use crate::header::{self, BLACK};
use crate::list::{self, Which};
use crate::tracer::Tracer;
use crate::weak::Since;
use crate::{Client, Heap, ObjectRef};

/// Effort of looking at one header while searching, in bytes.
const SEARCH_WORK: isize = 4;

/// Searches a cycle makes in bounded steps; a mutator that keeps losing objects could prolong
/// marking for ever, so after these the atomic phase does the rest.
const SEARCHES: u8 = 4;

/// A walk over the lists for lost grey objects, interrupted between steps. Grey objects that wait
/// for the atomic phase are visited as well: needless, but harmless and rare.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// The object to look at next.
    pub(crate) at: Option<(Which, ObjectRef)>,
    begun: u8,
}

impl<C: Client> Heap<C> {
    fn tracer(&mut self) -> Tracer<'_, C> {
        Tracer::new(&mut self.marks, &mut self.memory)
    }

    /// Begins a cycle: everything is white, the roots become grey.
    ///
    /// # Safety
    /// Invariants I and R; no cycle is running.
    pub(crate) unsafe fn begin_marking(&mut self, c: &mut C) {
        self.marks.reset(&mut self.memory);
        self.search = Search::default();
        // SAFETY: the caller's promise.
        unsafe {
            c.trace_roots(&mut self.tracer());
            self.mark_pending();
        }
    }

    /// Visits grey objects until the budget is spent (false) or none is left (true).
    ///
    /// # Safety
    /// Invariants I, R and B; a cycle is marking.
    pub(crate) unsafe fn propagate(&mut self, c: &mut C, budget: &mut isize) -> bool {
        loop {
            // SAFETY: the caller's promise.
            unsafe { self.drain(c, budget) };
            if *budget <= 0 {
                return false;
            }
            match self.search.at {
                // SAFETY: the caller's promise; an object of the lists, or `relink` had ended the search.
                Some((which, o)) => unsafe {
                    *budget -= SEARCH_WORK;
                    self.search.at = self.after(which, o);
                    if header::is_gray(o) {
                        *budget -= visit(c, o, &mut self.tracer());
                    }
                },
                None if self.marks.lost && self.search.begun < SEARCHES => {
                    self.marks.lost = false;
                    self.search.begun += 1;
                    self.search.at = self.first();
                }
                None => return true,
            }
        }
    }

    /// Visits what is on the mark stack while the budget lasts.
    #[inline]
    unsafe fn drain(&mut self, c: &mut C, budget: &mut isize) {
        let mut left = *budget;
        let mut t = self.tracer();
        while left > 0 {
            let Some(o) = t.marks.grey.pop() else { break };
            // SAFETY: what is on the mark stack is a live object: nothing is freed while marking.
            left = left.saturating_sub(unsafe { visit(c, o, &mut t) });
        }
        *budget = left;
    }

    /// Visits what is on the mark stack, and what that adds.
    unsafe fn drain_all(&mut self, c: &mut C) {
        let mut t = self.tracer();
        while let Some(o) = t.marks.grey.pop() {
            // SAFETY: what is on the mark stack is a live object: nothing is freed while marking.
            unsafe { visit(c, o, &mut t) };
        }
    }

    /// In the atomic phase: visits grey objects, lost ones included, until none is left.
    ///
    /// # Safety
    /// Invariants I and R; the atomic phase is running.
    pub(crate) unsafe fn finish_marking(&mut self, c: &mut C) {
        loop {
            // SAFETY: the caller's promise.
            unsafe { self.drain_all(c) };
            if !self.marks.lost {
                return;
            }
            self.marks.lost = false;
            let mut place = self.first();
            while let Some((which, o)) = place {
                // SAFETY: an object of the lists; nothing is relinked meanwhile.
                unsafe {
                    place = self.after(which, o);
                    if header::is_gray(o) {
                        visit(c, o, &mut self.tracer());
                        self.drain_all(c);
                    }
                }
            }
        }
    }

    /// Completes marking while the mutator stands still, and turns the whites around: from here
    /// on what carries the other white is dead.
    ///
    /// # Safety
    /// Invariants I, R and B; a cycle is marking.
    pub(crate) unsafe fn atomic(&mut self, c: &mut C) {
        self.marks.atomic = true;
        self.marks.lost |= self.marks.lost_again;
        self.search = Search::default();
        // SAFETY: the caller's promise; each call's demands are met by the ones before it.
        unsafe {
            c.trace_roots(&mut self.tracer());
            self.mark_pending();
            self.finish_marking(c);
            c.trace_atomic(&mut self.tracer());
            self.finish_marking(c);
            while let Some(o) = self.marks.again.pop() {
                visit(c, o, &mut self.tracer());
                self.finish_marking(c);
            }
            self.converge(c);
            self.clear_values(c, Since::default());
            let since = self.deferred_now();
            self.separate_dead();
            self.mark_pending();
            self.finish_marking(c);
            self.converge(c);
            self.clear_keys(c);
            self.clear_values(c, since);
        }
        self.white = self.other_white();
        self.marks.reset(&mut self.memory);
    }

    /// Objects whose finalizer is to be called are roots.
    pub(crate) unsafe fn mark_pending(&mut self) {
        let mut link = self.lists.head(Which::Pending);
        while let Some(o) = link {
            // SAFETY: an object of the list.
            unsafe {
                self.tracer().mark(o);
                link = list::next(o);
            }
        }
    }

    /// The first object of a walk over all lists.
    pub(crate) fn first(&self) -> Option<(Which, ObjectRef)> {
        self.first_from(Some(Which::Plain))
    }

    fn first_from(&self, mut list: Option<Which>) -> Option<(Which, ObjectRef)> {
        while let Some(which) = list {
            if let Some(o) = self.lists.head(which) {
                return Some((which, o));
            }
            list = which.following();
        }
        None
    }

    /// The object after `o` in such a walk.
    ///
    /// # Safety
    /// `o` is in the list `which`.
    pub(crate) unsafe fn after(&self, which: Which, o: ObjectRef) -> Option<(Which, ObjectRef)> {
        // SAFETY: the caller's promise.
        match unsafe { list::next(o) } {
            Some(next) => Some((which, next)),
            None => self.first_from(which.following()),
        }
    }
}

/// Blackens a grey object and marks its children; the effort.
#[inline(always)]
unsafe fn visit<C: Client>(c: &mut C, o: ObjectRef, t: &mut Tracer<'_, C>) -> isize {
    // SAFETY: the caller's promise: a grey object of the heap, hence marked and no leaf.
    unsafe {
        header::set_word(o, header::word(o) | BLACK);
        let trace = c.trace(o, t);
        if trace.again && !t.marks.atomic {
            t.marks.postpone(o, t.memory);
        }
        isize::try_from(trace.work).map_or(isize::MAX, |work| work.max(1))
    }
}
