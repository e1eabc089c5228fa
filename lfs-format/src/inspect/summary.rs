//! The figures of one function.

use core::fmt;

use rostrings::record::Record;

use crate::function::{FunctionView, flags};
use crate::image::{Image, Verified};

/// Figures of one function of an image.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Summary<'a> {
    /// Word of the image the record starts at.
    pub at: usize,
    /// Number in the function directory.
    pub index: u16,
    /// Source name, if kept.
    pub source: Option<Record<'a>>,
    /// Line the definition starts in; 0 for a main function or if not kept.
    pub line_defined: u32,
    /// Line the definition ends in; 0 likewise.
    pub last_line_defined: u32,
    /// Fixed parameters.
    pub params: u8,
    /// Registers of a frame.
    pub frame_size: u8,
    /// Bits of [`flags`].
    pub flags: u8,
    /// Number of upvalues.
    pub upvalues: u8,
    /// Number of local variables with names.
    pub locals: u32,
    /// Number of number constants.
    pub numbers: u32,
    /// Number of string constants.
    pub strings: u32,
    /// Number of children.
    pub children: u32,
    /// Number of instructions.
    pub instructions: u32,
    /// Bytes of the record and its debug record.
    pub bytes: u32,
}

impl<'a> Summary<'a> {
    /// The figures of `function` of `image`.
    pub fn of(image: &Image<'a, Verified>, function: &FunctionView<'a>) -> Self {
        let debug = function.debug();
        let words = function.words() + debug.map_or(0, |debug| debug.words());
        Self {
            at: function.at(),
            index: function.index(),
            source: debug
                .and_then(|debug| debug.source())
                .and_then(|slot| image.string(function, slot)),
            line_defined: debug.map_or(0, |debug| debug.line_defined()),
            last_line_defined: debug.map_or(0, |debug| debug.last_line_defined()),
            params: function.params(),
            frame_size: function.frame_size(),
            flags: function.flags(),
            upvalues: function.upvalues(),
            locals: debug.map_or(0, |debug| debug.locals().count() as u32),
            numbers: function.numbers(),
            strings: function.strings(),
            children: function.children(),
            instructions: function.code().len() as u32,
            bytes: words * 4,
        }
    }
}

/// `1 thing`, `2 things`.
struct Plural(u32, &'static str);

impl fmt::Display for Plural {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ending = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{ending}", self.0, self.1)
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = |flag| self.flags & flag != 0;
        let what = if has(flags::MAIN) { "main" } else { "function" };
        let source = self.source.map_or(&b"?"[..], |source| source.bytes());
        let source = source.strip_prefix(b"@").unwrap_or(source);
        writeln!(
            f,
            "{what} <{}:{},{}> ({}, {} at {:#x})",
            source.escape_ascii(),
            self.line_defined,
            self.last_line_defined,
            Plural(self.instructions, "instruction"),
            Plural(self.bytes, "byte"),
            self.at * 4,
        )?;
        write!(
            f,
            "{}{} {}, {}, {}, {}, {}, {}, {}",
            self.params,
            if has(flags::VARARG) { "+" } else { "" },
            if self.params == 1 { "param" } else { "params" },
            Plural(u32::from(self.frame_size), "slot"),
            Plural(u32::from(self.upvalues), "upvalue"),
            Plural(self.locals, "local"),
            Plural(self.numbers, "number"),
            Plural(self.strings, "string"),
            Plural(self.children, "function"),
        )?;
        for (flag, name) in [
            (flags::SHAREABLE, "shareable"),
            (flags::NEEDS_CLOSE, "needs close"),
        ] {
            if has(flag) {
                write!(f, ", {name}")?;
            }
        }
        Ok(())
    }
}
