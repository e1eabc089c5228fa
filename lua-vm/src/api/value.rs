//! [`Value`] and the handles of the other collectable types.

use super::{Ctx, LuaString, Table};
use crate::number::NumberModel;
use crate::object::userdata::UserObject;
use crate::value::{Val, tag};
use core::any::Any;
use core::marker::PhantomData;

pub(crate) type Invariant<'gc> = PhantomData<fn(&'gc ()) -> &'gc ()>;

/// A Lua value, good for as long as `'gc`: inside one `Lua::enter` or one call of a native function.
// The tag is a word, so that a value is copied by words and not by the bytes behind a tag of one.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Value<'gc, N: NumberModel> {
    /// nil.
    Nil,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(N::Int),
    /// A float.
    Number(N::Float),
    /// A light userdata: an address, nothing more.
    LightUserData(*mut u8),
    /// A string.
    String(LuaString<'gc, N>),
    /// A table.
    Table(Table<'gc, N>),
    /// A function.
    Function(Function<'gc, N>),
    /// A full userdata.
    UserData(UserData<'gc, N>),
    /// A thread (coroutine).
    Thread(Thread<'gc, N>),
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<'gc, N: NumberModel> {
            val: Val<N>,
            lifetime: Invariant<'gc>,
        }

        impl<N: NumberModel> Clone for $name<'_, N> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<N: NumberModel> Copy for $name<'_, N> {}

        impl<N: NumberModel> $name<'_, N> {
            /// # Safety
            /// `val` must be of this type and live for `'gc`.
            #[inline(always)]
            pub(crate) unsafe fn from_val(val: Val<N>) -> Self {
                Self { val, lifetime: PhantomData }
            }

            #[inline(always)]
            pub(crate) fn val(self) -> Val<N> {
                self.val
            }

            /// The object's address: equal for equal objects only.
            pub fn address(self) -> usize {
                // SAFETY: values of this type are pointers.
                unsafe { self.val.as_ptr() }.addr()
            }
        }

        impl<'gc, N: NumberModel> From<$name<'gc, N>> for Value<'gc, N> {
            #[inline(always)]
            fn from(value: $name<'gc, N>) -> Self {
                Value::$name(value)
            }
        }
    };
}

handle!(
    /// A function: Lua or Rust, in RAM or ROM.
    Function
);
handle!(
    /// A full userdata.
    UserData
);
handle!(
    /// A thread.
    Thread
);

impl<'gc, N: NumberModel> UserData<'gc, N> {
    fn object(self) -> *mut UserObject<N> {
        // SAFETY: a userdata value points at a userdata object.
        unsafe { self.val.as_ptr() as *mut UserObject<N> }
    }

    /// Lends the Rust value, if it is a `T`. `None` also while it is lent already.
    pub fn with<T: Any, R>(self, ctx: Ctx<'gc, N>, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        // SAFETY: the object is live for 'gc.
        let data = unsafe { UserObject::data::<T>(self.object()) }?;
        ctx.lend(self.object() as *mut u8, || {
            // SAFETY: `lend` lets only one borrower at a time have this object.
            f(unsafe { &mut *data })
        })
    }

    /// Whether the Rust value is a `T`.
    pub fn is<T: Any>(self) -> bool {
        // SAFETY: the object is live for 'gc.
        unsafe { UserObject::data::<T>(self.object()) }.is_some()
    }

    /// Its metatable.
    pub fn metatable(self) -> Option<Table<'gc, N>> {
        // SAFETY: the object is live for 'gc and so is its metatable.
        unsafe { Table::from_ptr((*self.object()).metatable) }
    }

    /// Its uservalue.
    pub fn uservalue(self) -> Value<'gc, N> {
        // SAFETY: the object is live for 'gc and so is what it holds.
        unsafe { Value::from_val((*self.object()).uservalue) }
    }
}

impl<'gc, N: NumberModel> Value<'gc, N> {
    /// # Safety
    /// What `val` points at must be live for `'gc`.
    #[inline]
    pub(crate) unsafe fn from_val(val: Val<N>) -> Self {
        // SAFETY: the tag says which handle fits; liveness is the caller's.
        unsafe {
            match val.tag & tag::TYPE_MASK {
                tag::NIL => Value::Nil,
                tag::FALSE => Value::Boolean(val.tag == tag::TRUE),
                tag::LIGHT => Value::LightUserData(val.as_ptr()),
                tag::INT if val.tag == tag::INT => Value::Integer(val.as_int()),
                tag::INT => Value::Number(val.as_float()),
                tag::STRING_TYPE => Value::String(LuaString::from_val(val)),
                0x05 => Value::Table(Table::from_val(val)),
                tag::FUNCTION_TYPE => Value::Function(Function::from_val(val)),
                0x07 => Value::UserData(UserData::from_val(val)),
                _ => Value::Thread(Thread::from_val(val)),
            }
        }
    }

    #[inline]
    pub(crate) fn val(self) -> Val<N> {
        match self {
            Value::Nil => Val::NIL,
            Value::Boolean(value) => Val::boolean(value),
            Value::Integer(value) => Val::int(value),
            Value::Number(value) => Val::float(value),
            Value::LightUserData(ptr) => Val::pointer(ptr, tag::LIGHT),
            Value::String(value) => value.val(),
            Value::Table(value) => value.val(),
            Value::Function(value) => value.val(),
            Value::UserData(value) => value.val(),
            Value::Thread(value) => value.val(),
        }
    }

    /// Name of the basic type, as `type` gives it.
    pub fn type_name(self) -> &'static str {
        crate::convert::type_name(self.val().tag)
    }

    /// Whether it is nil.
    pub fn is_nil(self) -> bool {
        matches!(self, Value::Nil)
    }

    /// Whether a condition takes it as true.
    pub fn truthy(self) -> bool {
        !matches!(self, Value::Nil | Value::Boolean(false))
    }
}

impl<N: NumberModel> From<bool> for Value<'_, N> {
    #[inline(always)]
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

impl<N: NumberModel> core::fmt::Debug for Value<'_, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Value::String(text) => write!(f, "{:?}", escaped(text.as_bytes())),
            other => other.val().fmt(f),
        }
    }
}

/// Bytes shown as text where they are ASCII, escaped elsewhere.
fn escaped(bytes: &[u8]) -> impl core::fmt::Debug + '_ {
    struct Escaped<'a>(&'a [u8]);
    impl core::fmt::Debug for Escaped<'_> {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            write!(f, "\"{}\"", self.0.escape_ascii())
        }
    }
    Escaped(bytes)
}
