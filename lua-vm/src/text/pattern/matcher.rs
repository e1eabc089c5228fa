//! The backtracking matcher.

use core::ops::Range;

use super::class::{self, First, Single};
use super::{MAX_CAPTURES, PatternError};

/// Choices remembered without asking for more stack: patterns met in practice need fewer.
const INLINE_FRAMES: usize = 24;

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

const NO_FRAME: Frame = Frame {
    pattern: 0,
    low: 0,
    high: 0,
};

struct Captures {
    count: usize,
    starts: [u32; MAX_CAPTURES],
    lengths: [u32; MAX_CAPTURES],
}

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
    captures: Captures,
    frames: [Frame; INLINE_FRAMES],
    /// Made by the first search.
    first: Option<First>,
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
            captures: Captures {
                count: 0,
                starts: [0; MAX_CAPTURES],
                lengths: [0; MAX_CAPTURES],
            },
            frames: [NO_FRAME; INLINE_FRAMES],
            first: None,
        }
    }

    /// Matches at `init` exactly; the end of the match.
    ///
    /// # Errors
    /// What is wrong with the pattern, as far as the match got to see it.
    #[inline]
    pub fn match_at(&mut self, init: usize) -> Result<Option<usize>, PatternError> {
        let mut run = Run {
            source: self.source,
            pattern: self.pattern,
            captures: &mut self.captures,
            frames: &mut self.frames,
        };
        match run.run(init) {
            Err(PatternError::TooComplex) => self.match_deeply(init),
            result => result,
        }
    }

    /// The same with all the stack that may be had. Matching has no effect but its captures, so it starts over.
    #[cold]
    #[inline(never)]
    fn match_deeply(&mut self, init: usize) -> Result<Option<usize>, PatternError> {
        let mut frames = [NO_FRAME; MAX_FRAMES];
        Run {
            source: self.source,
            pattern: self.pattern,
            captures: &mut self.captures,
            frames: &mut frames,
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
        // Bytes that cannot start a match are passed over: a match there would fail before it sees an error.
        let first = match self.first.take() {
            Some(first) => first,
            None => First::of(self.first_item()),
        };
        let found = self.search_candidates(&first, from, last_end);
        self.first = Some(first);
        found
    }

    #[inline(always)]
    fn search_candidates(
        &mut self,
        first: &First,
        from: usize,
        last_end: Option<usize>,
    ) -> Result<Option<Range<usize>>, PatternError> {
        let mut start = from;
        while let Some(rest) = self.source.get(start..) {
            let Some(skip) = first.find(rest) else { break };
            start += skip;
            if let Some(end) = self.match_at(start)?
                && Some(end) != last_end
            {
                return Ok(Some(start..end));
            }
            start += 1;
        }
        Ok(None)
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
        self.captures.count
    }

    /// Capture number `index`, counted from 0, of the last match, which covered `whole`. A pattern without
    /// captures has one: the whole match.
    ///
    /// # Errors
    /// [`PatternError::InvalidCaptureIndex`] if there is none, [`PatternError::UnfinishedCapture`] if the
    /// pattern did not close it.
    pub fn capture(&self, index: usize, whole: Range<usize>) -> Result<Capture, PatternError> {
        if index >= self.captures.count {
            return if index == 0 {
                Ok(Capture::Text(whole))
            } else {
                Err(PatternError::InvalidCaptureIndex(index as u8 + 1))
            };
        }
        let start = self.captures.start(index) as usize;
        match self.captures.length(index) {
            UNFINISHED => Err(PatternError::UnfinishedCapture),
            POSITION => Ok(Capture::Position(start + 1)),
            length => Ok(Capture::Text(start..start + length as usize)),
        }
    }
}

impl Captures {
    fn start(&self, index: usize) -> u32 {
        self.starts.get(index).copied().unwrap_or(0)
    }

    fn length(&self, index: usize) -> u32 {
        self.lengths.get(index).copied().unwrap_or(UNFINISHED)
    }

