//! Looks into verified images: what weighs how much, and listings of functions.

mod listing;
mod summary;
mod weights;

pub use listing::{Detail, Listing};
pub use summary::Summary;
pub use weights::Weights;

use core::fmt;

/// Text as a quoted Lua-like literal; shortened to [`Quoted::MOST`] bytes.
pub(crate) struct Quoted<'a>(pub(crate) &'a [u8]);

impl Quoted<'_> {
    const MOST: usize = 60;
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_at_checked(Self::MOST) {
            Some((head, rest)) if !rest.is_empty() => {
                write!(f, "\"{}\"...", head.escape_ascii())
            }
            _ => write!(f, "\"{}\"", self.0.escape_ascii()),
        }
    }
}
