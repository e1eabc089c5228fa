//! The sweep: frees what is dead, whitens what lives, a few objects at a time.

use crate::header::{self, COLOURS, FIXED};
use crate::list::{self, Place, Which};
use crate::{Client, Heap, Memory, ObjectRef};

/// Effort of sweeping one object, in bytes.
const SWEEP_WORK: isize = 8;

/// How far the sweep got: the list, and the place in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    pub(crate) which: Which,
    pub(crate) place: Place,
}

impl Cursor {
    pub(crate) const START: Self = Self {
        which: Which::Plain,
        place: None,
    };
}

impl<C: Client> Heap<C> {
    /// Sweeps on from the cursor until the budget is spent (false) or all is swept (true).
    ///
    /// # Safety
    /// Invariant O; the sweep phase is running.
    pub(crate) unsafe fn sweep(
        &mut self,
        c: &mut C,
        cursor: &mut Cursor,
        budget: &mut isize,
    ) -> bool {
        loop {
            // SAFETY: the caller's promise.
            if !unsafe { self.sweep_list(c, cursor, budget) } {
                return false;
            }
            match cursor.which.following() {
                Some(which) => *cursor = Cursor { which, place: None },
                None => return true,
            }
        }
    }

    unsafe fn sweep_list(&mut self, c: &mut C, cursor: &mut Cursor, budget: &mut isize) -> bool {
        let white = self.white;
        let dead = self.other_white();
        let mut place = cursor.place;
        let mut left = *budget;
        // SAFETY: `place` is a place of the list; only objects behind it are freed.
        unsafe {
            let mut link = self.lists.at(cursor.which, place);
            while left > 0
                && let Some(o) = link
            {
                left -= SWEEP_WORK;
                let word = header::word(o);
                link = list::next(o);
                if word & dead != 0 && word & FIXED == 0 {
                    // Finalizers are separated before the sweep, so the dead are plain.
                    self.lists.put(cursor.which, place, link);
                    free(c, o, &mut self.memory);
                } else {
                    header::set_word(o, (word & !COLOURS) | white);
                    place = Some(o);
                }
            }
            cursor.place = place;
            *budget = left;
            link.is_none()
        }
    }

    /// Whitens everything without freeing: abandons a cycle that is marking.
    ///
    /// # Safety
    /// Invariant O.
    pub(crate) unsafe fn abandon(&mut self) {
        let white = self.white;
        // SAFETY: the objects of the lists are writable (O).
        self.lists
            .for_each(|o| unsafe { header::set_word(o, (header::word(o) & !COLOURS) | white) });
        self.marks.reset(&mut self.memory);
    }
}

/// Frees one object.
///
/// # Safety
/// `o` is an object of the heap, in no list, and is not used again.
#[inline]
pub(crate) unsafe fn free<C: Client>(c: &mut C, o: ObjectRef, memory: &mut Memory) {
    // SAFETY: the caller's promise; the size is the one it was allocated with (O).
    unsafe {
        let size = c.size(o);
        c.release(o, memory);
        if let Ok(layout) = list::block_layout(size) {
            memory.free(list::block_of(o), layout);
        }
    }
}
