//! The safe embedding API: values tied to `'gc`, contexts, conversions, handles.

mod context;
mod string;
mod table;
mod value;

pub use context::Ctx;
pub use string::LuaString;
pub use table::Table;
pub use value::{Function, Thread, UserData, Value};
