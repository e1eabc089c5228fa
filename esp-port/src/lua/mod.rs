//! Lua modules of a device.

pub mod file;
pub mod node;
