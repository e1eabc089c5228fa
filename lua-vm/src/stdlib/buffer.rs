//! Growing byte buffers that may run out of memory.

use crate::frame::{Frame, Step, Throw};
use crate::number::NumberModel;
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

/// Returns a string of `len` bytes that `fill` writes; it is given zeros.
#[inline]
pub(crate) fn ret_filled<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    len: usize,
    fill: impl FnOnce(&Frame<'gc, N>, &mut [u8]),
) -> Result<Step, Throw> {
    let mut short = [0; rostrings::MAX_SHORT];
    if let Some(text) = short.get_mut(..len) {
        fill(frame, text);
        return frame.ret_bytes(text);
    }
    let text = frame
        .ctx()
        .state()
        .new_long_string(len, |text| fill(frame, text))?;
    frame.ret_raw([text])
}

/// Writes one piece after another into a slice of known length.
pub(crate) struct Filler<'b> {
    rest: &'b mut [u8],
}

impl<'b> Filler<'b> {
    /// Starts at the beginning.
    pub(crate) fn new(text: &'b mut [u8]) -> Self {
        Self { rest: text }
    }

    /// Writes a piece; what does not fit is left out.
    #[inline]
    pub(crate) fn push(&mut self, piece: &[u8]) {
        if let Some((room, rest)) =
            core::mem::take(&mut self.rest).split_at_mut_checked(piece.len())
        {
            room.copy_from_slice(piece);
            self.rest = rest;
        }
    }
}
