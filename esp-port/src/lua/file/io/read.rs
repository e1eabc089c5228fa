//! Reading by formats: lines, numbers, counts of bytes and whole files.

use super::super::{reading, result};
use super::{Stream, Use, ret_error};
use crate::files::{Error, Files, Handle, Whence};
use alloc::vec::Vec;
use lua_vm::api::Value;
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::{Number, NumberModel, parse_number};

/// Reads by the formats that are values `first` and following of the frame, a line without any; returns what was
/// read, nil for the first that failed. When memory runs out nothing has been read.
pub(super) fn read<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    used: &Use<'gc, N>,
    first: usize,
) -> Result<Step, Throw> {
    let Stream::File(handle) = used.stream else {
        return ret_error(frame, None, Error::NotReadable);
    };
    let files = &used.files;
    let start = match result(files.seek(handle, Whence::Current, 0))? {
        Ok(start) => start,
        Err(error) => return ret_error(frame, None, error),
    };
    let (end, length) = (frame.len(), frame.len().max(first + 1));
    frame.reserve(length - first + 3)?;
    let step = read_all(frame, (files, handle), first..end.max(first));
    if matches!(step, Err(Throw::Memory)) {
        // A position that was one before is one still.
        let _ = files.seek(handle, Whence::Start, start.into());
    }
    step
}

/// Reads by each format in turn.
fn read_all<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    file: (&Files, Handle),
    formats: core::ops::Range<usize>,
) -> Result<Step, Throw> {
    let mut count = 0;
    let lines = formats.is_empty();
    for index in formats.start..formats.end.max(formats.start + 1) {
        let format = match lines {
            true => Format::Line { keep_end: false },
            false => check_format(frame, index)?,
        };
        let value = match result(format.read(file))? {
            Ok(Some(Piece::Text(text))) => frame.ctx().intern(&text)?.into(),
            Ok(Some(Piece::Numeral(text))) => match parse_number::<N>(&text) {
                Some(Number::Int(int)) => Value::Integer(int),
                Some(Number::Float(float)) => Value::Number(float),
                None => Value::Nil,
            },
            Ok(None) => Value::Nil,
            Err(error) => return ret_error(frame, None, error),
        };
        frame.push(value)?;
        count += 1;
        if value.is_nil() {
            break;
        }
    }
    Ok(Step::Return(count))
}

enum Format {
    Line { keep_end: bool },
    Number,
    All,
    Count(usize),
}

/// What a format has read.
enum Piece {
    Text(Vec<u8>),
    Numeral(Vec<u8>),
}

/// Argument `index` as a format.
fn check_format<N: NumberModel>(frame: &mut Frame<'_, N>, index: usize) -> Result<Format, Throw> {
    if matches!(frame.get(index), Value::Integer(_) | Value::Number(_)) {
        let count = frame.check_i64(index)?;
        return Ok(Format::Count(usize::try_from(count).unwrap_or(usize::MAX)));
    }
    let format = frame.check_bytes(index)?;
    match format.strip_prefix(b"*").unwrap_or(format).first() {
        Some(b'n') => Ok(Format::Number),
        Some(b'l') => Ok(Format::Line { keep_end: false }),
        Some(b'L') => Ok(Format::Line { keep_end: true }),
        Some(b'a') => Ok(Format::All),
        _ => Err(frame.arg_error(index, format_args!("invalid format"))),
    }
}

impl Format {
    /// Reads; `None` at the end of the file.
    fn read(self, (files, file): (&Files, Handle)) -> Result<Option<Piece>, Error> {
        let text = match self {
            Format::Number => return reading::numeral(files, file).map(Piece::Numeral).map(Some),
            Format::All => return files.rest(file).map(Piece::Text).map(Some),
            Format::Line { keep_end } => {
                let mut line = reading::until(files, file, usize::MAX, Some(b'\n'))?;
                if !keep_end && line.last() == Some(&b'\n') {
                    line.pop();
                    return Ok(Some(Piece::Text(line)));
                }
                line
            }
            Format::Count(0) => {
                // Nothing, but only where there is something to read.
                let next = reading::until(files, file, 1, None)?;
                if next.is_empty() {
                    return Ok(None);
                }
                files.seek(file, Whence::Current, -1)?;
                return Ok(Some(Piece::Text(Vec::new())));
            }
            Format::Count(count) => reading::until(files, file, count, None)?,
        };
        Ok((!text.is_empty()).then_some(Piece::Text(text)))
    }
}
