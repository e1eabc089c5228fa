//! `table.sort`: quicksort as a resumable state machine, so that a comparator may yield.
//!
//! The order of comparisons is the reference implementation's, so that the outcome is the same where the comparator
//! calls different elements equal. Without a comparator, elements of one kind are sorted without
//! going through the table at all.

use super::access::{
    self, LENGTH, READ, WRITE, call_index, call_length, call_set_index, length_result,
};
use super::uniform::sort_uniform;
use crate::api::{Table, Value};
use crate::frame::{Frame, Step, Throw};
use crate::interp::natives;
use crate::number::{LuaInt, NumberModel};
use crate::stdlib::order;
use crate::value::Val;

/// Slots of the frame; above them lie the bounds of intervals still to be sorted, two each.
mod slot {
    /// The table that is sorted by raw access.
    pub const TABLE: usize = 0;
    /// The comparator, or nil.
    pub const COMPARATOR: usize = 1;
    /// What to copy the sorted elements to, or nil.
    pub const TARGET: usize = 2;
    /// Number of elements.
    pub const SIZE: usize = 3;
    /// Bounds of the interval being sorted.
    pub const LOW: usize = 4;
    pub const HIGH: usize = 5;
    /// Where the scan from below stands; before that, the pivot's place.
    pub const UP: usize = 6;
    /// Where the scan from above stands.
    pub const DOWN: usize = 7;
    /// The pivot's value.
    pub const PIVOT: usize = 8;
    /// Chooses pivots, or 0 for the middle.
    pub const RANDOM: usize = 9;
    /// With a target: its elements before.
    pub const ORIGINAL: usize = 10;
    pub const COUNT: usize = 11;
}

const START: u16 = 0;
const LENGTH_KNOWN: u16 = 1;
const COPY_IN: u16 = 2;
const COPY_OUT: u16 = 3;
/// The comparisons whose outcome the sort waits for.
const HIGH_LOW: u16 = 4;
const MIDDLE_LOW: u16 = 5;
const HIGH_MIDDLE: u16 = 6;
const SCAN_UP: u16 = 7;
const SCAN_DOWN: u16 = 8;
const INTERVAL: u16 = 9;

/// Intervals from this size on are worth a random pivot once an unbalanced partition was seen.
const LARGE: i32 = 100;

/// `table.sort(list [, comp])`
pub fn sort<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match frame.state() {
        START => match access::check(frame, 0, READ | WRITE | LENGTH)? {
            Some(table) => {
                let size = check_size(frame, table.raw_len())?;
                if size < 2
                    || (frame.is_none_or_nil(slot::COMPARATOR) && sort_uniform(frame, table, size)?)
                {
                    return frame.ret0();
                }
                set_up(frame, size)?;
                run(frame, table, INTERVAL, false)
            }
            None => {
                frame.set_len(slot::TARGET)?;
                call_length(frame, 0, LENGTH_KNOWN)
            }
        },
        LENGTH_KNOWN => {
            let length = length_result(frame)?;
            frame.reserve(slot::COUNT + access::CALL_SLOTS)?;
            let size = check_size(frame, length)?;
            if size < 2 {
                return frame.ret0();
            }
            let copy = frame.ctx().new_table(size as usize, 0)?;
            let original = frame.ctx().new_table(size as usize, 0)?;
            let list = frame.get(slot::TABLE);
            set_up(frame, size)?;
            frame.set(slot::TABLE, copy);
            frame.set(slot::TARGET, list);
            frame.set(slot::ORIGINAL, original);
            copy_in(frame, 1)
        }
        COPY_IN => {
            let at = access::int(frame, slot::LOW);
            let value = frame.get(slot::COUNT);
            for slot in [slot::TABLE, slot::ORIGINAL] {
                if let Value::Table(copy) = frame.get(slot) {
                    copy.raw_set_int(frame.ctx(), at, value)?;
                }
            }
            frame.reserve(access::CALL_SLOTS)?;
            frame.set_len(slot::COUNT)?;
            copy_in(frame, position(frame, slot::LOW) + 1)
        }
        COPY_OUT => copy_out(frame, position(frame, slot::LOW) + 1),
        state => answer(frame, state),
    }
}

