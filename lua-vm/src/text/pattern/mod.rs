//! Lua patterns (section 6.4.1 of the manual): matching, searching, replacement templates.
//!
//! The matcher keeps its own stack of choices instead of recursing: its use of the native stack is
//! constant. Like the reference implementation it gives up on patterns that nest too many choices.

mod class;
mod matcher;
mod template;

pub use matcher::{Capture, Matcher};
pub use template::{Piece, Template};

use core::fmt;

/// Most captures a pattern may have.
pub const MAX_CAPTURES: usize = 32;

/// Why a pattern or a replacement is refused. `Display` gives the reference implementation's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PatternError {
    /// A `%` with nothing after it.
    EndsWithPercent,
    /// A set without its `]`.
    MissingBracket,
    /// `%f` without a set.
    MissingFrontierSet,
    /// `%b` without two characters.
    MissingBalanceArguments,
    /// A `)` without its `(`.
    InvalidCapture,
    /// A reference to a capture that does not exist or is not finished; its number.
    InvalidCaptureIndex(u8),
    /// More than [`MAX_CAPTURES`] captures.
    TooManyCaptures,
    /// A `(` without its `)`.
    UnfinishedCapture,
    /// More nested choices than the matcher remembers.
    TooComplex,
    /// A `%` in a replacement that is followed by neither a digit nor `%`.
    InvalidReplacement,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PatternError::EndsWithPercent => "malformed pattern (ends with '%')",
            PatternError::MissingBracket => "malformed pattern (missing ']')",
            PatternError::MissingFrontierSet => "missing '[' after '%f' in pattern",
            PatternError::MissingBalanceArguments => {
                "malformed pattern (missing arguments to '%b')"
            }
            PatternError::InvalidCapture => "invalid pattern capture",
            PatternError::InvalidCaptureIndex(index) => {
                return write!(f, "invalid capture index %{index}");
            }
            PatternError::TooManyCaptures => "too many captures",
            PatternError::UnfinishedCapture => "unfinished capture",
            PatternError::TooComplex => "pattern too complex",
            PatternError::InvalidReplacement => "invalid use of '%' in replacement string",
        })
    }
}

impl core::error::Error for PatternError {}

/// Splits a pattern for `find`, `match` and `gsub` from its anchor: whether it starts with `^`, and the rest.
/// (In `gmatch` a `^` is a character like any other.)
#[must_use]
pub fn split_anchor(pattern: &[u8]) -> (bool, &[u8]) {
    match pattern {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    }
}

/// Whether a pattern has a character that makes it more than plain text.
#[must_use]
pub fn has_specials(pattern: &[u8]) -> bool {
    pattern.iter().any(|byte| {
        matches!(
            byte,
            b'^' | b'$' | b'*' | b'+' | b'?' | b'.' | b'(' | b'[' | b'%' | b'-'
        )
    })
}

/// Index of the first occurrence of `needle` at or after `from`; an empty one is found at once, if
/// `from` is no further than the end.
///
/// ```
/// use lua_vm::text::pattern::find_plain;
/// assert_eq!(find_plain(b"a.b.c", b".", 2), Some(3));
/// assert_eq!(find_plain(b"abc", b"", 3), Some(3));
/// ```
#[must_use]
pub fn find_plain(source: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = source.get(from..)?;
    let [first, tail @ ..] = needle else {
        return Some(from);
    };
    // The last start at which the needle would still fit.
    let starts = rest.get(..(rest.len() + 1).checked_sub(needle.len())?)?;
    let mut at = 0;
    loop {
        at += crate::text::find_byte(*first, starts.get(at..)?)?;
        if rest.get(at + 1..at + needle.len()) == Some(tail) {
            return Some(from + at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_found_where_it_first_occurs() {
        assert_eq!(find_plain(b"aaab", b"aab", 0), Some(1));
        assert_eq!(find_plain(b"abc", b"abcd", 0), None);
        assert_eq!(find_plain(b"abc", b"c", 2), Some(2));
        assert_eq!(find_plain(b"abc", b"c", 3), None);
        assert_eq!(find_plain(b"", b"", 0), Some(0));
        assert_eq!(find_plain(b"abc", b"", 4), None);
        assert_eq!(find_plain(b"a\0b", b"\0b", 0), Some(1));
    }

    #[test]
    fn specials() {
        assert!(!has_specials(b"abc)]}"));
        for special in b"^$*+?.([%-" {
            assert!(has_specials(&[b'a', *special]));
        }
        assert_eq!(split_anchor(b"^ab"), (true, &b"ab"[..]));
        assert_eq!(split_anchor(b"ab"), (false, &b"ab"[..]));
    }
}
