//! The terminal: what is typed, what is put out, and where programs redirect either.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;
use lua_vm::api::Stash;

use crate::board::{Board, Input};

/// Bytes of output that are kept for a redirection before it runs; what comes beyond them is lost.
const CAPTURED: usize = 2048;

/// The terminal of a board, shared by the prompt, `print` and the `node` library.
pub(crate) struct Terminal {
    board: Rc<RefCell<dyn Board>>,
    /// What `node.input` gave and was not read.
    typed: VecDeque<u8>,
    redirect: Option<Redirect>,
    /// Output of the function that takes the output goes to the board only.
    direct: bool,
}

/// Who takes the output in the board's place.
struct Redirect {
    /// `None` while it is lent to who calls it.
    function: Option<Stash>,
    /// The board gets it too.
    serial: bool,
    captured: Vec<u8>,
}

impl Terminal {
    pub(crate) fn new(board: Rc<RefCell<dyn Board>>) -> Self {
        Self {
            board,
            typed: VecDeque::new(),
            redirect: None,
            direct: false,
        }
    }

    /// Calls `f` with the board, which nobody else uses meanwhile.
    pub(crate) fn board<R>(&self, f: impl FnOnce(&mut dyn Board) -> R) -> Option<R> {
        self.board
            .try_borrow_mut()
            .ok()
            .map(|mut board| f(&mut *board))
    }

    /// Puts out what a program prints.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        if let Some(redirect) = self.redirect.as_mut().filter(|_| !self.direct) {
            let room = CAPTURED.saturating_sub(redirect.captured.len());
            let kept = bytes.get(..room.min(bytes.len())).unwrap_or_default();
            if redirect.captured.try_reserve(kept.len()).is_ok() {
                redirect.captured.extend_from_slice(kept);
            }
            if !redirect.serial {
                return;
            }
        }
        self.board(|board| board.write(bytes));
    }

    /// Puts out formatted text.
    pub(crate) fn print(&mut self, text: fmt::Arguments<'_>) {
        struct Writer<'t>(&'t mut Terminal);
        impl fmt::Write for Writer<'_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0.write(text.as_bytes());
                Ok(())
            }
        }
        // The terminal takes everything, so only a `Display` that gives up could fail; then its text is cut short.
        let _ = fmt::write(&mut Writer(self), text);
    }

    /// Sends output to a function; `None` sends it to the board again.
    pub(crate) fn redirect(&mut self, to: Option<(Stash, bool)>) {
        self.redirect = to.map(|(function, serial)| Redirect {
            function: Some(function),
            serial,
            captured: Vec::new(),
        });
    }

    /// Output that waits for the function which takes it, and that function; it is to be [given back](Self::give_back).
    pub(crate) fn take_captured(&mut self) -> Option<(Stash, Vec<u8>)> {
        let redirect = self.redirect.as_mut()?;
        if redirect.captured.is_empty() {
            return None;
        }
        let function = redirect.function.take()?;
        Some((function, core::mem::take(&mut redirect.captured)))
    }

    /// Takes back the function that takes the output, unless there is another one by now.
    pub(crate) fn give_back(&mut self, function: Stash) {
        if let Some(redirect) = &mut self.redirect {
            redirect.function.get_or_insert(function);
        }
    }

    /// Whether output goes to the board whatever the redirection.
    pub(crate) fn set_direct(&mut self, direct: bool) {
        self.direct = direct;
    }

    /// Adds bytes as if they had been typed; whether they fit.
    pub(crate) fn type_in(&mut self, bytes: &[u8]) -> bool {
        let fits = self.typed.try_reserve(bytes.len()).is_ok();
        if fits {
            self.typed.extend(bytes);
        }
        fits
    }

    /// The next byte of input.
    pub(crate) fn read(&mut self) -> Input {
        match self.typed.pop_front() {
            Some(byte) => Input::Byte(byte),
            None => self.board(|board| board.read()).unwrap_or(Input::Nothing),
        }
    }
}
