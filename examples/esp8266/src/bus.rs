//! The I2C bus, on two open-drain pins: the chip has no controller for it.

use core::cell::Cell;
use critical_section::Mutex;
use firmware::peripherals::{BusError, Mode};

use crate::{clock, pins};

#[derive(Clone, Copy)]
struct Bus {
    sda: u8,
    scl: u8,
    /// Half of a clock cycle.
    half: u32,
}

static BUS: Mutex<Cell<Option<Bus>>> = Mutex::new(Cell::new(None));

/// Microseconds that a slave may hold the clock low.
const PATIENCE: u64 = 10_000;

const READ: u8 = 1;

pub fn setup(sda: u8, scl: u8, hertz: u32) -> Result<(), BusError> {
    let half = 500_000_u32.checked_div(hertz).ok_or(BusError)?.max(1);
    for pin in [sda, scl] {
        pins::set_level(pin, true);
        pins::set_mode(pin, Mode::OpenDrain);
    }
    critical_section::with(|section| BUS.borrow(section).set(Some(Bus { sda, scl, half })));
    Ok(())
}

pub fn write(address: u8, bytes: &[u8]) -> Result<(), BusError> {
    transfer(address << 1, |bus| {
        bytes.iter().try_for_each(|byte| bus.send(*byte))
    })
}

pub fn read(address: u8, bytes: &mut [u8]) -> Result<(), BusError> {
    transfer(address << 1 | READ, |bus| {
        let last = bytes.len().saturating_sub(1);
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = bus.receive(at != last)?;
        }
        Ok(())
    })
}

/// Start, head, what `act` does, stop.
fn transfer(head: u8, act: impl FnOnce(Bus) -> Result<(), BusError>) -> Result<(), BusError> {
    let bus = critical_section::with(|section| BUS.borrow(section).get()).ok_or(BusError)?;
    bus.data(false);
    let done = bus.send(head).and_then(|()| act(bus));
    bus.stop();
    done
}

impl Bus {
    fn data(self, high: bool) {
        pins::set_level(self.sda, high);
        clock::delay(self.half);
    }

    fn clock_low(self) {
        pins::set_level(self.scl, false);
        clock::delay(self.half);
    }

    /// Lets the clock rise, which a slave may put off.
    fn clock_high(self) -> Result<(), BusError> {
        pins::set_level(self.scl, true);
        let start = clock::microseconds();
        while !pins::level(self.scl) {
            if clock::microseconds() - start > PATIENCE {
                return Err(BusError);
            }
        }
        clock::delay(self.half);
        Ok(())
    }

    fn send_bit(self, high: bool) -> Result<(), BusError> {
        self.clock_low();
        self.data(high);
        self.clock_high()
    }

    fn receive_bit(self) -> Result<bool, BusError> {
        self.clock_low();
        self.data(true);
        self.clock_high()?;
        Ok(pins::level(self.sda))
    }

    fn send(self, byte: u8) -> Result<(), BusError> {
        for bit in (0..8).rev() {
            self.send_bit(byte >> bit & 1 == 1)?;
        }
        match self.receive_bit()? {
            false => Ok(()),
            true => Err(BusError),
        }
    }

    fn receive(self, more: bool) -> Result<u8, BusError> {
        let mut byte = 0;
        for _ in 0..8 {
            byte = byte << 1 | u8::from(self.receive_bit()?);
        }
        self.send_bit(!more)?;
        Ok(byte)
    }

    fn stop(self) {
        self.clock_low();
        self.data(false);
        // A slave that holds the clock now cannot be helped.
        let _ = self.clock_high();
        self.data(true);
    }
}