/// Checks length and comparator; lengths below 2 need no comparator.
fn check_size<N: NumberModel>(frame: &mut Frame<'_, N>, length: N::Int) -> Result<i32, Throw> {
    let length = length.widen();
    if length < 2 {
        return Ok(0);
    }
    let size = match i32::try_from(length) {
        Ok(size) if size < i32::MAX => size,
        _ => return Err(frame.arg_error(0, format_args!("array too big"))),
    };
    match frame.get(slot::COMPARATOR) {
        Value::Nil | Value::Function(_) => Ok(size),
        _ => Err(frame.type_error(slot::COMPARATOR, "function")),
    }
}

fn set_up<N: NumberModel>(frame: &mut Frame<'_, N>, size: i32) -> Result<(), Throw> {
    frame.reserve(slot::COUNT + 2 + access::CALL_SLOTS)?;
    frame.set_len(slot::TARGET)?;
    frame.set_len(slot::COUNT)?;
    set_position(frame, slot::SIZE, size);
    set_position(frame, slot::LOW, 1);
    set_position(frame, slot::HIGH, size);
    set_position(frame, slot::RANDOM, 0);
    Ok(())
}

#[inline(always)]
fn position<N: NumberModel>(frame: &Frame<'_, N>, slot: usize) -> i32 {
    access::int(frame, slot).widen() as i32
}

#[inline(always)]
fn set_position<N: NumberModel>(frame: &mut Frame<'_, N>, slot: usize, position: i32) {
    frame.set(slot, Value::Integer(index::<N>(position)));
}

#[inline(always)]
pub(super) fn index<N: NumberModel>(position: i32) -> N::Int {
    N::Int::wrap(position.into())
}

fn copy_in<N: NumberModel>(frame: &mut Frame<'_, N>, at: i32) -> Result<Step, Throw> {
    if at <= position(frame, slot::SIZE) {
        set_position(frame, slot::LOW, at);
        return call_index(frame, slot::TARGET, index::<N>(at), COPY_IN);
    }
    let Value::Table(copy) = frame.get(slot::TABLE) else {
        return frame.ret0();
    };
    set_position(frame, slot::LOW, 1);
    run(frame, copy, INTERVAL, false)
}

/// Stores the elements that have changed, from `at` on.
fn copy_out<N: NumberModel>(frame: &mut Frame<'_, N>, at: i32) -> Result<Step, Throw> {
    let (Value::Table(copy), Value::Table(original)) =
        (frame.get(slot::TABLE), frame.get(slot::ORIGINAL))
    else {
        return frame.ret0();
    };
    for at in at..=position(frame, slot::SIZE) {
        let value = copy.raw_get_int(index::<N>(at));
        if !frame
            .ctx()
            .raw_equal(value, original.raw_get_int(index::<N>(at)))
        {
            frame.reserve(access::CALL_SLOTS)?;
            set_position(frame, slot::LOW, at);
            return call_set_index(frame, slot::TARGET, index::<N>(at), value, COPY_OUT);
        }
    }
    frame.ret0()
}

/// A comparison to make: the state that takes its outcome, and the two values.
struct Comparison<N: NumberModel> {
    state: u16,
    a: Val<N>,
    b: Val<N>,
}

/// The comparison of two elements.
#[inline]
fn elements<N: NumberModel>(
    table: Table<'_, N>,
    state: u16,
    a: i32,
    b: i32,
) -> Option<Comparison<N>> {
    Some(Comparison {
        state,
        a: table.int_val(index::<N>(a)),
        b: table.int_val(index::<N>(b)),
    })
}

/// Is the element at `at` less than the pivot?
#[inline(always)]
fn scan_up<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    table: Table<'_, N>,
    at: i32,
) -> Option<Comparison<N>> {
    set_position(frame, slot::UP, at);
    Some(Comparison {
        state: SCAN_UP,
        a: table.int_val(index::<N>(at)),
        b: frame.raw(slot::PIVOT),
    })
}

/// Is the pivot less than the element at `at`?
#[inline(always)]
fn scan_down<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    table: Table<'_, N>,
    at: i32,
) -> Option<Comparison<N>> {
    set_position(frame, slot::DOWN, at);
    Some(Comparison {
        state: SCAN_DOWN,
        a: frame.raw(slot::PIVOT),
        b: table.int_val(index::<N>(at)),
    })
}

