//! Tables: an array part, a node part, and for library tables a ROM layer below both.
//!
//! Byte layout: `docs/architecture.md`, section 3. All functions are associated functions over raw pointers and
//! share one contract, called **(T)**: the table is a live object of the kind `TABLE` that went through
//! [`Table::init`]; nobody else accesses it during the call; every value handed in, and every object a
//! non-nil entry refers to, is live. The collector keeps the last part true (weak entries are cleared before
//! their objects are freed, keys of nil entries are turned into dead keys that nothing follows).
//!
//! Inside, two more invariants hold between calls. **(A)** the array part has `array_cap` initialised tags at
//! `array` and, below it, payloads (initialised where the tag is not nil). **(N)** `nodes` points at
//! `1 << log2_nodes` initialised nodes, or at one shared empty node that is never written; the links of a node
//! stay inside its block, and every chain ends.

mod array;
mod layered;
mod next;
mod node;
mod resize;
mod trace;

pub use layered::Layered;
pub use next::InvalidKey;

use crate::number::{LuaFloat, LuaInt, NumberModel};
use crate::object::string::Str;
use crate::value::{Payload, Val, tag};
use core::fmt;
use core::mem::size_of;
use core::ptr::{NonNull, null_mut};
use layered::LayeredTable;
use lua_gc::{Header, Memory, ObjectRef, OutOfMemory, header};
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
        size_of::<Table<crate::number::Num64>>() == 40
            && size_of::<Table<crate::number::Num32>>() == 40
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
        // SAFETY: the slot is inside a live block (caller). A payload may be uninitialised only below a nil tag,
        // and copying a union does not look at it.
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
    if key.tag == tag::FLOAT {
        if let Some(int) = N::float_to_int(key.as_float()) {
            return Val::int(int);
        }
    }
    *key
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
            (*t).nodes = node::empty();
            (*t).array = null_mut();
            (*t).free = 0;
            (*t).border = 0;
            let mut bits = SHIFT_MASK | NO_NODES;
            if let Some(layer) = layer {
                bits |= LAYERED;
                LayeredTable::init(t, layer);
            }
            header::set_user(Self::object(t), (bits >> header::USER_SHIFT) as u16);
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
    fn object(t: TablePtr<N>) -> ObjectRef {
        // SAFETY: tables are heap objects, never null.
        unsafe { NonNull::new_unchecked(t as *mut Header) }
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

    // ---- reading -------------------------------------------------------------------------------------------

    /// The place of integer key `i` in the array part, whatever is there.
    ///
    /// # Safety
    /// (T)
    #[inline(always)]
    pub unsafe fn array_slot_any(t: TablePtr<N>, i: N::Int) -> Option<Slot<N>> {
        let index = i.sub(N::Int::ONE).bits();
        // SAFETY: (A): the index is below the capacity.
        unsafe { (index < (*t).array_cap as u64).then(|| array::slot((*t).array, index as usize)) }
    }

    /// The value at integer key `i`, nil if absent.
    ///
    /// # Safety
    /// (T)
    #[inline(always)]
    pub unsafe fn get_int(t: TablePtr<N>, i: N::Int) -> Val<N> {
        // SAFETY: (T)
        unsafe {
            if let Some(slot) = Self::array_slot_any(t, i) {
                return slot.get();
            }
            let node = node::find_int((*t).nodes, Self::header(t), i);
            if node.is_null() {
                Val::NIL
            } else {
                (*node).value()
            }
        }
    }

    /// The value at a short string, nil if absent. `key_tag` is the string's tag.
    ///
    /// # Safety
    /// (T); `key` is a short string and `key_tag` its tag.
    #[inline(always)]
    pub unsafe fn get_short(t: TablePtr<N>, key: *const Str, key_tag: u32) -> Val<N> {
        // SAFETY: (T)
        unsafe {
            let header = Self::header(t);
            let node = node::find_short((*t).nodes, header, key, key_tag);
            if !node.is_null() {
                return (*node).value();
            }
            if key_tag == tag::SHORT_ROM && header & (LAYERED | ROM_KEYS) != 0 {
                return Self::get_rom(t, key);
            }
            Val::NIL
        }
    }

    /// The value at the name of a metamethod, given as the record of [`crate::builtin`]: such names are always
    /// stored under that very record, so the address decides.
    ///
    /// # Safety
    /// (T); `key` is the builtin record of a metamethod's name.
    #[inline(always)]
    pub unsafe fn get_event(t: TablePtr<N>, key: *const Str) -> Val<N> {
        // SAFETY: (T)
        unsafe {
            let header = Self::header(t);
            let node = node::find_short((*t).nodes, header, key, tag::SHORT_ROM);
            if !node.is_null() {
                return (*node).value();
            }
            if header & LAYERED != 0 {
                return LayeredTable::get(t as *mut LayeredTable<N>, key);
            }
            Val::NIL
        }
    }

    /// A ROM string that is not there under its address: under another address, or in the layer.
    #[inline(never)]
    unsafe fn get_rom(t: TablePtr<N>, key: *const Str) -> Val<N> {
        // SAFETY: (T)
        unsafe {
            let header = Self::header(t);
            if header & ROM_KEYS != 0 {
                let node = node::find_twin((*t).nodes, header, key);
                if !node.is_null() {
                    return (*node).value();
                }
            }
            if header & LAYERED != 0 {
                return LayeredTable::get(t as *mut LayeredTable<N>, key);
            }
            Val::NIL
        }
    }

    /// The value at any key, nil if absent.
    ///
    /// # Safety
    /// (T)
    #[inline]
    pub unsafe fn get(t: TablePtr<N>, key: &Val<N>) -> Val<N> {
        // SAFETY: (T); tags say what the payloads are.
        unsafe {
            match key.tag {
                tag::SHORT_RAM | tag::SHORT_ROM => {
                    Self::get_short(t, key.as_ptr() as *const Str, key.tag)
                }
                tag::INT => Self::get_int(t, key.as_int()),
                tag::NIL => Val::NIL,
                _ => Self::get_other(t, key),
            }
        }
    }

    #[inline(never)]
    unsafe fn get_other(t: TablePtr<N>, key: &Val<N>) -> Val<N> {
        let key = normalize(key);
        // SAFETY: (T)
        unsafe {
            if key.tag == tag::INT {
                return Self::get_int(t, key.as_int());
            }
            let node = node::find((*t).nodes, Self::header(t), &key);
            if node.is_null() {
                Val::NIL
            } else {
                (*node).value()
            }
        }
    }

    // ---- existing entries ----------------------------------------------------------------------------------

    /// The place of integer key `i` if its value is not nil.
    ///
    /// # Safety
    /// (T)
    #[inline(always)]
    pub unsafe fn slot_int(t: TablePtr<N>, i: N::Int) -> Option<Slot<N>> {
        // SAFETY: (T)
        unsafe {
            if let Some(slot) = Self::array_slot_any(t, i) {
                return slot.existing();
            }
            let node = node::find_int((*t).nodes, Self::header(t), i);
            if node.is_null() {
                None
            } else {
                Node::slot(node).existing()
            }
        }
    }

    /// The place of a short string's entry in RAM if its value is not nil.
    ///
    /// # Safety
    /// As for [`Table::get_short`].
    #[inline(always)]
    pub unsafe fn slot_short(t: TablePtr<N>, key: *const Str, key_tag: u32) -> Option<Slot<N>> {
        // SAFETY: (T)
        unsafe {
            let header = Self::header(t);
            let node = node::find_short((*t).nodes, header, key, key_tag);
            if !node.is_null() {
                return Node::slot(node).existing();
            }
            if key_tag == tag::SHORT_ROM && header & (LAYERED | ROM_KEYS) != 0 {
                return Self::slot_rom(t, key).and_then(|slot| slot.existing());
            }
            None
        }
    }

    /// The place in RAM, nil or not, of a ROM string that is not there under its address.
    #[inline(never)]
    unsafe fn slot_rom(t: TablePtr<N>, key: *const Str) -> Option<Slot<N>> {
        // SAFETY: (T)
        unsafe {
            let header = Self::header(t);
            if header & ROM_KEYS != 0 {
                let node = node::find_twin((*t).nodes, header, key);
                if !node.is_null() {
                    return Some(Node::slot(node));
                }
            }
            if header & LAYERED != 0 {
                return LayeredTable::override_slot(t as *mut LayeredTable<N>, key);
            }
            None
        }
    }

    /// The place of a key's entry in RAM if its value is not nil.
    ///
    /// # Safety
    /// (T)
    #[inline]
    pub unsafe fn slot(t: TablePtr<N>, key: &Val<N>) -> Option<Slot<N>> {
        // SAFETY: (T)
        unsafe {
            match key.tag {
                tag::SHORT_RAM | tag::SHORT_ROM => {
                    Self::slot_short(t, key.as_ptr() as *const Str, key.tag)
                }
                tag::INT => Self::slot_int(t, key.as_int()),
                tag::NIL => None,
                _ => Self::place(t, &normalize(key)).and_then(|slot| slot.existing()),
            }
        }
    }

    /// The place in RAM, nil or not, of a normalised key.
    unsafe fn place(t: TablePtr<N>, key: &Val<N>) -> Option<Slot<N>> {
        // SAFETY: (T); tags say what the payloads are.
        unsafe {
            let header = Self::header(t);
            let node = match key.tag {
                tag::SHORT_RAM | tag::SHORT_ROM => {
                    let text = key.as_ptr() as *const Str;
                    let node = node::find_short((*t).nodes, header, text, key.tag);
                    if node.is_null() && key.tag == tag::SHORT_ROM {
                        return Self::slot_rom(t, text);
                    }
                    node
                }
                tag::INT => {
                    if let Some(slot) = Self::array_slot_any(t, key.as_int()) {
                        return Some(slot);
                    }
                    node::find_int((*t).nodes, header, key.as_int())
                }
                _ => node::find((*t).nodes, header, key),
            };
            if node.is_null() {
                None
            } else {
                Some(Node::slot(node))
            }
        }
    }

    // ---- storing -------------------------------------------------------------------------------------------

    /// Stores `value` at `key`; nil removes. The barrier is the caller's concern.
    ///
    /// # Errors
    /// See [`SetError`]; the table is unchanged then.
    ///
    /// # Safety
    /// (T), with the same `m` for all changes of this table.
    pub unsafe fn set(
        t: TablePtr<N>,
        m: &mut Memory,
        key: &Val<N>,
        value: Val<N>,
    ) -> Result<(), SetError> {
        let key = normalize(key);
        match key.tag {
            tag::NIL => return Err(SetError::NilKey),
            tag::FLOAT if key.as_float().is_nan() => return Err(SetError::NanKey),
            _ => {}
        }
        // SAFETY: (T)
        unsafe {
            if let Some(slot) = Self::place(t, &key) {
                slot.set(value);
                Self::clear_flags(t);
                return Ok(());
            }
            Self::set_new(t, m, &key, value)
        }
    }

    /// Stores `value` at integer key `i`.
    ///
    /// # Errors
    /// See [`SetError`]; the table is unchanged then.
    ///
    /// # Safety
    /// As for [`Table::set`].
    #[inline]
    pub unsafe fn set_int(
        t: TablePtr<N>,
        m: &mut Memory,
        i: N::Int,
        value: Val<N>,
    ) -> Result<(), SetError> {
        // SAFETY: (T)
        unsafe {
            if let Some(slot) = Self::array_slot_any(t, i) {
                slot.set(value);
                return Ok(());
            }
            Self::set_node_int(t, m, i, value)
        }
    }

    #[inline(never)]
    unsafe fn set_node_int(
        t: TablePtr<N>,
        m: &mut Memory,
        i: N::Int,
        value: Val<N>,
    ) -> Result<(), SetError> {
        // SAFETY: (T)
        unsafe {
            let node = node::find_int((*t).nodes, Self::header(t), i);
            if !node.is_null() {
                Node::slot(node).set(value);
                return Ok(());
            }
            Self::set_new(t, m, &Val::int(i), value)
        }
    }

    /// Stores `value` at a short string.
    ///
    /// # Errors
    /// See [`SetError`]; the table is unchanged then.
    ///
    /// # Safety
    /// As for [`Table::set`]; `key` is a short string.
    #[inline]
    pub unsafe fn set_short(
        t: TablePtr<N>,
        m: &mut Memory,
        key: &Val<N>,
        value: Val<N>,
    ) -> Result<(), SetError> {
        // SAFETY: (T)
        unsafe {
            if let Some(slot) = Self::place(t, key) {
                slot.set(value);
                Self::clear_flags(t);
                return Ok(());
            }
            Self::set_new(t, m, key, value)
        }
    }

    /// Stores at a normalised key that has no place in RAM yet.
    #[inline(never)]
    unsafe fn set_new(
        t: TablePtr<N>,
        m: &mut Memory,
        key: &Val<N>,
        value: Val<N>,
    ) -> Result<(), SetError> {
        // SAFETY: (T)
        unsafe {
            let mut key = *key;
            if key.tag == tag::SHORT_ROM {
                let text = key.as_ptr() as *const Str;
                if Self::is_layered(t)
                    && LayeredTable::set_override(t as *mut LayeredTable<N>, m, text, value)?
                {
                    Self::clear_flags(t);
                    return Ok(());
                }
                if value.is_nil() {
                    return Ok(());
                }
                if let Some(event) = crate::builtin::event_record(text) {
                    key = crate::builtin::string_value(event);
                }
            } else if value.is_nil() {
                return Ok(());
            }
            Self::clear_flags(t);
            Self::insert(t, m, &key, value)
        }
    }

    /// A border: `t[n] ~= nil and t[n + 1] == nil`, or 0 if `t[1] == nil`.
    ///
    /// # Safety
    /// (T)
    #[inline]
    pub unsafe fn len(t: TablePtr<N>) -> N::Int {
        // SAFETY: (T), (A): indices stay below the capacity.
        unsafe {
            let cap = (*t).array_cap as usize;
            if cap > 0 && *(*t).array.add(cap - 1) as u32 == tag::NIL {
                let hint = (*t).border as usize;
                if hint < cap && *(*t).array.add(hint) as u32 == tag::NIL {
                    if hint == 0 || *(*t).array.add(hint - 1) as u32 != tag::NIL {
                        return N::Int::wrap(hint as i64);
                    }
                } else if hint + 1 < cap && *(*t).array.add(hint + 1) as u32 == tag::NIL {
                    (*t).border = (hint + 1) as Cursor;
                    return N::Int::wrap(hint as i64 + 1);
                }
                return N::Int::wrap(Self::array_border(t) as i64);
            }
            if Self::header(t) & NO_NODES != 0 {
                return N::Int::wrap(cap as i64);
            }
            Self::node_border(t)
        }
    }

    /// A border inside the array part, whose last element is nil.
    #[inline(never)]
    unsafe fn array_border(t: TablePtr<N>) -> usize {
        // SAFETY: (A): indices stay below the capacity.
        unsafe {
            let is_nil = |index: usize| *(*t).array.add(index) as u32 == tag::NIL;
            // Element `low` is not nil (or is 0), element `high` is.
            let (mut low, mut high) = (0, (*t).array_cap as usize);
            let hint = (*t).border as usize;
            if hint < high {
                if !is_nil(hint) {
                    low = hint + 1;
                } else if hint > 0 {
                    // Here element `hint` is nil as well: the table lost its last elements.
                    high = hint;
                    if hint > 1 && !is_nil(hint - 2) {
                        low = hint - 1;
                    }
                }
            }
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if is_nil(middle - 1) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            (*t).border = Cursor::try_from(low).unwrap_or(0);
            low
        }
    }

    /// A border at or above the array part's capacity.
    #[inline(never)]
    unsafe fn node_border(t: TablePtr<N>) -> N::Int {
        // SAFETY: (T)
        unsafe {
            let mut low = N::Int::wrap((*t).array_cap as i64);
            let mut high = low.add(N::Int::ONE);
            while !Self::get_int(t, high).is_nil() {
                low = high;
                if high > N::Int::MAX.shift_right(N::Int::ONE) {
                    // Someone made a table with keys near the largest integer: walk.
                    let mut i = N::Int::ONE;
                    while i < N::Int::MAX && !Self::get_int(t, i).is_nil() {
                        i = i.add(N::Int::ONE);
                    }
                    return i.sub(N::Int::ONE);
                }
                high = high.add(high);
            }
            while high.sub(low) > N::Int::ONE {
                let middle = low.add(high.sub(low).shift_right(N::Int::ONE));
                if Self::get_int(t, middle).is_nil() {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            low
        }
    }
}

#[cfg(test)]
mod tests;
