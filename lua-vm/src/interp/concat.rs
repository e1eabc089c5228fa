//! Concatenation of a range of registers (manual section 3.4.6).
//!
//! The instruction may be executed again after a collection or a metamethod: what is done is kept in the
//! registers themselves. Operands already joined into their left neighbour are marked as such.

use super::{Event, Operand};
use crate::builtin::Event as Metamethod;
use crate::convert;
use crate::frame::Throw;
use crate::number::{NumberModel, NumberText};
use crate::object::string;
use crate::state::State;
use crate::value::{Val, tag};
use rostrings::MAX_SHORT;

/// Operands still to be joined of a range of `count` registers.
///
/// # Safety
/// The registers must be initialised.
pub(super) unsafe fn remaining<N: NumberModel>(range: *const Val<N>, count: usize) -> usize {
    // SAFETY: caller.
    unsafe {
        (0..count)
            .find(|index| (*range.add(*index)).tag == tag::JOINED)
            .unwrap_or(count)
    }
}

fn joinable<N: NumberModel>(value: &Val<N>) -> bool {
    value.is_string() || value.tag & tag::TYPE_MASK == tag::INT
}

/// Calls `f` with the text of a string or number.
unsafe fn with_text<N: NumberModel, R>(value: &Val<N>, f: impl FnOnce(&[u8]) -> R) -> R {
    if value.is_string() {
        // SAFETY: a live string (caller).
        f(unsafe { string::bytes(value) })
    } else {
        let text: NumberText = convert::number_text(value);
        f(text.as_bytes())
    }
}

impl<N: NumberModel> State<N> {
    /// Joins `count` registers at `range` into the first; a metamethod call comes back as an event, after which
    /// the instruction is to be executed again.
    ///
    /// # Safety
    /// The registers must be those of the Lua frame on top, and `first` the register number of `range`.
    #[inline(never)]
    pub(super) unsafe fn concat(
        &mut self,
        range: *mut Val<N>,
        count: usize,
        first: u8,
    ) -> Result<Option<Event>, Throw> {
        // SAFETY: caller.
        unsafe {
            let mut left = remaining(range, count);
            while left > 1 {
                let last = *range.add(left - 1);
                let before = *range.add(left - 2);
                if !joinable(&last) || !joinable(&before) {
                    let Some(handler) = self.binary_metamethod(&before, &last, Metamethod::Concat)
                    else {
                        let (value, at) = if joinable(&before) {
                            (last, left - 1)
                        } else {
                            (before, left - 2)
                        };
                        let operand = Operand::Register(first.wrapping_add(at as u8));
                        return Err(self.operand_error("concatenate", &value, operand));
                    };
                    // The metamethod must not reach what is half done through variables captured here.
                    let level = range.offset_from((*self.thread()).stack) as u32;
                    self.close_upvalues(self.thread(), level);
                    return self.call_metamethod(handler, &[before, last], 0).map(Some);
                }
                let mut run = 2;
                while run < left && joinable(&*range.add(left - run - 1)) {
                    run += 1;
                }
                *range.add(left - run) = self.join(range.add(left - run), run)?;
                left -= run - 1;
                (*range.add(left)).tag = tag::JOINED;
            }
            Ok(None)
        }
    }

    /// The texts of `count` strings or numbers in one string.
    unsafe fn join(&mut self, range: *const Val<N>, count: usize) -> Result<Val<N>, Throw> {
        // SAFETY: callers give initialised registers with strings and numbers.
        unsafe {
            let mut total = 0usize;
            for index in 0..count {
                let value = &*range.add(index);
                let len = if value.is_string() {
                    string::len(value)
                } else {
                    with_text(value, <[u8]>::len)
                };
                let Some(sum) = total
                    .checked_add(len)
                    .filter(|sum| *sum <= u32::MAX as usize / 2)
                else {
                    return Err(self.runtime_error(format_args!("string length overflow")));
                };
                total = sum;
            }
            if total <= MAX_SHORT {
                let mut buffer = [0u8; MAX_SHORT];
                fill(&mut buffer[..total], range, count);
                return Ok(self.new_string(&buffer[..total])?);
            }
            Ok(self.new_long_string(total, |out| fill(out, range, count))?)
        }
    }
}

/// Copies the texts of `count` operands into `out`, which is as long as all of them.
unsafe fn fill<N: NumberModel>(out: &mut [u8], range: *const Val<N>, count: usize) {
    let mut at = 0;
    for index in 0..count {
        // SAFETY: as for `join`.
        unsafe {
            with_text(&*range.add(index), |text| {
                out[at..at + text.len()].copy_from_slice(text);
                at += text.len();
            });
        }
    }
}