/// Takes the outcome of a comparison that was called for: it lies on top.
#[inline]
fn answer<N: NumberModel>(frame: &mut Frame<'_, N>, state: u16) -> Result<Step, Throw> {
    frame.reserve(2 + access::CALL_SLOTS)?;
    let Value::Table(table) = frame.get(slot::TABLE) else {
        return frame.ret0();
    };
    let top = frame.len() - 1;
    let less = !frame.raw(top).is_falsy();
    let compare = frame.raw(slot::COMPARATOR);
    // Most outcomes only move a scan on.
    let next = match state {
        SCAN_UP => after_scan_up(frame, table, less)?,
        SCAN_DOWN if less => after_scan_down(frame, table)?,
        _ => {
            exchange(frame, table, state, less)?;
            frame.set_len(top)?;
            return run(frame, table, state, less);
        }
    };
    match next {
        Some(Comparison { state, a, b }) if compare.is_function() => {
            frame.replace_from(top, [compare, a, b])?;
            Ok(Step::Call {
                args: 2,
                results: 1,
                state,
            })
        }
        next => {
            frame.set_len(top)?;
            compare_and_run(frame, table, next)
        }
    }
}

/// Runs from the state `state`, whose comparison gave `less`, up to the next comparison that takes a call. The
/// exchange that belongs to the outcome has been made.
fn run<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    table: Table<'gc, N>,
    state: u16,
    less: bool,
) -> Result<Step, Throw> {
    let next = advance(frame, table, state, less)?;
    compare_and_run(frame, table, next)
}

/// Makes comparisons and takes their outcomes as long as no call is needed.
fn compare_and_run<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    table: Table<'gc, N>,
    mut next: Option<Comparison<N>>,
) -> Result<Step, Throw> {
    let mut compare = frame.raw(slot::COMPARATOR);
    while let Some(Comparison { state, a, b }) = next {
        let top = frame.len();
        if compare.is_nil() {
            frame.replace_from(top, [a, b])?;
            let outcome = order::less(frame.get(top), frame.get(top + 1));
            frame.set_len(top)?;
            if let Some(less) = outcome {
                exchange(frame, table, state, less)?;
                next = advance(frame, table, state, less)?;
                continue;
            }
            let less_than = frame.ctx().native(natives::less_than::<N>);
            compare = Value::from(less_than).val();
        }
        frame.replace_from(top, [compare, a, b])?;
        return Ok(Step::Call {
            args: 2,
            results: 1,
            state,
        });
    }
    match frame.get(slot::TARGET) {
        Value::Nil => frame.ret0(),
        _ => copy_out(frame, 1),
    }
}

/// Exchanges the elements that the outcome of a comparison says are in the wrong order. This may run out of memory
/// (if the table has holes), and comes before anything else is changed.
fn exchange<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    table: Table<'gc, N>,
    state: u16,
    less: bool,
) -> Result<(), Throw> {
    let (low, high) = (position(frame, slot::LOW), position(frame, slot::HIGH));
    let up = position(frame, slot::UP);
    match (state, less) {
        (HIGH_LOW, true) => swap(frame, table, low, high),
        (MIDDLE_LOW, true) => swap(frame, table, low, up),
        (HIGH_MIDDLE, true) => swap(frame, table, up, high),
        (SCAN_DOWN, false) => {
            let down = position(frame, slot::DOWN);
            swap(frame, table, if down < up { high - 1 } else { down }, up)
        }
        _ => Ok(()),
    }
}

#[inline(always)]
fn after_scan_up<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    table: Table<'_, N>,
    less: bool,
) -> Result<Option<Comparison<N>>, Throw> {
    if !less {
        let down = position(frame, slot::DOWN) - 1;
        return Ok(scan_down(frame, table, down));
    }
    let up = position(frame, slot::UP);
    if up == position(frame, slot::HIGH) - 1 {
        return Err(invalid_order(frame));
    }
    Ok(scan_up(frame, table, up + 1))
}

#[inline(always)]
fn after_scan_down<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    table: Table<'_, N>,
) -> Result<Option<Comparison<N>>, Throw> {
    let (up, down) = (position(frame, slot::UP), position(frame, slot::DOWN));
    if down < up {
        return Err(invalid_order(frame));
    }
    Ok(scan_down(frame, table, down - 1))
}

