//! Growing byte buffers that may run out of memory.

use crate::frame::Throw;
use crate::text::Sink;
use alloc::vec::Vec;

/// Appends to a buffer.
#[inline]
pub(crate) fn append(buffer: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Throw> {
    if buffer.capacity() - buffer.len() < bytes.len() {
        grow(buffer, bytes.len())?;
    }
    buffer.extend_from_slice(bytes);
    Ok(())
}

#[cold]
#[inline(never)]
fn grow(buffer: &mut Vec<u8>, more: usize) -> Result<(), Throw> {
    buffer.try_reserve(more).map_err(|_| Throw::Memory)
}

/// A buffer as what the text engines write to.
pub(crate) struct Output<'b>(pub &'b mut Vec<u8>);

impl Sink for Output<'_> {
    type Error = Throw;

    #[inline]
    fn push(&mut self, bytes: &[u8]) -> Result<(), Throw> {
        append(self.0, bytes)
    }
}
