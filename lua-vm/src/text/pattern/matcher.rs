//! The backtracking matcher.

use arrayvec::ArrayVec;
use core::ops::Range;

use super::class::{self, ByteSet, Single};
use super::{MAX_CAPTURES, PatternError};

/// Choices remembered at most. On hosts as many as the reference implementation's limit of 200 nested
/// calls allows; less on small targets, where 12 bytes each would not fit a task's stack.
const MAX_FRAMES: usize = if usize::BITS >= 64 { 199 } else { 96 };

/// Capture lengths that are none.
const UNFINISHED: u32 = u32::MAX;
const POSITION: u32 = u32::MAX - 1;

/// What was captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capture {
    /// A part of the source.
    Text(Range<usize>),
    /// `()`: a position, counted from 1 as Lua does.
    Position(usize),
}

/// A choice to come back to, or a capture to undo. Which kind it is tells the pattern's byte there.
#[derive(Clone, Copy)]
struct Frame {
    /// Index in the pattern: of the suffix `*`, `+`, `-`, `?`, or of the parenthesis.
    pattern: u32,
    /// `*`, `+`: shortest end; `-`, `?`: end of what the item has matched so far; `)`: the capture's index.
    low: u32,
    /// `*`, `+`: the end tried last; `-`: index of the item in the pattern.
    high: u32,
}

/// Where a capture starts, and its length, [`UNFINISHED`] or [`POSITION`].
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    length: u32,
}

type Spans = ArrayVec<Span, MAX_CAPTURES>;

/// Matches one pattern against one source, and holds the captures of the last match.
///
/// The pattern is without its anchor, see [`super::split_anchor`]. Sources of 4 GiB and more are refused
/// as too complex.
///
/// ```
/// use lua_vm::text::pattern::{Capture, Matcher};
/// let mut matcher = Matcher::new(b"key = value", b"(%w+)%s*=%s*()");
/// assert_eq!(matcher.search(0, None), Ok(Some(0..6)));
/// assert_eq!(matcher.capture(0, 0..6), Ok(Capture::Text(0..3)));
/// assert_eq!(matcher.capture(1, 0..6), Ok(Capture::Position(7)));
/// ```
pub struct Matcher<'a> {
    source: &'a [u8],
    pattern: &'a [u8],
    captures: Spans,
    /// What every match starts with ([`Single::Any`] if it is not known), found by the first search.
    first: Option<Single<'a>>,
    /// The bytes of a set among those, once many were looked at.
    set: Option<ByteSet>,
}

impl<'a> Matcher<'a> {
    /// A matcher of `pattern` in `source`.
    // In place: it is large.
    #[inline(always)]
    #[must_use]
    pub fn new(source: &'a [u8], pattern: &'a [u8]) -> Self {
        Matcher {
            source,
            pattern,
            captures: Spans::new_const(),
            first: None,
            set: None,
        }
    }

    /// Matches at `init` exactly; the end of the match.
    ///
    /// # Errors
    /// What is wrong with the pattern, as far as the match got to see it.
    #[inline]
    pub fn match_at(&mut self, init: usize) -> Result<Option<usize>, PatternError> {
        Run {
            source: self.source,
            pattern: self.pattern,
            captures: &mut self.captures,
            frames: ArrayVec::new_const(),
        }
        .run(init)
    }

    /// The first match that starts at `from` or later, and does not end at `last_end`: where the match
    /// before ended, so that `gmatch` and `gsub` find no empty match right after another.
    ///
    /// # Errors
    /// As [`Matcher::match_at`].
    pub fn search(
        &mut self,
        from: usize,
        last_end: Option<usize>,
    ) -> Result<Option<Range<usize>>, PatternError> {
        let mut start = from;
        while let Some(at) = self.candidate(start) {
            if let Some(end) = self.match_at(at)?
                && Some(end) != last_end
            {
                return Ok(Some(at..end));
            }
            start = at + 1;
        }
        Ok(None)
    }

    /// The first place from `start` on where a match may begin. Bytes that cannot start one are passed over: a match there
    /// would fail before it sees an error.
    #[inline(always)]
    fn candidate(&mut self, start: usize) -> Option<usize> {
        let rest = self.source.get(start..)?;
        let first = match self.first {
            Some(first) => first,
            None => *self.first.insert(self.first_item().unwrap_or(Single::Any)),
        };
        Some(start + first.find(rest, &mut self.set)?)
    }

