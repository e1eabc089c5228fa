//! What the example firmwares share: boot, a Lua prompt on a serial line, Lua's view of the device.
//!
//! A firmware for an emulator implements [`Machine`] for its board and calls [`run`] with the flash that may hold an image. A
//! firmware for a chip boots with `esp_port::boot`, and takes the libraries of its [`peripherals`], its heap and the measure of its stack
//! from here. Nothing here is tied to one processor, so it is tested on a PC.
#![no_std]

extern crate alloc;

mod boot;
mod console;
mod heap;
mod library;
mod machine;
pub mod peripherals;
mod repl;
mod stack;
mod typing;

pub use boot::run;
pub use console::Console;
pub use heap::{Heap, heap_region};
pub use lua_vm;
pub use machine::{Machine, Usage};
pub use stack::{paint_stack, stack_usage};
pub use typing::Typing;
