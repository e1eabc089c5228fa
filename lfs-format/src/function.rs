//! Function records (prototypes): one layout in flash images and in memory.
//!
//! A compiler hands [`FunctionParts`] to a [`Sink`]; the sink computes a [`layout`], provides the words, and
//! [`encode`]s. A [`FunctionView`] reads the words again. The layout is specified in `docs/format.md`.

use rostrings::word::load;

use crate::debug::{self, DebugView};
use crate::stream::{self, Counter, Packer};

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

/// A local variable: it lives in instructions `start <= pc < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalVar<S> {
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
pub struct FunctionParts<'a, S, P> {
    /// Instructions.
    pub code: &'a [u32],
    /// Number constants: integer or float bits of the model, in the low bits.
    pub numbers: &'a [u64],
    /// String constants.
    pub strings: &'a [S],
    /// Functions that `CLOSURE` instantiates.
    pub children: &'a [P],
    /// Upvalues, at most 255.
    pub upvalues: &'a [UpvalueDesc],
    /// Names of the upvalues: one each, or empty.
    pub upvalue_names: &'a [Option<S>],
    /// Registers of a frame.
    pub frame_size: u8,
    /// Fixed parameters.
    pub params: u8,
    /// Bits of [`flags`].
    pub flags: u8,
    /// Source name.
    pub source: Option<S>,
    /// Line the definition starts in; 0 for a main function.
    pub line_defined: u32,
    /// Line the definition ends in; 0 for a main function.
    pub last_line_defined: u32,
    /// Line of each instruction, or empty.
    pub lines: &'a [u32],
    /// Local variables in the order of their registers' activation.
    pub locals: &'a [LocalVar<S>],
}

impl<S, P> Default for FunctionParts<'_, S, P> {
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
pub trait Sink {
    /// Handle of a string: equal texts give equal handles within one sink.
    type Str: Copy + Eq;
    /// Handle of a function.
    type Proto: Copy;
    /// What may go wrong.
    type Error;

    /// The handle of `text`.
    fn string(&mut self, text: &[u8]) -> Result<Self::Str, Self::Error>;

    /// The text of a handle of this sink.
    fn text(&self, string: Self::Str) -> &[u8];

    /// Takes a function.
    fn function(
        &mut self,
        parts: &FunctionParts<'_, Self::Str, Self::Proto>,
    ) -> Result<Self::Proto, Self::Error>;
}

/// Why a function cannot be laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum LayoutError {
    /// More than [`MAX_CODE`] instructions.
    Code,
    /// More than [`MAX_NUMBERS`] number constants.
    Numbers,
    /// More than [`MAX_REFERENCES`] strings and children.
    References,
    /// More than 255 upvalues.
    Upvalues,
    /// `lines` is neither empty nor as long as the code.
    Lines,
    /// The words given are not as many as the layout asks for.
    Space,
}

impl core::fmt::Display for LayoutError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            LayoutError::Code => "function has too many instructions",
            LayoutError::Numbers => "function has too many number constants",
            LayoutError::References => "function has too many string constants",
            LayoutError::Upvalues => "function has too many upvalues",
            LayoutError::Lines => "line information does not fit the code",
            LayoutError::Space => "record has another size than its layout",
        })
    }
}

impl core::error::Error for LayoutError {}

/// Sizes of one record. All in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Offset of the constant base.
    pub k: u32,
    /// Offset of the code.
    pub code: u32,
    /// Length of the record without the debug record.
    pub total: u32,
    /// Length of the debug record, 0 for none.
    pub debug: u32,
    /// References of the debug record.
    references: u32,
    /// Words of a slot.
    slot_words: u32,
    /// What is kept of the debug information: at least what was asked for is stripped, and more if the
    /// debug record would exceed its limits of 65535 words and references.
    pub strip: StripLevel,
}

/// Words of the upvalue descriptors.
fn upvalue_words(count: usize) -> usize {
    count.div_ceil(2)
}

