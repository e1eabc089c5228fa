//! The watchdog, and the restart that it is the surest way to.

use crate::register::Register;

// SAFETY: registers of the watchdog, which only this module uses.
const CONTROL: Register = unsafe { Register::at(0x6000_0900) };
// SAFETY: as above.
const FIRST_STAGE: Register = unsafe { Register::at(0x6000_0904) };
// SAFETY: as above.
const SECOND_STAGE: Register = unsafe { Register::at(0x6000_0908) };
// SAFETY: as above.
const FEED: Register = unsafe { Register::at(0x6000_0914) };
// SAFETY: a word of RTC memory, which is left to programs and kept through a reset.
const MARK: Register = unsafe { Register::at(0x6000_1200) };

const ENABLE: u32 = 1 << 0;
/// An interrupt, which nobody takes here, then a reset.
const RESPONSE: u32 = 3 << 1;
const RESET_LENGTH: u32 = 7 << 3;
const FOOD: u32 = 0x73;

/// A stage of 2^n times 0.8 ms: 6.6 s, longer than any step of Lua and than the erasing of a sector.
const PATIENCE: u32 = 13;
const AT_ONCE: u32 = 1;

/// What the program leaves for itself: "LUA!".
const BY_REQUEST: u32 = u32::from_le_bytes(*b"LUA!");

fn start(first: u32) {
    CONTROL.change(ENABLE, 0);
    FIRST_STAGE.write(first);
    SECOND_STAGE.write(AT_ONCE);
    CONTROL.change(RESPONSE, RESET_LENGTH);
    CONTROL.change(0, ENABLE);
    feed();
}

/// Starts the watchdog. Whether the program itself asked for the start of the chip.
pub fn init() -> bool {
    start(PATIENCE);
    let requested = MARK.read() == BY_REQUEST;
    MARK.write(0);
    requested
}

/// The program is alive.
pub fn feed() {
    FEED.write(FOOD);
}

/// Starts the chip anew.
pub fn restart() -> ! {
    MARK.write(BY_REQUEST);
    start(AT_ONCE);
    loop {
        core::hint::spin_loop();
    }
}
