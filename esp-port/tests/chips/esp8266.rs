//! The ESP8266: routines of the mask ROM, with the cache off around each.

use crate::memory;
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use esp_port::drivers::esp8266::{Bank, ChipRom, Esp8266Flash, FlashError};
use lfs_format::store::FlashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const CAPACITY: u32 = 0x20_0000;
const BANK: u32 = 0x10_0000;
const SECTOR: u32 = 0x1000;
const MAPPED: usize = 0x4020_0000;
const WATCHDOG: usize = 0x6000_0914;
const FOOD: u32 = 0x73;
/// What the processor would see while the cache is off.
const NOTHING: u32 = 0xdead_dead;
/// How long another thread is given to enter a critical section that it must not enter.
const PATIENCE: Duration = Duration::from_millis(20);

/// What a routine was called with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    Fed,
    CacheOff,
    CacheOn { half: u32, region: u32, size: u32 },
    Unlock,
    Erase(u32),
    Write { offset: u32, bytes: u32 },
    Read { offset: u32, bytes: u32 },
}

/// The chip: cells of flash, and what was called.
struct Chip {
    cells: Vec<u32>,
    calls: Vec<Call>,
    status: u32,
    /// Whether each routine sees if others may enter a critical section.
    watched: bool,
    /// Somebody could.
    intruded: bool,
    rivals: Vec<JoinHandle<()>>,
}

static CHIP: Mutex<Chip> = Mutex::new(Chip {
    cells: Vec::new(),
    calls: Vec::new(),
    status: 0,
    watched: false,
    intruded: false,
    rivals: Vec::new(),
});

fn chip() -> MutexGuard<'static, Chip> {
    CHIP.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Chip {
    /// Notes a call; gives the status that it is to end with.
    fn note(&mut self, call: Call) -> u32 {
        if memory::word(WATCHDOG) == FOOD {
            memory::set_word(WATCHDOG, 0);
            self.calls.push(Call::Fed);
        }
        self.calls.push(call);
        if self.watched {
            self.provoke();
        }
        self.status
    }

    /// Has another thread try to enter a critical section.
    fn provoke(&mut self) {
        let entered = Arc::new(AtomicBool::new(false));
        let seen = entered.clone();
        self.rivals.push(std::thread::spawn(move || {
            critical_section::with(|_| entered.store(true, Relaxed));
        }));
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until && !seen.load(Relaxed) {
            std::thread::yield_now();
        }
        self.intruded |= seen.load(Relaxed);
    }

    fn show(&self, bank: Option<u32>) {
        for word in 0..BANK / 4 {
            let cell = bank.and_then(|bank| self.cells.get((bank * BANK / 4 + word) as usize));
            memory::set_word(MAPPED + 4 * word as usize, cell.copied().unwrap_or(NOTHING));
        }
    }

    fn cells(&mut self, offset: u32, words: usize) -> &mut [u32] {
        let from = offset as usize / 4;
        self.cells.get_mut(from..from + words).unwrap_or_default()
    }
}

extern "C" fn cache_off() {
    let mut chip = chip();
    chip.note(Call::CacheOff);
    chip.show(None);
}

extern "C" fn cache_on(half: u32, region: u32, size: u32) {
    let mut chip = chip();
    chip.note(Call::CacheOn { half, region, size });
    chip.show(Some(2 * region + half));
}

extern "C" fn unlock() -> u32 {
    chip().note(Call::Unlock)
}

extern "C" fn erase(sector: u32) -> u32 {
    let mut chip = chip();
    chip.cells(sector * SECTOR, SECTOR as usize / 4)
        .fill(u32::MAX);
    chip.note(Call::Erase(sector))
}

extern "C" fn write(offset: u32, from: usize, bytes: u32) -> u32 {
    let mut chip = chip();
    // SAFETY: the driver hands over its own buffer.
    #[allow(unsafe_code)]
    let words = unsafe { memory::slice(from, bytes) };
    for (cell, word) in chip.cells(offset, words.len()).iter_mut().zip(words) {
        *cell &= *word;
    }
    chip.note(Call::Write { offset, bytes })
}

extern "C" fn read(offset: u32, to: usize, bytes: u32) -> u32 {
    let mut chip = chip();
    // SAFETY: as above.
    #[allow(unsafe_code)]
    let words = unsafe { memory::slice(to, bytes) };
    words.copy_from_slice(chip.cells(offset, words.len()));
    chip.note(Call::Read { offset, bytes })
}

