//! Standard output of the process, with one buffer for `print` and `io.write` of all states.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use super::stream::{Buffering, CAPACITY};
use alloc::vec::Vec;

struct Output {
    buffer: Vec<u8>,
    /// `None` until the first use, as what is right depends on where the output goes.
    buffering: Option<Buffering>,
}

static OUTPUT: Mutex<Output> = Mutex::new(Output {
    buffer: Vec::new(),
    buffering: None,
});

/// Runs `f` with the output. A panic elsewhere leaves nothing half done.
fn with<R>(f: impl FnOnce(&mut Output) -> R) -> R {
    f(&mut OUTPUT.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Output {
    fn flush(&mut self) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        let done = stdout.write_all(&self.buffer).and_then(|()| stdout.flush());
        self.buffer.clear();
        done
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let buffering = *self
            .buffering
            .get_or_insert_with(|| match io::stdout().is_terminal() {
                true => Buffering::Line,
                false => Buffering::Full,
            });
        if self.buffer.len() + bytes.len() > CAPACITY {
            self.flush()?;
        }
        if bytes.len() > CAPACITY
            || self
                .buffer
                .try_reserve(CAPACITY - self.buffer.len())
                .is_err()
        {
            let mut stdout = io::stdout().lock();
            return stdout.write_all(bytes).and_then(|()| stdout.flush());
        }
        self.buffer.extend_from_slice(bytes);
        match buffering {
            Buffering::No => self.flush(),
            Buffering::Line if bytes.contains(&b'\n') => self.flush(),
            _ => Ok(()),
        }
    }
}

/// Writes what a program puts out. There is nobody to tell that it failed.
pub(in crate::stdlib) fn write(bytes: &[u8]) {
    let _ = with(|output| output.write(bytes));
}

/// Hands everything on to the system.
pub(super) fn flush() -> io::Result<()> {
    with(Output::flush)
}

/// Chooses when output is handed on to the system.
pub(super) fn set_buffering(buffering: Buffering) {
    with(|output| output.buffering = Some(buffering));
}
