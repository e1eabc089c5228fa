//! QEMU's machine `sim` as a [`Machine`].

use crate::{heap, semihosting, stack};
use firmware::{Machine, Usage};

/// Instructions for one cycle of the emulator's counter, when it counts instructions.
const INSTRUCTIONS_PER_CYCLE: u64 = 25;

/// The board.
pub enum Board {}

impl Machine for Board {
    const CORE: &'static str = "lx106";
    // The emulator's terminal shows what is typed.
    const ECHO: bool = false;

    fn read() -> Option<u8> {
        semihosting::read()
    }

    fn write(bytes: &[u8]) {
        semihosting::write(bytes);
    }

    fn instructions() -> u64 {
        u64::from(lx106::cycles()) * INSTRUCTIONS_PER_CYCLE
    }

    fn stack() -> Usage {
        stack::usage()
    }

    fn heap() -> Usage {
        heap::usage()
    }

    fn exit(code: u8) -> ! {
        semihosting::exit(code)
    }
}
