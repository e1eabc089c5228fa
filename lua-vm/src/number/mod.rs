//! Numbers: the two models, conversions between integers, floats and text.

pub mod model;
pub mod parse;

pub use model::{LuaFloat, LuaInt, Num32, Num64, NumberModel};
pub use parse::{Number, parse_int_base, parse_number};
