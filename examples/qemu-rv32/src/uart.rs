//! The first UART: an NS16550A, polled.

const DATA: *mut u8 = 0x1000_0000 as *mut u8;
const LINE_STATUS: *mut u8 = 0x1000_0005 as *mut u8;
const DATA_READY: u8 = 1 << 0;
const TRANSMITTER_EMPTY: u8 = 1 << 5;

fn wait_for(status: u8) {
    // SAFETY: a readable register of the UART.
    while unsafe { LINE_STATUS.read_volatile() } & status == 0 {}
}

/// Waits for a byte.
pub fn read() -> u8 {
    wait_for(DATA_READY);
    // SAFETY: the UART's receive register.
    unsafe { DATA.read_volatile() }
}

/// Sends bytes.
pub fn write(bytes: &[u8]) {
    for byte in bytes {
        wait_for(TRANSMITTER_EMPTY);
        // SAFETY: the UART's transmit register.
        unsafe { DATA.write_volatile(*byte) };
    }
}
