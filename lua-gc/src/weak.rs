//! Weak containers: convergence of ephemerons, and clearing.

use crate::header::{self, BLACK, COLOURS, FIXED, WHITES};
use crate::tracer::Tracer;
use crate::{Client, Heap, ObjectRef};

/// What is weak in a container, see [`Tracer::defer`](crate::Tracer::defer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum WeakClass {
    /// Values are weak, keys strong.
    Values,
    /// Keys are weak; a value is reached through the container only if its key is live.
    Ephemeron,
    /// Keys and values are weak.
    All,
}

/// Tells the clearing hooks what is dead.
#[derive(Debug)]
pub struct Liveness(());

impl Liveness {
    /// `o` is about to be freed. Never true of ROM objects.
    ///
    /// # Safety
    /// `o` is an object of the heap or a ROM object.
    #[inline]
    #[must_use]
    pub unsafe fn is_dead(&self, o: ObjectRef) -> bool {
        // SAFETY: the caller's promise.
        let word = unsafe { header::word(o) };
        word & WHITES != 0 && word & FIXED == 0
    }

    /// Keeps `o` for this cycle: for leaves that count as values and are not to vanish from weak
    /// containers, such as strings.
    ///
    /// # Safety
    /// `o` is a leaf object of the heap or a ROM object.
    #[inline]
    pub unsafe fn keep_leaf(&self, o: ObjectRef) {
        // SAFETY: the caller's promise; only a white object, hence one of the heap, is written.
        unsafe {
            let word = header::word(o);
            if word & WHITES != 0 {
                header::set_word(o, (word & !COLOURS) | BLACK);
            }
        }
    }
}

/// Which entries of the deferral lists a clearing pass looks at: all, or those deferred since.
#[derive(Clone, Copy, Default)]
pub(crate) struct Since {
    values: usize,
    all: usize,
}

impl<C: Client> Heap<C> {
    /// The deferral lists as they are now.
    pub(crate) fn deferred_now(&self) -> Since {
        Since {
            values: self.marks.weak[WeakClass::Values as usize].len(),
            all: self.marks.weak[WeakClass::All as usize].len(),
        }
    }

    /// Marks the values of live keys until no more turn up.
    ///
    /// # Safety
    /// In the atomic phase, all grey objects visited.
    pub(crate) unsafe fn converge(&mut self, c: &mut C) {
        let mut changed = true;
        while changed {
            changed = false;
            let mut index = 0;
            while let Some(o) = self.marks.weak[WeakClass::Ephemeron as usize].get(index) {
                index += 1;
                // SAFETY: the object was deferred in this phase.
                changed |= unsafe { self.converge_one(c, o) };
            }
            if self.marks.lost_weak {
                let mut place = self.first();
                while let Some((which, o)) = place {
                    // SAFETY: an object of the lists; converging neither frees nor relinks.
                    unsafe {
                        place = self.after(which, o);
                        if !header::is_white(o) && self.class_of(c, o) == Some(WeakClass::Ephemeron)
                        {
                            changed |= self.converge_one(c, o);
                        }
                    }
                }
            }
        }
    }

    unsafe fn converge_one(&mut self, c: &mut C, o: ObjectRef) -> bool {
        // SAFETY: a marked ephemeron container, as the hook expects.
        unsafe {
            let marked = c.converge(o, &mut Tracer::new(&mut self.marks, &mut self.memory));
            if marked {
                self.finish_marking(c);
            }
            marked
        }
    }

    /// Drops entries with dead values from containers deferred `since`.
    ///
    /// # Safety
    /// In the atomic phase, all grey objects visited.
    pub(crate) unsafe fn clear_values(&mut self, c: &mut C, since: Since) {
        let (values, all) = (WeakClass::Values, WeakClass::All);
        // SAFETY: the objects were deferred in this phase by these classes.
        unsafe {
            self.each_deferred(c, values, since.values, |c, o| {
                c.clear_values(o, &Liveness(()))
            });
            self.each_deferred(c, all, since.all, |c, o| c.clear_values(o, &Liveness(())));
        }
    }

    /// Drops entries with dead keys.
    ///
    /// # Safety
    /// In the atomic phase, all grey objects visited.
    pub(crate) unsafe fn clear_keys(&mut self, c: &mut C) {
        let (ephemeron, all) = (WeakClass::Ephemeron, WeakClass::All);
        // SAFETY: the objects were deferred in this phase by these classes.
        unsafe {
            self.each_deferred(c, ephemeron, 0, |c, o| c.clear_keys(o, &Liveness(())));
            self.each_deferred(c, all, 0, |c, o| c.clear_keys(o, &Liveness(())));
        }
    }

    /// Calls `f` for the marked containers of a class. After a lost deferral that is all of them,
    /// whatever `from` says: clearing twice does no harm.
    unsafe fn each_deferred(
        &mut self,
        c: &mut C,
        class: WeakClass,
        from: usize,
        mut f: impl FnMut(&mut C, ObjectRef),
    ) {
        if self.marks.lost_weak {
            self.lists.for_each(|o| {
                // SAFETY: an object of the lists.
                if unsafe { !header::is_white(o) && self.class_of(c, o) == Some(class) } {
                    f(c, o);
                }
            });
            return;
        }
        let mut index = from;
        while let Some(o) = self.marks.weak[class as usize].get(index) {
            index += 1;
            f(c, o);
        }
    }

    unsafe fn class_of(&self, c: &C, o: ObjectRef) -> Option<WeakClass> {
        // SAFETY: the caller's promise: an object of the lists.
        unsafe {
            if C::is_leaf(header::kind(o)) {
                None
            } else {
                c.weak_class(o)
            }
        }
    }
}
