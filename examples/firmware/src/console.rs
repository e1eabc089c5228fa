//! Formatted output to the terminal, without a buffer.

use core::fmt;

/// What writes bytes to a terminal, as a [`fmt::Write`].
pub struct Console(pub fn(&[u8]));

impl Console {
    /// Writes formatted text.
    pub fn print(mut self, text: fmt::Arguments<'_>) {
        // The terminal takes everything, so only a `Display` that gives up could fail; then its text is cut short.
        let _ = fmt::write(&mut self, text);
    }
}

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0(text.as_bytes());
        Ok(())
    }
}
