//! The `table` library, with `maxn` of Lua 5.1.
//!
//! Every function has a fast path for tables whose metatable, if any, says nothing about the operation, and goes
//! through the metamethods of everything else by calling the executor's own operations.

mod access;
mod concat;
mod shift;
mod sort;
mod uniform;

pub use concat::concat;
pub use sort::sort;

use crate::api::{Table, Value};
use crate::frame::{Frame, Step, Throw};
use crate::layer::{RomValue, library};
use crate::number::{LuaInt, NumberModel};
use access::{LENGTH, READ, WRITE, call_index, call_length, call_set_index, length_result};
use shift::{Run, slot};

library! {
    /// The entries of `table`.
    pub struct Library in crate::builtin::BUILTIN {
        "concat" => RomValue::Native(concat::<N>),
        "insert" => RomValue::Native(insert::<N>),
        "maxn" => RomValue::Native(maxn::<N>),
        "pack" => RomValue::Native(pack::<N>),
        "remove" => RomValue::Native(remove::<N>),
        "sort" => RomValue::Native(sort::<N>),
        "unpack" => RomValue::Native(unpack::<N>),
        "move" => RomValue::Native(move_elements::<N>),
    }
}

const START: u16 = 0;
const LENGTH_KNOWN: u16 = 1;
const NEXT: u16 = 2;
const FINISHED: u16 = 3;

/// Whether `1 <= position <= limit`.
fn within<N: NumberModel>(position: N::Int, limit: N::Int) -> bool {
    N::Int::ONE <= position && position <= limit
}

/// `table.insert(list, [pos,] value)`
pub fn insert<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match frame.state() {
        START => match access::check(frame, 0, READ | WRITE | LENGTH)? {
            Some(table) => insert_raw(frame, table),
            None => call_length(frame, 0, LENGTH_KNOWN),
        },
        LENGTH_KNOWN => {
            let end = length_result(frame)?.add(N::Int::ONE);
            let list = frame.get(0);
            let (position, value) = insertion(frame, end, frame.len() - 1)?;
            let run = Run {
                source: list,
                target: list,
                from: position,
                to: position.add(N::Int::ONE),
                count: end.sub(position),
                backwards: true,
                kept: value,
            };
            shift::set_up(frame, run)?;
            let step = shift::start(frame)?;
            insert_last(frame, step)
        }
        FINISHED => frame.ret0(),
        state => {
            let step = shift::go_on(frame, state)?;
            insert_last(frame, step)
        }
    }
}

/// What the arguments say: the position and the value.
#[inline]
fn insertion<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    end: N::Int,
    args: usize,
) -> Result<(N::Int, Value<'gc, N>), Throw> {
    match args {
        2 => Ok((end, frame.get(1))),
        3 => {
            let position = frame.check_int(1)?;
            if !within::<N>(position, end) {
                return Err(frame.arg_error(1, format_args!("position out of bounds")));
            }
            Ok((position, frame.get(2)))
        }
        _ => Err(frame.error(format_args!("wrong number of arguments to 'insert'"))),
    }
}

#[inline]
fn insert_raw<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    table: Table<'gc, N>,
) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let end = table.raw_len().add(N::Int::ONE);
    if frame.len() == 2 {
        table.set_int_val(ctx, end, frame.raw(1))?;
        return frame.ret0();
    }
    let (position, value) = insertion(frame, end, frame.len())?;
    // Only the first store, beyond the border, can run out of memory.
    let mut at = end;
    while at > position {
        let below = at.sub(N::Int::ONE);
        table.set_int_val(ctx, at, table.int_val(below))?;
        at = below;
    }
    table.raw_set_int(ctx, position, value)?;
    frame.ret0()
}

fn insert_last<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    step: Option<Step>,
) -> Result<Step, Throw> {
    match step {
        Some(step) => Ok(step),
        None => {
            // Moving ended one below the element moved last, which is where the gap is.
            let position = access::int(frame, slot::TO);
            let value = frame.get(slot::KEPT);
            call_set_index(frame, slot::TARGET, position, value, FINISHED)
        }
    }
}

