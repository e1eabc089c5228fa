//! Moving a run of elements where metamethods have to be respected: the common middle of `insert`, `remove` and
//! `move`, as states of the calling native.

use super::access::{self, call_index, call_set_index};
use crate::api::Value;
use crate::frame::{Frame, Step, Throw};
use crate::number::{LuaInt, NumberModel};

/// Slots of the frame while a run is moved.
pub(super) mod slot {
    /// Where elements come from.
    pub const SOURCE: usize = 0;
    /// Where they go.
    pub const TARGET: usize = 1;
    /// Index of the next element in the source.
    pub const FROM: usize = 2;
    /// Its index in the target.
    pub const TO: usize = 3;
    /// Elements left.
    pub const LEFT: usize = 4;
    /// 1, or -1 for a run moved from its end.
    pub const STEP: usize = 5;
    /// A value of the caller's.
    pub const KEPT: usize = 6;
    /// Number of slots.
    pub const COUNT: usize = 7;
}

/// First of the states that belong to [`go_on`].
pub(super) const FIRST_STATE: u16 = 100;
const READ: u16 = FIRST_STATE;
const WRITE: u16 = FIRST_STATE + 1;
const WRITTEN: u16 = FIRST_STATE + 2;

/// A run of elements to move.
pub(super) struct Run<'gc, N: NumberModel> {
    pub source: Value<'gc, N>,
    pub target: Value<'gc, N>,
    pub from: N::Int,
    pub to: N::Int,
    pub count: N::Int,
    /// From the last element down to the first; `from` and `to` are the first ones all the same.
    pub backwards: bool,
    pub kept: Value<'gc, N>,
}

/// Replaces the whole frame by the slots of a run.
pub(super) fn set_up<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    run: Run<'gc, N>,
) -> Result<(), Throw> {
    frame.reserve(slot::COUNT + access::CALL_SLOTS)?;
    frame.set_len(0)?;
    let last = if run.backwards {
        run.count.sub(N::Int::ONE)
    } else {
        N::Int::ZERO
    };
    frame.push(run.source)?;
    frame.push(run.target)?;
    frame.push(Value::Integer(run.from.add(last)))?;
    frame.push(Value::Integer(run.to.add(last)))?;
    frame.push(Value::Integer(run.count))?;
    frame.push(Value::Integer(if run.backwards {
        N::Int::ONE.neg()
    } else {
        N::Int::ONE
    }))?;
    frame.push(run.kept)
}

/// Starts moving.
pub(super) fn start<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Option<Step>, Throw> {
    go_on(frame, READ)
}

/// Goes on in one of its states; `None` when all elements have been moved and only the run's slots are left.
pub(super) fn go_on<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    state: u16,
) -> Result<Option<Step>, Throw> {
    match state {
        WRITE => {
            let value = frame.get(slot::COUNT);
            let to = access::int(frame, slot::TO);
            return call_set_index(frame, slot::TARGET, to, value, WRITTEN).map(Some);
        }
        WRITTEN => {
            frame.reserve(access::CALL_SLOTS)?;
            frame.set_len(slot::COUNT)?;
            let step = access::int(frame, slot::STEP);
            for (slot, change) in [
                (slot::FROM, step),
                (slot::TO, step),
                (slot::LEFT, N::Int::ONE.neg()),
            ] {
                let moved = access::int(frame, slot).add(change);
                frame.set(slot, Value::Integer(moved));
            }
        }
        _ => {}
    }
    if access::int(frame, slot::LEFT) <= N::Int::ZERO {
        return Ok(None);
    }
    let from = access::int(frame, slot::FROM);
    call_index(frame, slot::SOURCE, from, WRITE).map(Some)
}
