//! What the example firmwares share: boot, a Lua prompt on a serial line, Lua's view of the device.
//!
//! A firmware implements [`Machine`] for its board and calls [`run`] with the flash that may hold an image. Nothing
//! here is tied to one processor, so it is tested on a PC.
#![no_std]

extern crate alloc;

mod boot;
mod console;
mod heap;
mod library;
mod machine;
mod repl;
mod stack;

pub use boot::run;
pub use console::Console;
pub use heap::{Heap, heap_region};
pub use machine::{Machine, Usage};
pub use stack::stack_usage;
