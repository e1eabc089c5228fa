//! The node part: chained scatter with Brent's variation.
//!
//! A key's main node is given by its hash. A key lives in its main node, or in a chain that starts there,
//! because a key that is in the main node of another by accident is moved away when the other comes. Chains are
//! relative links, so that a node is 12 bytes on a 32-bit target. There the upper bits of a hash select, by one
//! shift whose distance lies in the table's header; on a 64-bit target, where shifts by a variable are slow and
//! the word costs nothing, the lower bits by a mask in the table.

use super::{NO_NODES, ROM_KEYS, SHIFT_AT, SHIFT_MASK, Slot, Table, TablePtr};
use crate::number::{LuaFloat, LuaInt, NumberModel};
use crate::object::string::{self, Str};
use crate::value::{Payload, Val, tag};
use core::alloc::Layout;
use core::mem::size_of;
use core::ptr::{NonNull, null_mut};
use lua_gc::{Memory, OutOfMemory};

/// Distance to the next node of a chain, 0 at its end: in bytes on a 64-bit target, in nodes elsewhere.
#[cfg(target_pointer_width = "64")]
type Link = i32;
/// Distance to the next node of a chain, 0 at its end: in bytes on a 64-bit target, in nodes elsewhere.
#[cfg(not(target_pointer_width = "64"))]
type Link = i16;

/// Index of a node.
#[cfg(target_pointer_width = "64")]
pub type Cursor = u32;
/// Index of a node.
#[cfg(not(target_pointer_width = "64"))]
pub type Cursor = u16;

/// Log2 of the largest node count: every distance fits a [`Link`], every index a [`Cursor`].
pub const MAX_LOG2: u32 = if cfg!(target_pointer_width = "64") {
    26
} else {
    15
};

/// Key tag of an entry without value whose key was an object: the object may be gone, so only its address
/// is compared, by a traversal that stands there.
pub const DEAD: u8 = 0x0f;

/// An entry of the node part.
#[repr(C)]
pub struct Node<N: NumberModel> {
    /// All bytes are initialised, whatever the tag says, so that look-ups may compare it before the tag.
    pub key: Payload<N>,
    pub value: Payload<N>,
    pub key_tag: u8,
    pub value_tag: u8,
    pub next: Link,
}

const _: () = {
    use crate::number::{Num32, Num64};
    #[cfg(target_pointer_width = "32")]
    assert!(size_of::<Node<Num32>>() == 12 && size_of::<Node<Num64>>() <= 24);
    #[cfg(target_pointer_width = "64")]
    assert!(size_of::<Node<Num32>>() == 24 && size_of::<Node<Num64>>() == 24);
};

/// The node of all tables without nodes: no key, no value, no link. Never written.
static EMPTY: [u64; 3] = [0; 3];

/// The shared empty node.
#[inline(always)]
pub fn empty<N: NumberModel>() -> *mut Node<N> {
    const { assert!(size_of::<Node<N>>() <= size_of::<[u64; 3]>()) };
    (&raw const EMPTY).cast_mut().cast()
}

impl<N: NumberModel> Node<N> {
    /// The value.
    #[inline(always)]
    pub fn value(&self) -> Val<N> {
        Val {
            payload: self.value,
            tag: self.value_tag as u32,
        }
    }

    /// The key; not to be asked of a dead one.
    #[inline(always)]
    pub fn key(&self) -> Val<N> {
        Val {
            payload: self.key,
            tag: self.key_tag as u32,
        }
    }

    /// Whether there is a value.
    #[inline(always)]
    pub fn is_nil(&self) -> bool {
        self.value_tag as u32 == tag::NIL
    }

    /// The place of the value.
    ///
    /// # Safety
    /// `node` is a node of a live block, not the shared one.
    #[inline(always)]
    pub unsafe fn slot(node: *mut Self) -> Slot<N> {
        // SAFETY: the caller gives a node of a live block.
        unsafe {
            Slot {
                payload: &raw mut (*node).value,
                tag: &raw mut (*node).value_tag,
            }
        }
    }

