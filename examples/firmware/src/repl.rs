//! The prompt: reads statements from the terminal, runs them, prints what they return.

use crate::Machine;
use alloc::vec::Vec;
use core::marker::PhantomData;
use lua_vm::api::Stash;
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::num32::{Lua, Value};
use lua_vm::number::Num32;
use lua_vm::{Error, ErrorKind};

/// A first line is tried as an expression before it is tried as a statement.
const RETURN: &[u8] = b"return ";

/// Bytes kept for reading a statement when no memory is left.
const RESERVE: usize = 2048;

const END_OF_TRANSMISSION: u8 = 4;
const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;

/// Writes an error to the terminal.
pub(crate) fn report<M: Machine>(error: &Error) {
    M::write(error.message());
    M::write(b"\n");
}

/// How a line ended.
enum Line {
    Complete,
    /// It did not fit the heap; the rest of it was read and dropped.
    TooLong,
    /// The terminal has ended.
    Ended,
}

/// What came of reading a statement.
enum Statement {
    Ready(Stash),
    /// It is no Lua; the terminal was told.
    Wrong,
    /// The terminal has ended.
    Ended,
}

/// A prompt on the terminal of `M`.
pub(crate) struct Repl<'lua, 'rom, M> {
    lua: &'lua mut Lua<'rom>,
    /// [`RETURN`], then the statement as far as it has been typed.
    text: Vec<u8>,
    /// Memory given up when none is left, so that a statement can be read that frees some.
    reserve: Vec<u8>,
    machine: PhantomData<M>,
}

impl<'lua, 'rom, M: Machine> Repl<'lua, 'rom, M> {
    pub(crate) fn new(lua: &'lua mut Lua<'rom>) -> Self {
        Self {
            lua,
            text: Vec::new(),
            reserve: Vec::new(),
            machine: PhantomData,
        }
    }

    /// Serves until the terminal ends. Whatever a statement does, the next one is read.
    pub(crate) fn serve(&mut self) {
        loop {
            // Without memory for it now there may be after the next statement.
            let _ = self.reserve.try_reserve_exact(RESERVE);
            match self.statement() {
                Statement::Ready(function) => {
                    // A long statement's text is of no use while it runs.
                    self.text = Vec::new();
                    if let Err(error) = self.evaluate(&function) {
                        report::<M>(&error);
                    }
                }
                Statement::Wrong => {}
                Statement::Ended => return,
            }
        }
    }

    /// Reads lines until they make a statement.
    fn statement(&mut self) -> Statement {
        M::write(b"> ");
        self.text = Vec::new();
        let mut line = self.line_after(RETURN);
        if matches!(line, Line::Complete)
            && let Ok(function) = self.load(0)
        {
            return Statement::Ready(function);
        }
        loop {
            match line {
                Line::Complete => {}
                Line::TooLong => {
                    M::write(b"not enough memory\n");
                    return Statement::Wrong;
                }
                Line::Ended => return Statement::Ended,
            }
            match self.load(RETURN.len()) {
                Ok(function) => return Statement::Ready(function),
                Err(error) if is_incomplete(&error) => {}
                Err(error) => {
                    report::<M>(&error);
                    return Statement::Wrong;
                }
            }
            M::write(b">> ");
            line = self.line_after(b"\n");
        }
    }

    /// Compiles the text from byte `start` on.
    fn load(&mut self, start: usize) -> Result<Stash, Error> {
        let text = self.text.get(start..).unwrap_or_default();
        match self.lua.load(text, "=stdin") {
            Err(error) if error.kind() == ErrorKind::Memory && self.reserve.capacity() > 0 => {
                self.reserve = Vec::new();
                self.lua.load(text, "=stdin")
            }
            other => other,
        }
    }

    /// Appends `before`, then a line of the terminal.
    fn line_after(&mut self, before: &[u8]) -> Line {
        let fits = self.push(before);
        match self.line() {
            Line::Complete if !fits => Line::TooLong,
            line => line,
        }
    }

    /// Appends a line of the terminal to the text.
    fn line(&mut self) -> Line {
        let start = self.text.len();
        let mut fits = true;
        loop {
            let byte = match M::read() {
                None | Some(END_OF_TRANSMISSION) => return Line::Ended,
                Some(byte) => byte,
            };
            match byte {
                b'\n' | b'\r' => {
                    self.echo(b"\n");
                    return if fits { Line::Complete } else { Line::TooLong };
                }
                BACKSPACE | DELETE => {
                    if self.text.len() > start {
                        self.text.pop();
                        self.echo(b"\x08 \x08");
                    }
                }
                _ => {
                    fits &= self.push(&[byte]);
                    self.echo(&[byte]);
                }
            }
        }
    }

    /// Appends to the text, if there is memory for it.
    fn push(&mut self, bytes: &[u8]) -> bool {
        if self.text.try_reserve(bytes.len()).is_err() {
            self.reserve = Vec::new();
            self.lua.collect_garbage();
            if self.text.try_reserve(bytes.len()).is_err() {
                return false;
            }
        }
        self.text.extend_from_slice(bytes);
        true
    }

    fn echo(&self, bytes: &[u8]) {
        if M::ECHO {
            M::write(bytes);
        }
    }

    fn evaluate(&mut self, function: &Stash) -> Result<(), Error> {
        let evaluation = match self.evaluation(function) {
            Err(_) => {
                self.reserve = Vec::new();
                self.lua.collect_garbage();
                self.evaluation(function)?
            }
            Ok(evaluation) => evaluation,
        };
        // A statement that was read with the last memory is to free some, and not to fill the heap again.
        let starved =
            self.reserve.capacity() == 0 && self.reserve.try_reserve_exact(RESERVE).is_err();
        if starved {
            let limit = self.lua.heap_bytes() / 4 * 3;
            self.lua.set_memory_limit(limit);
        }
        let result = self.lua.call_traced(&evaluation, ());
        if starved {
            self.lua.set_memory_limit(M::heap().size);
        }
        result
    }

    /// A function that calls another and prints the results.
    fn evaluation(&mut self, function: &Stash) -> Result<Stash, Error> {
        self.lua.try_enter(|ctx| {
            let function = ctx.fetch(function).unwrap_or(Value::Nil);
            let evaluation = ctx.native_closure(evaluate, &[function])?;
            Ok(ctx.stash(evaluation)?)
        })
    }
}

fn is_incomplete(error: &Error) -> bool {
    error.kind() == ErrorKind::Syntax && error.message().ends_with(b"<eof>")
}

/// Calls its upvalue and prints the results, if there are any.
fn evaluate(frame: &mut Frame<'_, Num32>) -> Result<Step, Throw> {
    if frame.state() == 0 {
        frame.push(frame.upvalue(0))?;
        return Ok(Step::Call {
            args: 0,
            results: -1,
            state: 1,
        });
    }
    let results = frame.len();
    if results == 0 {
        return frame.ret0();
    }
    let ctx = frame.ctx();
    let print = ctx.globals().raw_get(ctx.intern(b"print")?);
    frame.insert(0, print)?;
    Ok(Step::TailCall {
        args: results as u32,
    })
}
