//! The emulator's terminal.

unsafe extern "C" {
    // Defined in start.S.
    fn semihosting_exit(code: u32) -> !;
    fn semihosting_read(file: u32, buffer: *mut u8, length: usize) -> isize;
    fn semihosting_write(file: u32, bytes: *const u8, length: usize) -> isize;
}

const STANDARD_INPUT: u32 = 0;
const STANDARD_OUTPUT: u32 = 1;

/// The next byte; `None` at the end.
pub fn read() -> Option<u8> {
    let mut byte = 0;
    // SAFETY: the emulator writes at most one byte, which the buffer has.
    let count = unsafe { semihosting_read(STANDARD_INPUT, &mut byte, 1) };
    (count == 1).then_some(byte)
}

/// Puts bytes out; what the emulator does not take is lost.
pub fn write(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: the emulator reads the bytes of the slice.
        let count = unsafe { semihosting_write(STANDARD_OUTPUT, bytes.as_ptr(), bytes.len()) };
        match usize::try_from(count) {
            Ok(count) if count > 0 => bytes = bytes.get(count..).unwrap_or_default(),
            _ => return,
        }
    }
}

/// Ends the emulation.
pub fn exit(code: u8) -> ! {
    // SAFETY: takes no memory.
    unsafe { semihosting_exit(u32::from(code)) }
}
