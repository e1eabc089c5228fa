//! [`Ctx`]: access to one state inside `'gc`.

use super::value::Invariant;
use super::{Function, LuaString, Table, UserData, Value};
use crate::builtin::Event;
use crate::frame::{NativeFn, Throw};
use crate::number::NumberModel;
use crate::state::State;
use core::any::Any;
use core::fmt;
use core::marker::PhantomData;

/// Access to one state. It is a plain copy of a pointer; the lifetime `'gc` keeps it inside the
/// `Lua::enter` or native call it was given to, during which no collection runs.
pub struct Ctx<'gc, N: NumberModel> {
    state: *mut State<N>,
    lifetime: Invariant<'gc>,
}

impl<N: NumberModel> Clone for Ctx<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: NumberModel> Copy for Ctx<'_, N> {}

impl<'gc, N: NumberModel> Ctx<'gc, N> {
    #[inline(always)]
    pub(crate) fn new(state: *mut State<N>) -> Self {
        Self { state, lifetime: PhantomData }
    }

    /// The state. Callers use it for one operation at a time and keep no reference across another.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub(crate) fn state(&self) -> &mut State<N> {
        // SAFETY: a context exists only while its state is exclusively entered on this thread; references made
        // here never outlive one operation.
        unsafe { &mut *self.state }
    }

    /// A string with this text.
    ///
    /// # Errors
    /// Out of memory.
    #[inline]
    pub fn intern(self, text: &[u8]) -> Result<LuaString<'gc, N>, Throw> {
        let val = self.state().new_string(text)?;
        // SAFETY: just made, and no collection runs during 'gc.
        Ok(unsafe { LuaString::from_val(val) })
    }

    /// An empty table with room for `array` elements and `hash` other entries.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_table(self, array: usize, hash: usize) -> Result<Table<'gc, N>, Throw> {
        let val = self.state().new_table(array, hash)?;
        // SAFETY: just made, and no collection runs during 'gc.
        Ok(unsafe { Table::from_val(val) })
    }

    /// A function value for a Rust function without upvalues; allocates nothing.
    pub fn native(self, function: NativeFn<N>) -> Function<'gc, N> {
        // SAFETY: a native function value refers to nothing collectable.
        unsafe { Function::from_val(State::native_value(function)) }
    }

    /// A native closure over `values`, which it reads by [`crate::Frame::upvalue`].
    ///
    /// # Errors
    /// Out of memory.
    pub fn native_closure(
        self,
        function: NativeFn<N>,
        values: &[Value<'gc, N>],
    ) -> Result<Function<'gc, N>, Throw> {
        let val = self.state().new_native_closure(function, values.len(), |index| values[index].val())?;
        // SAFETY: just made, and no collection runs during 'gc.
        Ok(unsafe { Function::from_val(val) })
    }

    /// A userdata that owns `value`.
    ///
    /// # Errors
    /// Out of memory (`value` is dropped).
    pub fn new_userdata<T: Any>(
        self,
        value: T,
        metatable: Option<Table<'gc, N>>,
    ) -> Result<UserData<'gc, N>, Throw> {
        let val = self.state().new_userdata(value, metatable.map_or(core::ptr::null_mut(), Table::ptr))?;
        // SAFETY: just made, and no collection runs during 'gc.
        Ok(unsafe { UserData::from_val(val) })
    }

    /// The table of globals.
    pub fn globals(self) -> Table<'gc, N> {
        // SAFETY: the globals are a root.
        unsafe { Table::from_val(self.state().globals_value()) }
    }

    /// The registry: a table of the host's, invisible to Lua.
    pub fn registry(self) -> Table<'gc, N> {
        // SAFETY: the registry is a root.
        unsafe { Table::from_val(self.state().registry_value()) }
    }

    /// The metatable of any value (manual section 2.4).
    pub fn metatable(self, value: Value<'gc, N>) -> Option<Table<'gc, N>> {
        // SAFETY: the value is live for 'gc, so is its metatable.
        unsafe { Table::from_ptr(self.state().metatable_of(&value.val())) }
    }

    /// Replaces the metatable of a table, a userdata, or of all values of a basic type.
    pub fn set_metatable(self, value: Value<'gc, N>, metatable: Option<Table<'gc, N>>) {
        // SAFETY: both are live for 'gc.
        unsafe { self.state().set_metatable(&value.val(), metatable.map_or(core::ptr::null_mut(), Table::ptr)) }
    }

    /// The metamethod of `value` for `event`, nil if there is none.
    pub fn metamethod(self, value: Value<'gc, N>, event: Event) -> Value<'gc, N> {
        // SAFETY: the value is live for 'gc, so is its metatable.
        unsafe { Value::from_val(self.state().metamethod(&value.val(), event)) }
    }

    /// Equality without metamethods.
    pub fn raw_equal(self, a: Value<'gc, N>, b: Value<'gc, N>) -> bool {
        // SAFETY: both are live for 'gc.
        unsafe { crate::object::string::raw_equal(&a.val(), &b.val()) }
    }

    /// Raises `value` as an error.
    #[cold]
    pub fn throw(self, value: Value<'gc, N>) -> Throw {
        self.state().throw(value.val())
    }

    /// Raises an error with this message, without a position.
    #[cold]
    pub fn error(self, message: fmt::Arguments<'_>) -> Throw {
        self.state().error_text(message, &[])
    }

    /// Lends an object to one borrower at a time.
    pub(crate) fn lend<R>(self, object: *mut u8, f: impl FnOnce() -> R) -> Option<R> {
        if self.state().lent.contains(&object) || !self.state().lend(object) {
            return None;
        }
        let result = f();
        self.state().give_back(object);
        Some(result)
    }
}
