//! QEMU's machine `virt` as a [`Machine`].

use crate::{heap, stack, uart};
use esp_port::board::Input;
use firmware::{Machine, Usage};

firmware::device!(Virt);

/// Address of the device that ends the emulation or resets the machine.
const TEST_DEVICE: *mut u32 = 0x0010_0000 as *mut u32;
const TEST_PASS: u32 = 0x5555;
const TEST_FAIL: u32 = 0x3333;
const TEST_RESET: u32 = 0x7777;

/// The clock: ticks of 100 ns since power came on, in two words.
const CLOCK: *const u32 = 0x0200_BFF8 as *const u32;
const TICKS_PER_MICROSECOND: u64 = 10;

/// In a word that no reset changes, if the firmware asked for the reset.
const RESTART_MARK: u32 = 0x5245_5345;

unsafe extern "C" {
    static mut _restart_mark: u32;
}

/// The machine.
pub enum Virt {}

/// Reads a counter of two halves; the high half is read before and after.
fn whole(halves: impl Fn() -> (u32, u32, u32)) -> u64 {
    loop {
        let (high, low, again) = halves();
        if high == again {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

fn end(word: u32) -> ! {
    loop {
        // SAFETY: the register of a device, aligned; a write ends or resets the emulation.
        unsafe { TEST_DEVICE.write_volatile(word) };
    }
}

impl Machine for Virt {
    const CORE: &'static str = "rv32imc";
    const ECHO: bool = true;

    fn read() -> Input {
        uart::read().map_or(Input::Nothing, Input::Byte)
    }

    fn is_typed() -> bool {
        uart::is_ready()
    }

    fn write(bytes: &[u8]) {
        uart::write(bytes);
    }

    fn instructions() -> u64 {
        whole(|| {
            let (high, low, again): (u32, u32, u32);
            // SAFETY: counters are read, nothing else changes.
            unsafe {
                core::arch::asm!(
                    "csrr {0}, minstreth", "csrr {1}, minstret", "csrr {2}, minstreth",
                    out(reg) high, out(reg) low, out(reg) again, options(nomem, nostack)
                );
            }
            (high, low, again)
        })
    }

    fn microseconds() -> u64 {
        // SAFETY: the two words of the clock, which are aligned; reading them changes nothing.
        let word = |half| unsafe { CLOCK.add(half).read_volatile() };
        whole(|| (word(1), word(0), word(1))) / TICKS_PER_MICROSECOND
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
        // SAFETY: as above.
        unsafe { (&raw mut _restart_mark).write_volatile(RESTART_MARK) };
        end(TEST_RESET)
    }

    fn exit(code: u8) -> ! {
        end(match code {
            0 => TEST_PASS,
            _ => u32::from(code) << 16 | TEST_FAIL,
        })
    }
}
