//! Marking single objects: what the client's hooks are handed.

use crate::header::{self, BLACK, COLOURS, WHITES};
use crate::stack::Stack;
use crate::{Client, Memory, ObjectRef, RomBoundary, WeakClass};
use core::marker::PhantomData;

/// Entries each mark stack keeps between cycles.
const RESERVE: usize = 16;

/// Where grey objects wait, and what found no room to wait.
#[derive(Debug)]
pub(crate) struct Marks {
    /// To be visited.
    pub(crate) grey: Stack,
    /// To be visited in the atomic phase.
    pub(crate) again: Stack,
    /// Weak containers by class, filled in the atomic phase.
    pub(crate) weak: [Stack; 3],
    /// Most entries of each stack.
    pub(crate) limit: usize,
    /// Some grey object is on no stack, and is to be found before the atomic phase.
    pub(crate) lost: bool,
    /// As `lost`, but the atomic phase is soon enough.
    pub(crate) lost_again: bool,
    /// Some weak container is on no list.
    pub(crate) lost_weak: bool,
    /// The atomic phase is running.
    pub(crate) atomic: bool,
    pub(crate) boundary_hits: usize,
}

impl Marks {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            grey: Stack::default(),
            again: Stack::default(),
            weak: Default::default(),
            limit,
            lost: false,
            lost_again: false,
            lost_weak: false,
            atomic: false,
            boundary_hits: 0,
        }
    }

    /// Makes the room that a heap keeps between cycles.
    pub(crate) fn reserve(&mut self, memory: &mut Memory) -> Result<(), crate::OutOfMemory> {
        self.grey.reserve(RESERVE.min(self.limit), memory)
    }

    /// Forgets everything, as between cycles.
    pub(crate) fn reset(&mut self, memory: &mut Memory) {
        self.grey.reset(RESERVE.min(self.limit), memory);
        self.again.reset(0, memory);
        for stack in &mut self.weak {
            stack.reset(0, memory);
        }
        self.lost = false;
        self.lost_again = false;
        self.lost_weak = false;
        self.atomic = false;
    }

    /// Gives back all memory.
    pub(crate) fn release(&mut self, memory: &mut Memory) {
        self.reset(memory);
        self.grey.release(memory);
    }

    /// Makes a black object grey until the atomic phase.
    ///
    /// # Safety
    /// `o` is a live RAM object; a cycle is marking.
    pub(crate) unsafe fn postpone(&mut self, o: ObjectRef, memory: &mut Memory) {
        // SAFETY: the caller's promise.
        unsafe {
            let word = header::word(o);
            if word & BLACK == 0 {
                return;
            }
            header::set_word(o, word & !BLACK);
            if !self.again.push(o, self.limit, memory) {
                self.lost_again = true;
            }
        }
    }
}

/// Marks objects on behalf of a [`Client`].
pub struct Tracer<'h, C: Client> {
    pub(crate) marks: &'h mut Marks,
    pub(crate) memory: &'h mut Memory,
    client: PhantomData<fn(&mut C)>,
}

impl<'h, C: Client> Tracer<'h, C> {
    pub(crate) fn new(marks: &'h mut Marks, memory: &'h mut Memory) -> Self {
        Self {
            marks,
            memory,
            client: PhantomData,
        }
    }

    /// Marks an object known to lie in RAM.
    ///
    /// # Safety
    /// `o` is a live object of the heap.
    #[inline]
    pub unsafe fn mark(&mut self, o: ObjectRef) {
        // SAFETY: the caller's promise; invariant O makes the header writable.
        unsafe {
            let word = header::word(o);
            if word & WHITES == 0 {
                return;
            }
            debug_assert!(
                !C::Boundary::is_rom(o),
                "mark of an object beyond the ROM boundary"
            );
            if C::is_leaf(word as u8) {
                header::set_word(o, (word & !COLOURS) | BLACK);
                return;
            }
            header::set_word(o, word & !COLOURS);
            if !self.marks.grey.push(o, self.marks.limit, self.memory) {
                self.marks.lost = true;
            }
        }
    }

    /// Marks an object that may lie in ROM: asks the boundary before it looks at the object.
    ///
    /// # Safety
    /// `o` is a live object of the heap or a ROM object.
    #[inline]
    pub unsafe fn mark_maybe_rom(&mut self, o: ObjectRef) {
        // SAFETY: the caller's promise; what the boundary lets pass is of the heap.
        unsafe {
            if C::Boundary::is_rom(o) {
                self.marks.boundary_hits = self.marks.boundary_hits.wrapping_add(1);
            } else {
                self.mark(o);
            }
        }
    }

    /// From within [`Client::trace`]: `o`, the object being visited, is a weak container. It is
    /// visited again in the atomic phase; from there its class decides which of
    /// [`Client::converge`], [`Client::clear_values`] and [`Client::clear_keys`] see it.
    ///
    /// # Safety
    /// `o` is the object handed to [`Client::trace`], and [`Client::weak_class`] says the same class.
    pub unsafe fn defer(&mut self, o: ObjectRef, class: WeakClass) {
        let marks = &mut *self.marks;
        if !marks.atomic {
            // SAFETY: the object being visited is marked.
            unsafe { marks.postpone(o, self.memory) }
        } else if !marks.weak[class as usize].push(o, marks.limit, self.memory) {
            marks.lost_weak = true;
        }
    }

    /// The mutator stands still until the cycle's marking is over: what is seen now is final.
    #[must_use]
    pub fn is_atomic(&self) -> bool {
        self.marks.atomic
    }

    /// `o` is not marked so far. ROM objects are never white.
    ///
    /// # Safety
    /// `o` is an object of the heap or a ROM object.
    #[inline]
    #[must_use]
    pub unsafe fn is_white(&self, o: ObjectRef) -> bool {
        // SAFETY: the caller's promise.
        unsafe { header::is_white(o) }
    }
}
