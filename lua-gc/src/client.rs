//! What the collector asks of the language it serves.

use crate::{Liveness, Memory, ObjectRef, RomBoundary, Tracer, WeakClass};

/// Result of visiting one object.
#[derive(Clone, Copy, Debug)]
pub struct Trace {
    /// Effort of the visit, in bytes looked at; pacing is by this figure.
    pub work: usize,
    /// The object changes without barriers (a stack): it stays grey and is visited again in the
    /// atomic phase.
    pub again: bool,
}

impl Trace {
    /// Visited for good.
    #[inline]
    #[must_use]
    pub const fn done(work: usize) -> Self {
        Self { work, again: false }
    }

    /// To be visited again in the atomic phase.
    #[inline]
    #[must_use]
    pub const fn again(work: usize) -> Self {
        Self { work, again: true }
    }
}

/// The language behind a heap: layouts, roots, weak containers.
///
/// None of these hooks may allocate from the heap, collect, or panic.
///
/// # Safety
/// An implementation keeps invariants I, R and O of the [crate documentation](crate): it reports
/// all roots and all strong children, and sizes as allocated. ROM objects are reported, if at all,
/// by [`Tracer::mark_maybe_rom`].
pub unsafe trait Client: Sized {
    /// How ROM objects are told from RAM objects.
    type Boundary: RomBoundary;

    /// Marks every root. Called when a cycle starts and again in the atomic phase.
    ///
    /// # Safety
    /// Called by the heap, whose objects are initialised.
    unsafe fn trace_roots(&mut self, t: &mut Tracer<'_, Self>);

    /// Marks what only the atomic phase can know, after all that is reachable from the roots is
    /// marked: for example values of open upvalues of unmarked threads.
    ///
    /// # Safety
    /// As for [`trace_roots`](Self::trace_roots).
    unsafe fn trace_atomic(&mut self, t: &mut Tracer<'_, Self>) {
        let _ = t;
    }

    /// Marks the strong children of `o`. A weak container calls [`Tracer::defer`] as well.
    ///
    /// # Safety
    /// `o` is a live object of the heap whose kind is not a leaf.
    unsafe fn trace(&mut self, o: ObjectRef, t: &mut Tracer<'_, Self>) -> Trace;

    /// Objects of this kind have no children (and are no weak containers): never traced.
    fn is_leaf(kind: u8) -> bool;

    /// Bytes of `o` from the header on, as given to [`Heap::allocate`](crate::Heap::allocate).
    ///
    /// # Safety
    /// `o` is an object of the heap. Objects it refers to may be gone.
    unsafe fn size(&self, o: ObjectRef) -> usize;

    /// `o` is about to be freed: frees the buffers it owns, takes it out of intern tables. Touches
    /// no other object.
    ///
    /// # Safety
    /// As for [`size`](Self::size); called once per object.
    unsafe fn release(&mut self, o: ObjectRef, m: &mut Memory);

    /// The class `o` is deferred as by [`trace`](Self::trace), if any. Asked when a deferral found no memory.
    ///
    /// # Safety
    /// `o` is a live object of the heap.
    unsafe fn weak_class(&self, o: ObjectRef) -> Option<WeakClass> {
        let _ = o;
        None
    }

    /// Of an ephemeron container, marks the values whose keys are live. True if anything was
    /// marked.
    ///
    /// # Safety
    /// `o` was deferred as [`WeakClass::Ephemeron`] and is marked.
    unsafe fn converge(&mut self, o: ObjectRef, t: &mut Tracer<'_, Self>) -> bool {
        let _ = (o, t);
        false
    }

    /// Drops the entries whose value is dead.
    ///
    /// # Safety
    /// `o` was deferred as [`WeakClass::Values`] or [`WeakClass::All`] and is marked.
    unsafe fn clear_values(&mut self, o: ObjectRef, live: &Liveness) {
        let _ = (o, live);
    }

    /// Drops the entries whose key is dead.
    ///
    /// # Safety
    /// `o` was deferred as [`WeakClass::Ephemeron`] or [`WeakClass::All`] and is marked.
    unsafe fn clear_keys(&mut self, o: ObjectRef, live: &Liveness) {
        let _ = (o, live);
    }
}
