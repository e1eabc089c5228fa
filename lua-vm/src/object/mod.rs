//! Layouts of the objects on the heap, one module a kind, and the kinds' numbers.
//!
//! Byte offsets: `docs/architecture.md`, section 3.

pub mod function;
pub mod string;
pub mod table;
pub mod thread;
pub mod userdata;

/// Kind bytes of object headers.
pub mod kind {
    /// Short string.
    pub const SHORT_STRING: u8 = 1;
    /// Long string.
    pub const LONG_STRING: u8 = 2;
    /// Function record.
    pub const RECORD: u8 = 3;
    /// Table.
    pub const TABLE: u8 = 4;
    /// Lua closure.
    pub const CLOSURE: u8 = 5;
    /// Native closure.
    pub const NATIVE_CLOSURE: u8 = 6;
    /// Upvalue.
    pub const UPVALUE: u8 = 7;
    /// Userdata.
    pub const USERDATA: u8 = 8;
    /// Thread.
    pub const THREAD: u8 = 9;
}
