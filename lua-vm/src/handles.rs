//! Values the host keeps across runs: slots that are roots, freed when their handle is dropped.
//!
//! Handles share a small block with the state that counts them and lists the slots of dropped ones, so a handle
//! may be dropped at any time, also after its state.

use crate::number::NumberModel;
use crate::value::Val;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::ptr::NonNull;
use lua_gc::OutOfMemory;

struct Shared {
    owners: Cell<usize>,
    /// Slots of dropped handles; capacity for all slots is reserved when one is taken, so dropping never allocates.
    dropped: UnsafeCell<Vec<u32>>,
}

/// A counted pointer to the shared block.
struct SharedPtr(NonNull<Shared>);

impl SharedPtr {
    fn new() -> Result<Self, OutOfMemory> {
        let layout = Layout::new::<Shared>();
        // SAFETY: the layout has a size; the block is written before use.
        unsafe {
            let block = NonNull::new(alloc::alloc::alloc(layout))
                .ok_or(OutOfMemory)?
                .cast::<Shared>();
            block.write(Shared {
                owners: Cell::new(1),
                dropped: UnsafeCell::new(Vec::new()),
            });
            Ok(Self(block))
        }
    }

    fn get(&self) -> &Shared {
        // SAFETY: the block lives as long as it has an owner.
        unsafe { self.0.as_ref() }
    }

    fn dropped<R>(&self, f: impl FnOnce(&mut Vec<u32>) -> R) -> R {
        // SAFETY: no closure given here comes back to this list, and the block is not shared with another thread.
        f(unsafe { &mut *self.get().dropped.get() })
    }
}

impl Clone for SharedPtr {
    fn clone(&self) -> Self {
        self.get().owners.set(self.get().owners.get() + 1);
        Self(self.0)
    }
}

impl Drop for SharedPtr {
    fn drop(&mut self) {
        let owners = self.get().owners.get() - 1;
        self.get().owners.set(owners);
        if owners == 0 {
            // SAFETY: the last owner; the block came from `new`.
            unsafe {
                self.0.drop_in_place();
                alloc::alloc::dealloc(self.0.as_ptr() as *mut u8, Layout::new::<Shared>());
            }
        }
    }
}

/// The table of kept values of one state.
pub struct Handles<N: NumberModel> {
    slots: Vec<Val<N>>,
    free: Vec<u32>,
    shared: SharedPtr,
}

/// A place in the table of kept values. Dropping it lets the value go.
pub struct Handle {
    index: u32,
    shared: SharedPtr,
}

impl Drop for Handle {
    fn drop(&mut self) {
        let index = self.index;
        self.shared.dropped(|dropped| dropped.push(index));
    }
}

impl<N: NumberModel> Handles<N> {
    /// An empty table.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new() -> Result<Self, OutOfMemory> {
        Ok(Self {
            slots: Vec::new(),
            free: Vec::new(),
            shared: SharedPtr::new()?,
        })
    }

    /// Frees the slots of dropped handles.
    pub fn sweep(&mut self) {
        let Self {
            slots,
            free,
            shared,
        } = self;
        shared.dropped(|dropped| {
            for index in dropped.drain(..) {
                slots[index as usize] = Val::NIL;
                free.push(index);
            }
        });
    }

    /// Keeps `value`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn keep(&mut self, value: Val<N>) -> Result<Handle, OutOfMemory> {
        self.sweep();
        if self.free.is_empty() {
            let wanted = self.slots.len() + 1;
            self.slots.try_reserve(1).map_err(|_| OutOfMemory)?;
            self.free.try_reserve(wanted).map_err(|_| OutOfMemory)?;
            self.shared
                .dropped(|dropped| dropped.try_reserve(wanted))
                .map_err(|_| OutOfMemory)?;
            self.free.push(self.slots.len() as u32);
            self.slots.push(Val::NIL);
        }
        let index = self.free.pop().ok_or(OutOfMemory)?;
        self.slots[index as usize] = value;
        Ok(Handle {
            index,
            shared: self.shared.clone(),
        })
    }

    /// The value of a handle of this state, `None` for one of another.
    pub fn get(&self, handle: &Handle) -> Option<Val<N>> {
        (handle.shared.0 == self.shared.0).then(|| self.slots[handle.index as usize])
    }

    /// Replaces the value of a handle of this state; no effect for one of another.
    pub fn set(&mut self, handle: &Handle, value: Val<N>) {
        if handle.shared.0 == self.shared.0 {
            self.slots[handle.index as usize] = value;
        }
    }

    /// All kept values.
    pub fn values(&self) -> &[Val<N>] {
        &self.slots
    }
}
