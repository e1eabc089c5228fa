//! QEMU's machine `virt` as a [`Machine`].

use crate::{heap, stack, uart};
use firmware::{Machine, Usage};

/// Address of the device that ends the emulation.
const TEST_DEVICE: *mut u32 = 0x0010_0000 as *mut u32;
const TEST_PASS: u32 = 0x5555;
const TEST_FAIL: u32 = 0x3333;

/// The board.
pub enum Board {}

impl Machine for Board {
    const CORE: &'static str = "rv32imc";
    const ECHO: bool = true;

    fn read() -> Option<u8> {
        Some(uart::read())
    }

    fn write(bytes: &[u8]) {
        uart::write(bytes);
    }

    fn instructions() -> u64 {
        loop {
            let (high, low, again): (u32, u32, u32);
            // SAFETY: counters are read, nothing else changes.
            unsafe {
                core::arch::asm!(
                    "csrr {0}, minstreth", "csrr {1}, minstret", "csrr {2}, minstreth",
                    out(reg) high, out(reg) low, out(reg) again, options(nomem, nostack)
                );
            }
            if high == again {
                return u64::from(high) << 32 | u64::from(low);
            }
        }
    }

    fn stack() -> Usage {
        stack::usage()
    }

    fn heap() -> Usage {
        heap::usage()
    }

    fn exit(code: u8) -> ! {
        let word = match code {
            0 => TEST_PASS,
            _ => u32::from(code) << 16 | TEST_FAIL,
        };
        loop {
            // SAFETY: the register of a device, aligned; a write ends the emulation.
            unsafe { TEST_DEVICE.write_volatile(word) };
        }
    }
}
