//! Elements of a table, or of what behaves as one: which metamethods are in the way, and calls that respect them.

use crate::api::{Table, Value};
use crate::builtin::Event;
use crate::frame::{Frame, Step, Throw};
use crate::interp::natives;
use crate::number::NumberModel;

/// Elements are read.
pub(super) const READ: u8 = 1;
/// Elements are written.
pub(super) const WRITE: u8 = 2;
/// The length is asked for.
pub(super) const LENGTH: u8 = 4;

const EVENTS: [(u8, Event); 3] = [
    (READ, Event::Index),
    (WRITE, Event::NewIndex),
    (LENGTH, Event::Len),
];

/// Argument `index` as a table that raw access does for, `None` if metamethods have to be respected.
///
/// # Errors
/// Neither a table nor a value with all the metamethods that `operations` needs.
#[inline]
pub(super) fn check<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    index: usize,
    operations: u8,
) -> Result<Option<Table<'gc, N>>, Throw> {
    match frame.get(index) {
        Value::Table(table) if is_plain(frame, table, operations) => Ok(Some(table)),
        Value::Table(_) => Ok(None),
        value => {
            let ctx = frame.ctx();
            let usable = EVENTS.iter().all(|&(operation, event)| {
                operations & operation == 0 || !ctx.metamethod(value, event).is_nil()
            });
            if usable {
                Ok(None)
            } else {
                Err(frame.type_error(index, "table"))
            }
        }
    }
}

/// Whether no metamethod of the table is asked for these operations.
#[inline]
pub(super) fn is_plain<'gc, N: NumberModel>(
    frame: &Frame<'gc, N>,
    table: Table<'gc, N>,
    operations: u8,
) -> bool {
    table.metatable().is_none()
        || EVENTS.iter().all(|&(operation, event)| {
            operations & operation == 0 || frame.ctx().metamethod(table.into(), event).is_nil()
        })
}

/// Slots that the calls below push at most.
pub(super) const CALL_SLOTS: usize = 4;

/// `#slot`, pushed for `state`, which takes it with [`length_result`].
pub(super) fn call_length<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    slot: usize,
    state: u16,
) -> Result<Step, Throw> {
    frame.reserve(CALL_SLOTS)?;
    let object = frame.get(slot);
    let length = frame.ctx().native(natives::length::<N>);
    frame.push(length)?;
    frame.push(object)?;
    Ok(Step::Call {
        args: 1,
        results: 1,
        state,
    })
}

/// The length on top of the frame; it stays there.
pub(super) fn length_result<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<N::Int, Throw> {
    match crate::stdlib::math::integer(frame.get(frame.len() - 1)) {
        Some(length) => Ok(length),
        None => Err(frame.error(format_args!("object length is not an integer"))),
    }
}

/// `slot[key]`, pushed for `state`.
pub(super) fn call_index<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    slot: usize,
    key: N::Int,
    state: u16,
) -> Result<Step, Throw> {
    frame.reserve(CALL_SLOTS)?;
    let object = frame.get(slot);
    let index = frame.ctx().native(natives::index::<N>);
    frame.push(index)?;
    frame.push(object)?;
    frame.push(Value::Integer(key))?;
    Ok(Step::Call {
        args: 2,
        results: 1,
        state,
    })
}

/// `slot[key] = value`, then `state`; nothing is pushed for it.
pub(super) fn call_set_index<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    slot: usize,
    key: N::Int,
    value: Value<'gc, N>,
    state: u16,
) -> Result<Step, Throw> {
    frame.reserve(CALL_SLOTS)?;
    let object = frame.get(slot);
    let set_index = frame.ctx().native(natives::set_index::<N>);
    frame.push(set_index)?;
    frame.push(object)?;
    frame.push(Value::Integer(key))?;
    frame.push(value)?;
    Ok(Step::Call {
        args: 3,
        results: 0,
        state,
    })
}

/// An integer kept in a slot of the frame.
#[inline(always)]
pub(super) fn int<N: NumberModel>(frame: &Frame<'_, N>, slot: usize) -> N::Int {
    frame.raw(slot).as_int()
}
