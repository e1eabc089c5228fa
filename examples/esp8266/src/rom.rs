//! A routine of the mask ROM. Its address is that of `eagle.rom.addr.v6.ld`; those for flash are in esp-port.

/// `uint32_t rtc_get_reset_reason(void)`: what the boot ROM prints as `rst cause`.
const RESET_REASON: usize = 0x4000_25e0;

/// Why the chip started: 1 power came on, 2 the reset pin, 4 the watchdog.
pub fn reset_reason() -> u32 {
    type Routine = unsafe extern "C" fn() -> u32;
    // SAFETY: the ROM has a routine of this type there, which reads a register.
    unsafe { core::mem::transmute::<*const (), Routine>(RESET_REASON as *const ())() }
}
