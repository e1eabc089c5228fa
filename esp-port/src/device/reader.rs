//! Reads statements from the terminal, byte by byte.

use alloc::vec::Vec;
use lua_vm::api::{Lua, Stash};
use lua_vm::number::NumberModel;
use lua_vm::{Error, ErrorKind};

use super::terminal::Terminal;

/// A first line is tried as an expression before it is tried as a statement.
const RETURN: &[u8] = b"return ";

/// Bytes kept for reading a statement when no memory is left.
const RESERVE: usize = 2048;

const INTERRUPT: u8 = 3;
const END_OF_TRANSMISSION: u8 = 4;
const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;

/// What came of a byte.
pub(crate) enum Read {
    /// More bytes are needed.
    More,
    /// The terminal was asked to end.
    Ended,
    /// A statement: to be called.
    Statement(Stash),
    /// What was typed is no statement, and was dropped.
    Wrong(Error),
    /// What was typed did not fit the heap, and was dropped.
    TooLong,
}

/// A statement on the way.
pub(crate) struct Reader {
    /// [`RETURN`], then the statement as far as it has been typed; empty before a prompt was written.
    text: Vec<u8>,
    /// Where the line begins.
    line: usize,
    /// Whether the line did not fit the heap.
    too_long: bool,
    /// Whether a carriage return ended the last line: a line feed behind it belongs to it.
    returned: bool,
    /// Memory given up when none is left, so that a statement can be read that frees some.
    reserve: Vec<u8>,
}

impl Reader {
    pub(crate) fn new() -> Self {
        Self {
            text: Vec::new(),
            line: 0,
            too_long: false,
            returned: false,
            reserve: Vec::new(),
        }
    }

    /// Asks for a statement, unless it was asked for already.
    pub(crate) fn prompt<N: NumberModel>(&mut self, lua: &mut Lua<'_, N>, terminal: &mut Terminal) {
        if !self.text.is_empty() {
            return;
        }
        // Without memory for it now there may be after the next statement.
        let _ = self.reserve.try_reserve_exact(RESERVE);
        self.too_long = !self.push(lua, RETURN);
        self.line = self.text.len();
        terminal.board(|board| board.prompt("> "));
    }

    /// Forgets what was typed.
    pub(crate) fn clear(&mut self) {
        self.text = Vec::new();
    }

    /// Whether the memory kept for reading statements had to be given up, so that a statement is to free some.
    pub(crate) fn is_starved(&mut self) -> bool {
        self.reserve.capacity() == 0 && self.reserve.try_reserve_exact(RESERVE).is_err()
    }

    /// Gives up the memory kept for reading statements.
    pub(crate) fn give_reserve(&mut self) {
        self.reserve = Vec::new();
    }

    /// Takes a byte that was typed.
    pub(crate) fn take<N: NumberModel>(
        &mut self,
        byte: u8,
        lua: &mut Lua<'_, N>,
        terminal: &mut Terminal,
    ) -> Read {
        let returned = core::mem::replace(&mut self.returned, byte == b'\r');
        match byte {
            b'\n' if returned => {}
            b'\n' | b'\r' => {
                echo(terminal, b"\n");
                return self.end_line(lua, terminal);
            }
            INTERRUPT => {
                echo(terminal, b"\n");
                self.clear();
            }
            END_OF_TRANSMISSION => return Read::Ended,
            BACKSPACE | DELETE => {
                if self.text.len() > self.line {
                    self.text.pop();
                    echo(terminal, b"\x08 \x08");
                }
            }
            _ => {
                self.too_long |= !self.push(lua, &[byte]);
                echo(terminal, &[byte]);
            }
        }
        Read::More
    }

    fn end_line<N: NumberModel>(&mut self, lua: &mut Lua<'_, N>, terminal: &mut Terminal) -> Read {
        let first = self.line == RETURN.len();
        if self.too_long {
            self.clear();
            return Read::TooLong;
        }
        if first && self.text.len() == self.line {
            // An empty line is no statement.
            self.clear();
            return Read::More;
        }
        if first && let Ok(function) = self.load(lua, 0) {
            self.clear();
            return Read::Statement(function);
        }
        match self.load(lua, RETURN.len()) {
            Ok(function) => {
                self.clear();
                Read::Statement(function)
            }
            Err(error) if is_incomplete(&error) && self.push(lua, b"\n") => {
                self.line = self.text.len();
                terminal.board(|board| board.prompt(">> "));
                Read::More
            }
            Err(error) => {
                self.clear();
                Read::Wrong(error)
            }
        }
    }

    /// Compiles the text from byte `start` on.
    fn load<N: NumberModel>(&mut self, lua: &mut Lua<'_, N>, start: usize) -> Result<Stash, Error> {
        let text = self.text.get(start..).unwrap_or_default();
        match lua.load(text, "=stdin") {
            Err(error) if error.kind() == ErrorKind::Memory && self.reserve.capacity() > 0 => {
                self.reserve = Vec::new();
                lua.load(text, "=stdin")
            }
            other => other,
        }
    }

    /// Appends to the text, if there is memory for it.
    fn push<N: NumberModel>(&mut self, lua: &mut Lua<'_, N>, bytes: &[u8]) -> bool {
        if self.text.try_reserve(bytes.len()).is_err() {
            self.reserve = Vec::new();
            lua.collect_garbage();
            if self.text.try_reserve(bytes.len()).is_err() {
                return false;
            }
        }
        self.text.extend_from_slice(bytes);
        true
    }
}

fn echo(terminal: &mut Terminal, bytes: &[u8]) {
    terminal.board(|board| {
        if board.echoes() {
            board.write(bytes);
        }
    });
}

fn is_incomplete(error: &Error) -> bool {
    error.kind() == ErrorKind::Syntax && error.message().ends_with(b"<eof>")
}
