//! Debug records: where a function comes from, its lines, and the names of its variables.
//!
//! A record is one word (its length in words, low half; number of references, high half), the
//! references (slots as in the constant area of the function, relative to the function's `k`; the first is the source
//! name, 0 for none), and a byte stream:
//!
//! 1. one byte: bit 0 lines follow, bit 1 local variables follow, bit 2 upvalue names follow;
//! 2. first line of the definition; last line minus first line (modulo 2^32);
//! 3. number of local variables, and for each: name, first instruction minus that of the variable
//!    before (modulo 2^32), instructions of its scope (modulo 2^32);
//! 4. for each upvalue: name;
//! 5. lines, see [`lines`](mod@crate::lines), to the end of the record.
//!
//! Numbers are in groups of seven bits. A name is a number: 0 none, 1 the next reference not yet used,
//! `n + 2` the reference that lies `n` before the last one used this way; `n` is below [`WINDOW`].

use rostrings::word::load;

use crate::function::{FunctionParts, LocalVar, StringRef, StripLevel};
use crate::lines::{self, Lines};
use crate::stream::{self, Bytes, Reader};

/// How far back a name may be taken from. Bounds the search of the encoder.
pub const WINDOW: usize = 30;

const HAS_LINES: u8 = 1;
const HAS_LOCALS: u8 = 2;
const HAS_UPVALUE_NAMES: u8 = 4;

/// The names used last, as the decoder will see them.
struct Recent {
    names: [Option<StringRef>; WINDOW],
    used: usize,
}

impl Recent {
    fn put(
        &mut self,
        bytes: &mut dyn Bytes,
        name: StringRef,
        introduce: &mut dyn FnMut(StringRef),
    ) {
        let known = self.used.min(WINDOW);
        let back = (0..known).find(|n| self.names[(self.used - 1 - n) % WINDOW] == Some(name));
        match back {
            Some(n) => bytes.varint(n as u32 + 2),
            None => {
                self.names[self.used % WINDOW] = Some(name);
                self.used += 1;
                introduce(name);
                bytes.varint(1);
            }
        }
    }
}

/// Writes the byte stream; `introduce` is told each name once it needs a reference.
pub(crate) fn write(
    bytes: &mut dyn Bytes,
    parts: &FunctionParts<'_>,
    strip: StripLevel,
    introduce: &mut dyn FnMut(StringRef),
) {
    let full = strip == StripLevel::None;
    let locals = if full { parts.locals } else { &[] };
    let names = if full { parts.upvalue_names } else { &[] };
    let named = names.len() == parts.upvalues.len() && !names.is_empty();
    let mut flags = 0;
    if !parts.lines.is_empty() {
        flags |= HAS_LINES;
    }
    if !locals.is_empty() {
        flags |= HAS_LOCALS;
    }
    if named {
        flags |= HAS_UPVALUE_NAMES;
    }
    bytes.put(flags);
    bytes.varint(parts.line_defined);
    bytes.varint(parts.last_line_defined.wrapping_sub(parts.line_defined));
    let mut recent = Recent {
        names: [None; WINDOW],
        used: 0,
    };
    if !locals.is_empty() {
        bytes.varint(locals.len() as u32);
        let mut before = 0;
        for local in locals {
            recent.put(bytes, local.name, introduce);
            bytes.varint(local.start.wrapping_sub(before));
            bytes.varint(local.end.wrapping_sub(local.start));
            before = local.start;
        }
    }
    if named {
        for name in names {
            match name {
                Some(name) => recent.put(bytes, *name, introduce),
                None => bytes.varint(0),
            }
        }
    }
    if !parts.lines.is_empty() {
        lines::write(bytes, parts.line_defined, parts.lines);
    }
}

/// Bytes of a stream by what they are for.
pub(crate) struct StreamSizes {
    pub(crate) head: u32,
    pub(crate) variables: u32,
    pub(crate) lines: u32,
}

