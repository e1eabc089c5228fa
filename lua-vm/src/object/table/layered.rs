//! Tables above a ROM layer: entries of the layer that a program changed are kept apart from all others, sorted by
//! their number in the layer. So a changed entry costs its value and its number, a deleted one is a nil there, and
//! nothing moves under a traversal that changes what it visits.

use super::{Slot, Table, TablePtr};
use crate::layer::{LIBRARY, Layer};
use crate::number::NumberModel;
use crate::object::string::Str;
use crate::value::{Payload, Val, tag};
use core::alloc::Layout;
use core::mem::size_of;
use core::ptr::{NonNull, null_mut};
use lua_gc::{Memory, OutOfMemory};

/// What lies below a layered table.
pub struct Layered<N: NumberModel> {
    /// The entries in ROM.
    pub layer: &'static Layer<N>,
    /// The state's library tables: element i stands for the layer's values `RomValue::Library(i)`. They are
    /// roots of the collector. May be null if the layer has no such values.
    pub libraries: *const TablePtr<N>,
}

/// A changed entry of the layer.
#[repr(C)]
struct Override<N: NumberModel> {
    value: Payload<N>,
    tag: u8,
    /// Number of the entry in the layer.
    index: u8,
}

/// A table with a layer; the header bit `LAYERED` says that a table is one.
#[repr(C)]
pub struct LayeredTable<N: NumberModel> {
    table: Table<N>,
    layer: &'static Layer<N>,
    libraries: *const TablePtr<N>,
    overrides: *mut Override<N>,
    len: u16,
    cap: u16,
}

const _: () = {
    #[cfg(target_pointer_width = "32")]
    assert!(
        size_of::<LayeredTable<crate::number::Num32>>() == 40
            && size_of::<Override<crate::number::Num32>>() == 8
    );
};

// SAFETY contract of all functions here: (T) of the table module, for a table with a layer; `overrides` points
// at `len` initialised elements of a block of `cap`, sorted by `index`.
impl<N: NumberModel> LayeredTable<N> {
    /// # Safety
    /// The object has room for all fields; see [`Table::init`].
    pub unsafe fn init(t: TablePtr<N>, below: Layered<N>) {
        let t = t as *mut Self;
        // SAFETY: the caller's promise.
        unsafe {
            (&raw mut (*t).layer).write(below.layer);
            (*t).libraries = below.libraries;
            (*t).overrides = null_mut();
            (*t).len = 0;
            (*t).cap = 0;
        }
    }

    fn block(cap: u16) -> Layout {
        // At most 255 elements of at most 24 bytes: never too large.
        Layout::array::<Override<N>>(cap as usize).unwrap_or(Layout::new::<Override<N>>())
    }

    /// Changed entries there is room for.
    ///
    /// # Safety
    /// `t` is a live layered table.
    pub unsafe fn override_capacity(t: *mut Self) -> usize {
        // SAFETY: the caller's promise.
        unsafe { (*t).cap as usize }
    }

    /// # Safety
    /// As for [`Table::release`].
    pub unsafe fn release(t: *mut Self, m: &mut Memory) {
        // SAFETY: the block came from `m` with this layout.
        unsafe {
            if let Some(block) = NonNull::new((*t).overrides as *mut u8) {
                m.free(block, Self::block((*t).cap));
            }
        }
    }

    /// # Safety
    /// (T)
    pub unsafe fn buffer_bytes(t: *mut Self) -> usize {
        // SAFETY: (T)
        unsafe { (*t).cap as usize * size_of::<Override<N>>() }
    }

