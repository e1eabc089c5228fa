//! Insertion of new keys, and the sizes of both parts.

use super::node::{self, MAX_LOG2};
use super::{NO_NODES, SetError, Table, TablePtr, array};
use crate::number::{LuaInt, NumberModel};
use crate::value::{Val, tag};
use lua_gc::{Memory, OutOfMemory};

/// Bins of the census: bin b counts integer keys in `2^(b-1) + 1 ..= 2^b`.
const BINS: usize = array::MAX.ilog2() as usize + 1;

/// Capacity of an array part that begins with an append. A device counts bytes, a host calls of the allocator.
const FIRST_ARRAY: u32 = if cfg!(target_pointer_width = "64") {
    4
} else {
    1
};

/// Log2 of the least power of two that is not below `count`, which is not 0.
#[inline]
fn log2_of(count: u32) -> u32 {
    // Zeros are counted once: some processors have no instruction for that.
    u32::BITS - count.wrapping_sub(1).leading_zeros()
}

/// Integer keys that might go to the array part, by magnitude.
struct Census {
    bins: [u32; BINS],
    total: u32,
}

impl Census {
    fn count(&mut self, key: u64) {
        if key.wrapping_sub(1) < array::MAX as u64 {
            self.bins[log2_of(key as u32) as usize] += 1;
            self.total += 1;
        }
    }

    /// The largest power of two of which more than half would be in use, and how many keys are up to there.
    fn best(&self) -> (u32, u32) {
        let (mut size, mut inside, mut sum) = (0, 0, 0);
        for (bin, &count) in self.bins.iter().enumerate() {
            let candidate = 1u32 << bin;
            if self.total <= candidate / 2 {
                break;
            }
            sum += count;
            if sum > candidate / 2 {
                (size, inside) = (candidate, sum);
            }
        }
        (size, inside)
    }
}

impl<N: NumberModel> Table<N> {
    /// Stores a value that is not nil at a normalised key that has no place.
    pub(super) unsafe fn insert(
        t: TablePtr<N>,
        m: &mut Memory,
        key: &Val<N>,
        value: Val<N>,
    ) -> Result<(), SetError> {
        // SAFETY: (T); after `rehash` there is room for the key in one of the parts.
        unsafe {
            if !Self::insert_node(t, key, value) {
                if Self::is_append(t, key) {
                    let cap = (1 << log2_of((*t).array_cap + 1)).max(FIRST_ARRAY);
                    Self::reshape(t, m, cap, None)?;
                } else {
                    Self::rehash(t, m, key)?;
                }
                Self::put(t, key, value);
            }
            Ok(())
        }
    }

    /// Whether the table is a full array and `key` the element after the last: then the census is known.
    #[inline]
    unsafe fn is_append(t: TablePtr<N>, key: &Val<N>) -> bool {
        // SAFETY: (T), (A)
        unsafe {
            let cap = (*t).array_cap as usize;
            if Self::header(t) & NO_NODES == 0
                || key.tag != tag::INT
                || key.as_int().bits() != cap as u64 + 1
                || cap >= array::MAX as usize
            {
                return false;
            }
            if cap == 0 {
                return true;
            }
            let tags = core::slice::from_raw_parts((*t).array, cap);
            tags.iter().filter(|&&tag| tag as u32 == tag::NIL).count() == 0
        }
    }

    /// Stores at an absent key, for which there is room.
    unsafe fn put(t: TablePtr<N>, key: &Val<N>, value: Val<N>) {
        // SAFETY: (T)
        unsafe {
            if key.tag == tag::INT
                && let Some(slot) = Self::array_slot_any(t, key.as_int())
            {
                return slot.set(value);
            }
            let placed = Self::insert_node(t, key, value);
            debug_assert!(placed, "a table resized without room for its entries");
        }
    }

    /// Chooses both sizes anew so that there is room for `key`.
    #[cold]
    #[inline(never)]
    unsafe fn rehash(t: TablePtr<N>, m: &mut Memory, key: &Val<N>) -> Result<(), SetError> {
        // SAFETY: (T), (A), (N)
        unsafe {
            let mut census = Census {
                bins: [0; BINS],
                total: 0,
            };
            let mut entries = 1;
            if key.tag == tag::INT {
                census.count(key.as_int().bits());
            }
            let mut low = 0;
            for bin in &mut census.bins {
                let high = (low * 2).max(1).min((*t).array_cap as usize);
                if low >= high {
                    break;
                }
                let tags = core::slice::from_raw_parts((*t).array.add(low), high - low);
                let used = tags.iter().filter(|&&tag| tag as u32 != tag::NIL).count() as u32;
                *bin += used;
                census.total += used;
                entries += used;
                low = high;
            }
            Self::each_node(t, |key| {
                entries += 1;
                if key.tag == tag::INT {
                    census.count(key.as_int().bits());
                }
            });
            let (cap, inside) = census.best();
            let log2 = match entries - inside {
                0 => None,
                nodes => Some(log2_of(nodes)),
            };
            if log2 > Some(MAX_LOG2) {
                return Err(SetError::Overflow);
            }
            let key_in_array =
                key.tag == tag::INT && key.as_int().bits().wrapping_sub(1) < cap as u64;
            // A key that finds a place in the new array part had none in the old one: that was smaller.
            let keep =
                key_in_array && log2 == Self::log2_nodes(t) && !Self::has_nodes_within(t, cap);
            Ok(Self::reshape(
                t,
                m,
                cap,
                if keep { None } else { Some(log2) },
            )?)
        }
    }

