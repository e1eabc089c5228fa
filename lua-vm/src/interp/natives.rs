//! Natives the interpreter itself provides: iterators it runs inline, and operators as functions, by which other
//! natives use metamethods.

use super::Operand;
use super::compare::Comparison;
use super::index::{Lookup, Store};
use crate::frame::{Frame, NativeFn, Step, Throw};
use crate::number::{LuaInt, NumberModel};
use crate::object::table::Table;
use crate::state::State;
use crate::value::{Val, tag};

/// `next(table, key)`: the following key and value.
pub fn next<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let table = frame.check_table(0)?;
    match table.next(frame.ctx(), frame.get(1))? {
        Some((key, value)) => frame.ret2(key, value),
        None => frame.ret1(crate::api::Value::Nil),
    }
}

/// The iterator of `ipairs`: `(table, i)` gives `i + 1` and its value, or nil; respects `__index`.
pub fn ipairs_step<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() == 1 {
        // The value lies above the table, the index and the new index.
        return if frame.get(3).is_nil() {
            frame.ret1(crate::api::Value::Nil)
        } else {
            Ok(Step::Return(2))
        };
    }
    let index = frame.check_int(1)?.add(N::Int::ONE);
    let object = frame.check_any(0)?;
    frame.set_len(2)?;
    let index = Val::int(index);
    frame.push_raw(index)?;
    // SAFETY: values of the frame are live (G1).
    let lookup = unsafe { state(frame).index(object.val(), &index, Operand::None) }?;
    match lookup {
        Lookup::Value(value) => {
            frame.push_raw(value)?;
            Ok(Step::Return(if value.is_nil() { 1 } else { 2 }))
        }
        Lookup::Call(function, arguments) => tail_call(frame, function, &arguments),
    }
}

/// Whether a native is an operator as a function: calls of those are not told to hooks.
pub(super) fn is_operator<N: NumberModel>(function: &Val<N>) -> bool {
    let operators: [NativeFn<N>; 4] = [index::<N>, set_index::<N>, length::<N>, less_than::<N>];
    function.tag == tag::NATIVE
        && operators
            .iter()
            // SAFETY: a native's payload is its address.
            .any(|operator| *operator as *mut u8 == unsafe { function.as_ptr() })
}

/// Runs one step of `pairs` or `ipairs` in the registers of a generic loop, if `function` is its iterator and
/// nothing but the table is concerned. False if it must be called.
///
/// # Safety
/// `ra` must be the first register of the loop, with `wanted` variables.
#[inline]
pub(super) unsafe fn step_inline<N: NumberModel>(
    function: &Val<N>,
    ra: *mut Val<N>,
    wanted: u8,
) -> bool {
    // SAFETY: caller; the verifier keeps six registers from `ra` on in the frame.
    unsafe {
        let object = *ra.add(1);
        if object.tag != tag::TABLE {
            return false;
        }
        let table = object.as_ptr() as *mut Table<N>;
        let address = function.as_ptr();
        let (key, value) = if address == next::<N> as NativeFn<N> as *mut u8 {
            match Table::next(table, &*ra.add(2)) {
                Ok(Some(entry)) => entry,
                Ok(None) => (Val::NIL, Val::NIL),
                Err(_) => return false,
            }
        } else if address == ipairs_step::<N> as NativeFn<N> as *mut u8 && (*ra.add(2)).is_int() {
            let index = (*ra.add(2)).as_int().add(N::Int::ONE);
            let value = Table::get_int(table, index);
            match value.is_nil() {
                false => (Val::int(index), value),
                true if (*table).metatable.is_null() => (Val::NIL, Val::NIL),
                true => return false,
            }
        } else {
            return false;
        };
        *ra.add(3) = key;
        if wanted > 1 {
            *ra.add(4) = value;
            for index in 2..wanted as usize {
                *ra.add(3 + index) = Val::NIL;
            }
        }
        true
    }
}

/// Pushes a metamethod and its arguments; its result is the native's.
fn tail_call<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    function: Val<N>,
    arguments: &[Val<N>],
) -> Result<Step, Throw> {
    frame.push_raw(function)?;
    for argument in arguments {
        frame.push_raw(*argument)?;
    }
    Ok(Step::Call {
        args: arguments.len() as u32,
        results: 1,
        state: 1,
    })
}

fn conclude<N: NumberModel>(frame: &mut Frame<'_, N>, lookup: Lookup<N>) -> Result<Step, Throw> {
    match lookup {
        Lookup::Value(value) => frame.ret_raw([value]),
        Lookup::Call(function, arguments) => tail_call(frame, function, &arguments),
    }
}

fn state<'s, N: NumberModel>(frame: &Frame<'_, N>) -> &'s mut State<N> {
    // SAFETY: the frame's state is exclusively entered; the reference is used for one operation.
    unsafe { &mut *frame.state }
}

/// `(object, key)` gives `object[key]`.
pub fn index<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() == 1 {
        return Ok(Step::Return(1));
    }
    let (object, key) = (frame.raw(0), frame.raw(1));
    // SAFETY: values of the frame are live (G1).
    let lookup = unsafe { state(frame).index(object, &key, Operand::None) }?;
    conclude(frame, lookup)
}

/// `(object, key, value)` does `object[key] = value`.
pub fn set_index<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() == 1 {
        return Ok(Step::Return(0));
    }
    let (object, key, value) = (frame.raw(0), frame.raw(1), frame.raw(2));
    // SAFETY: values of the frame are live (G1).
    match unsafe { state(frame).set_index(object, &key, value, Operand::None) }? {
        Store::Done => Ok(Step::Return(0)),
        Store::Call(function, object) => tail_call(frame, function, &[object, key, value]),
    }
}

/// `(object)` gives `#object`.
pub fn length<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() == 1 {
        return Ok(Step::Return(1));
    }
    let object = frame.raw(0);
    // SAFETY: values of the frame are live (G1).
    let lookup = unsafe { state(frame).length(object, Operand::None) }?;
    conclude(frame, lookup)
}

/// Concludes a comparison; state 2 negates the metamethod's answer.
fn compare<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    comparison: Comparison<N>,
) -> Result<Step, Throw> {
    match comparison {
        Comparison::Known(answer) => frame.ret1(answer),
        Comparison::Call(function, arguments, negate) => {
            tail_call(frame, function, &arguments)?;
            Ok(Step::Call {
                args: 2,
                results: 1,
                state: 1 + u16::from(negate),
            })
        }
    }
}

fn compared<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let negate = frame.state() == 2;
    let answer = frame.pop().truthy() != negate;
    frame.ret1(answer)
}

/// `(a, b)` gives `a < b`.
pub fn less_than<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() > 0 {
        return compared(frame);
    }
    let (a, b) = (frame.raw(0), frame.raw(1));
    // SAFETY: values of the frame are live (G1).
    let comparison = unsafe { state(frame).less(a, b, false) }?;
    compare(frame, comparison)
}
