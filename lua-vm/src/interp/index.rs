//! Indexing with metamethods (manual section 2.4).

use super::{Event, Operand};
use crate::builtin::Event as Metamethod;
use crate::frame::Throw;
use crate::metatable;
use crate::number::NumberModel;
use crate::object::table::Table;
use crate::object::thread::{Thread, call};
use crate::state::State;
use crate::value::Val;

/// Longest chain of `__index` or `__newindex` tables followed.
const MAX_CHAIN: usize = 2000;

/// Outcome of an operation that a metamethod may have to finish.
#[derive(Clone, Copy)]
pub enum Lookup<N: NumberModel> {
    /// The result.
    Value(Val<N>),
    /// Call this function with these arguments.
    Call(Val<N>, [Val<N>; 2]),
}

/// Outcome of a store.
#[derive(Clone, Copy)]
pub enum Store<N: NumberModel> {
    /// Done.
    Done,
    /// Call this function with object, key and value.
    Call(Val<N>, Val<N>),
}

impl<N: NumberModel> State<N> {
    /// `object[key]`. `operand` names the object in error messages.
    ///
    /// # Safety
    /// Object and key must be live.
    pub unsafe fn index(
        &mut self,
        object: Val<N>,
        key: &Val<N>,
        operand: Operand,
    ) -> Result<Lookup<N>, Throw> {
        // SAFETY: caller.
        unsafe {
            match Self::own_value(&object, key) {
                Some(value) => Ok(Lookup::Value(value)),
                None => self.index_beyond(object, key, operand),
            }
        }
    }

    /// What a table itself answers for a key: its value, or nil if nobody else is to be asked.
    #[inline(always)]
    unsafe fn own_value(object: &Val<N>, key: &Val<N>) -> Option<Val<N>> {
        if !object.is_table() {
            return None;
        }
        // SAFETY: callers give live values.
        unsafe {
            let table = object.as_ptr() as *mut Table<N>;
            let value = Table::get(table, key);
            (!value.is_nil() || (*table).metatable.is_null()).then_some(value)
        }
    }

    /// `object[key]` where `object` is no table, or one with a metatable and without a value for the key.
    ///
    /// # Safety
    /// Object and key must be live.
    #[inline(never)]
    pub unsafe fn index_beyond(
        &mut self,
        object: Val<N>,
        key: &Val<N>,
        operand: Operand,
    ) -> Result<Lookup<N>, Throw> {
        let mut object = object;
        // SAFETY: caller; what tables hold is live.
        unsafe {
            for _ in 0..MAX_CHAIN {
                let handler = if object.is_table() {
                    let table = object.as_ptr() as *mut Table<N>;
                    match metatable::cached((*table).metatable, Metamethod::Index) {
                        None => return Ok(Lookup::Value(Val::NIL)),
                        Some(handler) => handler,
                    }
                } else {
                    let handler = self.metamethod(&object, Metamethod::Index);
                    if handler.is_nil() {
                        return Err(self.index_error(&object, key, operand));
                    }
                    handler
                };
                if handler.is_function() {
                    return Ok(Lookup::Call(handler, [object, *key]));
                }
                object = handler;
                if let Some(value) = Self::own_value(&object, key) {
                    return Ok(Lookup::Value(value));
                }
            }
        }
        Err(self.runtime_error(format_args!("'__index' chain too long; possible loop")))
    }

    /// `object[key] = value`. `operand` names the object in error messages.
    ///
    /// # Safety
    /// Object, key and value must be live.
    #[inline(never)]
    pub unsafe fn set_index(
        &mut self,
        object: Val<N>,
        key: &Val<N>,
        value: Val<N>,
        operand: Operand,
    ) -> Result<Store<N>, Throw> {
        let mut object = object;
        // SAFETY: caller; what tables hold is live.
        unsafe {
            for _ in 0..MAX_CHAIN {
                let handler = if object.is_table() {
                    let table = object.as_ptr() as *mut Table<N>;
                    let metatable = (*table).metatable;
                    let handler = if metatable.is_null() {
                        None
                    } else {
                        metatable::cached(metatable, Metamethod::NewIndex)
                    };
                    match handler {
                        Some(handler) if Table::get(table, key).is_nil() => handler,
                        _ => {
                            self.table_set(table, key, value)?;
                            return Ok(Store::Done);
                        }
                    }
                } else {
                    let handler = self.metamethod(&object, Metamethod::NewIndex);
                    if handler.is_nil() {
                        return Err(self.index_error(&object, key, operand));
                    }
                    handler
                };
                if handler.is_function() {
                    return Ok(Store::Call(handler, object));
                }
                object = handler;
            }
        }
        Err(self.runtime_error(format_args!("'__newindex' chain too long; possible loop")))
    }

    /// Calls a metamethod on behalf of the instruction of the Lua frame on top.
    ///
    /// # Safety
    /// The current thread's top frame must be a Lua one with its `pc` saved; the values must be live.
    #[inline(never)]
    pub(super) unsafe fn call_metamethod(
        &mut self,
        function: Val<N>,
        arguments: &[Val<N>],
        flags: u16,
    ) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: `EXTRA_SLOTS` above a Lua frame's top are always there.
        unsafe {
            let func = (*Thread::frame(thread)).top;
            self.need_stack(func + arguments.len() as u32 + 1)?;
            let at = (*thread).stack.add(func as usize);
            *at = function;
            for (index, argument) in arguments.iter().enumerate() {
                *at.add(1 + index) = *argument;
            }
            self.call_from_lua(func, arguments.len() as u32, 1, flags | call::FINISH)
        }
    }
}
