//! Reading entries, and the places of existing ones.

use super::layered::LayeredTable;
use super::node::{self, Node};
use super::{LAYERED, ROM_KEYS, Slot, Table, TablePtr, array, normalize};
use crate::number::{LuaInt, NumberModel};
use crate::object::string::Str;
use crate::value::{Val, tag};

impl<N: NumberModel> Table<N> {
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
            let node = node::find_int(t, i);
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
            let node = node::find_short(t, key, key_tag);
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
            let node = node::find_short(t, key, tag::SHORT_ROM);
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
                let node = node::find_twin(t, key);
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
            let node = node::find(t, &key);
            if node.is_null() {
                Val::NIL
            } else {
                (*node).value()
            }
        }
    }

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
            let node = node::find_int(t, i);
            if node.is_null() {
                None
            } else {
                Node::slot(node).existing()
            }
        }
    }

    /// The place of a short string's entry if it is there under this very address and its value is not nil.
    ///
    /// # Safety
    /// As for [`Table::get_short`].
    #[inline(always)]
    pub unsafe fn slot_short(t: TablePtr<N>, key: *const Str, key_tag: u32) -> Option<Slot<N>> {
        // SAFETY: (T)
        unsafe {
            let node = node::find_short(t, key, key_tag);
            if node.is_null() {
                None
            } else {
                Node::slot(node).existing()
            }
        }
    }

    /// The place in RAM, nil or not, of a ROM string that is not there under its address.
    #[inline(never)]
    unsafe fn slot_rom(t: TablePtr<N>, key: *const Str) -> Option<Slot<N>> {
        // SAFETY: (T)
        unsafe {
            let header = Self::header(t);
            if header & ROM_KEYS != 0 {
                let node = node::find_twin(t, key);
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
                tag::INT => Self::slot_int(t, key.as_int()),
                tag::NIL => None,
                _ => Self::place(t, &normalize(key)).and_then(|slot| slot.existing()),
            }
        }
    }

    /// The place in RAM, nil or not, of a normalised key.
    pub(super) unsafe fn place(t: TablePtr<N>, key: &Val<N>) -> Option<Slot<N>> {
        // SAFETY: (T); tags say what the payloads are.
        unsafe {
            let node = match key.tag {
                tag::SHORT_RAM | tag::SHORT_ROM => {
                    let text = key.as_ptr() as *const Str;
                    let node = node::find_short(t, text, key.tag);
                    if node.is_null() && key.tag == tag::SHORT_ROM {
                        return Self::slot_rom(t, text);
                    }
                    node
                }
                tag::INT => {
                    if let Some(slot) = Self::array_slot_any(t, key.as_int()) {
                        return Some(slot);
                    }
                    node::find_int(t, key.as_int())
                }
                _ => node::find(t, key),
            };
            if node.is_null() {
                None
            } else {
                Some(Node::slot(node))
            }
        }
    }
}
