//! UART 0 (115200 baud) and USB-serial-JTAG as one terminal: what either sends is read, what is written goes to both.

use core::cell::RefCell;
use critical_section::Mutex;
use esp_hal::Blocking;
use esp_hal::peripherals::{UART0, USB_DEVICE};
use esp_hal::uart::{Config, Uart};
use esp_hal::usb::usb_serial_jtag::UsbSerialJtag;

/// Tries to give the USB host a byte before the cable counts as not plugged in: a host that reads takes one at once.
const PATIENCE: u32 = 100_000;

struct Terminal {
    uart: Uart<'static, Blocking>,
    usb: UsbSerialJtag<'static, Blocking>,
    /// Whether somebody reads what is sent through USB.
    usb_reads: bool,
}

static TERMINAL: Mutex<RefCell<Option<Terminal>>> = Mutex::new(RefCell::new(None));

/// Takes both. Pins of the UART are those of the boot loader's messages.
pub fn init(uart: UART0<'static>, usb: USB_DEVICE<'static>) {
    let Ok(uart) = Uart::new(uart, Config::default()) else {
        return;
    };
    #[cfg(feature = "esp32c3")]
    let (rx, tx) = (20, 21);
    #[cfg(feature = "esp32c6")]
    let (rx, tx) = (17, 16);
    // SAFETY: the chip has these pins, and nothing else uses them: they are not among the pins for Lua.
    let (rx, tx) = unsafe {
        (
            esp_hal::gpio::AnyPin::steal(rx),
            esp_hal::gpio::AnyPin::steal(tx),
        )
    };
    let terminal = Terminal {
        uart: uart.with_rx(rx).with_tx(tx),
        usb: UsbSerialJtag::new(usb),
        usb_reads: true,
    };
    critical_section::with(|section| TERMINAL.replace(section, Some(terminal)));
}

fn with<R>(act: impl FnOnce(&mut Terminal) -> R) -> Option<R> {
    critical_section::with(|section| TERMINAL.borrow_ref_mut(section).as_mut().map(act))
}

/// The next byte, if there is one.
pub fn poll() -> Option<u8> {
    with(Terminal::poll).flatten()
}

/// Puts bytes out.
pub fn write(bytes: &[u8]) {
    for byte in bytes {
        with(|terminal| terminal.put(*byte));
    }
    with(|terminal| terminal.usb.flush_tx_nb());
}

/// Waits until everything has gone out.
pub fn flush() {
    // An error of the line loses its bytes; there is nobody left to tell.
    with(|terminal| terminal.uart.flush().is_ok());
}

impl Terminal {
    fn poll(&mut self) -> Option<u8> {
        if let Ok(byte) = self.usb.read_byte() {
            self.usb_reads = true;
            return Some(byte);
        }
        let mut byte = [0];
        match self.uart.read_buffered(&mut byte) {
            Ok(1) => Some(byte[0]),
            // A byte that was lost is missed by whoever typed it.
            _ => None,
        }
    }

    fn put(&mut self, byte: u8) {
        let mut rest: &[u8] = &[byte];
        while !rest.is_empty() {
            match self.uart.write(rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(_) => break,
            }
        }
        if self.usb_reads {
            self.usb_reads = (0..PATIENCE).any(|_| self.usb.write_byte_nb(byte).is_ok());
        }
    }
}
