//! Source text to tokens.
//!
//! Names and most strings are slices of the source; only a string with escapes (or with line ends that are
//! not plain newlines) is copied. The lexer also words the error messages, since it knows where it stands.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::error::{Message, Outcome, Stop, SyntaxError, chunk_id, push};
use super::token::Kind;
use crate::number::{Number, NumberModel, parse_number};

/// A token as the lexer finds it. The text of names and strings is [`Lexer::text`].
#[derive(Clone, Copy)]
pub(super) enum Lexeme<N: NumberModel> {
    /// A token without a value.
    Plain(Kind),
    Name,
    String,
    Number(Number<N>),
}

/// Where an error message says it is.
#[derive(Clone, Copy)]
pub(super) enum Near {
    /// Nowhere: the message says it all.
    Nothing,
    /// At a token of this kind; names, strings and numbers are shown as they were read last.
    Token(Kind),
}

/// Reads the tokens of a source.
pub(super) struct Lexer<'a> {
    source: &'a [u8],
    chunk: &'a [u8],
    position: usize,
    /// Line of `position`, counted from 1.
    pub(super) line: u32,
    /// Extent of the last token in the source.
    token: Range<usize>,
    /// Extent of the last name or string without its delimiters, in the source or in `buffer`.
    value: Range<usize>,
    /// The last string with its delimiters, where it differs from the source.
    buffer: Vec<u8>,
    buffered: bool,
    failure: Option<SyntaxError>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a [u8], chunk: &'a [u8], script: bool) -> Self {
        let mut position = 0;
        if script {
            if source.starts_with(b"\xef\xbb\xbf") {
                position = 3;
            }
            if source.get(position) == Some(&b'#') {
                // The line end stays, so that lines are counted right.
                let rest = source.get(position..).unwrap_or_default();
                position += rest
                    .iter()
                    .position(|&byte| byte == b'\n')
                    .unwrap_or(rest.len());
            }
        }
        Self {
            source,
            chunk,
            position,
            line: 1,
            token: 0..0,
            value: 0..0,
            buffer: Vec::new(),
            buffered: false,
            failure: None,
        }
    }

    /// The last name, or the content of the last string.
    pub(super) fn text(&self) -> &[u8] {
        let holder = if self.buffered {
            self.buffer.as_slice()
        } else {
            self.source
        };
        holder.get(self.value.clone()).unwrap_or_default()
    }

    /// The error that made some function return [`Stop::Syntax`].
    pub(super) fn take_failure(&mut self) -> Option<SyntaxError> {
        self.failure.take()
    }

    /// Words an error and returns what to stop with.
    #[cold]
    #[inline(never)]
    pub(super) fn fail(&mut self, what: fmt::Arguments<'_>, near: Near) -> Stop {
        match self.word(what, near) {
            Ok(failure) => {
                self.failure = Some(failure);
                Stop::Syntax
            }
            Err(stop) => stop,
        }
    }

    fn word(&self, what: fmt::Arguments<'_>, near: Near) -> Outcome<SyntaxError> {
        let mut message = Message::new();
        message.bytes(chunk_id(self.chunk).as_bytes())?;
        message.format(format_args!(":{}: {}", self.line, what))?;
        // A zero byte as a token goes unnamed, as in the reference implementation.
        if let Near::Token(kind) = near
            && kind != Kind::Char(0)
        {
            message.bytes(b" near ")?;
            match kind {
                Kind::Name | Kind::String | Kind::Integer | Kind::Float => {
                    message.bytes(b"'")?;
                    self.quote_token(&mut message)?;
                    message.bytes(b"'")?;
                }
                kind => message.format(format_args!("{kind}"))?,
            }
        }
        Ok(SyntaxError {
            message: message.text,
            line: self.line,
            incomplete: matches!(near, Near::Token(Kind::Eof)),
        })
    }

    /// The last token's text up to a zero byte, where the reference implementation cuts it.
    fn quote_token(&self, message: &mut Message) -> Outcome<()> {
        let until_zero = |text: &'a [u8]| text.split(|&byte| byte == 0).next().unwrap_or(text);
        if self.buffered {
            let text = self.buffer.split(|&byte| byte == 0).next();
            return message.bytes(text.unwrap_or_default());
        }
        let text = self.source.get(self.token.clone()).unwrap_or_default();
        if text.first() == Some(&b'[') {
            // A line end right after the opening bracket is no part of a long string.
            let open = text
                .iter()
                .skip(1)
                .take_while(|&&byte| byte == b'=')
                .count()
                + 2;
            let (bracket, rest) = text.split_at_checked(open).unwrap_or((text, &[]));
            message.bytes(bracket)?;
            return message.bytes(until_zero(rest.strip_prefix(b"\n").unwrap_or(rest)));
        }
        message.bytes(until_zero(text))
    }

    fn peek(&self) -> Option<u8> {
        self.source.get(self.position).copied()
    }

    fn peek_second(&self) -> Option<u8> {
        self.source.get(self.position + 1).copied()
    }

    /// Skips the current byte if it is this one.
    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    /// Skips the current byte if it is one of these.
    fn accept_any(&mut self, bytes: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| bytes.contains(&byte));
        self.position += usize::from(found);
        found
    }

    /// Skips a line end: one or two different bytes out of `\n` and `\r`.
    fn skip_line_end(&mut self) -> Outcome<()> {
        let first = self.peek();
        self.position += 1;
        if let (Some(first), Some(second @ (b'\n' | b'\r'))) = (first, self.peek())
            && first != second
        {
            self.position += 1;
        }
        if self.line >= i32::MAX as u32 {
            return Err(self.fail(format_args!("chunk has too many lines"), Near::Nothing));
        }
        self.line += 1;
        Ok(())
    }

    /// Reads the next token.
    pub(super) fn next<N: NumberModel>(&mut self) -> Outcome<Lexeme<N>> {
        loop {
            let Some(byte) = self.peek() else {
                return Ok(Lexeme::Plain(Kind::Eof));
            };
            match byte {
                b'\n' | b'\r' => self.skip_line_end()?,
                b' ' | b'\t' | 0x0b | 0x0c => self.position += 1,
                b'-' if self.peek_second() == Some(b'-') => self.skip_comment()?,
                _ => break,
            }
        }
        let start = self.position;
        self.buffered = false;
        let byte = self.peek().unwrap_or_default();
        if byte.is_ascii_alphabetic() || byte == b'_' {
            return Ok(self.read_name());
        }
        if byte.is_ascii_digit() {
            return self.read_number();
        }
        self.position += 1;
        let kind = match byte {
            b'=' if self.accept(b'=') => Kind::Equal,
            b'<' if self.accept(b'=') => Kind::LessEqual,
            b'<' if self.accept(b'<') => Kind::ShiftLeft,
            b'>' if self.accept(b'=') => Kind::GreaterEqual,
            b'>' if self.accept(b'>') => Kind::ShiftRight,
            b'/' if self.accept(b'/') => Kind::FloorDivide,
            b'~' if self.accept(b'=') => Kind::NotEqual,
            b':' if self.accept(b':') => Kind::Label,
            b'.' if self.accept(b'.') => {
                if self.accept(b'.') {
                    Kind::Dots
                } else {
                    Kind::Concat
                }
            }
            b'.' if self.peek().is_some_and(|byte| byte.is_ascii_digit()) => {
                self.position = start;
                return self.read_number();
            }
            b'"' | b'\'' => {
                self.read_string(start, byte)?;
                return Ok(Lexeme::String);
            }
            b'[' => {
                self.position = start;
                match self.open_bracket() {
                    Some(level) => {
                        self.read_long(start, level, true)?;
                        return Ok(Lexeme::String);
                    }
                    None if self.position > start + 1 => {
                        self.token = start..self.position;
                        return Err(self.fail(
                            format_args!("invalid long string delimiter"),
                            Near::Token(Kind::String),
                        ));
                    }
                    None => Kind::Char(b'['),
                }
            }
            byte => Kind::Char(byte),
        };
        Ok(Lexeme::Plain(kind))
    }

    fn read_name<N: NumberModel>(&mut self) -> Lexeme<N> {
        let start = self.position;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            self.position += 1;
        }
        self.token = start..self.position;
        self.value = self.token.clone();
        match Kind::keyword(self.text()) {
            Some(kind) => Lexeme::Plain(kind),
            None => Lexeme::Name,
        }
    }

    /// A numeral is whatever looks like one; whether it is well formed decides the conversion.
    fn read_number<N: NumberModel>(&mut self) -> Outcome<Lexeme<N>> {
        let start = self.position;
        let mut exponent = b"eE";
        if self.accept(b'0') && self.accept_any(b"xX") {
            exponent = b"pP";
        }
        loop {
            if self.accept_any(exponent) {
                self.accept_any(b"+-");
            }
            match self.peek() {
                Some(byte) if byte.is_ascii_hexdigit() || byte == b'.' => self.position += 1,
                _ => break,
            }
        }
        self.token = start..self.position;
        let text = self.source.get(self.token.clone()).unwrap_or_default();
        match parse_number::<N>(text) {
            Some(number) => Ok(Lexeme::Number(number)),
            None => Err(self.fail(format_args!("malformed number"), Near::Token(Kind::Float))),
        }
    }

    /// Skips `--` and what follows it.
    fn skip_comment(&mut self) -> Outcome<()> {
        self.position += 2;
        if self.peek() == Some(b'[') {
            let start = self.position;
            if let Some(level) = self.open_bracket() {
                return self.read_long(start, level, false);
            }
        }
        while let Some(byte) = self.peek()
            && byte != b'\n'
            && byte != b'\r'
        {
            self.position += 1;
        }
        Ok(())
    }

    /// Skips `[`, `=`..., `[` and returns the number of `=`; skips less if the second bracket is not there.
    fn open_bracket(&mut self) -> Option<usize> {
        self.position += 1;
        let start = self.position;
        while self.accept(b'=') {}
        let level = self.position - start;
        self.accept(b'[').then_some(level)
    }

    /// Reads the rest of a long string (kept) or long comment (not kept).
    fn read_long(&mut self, start: usize, level: usize, keep: bool) -> Outcome<()> {
        let line = self.line;
        let bracket = self.position - start;
        self.buffered = false;
        if let Some(b'\n' | b'\r') = self.peek() {
            self.skip_line_end()?;
        }
        let first = self.position;
        // What is not yet in the buffer, once there is one.
        let mut pending = first;
        loop {
            let Some(byte) = self.peek() else {
                let what = if keep { "string" } else { "comment" };
                return Err(self.fail(
                    format_args!("unfinished long {what} (starting at line {line})"),
                    Near::Token(Kind::Eof),
                ));
            };
            match byte {
                b']' => {
                    let close = self.position;
                    self.position += 1;
                    while self.accept(b'=') {}
                    if self.position - close - 1 == level && self.accept(b']') {
                        break;
                    }
                }
                b'\n' | b'\r' => {
                    let end = self.position;
                    self.skip_line_end()?;
                    let plain = byte == b'\n' && self.position == end + 1;
                    if keep && !plain {
                        self.begin_buffer(start..start + bracket)?;
                        self.buffer_source(pending..end)?;
                        push(&mut self.buffer, b'\n')?;
                        pending = self.position;
                    }
                }
                _ => self.position += 1,
            }
        }
        if self.buffered {
            self.buffer_source(pending..self.position)?;
            self.value = bracket..self.buffer.len().saturating_sub(bracket);
        } else if keep {
            self.token = start..self.position;
            self.value = first..self.position - bracket;
        }
        Ok(())
    }

    /// Starts to copy the string, unless that has begun already.
    fn begin_buffer(&mut self, prefix: Range<usize>) -> Outcome<()> {
        if !self.buffered {
            self.buffered = true;
            self.buffer.clear();
            self.buffer_source(prefix)?;
        }
        Ok(())
    }

    fn buffer_source(&mut self, range: Range<usize>) -> Outcome<()> {
        let text = self.source.get(range).unwrap_or_default();
        self.buffer.try_reserve(text.len())?;
        self.buffer.extend_from_slice(text);
        Ok(())
    }

    /// Reads the rest of a quoted string.
    fn read_string(&mut self, start: usize, quote: u8) -> Outcome<()> {
        let mut pending = start;
        loop {
            match self.peek() {
                None => {
                    return Err(
                        self.fail(format_args!("unfinished string"), Near::Token(Kind::Eof))
                    );
                }
                Some(b'\n' | b'\r') => {
                    if self.buffered {
                        self.buffer_source(pending..self.position)?;
                    }
                    self.token = start..self.position;
                    return Err(
                        self.fail(format_args!("unfinished string"), Near::Token(Kind::String))
                    );
                }
                Some(b'\\') => {
                    self.begin_buffer(start..start)?;
                    self.buffer_source(pending..self.position)?;
                    self.read_escape()?;
                    pending = self.position;
                }
                Some(byte) => {
                    self.position += 1;
                    if byte == quote {
                        break;
                    }
                }
            }
        }
        if self.buffered {
            self.buffer_source(pending..self.position)?;
            self.value = 1..self.buffer.len().saturating_sub(1);
        } else {
            self.token = start..self.position;
            self.value = start + 1..self.position - 1;
        }
        Ok(())
    }

    /// Reads an escape sequence and appends what it stands for.
    fn read_escape(&mut self) -> Outcome<()> {
        let start = self.position;
        self.position += 1;
        // At the end of the source the string is reported as unfinished.
        let Some(byte) = self.peek() else {
            return Ok(());
        };
        let plain = match byte {
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            b'\\' | b'"' | b'\'' => byte,
            b'\n' | b'\r' => {
                self.skip_line_end()?;
                return push(&mut self.buffer, b'\n');
            }
            b'x' => {
                self.position += 1;
                let high = self.hex_digit(start)?;
                let low = self.hex_digit(start)?;
                return push(&mut self.buffer, (high << 4 | low) as u8);
            }
            b'u' => return self.read_code_point(start),
            b'z' => {
                self.position += 1;
                loop {
                    match self.peek() {
                        Some(b'\n' | b'\r') => self.skip_line_end()?,
                        Some(b' ' | b'\t' | 0x0b | 0x0c) => self.position += 1,
                        _ => return Ok(()),
                    }
                }
            }
            b'0'..=b'9' => {
                let mut value = 0;
                for _ in 0..3 {
                    match self.peek() {
                        Some(digit @ b'0'..=b'9') => {
                            value = value * 10 + u32::from(digit - b'0');
                            self.position += 1;
                        }
                        _ => break,
                    }
                }
                if value > 0xff {
                    return Err(self.bad_escape(start, "decimal escape too large"));
                }
                return push(&mut self.buffer, value as u8);
            }
            _ => return Err(self.bad_escape(start, "invalid escape sequence")),
        };
        self.position += 1;
        push(&mut self.buffer, plain)
    }

    /// Reads `{hex digits}` after `\u` and appends the UTF-8 form.
    fn read_code_point(&mut self, start: usize) -> Outcome<()> {
        self.position += 1;
        if self.peek() != Some(b'{') {
            return Err(self.bad_escape(start, "missing '{'"));
        }
        self.position += 1;
        let mut value = self.hex_digit(start)?;
        while let Some(byte) = self.peek()
            && let Some(digit) = (byte as char).to_digit(16)
        {
            value = value << 4 | digit;
            if value > 0x10_ffff {
                return Err(self.bad_escape(start, "UTF-8 value too large"));
            }
            self.position += 1;
        }
        if self.peek() != Some(b'}') {
            return Err(self.bad_escape(start, "missing '}'"));
        }
        self.position += 1;
        // Surrogates are encoded like any other value, which `char` would refuse.
        let tail = |shift: u32| 0x80 | (value >> shift & 0x3f) as u8;
        let bytes = match value {
            0..0x80 => return push(&mut self.buffer, value as u8),
            0x80..0x800 => &[0xc0 | (value >> 6) as u8, tail(0)][..],
            0x800..0x1_0000 => &[0xe0 | (value >> 12) as u8, tail(6), tail(0)],
            _ => &[0xf0 | (value >> 18) as u8, tail(12), tail(6), tail(0)],
        };
        self.buffer.try_reserve(bytes.len())?;
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn hex_digit(&mut self, start: usize) -> Outcome<u32> {
        match self.peek().and_then(|byte| (byte as char).to_digit(16)) {
            Some(digit) => {
                self.position += 1;
                Ok(digit)
            }
            None => Err(self.bad_escape(start, "hexadecimal digit expected")),
        }
    }

    /// An error in the escape sequence that starts here: the message shows it up to the current byte.
    #[cold]
    fn bad_escape(&mut self, start: usize, what: &str) -> Stop {
        let end = self.source.len().min(self.position + 1);
        match self.buffer_source(start..end) {
            Ok(()) => self.fail(format_args!("{what}"), Near::Token(Kind::String)),
            Err(stop) => stop,
        }
    }
}
