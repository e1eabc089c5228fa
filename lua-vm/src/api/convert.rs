//! Conversions between Rust and Lua values.

use super::{Ctx, Error, ErrorKind, Function, LuaString, Table, Thread, UserData, Value};
use crate::frame::Throw;
use crate::number::{LuaFloat, LuaInt, NumberModel};
use alloc::string::String;
use alloc::vec::Vec;

/// Rust values that become a Lua value.
pub trait IntoLua<'gc, N: NumberModel> {
    /// The Lua value.
    ///
    /// # Errors
    /// Out of memory.
    fn into_lua(self, ctx: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw>;
}

/// Rust values that a Lua value may become.
pub trait FromLua<'gc, N: NumberModel>: Sized {
    /// The Rust value.
    ///
    /// # Errors
    /// [`ErrorKind::Conversion`] if the value is of another type or does not fit.
    fn from_lua(value: Value<'gc, N>, ctx: Ctx<'gc, N>) -> Result<Self, Error>;
}

/// Rust values that become a list of Lua values: arguments or results.
pub trait IntoLuaMulti<'gc, N: NumberModel> {
    /// Appends the values by `push`.
    ///
    /// # Errors
    /// Out of memory, or what `push` returns.
    fn push_all(
        self,
        ctx: Ctx<'gc, N>,
        push: &mut dyn FnMut(Value<'gc, N>) -> Result<(), Throw>,
    ) -> Result<(), Throw>;
}

/// Rust values made from a list of Lua values: missing ones are nil, surplus ones are dropped.
pub trait FromLuaMulti<'gc, N: NumberModel>: Sized {
    /// The Rust value. `value(i)` is value `i` of `count`.
    ///
    /// # Errors
    /// As [`FromLua::from_lua`].
    fn from_values(
        count: usize,
        value: &dyn Fn(usize) -> Value<'gc, N>,
        ctx: Ctx<'gc, N>,
    ) -> Result<Self, Error>;
}

fn mismatch<N: NumberModel>(value: Value<'_, N>, wanted: &str) -> Error {
    Error::formatted(
        ErrorKind::Conversion,
        format_args!("{wanted} expected, got {}", value.type_name()),
    )
}

impl<'gc, N: NumberModel> IntoLua<'gc, N> for Value<'gc, N> {
    fn into_lua(self, _: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
        Ok(self)
    }
}

impl<'gc, N: NumberModel> FromLua<'gc, N> for Value<'gc, N> {
    fn from_lua(value: Value<'gc, N>, _: Ctx<'gc, N>) -> Result<Self, Error> {
        Ok(value)
    }
}

macro_rules! handles {
    ($($name:ident => $expected:literal),*) => {$(
        impl<'gc, N: NumberModel> IntoLua<'gc, N> for $name<'gc, N> {
            fn into_lua(self, _: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
                Ok(self.into())
            }
        }

        impl<'gc, N: NumberModel> FromLua<'gc, N> for $name<'gc, N> {
            fn from_lua(value: Value<'gc, N>, _: Ctx<'gc, N>) -> Result<Self, Error> {
                match value {
                    Value::$name(value) => Ok(value),
                    other => Err(mismatch(other, $expected)),
                }
            }
        }
    )*};
}

handles!(Table => "table", Function => "function", UserData => "userdata", Thread => "thread");

impl<'gc, N: NumberModel> IntoLua<'gc, N> for LuaString<'gc, N> {
    fn into_lua(self, _: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
        Ok(self.into())
    }
}

impl<'gc, N: NumberModel> FromLua<'gc, N> for LuaString<'gc, N> {
    fn from_lua(value: Value<'gc, N>, ctx: Ctx<'gc, N>) -> Result<Self, Error> {
        match value {
            Value::String(text) => Ok(text),
            Value::Integer(_) | Value::Number(_) => {
                let text = crate::convert::number_text(&value.val());
                ctx.intern(text.as_bytes()).map_err(|_| Error::memory())
            }
            other => Err(mismatch(other, "string")),
        }
    }
}

