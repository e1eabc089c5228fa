//! The terminal of the host as that of a device.

use crate::failure::Failure;
use esp_port::board::{Board, Facts, Input, ResetCause};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use std::collections::VecDeque;
use std::io::{IsTerminal, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a device waits for more of a script that is piped in before it turns to other things.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long it sleeps when there is nothing to do.
const NAP: Duration = Duration::from_millis(50);

const INTERRUPT: u8 = 3;

/// Clocks that a device is said to have, in MHz; the host's is what it is.
const SLOW: u32 = 80;
const FAST: u32 = 160;

/// Set by Ctrl-C while no line is read.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// A board on the desk.
pub struct Desk {
    started: Instant,
    cause: ResetCause,
    mhz: u32,
    bytes: Receiver<Vec<u8>>,
    /// Asks the line editor for a line; `None` for a pipe, which sends bytes as they come.
    editor: Option<Sender<String>>,
    /// Whether the editor was asked and has not answered.
    asked: bool,
    typed: VecDeque<u8>,
    ended: bool,
}

impl Desk {
    /// A board whose terminal is standard input and output, with line editing and a history if that is a terminal.
    pub fn new() -> Result<Self, Failure> {
        let (send, bytes) = channel();
        let editor = if std::io::stdin().is_terminal() {
            ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed))
                .map_err(Failure::new)?;
            let (ask, asked) = channel();
            thread::spawn(move || edit(&asked, &send));
            Some(ask)
        } else {
            thread::spawn(move || pipe(&send));
            None
        };
        Ok(Self {
            started: Instant::now(),
            cause: ResetCause::PowerOn,
            mhz: SLOW,
            bytes,
            editor,
            asked: false,
            typed: VecDeque::new(),
            ended: false,
        })
    }

    /// The device starts anew.
    pub fn restarted(&mut self, cause: ResetCause) {
        self.started = Instant::now();
        self.cause = cause;
        self.mhz = SLOW;
    }

    /// Waits for input, for so long at most.
    fn wait(&mut self, time: Duration) {
        match self.bytes.recv_timeout(time) {
            Ok(bytes) => self.take(bytes),
            Err(RecvTimeoutError::Disconnected) => self.ended = true,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }

    fn take(&mut self, bytes: Vec<u8>) {
        self.asked = false;
        self.typed.extend(bytes);
    }
}

/// Reads lines with an editor, one when asked for one, until the user ends it.
fn edit(asked: &Receiver<String>, send: &Sender<Vec<u8>>) {
    let Ok(mut editor) = DefaultEditor::new() else {
        return;
    };
    while let Ok(prompt) = asked.recv() {
        let bytes = match editor.readline(&prompt) {
            Ok(line) => {
                // A history that is full or refuses a line costs nothing but convenience.
                let _ = editor.add_history_entry(&line);
                let mut bytes = line.into_bytes();
                bytes.push(b'\n');
                bytes
            }
            Err(ReadlineError::Interrupted) => vec![INTERRUPT],
            Err(_) => return,
        };
        if send.send(bytes).is_err() {
            return;
        }
    }
}

/// Sends what is piped in.
fn pipe(send: &Sender<Vec<u8>>) {
    let mut input = std::io::stdin().lock();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = input.read(&mut buffer) {
        let bytes = buffer.get(..count).unwrap_or_default().to_vec();
        if send.send(bytes).is_err() {
            return;
        }
    }
}

impl Board for Desk {
    fn facts(&self) -> Facts {
        Facts {
            chip: "a virtual device",
            chip_id: u32::from_le_bytes(*b"DESK"),
            flash_id: u32::from_le_bytes(*b"FILE"),
            mhz: self.mhz,
        }
    }

    fn set_mhz(&mut self, mhz: u32) -> bool {
        let known = [SLOW, FAST].contains(&mhz);
        if known {
            self.mhz = mhz;
        }
        known
    }

    fn reset_cause(&self) -> ResetCause {
        self.cause
    }

    fn microseconds(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn unix_time(&self) -> Option<u64> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH);
        time.ok().map(|time| time.as_secs())
    }

    fn read(&mut self) -> Input {
        if self.typed.is_empty() && !self.ended {
            match (self.bytes.try_recv(), &self.editor) {
                (Ok(bytes), _) => self.take(bytes),
                (Err(TryRecvError::Disconnected), _) => self.ended = true,
                (Err(TryRecvError::Empty), None) => self.wait(PATIENCE),
                (Err(TryRecvError::Empty), Some(_)) => {}
            }
        }
        match self.typed.pop_front() {
            Some(byte) => Input::Byte(byte),
            None if self.ended => Input::Ended,
            None => Input::Nothing,
        }
    }

    fn interrupted(&mut self) -> bool {
        INTERRUPTED.swap(false, Ordering::Relaxed)
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        // A reader that has gone away is no failure.
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    fn echoes(&self) -> bool {
        false
    }

    fn prompt(&mut self, prompt: &str) {
        if let Some(editor) = self.editor.as_ref().filter(|_| !self.asked) {
            self.asked = editor.send(prompt.to_owned()).is_ok();
        }
    }

    fn idle(&mut self, until: Option<u64>) {
        let until = until.map_or(NAP, |until| {
            Duration::from_micros(until.saturating_sub(self.microseconds()))
        });
        if self.typed.is_empty() && !self.ended {
            self.wait(until.min(NAP));
        }
    }
}