    /// The single-character item that every match starts with, if there is one.
    fn first_item(&self) -> Option<Single<'a>> {
        let mut index = 0;
        while let Some(b'(') = self.pattern.get(index) {
            index += 1;
            if self.pattern.get(index) == Some(&b')') {
                index += 1;
            }
            // Too many captures are an error even where the item does not match.
            if index > MAX_CAPTURES {
                return None;
            }
        }
        required_item(self.pattern, index)
    }

    /// Number of captures of the last match.
    #[must_use]
    pub fn capture_count(&self) -> usize {
        self.captures.len()
    }

    /// Capture number `index`, counted from 0, of the last match, which covered `whole`. A pattern without
    /// captures has one: the whole match.
    ///
    /// # Errors
    /// [`PatternError::InvalidCaptureIndex`] if there is none, [`PatternError::UnfinishedCapture`] if the
    /// pattern did not close it.
    pub fn capture(&self, index: usize, whole: Range<usize>) -> Result<Capture, PatternError> {
        let Some(span) = self.captures.get(index) else {
            return if index == 0 {
                Ok(Capture::Text(whole))
            } else {
                Err(PatternError::InvalidCaptureIndex(index as u8 + 1))
            };
        };
        let start = span.start as usize;
        match span.length {
            UNFINISHED => Err(PatternError::UnfinishedCapture),
            POSITION => Ok(Capture::Position(start + 1)),
            length => Ok(Capture::Text(start..start + length as usize)),
        }
    }
}

/// The pattern and the source of a match, and what it remembers.
struct Run<'a, 'm> {
    source: &'a [u8],
    pattern: &'a [u8],
    captures: &'m mut Spans,
    frames: ArrayVec<Frame, MAX_FRAMES>,
}

/// How an item that is not a single character has matched.
enum Outcome {
    Fail,
    /// On with the next item: index in the source, index in the pattern.
    Go(usize, usize),
}

