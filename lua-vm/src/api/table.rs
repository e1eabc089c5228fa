//! [`Table`]: raw access to tables (no metamethod runs inside `enter`).

use super::value::{Invariant, Value};
use super::{Ctx, LuaString};
use crate::frame::Throw;
use crate::number::NumberModel;
use crate::object::table::Table as Object;
use crate::value::{Val, tag};
use core::marker::PhantomData;

/// A key and its value.
pub type Entry<'gc, N> = (Value<'gc, N>, Value<'gc, N>);

/// A Lua table.
pub struct Table<'gc, N: NumberModel> {
    ptr: *mut Object<N>,
    lifetime: Invariant<'gc>,
}

impl<N: NumberModel> Clone for Table<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: NumberModel> Copy for Table<'_, N> {}

impl<'gc, N: NumberModel> Table<'gc, N> {
    /// # Safety
    /// `val` must be a table that is live for `'gc`.
    #[inline(always)]
    pub(crate) unsafe fn from_val(val: Val<N>) -> Self {
        // SAFETY: a table value is a pointer.
        let ptr = unsafe { val.as_ptr() } as *mut Object<N>;
        Self {
            ptr,
            lifetime: PhantomData,
        }
    }

    /// # Safety
    /// `ptr` must be null or a table that is live for `'gc`.
    #[inline(always)]
    pub(crate) unsafe fn from_ptr(ptr: *mut Object<N>) -> Option<Self> {
        (!ptr.is_null()).then_some(Self {
            ptr,
            lifetime: PhantomData,
        })
    }

    #[inline(always)]
    pub(crate) fn ptr(self) -> *mut Object<N> {
        self.ptr
    }

    #[inline(always)]
    pub(crate) fn val(self) -> Val<N> {
        Val::pointer(self.ptr as *mut u8, tag::TABLE)
    }

    /// The object's address: equal for equal tables only.
    pub fn address(self) -> usize {
        self.ptr.addr()
    }

    /// The value at `key`, nil if there is none; no metamethod runs.
    #[inline]
    pub fn raw_get(self, key: impl Into<Value<'gc, N>>) -> Value<'gc, N> {
        // SAFETY: table and key are live for 'gc, so is what the table holds.
        unsafe { Value::from_val(Object::get(self.ptr, &key.into().val())) }
    }

    /// The value at integer `key`.
    #[inline]
    pub fn raw_get_int(self, key: N::Int) -> Value<'gc, N> {
        // SAFETY: as for `raw_get`.
        unsafe { Value::from_val(self.int_val(key)) }
    }

    /// The value at a string key.
    pub fn raw_get_str(self, key: LuaString<'gc, N>) -> Value<'gc, N> {
        self.raw_get(key)
    }

    /// Stores `value` at `key`; nil removes. No metamethod runs.
    ///
    /// # Errors
    /// A nil or NaN key, a table too large, out of memory.
    pub fn raw_set(
        self,
        ctx: Ctx<'gc, N>,
        key: impl Into<Value<'gc, N>>,
        value: impl Into<Value<'gc, N>>,
    ) -> Result<(), Throw> {
        // SAFETY: all are live for 'gc; the state runs the barrier.
        unsafe {
            ctx.state()
                .table_set(self.ptr, &key.into().val(), value.into().val())
        }
    }

    /// Stores `value` at integer `key`.
    ///
    /// # Errors
    /// A table too large, out of memory.
    #[inline]
    pub fn raw_set_int(
        self,
        ctx: Ctx<'gc, N>,
        key: N::Int,
        value: impl Into<Value<'gc, N>>,
    ) -> Result<(), Throw> {
        // SAFETY: as for `raw_set`.
        unsafe { ctx.state().table_set_int(self.ptr, key, value.into().val()) }
    }

    /// The value at integer `key`, in the VM's own form.
    #[cfg_attr(target_os = "none", inline(never))]
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub(crate) fn int_val(self, key: N::Int) -> Val<N> {
        // SAFETY: as for `raw_get`.
        unsafe { Object::get_int(self.ptr, key) }
    }

    /// Stores `value`, which is live, at integer `key`.
    ///
    /// # Errors
    /// A table too large, out of memory.
    #[inline(always)]
    pub(crate) fn set_int_val(
        self,
        ctx: Ctx<'gc, N>,
        key: N::Int,
        value: Val<N>,
    ) -> Result<(), Throw> {
        // SAFETY: as for `raw_set`.
        unsafe { ctx.state().table_set_int(self.ptr, key, value) }
    }

    /// A border (manual section 3.4.7), without `__len`.
    #[inline]
    pub fn raw_len(self) -> N::Int {
        // SAFETY: the table is live for 'gc.
        unsafe { Object::len(self.ptr) }
    }

    /// The entry after `key` (nil: the first), `None` at the end.
    ///
    /// # Errors
    /// "invalid key to 'next'".
    pub fn next(
        self,
        ctx: Ctx<'gc, N>,
        key: impl Into<Value<'gc, N>>,
    ) -> Result<Option<Entry<'gc, N>>, Throw> {
        // SAFETY: table and key are live for 'gc, so is what the table holds.
        unsafe {
            match Object::next(self.ptr, &key.into().val()) {
                Ok(None) => Ok(None),
                Ok(Some((key, value))) => Ok(Some((Value::from_val(key), Value::from_val(value)))),
                Err(_) => Err(ctx.error(format_args!("invalid key to 'next'"))),
            }
        }
    }

    /// Makes room for `array` elements and `hash` other entries.
    ///
    /// # Errors
    /// Out of memory.
    pub fn reserve(self, ctx: Ctx<'gc, N>, array: usize, hash: usize) -> Result<(), Throw> {
        // SAFETY: the table is live for 'gc.
        unsafe {
            Ok(Object::resize(
                self.ptr,
                &mut ctx.state().heap.memory,
                array,
                hash,
            )?)
        }
    }

    /// Its metatable.
    #[inline]
    pub fn metatable(self) -> Option<Table<'gc, N>> {
        // SAFETY: the table is live for 'gc, so is its metatable.
        unsafe { Table::from_ptr((*self.ptr).metatable) }
    }

    /// Replaces its metatable. A `__gc` field present now makes the table an object with a finalizer.
    pub fn set_metatable(self, ctx: Ctx<'gc, N>, metatable: Option<Table<'gc, N>>) {
        // SAFETY: both are live for 'gc; the state runs the barrier.
        unsafe {
            ctx.state().set_table_metatable(
                self.ptr,
                metatable.map_or(core::ptr::null_mut(), Table::ptr),
            )
        }
    }
}

impl<'gc, N: NumberModel> From<Table<'gc, N>> for Value<'gc, N> {
    #[inline(always)]
    fn from(value: Table<'gc, N>) -> Self {
        Value::Table(value)
    }
}
