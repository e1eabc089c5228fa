//! [`Error`]: what a host sees of a failure.

use crate::raw_text::Lossy;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ErrorKind {
    /// A chunk that is not Lua, or a binary one that is damaged or of another number model.
    Syntax,
    /// An error raised while running.
    Runtime,
    /// Memory ran out.
    Memory,
    /// A value of another type was expected.
    Conversion,
    /// A handle of another state was used.
    ForeignHandle,
    /// The task was finished, or never got that far.
    TaskState,
    /// A native function ended the run; see [`Step::Stop`](crate::frame::Step::Stop).
    Stopped,
}

/// A failure, with its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: Vec<u8>,
}

impl Error {
    /// An error raised by Rust code: in a function called by Lua it becomes a Lua error with this text.
    pub fn runtime(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Runtime,
            message: message.into().into_bytes(),
        }
    }

    pub(crate) fn new(kind: ErrorKind, message: &[u8]) -> Self {
        let mut copy = Vec::new();
        // Without memory for the text the kind has to do.
        if copy.try_reserve_exact(message.len()).is_ok() {
            copy.extend_from_slice(message);
        }
        Self {
            kind,
            message: copy,
        }
    }

    /// With a formatted message, cut off where memory for it ends.
    pub(crate) fn formatted(kind: ErrorKind, message: fmt::Arguments<'_>) -> Self {
        let mut text = Message(Vec::new());
        // A message cut short still says what kind of error it is.
        let _ = fmt::write(&mut text, message);
        Self {
            kind,
            message: text.0,
        }
    }

    pub(crate) const fn stopped() -> Self {
        Self {
            kind: ErrorKind::Stopped,
            message: Vec::new(),
        }
    }

    pub(crate) const fn memory() -> Self {
        Self {
            kind: ErrorKind::Memory,
            message: Vec::new(),
        }
    }

    /// What kind of failure it is.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message, in bytes since Lua's strings are bytes.
    pub fn message(&self) -> &[u8] {
        if self.kind == ErrorKind::Memory {
            b"not enough memory"
        } else {
            &self.message
        }
    }
}

/// A message being written.
struct Message(Vec<u8>);

impl fmt::Write for Message {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.try_reserve(text.len()).map_err(|_| fmt::Error)?;
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Lossy(self.message()).fmt(f)
    }
}

impl core::error::Error for Error {}

impl From<lua_gc::OutOfMemory> for Error {
    fn from(_: lua_gc::OutOfMemory) -> Self {
        Self::memory()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Error {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{}: {=[u8]:a}", self.kind, self.message());
    }
}
