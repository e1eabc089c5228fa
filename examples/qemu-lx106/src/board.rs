//! QEMU's machine `sim` as a [`Machine`].

use crate::{heap, semihosting, stack};
use esp_port::board::Input;
use firmware::{Machine, Usage};

firmware::device!(Sim);

/// Instructions for one cycle of the emulator's counter, when it counts instructions.
const INSTRUCTIONS_PER_CYCLE: u64 = 25;
/// The emulator's clock, then.
const INSTRUCTIONS_PER_MICROSECOND: u64 = 1000;

/// In a word that start-up code leaves alone, if the firmware restarted.
const RESTART_MARK: u32 = 0x5245_5345;

unsafe extern "C" {
    // Where a reset leads; see ../lx106.
    fn _start() -> !;
    // Defined in link.ld.
    static mut _restart_mark: u32;
}

/// The machine.
pub enum Sim {}

impl Machine for Sim {
    const CORE: &'static str = "lx106";
    // The emulator's terminal shows what is typed.
    const ECHO: bool = false;

    // Waits.
    fn read() -> Input {
        semihosting::read().map_or(Input::Ended, Input::Byte)
    }

    fn write(bytes: &[u8]) {
        semihosting::write(bytes);
    }

    fn instructions() -> u64 {
        u64::from(lx106::cycles()) * INSTRUCTIONS_PER_CYCLE
    }

    fn microseconds() -> u64 {
        Self::instructions() / INSTRUCTIONS_PER_MICROSECOND
    }

    fn stack() -> Usage {
        stack::usage()
    }

    fn heap() -> Usage {
        heap::usage()
    }

    fn is_restarted() -> bool {
        // SAFETY: a word that the linker script keeps free; only `restart` and this touch it.
        unsafe { (&raw const _restart_mark).read_volatile() == RESTART_MARK }
    }

    fn restart() -> ! {
        // SAFETY: as above; start-up code takes the machine in any state, and sets stack and data anew.
        unsafe {
            (&raw mut _restart_mark).write_volatile(RESTART_MARK);
            _start()
        }
    }

    fn exit(code: u8) -> ! {
        semihosting::exit(code)
    }
}
