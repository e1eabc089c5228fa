//! `node.egc`: limits of the heap.
//!
//! Here a collection is always tried before memory is said to have run out, so the modes are limits and nothing else.

use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::NumberModel;

use super::{integer, no_device};
use crate::device::Device;

pub(super) const NOT_ACTIVE: i32 = 0;
pub(super) const ON_ALLOC_FAILURE: i32 = 1;
pub(super) const ON_MEM_LIMIT: i32 = 2;
pub(super) const ALWAYS: i32 = 4;

/// `node.egc.setmode(mode [, limit])`. The modes may be added up. `ON_MEM_LIMIT` lets Lua have at most `limit` bytes, or, if
/// that is negative, all but so many of the device's; what does not fit after a collection is an error. `ALWAYS` collects all
/// the time.
pub(super) fn setmode<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let mode = frame.check_i64(0)?;
    let all = i64::from(ON_ALLOC_FAILURE | ON_MEM_LIMIT | ALWAYS);
    if mode & !all != 0 {
        return Err(frame.arg_error(0, format_args!("invalid mode")));
    }
    let limit = match mode & i64::from(ON_MEM_LIMIT) {
        0 => None,
        _ => Some(frame.check_i64(1)?),
    };
    let ctx = frame.ctx();
    let device = Device::with(ctx, |device| device.heap_limit);
    let most = device.ok_or_else(|| no_device(frame))?;
    let bytes = match limit {
        None => most,
        Some(limit) => match usize::try_from(limit) {
            Ok(bytes) => bytes.min(most),
            Err(_) => most.saturating_sub(usize::try_from(limit.unsigned_abs()).unwrap_or(most)),
        },
    };
    let gc = ctx.gc();
    gc.set_limit(bytes);
    gc.set_always(mode & i64::from(ALWAYS) != 0);
    frame.ret0()
}

/// `node.egc.meminfo()`: bytes of heap in use, and those in use after the last collection.
pub(super) fn meminfo<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let gc = frame.ctx().gc();
    frame.ret2(integer::<N>(gc.count_bytes()), integer::<N>(gc.estimate()))
}
