//! Allocation with accounting, a limit and fault injection.

use alloc::alloc as global;
use core::alloc::Layout;
use core::num::NonZero;
use core::ptr::NonNull;

/// No memory: the limit is reached or the allocator has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct OutOfMemory;

impl core::fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("out of memory")
    }
}

impl core::error::Error for OutOfMemory {}

/// Sums and limits stay at or below this, so that adding the size of a [`Layout`] cannot overflow.
const MOST: usize = isize::MAX as usize;

/// The heap's memory: objects, the buffers they own, and the collector's stacks.
///
/// Layouts of size zero cost nothing and yield dangling pointers.
#[derive(Debug)]
pub struct Memory {
    bytes: usize,
    /// An allocation that would lift `bytes` above this needs a closer look: the limit, or zero
    /// while a fault is armed.
    ceiling: usize,
    limit: usize,
    /// Raised lazily, before `bytes` falls.
    peak: usize,
    allocations: u64,
    fault: Option<u64>,
}

impl Memory {
    pub(crate) fn new(limit: usize) -> Self {
        let mut memory = Self {
            bytes: 0,
            ceiling: 0,
            limit: 0,
            peak: 0,
            allocations: 0,
            fault: None,
        };
        memory.set_limit(limit);
        memory
    }

    /// Allocates a buffer.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the limit would be exceeded or the allocator refuses.
    #[inline]
    pub fn alloc(&mut self, layout: Layout) -> Result<NonNull<u8>, OutOfMemory> {
        if layout.size() == 0 {
            return Ok(dangling(layout));
        }
        self.admit(layout.size())?;
        // SAFETY: the layout's size is not zero.
        let block = NonNull::new(unsafe { global::alloc(layout) }).ok_or(OutOfMemory)?;
        self.bytes += layout.size();
        self.allocations += 1;
        Ok(block)
    }

    /// Frees a buffer.
    ///
    /// # Safety
    /// `ptr` came from this memory with this layout and is not used again.
    #[inline]
    pub unsafe fn free(&mut self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            return;
        }
        self.sink(layout.size());
        // SAFETY: the caller's promise.
        unsafe { global::dealloc(ptr.as_ptr(), layout) }
    }

    /// Changes the size of a buffer, keeping the bytes both sizes share.
    ///
    /// # Safety
    /// `ptr` came from this memory with the layout `old`; after success only the result is used.
    ///
    /// # Errors
    /// [`OutOfMemory`] as for [`alloc`](Self::alloc); the buffer then is as it was.
    pub unsafe fn resize(
        &mut self,
        ptr: NonNull<u8>,
        old: Layout,
        new_size: usize,
    ) -> Result<NonNull<u8>, OutOfMemory> {
        let new = Layout::from_size_align(new_size, old.align()).map_err(|_| OutOfMemory)?;
        if old.size() == 0 {
            return self.alloc(new);
        }
        if new_size == 0 {
            // SAFETY: the caller's promise.
            unsafe { self.free(ptr, old) };
            return Ok(dangling(new));
        }
        if new_size > old.size() {
            self.admit(new_size - old.size())?;
        }
        // SAFETY: the caller's promise; the new size is not zero and was accepted by `Layout`.
        let block = NonNull::new(unsafe { global::realloc(ptr.as_ptr(), old, new_size) })
            .ok_or(OutOfMemory)?;
        self.sink(old.size());
        self.bytes += new_size;
        self.allocations += 1;
        Ok(block)
    }

    /// Adds to (or, negative, takes from) the bytes in use: for memory that objects hold elsewhere.
    pub fn account(&mut self, delta: isize) {
        if delta < 0 {
            self.sink(delta.unsigned_abs().min(self.bytes));
        } else {
            self.bytes = self.bytes.saturating_add(delta.unsigned_abs()).min(MOST);
        }
    }

    /// Bytes in use.
    #[inline(always)]
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The most bytes that were ever in use.
    #[must_use]
    pub fn peak_bytes(&self) -> usize {
        self.peak.max(self.bytes)
    }

    /// The limit in bytes; `usize::MAX` is none.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Sets the limit in bytes. A limit below the bytes in use makes every allocation fail until
    /// enough is freed.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.arm();
    }

    /// Successful allocations and changes of size so far. The collector's own stacks do not count.
    #[inline]
    #[must_use]
    pub fn allocations(&self) -> u64 {
        self.allocations
    }

    /// Fault injection for tests: after `n` more allocations (or growing changes of size) that
    /// succeed, one fails; then the fault is spent. `None` disarms.
    pub fn fail_after(&mut self, n: Option<u64>) {
        self.fault = n;
        self.arm();
    }

    /// Whether `size` more bytes are within the limit, without counting as an allocation.
    pub(crate) fn has_room(&self, size: usize) -> bool {
        self.bytes.saturating_add(size) <= self.limit.min(MOST)
    }

    fn arm(&mut self) {
        self.ceiling = if self.fault.is_some() {
            0
        } else {
            self.limit.min(MOST)
        };
    }

    /// Admits `size` (at most `isize::MAX`) more bytes.
    #[inline(always)]
    fn admit(&mut self, size: usize) -> Result<(), OutOfMemory> {
        if self.bytes + size > self.ceiling {
            return self.admit_slowly(size);
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn admit_slowly(&mut self, size: usize) -> Result<(), OutOfMemory> {
        if !self.has_room(size) {
            return Err(OutOfMemory);
        }
        match self.fault {
            None => Ok(()),
            Some(0) => {
                self.fail_after(None);
                Err(OutOfMemory)
            }
            Some(n) => {
                self.fault = Some(n - 1);
                Ok(())
            }
        }
    }

    #[inline(always)]
    fn sink(&mut self, size: usize) {
        if self.bytes > self.peak {
            self.peak = self.bytes;
        }
        self.bytes -= size;
    }
}

fn dangling(layout: Layout) -> NonNull<u8> {
    match NonZero::new(layout.align()) {
        Some(address) => NonNull::without_provenance(address),
        None => NonNull::dangling(),
    }
}
