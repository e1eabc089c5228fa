//! Tables: an array part, a node part, and for library tables a ROM layer below both.
//!
//! Byte layout: `docs/architecture.md`, section 3. All functions are associated functions over raw pointers and
//! share one contract, called **(T)**: the table is a live object of the kind `TABLE` that went through
//! [`Table::init`]; nobody else accesses it during the call; every value handed in, and every object a
//! non-nil entry refers to, is live. The collector keeps the last part true (weak entries are cleared before
//! their objects are freed, keys of nil entries are turned into dead keys that nothing follows).
//!
//! Inside, two more invariants hold between calls. **(A)** the array part has `array_cap` initialised tags at
//! `array` and, below it, as many initialised payloads. **(N)** `nodes` points at
//! `1 << log2_nodes` initialised nodes, or at one shared empty node that is never written; the links of a node
//! stay inside its block, and every chain ends.

mod array;
mod get;
mod layered;
mod len;
mod next;
mod node;
mod resize;
mod set;
mod trace;

pub use layered::Layered;

use crate::number::NumberModel;
use crate::value::{Payload, Val, tag};
use core::fmt;
use core::mem::size_of;
use core::ptr::null_mut;
use layered::LayeredTable;
use lua_gc::{Header, Memory, OutOfMemory};
use node::{Cursor, Node};

/// A table in RAM.
#[repr(C)]
pub struct Table<N: NumberModel> {
    header: Header,
    /// Elements the array part has room for.
    pub array_cap: u32,
    /// The metatable, or null.
    pub metatable: *mut Table<N>,
    nodes: *mut Node<N>,
    /// The boundary inside the array block: tags go up from here, payloads lie below.
    array: *mut u8,
    /// Number of nodes less one.
    #[cfg(target_pointer_width = "64")]
    mask: u32,
    /// Nodes at this index and above have been handed out.
    free: Cursor,
    /// Where the border was seen last; any value is good.
    border: Cursor,
}

/// Pointer to a table; see the module's contract (T).
pub type TablePtr<N> = *mut Table<N>;

/// Header bits of the absent-metamethod cache.
const FLAGS: u32 = 0xff << 16;
/// Position of the five header bits that hold 31 minus the log2 of the node count: the distance by which a hash is
/// shifted to give a node index.
const SHIFT_AT: u32 = 24;
const SHIFT_MASK: u32 = 31 << SHIFT_AT;
/// There is no node part: `nodes` points at the shared empty node.
const NO_NODES: u32 = 1 << 29;
/// The object is a [`LayeredTable`].
const LAYERED: u32 = 1 << 30;
/// Some key is (or was) a string in ROM, so that one text may be there under another address.
const ROM_KEYS: u32 = 1 << 31;

const _: () = {
    assert!(size_of::<Payload<crate::number::Num64>>() == 8);
    #[cfg(target_pointer_width = "32")]
    assert!(size_of::<Table<crate::number::Num32>>() == 24);
    #[cfg(target_pointer_width = "64")]
    assert!(
        size_of::<Table<crate::number::Num64>>() == 48
            && size_of::<Table<crate::number::Num32>>() == 48
    );
};

/// Why a raw store failed. The table is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SetError {
    /// No memory for a new entry.
    OutOfMemory,
    /// The key is nil.
    NilKey,
    /// The key is a NaN.
    NanKey,
    /// The table would pass the largest size its links can express.
    Overflow,
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfMemory => "not enough memory",
            Self::NilKey => "table index is nil",
            Self::NanKey => "table index is NaN",
            Self::Overflow => "table overflow",
        })
    }
}

impl core::error::Error for SetError {}

impl From<OutOfMemory> for SetError {
    fn from(_: OutOfMemory) -> Self {
        Self::OutOfMemory
    }
}

/// The place of an entry; good until the table changes shape (a new key, a resize).
#[derive(Clone, Copy)]
pub struct Slot<N: NumberModel> {
    payload: *mut Payload<N>,
    tag: *mut u8,
}

impl<N: NumberModel> Slot<N> {
    /// The value there.
    ///
    /// # Safety
    /// The table has not changed shape since the slot was taken (so for all functions here).
    #[inline(always)]
    pub unsafe fn get(self) -> Val<N> {
        // SAFETY: the slot is inside a live block (caller), whose payloads are all initialised.
        unsafe {
            Val {
                payload: *self.payload,
                tag: *self.tag as u32,
            }
        }
    }

    /// Stores a value. The barrier is the caller's concern.
    ///
    /// # Safety
    /// As for [`Slot::get`].
    #[inline(always)]
    pub unsafe fn set(self, value: Val<N>) {
        // SAFETY: as for `get`.
        unsafe {
            *self.payload = value.payload;
            *self.tag = value.tag as u8;
        }
    }

    /// Whether nil is there.
    ///
    /// # Safety
    /// As for [`Slot::get`].
    #[inline(always)]
    pub unsafe fn is_nil(self) -> bool {
        // SAFETY: as for `get`.
        unsafe { *self.tag as u32 == tag::NIL }
    }

    #[inline(always)]
    unsafe fn existing(self) -> Option<Self> {
        // SAFETY: as for `get`.
        if unsafe { self.is_nil() } {
            None
        } else {
            Some(self)
        }
    }
}

/// A float key that equals an integer becomes that integer (manual section 2.1).
#[inline(always)]
fn normalize<N: NumberModel>(key: &Val<N>) -> Val<N> {
    if key.tag == tag::FLOAT
        && let Some(int) = N::float_to_int(key.as_float())
    {
        return Val::int(int);
    }
    *key
}

