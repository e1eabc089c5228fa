//! The firmware's string table: keywords, names of metamethods and of the standard library, and common words, laid
//! out at compile time as a `static` that needs no RAM.
//!
//! It is the first table a new string is looked for in.

use crate::number::NumberModel;
use crate::object::string::{self, Str, word};
use crate::value::{Val, tag};

/// Every name of the table.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    // Keywords.
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not", "or", "repeat", "return", "then", "true", "until", "while",
    // Metamethods.
    "__index", "__newindex", "__gc", "__mode", "__len", "__eq", "__add", "__sub", "__mul", "__mod", "__pow", "__div",
    "__idiv", "__band", "__bor", "__bxor", "__shl", "__shr", "__unm", "__bnot", "__lt", "__le", "__concat", "__call",
    "__pairs", "__ipairs", "__tostring", "__name", "__metatable", "__close",
    // Types.
    "boolean", "userdata", "number", "string", "table", "thread", "light userdata", "no value", "integer", "float",
    // Basic functions.
    "_G", "_ENV", "_VERSION", "Lua 5.3", "assert", "collectgarbage", "dofile", "error", "getmetatable", "ipairs",
    "load", "loadfile", "loadstring", "next", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen", "rawset",
    "require", "select", "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall", "getfenv", "setfenv",
    "module", "newproxy", "arg",
    // Options of collectgarbage.
    "stop", "restart", "collect", "count", "step", "setpause", "setstepmul", "isrunning", "generational",
    "incremental",
    // Libraries.
    "package", "coroutine", "math", "utf8", "io", "os", "debug", "bit32", "bit", "node", "file", "ROM", "RAM", "LFS",
    "loaded", "loaders", "preload", "searchers", "searchpath", "path", "cpath", "config", "loadlib", "seeall",
    "/\n;\n?\n!\n-\n",
    // coroutine
    "create", "isyieldable", "resume", "running", "status", "wrap", "yield", "close", "dead", "suspended", "normal",
    // debug
    "gethook", "getinfo", "getlocal", "getregistry", "getstrings", "getupvalue", "getuservalue", "sethook",
    "setlocal", "setupvalue", "setuservalue", "traceback", "upvalueid", "upvaluejoin", "source", "short_src",
    "linedefined", "lastlinedefined", "what", "currentline", "name", "namewhat", "nups", "nparams", "isvararg",
    "istailcall", "func", "activelines", "Lua", "C", "main", "global", "method", "field", "upvalue", "constant",
    "metamethod", "for iterator", "hook", "call", "tail call", "line",
    // io, os
    "input", "lines", "open", "output", "popen", "read", "stderr", "stdin", "stdout", "tmpfile", "write", "flush",
    "seek", "setvbuf", "FILE*", "clock", "date", "difftime", "execute", "exit", "getenv", "remove", "rename",
    "setlocale", "time", "tmpname", "year", "month", "day", "hour", "min", "sec", "wday", "yday", "isdst", "set",
    "cur", "full", "no", "closed file", "signal", "_IO_input", "_IO_output", "*a", "*l", "*n",
    // math
    "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "deg", "exp", "floor", "fmod", "frexp", "huge",
    "ldexp", "log", "log10", "max", "maxinteger", "mininteger", "modf", "pi", "pow", "rad", "random", "randomseed",
    "sin", "sinh", "sqrt", "tan", "tanh", "tointeger", "ult",
    // string
    "byte", "char", "dump", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize", "rep",
    "reverse", "sub", "unpack", "upper",
    // table
    "concat", "insert", "maxn", "move", "remove", "sort", "getn", "foreach", "foreachi",
    // utf8
    "charpattern", "codepoint", "codes", "offset",
    // node.LFS
    "get", "list", "reload", "confirm", "rollback", "resource", "build",
    // bit operations
    "arshift", "band", "bnot", "bor", "btest", "bxor", "extract", "lrotate", "lshift", "replace", "rrotate",
    "rshift", "bnot", "clear", "isclear", "isset",
    // Chunk names and words of the library. Words of programs stay out: an image has its own record of them, which
    // is to be the one that strings made at run time find.
    "=stdin", "=?", "=[C]", "?", "[C]", "stack traceback:", "main chunk", "", "n", "k", "v", "kv", "b", "t", "bt",
    "r", "w", "a", "rb", "wb", "self", "not enough memory", "error in error handling",
];

rostrings::builtin_table! {
    /// The table's words.
    pub static BUILTIN = NAMES;
}

/// Offset of a name's record in [`BUILTIN`], for constants. A name that the table lacks does not compile.
macro_rules! offset {
    ($name:expr) => {
        rostrings::builtin_offset!($crate::builtin::BUILTIN, $name)
    };
}
pub(crate) use offset;

/// Offset of "not enough memory".
pub const NOT_ENOUGH_MEMORY: u32 = offset!("not enough memory");
/// Offset of "error in error handling".
pub const ERROR_IN_HANDLER: u32 = offset!("error in error handling");

/// The table, for look-ups.
pub fn table() -> Option<rostrings::rom::RomTable<'static>> {
    rostrings::rom::RomTable::new(&BUILTIN).ok()
}

