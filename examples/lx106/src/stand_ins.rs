//! Stand-ins for the ESP8266's mask ROM, for the emulator. `rom.S` puts a jump to each at the routine's address.
//!
//! The flash chip is an array; what the cache shows of it is another, which is true only while the cache is on. The stand-ins panic when a
//! rule is broken that the chip would punish by hanging or by losing data.

use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// Cells of the chip: memory of the emulator that nothing else uses.
const CELLS: usize = 0x6400_0000;
/// Bytes of the chip.
pub const CAPACITY: u32 = 0x40_0000;
const SECTOR: u32 = 0x1000;
/// The parts of flash that the cache shows: a partition table and a store. The rest of the window is the program.
pub const SHOWN: [Range<u32>; 2] = [0xf000..0x1_0000, 0xc_0000..0x10_0000];
const MAPPED: usize = 0x4020_0000;

const INSTRUCTION_RAM: Range<usize> = 0x4010_0000..0x4010_8000;
const DATA_RAM: Range<usize> = 0x3ffe_8000..0x3fff_c000;

static CACHE_IS_ON: AtomicBool = AtomicBool::new(true);
static LOCKED: AtomicBool = AtomicBool::new(true);
static CALLS: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" {
    // Defined in rom.S.
    fn interrupt_level() -> u32;
}

/// What the boot code does on the chip: the cache shows flash.
pub fn power_on() {
    LOCKED.store(true, Relaxed);
    CACHE_IS_ON.store(true, Relaxed);
    show();
}

/// How often a routine was called.
pub fn calls() -> u32 {
    CALLS.load(Relaxed)
}

/// The emulator's memory is zero at first, and a factory leaves flash erased: cells are kept inverted.
fn cell(offset: u32) -> u32 {
    // SAFETY: callers pass aligned offsets within the chip.
    !unsafe { ((CELLS + offset as usize) as *const u32).read_volatile() }
}

fn set_cell(offset: u32, word: u32) {
    // SAFETY: as above.
    unsafe { ((CELLS + offset as usize) as *mut u32).write_volatile(!word) }
}

fn set_shown(offset: u32, word: u32) {
    // SAFETY: the offset is in `SHOWN`, which the linker script keeps free.
    unsafe { ((MAPPED + offset as usize) as *mut u32).write_volatile(word) }
}

fn show() {
    for offset in SHOWN.into_iter().flat_map(|range| range.step_by(4)) {
        set_shown(offset, cell(offset));
    }
}

#[track_caller]
fn demand(holds: bool, what: &str) {
    assert!(holds, "the mask ROM demands: {what}");
}

/// What every routine demands: interrupts off, and a caller that is not in flash.
fn demand_quiet(caller: usize) {
    CALLS.store(calls() + 1, Relaxed);
    // SAFETY: reads a register.
    demand(unsafe { interrupt_level() } == 15, "interrupts are off");
    demand(
        INSTRUCTION_RAM.contains(&caller),
        "the caller is in instruction RAM",
    );
}

/// What routines that work on flash demand besides.
fn demand_flash(caller: usize) {
    demand_quiet(caller);
    demand(!CACHE_IS_ON.load(Relaxed), "the cache is off");
}

fn demand_words(offset: u32, memory: usize, length: u32) {
    let aligned = offset.is_multiple_of(4) && memory.is_multiple_of(4) && length.is_multiple_of(4);
    demand(aligned, "whole words, aligned");
    demand(
        length <= CAPACITY && offset <= CAPACITY - length,
        "within the chip",
    );
    demand(
        DATA_RAM.contains(&memory) && DATA_RAM.contains(&(memory + length as usize - 1)),
        "words in data RAM",
    );
}

/// Power came on.
#[unsafe(no_mangle)]
extern "C" fn stand_in_rtc_get_reset_reason() -> u32 {
    1
}

#[unsafe(no_mangle)]
extern "C" fn stand_in_cache_read_disable(_: u32, _: u32, _: u32, caller: usize) {
    demand_quiet(caller);
    demand(CACHE_IS_ON.load(Relaxed), "the cache is on");
    CACHE_IS_ON.store(false, Relaxed);
    for offset in SHOWN.into_iter().flat_map(|range| range.step_by(4)) {
        set_shown(offset, 0xdead_dead);
    }
}

#[unsafe(no_mangle)]
extern "C" fn stand_in_cache_read_enable(half: u32, region: u32, size: u32, caller: usize) {
    demand_quiet(caller);
    demand(!CACHE_IS_ON.load(Relaxed), "the cache is off");
    demand(
        (half, region, size) == (0, 0, 1),
        "the first bank, 32 KiB of cache",
    );
    show();
    CACHE_IS_ON.store(true, Relaxed);
}

#[unsafe(no_mangle)]
extern "C" fn stand_in_spi_unlock(_: u32, _: u32, _: u32, caller: usize) -> u32 {
    demand_flash(caller);
    demand(LOCKED.load(Relaxed), "unlocked once");
    LOCKED.store(false, Relaxed);
    0
}

#[unsafe(no_mangle)]
extern "C" fn stand_in_spi_erase_sector(sector: u32, _: u32, _: u32, caller: usize) -> u32 {
    demand_flash(caller);
    demand(!LOCKED.load(Relaxed), "unlocked");
    if sector >= CAPACITY / SECTOR {
        return 1;
    }
    for offset in (sector * SECTOR..(sector + 1) * SECTOR).step_by(4) {
        set_cell(offset, u32::MAX);
    }
    0
}

#[unsafe(no_mangle)]
extern "C" fn stand_in_spi_write(offset: u32, from: usize, length: u32, caller: usize) -> u32 {
    demand_flash(caller);
    demand(!LOCKED.load(Relaxed), "unlocked");
    demand_words(offset, from, length);
    for at in (0..length).step_by(4) {
        // SAFETY: the words are in data RAM, aligned.
        let word = unsafe { ((from + at as usize) as *const u32).read_volatile() };
        let old = cell(offset + at);
        demand(old & word == word, "no bit is set by programming");
        set_cell(offset + at, old & word);
    }
    0
}

#[unsafe(no_mangle)]
extern "C" fn stand_in_spi_read(offset: u32, to: usize, length: u32, caller: usize) -> u32 {
    demand_flash(caller);
    demand_words(offset, to, length);
    for at in (0..length).step_by(4) {
        // SAFETY: the words are in data RAM, aligned.
        unsafe { ((to + at as usize) as *mut u32).write_volatile(cell(offset + at)) };
    }
    0
}