/// The comparison after the one of `state`, `None` when all is sorted.
fn advance<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    table: Table<'gc, N>,
    state: u16,
    less: bool,
) -> Result<Option<Comparison<N>>, Throw> {
    let (low, high) = (position(frame, slot::LOW), position(frame, slot::HIGH));
    match state {
        HIGH_LOW if high - low == 1 => next_interval(frame, table),
        HIGH_LOW => {
            let middle = choose_pivot(frame, low, high);
            set_position(frame, slot::UP, middle);
            Ok(elements(table, MIDDLE_LOW, middle, low))
        }
        MIDDLE_LOW if !less => {
            let middle = position(frame, slot::UP);
            Ok(elements(table, HIGH_MIDDLE, high, middle))
        }
        // Now the first, middle and last element are in order.
        MIDDLE_LOW | HIGH_MIDDLE if high - low == 2 => next_interval(frame, table),
        MIDDLE_LOW | HIGH_MIDDLE => {
            let middle = position(frame, slot::UP);
            let pivot = table.raw_get_int(index::<N>(middle));
            swap(frame, table, middle, high - 1)?;
            frame.set(slot::PIVOT, pivot);
            set_position(frame, slot::DOWN, high - 1);
            Ok(scan_up(frame, table, low + 1))
        }
        SCAN_UP => after_scan_up(frame, table, less),
        SCAN_DOWN if less => after_scan_down(frame, table),
        SCAN_DOWN => {
            let (up, down) = (position(frame, slot::UP), position(frame, slot::DOWN));
            if down < up {
                split(frame, table, low, high, up)
            } else {
                Ok(scan_up(frame, table, up + 1))
            }
        }
        _ => interval(frame, table, low, high),
    }
}

/// Starts to sort an interval.
fn interval<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    table: Table<'_, N>,
    low: i32,
    high: i32,
) -> Result<Option<Comparison<N>>, Throw> {
    if low >= high {
        return next_interval(frame, table);
    }
    set_position(frame, slot::LOW, low);
    set_position(frame, slot::HIGH, high);
    Ok(elements(table, HIGH_LOW, high, low))
}

/// Goes on with an interval put aside.
fn next_interval<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    table: Table<'_, N>,
) -> Result<Option<Comparison<N>>, Throw> {
    loop {
        let len = frame.len();
        if len < slot::COUNT + 2 {
            return Ok(None);
        }
        let (low, high) = (position(frame, len - 2), position(frame, len - 1));
        frame.set_len(len - 2)?;
        if low < high {
            return interval(frame, table, low, high);
        }
    }
}

/// Sorts the smaller part next and puts the larger one aside, so that few are aside at any time.
fn split<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    table: Table<'_, N>,
    low: i32,
    high: i32,
    pivot: i32,
) -> Result<Option<Comparison<N>>, Throw> {
    let (below, above) = ((low, pivot - 1), (pivot + 1, high));
    let (small, large) = if pivot - low < high - pivot {
        (below, above)
    } else {
        (above, below)
    };
    if (large.1 - large.0) / 128 > small.1 - small.0 + 1 {
        let random = frame.ctx().next_random();
        set_position(frame, slot::RANDOM, (random >> 33) as i32 | 1);
    }
    frame.push(Value::Integer(index::<N>(large.0)))?;
    frame.push(Value::Integer(index::<N>(large.1)))?;
    interval(frame, table, small.0, small.1)
}

fn choose_pivot<N: NumberModel>(frame: &Frame<'_, N>, low: i32, high: i32) -> i32 {
    let random = position(frame, slot::RANDOM);
    let size = high - low;
    if size < LARGE || random == 0 {
        return low + size / 2;
    }
    // Somewhere in the middle half.
    let quarter = size / 4;
    low + quarter + random % (2 * quarter)
}

#[cold]
fn invalid_order<N: NumberModel>(frame: &mut Frame<'_, N>) -> Throw {
    frame.error(format_args!("invalid order function for sorting"))
}

/// Exchanges two elements; on an error nothing has changed.
#[inline]
fn swap<'gc, N: NumberModel>(
    frame: &Frame<'gc, N>,
    table: Table<'gc, N>,
    a: i32,
    b: i32,
) -> Result<(), Throw> {
    let ctx = frame.ctx();
    let (a, b) = (index::<N>(a), index::<N>(b));
    let (value_a, value_b) = (table.int_val(a), table.int_val(b));
    // Only a store where nil was may need memory, so it comes first.
    if value_b.is_nil() {
        table.set_int_val(ctx, b, value_a)?;
        table.set_int_val(ctx, a, value_b)
    } else {
        table.set_int_val(ctx, a, value_b)?;
        table.set_int_val(ctx, b, value_a)
    }
}
