//! The device as Lua sees it: the table `device`, and `io.write` to the terminal.

use crate::{Machine, Usage};
use lua_vm::frame::{Frame, NativeFn, Step, Throw};
use lua_vm::num32::{Ctx, Value};
use lua_vm::number::Num32;

/// Bits of a count that fit the positive integers of 32-bit Lua with one to spare.
const COUNT_BITS: u32 = 30;

/// Sets the globals `device` and `io`.
pub(crate) fn open<M: Machine>(ctx: Ctx<'_>) -> Result<(), Throw> {
    let device: [(&str, NativeFn<Num32>); 4] = [
        ("instructions", instructions::<M>),
        ("stack", stack::<M>),
        ("heap", heap::<M>),
        ("exit", exit::<M>),
    ];
    set_library(ctx, "device", &device)?;
    set_library(ctx, "io", &[("write", write)])
}

fn set_library(
    ctx: Ctx<'_>,
    name: &str,
    functions: &[(&str, NativeFn<Num32>)],
) -> Result<(), Throw> {
    let library = ctx.new_table(0, functions.len())?;
    for (name, function) in functions {
        library.raw_set(ctx, ctx.intern(name.as_bytes())?, ctx.native(*function))?;
    }
    ctx.globals()
        .raw_set(ctx, ctx.intern(name.as_bytes())?, library)
}

/// `device.instructions()`: instructions executed since reset, modulo 2^30 and divided by it.
fn instructions<M: Machine>(frame: &mut Frame<'_, Num32>) -> Result<Step, Throw> {
    let count = M::instructions();
    let low = count & ((1 << COUNT_BITS) - 1);
    frame.ret2(
        Value::Integer(low as i32),
        Value::Integer((count >> COUNT_BITS) as i32),
    )
}

fn ret_usage(frame: &mut Frame<'_, Num32>, usage: Usage) -> Result<Step, Throw> {
    frame.ret2(
        Value::Integer(usage.used as i32),
        Value::Integer(usage.size as i32),
    )
}

/// `device.stack()`: most bytes of native stack ever used, and its size.
fn stack<M: Machine>(frame: &mut Frame<'_, Num32>) -> Result<Step, Throw> {
    ret_usage(frame, M::stack())
}

/// `device.heap()`: bytes allocated, and the size of the heap.
fn heap<M: Machine>(frame: &mut Frame<'_, Num32>) -> Result<Step, Throw> {
    ret_usage(frame, M::heap())
}

/// `device.exit([code])`: ends the program.
fn exit<M: Machine>(frame: &mut Frame<'_, Num32>) -> Result<Step, Throw> {
    let code = frame.opt_int(0, 0)?;
    M::exit(code as u8)
}

/// `io.write(...)`: strings and numbers to the terminal.
fn write(frame: &mut Frame<'_, Num32>) -> Result<Step, Throw> {
    // All arguments are converted before the first is put out: what runs out of memory is run again.
    for index in 0..frame.len() {
        let text = frame.check_string(index)?;
        frame.set(index, text);
    }
    for index in 0..frame.len() {
        let text = frame.check_bytes(index)?;
        frame.ctx().write(text);
    }
    frame.ret0()
}
