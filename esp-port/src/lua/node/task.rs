//! `node.task.post` and `node.setonerror`.

use lua_vm::api::Value;
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::{LuaInt, NumberModel};

use super::no_device;
use crate::device::{Device, Priority};

/// `node.task.post([priority,] function)`: calls the function with its priority once what runs has returned.
pub(super) fn post<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let mut place = 0;
    let mut priority = Priority::Medium;
    if let Value::Integer(number) = frame.get(0) {
        place = 1;
        let Some(given) = Priority::of(number.widen()) else {
            return Err(frame.arg_error(0, format_args!("invalid priority")));
        };
        priority = given;
    }
    let Value::Function(function) = frame.get(place) else {
        return Err(frame.type_error(place, "function"));
    };
    let ctx = frame.ctx();
    let function = ctx.stash(function)?;
    let posted = Device::with(ctx, |device| {
        let fits = device.queue.has_room(priority);
        if fits {
            device.queue.post(priority, function);
        }
        fits
    });
    match posted {
        None => Err(no_device(frame)),
        Some(true) => frame.ret0(),
        Some(false) => Err(frame.error(format_args!("Task queue overflow. Task not posted"))),
    }
}

/// `node.setonerror([function])`: the function gets the errors of functions that were posted; without one the device restarts.
pub(super) fn setonerror<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let handler = match frame.get(0) {
        Value::Nil => None,
        Value::Function(function) => Some(ctx.stash(function)?),
        _ => return Err(frame.type_error(0, "function")),
    };
    match Device::with(ctx, |device| device.on_error.set(handler)) {
        None => Err(no_device(frame)),
        Some(()) => frame.ret0(),
    }
}