macro_rules! texts {
    ($($text:ty),*) => {$(
        impl<'gc, N: NumberModel> IntoLua<'gc, N> for $text {
            fn into_lua(self, ctx: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
                Ok(ctx.intern(self.as_ref())?.into())
            }
        }
    )*};
}

texts!(&str, String, &[u8], Vec<u8>);

impl<'gc, N: NumberModel> FromLua<'gc, N> for Vec<u8> {
    fn from_lua(value: Value<'gc, N>, ctx: Ctx<'gc, N>) -> Result<Self, Error> {
        let text = LuaString::from_lua(value, ctx)?.as_bytes();
        let mut copy = Vec::new();
        copy.try_reserve_exact(text.len())
            .map_err(|_| Error::memory())?;
        copy.extend_from_slice(text);
        Ok(copy)
    }
}

impl<'gc, N: NumberModel> FromLua<'gc, N> for String {
    fn from_lua(value: Value<'gc, N>, ctx: Ctx<'gc, N>) -> Result<Self, Error> {
        let bytes = Vec::from_lua(value, ctx)?;
        String::from_utf8(bytes)
            .map_err(|_| Error::new(ErrorKind::Conversion, b"string is not UTF-8"))
    }
}

impl<'gc, N: NumberModel> IntoLua<'gc, N> for bool {
    fn into_lua(self, _: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
        Ok(Value::Boolean(self))
    }
}

impl<'gc, N: NumberModel> FromLua<'gc, N> for bool {
    fn from_lua(value: Value<'gc, N>, _: Ctx<'gc, N>) -> Result<Self, Error> {
        Ok(value.truthy())
    }
}

macro_rules! integers {
    ($($int:ty),*) => {$(
        impl<'gc, N: NumberModel> IntoLua<'gc, N> for $int {
            fn into_lua(self, _: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
                let int = i64::try_from(self).ok().and_then(N::Int::try_from_i64);
                // What does not fit the model's integers becomes a float, as in Lua's own numerals.
                Ok(int.map_or_else(|| Value::Number(N::Float::from_f64(self as f64)), Value::Integer))
            }
        }

        impl<'gc, N: NumberModel> FromLua<'gc, N> for $int {
            fn from_lua(value: Value<'gc, N>, _: Ctx<'gc, N>) -> Result<Self, Error> {
                // SAFETY: the value is live for 'gc.
                let int = unsafe { crate::convert::to_int(&value.val()) }.ok_or_else(|| mismatch(value, "integer"))?;
                <$int>::try_from(int.widen())
                    .map_err(|_| Error::new(ErrorKind::Conversion, b"integer out of range"))
            }
        }
    )*};
}

integers!(i8, u8, i16, u16, i32, u32, i64, u64, isize, usize);

macro_rules! floats {
    ($($float:ty),*) => {$(
        impl<'gc, N: NumberModel> IntoLua<'gc, N> for $float {
            fn into_lua(self, _: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
                Ok(Value::Number(N::Float::from_f64(f64::from(self))))
            }
        }

        impl<'gc, N: NumberModel> FromLua<'gc, N> for $float {
            fn from_lua(value: Value<'gc, N>, _: Ctx<'gc, N>) -> Result<Self, Error> {
                // SAFETY: the value is live for 'gc.
                let float = unsafe { crate::convert::to_float(&value.val()) };
                Ok(float.ok_or_else(|| mismatch(value, "number"))?.to_f64() as $float)
            }
        }
    )*};
}

floats!(f32, f64);

impl<'gc, N: NumberModel, T: IntoLua<'gc, N>> IntoLua<'gc, N> for Option<T> {
    fn into_lua(self, ctx: Ctx<'gc, N>) -> Result<Value<'gc, N>, Throw> {
        self.map_or(Ok(Value::Nil), |value| value.into_lua(ctx))
    }
}

impl<'gc, N: NumberModel, T: FromLua<'gc, N>> FromLua<'gc, N> for Option<T> {
    fn from_lua(value: Value<'gc, N>, ctx: Ctx<'gc, N>) -> Result<Self, Error> {
        if value.is_nil() {
            Ok(None)
        } else {
            T::from_lua(value, ctx).map(Some)
        }
    }
}

/// Any number of values of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variadic<T>(pub Vec<T>);

