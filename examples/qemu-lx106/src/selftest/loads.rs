//! Loads of less than a word from flash.
//!
//! The emulator takes them where the chip traps, but it traps loads from addresses that nothing answers. The handler is built to serve those
//! from mapped flash: another cause and another range of addresses, all else as on the chip.

use super::{demand, say};

/// What the handler serves from the start of mapped flash on.
const FABRICATED: usize = 0x1000_0000;
/// Bytes of mapped flash that the program lies in.
const OFFSET: usize = 0x1_0000;
const FLASH: usize = 0x4020_0000 + OFFSET;

unsafe extern "C" {
    // Defined in loads.S.
    fn loads_with_all_registers(address: usize, registers: *mut u32);
}

/// A byte of flash, by the word around it.
fn byte(at: usize) -> u8 {
    // SAFETY: mapped flash, aligned.
    let word = unsafe { (((FLASH + at) & !3) as *const u32).read_volatile() };
    word.to_le_bytes()[at % 4]
}

fn half(at: usize) -> u16 {
    u16::from_le_bytes([byte(at), byte(at + 1)])
}

pub fn run() {
    let start = FABRICATED + OFFSET;
    for at in 0..1024 {
        // SAFETY: the handler gives the load a value.
        let loaded = unsafe { ((start + at) as *const u8).read_volatile() };
        demand(loaded == byte(at), "a byte");
    }
    for at in (0..1024).step_by(2) {
        // SAFETY: as above.
        let (unsigned, signed) = unsafe {
            (
                ((start + at) as *const u16).read_volatile(),
                i32::from(((start + at) as *const i16).read_volatile()),
            )
        };
        demand(unsigned == half(at), "a half word");
        demand(
            signed == i32::from(half(at) as i16),
            "a half word with its sign",
        );
    }
    registers();
    say(format_args!(
        "exception handler: {} loads served",
        1024 + 2 * 512 + 4
    ));
}

/// Nothing but the targets of the loads changes.
fn registers() {
    let mut found = [0; 16];
    // SAFETY: it writes sixteen words.
    unsafe { loads_with_all_registers(FABRICATED + OFFSET, found.as_mut_ptr()) };
    let wanted = [
        7,
        0,
        0,
        0,
        104,
        105,
        u32::from(byte(3)),
        i32::from(half(4) as i16) as u32,
        u32::from(half(6)),
        u32::from(byte(255)),
        110,
        111,
        112,
        113,
        114,
        115,
    ];
    demand(found == wanted, "all other registers are as they were");
}
