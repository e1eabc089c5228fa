//! A device in conversation: statements are typed one after the other, and the power is cut at will.

use super::emulator::{Device, Flash};
use crate::shell::{self, Failure};
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// No answer takes this long.
const LIMIT: Duration = Duration::from_secs(300);
/// What the terminal shows when it waits for a statement.
const PROMPT: &str = "\n> ";

/// A device that runs.
pub struct Terminal {
    child: Child,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    /// What was shown and not returned yet.
    shown: String,
}

impl Terminal {
    /// Starts a device whose flash keeps what is written; returns it with what it shows up to the prompt.
    pub fn start(device: &Device, flash: &Flash, heap: u32) -> Result<(Self, String), Failure> {
        let mut terminal = Self::spawn(&mut device.persistent(flash, heap))?;
        let boot = terminal.answer()?;
        Ok((terminal, boot))
    }

    fn spawn(command: &mut Command) -> Result<Self, Failure> {
        let text = shell::line(command);
        let failure = |what: &str| Failure::new(format!("{text}: {what}"), "Is QEMU installed?");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failure(&error.to_string()))?;
        let input = child.stdin.take().ok_or_else(|| failure("no input"))?;
        let mut stdout = child.stdout.take().ok_or_else(|| failure("no output"))?;
        let (send, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            child,
            input,
            output,
            shown: String::new(),
        })
    }

    /// Types a statement without waiting for what comes of it.
    pub fn type_line(&mut self, statement: &str) -> Result<(), Failure> {
        writeln!(self.input, "{statement}")
            .and_then(|()| self.input.flush())
            .map_err(|error| Failure::new(format!("{statement}: {error}"), "The device has ended."))
    }

    /// Types a statement; what the terminal shows then, up to the next prompt. The device may restart meanwhile.
    pub fn say(&mut self, statement: &str) -> Result<String, Failure> {
        self.type_line(statement)?;
        let answer = self.answer()?;
        let answer = answer.strip_prefix(statement).unwrap_or(&answer);
        Ok(answer.trim().to_owned())
    }

    /// What the terminal shows up to the next prompt.
    fn answer(&mut self) -> Result<String, Failure> {
        let start = Instant::now();
        loop {
            if let Some(at) = self.shown.find(PROMPT) {
                let rest = self.shown.split_off(at + PROMPT.len());
                let mut answer = std::mem::replace(&mut self.shown, rest);
                answer.truncate(at);
                return Ok(answer);
            }
            let left = LIMIT.saturating_sub(start.elapsed());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => {
                    return Err(Failure::new(
                        format!("no prompt; the terminal shows:\n{}", self.shown),
                        "Start the device by hand with the same flash file.",
                    ));
                }
            }
        }
    }
}

/// The power is cut: the emulator is killed, whatever it does.
impl Drop for Terminal {
    fn drop(&mut self) {
        // One that has ended by itself needs neither.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
