//! Registers of peripherals.

/// A register, by its address.
#[derive(Clone, Copy)]
pub struct Register(usize);

impl Register {
    /// The register at an address.
    ///
    /// # Safety
    /// The chip has a register of 32 bits there, and neither reading nor writing it breaks what the program relies on.
    pub const unsafe fn at(address: usize) -> Self {
        Self(address)
    }

    pub fn read(self) -> u32 {
        // SAFETY: a register (`at`).
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    pub fn write(self, value: u32) {
        // SAFETY: a register (`at`).
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }

    /// Clears some bits and sets others.
    pub fn change(self, clear: u32, set: u32) {
        self.write(self.read() & !clear | set);
    }
}
