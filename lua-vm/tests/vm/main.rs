//! The VM as a whole, through its public interface, with both number models.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

/// Makes a test for each number model of functions that take the model as a parameter.
macro_rules! for_both_models {
    ($($(#[$attribute:meta])* $name:ident),* $(,)?) => {
        mod num32 {
            $(#[test] $(#[$attribute])* fn $name() { super::$name::<lua_vm::number::Num32>() })*
        }
        mod num64 {
            $(#[test] $(#[$attribute])* fn $name() { super::$name::<lua_vm::number::Num64>() })*
        }
    };
}

mod adversary;
mod collection;
mod compat51;
mod embedding;
mod firmware;
mod heap;
mod memory;
mod mutation;
mod native_stack;
mod program;
mod read_only;
#[path = "../support/mod.rs"]
mod support;
mod tasks;
