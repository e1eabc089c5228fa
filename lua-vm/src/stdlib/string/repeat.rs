//! `string.rep`.

use crate::frame::{Frame, Step, Throw};
use crate::number::NumberModel;
use crate::stdlib::buffer::{Filler, ret_filled};

/// Longest result, in bytes.
const MAX_RESULT: u64 = i32::MAX as u64;

/// `string.rep(s, n [, sep])`
pub fn rep<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_bytes(0)?;
    let count = frame.check_i64(1)?;
    let separator = frame.opt_bytes(2)?.unwrap_or(b"");
    if count <= 0 {
        return frame.ret_bytes(b"");
    }
    let count = count as u64;
    let unit = (text.len() + separator.len()) as u64;
    if unit > MAX_RESULT / count {
        return Err(frame.error(format_args!("resulting string too large")));
    }
    let total = (unit * count) as usize - separator.len();
    ret_filled(frame, total, |_, result| {
        if let ([byte], []) = (text, separator) {
            result.fill(*byte);
            return;
        }
        let mut filler = Filler::new(result);
        filler.push(text);
        if count > 1 {
            filler.push(separator);
        }
        // What is there is repeated, so that the pieces copied get longer.
        let mut done = unit as usize;
        while done < total {
            let length = done.min(total - done);
            result.copy_within(..length, done);
            done += length;
        }
    })
}