    /// Where the entry of the layer is among the changed ones: `Err` has the place to insert it.
    #[inline]
    unsafe fn search(t: *mut Self, index: usize) -> Result<usize, usize> {
        // SAFETY: (T): the block has `len` initialised elements.
        unsafe {
            let (mut low, mut high) = (0, (*t).len as usize);
            while low < high {
                let middle = (low + high) / 2;
                let at = (*(*t).overrides.add(middle)).index as usize;
                if at == index {
                    return Ok(middle);
                }
                if at < index {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            Err(low)
        }
    }

    #[inline(always)]
    unsafe fn slot_at(t: *mut Self, at: usize) -> Slot<N> {
        // SAFETY: the caller gives an index below `len`.
        unsafe {
            let entry = (*t).overrides.add(at);
            Slot {
                payload: &raw mut (*entry).value,
                tag: &raw mut (*entry).tag,
            }
        }
    }

    /// The value of entry `index` of the layer, as changed.
    #[inline]
    unsafe fn value(t: *mut Self, index: usize) -> Val<N> {
        // SAFETY: (T); library numbers of a layer are in range of the state's tables.
        unsafe {
            if (*t).len > 0
                && let Ok(at) = Self::search(t, index)
            {
                return Self::slot_at(t, at).get();
            }
            let value = (*t).layer.value(index);
            if value.tag != LIBRARY {
                return value;
            }
            let table = *(*t).libraries.add(value.payload.word());
            if table.is_null() {
                Val::NIL
            } else {
                Val::pointer(table as *mut u8, tag::TABLE)
            }
        }
    }

    /// The value at a ROM string, nil if the layer has no such name.
    ///
    /// # Safety
    /// (T); `key` is a short string in ROM (so for all functions that take a key).
    #[inline(never)]
    pub unsafe fn get(t: *mut Self, key: *const Str) -> Val<N> {
        // SAFETY: (T)
        unsafe {
            match (*t).layer.find(key) {
                Some(index) => Self::value(t, index),
                None => Val::NIL,
            }
        }
    }

    /// The place of a changed entry.
    ///
    /// # Safety
    /// As for [`LayeredTable::get`].
    pub unsafe fn override_slot(t: *mut Self, key: *const Str) -> Option<Slot<N>> {
        // SAFETY: (T)
        unsafe {
            let index = (*t).layer.find(key)?;
            Self::search(t, index).ok().map(|at| Self::slot_at(t, at))
        }
    }

    /// Changes an entry of the layer that was not changed before; false if the layer has no such name.
    ///
    /// # Safety
    /// As for [`LayeredTable::get`]; `m` as for [`Table::set`].
    pub unsafe fn set_override(
        t: *mut Self,
        m: &mut Memory,
        key: *const Str,
        value: Val<N>,
    ) -> Result<bool, OutOfMemory> {
        // SAFETY: (T); the elements from `at` on move up by one, inside the grown block.
        unsafe {
            let Some(index) = (*t).layer.find(key) else {
                return Ok(false);
            };
            let Err(at) = Self::search(t, index) else {
                return Ok(false);
            };
            let len = (*t).len as usize;
            if (*t).len == (*t).cap {
                let cap = ((*t).cap * 2).max(2);
                let old = NonNull::new((*t).overrides as *mut u8);
                let block = match old {
                    Some(old) => m.resize(old, Self::block((*t).cap), Self::block(cap).size())?,
                    None => m.alloc(Self::block(cap))?,
                };
                (*t).overrides = block.as_ptr() as *mut Override<N>;
                (*t).cap = cap;
            }
            let place = (*t).overrides.add(at);
            place.copy_to(place.add(1), len - at);
            place.write(Override {
                value: value.payload,
                tag: value.tag as u8,
                index: index as u8,
            });
            (*t).len += 1;
            Ok(true)
        }
    }

    /// The number of a name in the layer.
    ///
    /// # Safety
    /// As for [`LayeredTable::get`].
    pub unsafe fn position(t: *mut Self, key: *const Str) -> Option<u32> {
        // SAFETY: (T)
        unsafe { (*t).layer.find(key).map(|index| index as u32) }
    }

    /// The first entry at or after number `at` that is not nil, with the number to go on from.
    ///
    /// # Safety
    /// (T)
    pub unsafe fn next_at(t: *mut Self, at: u32) -> Option<(u32, Val<N>, Val<N>)> {
        // SAFETY: (T)
        unsafe {
            for index in at as usize..(*t).layer.len() {
                let value = Self::value(t, index);
                if !value.is_nil() {
                    return Some((index as u32 + 1, (*t).layer.name(index), value));
                }
            }
            None
        }
    }

    /// Calls `f` with the place of every changed entry that holds an object.
    ///
    /// # Safety
    /// (T)
    pub unsafe fn each_override(t: *mut Self, mut f: impl FnMut(Slot<N>)) {
        // SAFETY: (T)
        unsafe {
            for at in 0..(*t).len as usize {
                let slot = Self::slot_at(t, at);
                if slot.get().is_collectable() {
                    f(slot);
                }
            }
        }
    }
}
