//! Formatted output to the terminal, without a buffer.

use crate::Machine;
use core::fmt;
use core::marker::PhantomData;

/// The terminal of a machine as a [`fmt::Write`].
pub struct Console<M>(PhantomData<M>);

impl<M: Machine> Console<M> {
    /// Writes formatted text.
    pub fn print(text: fmt::Arguments<'_>) {
        // The terminal takes everything, so only a `Display` that gives up could fail; then its text is cut short.
        let _ = fmt::write(&mut Self(PhantomData), text);
    }
}

impl<M: Machine> fmt::Write for Console<M> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        M::write(text.as_bytes());
        Ok(())
    }
}