/// Computes the sizes of the record of `parts`. `slot_words` (1 or 2) is the width of a constant slot.
pub fn layout<S: Copy + Eq, P>(
    parts: &FunctionParts<'_, S, P>,
    slot_words: u32,
    strip: StripLevel,
) -> Result<Layout, LayoutError> {
    if parts.code.len() > MAX_CODE {
        return Err(LayoutError::Code);
    }
    if parts.numbers.len() > MAX_NUMBERS {
        return Err(LayoutError::Numbers);
    }
    if parts.strings.len() + parts.children.len() > MAX_REFERENCES {
        return Err(LayoutError::References);
    }
    if parts.upvalues.len() > 255 {
        return Err(LayoutError::Upvalues);
    }
    if !parts.lines.is_empty() && parts.lines.len() != parts.code.len() {
        return Err(LayoutError::Lines);
    }
    let width = slot_words as usize;
    let k = record::HEADER_WORDS + parts.numbers.len() * width;
    let code = k
        + (parts.strings.len() + parts.children.len()) * width
        + upvalue_words(parts.upvalues.len());
    let mut layout = Layout {
        k: k as u32,
        code: code as u32,
        total: (code + parts.code.len()) as u32,
        debug: 0,
        references: 0,
        slot_words,
        strip,
    };
    for level in [StripLevel::None, StripLevel::Names] {
        if level < strip {
            continue;
        }
        let mut bytes = Counter::default();
        let mut references = 1;
        debug::write(&mut bytes, parts, level, |_| references += 1);
        let words = 1 + references * width + bytes.0.div_ceil(4);
        if words <= 0xffff && references <= 0xffff {
            layout.debug = words as u32;
            layout.references = references as u32;
            layout.strip = level;
            return Ok(layout);
        }
    }
    layout.strip = StripLevel::All;
    Ok(layout)
}

/// Encodes `parts` as `layout` says into `record` ([`Layout::total`] words) and `debug` ([`Layout::debug`]
/// words), which lies `debug_offset` words from the start of `record`.
///
/// `string` and `child` give the slots: byte offset from `k` with its flag bits (see [`record`]); a
/// slot of one word keeps the low half. The colour byte found in the header word is left as it is.
///
/// # Errors
///
/// [`LayoutError::Space`] if the words are not as many as the layout says.
pub fn encode<S: Copy + Eq, P: Copy>(
    parts: &FunctionParts<'_, S, P>,
    layout: &Layout,
    record: &mut [u32],
    debug: &mut [u32],
    debug_offset: i32,
    mut string: impl FnMut(S) -> u64,
    mut child: impl FnMut(P) -> u64,
) -> Result<(), LayoutError> {
    if record.len() != layout.total as usize || debug.len() != layout.debug as usize {
        return Err(LayoutError::Space);
    }
    let width = layout.slot_words as usize;
    let mut header = [0; record::HEADER_WORDS];
    let colour = load(record, record::HEADER).unwrap_or(0) & 0xff00;
    header[record::HEADER] = record::KIND | colour | u32::from(parts.flags) << record::FLAGS_SHIFT;
    header[record::SIZES] = u32::from(parts.frame_size)
        | u32::from(parts.params) << 8
        | (parts.upvalues.len() as u32) << 16;
    header[record::K] = layout.k;
    header[record::COUNTS] = parts.strings.len() as u32 | (parts.children.len() as u32) << 16;
    header[record::CODE] = layout.code;
    header[record::CODE_LENGTH] = parts.code.len() as u32;
    header[record::DEBUG] = if layout.debug == 0 {
        0
    } else {
        debug_offset as u32
    };
    for (word, value) in record.iter_mut().zip(header) {
        *word = value;
    }
    let k = layout.k as usize;
    for (i, bits) in parts.numbers.iter().enumerate() {
        stream::put_slot(record, k - (i + 1) * width, width, *bits);
    }
    let references = parts.strings.iter().map(|s| string(*s));
    let references = references.chain(parts.children.iter().map(|p| child(*p)));
    let mut at = k;
    for bits in references {
        stream::put_slot(record, at, width, bits);
        at += width;
    }
    for (word, pair) in record.iter_mut().skip(at).zip(parts.upvalues.chunks(2)) {
        let high = pair.get(1).map_or(0, |u| u.raw());
        *word = u32::from(pair[0].raw()) | u32::from(high) << 16;
    }
    for (word, code) in record.iter_mut().skip(layout.code as usize).zip(parts.code) {
        *word = *code;
    }
    if layout.debug > 0 {
        encode_debug(parts, layout, debug, &mut string);
    }
    Ok(())
}

