//! The safe embedding API: values tied to `'gc`, contexts, conversions, stashes, tasks.

mod context;
mod convert;
mod debug;
mod error;
mod function;
mod images;
mod lua;
mod stash;
mod string;
mod table;
mod task;
mod thread;
mod value;

pub use context::{Ctx, GcControl, LoadError, Mode};
pub use convert::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, Variadic};
pub(crate) use debug::Call;
pub use error::{Error, ErrorKind};
pub use images::ImagePlace;
pub use lua::Lua;
pub use stash::Stash;
pub use string::LuaString;
pub use table::Table;
pub use task::{Progress, Task};
pub use value::{Function, Thread, UserData, Value};
