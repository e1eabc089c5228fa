//! Pins, by the numbers of the chip's GPIO.

use crate::register::Register;
use firmware::peripherals::Mode;

/// The pins that flash and UART leave: 0, 2, 4, 5, 12 to 15.
pub const ALL: u64 = 0xf035;

// SAFETY: registers of the GPIO, in which a pin is a bit; only this module uses them.
const OUT_SET: Register = unsafe { Register::at(0x6000_0304) };
// SAFETY: as above.
const OUT_CLEAR: Register = unsafe { Register::at(0x6000_0308) };
// SAFETY: as above.
const ENABLE_SET: Register = unsafe { Register::at(0x6000_0310) };
// SAFETY: as above.
const ENABLE_CLEAR: Register = unsafe { Register::at(0x6000_0314) };
// SAFETY: as above.
const IN: Register = unsafe { Register::at(0x6000_0318) };
/// Register of pin 0.
const PIN: usize = 0x6000_0328;
const OPEN_DRAIN: u32 = 1 << 2;

/// Functions and pull-ups of pins.
const MULTIPLEXER: usize = 0x6000_0800;
const PULL_UP: u32 = 1 << 7;
const FUNCTION: u32 = 1 << 8 | 3 << 4;

/// Offset of a pin's register in the multiplexer, and the number of the function that is GPIO.
const fn multiplexed(pin: u8) -> Option<(usize, u32)> {
    Some(match pin {
        0 => (0x34, 0),
        2 => (0x38, 0),
        4 => (0x3c, 0),
        5 => (0x40, 0),
        12 => (0x04, 3),
        13 => (0x08, 3),
        14 => (0x0c, 3),
        15 => (0x10, 3),
        _ => return None,
    })
}

pub fn set_mode(pin: u8, mode: Mode) {
    let Some((offset, function)) = multiplexed(pin) else {
        return;
    };
    // SAFETY: the register of a pin that only this module uses.
    let multiplexer = unsafe { Register::at(MULTIPLEXER + offset) };
    let pull = match mode {
        Mode::InputPullUp | Mode::OpenDrain => PULL_UP,
        Mode::Input | Mode::Output => 0,
    };
    multiplexer.change(FUNCTION | PULL_UP, function << 4 | pull);
    // SAFETY: as above.
    let control = unsafe { Register::at(PIN + 4 * usize::from(pin)) };
    control.change(
        OPEN_DRAIN,
        if mode == Mode::OpenDrain {
            OPEN_DRAIN
        } else {
            0
        },
    );
    match mode {
        Mode::Input | Mode::InputPullUp => ENABLE_CLEAR.write(1 << pin),
        Mode::Output | Mode::OpenDrain => ENABLE_SET.write(1 << pin),
    }
}

pub fn set_level(pin: u8, high: bool) {
    if ALL >> pin & 1 == 1 {
        let register = if high { OUT_SET } else { OUT_CLEAR };
        register.write(1 << pin);
    }
}

pub fn level(pin: u8) -> bool {
    IN.read() >> pin & 1 == 1
}
