//! The ESP32-C6: 256 entries behind two registers of SPI0, code and data of flash from 0x4200_0000 on.
//!
//! Sources: "ESP32-C6 Technical Reference Manual", chapter "System and Memory"; Espressif's description of the chip's registers
//! (crate `esp32c6`: `SPI0` at 0x6000_2000, `MMU_ITEM_CONTENT` at 0x37c with bits 0 to 8 the page and bit 9 valid, `MMU_ITEM_INDEX`
//! at 0x380); the linker script `esp32c6.rom.ld` of ESP-IDF and of crate `esp-rom-sys` (`Cache_Invalidate_Addr = 0x40000648`).
//!
//! Pages have 64 KiB, as the boot loader leaves it. Encrypted flash is not supported.
#![allow(unsafe_code)]

use core::ops::Range;

use super::Mmu;

const CONTENT: *mut u32 = 0x6000_237c_usize as *mut u32;
const INDEX: *mut u32 = 0x6000_2380_usize as *mut u32;
const VALID: u32 = 1 << 9;
const PAGE_BITS: u32 = 0x1ff;
/// `void Cache_Invalidate_Addr(uint32_t address, uint32_t size)`.
const CACHE_INVALIDATE: usize = 0x4000_0648;

/// The flash cache of an ESP32-C6. Its functions are to be called on that chip alone.
#[derive(Debug)]
pub struct Esp32C6(());

impl Esp32C6 {
    /// The cache of the chip that runs the program.
    ///
    /// # Safety
    ///
    /// The program runs on an ESP32-C6, this is the only value of the type, and no interrupt handler uses the two registers.
    #[must_use]
    pub const unsafe fn take() -> Self {
        Self(())
    }
}

impl Mmu for Esp32C6 {
    const BASE: u32 = 0x4200_0000;
    const ENTRIES: u32 = 256;
    const PAGES: u32 = 512;

    fn shown(&self, entry: u32) -> Option<u32> {
        // SAFETY: registers of this chip (`take`): the first chooses what the second shows, and nobody writes it in between.
        let value = unsafe {
            INDEX.write_volatile(entry);
            CONTENT.read_volatile()
        };
        (value & VALID != 0).then_some(value & PAGE_BITS)
    }

    fn show(&mut self, entry: u32, page: u32) {
        // SAFETY: as above. `map` chooses entries that show nothing, so no address in use changes its content.
        unsafe {
            INDEX.write_volatile(entry);
            CONTENT.write_volatile(page & PAGE_BITS | VALID);
        }
    }

    fn invalidate(&mut self, addresses: Range<u32>) {
        type Routine = unsafe extern "C" fn(u32, u32);
        // SAFETY: the ROM of this chip (`take`) has a routine of this type at this address.
        let routine: Routine = unsafe { core::mem::transmute(CACHE_INVALIDATE as *const ()) };
        // SAFETY: lines that are read only are read again from flash; nothing is written.
        unsafe { routine(addresses.start, addresses.end - addresses.start) }
    }
}
