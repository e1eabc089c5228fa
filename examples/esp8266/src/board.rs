//! The chip as the boot sequence and the libraries see it.

use core::fmt;

use esp_port::Board;
use esp_port::board::{Facts, Input, ResetCause, Usage};
use firmware::peripherals::{BusError, Mode, Peripherals};
use firmware::{Console, Typing};

use crate::register::Register;
use crate::{bus, clock, heap, pins, rom, uart, watchdog};

firmware::peripherals!(Devkit);

/// Where the fuses are; the emulator has RAM elsewhere.
const FUSE: usize = if cfg!(feature = "emulated") {
    0x6000_1300
} else {
    0x3ff0_0050
};
// SAFETY: fuses, which can be read.
const FUSES: [Register; 2] = unsafe { [Register::at(FUSE), Register::at(FUSE + 4)] };

/// The chip. There is one value of this type.
pub struct Devkit {
    typing: Typing,
    /// Whether the program itself asked for the start.
    requested: bool,
}

impl Devkit {
    /// The chip, which the program may have asked to start.
    pub fn new(requested: bool) -> Self {
        Self {
            typing: Typing::default(),
            requested,
        }
    }
}

impl Board for Devkit {
    fn facts(&self) -> Facts {
        let [low, high] = FUSES.map(Register::read);
        Facts {
            chip: "ESP8266",
            chip_id: low >> 24 | (high & 0xff_ffff) << 8,
            flash_id: 0,
            mhz: clock::HERTZ / 1_000_000,
        }
    }

    fn reset_cause(&self) -> ResetCause {
        match rom::reset_reason() {
            _ if self.requested => ResetCause::Software,
            1 => ResetCause::PowerOn,
            2 => ResetCause::Pin,
            _ => ResetCause::HardwareWatchdog,
        }
    }

    fn microseconds(&self) -> u64 {
        clock::microseconds()
    }

    fn heap(&self) -> Option<Usage> {
        let usage = heap::usage();
        Some(Usage {
            used: usage.used,
            size: usage.size,
        })
    }

    fn feed_watchdog(&mut self) {
        watchdog::feed();
    }

    fn read(&mut self) -> Input {
        self.typing.listen(uart::poll);
        match self.typing.read() {
            Input::Nothing if uart::ended() => Input::Ended,
            input => input,
        }
    }

    fn interrupted(&mut self) -> bool {
        self.typing.listen(uart::poll);
        self.typing.interrupted()
    }

    fn write(&mut self, bytes: &[u8]) {
        uart::write(bytes);
    }

    fn idle(&mut self, _: Option<u64>) {
        watchdog::feed();
        // So that the counter's turns are counted.
        clock::microseconds();
    }
}

impl Peripherals for Devkit {
    const PINS: u64 = pins::ALL;

    fn set_mode(pin: u8, mode: Mode) {
        pins::set_mode(pin, mode);
    }

    fn set_level(pin: u8, high: bool) {
        pins::set_level(pin, high);
    }

    fn level(pin: u8) -> bool {
        pins::level(pin)
    }

    fn microseconds() -> u64 {
        clock::microseconds()
    }

    fn delay(microseconds: u32) {
        let end = clock::microseconds() + u64::from(microseconds);
        while clock::microseconds() < end {
            watchdog::feed();
        }
    }

    fn i2c_setup(sda: u8, scl: u8, hertz: u32) -> Result<(), BusError> {
        bus::setup(sda, scl, hertz)
    }

    fn i2c_write(address: u8, bytes: &[u8]) -> Result<(), BusError> {
        bus::write(address, bytes)
    }

    fn i2c_read(address: u8, bytes: &mut [u8]) -> Result<(), BusError> {
        bus::read(address, bytes)
    }
}

/// Writes a message to the terminal, whatever the state of the program.
pub fn say(message: fmt::Arguments<'_>) {
    Console(uart::write).print(message);
}
