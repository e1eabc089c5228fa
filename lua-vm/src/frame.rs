//! What a native function sees of its call, and what it tells the executor to do next.
//!
//! A native function never calls Lua: it returns a [`Step`] that asks the executor to, and is called again with
//! the state it named. Values it needs across such a call stay in its frame. No collection happens while a
//! native runs (invariant G1), so values obtained from a frame are good until the native returns.
//!
//! A native must have no side effect before its last allocation unless repeating it is harmless: when memory runs
//! out the executor collects and calls it again in the same state (invariant G6).

use crate::api::{Ctx, LuaString, Table, Value};
use crate::number::{LuaInt, NumberModel};
use crate::object::string;
use crate::object::thread::{NATIVE_SLOTS, Thread};
use crate::state::State;
use crate::value::{Val, tag};
use core::fmt;
use core::marker::PhantomData;

/// A function implemented in Rust.
pub type NativeFn<N> = fn(&mut Frame<'_, N>) -> Result<Step, Throw>;

/// Why an operation was given up. The error value, if any, waits in the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Throw {
    /// A Lua error was raised; the state holds its value.
    Error,
    /// Memory ran out; the executor will collect and try again.
    Memory,
}

impl From<lua_gc::OutOfMemory> for Throw {
    fn from(_: lua_gc::OutOfMemory) -> Self {
        Throw::Memory
    }
}

/// What the executor is to do when a native function hands control back.
///
/// Values are counted from the top of the frame. States are the native's own numbers, below 65,534; 0 is the first call.
// Two words with whatever wraps it, so that natives return it in registers.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// The top `0` values are the results.
    Return(u32),
    /// Call the function below the top `args` values; its results take their place, then the native goes on.
    Call {
        /// Number of arguments.
        args: u32,
        /// Results wanted, -1 for all.
        results: i8,
        /// State to go on in.
        state: u16,
    },
    /// Call the function below the top `args` values in the native's place.
    TailCall {
        /// Number of arguments.
        args: u32,
    },
    /// As `Call` with all results, but an error comes back to this native: it goes on in `state + 1` with
    /// the error value in the place of the results.
    ProtectedCall {
        /// Number of arguments.
        args: u32,
        /// State to go on in; `state + 1` after an error.
        state: u16,
        /// Slot 0 of the frame holds a message handler, to be run where the error happens.
        handler: bool,
    },
    /// Give the top values to whoever resumed this thread; the arguments of the next resume take their place.
    Yield {
        /// Number of values.
        values: u32,
        /// State to go on in.
        state: u16,
    },
    /// Resume the thread below the top `args` values; what it yields or returns takes their place.
    /// The native goes on in `state`, or in `state + 1` with the error value if the thread failed.
    Resume {
        /// Number of arguments.
        args: u32,
        /// State to go on in; `state + 1` after an error.
        state: u16,
    },
    /// Go on in `state`, by way of the executor: it takes note of what the native changed.
    Continue {
        /// State to go on in.
        state: u16,
    },
    /// End the run at once: no handler sees it, no results. The host gets
    /// [`ErrorKind::Stopped`](crate::ErrorKind::Stopped), and every thread that ran is dead. For what a program
    /// cannot come back from, a restart of the device.
    Stop,
    /// Collect garbage, then go on in `state` with `true` pushed.
    Collect {
        /// State to go on in.
        state: u16,
    },
    /// Make an incremental step of the collector, then go on in `state` with a boolean pushed: whether it ended a cycle.
    CollectStep {
        /// Size of the step.
        kilobytes: u32,
        /// State to go on in.
        state: u16,
    },
}

const _: () = assert!(size_of::<Result<Step, Throw>>() == 8);

/// State of a native that is not called again: what arrives are its results. After an error it goes on in state 1.
pub(crate) const PASS_ON: u16 = u16::MAX;
/// As [`PASS_ON`], with `true` before what arrives.
pub(crate) const PASS_ON_TRUE: u16 = u16::MAX - 1;

/// The frame of a native function: its arguments, and whatever it pushes.
pub struct Frame<'gc, N: NumberModel> {
    pub(crate) state: *mut State<N>,
    pub(crate) base: *mut Val<N>,
    pub(crate) top: *mut Val<N>,
    pub(crate) resume: u16,
    pub(crate) lifetime: PhantomData<fn(&'gc ()) -> &'gc ()>,
}

