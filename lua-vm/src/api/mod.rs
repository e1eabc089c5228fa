//! The safe embedding API: values tied to `'gc`, contexts, conversions, handles.

mod context;
mod lua;
mod string;
mod table;
mod value;

pub use context::{Ctx, GcControl, LoadError, Mode};
pub use lua::{Lua, RunError};
pub use string::LuaString;
pub use table::Table;
pub use value::{Function, Thread, UserData, Value};
