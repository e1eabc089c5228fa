//! The VM's types with the number model filled in.

macro_rules! model {
    ($(#[$doc:meta])* $module:ident, $model:ident) => {
        $(#[$doc])*
        pub mod $module {
            use crate::number::$model;

            /// A state; see [`crate::api::Lua`].
            pub type Lua<'rom> = crate::api::Lua<'rom, $model>;
            /// Access to a state; see [`crate::api::Ctx`].
            pub type Ctx<'gc> = crate::api::Ctx<'gc, $model>;
            /// A value; see [`crate::api::Value`].
            pub type Value<'gc> = crate::api::Value<'gc, $model>;
            /// A string; see [`crate::api::LuaString`].
            pub type LuaString<'gc> = crate::api::LuaString<'gc, $model>;
            /// A table; see [`crate::api::Table`].
            pub type Table<'gc> = crate::api::Table<'gc, $model>;
            /// A function; see [`crate::api::Function`].
            pub type Function<'gc> = crate::api::Function<'gc, $model>;
            /// A frame of a native function; see [`crate::frame::Frame`].
            pub type Frame<'gc> = crate::frame::Frame<'gc, $model>;
        }
    };
}

model!(
    /// 32-bit integers and floats: small devices.
    num32,
    Num32
);
model!(
    /// 64-bit integers and floats: standard Lua 5.3.
    num64,
    Num64
);

/// Makes the executor, and what it calls, code of this crate: on a device it is compiled at the optimization level of this
/// crate, and the rest (the libraries, the compiler) at that of the program that instantiates it.
#[cfg(target_os = "none")]
#[expect(dead_code, reason = "compiled for its instances alone")]
static EXECUTOR: fn(
    &mut crate::state::State<crate::number::Num32>,
    crate::interp::Event,
) -> crate::interp::Outcome = crate::state::State::<crate::number::Num32>::drive;
