//! The loop: statements from the terminal and posted functions, one after the other, in slices.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use lua_vm::api::{IntoLuaMulti, Lua, Progress, Stash, Task, Value};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::NumberModel;
use lua_vm::{Error, ErrorKind};

use super::reader::{Read, Reader};
use super::{Device, Priority, Terminal};
use crate::board::Input;

/// Units of fuel between two looks at the watchdog and the terminal: a few milliseconds.
const SLICE: u64 = 2000;

/// How the device ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Exit {
    /// It is to be started anew.
    Restart,
    /// The terminal has ended.
    Ended,
}

/// Why a function did not return.
pub(crate) enum Trouble {
    /// It asked for a restart.
    Restart,
    /// It raised an error.
    Error(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Stopped => Trouble::Restart,
            _ => Trouble::Error(error),
        }
    }
}

/// Runs Lua on a device.
pub(crate) struct Runner<'l, 'rom, N: NumberModel> {
    pub(crate) lua: &'l mut Lua<'rom, N>,
    terminal: Rc<RefCell<Terminal>>,
    reader: Reader,
    heap_limit: usize,
}

impl<'l, 'rom, N: NumberModel> Runner<'l, 'rom, N> {
    pub(crate) fn new(
        lua: &'l mut Lua<'rom, N>,
        terminal: Rc<RefCell<Terminal>>,
        heap_limit: usize,
    ) -> Self {
        Self {
            lua,
            terminal,
            reader: Reader::new(),
            heap_limit,
        }
    }

    /// Serves the terminal and posted functions until the device is to restart or the terminal ends.
    pub(crate) fn serve(&mut self) -> Exit {
        match self.steps() {
            Err(exit) => {
                log!(info, "{}", exit);
                exit
            }
            Ok(never) => match never {},
        }
    }

    fn steps(&mut self) -> Result<core::convert::Infallible, Exit> {
        loop {
            while self.run_posted(Priority::Medium)? {}
            let input = {
                let mut terminal = self.terminal.borrow_mut();
                self.reader.prompt(self.lua, &mut terminal);
                terminal.read()
            };
            match input {
                Input::Byte(byte) => self.take(byte)?,
                Input::Nothing => {
                    if !self.run_posted(Priority::Low)? {
                        self.terminal.borrow().board(|board| {
                            board.feed_watchdog();
                            board.idle(None);
                        });
                    }
                }
                Input::Ended => {
                    while self.run_posted(Priority::Low)? {}
                    return Err(Exit::Ended);
                }
            }
        }
    }

    /// Takes a byte of the terminal, and runs the statement that it ends.
    fn take(&mut self, byte: u8) -> Result<(), Exit> {
        let read = {
            let mut terminal = self.terminal.borrow_mut();
            self.reader.take(byte, self.lua, &mut terminal)
        };
        match read {
            Read::More => Ok(()),
            Read::Ended => Err(Exit::Ended),
            Read::TooLong => {
                self.terminal.borrow_mut().write(b"not enough memory\n");
                Ok(())
            }
            Read::Wrong(error) => {
                self.report(&error);
                Ok(())
            }
            Read::Statement(function) => match self.evaluate(&function) {
                Ok(()) => Ok(()),
                Err(Trouble::Restart) => Err(Exit::Restart),
                Err(Trouble::Error(error)) => {
                    self.report(&error);
                    Ok(())
                }
            },
        }
    }

    /// Writes an error to the terminal.
    pub(crate) fn report(&mut self, error: &Error) {
        log!(warn, "Lua: {}", error);
        let mut terminal = self.terminal.borrow_mut();
        match error.kind() {
            ErrorKind::Memory => terminal.write(b"not enough memory"),
            _ => terminal.write(error.message()),
        }
        terminal.write(b"\n");
    }

    /// Calls a function until it returns, in slices.
    pub(crate) fn call<A>(&mut self, function: &Stash, arguments: A) -> Result<(), Trouble>
    where
        A: for<'gc> IntoLuaMulti<'gc, N>,
    {
        let task = self.lua.start_main(function, arguments)?;
        self.finish(task)
    }

