//! The prompt: reads statements from the terminal, runs them, prints what they return.

use crate::Machine;
use alloc::vec::Vec;
use core::marker::PhantomData;
use lua_vm::api::Stash;
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::num32::Lua;
use lua_vm::number::Num32;
use lua_vm::{Error, ErrorKind};

/// A first line is tried as an expression before it is tried as a statement.
const RETURN: &[u8] = b"return ";

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

/// A prompt on the terminal of `M`.
pub(crate) struct Repl<'lua, 'rom, M> {
    lua: &'lua mut Lua<'rom>,
    /// [`RETURN`], then the statement as far as it has been typed.
    text: Vec<u8>,
    machine: PhantomData<M>,
}

impl<'lua, 'rom, M: Machine> Repl<'lua, 'rom, M> {
    pub(crate) fn new(lua: &'lua mut Lua<'rom>) -> Self {
        Self {
            lua,
            text: Vec::new(),
            machine: PhantomData,
        }
    }

    /// Serves until the terminal ends. Whatever a statement does, the next one is read.
    pub(crate) fn serve(&mut self) {
        loop {
            match self.statement() {
                Ok(Some(function)) => {
                    // A long statement's text is of no use while it runs.
                    self.text = Vec::new();
                    if let Err(error) = self.evaluate(&function) {
                        report::<M>(&error);
                    }
                }
                Ok(None) => return,
                Err(error) => report::<M>(&error),
            }
        }
    }

    /// Reads lines until they make a statement; `None` at the end of the terminal.
    fn statement(&mut self) -> Result<Option<Stash>, Error> {
        M::write(b"> ");
        self.text.clear();
        let mut line = match self.push(RETURN) {
            true => self.line(),
            false => Line::TooLong,
        };
        let expression = match line {
            Line::Complete => self.lua.load(&self.text, "=stdin"),
            _ => Err(Error::runtime("")),
        };
        if let Ok(function) = expression {
            return Ok(Some(function));
        }
        loop {
            match line {
                Line::Complete => {}
                Line::TooLong => return Err(Error::runtime("line too long for the heap")),
                Line::Ended => return Ok(None),
            }
            let statement = self.text.get(RETURN.len()..).unwrap_or_default();
            match self.lua.load(statement, "=stdin") {
                Err(error) if is_incomplete(&error) => {}
                other => return other.map(Some),
            }
            M::write(b">> ");
            line = match self.push(b"\n") {
                true => self.line(),
                false => Line::TooLong,
            };
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

    fn push(&mut self, bytes: &[u8]) -> bool {
        let fits = self.text.try_reserve(bytes.len()).is_ok();
        if fits {
            self.text.extend_from_slice(bytes);
        }
        fits
    }

    fn echo(&self, bytes: &[u8]) {
        if M::ECHO {
            M::write(bytes);
        }
    }

    fn evaluate(&mut self, function: &Stash) -> Result<(), Error> {
        let evaluation = self.lua.try_enter(|ctx| {
            let function = ctx.fetch(function).into_iter();
            let upvalues: Vec<_> = function.collect();
            let evaluation = ctx.native_closure(evaluate, &upvalues)?;
            Ok(ctx.stash(evaluation)?)
        })?;
        self.lua.call_traced(&evaluation, ())
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