fn encode_debug<S: Copy + Eq, P>(
    parts: &FunctionParts<'_, S, P>,
    layout: &Layout,
    debug: &mut [u32],
    string: &mut impl FnMut(S) -> u64,
) {
    let width = layout.slot_words as usize;
    debug.fill(0);
    let bytes = 1 + layout.references as usize * width;
    let (references, stream) = debug.split_at_mut(bytes.min(debug.len()));
    if let Some(first) = references.first_mut() {
        *first = layout.debug | layout.references << 16;
    }
    stream::put_slot(references, 1, width, parts.source.map_or(0, &mut *string));
    let mut at = 1 + width;
    debug::write(&mut Packer::new(stream), parts, layout.strip, |name| {
        stream::put_slot(references, at, width, string(name));
        at += width;
    });
}

/// Why words are not a function record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RecordError {
    /// The record does not lie inside the words given.
    Bounds,
    /// The header word is not one of a function.
    Header,
    /// The constant base is not behind whole number slots.
    Constants,
    /// The code does not follow the upvalue descriptors.
    Code,
}

/// A function record in a slice of words. Reading never fails: what lies outside reads as zero or `None`.
#[derive(Clone, Copy)]
pub struct FunctionView<'a> {
    words: &'a [u32],
    at: usize,
    slot_words: usize,
    k: usize,
    strings: usize,
    children: usize,
    code: usize,
    length: usize,
}

impl core::fmt::Debug for FunctionView<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FunctionView")
            .field("at", &self.at)
            .field("numbers", &self.numbers())
            .field("strings", &self.strings)
            .field("children", &self.children)
            .field("code", &self.length)
            .finish()
    }
}

impl<'a> FunctionView<'a> {
    /// The record at word `at` of `words`, with constant slots of `slot_words` (1 or 2) words. Constant time.
    ///
    /// # Errors
    ///
    /// If its parts do not lie one behind the other inside `words`. Nothing is said of the parts' contents.
    pub fn new(words: &'a [u32], at: usize, slot_words: u32) -> Result<Self, RecordError> {
        let end = at
            .checked_add(record::HEADER_WORDS)
            .ok_or(RecordError::Bounds)?;
        if end > words.len() {
            return Err(RecordError::Bounds);
        }
        let field = |index| load(words, at + index).unwrap_or(0) as usize;
        if field(record::HEADER) & 0xff != record::KIND as usize {
            return Err(RecordError::Header);
        }
        let width = slot_words as usize;
        let k = field(record::K);
        let numbers = k
            .checked_sub(record::HEADER_WORDS)
            .ok_or(RecordError::Constants)?;
        if !numbers.is_multiple_of(width) {
            return Err(RecordError::Constants);
        }
        let (strings, children) = (field(record::COUNTS) & 0xffff, field(record::COUNTS) >> 16);
        let upvalues = field(record::SIZES) >> 16 & 0xff;
        let (code, length) = (field(record::CODE), field(record::CODE_LENGTH));
        let behind = (strings + children) * width + upvalue_words(upvalues);
        if k > words.len() || code != k + behind {
            return Err(RecordError::Code);
        }
        if length > MAX_CODE || code > words.len() || code + length > words.len() - at {
            return Err(RecordError::Bounds);
        }
        Ok(Self {
            words,
            at,
            slot_words: width,
            k,
            strings,
            children,
            code,
            length,
        })
    }

    fn field(&self, index: usize) -> u32 {
        load(self.words, self.at + index).unwrap_or(0)
    }

    /// Position of the record in its words.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Position of the constant base in the same words.
    pub fn k(&self) -> usize {
        self.at + self.k
    }

    /// Words of a constant slot.
    pub fn slot_words(&self) -> u32 {
        self.slot_words as u32
    }

    /// Length of the record in words, without debug record.
    pub fn words(&self) -> u32 {
        (self.code + self.length) as u32
    }

