//! Rust closures as Lua functions.

use super::{Ctx, Error, ErrorKind, FromLuaMulti, Function, IntoLuaMulti, Value};
use crate::boxed::try_box;
use crate::frame::{Frame, Step, Throw};
use crate::number::NumberModel;
use alloc::boxed::Box;

type Boxed<N> = Box<dyn for<'gc> Fn(&mut Frame<'gc, N>) -> Result<Step, Throw>>;

/// The value a closure's function keeps it in.
struct RustFunction<N: NumberModel>(Boxed<N>);

/// Calls the closure kept in the first upvalue.
fn call_closure<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    if let Value::UserData(function) = frame.upvalue(0)
        && let Some(result) =
            function.with::<RustFunction<N>, _>(ctx, |function| (function.0)(frame))
    {
        return result;
    }
    Err(ctx.error(format_args!(
        "a Rust function was called while it is running"
    )))
}

/// Raises an [`Error`] of Rust code as a Lua error.
fn throw_error<N: NumberModel>(frame: &mut Frame<'_, N>, error: &Error) -> Throw {
    match error.kind() {
        ErrorKind::Memory => Throw::Memory,
        _ => frame.error_bytes(format_args!(""), error.message()),
    }
}

impl<'gc, N: NumberModel> Ctx<'gc, N> {
    /// A function that runs a Rust closure on converted arguments. The closure may be called again after memory ran
    /// out while its results were converted.
    ///
    /// Arguments and results are owned types; a function that handles Lua values takes a
    /// [`Frame`] instead: see [`Ctx::native`].
    ///
    /// # Errors
    /// Out of memory.
    pub fn create_function<A, R, F>(self, function: F) -> Result<Function<'gc, N>, Throw>
    where
        A: for<'a> FromLuaMulti<'a, N> + 'static,
        R: for<'a> IntoLuaMulti<'a, N> + 'static,
        F: Fn(A) -> Result<R, Error> + 'static,
    {
        let boxed: Boxed<N> = try_box(move |frame: &mut Frame<'_, N>| {
            let ctx = frame.ctx();
            let count = frame.len();
            let arguments = A::from_values(count, &|index| frame.get(index), ctx);
            let results = match arguments.and_then(&function) {
                Ok(results) => results,
                Err(error) => return Err(throw_error(frame, &error)),
            };
            let first = frame.len();
            results.push_all(ctx, &mut |value| frame.push(value))?;
            Ok(Step::Return((frame.len() - first) as u32))
        })?;
        let kept = self.new_userdata(RustFunction(boxed), None)?;
        self.native_closure(call_closure::<N>, &[kept.into()])
    }
}
