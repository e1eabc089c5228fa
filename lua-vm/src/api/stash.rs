//! Values kept across `enter` and calls.

use super::{Ctx, Value};
use crate::frame::Throw;
use crate::handles::Handle;
use crate::number::NumberModel;

/// A value kept by the host: it is a root until the stash is dropped. Good for the state it came from only.
pub struct Stash(pub(crate) Handle);

impl<'gc, N: NumberModel> Ctx<'gc, N> {
    /// Keeps a value beyond `'gc`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn stash(self, value: impl Into<Value<'gc, N>>) -> Result<Stash, Throw> {
        Ok(Stash(self.state().roots.handles.keep(value.into().val())?))
    }

    /// The value of a stash, `None` if it is one of another state.
    pub fn fetch(self, stash: &Stash) -> Option<Value<'gc, N>> {
        // SAFETY: kept values are roots.
        self.state()
            .roots
            .handles
            .get(&stash.0)
            .map(|value| unsafe { Value::from_val(value) })
    }
}
