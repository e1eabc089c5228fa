//! The emulator's terminal in place of the UART.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

unsafe extern "C" {
    // Defined in simulator.S of ../qemu-lx106.
    fn semihosting_read(file: u32, buffer: *mut u8, length: usize) -> isize;
    fn semihosting_write(file: u32, bytes: *const u8, length: usize) -> isize;
}

const STANDARD_INPUT: u32 = 0;
const STANDARD_OUTPUT: u32 = 1;

static ENDED: AtomicBool = AtomicBool::new(false);
/// Whether the last call gave a byte. A UART has none then for a while, so that what is typed is not all taken at once.
static GAVE: AtomicBool = AtomicBool::new(false);

pub fn init() {}

/// The next byte, waiting for it; nothing every other time.
pub fn poll() -> Option<u8> {
    if GAVE.load(Relaxed) || ENDED.load(Relaxed) {
        GAVE.store(false, Relaxed);
        return None;
    }
    let mut byte = 0;
    // SAFETY: the emulator writes at most one byte, which the buffer has.
    let count = unsafe { semihosting_read(STANDARD_INPUT, &mut byte, 1) };
    GAVE.store(count == 1, Relaxed);
    ENDED.store(count != 1, Relaxed);
    (count == 1).then_some(byte)
}

/// Whether there will be no more bytes.
pub fn ended() -> bool {
    ENDED.load(Relaxed)
}

/// Puts bytes out; what the emulator does not take is lost.
pub fn write(bytes: &[u8]) {
    // SAFETY: the emulator reads the bytes of the slice.
    unsafe { semihosting_write(STANDARD_OUTPUT, bytes.as_ptr(), bytes.len()) };
}

pub fn flush() {}
