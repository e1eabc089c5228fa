//! Metamethods of metatables, with the cache of absent ones.

use crate::builtin::{CACHED, Event};
use crate::number::NumberModel;
use crate::object::table::Table;
use crate::value::Val;

/// The metamethod for `event`, nil if there is none.
///
/// # Safety
/// `metatable` must be live.
#[inline]
pub unsafe fn metamethod<N: NumberModel>(metatable: *mut Table<N>, event: Event) -> Val<N> {
    // SAFETY: caller.
    unsafe { Table::get_event(metatable, event.record()) }
}

/// The metamethod for one of the first [`CACHED`] events; remembers if it is absent.
///
/// # Safety
/// `metatable` must be live.
#[inline(always)]
pub unsafe fn cached<N: NumberModel>(metatable: *mut Table<N>, event: Event) -> Option<Val<N>> {
    debug_assert!((event as usize) < CACHED);
    // SAFETY: caller.
    unsafe {
        if Table::flags(metatable) & (1 << event as u32) != 0 {
            return None;
        }
        let value = metamethod(metatable, event);
        if value.is_nil() {
            Table::set_absent(metatable, event as u32);
            return None;
        }
        Some(value)
    }
}