impl Run<'_, '_> {
    fn run(&mut self, init: usize) -> Result<Option<usize>, PatternError> {
        let (source, pattern) = (self.source, self.pattern);
        if source.len() >= POSITION as usize || pattern.len() >= POSITION as usize {
            return Err(PatternError::TooComplex);
        }
        self.captures.clear();
        // Where the match stands in the source and in the pattern.
        let (mut at, mut item) = (init, 0);
        loop {
            // One item after another, until one fails.
            'items: while let Some(&head) = pattern.get(item) {
                match head {
                    b'(' => {
                        let position = pattern.get(item + 1) == Some(&b')');
                        let length = if position { POSITION } else { UNFINISHED };
                        self.open(at, length)?;
                        self.push(item, 0, 0)?;
                        item += if position { 2 } else { 1 };
                        continue;
                    }
                    b')' => {
                        let index = self.close(at)?;
                        self.push(item, index, 0)?;
                        item += 1;
                        continue;
                    }
                    b'$' if item + 1 == pattern.len() => {
                        if at == source.len() {
                            return Ok(Some(at));
                        }
                        break;
                    }
                    b'%' if is_compound(pattern, item) => match self.compound(at, item)? {
                        Outcome::Fail => break,
                        Outcome::Go(next_at, next_item) => {
                            (at, item) = (next_at, next_item);
                            continue;
                        }
                    },
                    _ => {}
                }
                let (single, suffix) = Single::parse(pattern, item)?;
                match pattern.get(suffix) {
                    Some(&repeat @ (b'*' | b'+')) => {
                        let low = at + usize::from(repeat == b'+');
                        let high = at + single.span(source.get(at..).unwrap_or_default());
                        if high < low {
                            break;
                        }
                        item = suffix + 1;
                        // An item that matches nothing leaves no choice.
                        if high > at {
                            match longest(source, pattern, low, high, item) {
                                None => break 'items,
                                Some(high) => at = high,
                            }
                            self.push(suffix, low, at)?;
                        }
                    }
                    Some(b'-') => {
                        if single.matches(source.get(at)) {
                            self.push(suffix, at, item)?;
                        }
                        item = suffix + 1;
                    }
                    Some(b'?') => {
                        item = suffix + 1;
                        if single.matches(source.get(at)) {
                            self.push(suffix, at, 0)?;
                            at += 1;
                        }
                    }
                    _ => {
                        if !single.matches(source.get(at)) {
                            break;
                        }
                        at += 1;
                        item = suffix;
                    }
                }
            }
            if item >= pattern.len() {
                return Ok(Some(at));
            }
            match self.backtrack()? {
                Some(next) => (at, item) = next,
                None => return Ok(None),
            }
        }
    }

    /// Goes back to the last choice that has another way: where to go on, or `None` if there is none.
    #[inline(always)]
    fn backtrack(&mut self) -> Result<Option<(usize, usize)>, PatternError> {
        let (source, pattern) = (self.source, self.pattern);
        while let Some(frame) = self.frames.last_mut() {
            let suffix = frame.pattern as usize;
            let (low, high, next) = (frame.low as usize, frame.high as usize, suffix + 1);
            match pattern.get(suffix) {
                Some(b'*' | b'+') => {
                    if high > low
                        && let Some(high) = longest(source, pattern, low, high - 1, next)
                    {
                        frame.high = high as u32;
                        return Ok(Some((high, next)));
                    }
                }
                Some(b'-') => {
                    let (single, _) = Single::parse(pattern, high)?;
                    if let Some(at) = one_more(source, pattern, single, low, next) {
                        frame.low = at as u32;
                        return Ok(Some((at, next)));
                    }
                }
                Some(b'?') => {
                    self.frames.pop();
                    return Ok(Some((low, next)));
                }
                Some(b'(') => {
                    self.captures.pop();
                }
                _ => {
                    if let Some(span) = self.captures.get_mut(low) {
                        span.length = UNFINISHED;
                    }
                }
            }
            self.frames.pop();
        }
        Ok(None)
    }

    fn push(&mut self, pattern: usize, low: usize, high: usize) -> Result<(), PatternError> {
        // Indices are below POSITION, which `run` has checked.
        self.frames
            .try_push(Frame {
                pattern: pattern as u32,
                low: low as u32,
                high: high as u32,
            })
            .map_err(|_| PatternError::TooComplex)
    }

    fn open(&mut self, start: usize, length: u32) -> Result<(), PatternError> {
        self.captures
            .try_push(Span {
                start: start as u32,
                length,
            })
            .map_err(|_| PatternError::TooManyCaptures)
    }

    /// Closes the innermost open capture; its index.
    fn close(&mut self, end: usize) -> Result<usize, PatternError> {
        let mut open = self.captures.iter_mut().enumerate().rev();
        let (index, span) = open
            .find(|(_, span)| span.length == UNFINISHED)
            .ok_or(PatternError::InvalidCapture)?;
        span.length = end as u32 - span.start;
        Ok(index)
    }

    /// Matches `%b`, `%f` or a back reference.
    fn compound(&self, at: usize, item: usize) -> Result<Outcome, PatternError> {
        match self.pattern.get(item + 1) {
            Some(b'b') => self.balance(at, item),
            Some(b'f') => self.frontier(at, item),
            Some(&digit) => self.back_reference(at, item, digit),
            None => Err(PatternError::EndsWithPercent),
        }
    }

    /// `%bxy`: from an `x` to the `y` that balances it.
    fn balance(&self, at: usize, item: usize) -> Result<Outcome, PatternError> {
        let (Some(&open), Some(&close)) = (self.pattern.get(item + 2), self.pattern.get(item + 3))
        else {
            return Err(PatternError::MissingBalanceArguments);
        };
        if self.source.get(at) != Some(&open) {
            return Ok(Outcome::Fail);
        }
        let mut nested = 1usize;
        for (index, &byte) in self.source.iter().enumerate().skip(at + 1) {
            if byte == close {
                nested -= 1;
                if nested == 0 {
                    return Ok(Outcome::Go(index + 1, item + 4));
                }
            } else if byte == open {
                nested += 1;
            }
        }
        Ok(Outcome::Fail)
    }

    /// `%f[set]`: between a byte outside of the set and one inside; both ends of the source count as zero bytes.
    fn frontier(&self, at: usize, item: usize) -> Result<Outcome, PatternError> {
        let start = item + 2;
        if self.pattern.get(start) != Some(&b'[') {
            return Err(PatternError::MissingFrontierSet);
        }
        let end = class::set_end(self.pattern, start)?;
        let body = self.pattern.get(start + 1..end - 1).unwrap_or_default();
        let before = at.checked_sub(1).and_then(|index| self.source.get(index));
        let before = before.copied().unwrap_or(0);
        let after = self.source.get(at).copied().unwrap_or(0);
        Ok(
            if !class::set_contains(body, before) && class::set_contains(body, after) {
                Outcome::Go(at, end)
            } else {
                Outcome::Fail
            },
        )
    }

    /// `%1`: the same bytes as a capture.
    fn back_reference(&self, at: usize, item: usize, digit: u8) -> Result<Outcome, PatternError> {
        let invalid = PatternError::InvalidCaptureIndex(digit - b'0');
        let index = usize::from(digit).checked_sub(usize::from(b'1'));
        let index = index.ok_or(invalid)?;
        let span = *self.captures.get(index).ok_or(invalid)?;
        if span.length == UNFINISHED {
            return Err(invalid);
        }
        if span.length == POSITION {
            // A position has no text; nothing is equal to it.
            return Ok(Outcome::Fail);
        }
        let (start, length) = (span.start as usize, span.length as usize);
        let captured = self.source.get(start..start + length).unwrap_or_default();
        // Byte by byte: captures are short, a call to compare memory is not.
        Ok(match self.source.get(at..at + length) {
            Some(text) if text.iter().eq(captured) => Outcome::Go(at + length, item + 2),
            _ => Outcome::Fail,
        })
    }
}

