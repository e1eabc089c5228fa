//! Stacks of objects that may fail to grow.

use crate::{Memory, ObjectRef, OutOfMemory};
use alloc::vec::Vec;

const ENTRY: usize = size_of::<ObjectRef>();

/// A bounded stack whose memory is accounted. A refused push leaves it as it was.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    items: Vec<ObjectRef>,
}

impl Stack {
    /// Makes room for `entries` in all.
    pub(crate) fn reserve(
        &mut self,
        entries: usize,
        memory: &mut Memory,
    ) -> Result<(), OutOfMemory> {
        let more = entries.saturating_sub(self.items.capacity());
        if !memory.has_room(more.saturating_mul(ENTRY)) {
            return Err(OutOfMemory);
        }
        let before = self.items.capacity();
        self.items
            .try_reserve_exact(entries.saturating_sub(self.items.len()))
            .map_err(|_| OutOfMemory)?;
        // A `Vec` never holds more than `isize::MAX` bytes.
        memory.account(((self.items.capacity() - before) * ENTRY) as isize);
        Ok(())
    }

    /// Pushes, growing up to `limit` entries; false if there is no room.
    #[inline(always)]
    pub(crate) fn push(&mut self, o: ObjectRef, limit: usize, memory: &mut Memory) -> bool {
        if self.items.len() == self.items.capacity() && !self.grow(limit, memory) {
            return false;
        }
        let length = self.items.len();
        // SAFETY: the length is below the capacity: it was, or `grow` succeeded, which makes the capacity greater than the length
        // was. `Vec::push` would ask again, in every place that marks.
        unsafe {
            self.items.as_mut_ptr().add(length).write(o);
            self.items.set_len(length + 1);
        }
        true
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, limit: usize, memory: &mut Memory) -> bool {
        let full = self.items.len();
        let wanted = full.saturating_mul(2).max(16).min(limit);
        wanted > full && self.reserve(wanted, memory).is_ok()
    }

    #[inline(always)]
    pub(crate) fn pop(&mut self) -> Option<ObjectRef> {
        self.items.pop()
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<ObjectRef> {
        self.items.get(index).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Empties the stack and gives back memory beyond `keep` entries.
    pub(crate) fn reset(&mut self, keep: usize, memory: &mut Memory) {
        self.items.clear();
        if self.items.capacity() > keep {
            self.release(memory);
            // A stack without memory is a slower one, not an error.
            let _ = self.reserve(keep, memory);
        }
    }

    /// Gives back all memory.
    pub(crate) fn release(&mut self, memory: &mut Memory) {
        let bytes = self.items.capacity() * ENTRY;
        self.items = Vec::new();
        memory.account(-(bytes as isize));
    }
}
