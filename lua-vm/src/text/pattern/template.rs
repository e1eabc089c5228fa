//! Replacement strings of `gsub`.

use super::PatternError;

/// A piece of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text to copy.
    Text(&'t [u8]),
    /// `%0`: the whole match.
    Whole,
    /// `%1` to `%9`: a capture, counted from 0.
    Capture(usize),
}

/// Walks the pieces of a replacement string.
///
/// ```
/// use lua_vm::text::pattern::{Piece, Template};
/// let pieces: Result<Vec<_>, _> = Template::new(b"<%1>").collect();
/// assert_eq!(pieces.unwrap(), [Piece::Text(b"<"), Piece::Capture(0), Piece::Text(b">")]);
/// ```
#[derive(Clone, Debug)]
pub struct Template<'t> {
    rest: &'t [u8],
}

impl<'t> Template<'t> {
    /// A walk from the start of a replacement string.
    #[must_use]
    pub fn new(text: &'t [u8]) -> Self {
        Template { rest: text }
    }
}

impl<'t> Iterator for Template<'t> {
    type Item = Result<Piece<'t>, PatternError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (piece, rest) = match *self.rest {
            [] => return None,
            [b'%', b'0', ref rest @ ..] => (Piece::Whole, rest),
            [b'%', digit @ b'1'..=b'9', ref rest @ ..] => {
                (Piece::Capture(usize::from(digit - b'1')), rest)
            }
            [b'%', b'%', ref rest @ ..] => (Piece::Text(b"%"), rest),
            [b'%', ..] => {
                self.rest = &[];
                return Some(Err(PatternError::InvalidReplacement));
            }
            _ => {
                let end = crate::text::find_byte(b'%', self.rest).unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at_checked(end)?;
                (Piece::Text(text), rest)
            }
        };
        self.rest = rest;
        Some(Ok(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn pieces_and_errors() {
        let pieces: Vec<_> = Template::new(b"a%0%%%9%").collect();
        assert_eq!(
            pieces,
            [
                Ok(Piece::Text(b"a")),
                Ok(Piece::Whole),
                Ok(Piece::Text(b"%")),
                Ok(Piece::Capture(8)),
                Err(PatternError::InvalidReplacement),
            ]
        );
        let pieces: Vec<_> = Template::new(b"%x1").collect();
        assert_eq!(pieces, [Err(PatternError::InvalidReplacement)]);
    }
}