    fn set_length(&mut self, index: usize, length: u32) {
        if let Some(room) = self.lengths.get_mut(index) {
            *room = length;
        }
    }

    fn open(&mut self, start: usize, length: u32) -> Result<(), PatternError> {
        let (Some(starts), Some(lengths)) = (
            self.starts.get_mut(self.count),
            self.lengths.get_mut(self.count),
        ) else {
            return Err(PatternError::TooManyCaptures);
        };
        *starts = start as u32;
        *lengths = length;
        self.count += 1;
        Ok(())
    }

    /// Closes the innermost open capture; its index.
    fn close(&mut self, end: usize) -> Result<usize, PatternError> {
        let index = (0..self.count)
            .rev()
            .find(|&index| self.length(index) == UNFINISHED)
            .ok_or(PatternError::InvalidCapture)?;
        self.set_length(index, end as u32 - self.start(index));
        Ok(index)
    }
}

/// The pattern and the source of a match, and what it remembers.
struct Run<'a, 'm> {
    source: &'a [u8],
    pattern: &'a [u8],
    captures: &'m mut Captures,
    frames: &'m mut [Frame],
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
        self.captures.count = 0;
        // Where the match stands in the source and in the pattern, and the number of choices to come back to.
        let (mut at, mut item, mut depth) = (init, 0, 0);
        loop {
            // One item after another, until one fails.
            'items: while let Some(&head) = pattern.get(item) {
                match head {
                    b'(' => {
                        let position = pattern.get(item + 1) == Some(&b')');
                        let length = if position { POSITION } else { UNFINISHED };
                        self.captures.open(at, length)?;
                        self.push(&mut depth, item, 0, 0)?;
                        item += if position { 2 } else { 1 };
                        continue;
                    }
                    b')' => {
                        let index = self.captures.close(at)?;
                        self.push(&mut depth, item, index, 0)?;
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
                            self.push(&mut depth, suffix, low, at)?;
                        }
                    }
                    Some(b'-') => {
                        if single.matches(source.get(at)) {
                            self.push(&mut depth, suffix, at, item)?;
                        }
                        item = suffix + 1;
                    }
                    Some(b'?') => {
                        item = suffix + 1;
                        if single.matches(source.get(at)) {
                            self.push(&mut depth, suffix, at, 0)?;
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
            match self.backtrack(&mut depth)? {
                Some(next) => (at, item) = next,
                None => return Ok(None),
            }
        }
    }

    /// Goes back to the last choice that has another way: where to go on, or `None` if there is none.
    #[inline(always)]
    fn backtrack(&mut self, depth: &mut usize) -> Result<Option<(usize, usize)>, PatternError> {
        let (source, pattern) = (self.source, self.pattern);
        while let Some(top) = depth.checked_sub(1) {
            let Some(frame) = self.frames.get_mut(top) else {
                break;
            };
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
                    *depth = top;
                    return Ok(Some((low, next)));
                }
                Some(b'(') => self.captures.count -= 1,
                _ => self.captures.set_length(low, UNFINISHED),
            }
            *depth = top;
        }
        Ok(None)
    }

    #[inline(always)]
    fn push(
        &mut self,
        depth: &mut usize,
        pattern: usize,
        low: usize,
        high: usize,
    ) -> Result<(), PatternError> {
        let frame = self
            .frames
            .get_mut(*depth)
            .ok_or(PatternError::TooComplex)?;
        // Indices are below POSITION, which `run` has checked.
        *frame = Frame {
            pattern: pattern as u32,
            low: low as u32,
            high: high as u32,
        };
        *depth += 1;
        Ok(())
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
        let length = self.captures.length(index);
        if index >= self.captures.count || length == UNFINISHED {
            return Err(invalid);
        }
        if length == POSITION {
            // A position has no text; nothing is equal to it.
            return Ok(Outcome::Fail);
        }
        let (start, length) = (self.captures.start(index) as usize, length as usize);
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
        return Some(at + 1 + memchr::memchr(byte, rest)?);
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
