//! The routines in the ESP8266's mask ROM.
//!
//! # Addresses and calling convention
//!
//! Addresses are those of `eagle.rom.addr.v6.ld`, the linker script of Espressif's SDKs for the chip (in ESP8266_RTOS_SDK under
//! `components/esp8266/ld`, in esp8266/Arduino under `tools/sdk/ld`). Types are those that open headers for these routines agree on,
//! `spiflash_bios.h` of pvvx's esp8266web for instance: offsets and lengths in bytes, words in RAM, results 0 success, 1 error,
//! 2 time-out. What the arguments of `Cache_Read_Enable` mean was found by R. Burton ("ESP8266 Cache_Read_Enable", 2015) and is what
//! ESP8266_RTOS_SDK passes: half of a 2 MiB region, region, and 1 for 32 KiB of cache; it empties the cache before it enables it.
//!
//! The convention is the lx106's only one, call0: arguments in `a2` to `a7`, the result in `a2`, `a0` the return address, `a12` to `a15`
//! kept. It is Rust's `extern "C"` there. A routine that takes fewer arguments than it is given does not look at the others.
//!
//! No test here runs the ROM itself. On the emulated core and on a PC, stand-ins at these addresses check every rule that is named here.
#![allow(unsafe_code)]

use core::ops::Range;

use super::{MaskRom, Status};

const SPI_ERASE_SECTOR: usize = 0x4000_4a00;
const SPI_WRITE: usize = 0x4000_4a4c;
const SPI_READ: usize = 0x4000_4b1c;
const SPI_UNLOCK: usize = 0x4000_4878;
const CACHE_READ_DISABLE: usize = 0x4000_47f0;
const CACHE_READ_ENABLE: usize = 0x4000_4678;

/// Where the processor sees a bank of flash.
pub const MAPPED: usize = 0x4020_0000;
/// Bytes of a bank.
const BANK: u32 = 0x10_0000;
/// 32 KiB of cache: the upper half of what is else instruction RAM, from 0x4010_8000 on.
const CACHE_SIZE: u32 = 1;

/// The watchdog's register, and what feeds it (`PERIPHS_WDT_BASEADDR` and `WDT_FEED_VALUE` of ESP8266_RTOS_SDK).
const WATCHDOG_FEED: *mut u32 = 0x6000_0914_usize as *mut u32;
const WATCHDOG_FOOD: u32 = 0x73;

/// Any of the routines that work on flash.
type Routine = unsafe extern "C" fn(u32, usize, u32) -> Status;
type CacheOff = unsafe extern "C" fn();
type CacheOn = unsafe extern "C" fn(u32, u32, u32);

/// One of the sixteen megabytes of flash of which the cache shows one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Bank(u8);

impl Bank {
    /// The first megabyte, which the boot ROM loads a program from.
    pub const FIRST: Bank = Bank(0);

    /// The bank with a number below 16.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match number {
            0..16 => Some(Self(number)),
            _ => None,
        }
    }

    /// The flash it is.
    #[must_use]
    pub const fn range(self) -> Range<u32> {
        let start = self.0 as u32 * BANK;
        start..start + BANK
    }

    /// First and second argument of `Cache_Read_Enable`.
    fn arguments(self) -> (u32, u32) {
        (u32::from(self.0 & 1), u32::from(self.0 >> 1))
    }
}

/// The ROM of the chip that runs the program.
#[derive(Debug)]
pub struct ChipRom {
    bank: Bank,
}

impl ChipRom {
    /// The ROM.
    ///
    /// # Safety
    ///
    /// As [`Esp8266Flash::take`](super::Esp8266Flash::take).
    #[must_use]
    pub unsafe fn take(bank: Bank) -> Self {
        Self { bank }
    }

