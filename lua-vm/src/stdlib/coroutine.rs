//! The `coroutine` library (manual section 6.2).

use crate::api::{Thread, Value};
use crate::frame::{Frame, PASS_ON, PASS_ON_TRUE, Step, Throw};
use crate::layer::{RomValue, library};
use crate::number::NumberModel;
use crate::object::thread::Status;

library! {
    /// The entries of `coroutine`.
    pub struct Library in crate::builtin::BUILTIN {
        "create" => RomValue::Native(create::<N>),
        "isyieldable" => RomValue::Native(isyieldable::<N>),
        "resume" => RomValue::Native(resume::<N>),
        "running" => RomValue::Native(running::<N>),
        "status" => RomValue::Native(status::<N>),
        "wrap" => RomValue::Native(wrap::<N>),
        "yield" => RomValue::Native(yield_values::<N>),
    }
}

fn new_thread<'gc, N: NumberModel>(frame: &mut Frame<'gc, N>) -> Result<Thread<'gc, N>, Throw> {
    match frame.get(0) {
        Value::Function(function) => frame.ctx().new_thread(function),
        _ => Err(frame.type_error(0, "function")),
    }
}

fn check_thread<'gc, N: NumberModel>(frame: &mut Frame<'gc, N>) -> Result<Thread<'gc, N>, Throw> {
    match frame.get(0) {
        Value::Thread(thread) => Ok(thread),
        _ => Err(frame.arg_error(0, format_args!("thread expected"))),
    }
}

/// `coroutine.create(f)`
fn create<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let thread = new_thread(frame)?;
    frame.ret1(thread)
}

/// `coroutine.resume(co [, ...])`
fn resume<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() > 0 {
        let error = frame.pop();
        return frame.ret2(false, error);
    }
    check_thread(frame)?;
    Ok(Step::Resume {
        args: frame.len() as u32 - 1,
        state: PASS_ON_TRUE,
    })
}

/// `coroutine.wrap(f)`
fn wrap<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let thread = new_thread(frame)?;
    let function = frame.ctx().native_closure(wrapped::<N>, &[thread.into()])?;
    frame.ret1(function)
}

/// Resumes the thread it holds; an error goes on to the caller, with its position before a message.
fn wrapped<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match frame.state() {
        0 => {
            frame.insert_raw(0, frame.raw_upvalue(0))?;
            Ok(Step::Resume {
                args: frame.len() as u32 - 1,
                state: PASS_ON,
            })
        }
        _ => Err(match frame.pop() {
            Value::String(message) => frame.error_bytes(format_args!(""), message.as_bytes()),
            error => frame.ctx().throw(error),
        }),
    }
}

/// `coroutine.yield(...)`
fn yield_values<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    Ok(Step::Yield {
        values: frame.len() as u32,
        state: PASS_ON,
    })
}

/// `coroutine.status(co)`
fn status<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let thread = check_thread(frame)?;
    frame.ret_bytes(match thread.status() {
        Status::Suspended => b"suspended",
        Status::Running => b"running",
        Status::Normal => b"normal",
        Status::Dead => b"dead",
    })
}

/// `coroutine.running()`
fn running<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (thread, main) = frame.ctx().running_thread();
    frame.ret2(thread, main)
}

/// `coroutine.isyieldable()`
fn isyieldable<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let yieldable = frame.ctx().state().is_yieldable();
    frame.ret1(yieldable)
}
