//! Reading by formats: lines, numbers, counts of bytes and whole files.

use super::stream::Stream;
use crate::api::Value;
use crate::frame::Step;
use crate::frame::{Frame, Throw};
use crate::number::{Number, NumberModel, parse_number};
use crate::stdlib::host::ret_error;
use std::io;

/// Longest numeral that is read.
const MAX_NUMERAL: usize = 200;

/// What ended a read early.
enum Failure {
    /// The system.
    System(io::Error),
    /// The program, or lack of memory.
    Throw(Throw),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::OutOfMemory => Failure::Throw(Throw::Memory),
            _ => Failure::System(error),
        }
    }
}

impl From<Throw> for Failure {
    fn from(throw: Throw) -> Self {
        Failure::Throw(throw)
    }
}

/// Reads by the formats that are values `first` and following of the frame, a line without any; returns what was
/// read, nil for the first that failed. When memory runs out nothing has been read.
pub(super) fn read<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    stream: &mut Stream,
    first: usize,
) -> Result<Step, Throw> {
    let result = match stream.begin() {
        Ok(()) => read_all(frame, stream, first),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(count) => Ok(Step::Return(count)),
        Err(Failure::System(error)) => ret_error(frame, None, &error),
        Err(Failure::Throw(throw)) => {
            if throw == Throw::Memory {
                stream.rewind();
            }
            Err(throw)
        }
    }
}

fn read_all<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    stream: &mut Stream,
    first: usize,
) -> Result<u32, Failure> {
    let end = frame.len();
    if first >= end {
        let line = read_line(frame, stream, false)?;
        frame.push(line)?;
        return Ok(1);
    }
    let mut count = 0;
    for index in first..end {
        let value = read_one(frame, stream, index)?;
        frame.push(value)?;
        count += 1;
        if value.is_nil() {
            break;
        }
    }
    Ok(count)
}

fn read_one<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    stream: &mut Stream,
    index: usize,
) -> Result<Value<'gc, N>, Failure> {
    if matches!(frame.get(index), Value::Integer(_) | Value::Number(_)) {
        let count = usize::try_from(frame.check_i64(index)?).unwrap_or(usize::MAX);
        return read_bytes(frame, stream, count);
    }
    let format = frame.check_bytes(index)?;
    match format.strip_prefix(b"*").unwrap_or(format).first() {
        Some(b'n') => read_number(stream),
        Some(b'l') => read_line(frame, stream, false),
        Some(b'L') => read_line(frame, stream, true),
        Some(b'a') => {
            while stream.fill()? {}
            take(frame, stream, stream.ahead().len(), 0)
        }
        _ => Err(frame
            .arg_error(index, format_args!("invalid format"))
            .into()),
    }
}

/// Takes `count` bytes as a string, and `more` that do not belong to it.
fn take<'gc, N: NumberModel>(
    frame: &Frame<'gc, N>,
    stream: &mut Stream,
    count: usize,
    more: usize,
) -> Result<Value<'gc, N>, Failure> {
    let text = frame
        .ctx()
        .intern(stream.ahead().get(..count).unwrap_or_default())?;
    stream.consume(count + more);
    Ok(text.into())
}

/// A line, with or without its end; nil at the end of the stream.
fn read_line<'gc, N: NumberModel>(
    frame: &Frame<'gc, N>,
    stream: &mut Stream,
    keep_end: bool,
) -> Result<Value<'gc, N>, Failure> {
    let mut searched = 0;
    loop {
        let ahead = stream.ahead();
        if let Some(at) = memchr::memchr(b'\n', ahead.get(searched..).unwrap_or_default()) {
            let end = searched + at;
            return if keep_end {
                take(frame, stream, end + 1, 0)
            } else {
                take(frame, stream, end, 1)
            };
        }
        searched = ahead.len();
        if !stream.fill()? {
            return match searched {
                0 => Ok(Value::Nil),
                rest => take(frame, stream, rest, 0),
            };
        }
    }
}

/// Up to `count` bytes; nil at the end of the stream.
fn read_bytes<'gc, N: NumberModel>(
    frame: &Frame<'gc, N>,
    stream: &mut Stream,
    count: usize,
) -> Result<Value<'gc, N>, Failure> {
    while stream.ahead().len() < count.max(1) && stream.fill()? {}
    match stream.ahead().len() {
        0 => Ok(Value::Nil),
        held => take(frame, stream, count.min(held), 0),
    }
}

/// A numeral being read, byte by byte.
struct Numeral<'s> {
    stream: &'s mut Stream,
    text: [u8; MAX_NUMERAL],
    len: usize,
    too_long: bool,
}

impl Numeral<'_> {
    /// The next byte, if there is one.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.stream.ahead().is_empty() {
            self.stream.fill()?;
        }
        Ok(self.stream.ahead().first().copied())
    }

    /// Takes the next byte if it fits and there is room; says whether it was taken.
    fn accept(&mut self, fits: impl Fn(u8) -> bool) -> io::Result<bool> {
        let Some(byte) = self.peek()?.filter(|byte| fits(*byte)) else {
            return Ok(false);
        };
        let Some(room) = self.text.get_mut(self.len) else {
            self.too_long = true;
            return Ok(false);
        };
        *room = byte;
        self.len += 1;
        self.stream.consume(1);
        Ok(true)
    }

    fn accept_one_of(&mut self, bytes: &[u8]) -> io::Result<bool> {
        self.accept(|byte| bytes.contains(&byte))
    }

    fn accept_digits(&mut self, hexadecimal: bool) -> io::Result<usize> {
        let mut count = 0;
        while self.accept(|byte| match hexadecimal {
            true => byte.is_ascii_hexdigit(),
            false => byte.is_ascii_digit(),
        })? {
            count += 1;
        }
        Ok(count)
    }
}

/// A number; nil if what follows is none. Bytes that might have begun one are consumed all the same.
fn read_number<'gc, N: NumberModel>(stream: &mut Stream) -> Result<Value<'gc, N>, Failure> {
    let mut numeral = Numeral {
        stream,
        text: [0; MAX_NUMERAL],
        len: 0,
        too_long: false,
    };
    while numeral
        .peek()?
        .is_some_and(|byte| matches!(byte, b' ' | b'\t'..=b'\r'))
    {
        numeral.stream.consume(1);
    }
    numeral.accept_one_of(b"-+")?;
    let mut digits = 0;
    let mut hexadecimal = false;
    if numeral.accept_one_of(b"0")? {
        hexadecimal = numeral.accept_one_of(b"xX")?;
        digits += usize::from(!hexadecimal);
    }
    digits += numeral.accept_digits(hexadecimal)?;
    if numeral.accept_one_of(b".")? {
        digits += numeral.accept_digits(hexadecimal)?;
    }
    if digits > 0 && numeral.accept_one_of(if hexadecimal { b"pP" } else { b"eE" })? {
        numeral.accept_one_of(b"-+")?;
        numeral.accept_digits(false)?;
    }
    let text = numeral
        .text
        .get(..numeral.len)
        .filter(|_| !numeral.too_long);
    Ok(match text.and_then(parse_number::<N>) {
        Some(Number::Int(int)) => Value::Integer(int),
        Some(Number::Float(float)) => Value::Number(float),
        None => Value::Nil,
    })
}