    /// Calls a routine that works on flash.
    ///
    /// # Safety
    ///
    /// There is a routine at this address that takes these arguments.
    unsafe fn call(&mut self, routine: usize, offset: u32, memory: usize, length: u32) -> Status {
        let (half, region) = self.bank.arguments();
        // SAFETY: a register of this chip. An operation may take 0.4 s, so a long run of them would outlast the watchdog's patience;
        // one that is off is not started by this.
        unsafe { WATCHDOG_FEED.write_volatile(WATCHDOG_FOOD) };
        // SAFETY: the caller's promise.
        let routine = unsafe { core::mem::transmute::<*const (), Routine>(routine as *const ()) };
        // SAFETY: the section excludes interrupt handlers; the bank is the one that was mapped; and the caller's promise.
        critical_section::with(|_| unsafe {
            without_cache(routine, offset, memory, length, half, region)
        })
    }
}

/// Calls a routine with the cache off.
///
/// It lies in instruction RAM with its literals, and calls nothing but the ROM: flash cannot be fetched from meanwhile.
///
/// # Safety
///
/// On an ESP8266; interrupts are off; `routine` takes the arguments; the cache showed the bank that `half` and `region` name.
#[cfg_attr(
    target_arch = "xtensa",
    unsafe(link_section = ".iram.text.flash_without_cache")
)]
#[inline(never)]
unsafe extern "C" fn without_cache(
    routine: Routine,
    offset: u32,
    memory: usize,
    length: u32,
    half: u32,
    region: u32,
) -> Status {
    // SAFETY: the chip's ROM has routines of these types at these addresses.
    let (off, on) = unsafe {
        (
            core::mem::transmute::<*const (), CacheOff>(CACHE_READ_DISABLE as *const ()),
            core::mem::transmute::<*const (), CacheOn>(CACHE_READ_ENABLE as *const ()),
        )
    };
    // SAFETY: the caller's promise; the cache is on again before this returns to flash.
    unsafe {
        off();
        let status = routine(offset, memory, length);
        on(half, region, CACHE_SIZE);
        status
    }
}

/// Does nothing, where it may be called with the cache off.
#[cfg_attr(
    target_arch = "xtensa",
    unsafe(link_section = ".iram.text.flash_nothing")
)]
#[inline(never)]
unsafe extern "C" fn nothing(_: u32, _: usize, _: u32) -> Status {
    0
}

impl MaskRom for ChipRom {
    fn unlock(&mut self) -> Status {
        // SAFETY: `SpiFlashOpResult SPIUnlock(void)`.
        unsafe { self.call(SPI_UNLOCK, 0, 0, 0) }
    }

    fn erase_sector(&mut self, sector: u32) -> Status {
        // SAFETY: `SpiFlashOpResult SPIEraseSector(uint32_t sector)`.
        unsafe { self.call(SPI_ERASE_SECTOR, sector, 0, 0) }
    }

    fn write(&mut self, offset: u32, words: &[u32]) -> Status {
        let length = size_of_val(words) as u32;
        // SAFETY: `SpiFlashOpResult SPIWrite(uint32_t offset, const uint32_t *from, uint32_t bytes)`, which reads the slice.
        unsafe {
            self.call(
                SPI_WRITE,
                offset,
                words.as_ptr().expose_provenance(),
                length,
            )
        }
    }

    fn read(&mut self, offset: u32, words: &mut [u32]) -> Status {
        let length = size_of_val(words) as u32;
        let memory = words.as_mut_ptr().expose_provenance();
        // SAFETY: `SpiFlashOpResult SPIRead(uint32_t offset, uint32_t *to, uint32_t bytes)`, which fills the slice.
        unsafe { self.call(SPI_READ, offset, memory, length) }
    }

    fn refresh(&mut self) {
        let (half, region) = self.bank.arguments();
        // SAFETY: as in `call`; the cache is emptied when it is enabled again.
        critical_section::with(|_| unsafe { without_cache(nothing, 0, 0, 0, half, region) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banks_are_halves_of_regions() {
        let arguments = |number| Bank::new(number).map(Bank::arguments);
        assert_eq!(arguments(0), Some((0, 0)));
        assert_eq!(arguments(1), Some((1, 0)));
        assert_eq!(arguments(6), Some((0, 3)));
        assert_eq!(arguments(15), Some((1, 7)));
        assert_eq!(Bank::new(16), None);
        assert_eq!(Bank::new(3).map(Bank::range), Some(0x30_0000..0x40_0000));
    }
}