/// Reader of one debug record.
#[derive(Clone, Copy)]
pub struct DebugView<'a> {
    words: &'a [u32],
    slot_words: usize,
    instructions: u32,
    upvalues: u8,
}

/// What the fixed beginning of the stream says, and the stream behind it.
struct Head<'a> {
    reader: Reader<'a>,
    flags: u8,
    defined: u32,
    last: u32,
}

impl<'a> DebugView<'a> {
    /// The record that starts at word `at`, of a function with `instructions` words of code.
    pub(crate) fn new(
        words: &'a [u32],
        at: usize,
        slot_words: usize,
        instructions: u32,
        upvalues: u8,
    ) -> Option<Self> {
        let length = (load(words, at)? & 0xffff) as usize;
        let words = words.get(at..at.checked_add(length)?)?;
        let view = Self {
            words,
            slot_words,
            instructions,
            upvalues,
        };
        // The source reference is always there, and so is at least one word of bytes.
        let fits = 1 + view.references() as usize * slot_words < length;
        (view.references() > 0 && fits).then_some(view)
    }

    /// Length of the record in words.
    pub fn words(&self) -> u32 {
        self.words.len() as u32
    }

    /// Number of references, the source name included.
    pub fn references(&self) -> u32 {
        load(self.words, 0).unwrap_or(0) >> 16
    }

    /// Reference `index`, a slot relative to `k` of the function; the first is the source name, 0 if
    /// it has none.
    pub fn reference(&self, index: u32) -> Option<i64> {
        if index >= self.references() {
            return None;
        }
        stream::slot(
            self.words,
            1 + index as usize * self.slot_words,
            self.slot_words,
        )
    }

    /// The source name.
    pub fn source(&self) -> Option<i64> {
        self.reference(0).filter(|slot| *slot != 0)
    }

