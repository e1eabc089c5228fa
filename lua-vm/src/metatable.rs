//! Metamethods of metatables, with the cache of absent ones.

use crate::builtin::{CACHED, Event};
use crate::number::NumberModel;
use crate::object::table::Table;
use crate::object::userdata::UserObject;
use crate::roots::Roots;
use crate::state::State;
use crate::value::{Val, tag};
use core::ptr::NonNull;
use lua_gc::{Heap, ObjectRef, header};

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
        let value = Table::get_event(metatable, event.record());
        if value.is_nil() {
            Table::set_absent(metatable, event as u32);
            return None;
        }
        Some(value)
    }
}

impl<N: NumberModel> State<N> {
    /// The metatable of any value; null if it has none.
    ///
    /// # Safety
    /// The value must be live.
    #[inline]
    pub unsafe fn metatable_of(&self, value: &Val<N>) -> *mut Table<N> {
        // SAFETY: caller.
        unsafe {
            match value.tag {
                tag::TABLE => (*(value.as_ptr() as *mut Table<N>)).metatable,
                tag::USERDATA => (*(value.as_ptr() as *mut UserObject<N>)).metatable,
                other => self.roots.metatables[(other & tag::TYPE_MASK) as usize % 9],
            }
        }
    }

    /// The metamethod of a value for an event; nil if there is none.
    ///
    /// # Safety
    /// The value must be live.
    #[cfg_attr(target_os = "none", inline(never))]
    #[cfg_attr(not(target_os = "none"), inline)]
    pub unsafe fn metamethod(&self, value: &Val<N>, event: Event) -> Val<N> {
        // SAFETY: caller.
        unsafe {
            let metatable = self.metatable_of(value);
            if metatable.is_null() {
                Val::NIL
            } else {
                crate::metatable::metamethod(metatable, event)
            }
        }
    }

    /// Gives an object with a `__gc` metamethod a finalizer (manual section 2.5.1).
    pub unsafe fn register_finalizer(&mut self, object: ObjectRef, metatable: *mut Table<N>) {
        // SAFETY: both are live (callers).
        unsafe {
            if !metatable.is_null()
                && header::word(object) & header::FINALIZER == 0
                && !crate::metatable::metamethod(metatable, Event::Gc).is_nil()
            {
                self.heap.set_finalizer(object);
            }
        }
    }

    /// Replaces a table's metatable.
    ///
    /// # Safety
    /// Both must be live; `metatable` may be null.
    pub unsafe fn set_table_metatable(&mut self, table: *mut Table<N>, metatable: *mut Table<N>) {
        // SAFETY: caller.
        unsafe {
            (*table).metatable = metatable;
            if let Some(child) = NonNull::new(metatable as *mut lua_gc::Header) {
                let object = NonNull::new_unchecked(table as *mut lua_gc::Header);
                if Heap::<Roots<N>>::needs_barrier(object, child) {
                    self.heap.barrier_back(object);
                }
                self.register_finalizer(object, metatable);
            }
        }
    }

    /// Replaces the metatable of a value: of this table or userdata, or of a basic type.
    ///
    /// # Safety
    /// Both must be live; `metatable` may be null.
    pub unsafe fn set_metatable(&mut self, value: &Val<N>, metatable: *mut Table<N>) {
        // SAFETY: caller.
        unsafe {
            match value.tag {
                tag::TABLE => self.set_table_metatable(value.as_ptr() as *mut Table<N>, metatable),
                tag::USERDATA => {
                    (*(value.as_ptr() as *mut UserObject<N>)).metatable = metatable;
                    if let Some(child) = NonNull::new(metatable as *mut lua_gc::Header) {
                        self.barrier_object(value.as_ptr(), child);
                        self.register_finalizer(value.as_object(), metatable);
                    }
                }
                other => self.roots.metatables[(other & tag::TYPE_MASK) as usize % 9] = metatable,
            }
        }
    }
}
