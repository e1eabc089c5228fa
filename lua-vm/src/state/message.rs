//! Errors and their texts.

use super::State;
use crate::frame::Throw;
use crate::number::NumberModel;
use crate::raw_text;
use crate::value::Val;
use alloc::vec::Vec;
use core::fmt;
use lua_gc::OutOfMemory;

impl<N: NumberModel> State<N> {
    /// Raises `value`.
    #[cold]
    pub fn throw(&mut self, value: Val<N>) -> Throw {
        self.roots.error = value;
        Throw::Error
    }

    /// Raises an error with this text, without a position.
    #[cold]
    pub fn error_text(&mut self, message: fmt::Arguments<'_>, tail: &[u8]) -> Throw {
        match self.text(&[], message, tail) {
            Ok(value) => self.throw(value),
            Err(throw) => throw,
        }
    }

    /// A string made of bytes, formatted text and more bytes.
    ///
    /// # Errors
    /// Out of memory.
    pub fn text(
        &mut self,
        before: &[u8],
        message: fmt::Arguments<'_>,
        after: &[u8],
    ) -> Result<Val<N>, Throw> {
        let mut buffer = core::mem::take(&mut self.scratch);
        buffer.clear();
        let mut writer = Fallible(&mut buffer);
        let done = writer
            .bytes(before)
            .and_then(|()| fmt::write(&mut writer, message))
            .and_then(|()| writer.bytes(after));
        let result = if done.is_ok() {
            self.new_string(&buffer)
        } else {
            Err(OutOfMemory)
        };
        self.scratch = buffer;
        Ok(result?)
    }
}

/// A writer into a `Vec` that reports lack of memory instead of aborting.
struct Fallible<'a>(&'a mut Vec<u8>);

impl Fallible<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> fmt::Result {
        self.0.try_reserve(bytes.len()).map_err(|_| fmt::Error)?;
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

impl fmt::Write for Fallible<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        raw_text::append(self.0, text)
    }
}