    fn head(&self) -> Option<Head<'a>> {
        let bytes = 1 + self.references() as usize * self.slot_words;
        let mut reader = Reader::new(self.words.get(bytes..)?);
        let flags = reader.next()?;
        let defined = reader.varint()?;
        let last = reader.varint()?.wrapping_add(defined);
        Some(Head {
            reader,
            flags,
            defined,
            last,
        })
    }

    /// Line the definition starts in; 0 for a main function.
    pub fn line_defined(&self) -> u32 {
        self.head().map_or(0, |head| head.defined)
    }

    /// Line the definition ends in; 0 for a main function.
    pub fn last_line_defined(&self) -> u32 {
        self.head().map_or(0, |head| head.last)
    }

    /// The local variables in the order of their declaration.
    pub fn locals(&self) -> Locals<'a> {
        let mut locals = Locals {
            view: *self,
            reader: Reader::new(&[]),
            left: 0,
            start: 0,
            used: 0,
        };
        if let Some(head) = self.head() {
            locals.reader = head.reader;
            if head.flags & HAS_LOCALS != 0 {
                locals.left = locals.reader.varint().unwrap_or(0);
            }
        }
        locals
    }

    /// Name of the variable that lives in `register` at instruction `pc`.
    pub fn local_name_at(&self, register: u32, pc: u32) -> Option<i64> {
        self.locals()
            .filter(|local| local.start <= pc && pc < local.end)
            .nth(register as usize)
            .map(|local| local.name)
    }

    /// Whether there are names of upvalues.
    pub fn has_upvalue_names(&self) -> bool {
        self.head()
            .is_some_and(|head| head.flags & HAS_UPVALUE_NAMES != 0)
    }

    /// Name of upvalue `index`.
    pub fn upvalue_name(&self, index: u32) -> Option<i64> {
        if index >= u32::from(self.upvalues) || !self.has_upvalue_names() {
            return None;
        }
        let mut names = self.after_locals()?;
        for _ in 0..index {
            names.name()?;
        }
        names.name()?
    }

    /// The stream behind the local variables.
    fn after_locals(&self) -> Option<Locals<'a>> {
        let mut locals = self.locals();
        for _ in &mut locals {}
        if locals.left > 0 {
            return None;
        }
        Some(locals)
    }

    /// The stream behind the upvalue names.
    fn after_names(&self) -> Option<Locals<'a>> {
        let mut stream = self.after_locals()?;
        if self.has_upvalue_names() {
            for _ in 0..self.upvalues {
                stream.name()?;
            }
        }
        Some(stream)
    }

    /// Whether there is line information.
    pub fn has_lines(&self) -> bool {
        self.head().is_some_and(|head| head.flags & HAS_LINES != 0)
    }

    /// The lines of the code, as runs. Empty without line information.
    pub fn lines(&self) -> Lines<'a> {
        self.find_lines()
            .unwrap_or_else(|| Lines::new(Reader::new(&[]), 0, 0))
    }

    fn find_lines(&self) -> Option<Lines<'a>> {
        let head = self.head()?;
        if head.flags & HAS_LINES == 0 {
            return None;
        }
        let stream = self.after_names()?;
        Some(Lines::new(stream.reader, head.defined, self.instructions))
    }

    /// Line of instruction `pc`, if known. Time in proportion to the code before it.
    pub fn line_at(&self, pc: u32) -> Option<u32> {
        let mut past = pc;
        for run in self.lines() {
            if past < run.length {
                return Some(run.line);
            }
            past -= run.length;
        }
        None
    }

    /// How the bytes of the stream are spent.
    pub(crate) fn stream_sizes(&self) -> StreamSizes {
        let position = |reader: &Reader<'_>| reader.position() as u32;
        let head = self.head().map_or(0, |head| position(&head.reader));
        let names = self
            .after_names()
            .map_or(head, |names| position(&names.reader));
        let end = self.find_lines().map_or(names, |mut lines| {
            for _ in &mut lines {}
            position(lines.reader())
        });
        StreamSizes {
            head,
            variables: names - head,
            lines: end - names,
        }
    }

    /// Whether the record is well formed: every part complete, every reference used, padding zero.
    pub(crate) fn is_well_formed(&self) -> bool {
        self.check().is_some()
    }

    fn check(&self) -> Option<()> {
        let head = self.head()?;
        if head.flags & !(HAS_LINES | HAS_LOCALS | HAS_UPVALUE_NAMES) != 0 {
            return None;
        }
        let stream = self.after_names()?;
        if stream.used + 1 != self.references() {
            return None;
        }
        let mut lines = Lines::new(
            stream.reader,
            head.defined,
            if head.flags & HAS_LINES != 0 {
                self.instructions
            } else {
                0
            },
        );
        for _ in &mut lines {}
        (lines.left() == 0 && lines.padded()).then_some(())
    }
}

/// Iterator over the local variables of a debug record; names are references relative to `k`.
#[derive(Clone)]
pub struct Locals<'a> {
    view: DebugView<'a>,
    reader: Reader<'a>,
    left: u32,
    start: u32,
    used: u32,
}

impl Locals<'_> {
    /// The next name of the stream: `Some(None)` if it says "no name", `None` if it is broken.
    fn name(&mut self) -> Option<Option<i64>> {
        let code = self.reader.varint()?;
        let index = match code {
            0 => return Some(None),
            1 => {
                self.used += 1;
                self.used
            }
            back if back as usize <= WINDOW + 1 => self.used.checked_sub(back - 2)?,
            _ => return None,
        };
        // Reference 0 is the source name, which no variable has by this code.
        if index == 0 {
            return None;
        }
        self.view.reference(index).map(Some)
    }
}

impl Iterator for Locals<'_> {
    type Item = LocalVar<i64>;

    fn next(&mut self) -> Option<LocalVar<i64>> {
        if self.left == 0 {
            return None;
        }
        let name = self.name()??;
        let start = self.start.wrapping_add(self.reader.varint()?);
        let end = start.wrapping_add(self.reader.varint()?);
        self.start = start;
        self.left -= 1;
        Some(LocalVar { name, start, end })
    }
}
