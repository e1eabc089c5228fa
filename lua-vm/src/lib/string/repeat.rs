//! `string.rep`.

use super::SMALL;
use crate::frame::{Frame, Step, Throw};
use crate::lib::buffer::append;
use crate::number::{LuaInt, NumberModel};
use alloc::vec::Vec;

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
    let mut small = [0; SMALL];
    if let Some(result) = small.get_mut(..total) {
        let mut at = 0;
        for piece in [text, separator].into_iter().cycle() {
            if at == total {
                break;
            }
            if let Some(room) = result.get_mut(at..at + piece.len()) {
                room.copy_from_slice(piece);
            }
            at += piece.len();
        }
        return frame.ret_bytes(result);
    }
    frame.ctx().with_scratch(|result: &mut Vec<u8>| {
        result.try_reserve_exact(total).map_err(|_| Throw::Memory)?;
        if let ([byte], []) = (text, separator) {
            result.resize(total, *byte);
        } else {
            append(result, text)?;
            append(result, separator)?;
            // What is there is repeated, so that the pieces copied get longer.
            while result.len() < total {
                let length = result.len().min(total - result.len());
                result.extend_from_within(..length);
            }
            result.truncate(total);
        }
        frame.ret_bytes(result)
    })
}
