//! Function records (prototypes): one layout in flash images and in memory.
//!
//! A compiler hands [`FunctionParts`] to a [`Sink`]; the sink computes a [`layout`], provides the words, and
//! [`encode`](fn@encode)s. A [`FunctionView`] reads the words again. The layout is specified in `docs/format.md`.

mod encode;
mod view;

pub use encode::{Layout, LayoutError, encode, layout};
pub use view::{FunctionView, RecordError};

/// Bits of a function's flags.
pub mod flags {
    /// The function takes variable arguments.
    pub const VARARG: u8 = 1;
    /// The record is a function value by itself: no upvalue, or just `_ENV` from outside.
    pub const SHAREABLE: u8 = 2;
    /// A child captures a local variable of this function.
    pub const NEEDS_CLOSE: u8 = 4;
    /// Main function of a chunk: its only upvalue, if any, is `_ENV`.
    pub const MAIN: u8 = 8;
    /// All bits in use.
    pub const ALL: u8 = VARARG | SHAREABLE | NEEDS_CLOSE | MAIN;
}

/// Word offsets and fields of a record.
pub mod record {
    /// Kind byte of a function record (low byte of the header word).
    pub const KIND: u32 = 3;
    /// Bit position of the flags in the header word.
    pub const FLAGS_SHIFT: u32 = 16;
    /// Header: kind, colour, flags, low half of the directory index.
    pub const HEADER: usize = 0;
    /// Frame size, parameters, upvalue count, high half of the directory index.
    pub const SIZES: usize = 1;
    /// Offset of the constant base `k`, in words.
    pub const K: usize = 2;
    /// Number of strings (low half) and of children (high half).
    pub const COUNTS: usize = 3;
    /// Offset of the code, in words.
    pub const CODE: usize = 4;
    /// Length of the code, in words.
    pub const CODE_LENGTH: usize = 5;
    /// Signed offset of the debug record, in words; 0 for none.
    pub const DEBUG: usize = 6;
    /// Words before the number constants.
    pub const HEADER_WORDS: usize = 7;
    /// Flag bits of a string or child slot.
    pub const SLOT_FLAGS: i64 = 3;
    /// Slot flag: the string is a long one.
    pub const SLOT_LONG: i64 = 1;
    /// Slot flag: the target lies in RAM.
    pub const SLOT_RAM: i64 = 2;
}

/// Most strings and children of one function, together; an instruction names them with 16 bits.
pub const MAX_REFERENCES: usize = 0xffff;

/// Most words of code of one function; a jump spans 24 bits.
pub const MAX_CODE: usize = 0x7f_ffff;

/// Most number constants of one function; `LOADX` names them with 24 bits.
pub const MAX_NUMBERS: usize = 0xff_ffff;

/// Where a closure finds one of its upvalues when it is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UpvalueDesc {
    /// True: a register of the enclosing function; false: one of its upvalues.
    pub in_stack: bool,
    /// Number of that register or upvalue.
    pub index: u8,
}

impl UpvalueDesc {
    /// The descriptor as it is stored.
    pub const fn raw(self) -> u16 {
        self.index as u16 | (self.in_stack as u16) << 8
    }

    /// The stored descriptor; bits above 8 are ignored.
    pub const fn from_raw(raw: u16) -> Self {
        Self {
            in_stack: raw & 0x100 != 0,
            index: raw as u8,
        }
    }
}

/// Handle of a string. What the word means is the matter of the [`Sink`] that gave it; equal texts have equal handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StringRef(pub usize);

/// Handle of a function. What the word means is the matter of the [`Sink`] that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FunctionRef(pub usize);

/// A local variable: it lives in instructions `start <= pc < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalVar<S = StringRef> {
    /// Name.
    pub name: S,
    /// First instruction of the scope.
    pub start: u32,
    /// First instruction behind the scope.
    pub end: u32,
}

/// How much debug information is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum StripLevel {
    /// Level 0: everything.
    #[default]
    None = 0,
    /// Level 1: source name and lines, no names of variables.
    Names = 1,
    /// Level 2: nothing; functions have no debug record.
    All = 2,
}

impl StripLevel {
    /// The level with this number, if there is one.
    pub const fn from_u8(level: u8) -> Option<StripLevel> {
        match level {
            0 => Some(StripLevel::None),
            1 => Some(StripLevel::Names),
            2 => Some(StripLevel::All),
            _ => None,
        }
    }
}

/// A compiled function, as a compiler hands it over.
#[derive(Clone, Copy, Debug)]
pub struct FunctionParts<'a> {
    /// Instructions.
    pub code: &'a [u32],
    /// Number constants: integer or float bits of the model, in the low bits.
    pub numbers: &'a [u64],
    /// String constants.
    pub strings: &'a [StringRef],
    /// Functions that `CLOSURE` instantiates.
    pub children: &'a [FunctionRef],
    /// Upvalues, at most 255.
    pub upvalues: &'a [UpvalueDesc],
    /// Names of the upvalues: one each, or empty.
    pub upvalue_names: &'a [Option<StringRef>],
    /// Registers of a frame.
    pub frame_size: u8,
    /// Fixed parameters.
    pub params: u8,
    /// Bits of [`flags`].
    pub flags: u8,
    /// Source name.
    pub source: Option<StringRef>,
    /// Line the definition starts in; 0 for a main function.
    pub line_defined: u32,
    /// Line the definition ends in; 0 for a main function.
    pub last_line_defined: u32,
    /// Line of each instruction, or empty.
    pub lines: &'a [u32],
    /// Local variables in the order of their registers' activation.
    pub locals: &'a [LocalVar],
}

impl Default for FunctionParts<'_> {
    /// A function without anything, not even code.
    fn default() -> Self {
        Self {
            code: &[],
            numbers: &[],
            strings: &[],
            children: &[],
            upvalues: &[],
            upvalue_names: &[],
            frame_size: 2,
            params: 0,
            flags: 0,
            source: None,
            line_defined: 0,
            last_line_defined: 0,
            lines: &[],
            locals: &[],
        }
    }
}

/// Where compiled functions go: the heap of a VM, or an image. Functions arrive children first.
///
/// Handles have one type for all sinks, so that a compiler need not be instantiated for each. They mean something to the
/// sink that gave them alone.
pub trait Sink {
    /// What may go wrong.
    type Error;

    /// The handle of `text`.
    fn string(&mut self, text: &[u8]) -> Result<StringRef, Self::Error>;

    /// The text of a handle of this sink.
    fn text(&self, string: StringRef) -> &[u8];

    /// Takes a function.
    fn function(&mut self, parts: &FunctionParts<'_>) -> Result<FunctionRef, Self::Error>;
}

/// Words of the upvalue descriptors.
fn upvalue_words(count: usize) -> usize {
    count.div_ceil(2)
}
