//! `string.gsub`.
//!
//! Replacement by a string, or by a table without `__index`, runs in one go over a scratch buffer. Replacement by a
//! function is a state machine whose result grows in a buffer owned by a userdata in its frame.

use super::find::{capture, pattern_error, push_capture, push_captures};
use super::length;
use crate::api::{Table, UserData, Value};
use crate::builtin::Event;
use crate::convert::number_text;
use crate::frame::{Frame, Step, Throw};
use crate::interp::natives;
use crate::number::{LuaInt, NumberModel, int_text};
use crate::stdlib::buffer::append;
use crate::text::pattern::{Capture, Matcher, Piece, Template, split_anchor};
use crate::value::Val;
use alloc::vec::Vec;
use core::ops::Range;

/// Slots of the frame while replacements are called for.
mod slot {
    pub const SOURCE: usize = 0;
    pub const PATTERN: usize = 1;
    pub const REPLACEMENT: usize = 2;
    /// Most matches to replace.
    pub const LIMIT: usize = 3;
    /// Matches so far.
    pub const COUNT: usize = 4;
    /// Bounds of the match being replaced; the end is -1 at first.
    pub const START: usize = 5;
    pub const END: usize = 6;
    /// How much of the source the buffer accounts for.
    pub const COPIED: usize = 7;
    /// The result so far: a userdata, nil as long as nothing was replaced.
    pub const BUFFER: usize = 8;
    /// What the replacement function returned.
    pub const RESULT: usize = 9;
    pub const LEN: usize = 10;
}

const CALLED: u16 = 1;

/// `string.gsub(s, pattern, repl [, n])`
pub fn gsub<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    if frame.state() == CALLED {
        take_result(frame)?;
        return replace_next(frame);
    }
    let source = frame.check_bytes(slot::SOURCE)?;
    let pattern = frame.check_bytes(slot::PATTERN)?;
    let limit = frame.opt_int(slot::LIMIT, length::<N::Int>(source.len() + 1))?;
    match frame.get(slot::REPLACEMENT) {
        Value::String(_)
        | Value::Integer(_)
        | Value::Number(_)
        | Value::Table(_)
        | Value::Function(_) => {}
        _ => {
            return Err(frame.arg_error(
                slot::REPLACEMENT,
                format_args!("string/function/table expected"),
            ));
        }
    };
    let walk = Walk::new(source, pattern, limit.widen());
    match frame.get(slot::REPLACEMENT) {
        Value::Table(table) if plain(frame, table) => {
            replace(frame, walk, &mut |frame, result, matcher, whole| {
                push_capture(frame, matcher, source, 0, &whole)?;
                let key = frame.pop();
                append_replacement(frame, result, table.raw_get(key), source, whole)
            })
        }
        Value::Table(_) | Value::Function(_) => {
            frame.reserve(slot::LEN)?;
            frame.set_len(slot::LIMIT)?;
            frame.set_len(slot::LEN)?;
            frame.set(slot::LIMIT, Value::Integer(limit));
            for (slot, value) in [
                (slot::COUNT, 0),
                (slot::START, 0),
                (slot::END, -1),
                (slot::COPIED, 0),
            ] {
                frame.set(slot, Value::Integer(N::Int::wrap(value)));
            }
            replace_next(frame)
        }
        _ => {
            let replacement = frame.check_bytes(slot::REPLACEMENT)?;
            if replacement.contains(&b'%') {
                replace(frame, walk, &mut |frame, result, matcher, whole| {
                    append_template(frame, result, replacement, matcher, source, whole)
                })
            } else {
                replace(frame, walk, &mut |_, result, _, _| {
                    append(result, replacement)
                })
            }
        }
    }
}

#[inline]
fn plain<'gc, N: NumberModel>(frame: &Frame<'gc, N>, table: Table<'gc, N>) -> bool {
    table.metatable().is_none() || frame.ctx().metamethod(table.into(), Event::Index).is_nil()
}

/// The matches that are to be replaced.
struct Walk<'a> {
    matcher: Matcher<'a>,
    source: &'a [u8],
    anchored: bool,
    left: i64,
    last_end: Option<usize>,
}

impl<'a> Walk<'a> {
    fn new(source: &'a [u8], pattern: &'a [u8], left: i64) -> Self {
        let (anchored, rest) = split_anchor(pattern);
        Walk {
            matcher: Matcher::new(source, rest),
            source,
            anchored,
            left,
            last_end: None,
        }
    }

