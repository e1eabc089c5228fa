//! Numbers: the two models, conversions between integers, floats and text.

pub mod decimal;
pub mod format;
pub mod functions;
pub mod model;
mod nearest;
pub mod parse;
#[cfg(any(test, not(feature = "std")))]
mod trig;

pub use format::{NumberText, float_text, float_text_bare, int_text, number_text};
pub use model::{LuaFloat, LuaInt, Num32, Num64, NumberModel, Word};
pub use parse::{Number, parse_int_base, parse_number};
