//! The I2C bus for Lua.

use core::cell::RefCell;
use critical_section::Mutex;
use esp_hal::Blocking;
use esp_hal::i2c::master::{Config, I2c};
use esp_hal::peripherals::I2C0;
use esp_hal::time::Rate;
use firmware::peripherals::BusError;

use crate::pins;

/// The controller, until a program sets the bus up.
static CONTROLLER: Mutex<RefCell<Option<I2C0<'static>>>> = Mutex::new(RefCell::new(None));
static BUS: Mutex<RefCell<Option<I2c<'static, Blocking>>>> = Mutex::new(RefCell::new(None));

pub fn init(controller: I2C0<'static>) {
    critical_section::with(|section| CONTROLLER.replace(section, Some(controller)));
}

/// Pins are chosen once; later calls change the speed.
pub fn setup(sda: u8, scl: u8, hertz: u32) -> Result<(), BusError> {
    let config = Config::default().with_frequency(Rate::from_hz(hertz));
    critical_section::with(|section| {
        let mut bus = BUS.borrow_ref_mut(section);
        if let Some(bus) = bus.as_mut() {
            return bus.apply_config(&config).map_err(|_| BusError);
        }
        let (Some(sda), Some(scl)) = (pins::release(sda), pins::release(scl)) else {
            return Err(BusError);
        };
        let controller = CONTROLLER.take(section).ok_or(BusError)?;
        let made = I2c::new(controller, config).map_err(|_| BusError)?;
        *bus = Some(made.with_sda(sda).with_scl(scl));
        Ok(())
    })
}

fn with(
    act: impl FnOnce(&mut I2c<'static, Blocking>) -> Result<(), esp_hal::i2c::master::Error>,
) -> Result<(), BusError> {
    critical_section::with(|section| {
        let mut bus = BUS.borrow_ref_mut(section);
        act(bus.as_mut().ok_or(BusError)?).map_err(|_| BusError)
    })
}

pub fn write(address: u8, bytes: &[u8]) -> Result<(), BusError> {
    with(|bus| bus.write(address, bytes))
}

pub fn read(address: u8, bytes: &mut [u8]) -> Result<(), BusError> {
    with(|bus| bus.read(address, bytes))
}
