//! `node.input` and `node.output`.

use lua_vm::api::Value;
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::{LuaInt, NumberModel};

use super::no_device;
use crate::device::Device;

/// `node.input(text)`: as if the text were typed at the prompt.
pub(super) fn input<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let text = frame.check_bytes(0)?;
    let typed = Device::with(frame.ctx(), |device| {
        device.terminal(|terminal| terminal.type_in(text))
    });
    match typed.flatten() {
        None => Err(no_device(frame)),
        Some(true) => frame.ret0(),
        Some(false) => Err(Throw::Memory),
    }
}

/// `node.output([function [, serial]])`: the function gets what is put out, as strings; the terminal gets it too unless `serial`
/// is 0 or false. Without a function the terminal alone gets it again.
pub(super) fn output<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let serial = match frame.get(1) {
        Value::Nil => true,
        Value::Integer(number) => number.widen() != 0,
        other => other.truthy(),
    };
    let to = match frame.get(0) {
        Value::Nil => None,
        Value::Function(function) => Some((ctx.stash(function)?, serial)),
        _ => return Err(frame.type_error(0, "function")),
    };
    let done = Device::with(ctx, |device| {
        device.terminal(|terminal| terminal.redirect(to))
    });
    match done.flatten() {
        None => Err(no_device(frame)),
        Some(()) => frame.ret0(),
    }
}