    /// Turns an object that is the key of a nil entry into an address.
    ///
    /// # Safety
    /// `node` is a node of a live block, or the shared one (which has no key and is not written).
    #[inline(always)]
    pub unsafe fn bury_key(node: *mut Self) {
        // SAFETY: the caller's promise.
        unsafe {
            if (*node).key_tag as u32 & tag::COLLECTABLE != 0 {
                (*node).key_tag = DEAD;
            }
        }
    }
}

/// The payload by which a key is compared; that of a value without one is zero.
#[inline(always)]
fn whole<N: NumberModel>(key: &Val<N>) -> Payload<N> {
    match key.tag {
        tag::NIL | tag::FALSE | tag::TRUE => Payload::ZERO,
        _ => key.payload,
    }
}

// ---- hashes --------------------------------------------------------------------------------------------------

/// The main node of a hash.
#[inline(always)]
unsafe fn main<N: NumberModel>(t: TablePtr<N>, hash: u32) -> *mut Node<N> {
    // SAFETY: (N): the index is below the node count.
    unsafe {
        #[cfg(target_pointer_width = "64")]
        let index = hash & (*t).mask;
        #[cfg(not(target_pointer_width = "64"))]
        let index = (hash >> 1) >> (Table::header(t) >> SHIFT_AT & 31);
        (*t).nodes.add(index as usize)
    }
}

