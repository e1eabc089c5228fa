//! Errors of the compiler, and how a message names a chunk.

use crate::raw_text::Lossy;
use alloc::vec::Vec;
use core::fmt;

/// Why a source did not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompileError<E> {
    /// The source is not Lua.
    Syntax(SyntaxError),
    /// The compiler's own memory ran out.
    Memory,
    /// The sink refused a string or a function.
    Sink(E),
}

/// A message about a source, as the reference implementation words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// `chunk:line: what is wrong near 'token'`. Tokens are quoted as they stand in the source, so this
    /// need not be UTF-8.
    pub message: Vec<u8>,
    /// Line on which the error was noticed, counted from 1.
    pub line: u32,
    /// The source ended too early: more lines might make it right (prompts ask for them).
    pub incomplete: bool,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Lossy(&self.message).fmt(f)
    }
}

impl core::error::Error for SyntaxError {}

impl<E: fmt::Display> fmt::Display for CompileError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => error.fmt(f),
            Self::Memory => f.write_str("not enough memory"),
            Self::Sink(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Display + fmt::Debug> core::error::Error for CompileError<E> {}

#[cfg(feature = "defmt")]
impl defmt::Format for SyntaxError {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "line {}: {=[u8]:a}", self.line, self.message.as_slice());
    }
}

#[cfg(feature = "defmt")]
impl<E: defmt::Format> defmt::Format for CompileError<E> {
    fn format(&self, f: defmt::Formatter<'_>) {
        match self {
            Self::Syntax(error) => error.format(f),
            Self::Memory => defmt::write!(f, "not enough memory"),
            Self::Sink(error) => error.format(f),
        }
    }
}

/// Why the compiler stopped. One byte, for it travels through every parser frame; the details wait in the
/// lexer (message) or the compiler (sink error).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Syntax,
    Memory,
    Sink,
}

impl From<alloc::collections::TryReserveError> for Stop {
    fn from(_: alloc::collections::TryReserveError) -> Self {
        Self::Memory
    }
}

/// A result inside the compiler.
pub(super) type Outcome<T> = Result<T, Stop>;

/// Appends one item without aborting when memory runs out.
#[inline]
pub(super) fn push<T>(list: &mut Vec<T>, item: T) -> Outcome<()> {
    if list.len() == list.capacity() {
        list.try_reserve(1)?;
    }
    list.push(item);
    Ok(())
}

/// A message under construction. It remembers that memory ran out, since `fmt` has no room for that.
pub(super) struct Message {
    pub(super) text: Vec<u8>,
}

impl Message {
    pub(super) const fn new() -> Self {
        Self { text: Vec::new() }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.text.try_reserve(bytes.len())?;
        self.text.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn format(&mut self, arguments: fmt::Arguments<'_>) -> Outcome<()> {
        fmt::Write::write_fmt(self, arguments).map_err(|_| Stop::Memory)
    }
}

impl fmt::Write for Message {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

/// Longest name of a chunk in a message, in bytes.
const ID_SIZE: usize = 59;

/// How messages name a chunk; see [`chunk_id`].
#[derive(Clone, Copy)]
pub struct ChunkId {
    bytes: [u8; ID_SIZE],
    length: u8,
}

impl ChunkId {
    /// The name, at most 59 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length as usize).unwrap_or_default()
    }

    fn push(&mut self, bytes: &[u8]) {
        let start = self.length as usize;
        if let Some(target) = self.bytes.get_mut(start..start + bytes.len()) {
            target.copy_from_slice(bytes);
            self.length += bytes.len() as u8;
        }
    }
}

impl fmt::Debug for ChunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChunkId({})", self.as_bytes().escape_ascii())
    }
}

/// The name by which messages speak of a chunk.
///
/// `=name` stands for itself, `@file` for a file, and anything else is the source text itself, of which the
/// first line is quoted. Names that are too long are cut: files at the front, others at the end.
///
/// ```
/// use lua_vm::compiler::chunk_id;
/// assert_eq!(chunk_id(b"=stdin").as_bytes(), b"stdin");
/// assert_eq!(chunk_id(b"@main.lua").as_bytes(), b"main.lua");
/// assert_eq!(chunk_id(b"x = 1\ny = 2").as_bytes(), b"[string \"x = 1...\"]");
/// ```
pub fn chunk_id(source: &[u8]) -> ChunkId {
    const PREFIX: &[u8] = b"[string \"";
    const DOTS: &[u8] = b"...";
    const SUFFIX: &[u8] = b"\"]";
    // Room for the quoted text where the dots are kept in reserve.
    const QUOTED: usize = ID_SIZE - PREFIX.len() - DOTS.len() - SUFFIX.len();
    let mut id = ChunkId {
        bytes: [0; ID_SIZE],
        length: 0,
    };
    let end = source.iter().position(|&byte| byte == 0);
    let source = source.get(..end.unwrap_or(source.len())).unwrap_or(source);
    match source {
        [b'=', name @ ..] => id.push(name.get(..ID_SIZE).unwrap_or(name)),
        [b'@', name @ ..] if name.len() <= ID_SIZE => id.push(name),
        [b'@', name @ ..] => {
            id.push(DOTS);
            let cut = name.len() - (ID_SIZE - DOTS.len());
            id.push(name.get(cut..).unwrap_or(name));
        }
        text => {
            let line = text.split(|&byte| byte == b'\n').next().unwrap_or(text);
            id.push(PREFIX);
            if line.len() == text.len() && line.len() < QUOTED {
                id.push(line);
            } else {
                id.push(line.get(..QUOTED).unwrap_or(line));
                id.push(DOTS);
            }
            id.push(SUFFIX);
        }
    }
    id
}