    #[inline]
    fn next<N: NumberModel>(
        &mut self,
        frame: &mut Frame<'_, N>,
    ) -> Result<Option<Range<usize>>, Throw> {
        if self.left <= 0 {
            return Ok(None);
        }
        self.left -= 1;
        let found = if !self.anchored {
            self.matcher
                .search(self.last_end.unwrap_or(0), self.last_end)
        } else if self.last_end.is_none() {
            self.matcher.match_at(0).map(|end| end.map(|end| 0..end))
        } else {
            Ok(None)
        };
        match found {
            Ok(found) => {
                if let Some(range) = &found {
                    self.last_end = Some(range.end);
                }
                Ok(found)
            }
            Err(error) => Err(pattern_error(frame, error)),
        }
    }
}

/// Appends the replacement of one match to a result.
type AppendOne<'a, 'gc, N> = &'a mut dyn FnMut(
    &mut Frame<'gc, N>,
    &mut Vec<u8>,
    &Matcher<'_>,
    Range<usize>,
) -> Result<(), Throw>;

/// Replaces all matches by what `append_one` appends for each.
fn replace<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    mut walk: Walk<'_>,
    append_one: AppendOne<'_, 'gc, N>,
) -> Result<Step, Throw> {
    let source = walk.source;
    frame.ctx().with_scratch(|result: &mut Vec<u8>| {
        let (mut copied, mut count) = (0, 0);
        while let Some(whole) = walk.next(frame)? {
            count += 1;
            append(result, source.get(copied..whole.start).unwrap_or_default())?;
            copied = whole.end;
            append_one(frame, result, &walk.matcher, whole)?;
        }
        if count == 0 {
            frame.push_raw(frame.raw(slot::SOURCE))?;
        } else {
            append(result, source.get(copied..).unwrap_or_default())?;
            let text = frame.ctx().intern(result)?;
            frame.push_raw(text.val())?;
        }
        frame.push_raw(Val::int(length::<N::Int>(count)))?;
        Ok(Step::Return(2))
    })
}

/// Appends a replacement string with its `%1` and so on filled in.
fn append_template<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    result: &mut Vec<u8>,
    template: &[u8],
    matcher: &Matcher<'_>,
    source: &[u8],
    whole: Range<usize>,
) -> Result<(), Throw> {
    for piece in Template::new(template) {
        let capture = match piece {
            Ok(Piece::Text(text)) => {
                append(result, text)?;
                continue;
            }
            Ok(Piece::Whole) => Ok(Capture::Text(whole.clone())),
            Ok(Piece::Capture(index)) => matcher.capture(index, whole.clone()),
            Err(error) => Err(error),
        };
        match capture {
            Ok(Capture::Text(range)) => append(result, source.get(range).unwrap_or_default())?,
            Ok(Capture::Position(at)) => append(result, int_text(length::<N::Int>(at)).as_bytes())?,
            Err(error) => return Err(pattern_error(frame, error)),
        }
    }
    Ok(())
}

/// Appends what a table or function gave for a match: false and nil keep the text.
#[inline]
fn append_replacement<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    result: &mut Vec<u8>,
    value: Value<'_, N>,
    source: &[u8],
    whole: Range<usize>,
) -> Result<(), Throw> {
    match value {
        Value::Nil | Value::Boolean(false) => append(result, source.get(whole).unwrap_or_default()),
        value => append_value(frame, result, value),
    }
}

fn append_value<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    result: &mut Vec<u8>,
    value: Value<'_, N>,
) -> Result<(), Throw> {
    match value {
        Value::String(text) => append(result, text.as_bytes()),
        Value::Integer(_) | Value::Number(_) => {
            append(result, number_text(&value.val()).as_bytes())
        }
        other => {
            let kind = other.type_name();
            Err(frame.error(format_args!("invalid replacement value (a {kind})")))
        }
    }
}

// ---- replacement by calls -----------------------------------------------------------------------------------

fn index<N: NumberModel>(frame: &Frame<'_, N>, slot: usize) -> usize {
    frame.raw(slot).as_int().widen() as usize
}

fn set_index<N: NumberModel>(frame: &mut Frame<'_, N>, slot: usize, index: usize) {
    frame.set(slot, Value::Integer(length(index)));
}