/// Sizes of the parts of a table, in entries.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    /// Capacity of the array part.
    pub elements: usize,
    /// Capacity of the node part.
    pub nodes: usize,
    /// Whether a ROM layer lies below.
    pub layered: bool,
    /// Capacity of the list of changed entries of the layer.
    pub overrides: usize,
}

impl<N: NumberModel> Table<N> {
    /// Bytes of the object, from the header on.
    pub const fn object_size(layered: bool) -> usize {
        if layered {
            size_of::<LayeredTable<N>>()
        } else {
            size_of::<Self>()
        }
    }

    /// Fills a fresh object: an empty table without metatable, above `layer` if there is one.
    ///
    /// # Safety
    /// `t` was allocated with the kind `TABLE` and [`Table::object_size`]. [`Layered::libraries`] must stay
    /// readable as long as the table lives.
    #[inline]
    pub unsafe fn init(t: TablePtr<N>, layer: Option<Layered<N>>) {
        // SAFETY: the object has room for all fields (caller); the header was written by the allocator.
        unsafe {
            (*t).array_cap = 0;
            (*t).metatable = null_mut();
            (*t).array = null_mut();
            (*t).border = 0;
            let mut bits = 0;
            if let Some(layer) = layer {
                bits = LAYERED;
                LayeredTable::init(t, layer);
            }
            Self::set_header(t, !0xffff, bits);
            Self::install_nodes(t, None);
        }
    }

    /// Frees the buffers the table owns; the object itself is the heap's.
    ///
    /// # Safety
    /// (T), with `m` the memory all changes of this table were made with; the table is not used again.
    pub unsafe fn release(t: TablePtr<N>, m: &mut Memory) {
        // SAFETY: (A) and (N) describe the blocks, which came from `m` (caller).
        unsafe {
            array::free::<N>(m, (*t).array, (*t).array_cap);
            if Self::header(t) & NO_NODES == 0 {
                node::free_block(m, (*t).nodes, Self::node_count(t));
            }
            if Self::header(t) & LAYERED != 0 {
                LayeredTable::release(t as *mut LayeredTable<N>, m);
            }
        }
    }

    /// Sizes of the table's parts.
    ///
    /// # Safety
    /// (T)
    pub unsafe fn parts(t: TablePtr<N>) -> Parts {
        // SAFETY: (T)
        unsafe {
            let layered = Self::header(t) & LAYERED != 0;
            Parts {
                elements: (*t).array_cap as usize,
                nodes: if Self::header(t) & NO_NODES == 0 {
                    Self::node_count(t) as usize
                } else {
                    0
                },
                layered,
                overrides: if layered {
                    LayeredTable::override_capacity(t as *mut LayeredTable<N>)
                } else {
                    0
                },
            }
        }
    }

    /// Bytes of the buffers the table owns.
    ///
    /// # Safety
    /// (T)
    pub unsafe fn buffer_bytes(t: TablePtr<N>) -> usize {
        // SAFETY: (T)
        unsafe {
            let mut bytes = array::bytes::<N>((*t).array_cap);
            if Self::header(t) & NO_NODES == 0 {
                bytes += Self::node_count(t) as usize * size_of::<Node<N>>();
            }
            if Self::header(t) & LAYERED != 0 {
                bytes += LayeredTable::buffer_bytes(t as *mut LayeredTable<N>);
            }
            bytes
        }
    }

    #[inline(always)]
    unsafe fn header(t: TablePtr<N>) -> u32 {
        // SAFETY: (T): the header is one aligned word.
        unsafe { *(t as *const u32) }
    }

    /// Replaces the bits `mask` (of the user half) of the header.
    #[inline(always)]
    unsafe fn set_header(t: TablePtr<N>, mask: u32, bits: u32) {
        // SAFETY: (T): the header is one aligned word in RAM; the collector's bits keep their values.
        unsafe { *(t as *mut u32) = *(t as *const u32) & !mask | bits }
    }

    /// Number of nodes; 1 for the shared empty node.
    #[inline(always)]
    unsafe fn node_count(t: TablePtr<N>) -> u32 {
        // SAFETY: (T)
        1 << (31 - ((unsafe { Self::header(t) } >> SHIFT_AT) & 31))
    }

    /// Whether a ROM layer lies below the table.
    ///
    /// # Safety
    /// (T)
    #[inline]
    pub unsafe fn is_layered(t: TablePtr<N>) -> bool {
        // SAFETY: (T)
        unsafe { Self::header(t) & LAYERED != 0 }
    }

    // ---- the cache of absent metamethods -------------------------------------------------------------------

    /// Bit i: event i is known to be absent from this table, used as a metatable.
    ///
    /// # Safety
    /// (T)
    #[inline(always)]
    pub unsafe fn flags(t: TablePtr<N>) -> u8 {
        // SAFETY: (T)
        unsafe { (Self::header(t) >> 16) as u8 }
    }

    /// Remembers that the event of `bit` (0..8) is absent. Every store of a new entry forgets it.
    ///
    /// # Safety
    /// (T)
    #[inline(always)]
    pub unsafe fn set_absent(t: TablePtr<N>, bit: u32) {
        // SAFETY: (T)
        unsafe { Self::set_header(t, 0, 1 << (16 + (bit & 7))) }
    }

    /// Forgets which events are absent.
    ///
    /// # Safety
    /// (T)
    #[inline(always)]
    pub unsafe fn clear_flags(t: TablePtr<N>) {
        // SAFETY: (T)
        unsafe { Self::set_header(t, FLAGS, 0) }
    }
}

#[cfg(test)]
mod tests;
