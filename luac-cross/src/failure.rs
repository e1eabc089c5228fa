//! What goes wrong, in one line for the terminal.

use std::fmt::Display;
use std::path::Path;

/// A failure, worded for the user.
#[derive(Debug)]
pub struct Failure {
    message: Vec<u8>,
}

impl Failure {
    /// A failure with this message.
    pub fn new(message: impl Display) -> Self {
        Self {
            message: message.to_string().into_bytes(),
        }
    }

    /// A failure that concerns a file.
    pub fn of_file(path: &Path, what: impl Display) -> Self {
        Self::new(format_args!("{}: {what}", path.display()))
    }

    /// A failure whose message need not be UTF-8: that of a script.
    pub fn bytes(message: &[u8]) -> Self {
        Self {
            message: message.to_vec(),
        }
    }

    /// As [`Failure::bytes`], in one line: a compiler's message may quote text with line breaks in it.
    pub fn line(message: &[u8]) -> Self {
        let mut line = Vec::new();
        for &byte in message {
            match byte {
                b'\n' => line.extend_from_slice(b"\\n"),
                b'\r' => line.extend_from_slice(b"\\r"),
                byte => line.push(byte),
            }
        }
        Self { message: line }
    }

    /// Prints the message to standard error.
    pub fn report(&self) {
        use std::io::Write;
        let mut line = b"luac-cross: ".to_vec();
        line.extend_from_slice(&self.message);
        line.push(b'\n');
        // If even standard error is gone nobody is left to tell.
        let _ = std::io::stderr().write_all(&line);
    }
}