/// `table.remove(list [, pos])`
pub fn remove<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match frame.state() {
        START => match access::check(frame, 0, READ | WRITE | LENGTH)? {
            Some(table) => remove_raw(frame, table),
            None => call_length(frame, 0, LENGTH_KNOWN),
        },
        LENGTH_KNOWN => {
            let size = length_result(frame)?;
            let given = frame.len() > 2;
            let position = removal(frame, size, given)?;
            let list = frame.get(0);
            let run = Run {
                source: list,
                target: list,
                from: position.add(N::Int::ONE),
                to: position,
                count: if position < size {
                    size.sub(position)
                } else {
                    N::Int::ZERO
                },
                backwards: false,
                kept: Value::Nil,
            };
            shift::set_up(frame, run)?;
            call_index(frame, slot::SOURCE, position, NEXT)
        }
        NEXT => {
            frame.reserve(access::CALL_SLOTS)?;
            let value = frame.pop();
            frame.set(slot::KEPT, value);
            let step = shift::start(frame)?;
            remove_last(frame, step)
        }
        FINISHED => {
            let value = frame.get(slot::KEPT);
            frame.ret1(value)
        }
        state => {
            let step = shift::go_on(frame, state)?;
            remove_last(frame, step)
        }
    }
}

#[inline]
fn removal<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    size: N::Int,
    given: bool,
) -> Result<N::Int, Throw> {
    if !given {
        return Ok(size);
    }
    let position = frame.opt_int(1, size)?;
    if position != size && !within::<N>(position, size.add(N::Int::ONE)) {
        return Err(frame.arg_error(0, format_args!("position out of bounds")));
    }
    Ok(position)
}

#[inline]
fn remove_raw<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    table: Table<'gc, N>,
) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let size = table.raw_len();
    let given = frame.len() > 1;
    let mut at = removal(frame, size, given)?;
    let value = table.int_val(at);
    while at < size {
        let above = at.add(N::Int::ONE);
        table.set_int_val(ctx, at, table.int_val(above))?;
        at = above;
    }
    table.raw_set_int(ctx, at, Value::Nil)?;
    frame.ret_raw([value])
}

fn remove_last<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    step: Option<Step>,
) -> Result<Step, Throw> {
    match step {
        Some(step) => Ok(step),
        None => {
            let position = access::int(frame, slot::TO);
            call_set_index(frame, slot::TARGET, position, Value::Nil, FINISHED)
        }
    }
}

/// `table.move(a1, f, e, t [, a2])`
pub fn move_elements<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() != START {
        let state = frame.state();
        let step = shift::go_on(frame, state)?;
        return move_last(frame, step);
    }
    let first = frame.check_int(1)?;
    let last = frame.check_int(2)?;
    let to = frame.check_int(3)?;
    let target_index = if frame.is_none_or_nil(4) { 0 } else { 4 };
    let source = access::check(frame, 0, READ)?;
    let target = access::check(frame, target_index, WRITE)?;
    let target_value = frame.get(target_index);
    if last < first {
        return frame.ret1(target_value);
    }
    if first <= N::Int::ZERO && last >= N::Int::MAX.add(first) {
        return Err(frame.arg_error(2, format_args!("too many elements to move")));
    }
    let count = last.sub(first).add(N::Int::ONE);
    if to > N::Int::MAX.sub(count).add(N::Int::ONE) {
        return Err(frame.arg_error(3, format_args!("destination wrap around")));
    }
    let source_value = frame.get(0);
    let same = target_index == 0 || frame.ctx().raw_equal(source_value, target_value);
    let backwards = same && to > first && to <= last;
    match (source, target) {
        (Some(source), Some(target)) => {
            move_raw(frame, source, target, backwards)?;
            frame.ret1(target_value)
        }
        _ => {
            let run = Run {
                source: source_value,
                target: target_value,
                from: first,
                to,
                count,
                backwards,
                kept: Value::Nil,
            };
            shift::set_up(frame, run)?;
            let step = shift::start(frame)?;
            move_last(frame, step)
        }
    }
}

/// Moves what the arguments say. If memory runs out they are changed to name what is left, so that the native can
/// be called again.
fn move_raw<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    source: Table<'gc, N>,
    target: Table<'gc, N>,
    backwards: bool,
) -> Result<(), Throw> {
    let ctx = frame.ctx();
    let (first, last, to) = (
        frame.check_int(1)?,
        frame.check_int(2)?,
        frame.check_int(3)?,
    );
    let one = N::Int::ONE;
    // The distance wraps around and so does adding it.
    let distance = to.sub(first);
    let mut at = if backwards { last } else { first };
    loop {
        if let Err(throw) = target.set_int_val(ctx, at.add(distance), source.int_val(at)) {
            if backwards {
                frame.set(2, Value::Integer(at));
            } else {
                frame.set(1, Value::Integer(at));
                frame.set(3, Value::Integer(at.add(distance)));
            }
            return Err(throw);
        }
        if at == if backwards { first } else { last } {
            return Ok(());
        }
        at = if backwards { at.sub(one) } else { at.add(one) };
    }
}

