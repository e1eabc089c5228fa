//! Traversal: by key (`next`) and by position (`pairs` without a search at each step).
//!
//! Positions count the array part, then the nodes, then the layer's entries. None of them moves while only
//! existing entries are stored to: entries of the layer that are changed do not go to the node part.

use super::layered::LayeredTable;
use super::{LAYERED, NO_NODES, Table, TablePtr, array, node, normalize};
use crate::number::{LuaInt, NumberModel};
use crate::object::string::Str;
use crate::value::{Val, tag};
use core::fmt;

/// The key handed to `next` is not one of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InvalidKey;

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid key to 'next'")
    }
}

impl core::error::Error for InvalidKey {}

/// A key and its value.
pub type Entry<N> = (Val<N>, Val<N>);

impl<N: NumberModel> Table<N> {
    /// The entry after `key` (nil: the first), `None` at the end. Entries may be changed or set to nil
    /// meanwhile; after a new key was stored the order is undefined.
    ///
    /// # Errors
    /// The table never had `key`.
    ///
    /// # Safety
    /// (T)
    pub unsafe fn next(t: TablePtr<N>, key: &Val<N>) -> Result<Option<Entry<N>>, InvalidKey> {
        // SAFETY: (T)
        unsafe {
            let position = if key.is_nil() {
                0
            } else {
                Self::position_of(t, key)?
            };
            Ok(Self::next_at(t, position).map(|(_, key, value)| (key, value)))
        }
    }

    /// The position after that of `key`, to go on from with [`Table::next_at`].
    ///
    /// # Errors
    /// The table never had `key`.
    ///
    /// # Safety
    /// (T)
    pub unsafe fn position_of(t: TablePtr<N>, key: &Val<N>) -> Result<u32, InvalidKey> {
        let key = normalize(key);
        // SAFETY: (T), (N): nodes found lie in the block at `nodes`.
        unsafe {
            let header = Self::header(t);
            let cap = (*t).array_cap;
            let mut node = match key.tag {
                tag::NIL => return Err(InvalidKey),
                tag::INT => {
                    let index = key.as_int().sub(N::Int::ONE).bits();
                    if index < cap as u64 {
                        return Ok(index as u32 + 1);
                    }
                    node::find_int(t, key.as_int())
                }
                tag::SHORT_RAM => node::find_short(t, key.as_ptr() as *const Str, key.tag),
                tag::SHORT_ROM => {
                    let text = key.as_ptr() as *const Str;
                    let mut node = node::find_short(t, text, key.tag);
                    if node.is_null() {
                        node = node::find_twin(t, text);
                    }
                    if node.is_null() && header & LAYERED != 0 {
                        let index = LayeredTable::position(t as *mut LayeredTable<N>, text)
                            .ok_or(InvalidKey)?;
                        return Ok(cap + Self::nodes_len(t) + index + 1);
                    }
                    node
                }
                _ => node::find(t, &key),
            };
            if node.is_null() && key.is_collectable() {
                node = node::find_dead(t, &key);
            }
            if node.is_null() {
                return Err(InvalidKey);
            }
            Ok(cap + node.offset_from((*t).nodes) as u32 + 1)
        }
    }

    /// The first entry at or after `position` (0: from the start), with the position to go on from.
    ///
    /// # Safety
    /// (T)
    #[inline]
    pub unsafe fn next_at(t: TablePtr<N>, position: u32) -> Option<(u32, Val<N>, Val<N>)> {
        // SAFETY: (T), (A), (N): indices stay below the sizes of the parts.
        unsafe {
            let cap = (*t).array_cap;
            let mut at = position;
            while at < cap {
                let value = array::slot::<N>((*t).array, at as usize).get();
                at += 1;
                if !value.is_nil() {
                    return Some((at, Val::int(N::Int::wrap(at as i64)), value));
                }
            }
            let count = Self::nodes_len(t);
            while at - cap < count {
                let node = (*t).nodes.add((at - cap) as usize);
                at += 1;
                if !(*node).is_nil() {
                    return Some((at, (*node).key(), (*node).value()));
                }
            }
            if Self::header(t) & LAYERED == 0 {
                return None;
            }
            let (next, key, value) =
                LayeredTable::next_at(t as *mut LayeredTable<N>, at - cap - count)?;
            Some((cap + count + next, key, value))
        }
    }

    /// Nodes that take part in a traversal.
    #[inline(always)]
    unsafe fn nodes_len(t: TablePtr<N>) -> u32 {
        // SAFETY: (T)
        unsafe {
            if Self::header(t) & NO_NODES != 0 {
                0
            } else {
                Self::node_count(t)
            }
        }
    }
}
