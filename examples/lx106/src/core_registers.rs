//! Interrupts and the cycle counter.

unsafe extern "C" {
    // Defined in core.S.
    fn cycle_count() -> u32;
    fn interrupts_disable() -> u32;
    fn interrupts_restore(state: u32);
}

/// Cycles since reset, modulo 2^32.
pub fn cycles() -> u32 {
    // SAFETY: reads a register.
    unsafe { cycle_count() }
}

struct Interrupts;
critical_section::set_impl!(Interrupts);

// SAFETY: on one core without interrupts nothing can interfere.
unsafe impl critical_section::Impl for Interrupts {
    unsafe fn acquire() -> u32 {
        // SAFETY: changes the level of interrupts alone.
        unsafe { interrupts_disable() }
    }
    unsafe fn release(state: u32) {
        // SAFETY: restores what `acquire` gave.
        unsafe { interrupts_restore(state) }
    }
}
