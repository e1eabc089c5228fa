//! The standard library.

mod buffer;
pub mod lfs;
pub mod math;
mod order;
pub mod string;
pub mod table;
mod text;
pub mod utf8;

/// Library tables a state has.
pub(crate) const LIBRARY_COUNT: usize = 16;

pub(crate) fn open<N: crate::number::NumberModel>(
    _lua: &mut crate::api::Lua<'_, N>,
) -> Result<(), crate::Error> {
    Ok(())
}
