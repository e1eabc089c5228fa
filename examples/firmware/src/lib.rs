//! What the example firmwares share, and do not have from `esp-port`: a board made of an emulator's machine, Lua's view of the
//! device, heap and stack.
//!
//! A firmware for an emulator implements [`Machine`] and calls [`serve()`]; one for a chip implements `esp_port::Board` itself. Libraries are
//! those of [`device!`] and of the [`mod@peripherals`]. Nothing here is tied to one processor, so it is tested on a PC.
#![no_std]

extern crate alloc;

mod console;
pub mod device;
mod heap;
pub mod layout;
mod machine;
pub mod peripherals;
mod serve;
mod stack;
mod typing;

pub use console::Console;
pub use esp_port::board::Usage;
pub use heap::{Heap, heap_region};
pub use lua_vm;
pub use machine::Machine;
pub use serve::serve;
pub use stack::{paint_stack, stack_usage};
pub use typing::Typing;