/// A chip whose flash holds its own offsets, and the driver for it; the lock lasts as long as the test.
fn start(bank: Bank) -> (MutexGuard<'static, ()>, Esp8266Flash<ChipRom>) {
    let routines = [
        (0x4000_47f0, cache_off as *const () as usize),
        (0x4000_4678, cache_on as *const () as usize),
        (0x4000_4878, unlock as *const () as usize),
        (0x4000_4a00, erase as *const () as usize),
        (0x4000_4a4c, write as *const () as usize),
        (0x4000_4b1c, read as *const () as usize),
    ];
    let lock = memory::take(&routines);
    let mut chip = chip();
    chip.cells = (0..CAPACITY / 4).map(|word| 4 * word).collect();
    chip.calls.clear();
    chip.status = 0;
    chip.show(Some(bank.range().start / BANK));
    // SAFETY: the machine has the routines, registers and window of an ESP8266, and nothing else uses them.
    #[allow(unsafe_code)]
    let flash = unsafe { Esp8266Flash::take(CAPACITY, bank) };
    (lock, flash)
}

/// The calls since the last time.
fn calls() -> Vec<Call> {
    std::mem::take(&mut chip().calls)
}

/// A routine as it must be called, with the first bank shown afterwards.
fn guarded(call: Call) -> [Call; 4] {
    [Call::Fed, Call::CacheOff, call, ON]
}

const ON: Call = Call::CacheOn {
    half: 0,
    region: 0,
    size: 1,
};

#[test]
fn each_routine_runs_between_cache_off_and_cache_on() -> Result<(), FlashError> {
    let (_lock, mut flash) = start(Bank::FIRST);
    flash.erase(0x3000, 0x5000)?;
    let wanted = [Call::Unlock, Call::Erase(3), Call::Erase(4)];
    assert_eq!(calls(), wanted.map(guarded).concat());
    flash.write(0x30f8, &[0; 16])?;
    let page = |offset| Call::Write { offset, bytes: 8 };
    assert_eq!(calls(), [page(0x30f8), page(0x3100)].map(guarded).concat());
    Ok(())
}

#[test]
fn what_was_written_is_seen_and_read_without_the_rom() -> Result<(), FlashError> {
    let (_lock, mut flash) = start(Bank::FIRST);
    flash.erase(0x3000, 0x4000)?;
    flash.write(0x3004, &[1, 2, 3, 4])?;
    calls();
    assert_eq!(
        flash.mapped(0x3000..0x300c),
        Some(&[u32::MAX, 0x0403_0201, u32::MAX][..])
    );
    let mut bytes = [0; 8];
    flash.read(0x2ffc, &mut bytes)?;
    assert_eq!(bytes, [0xfc, 0x2f, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(calls(), []);
    Ok(())
}

#[test]
fn flash_that_is_not_shown_is_read_by_the_rom() -> Result<(), FlashError> {
    let (_lock, mut flash) = start(Bank::FIRST);
    let mut bytes = [0; 4];
    flash.read(BANK + 0x100, &mut bytes)?;
    assert_eq!(u32::from_le_bytes(bytes), BANK + 0x100);
    let read = Call::Read {
        offset: BANK + 0x100,
        bytes: 4,
    };
    assert_eq!(calls(), guarded(read));
    assert_eq!(flash.mapped(BANK..BANK + 4), None);
    Ok(())
}

#[test]
fn the_bank_that_was_shown_is_shown_again() -> Result<(), FlashError> {
    let second = Bank::new(1).unwrap_or(Bank::FIRST);
    let (_lock, mut flash) = start(second);
    flash.erase(BANK, BANK + SECTOR)?;
    let on = Call::CacheOn {
        half: 1,
        region: 0,
        size: 1,
    };
    assert_eq!(calls().last(), Some(&on));
    assert_eq!(
        flash.mapped(BANK + 0xffc..BANK + 0x1004),
        Some(&[u32::MAX, BANK + 0x1000][..])
    );
    // To forget what the cache holds, it is switched off and on.
    flash.invalidate(BANK..BANK + 4);
    assert_eq!(calls(), [Call::CacheOff, on]);
    Ok(())
}

#[test]
fn a_failure_of_the_rom_leaves_the_cache_on() {
    let (_lock, mut flash) = start(Bank::FIRST);
    chip().status = 2;
    assert_eq!(flash.erase(0, SECTOR), Err(FlashError::Rom(2)));
    assert_eq!(calls(), guarded(Call::Unlock));
    assert_eq!(memory::word(MAPPED + 8), 8);
}

#[test]
fn nobody_enters_a_critical_section_meanwhile() -> Result<(), FlashError> {
    let (_lock, mut flash) = start(Bank::FIRST);
    chip().watched = true;
    flash.erase(0, SECTOR)?;
    flash.invalidate(0..4);
    chip().watched = false;
    assert!(!chip().intruded);
    let rivals = std::mem::take(&mut chip().rivals);
    assert_eq!(rivals.len(), 8);
    assert!(rivals.into_iter().all(|rival| rival.join().is_ok()));
    // What it looks like if somebody can.
    chip().provoke();
    assert!(std::mem::take(&mut chip().intruded));
    Ok(())
}
