//! Sorting without comparator where all elements are integers, floats or strings: over a copy of them, by the sort of
//! slices.

use super::sort::index;
use crate::api::{LuaString, Table, Value};
use crate::frame::{Frame, Throw};
use crate::number::{LuaFloat, LuaInt, NumberModel};
use alloc::vec::Vec;

/// Sorts integers, floats or strings, if all elements are of the same kind and there is memory for a copy of them.
pub(super) fn sort_uniform<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    table: Table<'gc, N>,
    size: i32,
) -> Result<bool, Throw> {
    let ctx = frame.ctx();
    match table.raw_get_int(N::Int::ONE) {
        Value::Integer(_) => {
            let Some(mut elements) = collect(table, size, |value| match value {
                Value::Integer(int) => Some(int),
                _ => None,
            }) else {
                return Ok(false);
            };
            elements.sort_unstable();
            write_back(&elements, |at, int| {
                table.raw_set_int(ctx, at, Value::Integer(int))
            })
        }
        Value::Number(_) => {
            let Some(mut elements) = collect(table, size, |value| match value {
                Value::Number(float) if !float.is_nan() => {
                    Some(sortable::<N>(N::Int::wrap(float.raw_bits() as i64)))
                }
                _ => None,
            }) else {
                return Ok(false);
            };
            elements.sort_unstable();
            write_back(&elements, |at, bits| {
                let float = N::Float::from_raw_bits(sortable::<N>(bits).bits());
                table.raw_set_int(ctx, at, Value::Number(float))
            })
        }
        Value::String(_) => {
            let Some(mut elements) = collect(table, size, |value| match value {
                Value::String(string) => Some((prefix(string), string)),
                _ => None,
            }) else {
                return Ok(false);
            };
            elements.sort_unstable_by(|a, b| {
                a.0.cmp(&b.0)
                    .then_with(|| a.1.as_bytes().cmp(b.1.as_bytes()))
            });
            write_back(&elements, |at, (_, string)| {
                table.raw_set_int(ctx, at, string)
            })
        }
        _ => Ok(false),
    }
}

fn collect<'gc, N: NumberModel, T>(
    table: Table<'gc, N>,
    size: i32,
    convert: impl Fn(Value<'gc, N>) -> Option<T>,
) -> Option<Vec<T>> {
    let mut elements = Vec::new();
    elements.try_reserve_exact(size as usize).ok()?;
    for at in 1..=size {
        elements.push(convert(table.raw_get_int(index::<N>(at)))?);
    }
    Some(elements)
}

fn write_back<I: LuaInt, T: Copy>(
    elements: &[T],
    store: impl Fn(I, T) -> Result<(), Throw>,
) -> Result<bool, Throw> {
    let mut at = I::ZERO;
    for &element in elements {
        at = at.add(I::ONE);
        store(at, element)?;
    }
    Ok(true)
}

/// Between the bits of a float and an integer of the same order; its own inverse.
#[inline(always)]
fn sortable<N: NumberModel>(bits: N::Int) -> N::Int {
    if bits < N::Int::ZERO {
        bits.xor(N::Int::MAX)
    } else {
        bits
    }
}

/// The first bytes as a number of the same order.
#[inline]
fn prefix<N: NumberModel>(string: LuaString<'_, N>) -> usize {
    let mut head = [0; size_of::<usize>()];
    for (room, &byte) in head.iter_mut().zip(string.as_bytes()) {
        *room = byte;
    }
    usize::from_be_bytes(head)
}
