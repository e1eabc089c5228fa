//! The chip as a [`Machine`].

use crate::{bus, heap, pins, stack, terminal};
use esp_hal::delay::Delay;
use esp_hal::time::Instant;
use firmware::lua_vm::Error;
use firmware::lua_vm::num32::Lua;
use firmware::peripherals::{BusError, Mode, Peripherals};
use firmware::{Machine, Usage};

/// The board.
pub enum Board {}

mod libraries {
    firmware::peripherals!(crate::board::Board);
}

impl Machine for Board {
    #[cfg(feature = "esp32c3")]
    const CORE: &'static str = "ESP32-C3";
    #[cfg(feature = "esp32c6")]
    const CORE: &'static str = "ESP32-C6";
    const ECHO: bool = true;
    const UNIT: &'static str = "microseconds";

    fn names() -> &'static [&'static [u32]] {
        const NAMES: &[&[u32]] = &[&libraries::NAMES];
        NAMES
    }

    fn open(lua: &mut Lua<'_>) -> Result<(), Error> {
        libraries::open(lua)
    }

    fn read() -> Option<u8> {
        Some(terminal::read())
    }

    fn write(bytes: &[u8]) {
        terminal::write(bytes);
    }

    fn instructions() -> u64 {
        Self::microseconds()
    }

    fn stack() -> Usage {
        stack::usage()
    }

    fn heap() -> Usage {
        heap::usage()
    }

    /// Starts the chip anew: there is nothing to go back to.
    fn exit(_: u8) -> ! {
        terminal::flush();
        esp_hal::system::software_reset()
    }
}

impl Peripherals for Board {
    /// Without the pins of flash, UART, USB and JTAG.
    #[cfg(feature = "esp32c3")]
    const PINS: u64 = 0x7ff;
    #[cfg(feature = "esp32c6")]
    const PINS: u64 = 0xfc_8fff;

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
        Instant::now().duration_since_epoch().as_micros()
    }

    fn delay(microseconds: u32) {
        Delay::new().delay_micros(microseconds);
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
