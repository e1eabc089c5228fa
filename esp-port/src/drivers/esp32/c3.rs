//! The ESP32-C3: a table of 128 entries at 0x600C_5000, flash data from 0x3C00_0000 on.
//!
//! Sources: "ESP32-C3 Technical Reference Manual", chapter "System and Memory"; Espressif's description of the chip's registers
//! (crate `esp32c3`: `MMU_TABLE`, bits 0 to 7 the page, bit 8 invalid); the linker script `esp32c3.rom.ld` of ESP-IDF and of crate
//! `esp-rom-sys` (`Cache_Invalidate_Addr = 0x400004d4`).
#![allow(unsafe_code)]

use core::ops::Range;

use super::Mmu;

const TABLE: usize = 0x600c_5000;
const INVALID: u32 = 1 << 8;
const PAGE_BITS: u32 = 0xff;
/// `void Cache_Invalidate_Addr(uint32_t address, uint32_t size)`.
const CACHE_INVALIDATE: usize = 0x4000_04d4;

/// The flash cache of an ESP32-C3. Its functions are to be called on that chip alone.
#[derive(Debug)]
pub struct Esp32C3(());

impl Esp32C3 {
    /// The cache of the chip that runs the program.
    ///
    /// # Safety
    ///
    /// The program runs on an ESP32-C3, and this is the only value of the type.
    #[must_use]
    pub const unsafe fn take() -> Self {
        Self(())
    }
}

/// The register of an entry; entries there are not give the last one's.
fn register(entry: u32) -> *mut u32 {
    let entry = entry.min(Esp32C3::ENTRIES - 1);
    (TABLE + 4 * entry as usize) as *mut u32
}

impl Mmu for Esp32C3 {
    const BASE: u32 = 0x3c00_0000;
    const ENTRIES: u32 = 128;
    const PAGES: u32 = 256;

    fn shown(&self, entry: u32) -> Option<u32> {
        // SAFETY: a register of this chip (`take`); reading it has no effect.
        let value = unsafe { register(entry).read_volatile() };
        (value & INVALID == 0).then_some(value & PAGE_BITS)
    }

    fn show(&mut self, entry: u32, page: u32) {
        // SAFETY: a register of this chip (`take`). `map` chooses entries that show nothing, so no address in use changes its content.
        unsafe { register(entry).write_volatile(page & PAGE_BITS) }
    }

    fn invalidate(&mut self, addresses: Range<u32>) {
        type Routine = unsafe extern "C" fn(u32, u32);
        // SAFETY: the ROM of this chip (`take`) has a routine of this type at this address.
        let routine: Routine = unsafe { core::mem::transmute(CACHE_INVALIDATE as *const ()) };
        // SAFETY: lines that are read only are read again from flash; nothing is written.
        unsafe { routine(addresses.start, addresses.end - addresses.start) }
    }
}
