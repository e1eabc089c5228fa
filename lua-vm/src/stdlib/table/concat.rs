//! `table.concat`.

use super::access::{self, LENGTH, READ, call_index, call_length, length_result};
use crate::api::{Table, Value};
use crate::convert::number_text;
use crate::frame::{Frame, Step, Throw};
use crate::number::{LuaInt, NumberModel};
use crate::stdlib::buffer::{Filler, ret_filled};

const START: u16 = 0;
const LENGTH_KNOWN: u16 = 1;
const ELEMENT: u16 = 2;

/// Slots while metamethods are respected: the elements are first collected in a table of our own.
mod slot {
    pub const LIST: usize = 0;
    pub const SEPARATOR: usize = 1;
    pub const AT: usize = 2;
    pub const LAST: usize = 3;
    pub const FIRST: usize = 4;
    pub const COLLECTED: usize = 5;
    pub const COUNT: usize = 6;
}

/// `table.concat(list [, sep [, i [, j]]])`
pub fn concat<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match frame.state() {
        START => match access::check(frame, slot::LIST, READ | LENGTH)? {
            Some(table) => {
                let (first, last) = bounds(frame, table.raw_len())?;
                join(frame, table, first, first, last)
            }
            None => {
                frame.set_len(slot::LAST + 1)?;
                call_length(frame, slot::LIST, LENGTH_KNOWN)
            }
        },
        LENGTH_KNOWN => {
            let length = length_result(frame)?;
            let (first, last) = bounds(frame, length)?;
            let collected = frame.ctx().new_table(0, 0)?;
            frame.reserve(1 + access::CALL_SLOTS)?;
            frame.set_len(slot::COUNT)?;
            frame.set(slot::AT, Value::Integer(first));
            frame.set(slot::LAST, Value::Integer(last));
            frame.set(slot::FIRST, Value::Integer(first));
            frame.set(slot::COLLECTED, collected);
            if first > last {
                frame.ret_bytes(b"")
            } else {
                call_index(frame, slot::LIST, first, ELEMENT)
            }
        }
        _ => {
            let Value::Table(collected) = frame.get(slot::COLLECTED) else {
                return frame.ret0();
            };
            let (at, last) = (access::int(frame, slot::AT), access::int(frame, slot::LAST));
            let value = frame.get(slot::COUNT);
            if !is_text(value) {
                return Err(invalid(frame, value, at));
            }
            let first = access::int(frame, slot::FIRST);
            collected.raw_set_int(frame.ctx(), at.sub(first).add(N::Int::ONE), value)?;
            if at == last {
                return join(frame, collected, N::Int::ONE, first, last);
            }
            frame.reserve(access::CALL_SLOTS)?;
            frame.set_len(slot::COUNT)?;
            let at = at.add(N::Int::ONE);
            frame.set(slot::AT, Value::Integer(at));
            call_index(frame, slot::LIST, at, ELEMENT)
        }
    }
}

/// Checks the other arguments: first and last index.
#[inline]
fn bounds<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    length: N::Int,
) -> Result<(N::Int, N::Int), Throw> {
    frame.opt_bytes(slot::SEPARATOR)?;
    let first = frame.opt_int(slot::AT, N::Int::ONE)?;
    let last = frame.opt_int(slot::LAST, length)?;
    Ok((first, last))
}

fn is_text<N: NumberModel>(value: Value<'_, N>) -> bool {
    matches!(
        value,
        Value::String(_) | Value::Integer(_) | Value::Number(_)
    )
}

#[cold]
fn invalid<N: NumberModel>(frame: &mut Frame<'_, N>, value: Value<'_, N>, index: N::Int) -> Throw {
    let kind = value.type_name();
    // The reference prints the index as a C `int`.
    let index = index.widen() as i32;
    frame.error(format_args!(
        "invalid value ({kind}) at index {index} in table for 'concat'"
    ))
}

/// Joins the elements of `table` from index `at` on; they stand for elements `first` to `last` of the list.
fn join<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    table: Table<'gc, N>,
    mut at: N::Int,
    first: N::Int,
    last: N::Int,
) -> Result<Step, Throw> {
    let separator = frame.opt_bytes(slot::SEPARATOR)?.unwrap_or(b"");
    if first > last {
        return frame.ret_bytes(b"");
    }
    let mut len = 0usize;
    let mut index = first;
    let mut from = at;
    loop {
        len += match table.raw_get_int(from) {
            Value::String(string) => string.len(),
            value if is_text(value) => number_text(&value.val()).as_bytes().len(),
            value => return Err(invalid(frame, value, index)),
        };
        if index == last {
            break;
        }
        len += separator.len();
        index = index.add(N::Int::ONE);
        from = from.add(N::Int::ONE);
    }
    ret_filled(frame, len, |_, text| {
        let mut text = Filler::new(text);
        loop {
            match table.raw_get_int(at) {
                Value::String(string) => text.push(string.as_bytes()),
                value => text.push(number_text(&value.val()).as_bytes()),
            }
            if at == from {
                break;
            }
            text.push(separator);
            at = at.add(N::Int::ONE);
        }
    })
}
