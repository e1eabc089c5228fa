//! UART 0, at 115200 baud.

use crate::clock;
use crate::register::Register;

// SAFETY: registers of UART 0, which only this module uses.
const FIFO: Register = unsafe { Register::at(0x6000_0000) };
// SAFETY: as above.
const CLOCK_DIVIDER: Register = unsafe { Register::at(0x6000_0014) };
// SAFETY: as above.
const STATUS: Register = unsafe { Register::at(0x6000_001c) };

const BAUD: u32 = 115_200;
/// Bytes that wait to be sent, at most.
const DEPTH: u32 = 126;

/// Sets the speed: the boot ROM's is 74880 baud with a crystal of 26 MHz.
pub fn init() {
    flush();
    CLOCK_DIVIDER.write(clock::HERTZ / BAUD);
}

fn waiting_to_be_sent() -> u32 {
    STATUS.read() >> 16 & 0xff
}

/// The next byte, if there is one.
pub fn poll() -> Option<u8> {
    (STATUS.read() & 0xff != 0).then(|| FIFO.read() as u8)
}

/// Whether there will be no more bytes: a line has no end.
pub fn ended() -> bool {
    false
}

/// Sends bytes.
pub fn write(bytes: &[u8]) {
    for byte in bytes {
        while waiting_to_be_sent() >= DEPTH {}
        FIFO.write(u32::from(*byte));
    }
}

/// Waits until everything has gone out, but for the byte on the line.
pub fn flush() {
    while waiting_to_be_sent() != 0 {}
    clock::delay(1_000_000 * 10 / 74_880 + 1);
}