impl<'gc, N: NumberModel> Frame<'gc, N> {
    /// The context, for operations on values.
    #[inline(always)]
    pub fn ctx(&self) -> Ctx<'gc, N> {
        Ctx::new(self.state)
    }

    /// The state this call is to go on in: 0 at first, then what the last [`Step`] named.
    #[inline(always)]
    pub fn state(&self) -> u16 {
        self.resume
    }

    /// Number of values in the frame: the arguments plus what was pushed.
    #[inline(always)]
    pub fn len(&self) -> usize {
        // SAFETY: both point into the thread's stack, base at or below top.
        unsafe { self.top.offset_from(self.base) as usize }
    }

    /// Whether the frame holds no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Value `index` (counted from 0), nil beyond the end.
    #[inline(always)]
    pub(crate) fn raw(&self, index: usize) -> Val<N> {
        if index < self.len() {
            // SAFETY: indices below `len` are initialised stack slots.
            unsafe { *self.base.add(index) }
        } else {
            Val::NIL
        }
    }

    /// Value `index` (counted from 0), nil beyond the end.
    #[inline]
    pub fn get(&self, index: usize) -> Value<'gc, N> {
        // SAFETY: values of the frame are live while the native runs (G1).
        unsafe { Value::from_val(self.raw(index)) }
    }

    /// Replaces value `index`; no effect beyond the end.
    #[inline]
    pub fn set(&mut self, index: usize, value: impl Into<Value<'gc, N>>) {
        if index < self.len() {
            // SAFETY: in range.
            unsafe { *self.base.add(index) = value.into().val() }
        }
    }

    /// Makes sure that `count` values can be pushed.
    ///
    /// # Errors
    /// Out of memory, or "stack overflow".
    pub fn reserve(&mut self, count: usize) -> Result<(), Throw> {
        let (base, len) = (self.base, self.len());
        // SAFETY: the frame belongs to the current thread; positions are recomputed after a move.
        unsafe {
            let state = &mut *self.state;
            let thread = state.thread();
            let index = base.offset_from((*thread).stack) as usize;
            if index + len + count + NATIVE_SLOTS > (*thread).stack_size as usize {
                (*thread).top = (index + len) as u32;
                state.grow_stack(index + len + count + NATIVE_SLOTS)?;
                self.base = (*thread).stack.add(index);
                self.top = self.base.add(len);
            }
        }
        Ok(())
    }

    #[cfg_attr(target_os = "none", inline(never))]
    #[cfg_attr(not(target_os = "none"), inline(always))]
    pub(crate) fn push_raw(&mut self, value: Val<N>) -> Result<(), Throw> {
        // SAFETY: `limit` lies inside the stack of the current thread.
        unsafe {
            if self.top >= self.limit() {
                self.reserve(1)?;
            }
            *self.top = value;
            self.top = self.top.add(1);
        }
        Ok(())
    }

    /// Puts values in the place of everything from value `from` (at most `len`) on. On an error nothing has changed.
    #[inline(always)]
    pub(crate) fn replace_from<const COUNT: usize>(
        &mut self,
        from: usize,
        values: [Val<N>; COUNT],
    ) -> Result<(), Throw> {
        let from = from.min(self.len());
        // SAFETY: `limit` lies inside the stack of the current thread, two slots below its end.
        unsafe {
            if self.base.add(from + COUNT) > self.limit() {
                self.reserve(COUNT)?;
            }
            let at = self.base.add(from);
            at.cast::<[Val<N>; COUNT]>().write(values);
            self.top = at.add(COUNT);
        }
        Ok(())
    }

    #[inline(always)]
    unsafe fn limit(&self) -> *mut Val<N> {
        // SAFETY: the current thread's stack is live while its native runs.
        unsafe {
            let thread: *mut Thread<N> = (*self.state).thread();
            (*thread).stack.add((*thread).stack_size as usize - 2)
        }
    }

    /// Pushes a value.
    ///
    /// # Errors
    /// Out of memory, or "stack overflow".
    #[inline]
    pub fn push(&mut self, value: impl Into<Value<'gc, N>>) -> Result<(), Throw> {
        self.push_raw(value.into().val())
    }

    /// Takes the topmost value off, nil if there is none.
    pub fn pop(&mut self) -> Value<'gc, N> {
        if self.is_empty() {
            return Value::Nil;
        }
        // SAFETY: the frame is not empty; its values are live (G1).
        unsafe {
            self.top = self.top.sub(1);
            Value::from_val(*self.top)
        }
    }

    /// Puts a value before value `index` (at most `len`).
    ///
    /// # Errors
    /// Out of memory, or "stack overflow".
    pub fn insert(&mut self, index: usize, value: impl Into<Value<'gc, N>>) -> Result<(), Throw> {
        self.insert_raw(index, value.into().val())
    }

    pub(crate) fn insert_raw(&mut self, index: usize, value: Val<N>) -> Result<(), Throw> {
        self.push_raw(value)?;
        // SAFETY: slots from `index` (at most that of the value pushed) to the top. One by one, for they are few.
        unsafe {
            let at = self.base.add(index.min(self.len() - 1));
            let mut above = self.top.sub(1);
            while above > at {
                *above = *above.sub(1);
                above = above.sub(1);
            }
            *at = value;
        }
        Ok(())
    }

    /// Sets the number of values to `count`: drops values from the top or pushes nils.
    ///
    /// # Errors
    /// Out of memory, or "stack overflow".
    pub fn set_len(&mut self, count: usize) -> Result<(), Throw> {
        let len = self.len();
        if count > len {
            self.reserve(count - len)?;
            for index in len..count {
                // SAFETY: room was reserved.
                unsafe { *self.base.add(index) = Val::NIL }
            }
        }
        // SAFETY: within the reserved stack.
        self.top = unsafe { self.base.add(count) };
        Ok(())
    }

    /// Value `index` of the closure this function is, nil if it has none.
    pub fn upvalue(&self, index: usize) -> Value<'gc, N> {
        // SAFETY: the values of a live closure are live.
        unsafe { Value::from_val(self.raw_upvalue(index)) }
    }

    #[inline(always)]
    pub(crate) fn raw_upvalue(&self, index: usize) -> Val<N> {
        // SAFETY: the function slot lies just below the frame's base; its closure is live.
        unsafe {
            match (*self.state).native_upvalue(self.base, index) {
                Some(at) => *at,
                None => Val::NIL,
            }
        }
    }

    /// Replaces value `index` of the closure this function is; no effect if it has none.
    pub fn set_upvalue(&mut self, index: usize, value: impl Into<Value<'gc, N>>) {
        let value = value.into().val();
        // SAFETY: as for `upvalue`; the state runs the barrier.
        unsafe { (*self.state).set_native_upvalue(self.base, index, value) }
    }

    /// Returns nothing.
    #[inline(always)]
    pub fn ret0(&mut self) -> Result<Step, Throw> {
        Ok(Step::Return(0))
    }

    /// Returns one value, and drops all others of the frame.
    #[inline(always)]
    pub fn ret1(&mut self, value: impl Into<Value<'gc, N>>) -> Result<Step, Throw> {
        self.ret_raw([value.into().val()])
    }

    /// Returns values, which take the place of all others of the frame.
    #[inline(always)]
    pub(crate) fn ret_raw<const COUNT: usize>(
        &mut self,
        values: [Val<N>; COUNT],
    ) -> Result<Step, Throw> {
        const { assert!(COUNT <= NATIVE_SLOTS) }
        // SAFETY: a native is entered with that many slots above its values, and what it pushes needs slots too.
        unsafe {
            self.base.cast::<[Val<N>; COUNT]>().write(values);
            self.top = self.base.add(COUNT);
        }
        Ok(Step::Return(COUNT as u32))
    }

    /// Returns two values.
    #[inline]
    pub fn ret2(
        &mut self,
        a: impl Into<Value<'gc, N>>,
        b: impl Into<Value<'gc, N>>,
    ) -> Result<Step, Throw> {
        self.push_raw(a.into().val())?;
        self.push_raw(b.into().val())?;
        Ok(Step::Return(2))
    }

    /// Returns a string.
    #[inline]
    pub fn ret_bytes(&mut self, text: &[u8]) -> Result<Step, Throw> {
        let text = self.ctx().intern(text)?;
        self.ret1(text)
    }

    /// Raises an error with the position of the calling function before the message, as `luaL_error` does.
    #[cold]
    pub fn error(&mut self, message: fmt::Arguments<'_>) -> Throw {
        self.error_bytes(message, &[])
    }

    /// As [`Frame::error`], with bytes that need not be UTF-8 after the message.
    #[cold]
    pub fn error_bytes(&mut self, message: fmt::Arguments<'_>, tail: &[u8]) -> Throw {
        // SAFETY: the frame is that of the state's running native.
        unsafe { (*self.state).error_at_level(1, message, tail) }
    }

    /// Raises "bad argument #i to 'f' (message)"; `index` counts from 0.
    #[cold]
    pub fn arg_error(&mut self, index: usize, message: fmt::Arguments<'_>) -> Throw {
        // SAFETY: as for `error`.
        unsafe { (*self.state).argument_error(index, message) }
    }

    /// Raises "bad argument #i to 'f' (expected expected, got type)"; `index` counts from 0.
    #[cold]
    pub fn type_error(&mut self, index: usize, expected: &str) -> Throw {
        let absent = index >= self.len();
        let value = self.raw(index);
        // SAFETY: the value is live (G1).
        unsafe { (*self.state).argument_type_error(index, expected, (!absent).then_some(value)) }
    }

    /// Argument `index` must exist: "value expected" otherwise.
    #[inline]
    pub fn check_any(&mut self, index: usize) -> Result<Value<'gc, N>, Throw> {
        if index >= self.len() {
            return Err(self.arg_error(index, format_args!("value expected")));
        }
        Ok(self.get(index))
    }

    /// Argument `index` as a table.
    #[inline]
    pub fn check_table(&mut self, index: usize) -> Result<Table<'gc, N>, Throw> {
        let value = self.raw(index);
        if value.tag == tag::TABLE {
            // SAFETY: a live table (G1).
            return Ok(unsafe { Table::from_val(value) });
        }
        Err(self.type_error(index, "table"))
    }

    /// Argument `index` as an integer: numbers with an integer value, and strings that convert to one.
    #[inline]
    pub fn check_int(&mut self, index: usize) -> Result<N::Int, Throw> {
        let value = self.raw(index);
        if value.tag == tag::INT {
            return Ok(value.as_int());
        }
        self.check_int_slow(index, value)
    }

    #[cold]
    fn check_int_slow(&mut self, index: usize, value: Val<N>) -> Result<N::Int, Throw> {
        // SAFETY: the value is live (G1).
        match unsafe { crate::convert::to_int(&value) } {
            Some(int) => Ok(int),
            // SAFETY: as above.
            None if unsafe { crate::convert::to_float(&value) }.is_some() => {
                Err(self.arg_error(index, format_args!("number has no integer representation")))
            }
            None => Err(self.type_error(index, "number")),
        }
    }

    /// Argument `index` as an integer, `default` if it is absent or nil.
    #[inline]
    pub fn opt_int(&mut self, index: usize, default: N::Int) -> Result<N::Int, Throw> {
        if self.raw(index).is_nil() {
            Ok(default)
        } else {
            self.check_int(index)
        }
    }

    /// Argument `index` as a signed machine number of at most 64 bits.
    #[inline]
    pub fn check_i64(&mut self, index: usize) -> Result<i64, Throw> {
        self.check_int(index).map(LuaInt::widen)
    }

    /// Argument `index` as a float: numbers, and strings that convert to one.
    #[inline]
    pub fn check_float(&mut self, index: usize) -> Result<N::Float, Throw> {
        let value = self.raw(index);
        // SAFETY: the value is live (G1).
        match unsafe { crate::convert::to_float(&value) } {
            Some(float) => Ok(float),
            None => Err(self.type_error(index, "number")),
        }
    }

    /// Argument `index` as a number of either kind: numbers, and strings that convert to one.
    #[inline]
    pub fn check_number(&mut self, index: usize) -> Result<Value<'gc, N>, Throw> {
        let value = self.raw(index);
        // SAFETY: the value is live (G1).
        match unsafe { crate::convert::to_number(&value) } {
            // SAFETY: a number.
            Some(number) => Ok(unsafe { Value::from_val(number) }),
            None => Err(self.type_error(index, "number")),
        }
    }

    /// Argument `index` as a string; numbers are converted (and replaced in the frame).
    #[inline]
    pub fn check_string(&mut self, index: usize) -> Result<LuaString<'gc, N>, Throw> {
        let value = self.raw(index);
        if value.is_string() {
            // SAFETY: a live string (G1).
            return Ok(unsafe { LuaString::from_val(value) });
        }
        if value.is_int() || value.is_float() {
            let text = crate::convert::number_text(&value);
            let text = self.ctx().intern(text.as_bytes())?;
            self.set(index, text);
            return Ok(text);
        }
        Err(self.type_error(index, "string"))
    }

    /// The text of argument `index`; see [`Frame::check_string`].
    #[inline]
    pub fn check_bytes(&mut self, index: usize) -> Result<&'gc [u8], Throw> {
        let value = self.raw(index);
        if value.is_string() {
            // SAFETY: a live string (G1).
            return Ok(unsafe { string::bytes(&value) });
        }
        self.check_string(index).map(|s| s.as_bytes())
    }

    /// The text of argument `index`, `None` if it is absent or nil.
    pub fn opt_bytes(&mut self, index: usize) -> Result<Option<&'gc [u8]>, Throw> {
        if self.raw(index).is_nil() {
            Ok(None)
        } else {
            self.check_bytes(index).map(Some)
        }
    }

    /// Whether argument `index` is absent or nil.
    #[inline]
    pub fn is_none_or_nil(&self, index: usize) -> bool {
        self.raw(index).is_nil()
    }

    /// Whether argument `index` is absent.
    #[inline]
    pub fn is_none(&self, index: usize) -> bool {
        index >= self.len()
    }
}
