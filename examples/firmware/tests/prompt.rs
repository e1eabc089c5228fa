//! A machine that is a text: what is typed, and what the terminal then shows.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use core::ops::Range;
use esp_port::board::Input;
use esp_port::boot::{Firmware, Verification};
use esp_port::key::Key;
use esp_port::{Exit, FlashMap};
use firmware::layout::{Layout, SIM};
use firmware::{Machine, Usage, serve};
use lfs_format::nor::NorModel;
use std::cell::RefCell;
use std::collections::VecDeque;

thread_local! {
    static TYPED: RefCell<VecDeque<u8>> = RefCell::default();
    static SHOWN: RefCell<Vec<u8>> = RefCell::default();
}

enum Typist {}

firmware::device!(Typist);

impl Machine for Typist {
    const CORE: &'static str = "test";
    const ECHO: bool = false;

    fn read() -> Input {
        TYPED.with_borrow_mut(|typed| typed.pop_front().map_or(Input::Ended, Input::Byte))
    }

    fn is_typed() -> bool {
        // The typist waits for the program that is to be interrupted.
        SHOWN.with_borrow(|shown| shown.ends_with(b"busy\n"))
            && TYPED.with_borrow(|typed| !typed.is_empty())
    }

    fn write(bytes: &[u8]) {
        SHOWN.with_borrow_mut(|shown| shown.extend_from_slice(bytes));
    }

    fn instructions() -> u64 {
        (7 << 30) + 5
    }

    fn microseconds() -> u64 {
        0
    }

    fn stack() -> Usage {
        Usage {
            used: 1 << 10,
            size: 1 << 20,
        }
    }

    fn heap() -> Usage {
        Usage {
            used: 3,
            size: 1 << 20,
        }
    }

    fn is_restarted() -> bool {
        true
    }

    fn restart() -> ! {
        unreachable!("the firmware restarts the machine, not Lua")
    }

    fn exit(_: u8) -> ! {
        unreachable!("no test ends the machine")
    }
}

/// No image was ever installed, so nothing is mapped.
#[derive(Clone)]
struct NoWindow;

impl FlashMap for NoWindow {
    fn mapped(&self, _: Range<u32>) -> Option<&[u32]> {
        None
    }

    fn invalidate(&mut self, _: Range<u32>) {}
}

/// What the terminal shows from the first prompt on, and how it ends.
fn session(typed: &str) -> (String, Exit) {
    TYPED.set(typed.bytes().collect());
    SHOWN.take();
    let table = SIM.table().unwrap();
    let firmware = Firmware {
        place: Layout::PLACE,
        table: &table,
        slots: Layout::SLOTS,
        system_slot: SIM.system_slot(),
        verification: Verification::Always,
        heap: Typist::heap().size,
        compiler_stack: 1 << 16,
        key: Key::None,
        names: &[&NAMES],
        open,
    };
    let flash = NorModel::<4096>::new(SIM.blocks as usize).unwrap();
    let exit = serve::<Typist, _, _>(flash, NoWindow, &firmware).unwrap();
    let shown = String::from_utf8(SHOWN.take()).unwrap();
    let start = shown.find("> ").unwrap();
    let end = shown.rfind("stack used 1024 of 1048576 bytes").unwrap();
    (shown[start..end].to_owned(), exit)
}

#[test]
fn the_device_is_a_library() {
    let shown = |typed| session(typed).0;
    assert_eq!(shown("device.instructions()\n"), "> 5\t7\n> ");
    assert_eq!(shown("device.stack()\n"), "> 1024\t1048576\n> ");
    assert_eq!(shown("device.heap()\n"), "> 3\t1048576\n> ");
    assert_eq!(shown("node.info('hw').flash_size\n"), "> 2048\n> ");
}

#[test]
fn a_session_ends_or_restarts() {
    assert_eq!(session("1\n\x042\n"), ("> 1\n> ".to_owned(), Exit::Ended));
    assert_eq!(session("node.restart()\n2\n").1, Exit::Restart);
}

#[test]
fn what_is_typed_while_lua_runs_is_kept_and_interrupts() {
    let (shown, _) = session("print('busy') while true do end\n\x031 + 1\n");
    assert!(shown.contains("interrupted"), "{shown}");
    assert!(shown.ends_with("> 2\n> "), "{shown}");
}
