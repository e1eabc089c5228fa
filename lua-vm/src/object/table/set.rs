//! Storing entries.

use super::layered::LayeredTable;
use super::node::{self, Node};
use super::{LAYERED, NO_NODES, ROM_KEYS, SetError, Table, TablePtr, normalize};
use crate::number::{LuaFloat, NumberModel};
use crate::object::string::Str;
use crate::value::{Val, tag};
use lua_gc::Memory;

impl<N: NumberModel> Table<N> {
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
            let node = node::find_int(t, i);
            if !node.is_null() {
                Node::slot(node).set(value);
                return Ok(());
            }
            Self::set_new(t, m, &Val::int(i), value)
        }
    }

    /// Stores `value` at `key` if that takes no memory. False: not done, [`Table::set`] will.
    ///
    /// # Safety
    /// (T); [`Table::slot_short`], [`Table::slot_int`] or [`Table::slot`] of the key gives `None`.
    #[inline(never)]
    pub unsafe fn insert_at_once(t: TablePtr<N>, key: Val<N>, value: Val<N>) -> bool {
        // SAFETY: (T), (N). In a main node without value the key may be replaced: the old one is not there any
        // more, and a nil entry of the new one further down its chain is never reached again.
        unsafe {
            let header = Self::header(t);
            if header & (LAYERED | NO_NODES) != 0 {
                return false;
            }
            let (int, text) = (key.as_int(), key.as_ptr() as *const Str);
            let place = match key.tag {
                tag::INT => {
                    if let Some(slot) = Self::array_slot_any(t, int) {
                        slot.set(value);
                        return true;
                    }
                    node::main_int(t, int)
                }
                tag::SHORT_RAM => node::main_short(t, text),
                tag::SHORT_ROM => {
                    if header & ROM_KEYS != 0 {
                        let twin = node::find_twin(t, text);
                        if !twin.is_null() {
                            Self::clear_flags(t);
                            Node::slot(twin).set(value);
                            return true;
                        }
                    }
                    if crate::builtin::event_record(text).is_some() {
                        return false;
                    }
                    node::main_short(t, text)
                }
                _ => return false,
            };
            if value.is_nil() {
                return true;
            }
            Self::clear_flags(t);
            if (*place).is_nil() {
                Self::fill(t, place, &key, value);
                return true;
            }
            let node = match key.tag {
                tag::INT => node::find_int(t, int),
                _ => node::find_short(t, text, key.tag),
            };
            if node.is_null() {
                return Self::insert_node(t, &key, value);
            }
            Node::slot(node).set(value);
            true
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
}