fn move_last<N: NumberModel>(frame: &mut Frame<'_, N>, step: Option<Step>) -> Result<Step, Throw> {
    match step {
        Some(step) => Ok(step),
        None => {
            let target = frame.get(slot::TARGET);
            frame.ret1(target)
        }
    }
}

/// `table.pack(...)`
pub fn pack<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let count = frame.len();
    let name = ctx.intern(b"n")?;
    let table = ctx.new_table(count, 1)?;
    for index in 0..count {
        table.set_int_val(ctx, N::Int::wrap(index as i64 + 1), frame.raw(index))?;
    }
    table.raw_set(ctx, name, Value::Integer(N::Int::wrap(count as i64)))?;
    frame.ret1(table)
}

/// `table.unpack(list [, i [, j]])`
pub fn unpack<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    // Slots of the slow path: the list, the next index, the last index; then the elements.
    const LIST: usize = 0;
    const AT: usize = 1;
    const LAST: usize = 2;
    const ELEMENTS: usize = 3;
    match frame.state() {
        START => {
            let first = frame.opt_int(1, N::Int::ONE)?;
            let open = frame.is_none_or_nil(2);
            let operations = if open { READ | LENGTH } else { READ };
            match frame.get(LIST) {
                Value::Table(table) if access::is_plain(frame, table, operations) => {
                    let last = if open {
                        table.raw_len()
                    } else {
                        frame.check_int(2)?
                    };
                    let count = elements(frame, first, last)?;
                    let mut at = first;
                    for _ in 0..count {
                        frame.push_raw(table.int_val(at))?;
                        at = at.add(N::Int::ONE);
                    }
                    return Ok(Step::Return(count as u32));
                }
                _ if open => {
                    frame.set_len(ELEMENTS)?;
                    frame.set(AT, Value::Integer(first));
                    return call_length(frame, LIST, LENGTH_KNOWN);
                }
                _ => {
                    let last = frame.check_int(2)?;
                    elements(frame, first, last)?;
                    frame.set_len(ELEMENTS)?;
                    frame.set(AT, Value::Integer(first));
                    frame.set(LAST, Value::Integer(last));
                }
            }
        }
        LENGTH_KNOWN => {
            let last = length_result(frame)?;
            let first = access::int(frame, AT);
            elements(frame, first, last)?;
            frame.set_len(ELEMENTS)?;
            frame.set(LAST, Value::Integer(last));
        }
        _ => {
            frame.reserve(access::CALL_SLOTS)?;
            let last = access::int(frame, LAST);
            let at = access::int(frame, AT);
            if at == last {
                return Ok(Step::Return((frame.len() - ELEMENTS) as u32));
            }
            frame.set(AT, Value::Integer(at.add(N::Int::ONE)));
        }
    }
    let (at, last) = (access::int(frame, AT), access::int(frame, LAST));
    if at > last {
        return frame.ret0();
    }
    call_index(frame, LIST, at, NEXT)
}

/// Number of elements from `first` to `last`, for which room has been made in the frame.
#[inline]
fn elements<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    first: N::Int,
    last: N::Int,
) -> Result<usize, Throw> {
    if first > last {
        return Ok(0);
    }
    let count = last.widen().wrapping_sub(first.widen()) as u64;
    let reserved = if count < i32::MAX as u64 {
        frame.reserve(count as usize + 1 + access::CALL_SLOTS)
    } else {
        Err(Throw::Error)
    };
    match reserved {
        Ok(()) => Ok(count as usize + 1),
        Err(Throw::Memory) => Err(Throw::Memory),
        Err(_) => Err(frame.error(format_args!("too many results to unpack"))),
    }
}

/// `table.maxn(table)`: the largest numeric key, 0 if there is none
pub fn maxn<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let table = frame.check_table(0)?;
    let ctx = frame.ctx();
    let mut largest = Value::Integer(N::Int::ZERO);
    let mut key = Value::Nil;
    while let Some((next, _)) = table.next(ctx, key)? {
        if matches!(next, Value::Integer(_) | Value::Number(_))
            && super::order::less(largest, next) == Some(true)
        {
            largest = next;
        }
        key = next;
    }
    frame.ret1(largest)
}
