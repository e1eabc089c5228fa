//! Lua 5.3 for microcontrollers: runs code, constants and strings in place from flash.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod api;
mod boxed;
pub mod builtin;
pub mod census;
mod chunk;
pub mod compiler;
mod convert;
mod dump;
pub mod frame;
mod gc;
mod handles;
mod hook;
mod interp;
pub mod layer;
mod load;
mod metatable;
mod models;
pub mod number;
mod object;
mod parts;
mod raw_text;
mod record;
mod roots;
mod state;
mod stdlib;
mod symbols;
pub mod text;
mod value;

pub use api::{Error, ErrorKind};
pub use dump::chunk_image;
pub use layer::names;
pub use load::{is_binary as is_binary_chunk, model_of as image_model};
pub use lua_gc::Config as GcConfig;
pub use models::{num32, num64};
pub use stdlib::lfs;

/// The examples of the front page.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct FrontPage;
