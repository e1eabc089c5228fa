//! The first UART: an NS16550A, polled.

const DATA: *mut u8 = 0x1000_0000 as *mut u8;
const LINE_STATUS: *mut u8 = 0x1000_0005 as *mut u8;
const DATA_READY: u8 = 1 << 0;
const TRANSMITTER_EMPTY: u8 = 1 << 5;

fn status() -> u8 {
    // SAFETY: a readable register of the UART.
    unsafe { LINE_STATUS.read_volatile() }
}

/// Whether a byte waits.
pub fn is_ready() -> bool {
    status() & DATA_READY != 0
}

/// The next byte, if one waits.
pub fn read() -> Option<u8> {
    // SAFETY: the UART's receive register.
    is_ready().then(|| unsafe { DATA.read_volatile() })
}

/// Sends bytes.
pub fn write(bytes: &[u8]) {
    for byte in bytes {
        while status() & TRANSMITTER_EMPTY == 0 {}
        // SAFETY: the UART's transmit register.
        unsafe { DATA.write_volatile(*byte) };
    }
}