    /// The header word.
    pub fn header(&self) -> u32 {
        self.field(record::HEADER)
    }

    /// Bits of [`flags`].
    pub fn flags(&self) -> u8 {
        (self.header() >> record::FLAGS_SHIFT) as u8
    }

    /// Index of the record in the function directory of its image.
    pub fn index(&self) -> u16 {
        (self.header() >> 24 | (self.field(record::SIZES) >> 24) << 8) as u16
    }

    /// Registers of a frame.
    pub fn frame_size(&self) -> u8 {
        self.field(record::SIZES) as u8
    }

    /// Fixed parameters.
    pub fn params(&self) -> u8 {
        (self.field(record::SIZES) >> 8) as u8
    }

    /// Number of upvalues.
    pub fn upvalues(&self) -> u8 {
        (self.field(record::SIZES) >> 16) as u8
    }

    /// Number of number constants.
    pub fn numbers(&self) -> u32 {
        ((self.k - record::HEADER_WORDS) / self.slot_words) as u32
    }

    /// Number of string constants.
    pub fn strings(&self) -> u32 {
        self.strings as u32
    }

    /// Number of children.
    pub fn children(&self) -> u32 {
        self.children as u32
    }

    /// The instructions.
    pub fn code(&self) -> &'a [u32] {
        let start = self.at + self.code;
        self.words
            .get(start..start + self.length)
            .unwrap_or_default()
    }

    /// Position of the code in the words of the record.
    pub fn code_at(&self) -> usize {
        self.at + self.code
    }

    /// Bits of number constant `index`; one word wide constants are zero extended.
    pub fn number(&self, index: u32) -> Option<u64> {
        if index >= self.numbers() {
            return None;
        }
        let at = self.k() - (index as usize + 1) * self.slot_words;
        let bits = stream::slot(self.words, at, self.slot_words)?;
        Some(if self.slot_words == 1 {
            u64::from(bits as u32)
        } else {
            bits as u64
        })
    }

    /// String constant `index`: byte offset from `k` and flag bits, sign extended.
    pub fn string_slot(&self, index: u32) -> Option<i64> {
        if index >= self.strings() {
            return None;
        }
        self.slot(index as usize)
    }

    /// Child `index`: byte offset from `k` and flag bits, sign extended.
    pub fn child_slot(&self, index: u32) -> Option<i64> {
        if index >= self.children() {
            return None;
        }
        self.slot(self.strings + index as usize)
    }

    fn slot(&self, index: usize) -> Option<i64> {
        stream::slot(
            self.words,
            self.k() + index * self.slot_words,
            self.slot_words,
        )
    }

    /// Position, in the words of the record, of the target of a slot with both flag bits taken away;
    /// `None` if it lies before them.
    pub fn target(&self, slot: i64) -> Option<usize> {
        let offset = isize::try_from(slot >> 2).ok()?;
        self.k().checked_add_signed(offset)
    }

    /// Descriptor of upvalue `index`.
    pub fn upvalue(&self, index: u32) -> Option<UpvalueDesc> {
        if index >= u32::from(self.upvalues()) {
            return None;
        }
        Some(UpvalueDesc::from_raw(self.raw_upvalue(index as usize)))
    }

    /// The stored half word of descriptor `index`, which may be that of the padding.
    pub(crate) fn raw_upvalue(&self, index: usize) -> u16 {
        let at = (self.strings + self.children) * self.slot_words + index / 2;
        let word = load(self.words, self.k() + at).unwrap_or(0);
        (word >> (16 * (index % 2))) as u16
    }

    /// Offset of the debug record from this one, in words; 0 for none.
    pub fn debug_offset(&self) -> i32 {
        self.field(record::DEBUG) as i32
    }

    /// The debug record; `None` without one, or if it is out of bounds.
    pub fn debug(&self) -> Option<DebugView<'a>> {
        let offset = self.debug_offset();
        if offset == 0 {
            return None;
        }
        let at = self.at.checked_add_signed(isize::try_from(offset).ok()?)?;
        DebugView::new(
            self.words,
            at,
            self.slot_words,
            self.length as u32,
            self.upvalues(),
        )
    }
}
