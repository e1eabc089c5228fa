//! `string.find`, `string.match`, `string.gmatch`, and the captures they return.

use super::{length, position};
use crate::api::Value;
use crate::frame::{Frame, Step, Throw};
use crate::number::{LuaInt, NumberModel};
use crate::text::pattern::{
    Capture, Matcher, PatternError, find_plain, has_specials, split_anchor,
};
use crate::value::Val;
use core::ops::Range;

/// `string.find(s, pattern [, init [, plain]])`
pub fn find<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let source = frame.check_bytes(0)?;
    let pattern = frame.check_bytes(1)?;
    let Some(init) = start(frame, source)? else {
        return frame.ret1(Value::Nil);
    };
    if !frame.raw(3).is_falsy() || !has_specials(pattern) {
        return match find_plain(source, pattern, init) {
            Some(at) => ret_range(frame, at..at + pattern.len()),
            None => frame.ret1(Value::Nil),
        };
    }
    let (anchored, rest) = split_anchor(pattern);
    let mut matcher = Matcher::new(source, rest);
    match first_match(frame, &mut matcher, anchored, init)? {
        Some(range) => {
            let captures = matcher.capture_count();
            if captures == 0 {
                return ret_range(frame, range);
            }
            frame.reserve(2 + captures)?;
            frame.push_raw(Val::int(length::<N::Int>(range.start + 1)))?;
            frame.push_raw(Val::int(length::<N::Int>(range.end)))?;
            for index in 0..captures {
                push_capture(frame, &matcher, source, index, &range)?;
            }
            Ok(Step::Return(2 + captures as u32))
        }
        None => frame.ret1(Value::Nil),
    }
}

#[inline]
fn ret_range<N: NumberModel>(frame: &mut Frame<'_, N>, range: Range<usize>) -> Result<Step, Throw> {
    frame.ret_raw([
        Val::int(length::<N::Int>(range.start + 1)),
        Val::int(length::<N::Int>(range.end)),
    ])
}

/// `string.match(s, pattern [, init])`
pub fn match_pattern<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let source = frame.check_bytes(0)?;
    let pattern = frame.check_bytes(1)?;
    let Some(init) = start(frame, source)? else {
        return frame.ret1(Value::Nil);
    };
    let (anchored, rest) = split_anchor(pattern);
    let mut matcher = Matcher::new(source, rest);
    match first_match(frame, &mut matcher, anchored, init)? {
        Some(range) => {
            let count = push_captures(frame, &matcher, source, &range)?;
            Ok(Step::Return(count as u32))
        }
        None => frame.ret1(Value::Nil),
    }
}

/// The index where the search starts, by argument 3; `None` if that is beyond the end.
#[inline(always)]
fn start<N: NumberModel>(frame: &mut Frame<'_, N>, source: &[u8]) -> Result<Option<usize>, Throw> {
    if frame.len() < 3 {
        return Ok(Some(0));
    }
    let len = length::<N::Int>(source.len());
    let init = position(frame.opt_int(2, N::Int::ONE)?, len);
    if init <= N::Int::ONE {
        return Ok(Some(0));
    }
    let init = init.sub(N::Int::ONE);
    Ok((init <= len).then_some(init.widen() as usize))
}

#[inline(always)]
fn first_match<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    matcher: &mut Matcher<'_>,
    anchored: bool,
    init: usize,
) -> Result<Option<Range<usize>>, Throw> {
    let result = if anchored {
        matcher.match_at(init).map(|end| end.map(|end| init..end))
    } else {
        matcher.search(init, None)
    };
    result.map_err(|error| pattern_error(frame, error))
}

/// Raises what is wrong with a pattern.
#[cold]
pub(super) fn pattern_error<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    error: PatternError,
) -> Throw {
    frame.error(format_args!("{error}"))
}

/// Pushes what a pattern captured: the whole match if it has no captures. Their number.
#[inline]
pub(super) fn push_captures<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    matcher: &Matcher<'_>,
    source: &[u8],
    whole: &Range<usize>,
) -> Result<usize, Throw> {
    let count = matcher.capture_count().max(1);
    frame.reserve(count)?;
    for index in 0..count {
        push_capture(frame, matcher, source, index, whole)?;
    }
    Ok(count)
}

/// Pushes one capture.
#[inline]
pub(super) fn push_capture<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    matcher: &Matcher<'_>,
    source: &[u8],
    index: usize,
    whole: &Range<usize>,
) -> Result<(), Throw> {
    let value = capture(frame, matcher, source, index, whole)?;
    frame.push_raw(value)
}

/// The value of one capture.
#[inline]
pub(super) fn capture<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    matcher: &Matcher<'_>,
    source: &[u8],
    index: usize,
    whole: &Range<usize>,
) -> Result<Val<N>, Throw> {
    match matcher.capture(index, whole.clone()) {
        Ok(Capture::Text(range)) => {
            let text = source.get(range).unwrap_or_default();
            Ok(frame.ctx().intern(text)?.val())
        }
        Ok(Capture::Position(at)) => Ok(Val::int(length::<N::Int>(at))),
        Err(error) => Err(pattern_error(frame, error)),
    }
}

/// Upvalues of the iterator that `gmatch` returns.
mod upvalue {
    pub const SOURCE: usize = 0;
    pub const PATTERN: usize = 1;
    /// End of the match before, -1 at first.
    pub const END: usize = 2;
}

/// `string.gmatch(s, pattern)`
pub fn gmatch<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let source = frame.check_string(0)?;
    let pattern = frame.check_string(1)?;
    let values = [
        source.into(),
        pattern.into(),
        Value::Integer(N::Int::ONE.neg()),
    ];
    let iterator = frame.ctx().native_closure(next_match::<N>, &values)?;
    frame.ret1(iterator)
}

fn next_match<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (Value::String(source), Value::String(pattern), Value::Integer(end)) = (
        frame.upvalue(upvalue::SOURCE),
        frame.upvalue(upvalue::PATTERN),
        frame.upvalue(upvalue::END),
    ) else {
        return frame.ret0();
    };
    let source = source.as_bytes();
    let last_end = usize::try_from(end.widen()).ok();
    let mut matcher = Matcher::new(source, pattern.as_bytes());
    match matcher.search(last_end.unwrap_or(0), last_end) {
        Ok(Some(range)) => {
            let count = push_captures(frame, &matcher, source, &range)?;
            frame.set_upvalue(upvalue::END, Value::Integer(length(range.end)));
            Ok(Step::Return(count as u32))
        }
        Ok(None) => frame.ret0(),
        Err(error) => Err(pattern_error(frame, error)),
    }
}