    /// Makes room for `array` elements in the array part and for `hash` entries in the node part; never shrinks
    /// either.
    ///
    /// # Errors
    /// Out of memory (also for sizes that no table can have); the table is unchanged then.
    ///
    /// # Safety
    /// As for [`Table::set`].
    pub unsafe fn resize(
        t: TablePtr<N>,
        m: &mut Memory,
        array: usize,
        hash: usize,
    ) -> Result<(), OutOfMemory> {
        // SAFETY: (T)
        unsafe {
            if array > array::MAX as usize || hash > 1 << MAX_LOG2 {
                return Err(OutOfMemory);
            }
            let cap = (array as u32).max((*t).array_cap);
            let log2 = Self::log2_nodes(t);
            let wanted = (hash > 0).then(|| log2_of(hash as u32));
            let nodes = if wanted > log2 {
                Some(wanted)
            } else if cap > (*t).array_cap && Self::has_nodes_within(t, cap) {
                Some(log2)
            } else {
                None
            };
            if cap == (*t).array_cap && nodes.is_none() {
                return Ok(());
            }
            Self::reshape(t, m, cap, nodes)
        }
    }

    unsafe fn log2_nodes(t: TablePtr<N>) -> Option<u32> {
        // SAFETY: (T)
        unsafe { (Self::header(t) & NO_NODES == 0).then(|| Self::node_count(t).ilog2()) }
    }

    /// Calls `f` with the key of every entry of the node part that has a value.
    unsafe fn each_node(t: TablePtr<N>, mut f: impl FnMut(&Val<N>)) {
        // SAFETY: (N); the shared node has no value.
        unsafe {
            for i in 0..Self::node_count(t) as usize {
                let node = (*t).nodes.add(i);
                if !(*node).is_nil() {
                    f(&(*node).key());
                }
            }
        }
    }

    /// Whether the node part has an entry that belongs to an array part of `cap` elements.
    unsafe fn has_nodes_within(t: TablePtr<N>, cap: u32) -> bool {
        let mut found = false;
        // SAFETY: (T)
        unsafe {
            Self::each_node(t, |key| {
                found |= key.tag == tag::INT && key.as_int().bits().wrapping_sub(1) < cap as u64;
            });
        }
        found
    }

    /// Gives the array part `cap` elements and, with `nodes`, replaces the node part by one of that size, which
    /// must have room for all entries that are not in the array part.
    unsafe fn reshape(
        t: TablePtr<N>,
        m: &mut Memory,
        cap: u32,
        nodes: Option<Option<u32>>,
    ) -> Result<(), OutOfMemory> {
        // SAFETY: (T), (A), (N). Nothing is changed before the last allocation. Until the end the old blocks stay
        // readable; the entries in them are those that are not yet in the new ones.
        unsafe {
            let (old_array, old_cap) = ((*t).array, (*t).array_cap);
            let old_nodes = ((*t).nodes, Self::log2_nodes(t));
            let block = match nodes {
                Some(Some(log2)) => Some((node::allocate::<N>(m, log2)?, log2)),
                _ => None,
            };
            if cap != old_cap {
                match array::allocate::<N>(m, cap, old_array, old_cap.min(cap)) {
                    Ok(array) => {
                        (*t).array = array;
                        (*t).array_cap = cap;
                    }
                    Err(error) => {
                        if let Some((block, log2)) = block {
                            node::free_block(m, block, 1 << log2);
                        }
                        return Err(error);
                    }
                }
            }
            if nodes.is_some() {
                Self::install_nodes(t, block);
            }
            if cap != old_cap {
                for index in cap..old_cap {
                    let value = array::slot::<N>(old_array, index as usize).get();
                    if !value.is_nil() {
                        Self::put(t, &Val::int(N::Int::wrap(index as i64 + 1)), value);
                    }
                }
                array::free::<N>(m, old_array, old_cap);
            }
            if let (Some(_), (block, Some(log2))) = (nodes, old_nodes) {
                for i in (0..1usize << log2).rev() {
                    let node = block.add(i);
                    if !(*node).is_nil() {
                        Self::put(t, &(*node).key(), (*node).value());
                    }
                }
                node::free_block(m, block, 1 << log2);
            }
            Ok(())
        }
    }
}
