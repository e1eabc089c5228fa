//! The prompt on a machine that is a text: what is typed, and what the terminal then shows.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use firmware::{Machine, Usage, run};
use std::cell::RefCell;

thread_local! {
    static TYPED: RefCell<std::vec::IntoIter<u8>> = RefCell::default();
    static SHOWN: RefCell<Vec<u8>> = RefCell::default();
}

enum Typist {}

impl Machine for Typist {
    const CORE: &'static str = "test";
    const ECHO: bool = false;

    fn read() -> Option<u8> {
        TYPED.with_borrow_mut(Iterator::next)
    }

    fn write(bytes: &[u8]) {
        SHOWN.with_borrow_mut(|shown| shown.extend_from_slice(bytes));
    }

    fn instructions() -> u64 {
        (7 << 30) + 5
    }

    fn stack() -> Usage {
        Usage {
            used: 1 << 10,
            size: 1 << 20,
        }
    }

    fn heap() -> Usage {
        Usage {
            used: 0,
            size: 1 << 20,
        }
    }

    fn exit(_: u8) -> ! {
        unreachable!("no test ends the machine")
    }
}

/// What the terminal shows from the first prompt on.
fn session(typed: &str) -> String {
    TYPED.set(typed.as_bytes().to_vec().into_iter());
    SHOWN.take();
    assert_eq!(run::<Typist>(&[0xffff_ffff; 64]), 0);
    let shown = String::from_utf8(SHOWN.take()).unwrap();
    let start = shown.find("> ").unwrap();
    let end = shown.rfind("stack used 1024 of 1048576 bytes").unwrap();
    shown[start..end].to_owned()
}

#[test]
fn results_are_printed() {
    assert_eq!(session("1 + 1, 'a'\n"), "> 2\ta\n> ");
    assert_eq!(session("x = 3\nx\n"), "> > 3\n> ");
}

#[test]
fn statements_may_take_several_lines() {
    assert_eq!(
        session("for i = 1, 2 do\nprint(i)\nend\n"),
        "> >> >> 1\n2\n> "
    );
}

#[test]
fn errors_do_not_end_the_session() {
    let shown = session("error('no', 0)\nx = = 1\n1\n");
    assert!(shown.starts_with("> no\nstack traceback:"), "{shown}");
    assert!(shown.contains("> stdin:1: unexpected symbol near '='\n"));
    assert!(shown.ends_with("> 1\n> "));
}

#[test]
fn a_statement_that_fills_the_heap_leaves_room_for_the_next() {
    let shown = session("t = {} while true do t = {t} end\nt = nil\n2\n");
    assert_eq!(shown, "> not enough memory\n> > 2\n> ");
}

#[test]
fn what_is_typed_can_be_taken_back() {
    assert_eq!(session("123\x08\x7f\n"), "> 1\n> ");
    assert_eq!(session("1\n\x042\n"), "> 1\n> ");
}

#[test]
fn the_device_is_a_table() {
    assert_eq!(session("device.instructions()\n"), "> 5\t7\n> ");
    assert_eq!(session("device.stack()\n"), "> 1024\t1048576\n> ");
    assert_eq!(session("io.write('a', 1, '\\n')\n"), "> a1\n> ");
}
