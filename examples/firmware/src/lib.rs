//! What the example firmwares share: boot, a Lua prompt on a serial line, Lua's view of the device.
//!
//! A firmware implements [`Machine`] for its board and calls [`run`] with the flash that may hold an image. Nothing
//! here is tied to one processor, so it is tested on a PC.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod boot;
mod console;
mod library;
mod machine;
mod repl;

pub use boot::run;
pub use console::Console;
pub use machine::{Machine, Usage};
