//! The standard library.

/// Library tables a state has.
pub(crate) const LIBRARY_COUNT: usize = 16;
