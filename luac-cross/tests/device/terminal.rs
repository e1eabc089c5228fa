//! The prompt at a terminal: history, statements of many lines, Ctrl-C, Ctrl-D.

use super::support::Scene;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Long enough for the device to be where the next key is for it.
const PAUSE: Duration = Duration::from_millis(700);

#[test]
fn keys_do_what_they_do_at_a_prompt() {
    let scene = Scene::new(&[]);
    let command = format!(
        "{} sim --flash {}",
        env!("CARGO_BIN_EXE_luac-cross"),
        scene.path("flash.bin").display()
    );
    let mut child = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = child.stdin.take().unwrap();
    let mut press = |text: &str| {
        sleep(PAUSE);
        keys.write_all(text.as_bytes()).unwrap();
    };
    press("while true do end\r");
    press("\x03");
    press("6 * 7\r");
    // Up and return: the same again.
    press("\x1b[A\r");
    press("for i = 1, 2 do\r");
    press("print('turn', i)\r");
    press("end\r");
    // Ctrl-C drops what was typed.
    press("never\x03");
    press("node.restart()\r");
    press("'back'\r");
    press("\x04");
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("stdin:1: interrupted!"), "{text}");
    assert_eq!(text.matches("\r\n42\r\n").count(), 2, "{text}");
    assert!(text.contains(">> "), "{text}");
    assert!(text.contains("turn\t1\r\nturn\t2\r\n"), "{text}");
    assert_eq!(
        text.matches("Lua 5.3 in place from flash").count(),
        2,
        "{text}"
    );
    assert!(text.contains("\r\nback\r\n"), "{text}");
}