/// Multiplication by the golden ratio spreads runs and strides evenly over the bits that select.
#[inline(always)]
fn hash_bits(bits: u64) -> u32 {
    if cfg!(target_pointer_width = "64") {
        (bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
    } else {
        let folded = bits as u32 ^ ((bits >> 32) as u32).wrapping_mul(0x85EB_CA6B);
        folded.wrapping_mul(0x9E37_79B1)
    }
}

#[inline(always)]
fn hash_int<N: NumberModel>(i: N::Int) -> u32 {
    hash_bits(i.bits())
}

/// The main node of an integer.
///
/// # Safety
/// (N)
#[inline(always)]
pub unsafe fn main_int<N: NumberModel>(t: TablePtr<N>, i: N::Int) -> *mut Node<N> {
    // SAFETY: the caller's promise.
    unsafe { main(t, hash_int::<N>(i)) }
}

/// The main node of a short string.
///
/// # Safety
/// (N); the string is live.
#[inline(always)]
pub unsafe fn main_short<N: NumberModel>(t: TablePtr<N>, key: *const Str) -> *mut Node<N> {
    // SAFETY: the caller's promise.
    unsafe { main(t, string::short_hash(key)) }
}

/// The hash of a normalised key that is not nil.
#[inline]
unsafe fn hash<N: NumberModel>(key: &Val<N>) -> u32 {
    // SAFETY: the caller vouches for the key's object; tags say what payloads are.
    unsafe {
        match key.tag {
            tag::INT => hash_int::<N>(key.as_int()),
            tag::FLOAT => {
                let bits = key.as_float().raw_bits();
                hash_bits(bits ^ bits >> 29)
            }
            tag::FALSE => 0,
            tag::TRUE => u32::MAX,
            tag::SHORT_RAM | tag::SHORT_ROM => string::short_hash(key.as_ptr() as *const Str),
            _ if key.is_string() => string::hash(key),
            _ => hash_bits(key.as_ptr().addr() as u64),
        }
    }
}

// ---- look-up -------------------------------------------------------------------------------------------------

/// The node of integer key `i`, or null.
///
/// # Safety
/// (N) holds of `nodes` and `header` (so for all functions here).
#[inline(always)]
pub unsafe fn find_int<N: NumberModel>(t: TablePtr<N>, i: N::Int) -> *mut Node<N> {
    // SAFETY: (N); keys have all bytes initialised.
    unsafe {
        let mut node = main_int(t, i);
        loop {
            if (*node).key.int() == i && (*node).key_tag as u32 == tag::INT {
                return node;
            }
            let next = (*node).next;
            if next == 0 {
                return null_mut();
            }
            node = follow(node, next);
        }
    }
}

/// The node of a short string under this very address, or null.
///
/// # Safety
/// As for [`find_int`]; `key` is a live short string.
#[inline(always)]
pub unsafe fn find_short<N: NumberModel>(
    t: TablePtr<N>,
    key: *const Str,
    key_tag: u32,
) -> *mut Node<N> {
    // SAFETY: (N); keys have all bytes initialised.
    unsafe {
        let mut node = main_short(t, key);
        loop {
            if (*node).key.ptr() as *const Str == key && (*node).key_tag as u32 == key_tag {
                return node;
            }
            let next = (*node).next;
            if next == 0 {
                return null_mut();
            }
            node = follow(node, next);
        }
    }
}

/// The node of a ROM string that has the text of `key` but another address, or null.
///
/// # Safety
/// As for [`find_int`]; `key` is a short string in ROM.
pub unsafe fn find_twin<N: NumberModel>(t: TablePtr<N>, key: *const Str) -> *mut Node<N> {
    // SAFETY: (N); the tag says that the other key is a short string in ROM, and ROM strings are never freed.
    unsafe {
        let hash = string::short_hash(key);
        let mut node = main(t, hash);
        loop {
            if (*node).key_tag as u32 == tag::SHORT_ROM {
                let other = (*node).key.ptr() as *const Str;
                if string::short_hash(other) == hash && string::same_rom_text_inline(other, key) {
                    return node;
                }
            }
            let next = (*node).next;
            if next == 0 {
                return null_mut();
            }
            node = follow(node, next);
        }
    }
}

/// The node of any normalised key but short strings and integers, or null.
///
/// # Safety
/// As for [`find_int`]; the key's object is live.
pub unsafe fn find<N: NumberModel>(t: TablePtr<N>, key: &Val<N>) -> *mut Node<N> {
    // SAFETY: (N); keys of entries that may be live are never dead keys, so their objects may be followed.
    unsafe {
        let mut node = main(t, hash(key));
        loop {
            let other = (*node).key();
            let same = if other.tag == key.tag {
                other.same_bits(key) || (key.is_string() && string::equal(&other, key))
            } else {
                // A long string may have a twin in the other memory.
                key.is_string() && other.is_string() && string::equal(&other, key)
            };
            if same {
                return node;
            }
            let next = (*node).next;
            if next == 0 {
                return null_mut();
            }
            node = follow(node, next);
        }
    }
}

/// The node whose key was the object at `address` and is dead by now, or null.
///
/// # Safety
/// As for [`find`].
pub unsafe fn find_dead<N: NumberModel>(t: TablePtr<N>, key: &Val<N>) -> *mut Node<N> {
    // SAFETY: (N); dead keys are compared by address and not followed.
    unsafe {
        let mut node = main(t, hash(key));
        loop {
            if (*node).key_tag == DEAD && (*node).key.ptr() == key.as_ptr() {
                return node;
            }
            let next = (*node).next;
            if next == 0 {
                return null_mut();
            }
            node = follow(node, next);
        }
    }
}

// ---- links ---------------------------------------------------------------------------------------------------

/// The node a link leads to.
#[inline(always)]
unsafe fn follow<N: NumberModel>(node: *mut Node<N>, link: Link) -> *mut Node<N> {
    // SAFETY: (N): links stay inside the block.
    unsafe {
        if cfg!(target_pointer_width = "64") {
            node.byte_offset(link as isize)
        } else {
            node.offset(link as isize)
        }
    }
}

/// The link from one node of a block to another.
#[inline]
unsafe fn link<N: NumberModel>(from: *mut Node<N>, to: *mut Node<N>) -> Link {
    // SAFETY: the caller gives nodes of one block; `MAX_LOG2` makes their distance fit.
    unsafe {
        if cfg!(target_pointer_width = "64") {
            to.byte_offset_from(from) as Link
        } else {
            to.offset_from(from) as Link
        }
    }
}

// ---- blocks --------------------------------------------------------------------------------------------------

fn layout<N: NumberModel>(count: u32) -> Result<Layout, OutOfMemory> {
    Layout::array::<Node<N>>(count as usize).map_err(|_| OutOfMemory)
}

/// A block of `1 << log2` empty nodes.
pub fn allocate<N: NumberModel>(m: &mut Memory, log2: u32) -> Result<*mut Node<N>, OutOfMemory> {
    let block = m.alloc(layout::<N>(1 << log2)?)?.as_ptr() as *mut Node<N>;
    // SAFETY: the block has room for so many nodes; a node of zeros is empty.
    unsafe { block.write_bytes(0, 1 << log2) };
    Ok(block)
}

/// Frees a block.
///
/// # Safety
/// `nodes` is a block of `count` nodes from `m`, not used again.
pub unsafe fn free_block<N: NumberModel>(m: &mut Memory, nodes: *mut Node<N>, count: u32) {
    if let (Some(nodes), Ok(layout)) = (NonNull::new(nodes as *mut u8), layout::<N>(count)) {
        // SAFETY: the caller's promise; the layout is the one it was allocated with.
        unsafe { m.free(nodes, layout) }
    }
}

// ---- insertion -----------------------------------------------------------------------------------------------

impl<N: NumberModel> Table<N> {
    /// Makes `nodes` the (fresh) node part; `None`: no nodes.
    pub(super) unsafe fn install_nodes(t: TablePtr<N>, nodes: Option<(*mut Node<N>, u32)>) {
        // SAFETY: the block is fresh and of that size (caller), which makes (N) true.
        unsafe {
            let (block, log2, bits) = match nodes {
                Some((block, log2)) => (block, log2, 0),
                None => (empty(), 0, NO_NODES),
            };
            (*t).nodes = block;
            (*t).free = if nodes.is_some() {
                (1u32 << log2) as Cursor
            } else {
                0
            };
            #[cfg(target_pointer_width = "64")]
            {
                (*t).mask = (1 << log2) - 1;
            }
            let old = SHIFT_MASK | NO_NODES | ROM_KEYS;
            Self::set_header(t, old, (31 - log2) << SHIFT_AT | bits);
        }
    }

    /// A node that never had a key, if any is left.
    unsafe fn take_free(t: TablePtr<N>) -> Option<*mut Node<N>> {
        // SAFETY: (N): the cursor is at most the node count, 0 for the shared node.
        unsafe {
            while (*t).free > 0 {
                (*t).free -= 1;
                let node = (*t).nodes.add((*t).free as usize);
                if (*node).key_tag as u32 == tag::NIL {
                    return Some(node);
                }
            }
            None
        }
    }

    /// Puts an absent normalised key into the node part. False: there is no room.
    #[inline]
    pub(super) unsafe fn insert_node(t: TablePtr<N>, key: &Val<N>, value: Val<N>) -> bool {
        // SAFETY: (N) holds before and after: links are differences of addresses inside the block.
        unsafe {
            if Self::header(t) & NO_NODES != 0 {
                return false;
            }
            let place = main(t, hash(key));
            let mut node = place;
            if !(*place).is_nil() {
                let Some(free) = Self::take_free(t) else {
                    return false;
                };
                let next = (*place).next;
                // The occupant has a value, so its key is live.
                let mut other = main(t, hash(&(*place).key()));
                if other == place {
                    node = free;
                } else {
                    while follow(other, (*other).next) != place {
                        other = follow(other, (*other).next);
                    }
                    (*other).next = link(other, free);
                    free.copy_from(place, 1);
                }
                if next != 0 {
                    (*free).next = link(free, follow(place, next));
                }
                (*place).next = if other == place { link(place, free) } else { 0 };
            }
            Self::fill(t, node, key, value);
            true
        }
    }

    /// Gives a node of this table a key and its value.
    #[inline(always)]
    pub(super) unsafe fn fill(t: TablePtr<N>, node: *mut Node<N>, key: &Val<N>, value: Val<N>) {
        // SAFETY: (N)
        unsafe {
            if key.tag == tag::SHORT_ROM {
                Self::set_header(t, 0, ROM_KEYS);
            }
            (*node).key = whole(key);
            (*node).key_tag = key.tag as u8;
            Node::slot(node).set(value);
        }
    }
}
