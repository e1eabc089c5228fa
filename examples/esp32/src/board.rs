//! The chip as the boot sequence and the libraries see it.

use core::fmt;

use esp_hal::delay::Delay;
use esp_hal::time::Instant;
use esp_port::Board;
use esp_port::board::{Facts, Input, ResetCause, Usage};
use firmware::peripherals::{BusError, Mode, Peripherals};
use firmware::{Console, Typing};

use crate::{bus, heap, pins, terminal};

firmware::peripherals!(Devkit);

/// The chip. There is one value of this type, made once its peripherals are taken.
#[derive(Default)]
pub struct Devkit {
    typing: Typing,
}

impl Board for Devkit {
    fn facts(&self) -> Facts {
        Facts {
            #[cfg(feature = "esp32c3")]
            chip: "ESP32-C3",
            #[cfg(feature = "esp32c6")]
            chip: "ESP32-C6",
            chip_id: chip_id(),
            flash_id: 0,
            mhz: esp_hal::clock::cpu_clock().as_mhz(),
        }
    }

    fn reset_cause(&self) -> ResetCause {
        use esp_hal::rtc_cntl::SocResetReason as Reason;
        match esp_hal::system::reset_reason() {
            Some(Reason::CoreDeepSleep) => ResetCause::DeepSleep,
            Some(Reason::CoreSw | Reason::Cpu0Sw) => ResetCause::Software,
            Some(
                Reason::CoreMwdt0
                | Reason::CoreMwdt1
                | Reason::CoreRtcWdt
                | Reason::Cpu0Mwdt0
                | Reason::Cpu0RtcWdt
                | Reason::SysRtcWdt
                | Reason::SysSuperWdt,
            ) => ResetCause::HardwareWatchdog,
            _ => ResetCause::PowerOn,
        }
    }

    fn microseconds(&self) -> u64 {
        <Self as Peripherals>::microseconds()
    }

    fn heap(&self) -> Option<Usage> {
        let usage = heap::usage();
        Some(Usage {
            used: usage.used,
            size: usage.size,
        })
    }

    fn read(&mut self) -> Input {
        self.typing.listen(terminal::poll);
        self.typing.read()
    }

    fn interrupted(&mut self) -> bool {
        self.typing.listen(terminal::poll);
        self.typing.interrupted()
    }

    fn write(&mut self, bytes: &[u8]) {
        terminal::write(bytes);
    }
}

/// The low half of the chip's MAC address.
fn chip_id() -> u32 {
    let address = esp_hal::efuse::base_mac_address();
    let low = address.as_bytes().last_chunk::<4>();
    low.map_or(0, |low| u32::from_be_bytes(*low))
}

impl Peripherals for Devkit {
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

/// Writes a message to the terminal, whatever the state of the program.
pub fn say(message: fmt::Arguments<'_>) {
    Console(terminal::write).print(message);
}
