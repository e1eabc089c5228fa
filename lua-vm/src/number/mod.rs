//! Numbers: the two models, conversions between integers, floats and text.

pub mod model;

pub use model::{LuaFloat, LuaInt, Num32, Num64, NumberModel};