/// Metamethods, and other names that metatables are asked for. The first [`CACHED`] have a bit in the cache of a
/// table (`Table::flags`), by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Event {
    /// `__index`
    Index,
    /// `__newindex`
    NewIndex,
    /// `__gc`
    Gc,
    /// `__mode`
    Mode,
    /// `__len`
    Len,
    /// `__eq`
    Eq,
    /// `__add`
    Add,
    /// `__sub`
    Sub,
    /// `__mul`
    Mul,
    /// `__mod`
    Mod,
    /// `__pow`
    Pow,
    /// `__div`
    Div,
    /// `__idiv`
    IDiv,
    /// `__band`
    BAnd,
    /// `__bor`
    BOr,
    /// `__bxor`
    BXor,
    /// `__shl`
    Shl,
    /// `__shr`
    Shr,
    /// `__unm`
    Unm,
    /// `__bnot`
    BNot,
    /// `__lt`
    Lt,
    /// `__le`
    Le,
    /// `__concat`
    Concat,
    /// `__call`
    Call,
    /// `__pairs`
    Pairs,
    /// `__ipairs`
    IPairs,
    /// `__tostring`
    ToString,
    /// `__name`
    Name,
    /// `__metatable`
    Metatable,
}

/// Number of events whose absence tables remember.
pub const CACHED: usize = 6;

/// Offsets of the events' names in [`BUILTIN`], in the order of [`Event`].
pub static METAMETHODS: [u32; 29] = [
    offset!("__index"),
    offset!("__newindex"),
    offset!("__gc"),
    offset!("__mode"),
    offset!("__len"),
    offset!("__eq"),
    offset!("__add"),
    offset!("__sub"),
    offset!("__mul"),
    offset!("__mod"),
    offset!("__pow"),
    offset!("__div"),
    offset!("__idiv"),
    offset!("__band"),
    offset!("__bor"),
    offset!("__bxor"),
    offset!("__shl"),
    offset!("__shr"),
    offset!("__unm"),
    offset!("__bnot"),
    offset!("__lt"),
    offset!("__le"),
    offset!("__concat"),
    offset!("__call"),
    offset!("__pairs"),
    offset!("__ipairs"),
    offset!("__tostring"),
    offset!("__name"),
    offset!("__metatable"),
];

impl Event {
    /// The record of the event's name.
    #[inline(always)]
    pub fn record(self) -> *const Str {
        record(METAMETHODS[self as usize])
    }

    /// The event's name.
    #[inline]
    pub fn name<N: NumberModel>(self) -> Val<N> {
        string_value(METAMETHODS[self as usize])
    }
}

/// The record at a word offset, as by `offset!` or `RomTable::find`.
#[inline(always)]
pub const fn record(offset: u32) -> *const Str {
    (&raw const BUILTIN)
        .cast::<u32>()
        .wrapping_add(offset as usize) as *const Str
}

/// The short string whose record is at a word offset.
#[inline(always)]
pub fn string_value<N: NumberModel>(offset: u32) -> Val<N> {
    Val::pointer(record(offset) as *mut u8, tag::SHORT_ROM)
}

/// The firmware's own record of a metamethod's name, if `text` is one.
///
/// # Safety
/// `text` is a short string in ROM.
#[inline]
pub(crate) unsafe fn event_record(text: *const Str) -> Option<u32> {
    // SAFETY: the caller's promise; three bytes of text make one word at least.
    unsafe {
        let words = text as *const u32;
        if word(words) >> 16 & 0xff < 3
            || word(words.add(2)) & 0xffff != u32::from_le_bytes(*b"__\0\0")
        {
            return None;
        }
        find_event(text)
    }
}

/// # Safety
/// As for [`event_record`].
#[cold]
unsafe fn find_event(text: *const Str) -> Option<u32> {
    // SAFETY: the caller's promise.
    unsafe {
        let hash = string::short_hash(text);
        METAMETHODS.iter().copied().find(|&offset| {
            let own = record(offset);
            string::short_hash(own) == hash && (own == text || string::same_rom_text(own, text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Num64;
    use alloc::format;
    use alloc::string::String;

    #[test]
    fn the_table_is_well_formed_and_short() {
        let table = table().unwrap();
        table.verify().unwrap();
        assert!(NAMES.iter().all(|name| name.len() <= rostrings::MAX_SHORT));
    }

    #[test]
    fn events_are_named_after_their_numbers() {
        let mut names = String::new();
        for offset in METAMETHODS {
            let value: Val<Num64> = string_value(offset);
            // SAFETY: a record of the table.
            let text = unsafe { string::bytes(&value) };
            names += core::str::from_utf8(text).unwrap();
        }
        let mut expected = String::new();
        for event in [
            Event::Index,
            Event::NewIndex,
            Event::Gc,
            Event::Mode,
            Event::Len,
            Event::Eq,
            Event::Add,
            Event::Sub,
            Event::Mul,
            Event::Mod,
            Event::Pow,
            Event::Div,
            Event::IDiv,
            Event::BAnd,
            Event::BOr,
            Event::BXor,
            Event::Shl,
            Event::Shr,
            Event::Unm,
            Event::BNot,
            Event::Lt,
            Event::Le,
            Event::Concat,
            Event::Call,
            Event::Pairs,
            Event::IPairs,
            Event::ToString,
            Event::Name,
            Event::Metatable,
        ] {
            expected += &format!("__{event:?}").to_lowercase();
            assert_eq!(event.record(), record(METAMETHODS[event as usize]));
        }
        assert_eq!(names, expected);
    }
}