impl<'gc, N: NumberModel, T: IntoLua<'gc, N>> IntoLuaMulti<'gc, N> for Variadic<T> {
    fn push_all(
        self,
        ctx: Ctx<'gc, N>,
        push: &mut dyn FnMut(Value<'gc, N>) -> Result<(), Throw>,
    ) -> Result<(), Throw> {
        self.0
            .into_iter()
            .try_for_each(|value| push(value.into_lua(ctx)?))
    }
}

impl<'gc, N: NumberModel, T: FromLua<'gc, N>> FromLuaMulti<'gc, N> for Variadic<T> {
    fn from_values(
        count: usize,
        value: &dyn Fn(usize) -> Value<'gc, N>,
        ctx: Ctx<'gc, N>,
    ) -> Result<Self, Error> {
        let mut list = Vec::new();
        list.try_reserve_exact(count).map_err(|_| Error::memory())?;
        for index in 0..count {
            list.push(T::from_lua(value(index), ctx)?);
        }
        Ok(Self(list))
    }
}

/// A single value is a list of one. (Types of your own go in a tuple of one.)
macro_rules! single {
    ($(($($generic:tt)*) $type:ty: $into:ident $from:ident;)*) => {$(
        single!(@$into ($($generic)*) $type);
        single!(@$from ($($generic)*) $type);
    )*};
    (@into ($($generic:tt)*) $type:ty) => {
        impl<'gc, $($generic)* N: NumberModel> IntoLuaMulti<'gc, N> for $type
        where
            $type: IntoLua<'gc, N>,
        {
            fn push_all(
                self,
                ctx: Ctx<'gc, N>,
                push: &mut dyn FnMut(Value<'gc, N>) -> Result<(), Throw>,
            ) -> Result<(), Throw> {
                push(self.into_lua(ctx)?)
            }
        }
    };
    (@from ($($generic:tt)*) $type:ty) => {
        impl<'gc, $($generic)* N: NumberModel> FromLuaMulti<'gc, N> for $type
        where
            $type: FromLua<'gc, N>,
        {
            fn from_values(
                _: usize,
                value: &dyn Fn(usize) -> Value<'gc, N>,
                ctx: Ctx<'gc, N>,
            ) -> Result<Self, Error> {
                <$type>::from_lua(value(0), ctx)
            }
        }
    };
    (@none ($($generic:tt)*) $type:ty) => {};
}

single! {
    () Value<'gc, N>: into from;
    () Table<'gc, N>: into from;
    () Function<'gc, N>: into from;
    () UserData<'gc, N>: into from;
    () Thread<'gc, N>: into from;
    () LuaString<'gc, N>: into from;
    ('a,) &'a str: into none;
    ('a,) &'a [u8]: into none;
    () String: into from;
    () Vec<u8>: into from;
    () bool: into from;
    () i8: into from;
    () u8: into from;
    () i16: into from;
    () u16: into from;
    () i32: into from;
    () u32: into from;
    () i64: into from;
    () u64: into from;
    () isize: into from;
    () usize: into from;
    () f32: into from;
    () f64: into from;
    (T,) Option<T>: into from;
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),*))*) => {$(
        impl<'gc, N: NumberModel, $($name: IntoLua<'gc, N>),*> IntoLuaMulti<'gc, N> for ($($name,)*) {
            fn push_all(
                self,
                _ctx: Ctx<'gc, N>,
                _push: &mut dyn FnMut(Value<'gc, N>) -> Result<(), Throw>,
            ) -> Result<(), Throw> {
                $(_push(self.$index.into_lua(_ctx)?)?;)*
                Ok(())
            }
        }

        impl<'gc, N: NumberModel, $($name: FromLua<'gc, N>),*> FromLuaMulti<'gc, N> for ($($name,)*) {
            fn from_values(
                _count: usize,
                _value: &dyn Fn(usize) -> Value<'gc, N>,
                _ctx: Ctx<'gc, N>,
            ) -> Result<Self, Error> {
                Ok(($($name::from_lua(_value($index), _ctx)?,)*))
            }
        }
    )*};
}

tuples! {
    ()
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}