/// The text in a slot; both have been checked to be strings.
#[inline]
fn text<'gc, N: NumberModel>(frame: &Frame<'gc, N>, slot: usize) -> &'gc [u8] {
    match frame.get(slot) {
        Value::String(text) => text.as_bytes(),
        _ => b"",
    }
}

/// Puts what the call gave into the buffer. The result's slot is emptied with it, so that doing it again does nothing.
fn take_result<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<(), Throw> {
    let value = frame.get(slot::RESULT);
    if !value.truthy() {
        return Ok(());
    }
    let source = text(frame, slot::SOURCE);
    let buffer = match frame.get(slot::BUFFER) {
        Value::UserData(buffer) => buffer,
        _ => {
            let mut text = Vec::<u8>::new();
            text.try_reserve(source.len() + source.len() / 4 + 16)
                .map_err(|_| Throw::Memory)?;
            let buffer = frame.ctx().new_userdata(text, None)?;
            frame.set(slot::BUFFER, buffer);
            buffer
        }
    };
    let (copied, start, end) = (
        index(frame, slot::COPIED),
        index(frame, slot::START),
        index(frame, slot::END),
    );
    with_text(frame, buffer, |frame, text| {
        let len = text.len();
        let appended = append(text, source.get(copied..start).unwrap_or_default())
            .and_then(|()| append_value(frame, text, value));
        if appended.is_err() {
            text.truncate(len);
        }
        appended
    })?;
    set_index(frame, slot::COPIED, end);
    frame.set(slot::RESULT, Value::Nil);
    Ok(())
}

fn with_text<'gc, N: NumberModel, R>(
    frame: &mut Frame<'gc, N>,
    buffer: UserData<'gc, N>,
    work: impl FnOnce(&mut Frame<'gc, N>, &mut Vec<u8>) -> Result<R, Throw>,
) -> Result<R, Throw> {
    let ctx = frame.ctx();
    // Nobody else can reach the buffer, so it is never lent already.
    buffer
        .with(ctx, |text: &mut Vec<u8>| work(frame, text))
        .unwrap_or(Err(Throw::Memory))
}

/// Calls for the replacement of the next match, or returns the result.
fn replace_next<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let source = text(frame, slot::SOURCE);
    let pattern = text(frame, slot::PATTERN);
    let (limit, count) = (
        frame.raw(slot::LIMIT).as_int().widen(),
        index(frame, slot::COUNT),
    );
    let mut walk = Walk::new(source, pattern, limit.saturating_sub(count as i64));
    walk.last_end = usize::try_from(frame.raw(slot::END).as_int().widen()).ok();
    let Some(whole) = walk.next(frame)? else {
        return finish(frame);
    };
    // The function called takes the place of the result before, and so does its result.
    let replacement = frame.raw(slot::REPLACEMENT);
    let args = if !replacement.is_function() {
        let key = capture(frame, &walk.matcher, source, 0, &whole)?;
        let index = Value::from(frame.ctx().native(natives::index::<N>)).val();
        frame.replace_from(slot::RESULT, [index, replacement, key])?;
        2
    } else if walk.matcher.capture_count() <= 1 {
        let argument = capture(frame, &walk.matcher, source, 0, &whole)?;
        frame.replace_from(slot::RESULT, [replacement, argument])?;
        1
    } else {
        let count = push_captures(frame, &walk.matcher, source, &whole)?;
        frame.set(slot::RESULT, frame.get(slot::REPLACEMENT));
        count
    };
    set_index(frame, slot::COUNT, count + 1);
    set_index(frame, slot::START, whole.start);
    set_index(frame, slot::END, whole.end);
    Ok(Step::Call {
        args: args as u32,
        results: 1,
        state: CALLED,
    })
}

fn finish<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let source = text(frame, slot::SOURCE);
    let result = match frame.get(slot::BUFFER) {
        Value::UserData(buffer) => {
            let copied = index(frame, slot::COPIED);
            with_text(frame, buffer, |_, text| {
                append(text, source.get(copied..).unwrap_or_default())
            })?;
            set_index(frame, slot::COPIED, source.len());
            let result = with_text(frame, buffer, |frame, text| frame.ctx().intern(text))?;
            with_text(frame, buffer, |_, text| {
                *text = Vec::new();
                Ok(())
            })?;
            result.into()
        }
        _ => frame.get(slot::SOURCE),
    };
    let count = frame.get(slot::COUNT);
    frame.ret2(result, count)
}
