//! The prompt at a terminal: history, statements of many lines, Ctrl-C, Ctrl-D.

use super::support::Scene;
use rexpect::session::{PtySession, spawn_command};
use std::process::Command;

/// Milliseconds after which a terminal that shows nothing new is a failure; far more than a loaded machine needs.
const PATIENCE: u64 = 60_000;

/// What the line editor writes when keys are its own, before the prompt, and when they are the terminal's again.
const EDITING: &str = "\x1b[?2004h";
const EDITED: &str = "\x1b[?2004l";

/// A device whose terminal is one.
struct Terminal(PtySession);

impl Terminal {
    fn of(scene: &Scene) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_luac-cross"));
        command.args(["sim", "--flash", &scene.path("flash.bin").to_string_lossy()]);
        command.env("TERM", "xterm");
        Self(spawn_command(command, Some(PATIENCE)).unwrap())
    }

    /// Reads what is shown until a text is.
    fn shows(&mut self, text: &str) {
        self.0.exp_string(text).unwrap();
    }

    /// Waits for a prompt, then types.
    fn types(&mut self, prompt: &str, keys: &str) {
        self.shows(EDITING);
        self.shows(prompt);
        self.presses(keys);
    }

    fn presses(&mut self, keys: &str) {
        self.0.send(keys).unwrap();
        self.0.flush().unwrap();
    }

    /// Waits for the end of the program, which is to be a success.
    fn ends(mut self) {
        self.0.exp_eof().unwrap();
        // The type of the status is of another crate, which this one does not show.
        let status = format!("{:?}", self.0.process().wait().unwrap());
        assert!(
            status.starts_with("Exited") && status.ends_with(", 0)"),
            "{status}"
        );
    }
}

#[test]
fn keys_do_what_they_do_at_a_prompt() {
    let scene = Scene::new(&[]);
    let mut terminal = Terminal::of(&scene);
    terminal.shows("Lua 5.3 in place from flash");
    terminal.types("> ", "6 * 7\r");
    terminal.shows("\r\n42\r\n");
    // Up and return: the same again.
    terminal.types("> ", "\x1b[A\r");
    terminal.shows("\r\n42\r\n");
    terminal.types("> ", "for i = 1, 2 do\r");
    terminal.types(">> ", "print('turn', i)\r");
    terminal.types(">> ", "end\r");
    terminal.shows("turn\t1\r\nturn\t2\r\n");
    terminal.types("> ", "node.restart()\r");
    terminal.shows("Lua 5.3 in place from flash");
    terminal.types("> ", "'back'\r");
    terminal.shows("\r\nback\r\n");
    terminal.types("> ", "\x04");
    terminal.ends();
}

#[test]
fn control_c_ends_a_statement_and_drops_a_line() {
    let scene = Scene::new(&[]);
    let mut terminal = Terminal::of(&scene);
    terminal.types("> ", "print('spins') while true do end\r");
    terminal.shows(EDITED);
    terminal.shows("spins\r\n");
    terminal.presses("\x03");
    terminal.shows("stdin:1: interrupted!");
    terminal.types("> ", "never\x03");
    terminal.types("> ", "'on'\r");
    terminal.shows("\r\non\r\n");
    terminal.types("> ", "\x04");
    terminal.ends();
}
