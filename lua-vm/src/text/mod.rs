//! The engines of the `string` and `utf8` libraries, over plain bytes.
//!
//! Nothing here allocates or knows of Lua values: text goes in as slices and out into a [`Sink`]. The
//! library functions on top bring the arguments, the buffers and the error values.

pub mod format;
pub mod pack;
pub mod pattern;
pub mod utf8;

/// Where a byte is first.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
fn find_byte(byte: u8, text: &[u8]) -> Option<usize> {
    memchr::memchr(byte, text)
}

/// Where produced text goes: a buffer that may run out of memory.
pub trait Sink {
    /// Why bytes could not be taken.
    type Error;

    /// Takes bytes.
    ///
    /// # Errors
    /// The sink's own, when the bytes do not fit; what was taken before stays.
    fn push(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Takes `count` times the same byte.
    ///
    /// # Errors
    /// As [`Sink::push`].
    fn fill(&mut self, byte: u8, count: usize) -> Result<(), Self::Error> {
        let block = [byte; 32];
        let mut left = count;
        while left > 0 {
            let run = left.min(block.len());
            self.push(block.get(..run).unwrap_or_default())?;
            left -= run;
        }
        Ok(())
    }
}