/// Whether the `%` at `item` starts one of the items that are more than a character class.
#[inline(always)]
fn is_compound(pattern: &[u8], item: usize) -> bool {
    matches!(pattern.get(item + 1), Some(b'b' | b'f' | b'0'..=b'9'))
}

/// The item at `start` if it is a single-character one that must match at least once.
fn required_item(pattern: &[u8], start: usize) -> Option<Single<'_>> {
    match pattern.get(start)? {
        b'(' | b')' => return None,
        b'$' if start + 1 == pattern.len() => return None,
        b'%' if is_compound(pattern, start) => return None,
        _ => {}
    }
    let (item, after) = Single::parse(pattern, start).ok()?;
    match pattern.get(after) {
        Some(b'*' | b'?' | b'-') => None,
        _ => Some(item),
    }
}

/// The byte that must come at the item at `start`, if it is told without looking far.
#[inline(always)]
fn required_byte(pattern: &[u8], start: usize) -> Option<u8> {
    let &byte = pattern.get(start)?;
    match byte {
        b'(' | b')' | b'%' | b'[' | b'.' | b'$' => None,
        _ => match pattern.get(start + 1) {
            Some(b'*' | b'?' | b'-') => None,
            _ => Some(byte),
        },
    }
}

/// The last end in `low..=high` at which the item `next` may match: all others fail at once.
#[inline(always)]
fn longest(source: &[u8], pattern: &[u8], low: usize, high: usize, next: usize) -> Option<usize> {
    match required_byte(pattern, next) {
        None => Some(high),
        Some(byte) => {
            let end = (high + 1).min(source.len());
            let range = source.get(low..end)?;
            let index = range.iter().rposition(|&own| own == byte)?;
            Some(low + index)
        }
    }
}

/// The first end after `at` that `single` reaches and at which the item `next` may match.
#[inline(always)]
fn one_more(
    source: &[u8],
    pattern: &[u8],
    single: Single<'_>,
    at: usize,
    next: usize,
) -> Option<usize> {
    let Some(byte) = required_byte(pattern, next) else {
        return single.matches(source.get(at)).then_some(at + 1);
    };
    if let Single::Any = single {
        let rest = source.get(at + 1..)?;
        return Some(at + 1 + crate::text::find_byte(byte, rest)?);
    }
    let mut at = at;
    while single.matches(source.get(at)) {
        at += 1;
        if source.get(at) == Some(&byte) {
            return Some(at);
        }
    }
    None
}
