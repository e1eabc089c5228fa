//! Pins for Lua.

use core::cell::RefCell;
use critical_section::Mutex;
use esp_hal::gpio::{AnyPin, DriveMode, Flex, InputConfig, OutputConfig, Pull};
use firmware::peripherals::{Mode, Peripherals};

use crate::board::Devkit;

const COUNT: usize = 32;

static PINS: Mutex<RefCell<[Option<Flex<'static>>; COUNT]>> =
    Mutex::new(RefCell::new([const { None }; COUNT]));

/// Does something to a pin that programs may use.
fn with<R>(pin: u8, act: impl FnOnce(&mut Flex<'static>) -> R) -> Option<R> {
    if Devkit::PINS >> pin & 1 == 0 {
        return None;
    }
    critical_section::with(|section| {
        let mut pins = PINS.borrow_ref_mut(section);
        let place = pins.get_mut(usize::from(pin))?;
        // SAFETY: the chip has the pin, and nothing else drives it: the firmware's own pins are not among `PINS`, and each of them
        // is taken once, here; the bus takes two of them over.
        let flex = place.get_or_insert_with(|| Flex::new(unsafe { AnyPin::steal(pin) }));
        Some(act(flex))
    })
}

pub fn set_mode(pin: u8, mode: Mode) {
    let pull = match mode {
        Mode::InputPullUp | Mode::OpenDrain => Pull::Up,
        Mode::Input | Mode::Output => Pull::None,
    };
    let drive = match mode {
        Mode::OpenDrain => DriveMode::OpenDrain,
        _ => DriveMode::PushPull,
    };
    with(pin, |flex| {
        flex.apply_input_config(&InputConfig::default().with_pull(pull));
        flex.apply_output_config(
            &OutputConfig::default()
                .with_drive_mode(drive)
                .with_pull(pull),
        );
        flex.set_input_enable(true);
        flex.set_output_enable(matches!(mode, Mode::Output | Mode::OpenDrain));
    });
}

pub fn set_level(pin: u8, high: bool) {
    with(pin, |flex| flex.set_level(high.into()));
}

pub fn level(pin: u8) -> bool {
    with(pin, |flex| flex.is_high()).unwrap_or(false)
}

/// Gives a pin up to a peripheral.
pub fn release(pin: u8) -> Option<AnyPin<'static>> {
    with(pin, |_| ())?;
    critical_section::with(|section| {
        let mut pins = PINS.borrow_ref_mut(section);
        pins.get_mut(usize::from(pin))?.take()
    })?;
    // SAFETY: the chip has the pin, and it was just given up.
    Some(unsafe { AnyPin::steal(pin) })
}