    fn finish(&mut self, mut task: Task) -> Result<(), Trouble> {
        loop {
            match task.run(self.lua, SLICE)? {
                // A main program cannot yield.
                Progress::Finished | Progress::Yielded => return Ok(()),
                Progress::OutOfFuel => {
                    let terminal = self.terminal.borrow();
                    let interrupted = terminal.board(|board| {
                        board.feed_watchdog();
                        board.interrupted()
                    });
                    if interrupted == Some(true) {
                        task.interrupt();
                    }
                }
            }
        }
    }

    /// Calls a statement and prints what it returns.
    fn evaluate(&mut self, function: &Stash) -> Result<(), Trouble> {
        let task = match self.evaluation(function) {
            Err(_) => {
                self.reader.give_reserve();
                self.lua.collect_garbage();
                self.evaluation(function)?
            }
            Ok(task) => task,
        };
        // A statement that was read with the last memory is to free some, and not to fill the heap again.
        let starved = self.reader.is_starved();
        if starved {
            let limit = self.lua.heap_bytes() / 4 * 3;
            self.lua.set_memory_limit(limit);
        }
        let result = self.finish(task);
        if starved {
            self.lua.set_memory_limit(self.heap_limit);
        }
        result
    }

    /// A call of a function that also prints the results; nothing more has to be allocated for it.
    fn evaluation(&mut self, function: &Stash) -> Result<Task, Error> {
        let evaluation = self.lua.try_enter(|ctx| {
            let function = ctx.fetch(function).unwrap_or(Value::Nil);
            let evaluation = ctx.native_closure(evaluate::<N>, &[function])?;
            Ok(ctx.stash(evaluation)?)
        })?;
        self.lua.start_main(&evaluation, ())
    }

    /// Runs a function that waits with this priority or a higher one, or hands output to who takes it; whether there was one.
    fn run_posted(&mut self, least: Priority) -> Result<bool, Exit> {
        let captured = self.terminal.borrow_mut().take_captured();
        if let Some((function, text)) = captured {
            self.hand_over(&function, text)?;
            self.terminal.borrow_mut().give_back(function);
            return Ok(true);
        }
        let next = self
            .lua
            .enter(|ctx| Device::with(ctx, |device| device.queue.next(least)))
            .flatten();
        let Some((priority, function)) = next else {
            return Ok(false);
        };
        match self.call(&function, priority as i64) {
            Ok(()) => Ok(true),
            Err(Trouble::Restart) => Err(Exit::Restart),
            Err(Trouble::Error(error)) => self.posted_failed(&error),
        }
    }

    /// Calls the function that takes the output. What it prints goes to the board; if it fails, output does again.
    fn hand_over(&mut self, function: &Stash, text: Vec<u8>) -> Result<(), Exit> {
        self.terminal.borrow_mut().set_direct(true);
        let result = self.call(function, text);
        self.terminal.borrow_mut().set_direct(false);
        match result {
            Ok(()) => Ok(()),
            Err(Trouble::Restart) => Err(Exit::Restart),
            Err(Trouble::Error(error)) => {
                self.terminal.borrow_mut().redirect(None);
                self.report(&error);
                Ok(())
            }
        }
    }

    /// An error that no caller sees goes to the function given for it; without one the device restarts.
    fn posted_failed(&mut self, error: &Error) -> Result<bool, Exit> {
        let handler = self
            .lua
            .enter(|ctx| Device::with(ctx, |device| device.on_error.take()))
            .flatten();
        if let Some(handler) = handler {
            let mut text = Vec::new();
            if text.try_reserve_exact(error.message().len()).is_ok() {
                text.extend_from_slice(error.message());
            }
            let handled = self.call(&handler, text);
            // Unless it has set another one it stays.
            self.lua
                .enter(|ctx| Device::with(ctx, |device| device.on_error.give_back(handler)));
            match handled {
                Ok(()) => return Ok(true),
                Err(Trouble::Restart) => return Err(Exit::Restart),
                Err(Trouble::Error(second)) => self.report(&second),
            }
        }
        self.report(error);
        self.terminal
            .borrow_mut()
            .write(b"unprotected error: the device restarts\n");
        Err(Exit::Restart)
    }
}

/// Calls its upvalue and prints the results, if there are any.
fn evaluate<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
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
