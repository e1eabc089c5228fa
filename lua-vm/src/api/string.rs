//! [`LuaString`].

use super::value::{Invariant, Value};
use crate::number::NumberModel;
use crate::object::string;
use crate::value::Val;
use core::marker::PhantomData;

/// A Lua string: bytes of any value, in RAM or ROM.
pub struct LuaString<'gc, N: NumberModel> {
    val: Val<N>,
    lifetime: Invariant<'gc>,
}

impl<N: NumberModel> Clone for LuaString<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: NumberModel> Copy for LuaString<'_, N> {}

impl<'gc, N: NumberModel> LuaString<'gc, N> {
    /// # Safety
    /// `val` must be a string that is live for `'gc`.
    #[inline(always)]
    pub(crate) unsafe fn from_val(val: Val<N>) -> Self {
        Self {
            val,
            lifetime: PhantomData,
        }
    }

    #[inline(always)]
    pub(crate) fn val(self) -> Val<N> {
        self.val
    }

    /// The text.
    #[inline]
    pub fn as_bytes(self) -> &'gc [u8] {
        // SAFETY: the string is live for 'gc.
        unsafe { string::bytes(&self.val) }
    }

    /// The text, if it is UTF-8.
    pub fn to_str(self) -> Option<&'gc str> {
        core::str::from_utf8(self.as_bytes()).ok()
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        // SAFETY: the string is live for 'gc.
        unsafe { string::len(&self.val) }
    }

    /// Whether it has no bytes.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl<'gc, N: NumberModel> From<LuaString<'gc, N>> for Value<'gc, N> {
    #[inline(always)]
    fn from(value: LuaString<'gc, N>) -> Self {
        Value::String(value)
    }
}
