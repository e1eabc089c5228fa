//! The ESP32-C3 and the ESP32-C6: tables of pages, and the mask ROM's routine that empties the cache.

use crate::memory;
use embedded_storage::nor_flash::NorFlash;
use esp_port::drivers::esp32::{Esp32C3, Esp32C6, MappedFlash, Mmu, PAGE};
use lfs_format::nor::NorModel;
use lfs_format::store::FlashMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

const TABLE_C3: usize = 0x600c_5000;
const INVALID_C3: u32 = 1 << 8;
const VALID_C6: u32 = 1 << 9;
const INVALIDATE_C3: usize = 0x4000_04d4;
const INVALIDATE_C6: usize = 0x4000_0648;
/// What the tests map: two pages.
const RANGE: Range<u32> = 0x11_0000..0x13_0000;

/// What the cache was told to forget.
static FORGOTTEN: Mutex<Vec<Range<u32>>> = Mutex::new(Vec::new());

fn forgotten() -> Vec<Range<u32>> {
    let forgotten = FORGOTTEN.lock();
    std::mem::take(&mut *forgotten.unwrap_or_else(|poisoned| poisoned.into_inner()))
}

extern "C" fn invalidate(address: u32, length: u32) {
    let mut forgotten = FORGOTTEN
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    forgotten.push(address..address + length);
}

fn start(routine: usize) -> MutexGuard<'static, ()> {
    let lock = memory::take(&[(routine, invalidate as *const () as usize)]);
    forgotten();
    lock
}

/// A flash of 4 MiB.
type Chip = NorModel<0x1000>;

fn mapped<M: Mmu>(mmu: M) -> MappedFlash<Chip, M> {
    // SAFETY: the machine has the registers and the routine of the chip, and memory where it shows flash; nothing else uses them.
    #[allow(unsafe_code)]
    let flash = unsafe { MappedFlash::new(Chip::new(0x400).unwrap(), mmu, RANGE) };
    flash.unwrap_or_else(|error| panic!("{error}"))
}

/// The address that entry `entry` shows.
fn address<M: Mmu>(entry: u32) -> u32 {
    M::BASE + entry * PAGE
}

/// A range that was mapped from `entry` on is seen there, and the cache forgets what is written.
fn writes_are_seen<M: Mmu>(mut flash: MappedFlash<Chip, M>, entry: u32) {
    let first = address::<M>(entry);
    let all = first..first + 2 * PAGE;
    assert_eq!(forgotten(), std::slice::from_ref(&all));
    memory::set_word(first as usize + 0x1_2000, 7);
    assert_eq!(flash.mapped(0x12_2000..0x12_2008), Some(&[7, 0][..]));
    memory::set_word(first as usize + 0x1_2000, 0);
    flash.erase(0x12_2000, 0x12_3000).unwrap();
    flash.write(0x11_fff8, &[0; 16]).unwrap();
    let page = |from: u32, to: u32| first + from..first + to;
    assert_eq!(
        forgotten(),
        [page(0x1_2000, 0x1_3000), page(0xf000, 0x1_1000)]
    );
}

#[test]
fn the_c3s_table_is_written_where_it_is_free() {
    let _lock = start(INVALIDATE_C3);
    let entry = |index: usize| TABLE_C3 + 4 * index;
    for index in 0..128 {
        let word = if index < 3 { index as u32 } else { INVALID_C3 };
        memory::set_word(entry(index), word);
    }
    // SAFETY: the machine has its registers and its ROM.
    #[allow(unsafe_code)]
    let flash = mapped(unsafe { Esp32C3::take() });
    // The last entry is the boot loader's.
    let table: Vec<u32> = (0..129).map(|index| memory::word(entry(index))).collect();
    assert_eq!(table[..4], [0, 1, 2, INVALID_C3]);
    assert!(table[4..125].iter().all(|word| *word == INVALID_C3));
    assert_eq!(table[125..], [0x11, 0x12, INVALID_C3, 0]);
    writes_are_seen(flash, 125);
}

#[test]
fn the_c6s_table_is_written_through_its_two_registers() {
    let _lock = start(INVALIDATE_C6);
    memory::set_table(&[VALID_C6, VALID_C6 | 1, VALID_C6 | 2]);
    // SAFETY: the machine has its registers and its ROM.
    #[allow(unsafe_code)]
    let flash = mapped(unsafe { Esp32C6::take() });
    let table = memory::table();
    assert_eq!(table[..4], [VALID_C6, VALID_C6 | 1, VALID_C6 | 2, 0]);
    assert!(table[4..253].iter().all(|word| *word == 0));
    assert_eq!(table[253..], [VALID_C6 | 0x11, VALID_C6 | 0x12, 0]);
    writes_are_seen(flash, 253);
}

#[test]
fn what_the_boot_loader_mapped_is_used() {
    let _lock = start(INVALIDATE_C6);
    memory::set_table(&[VALID_C6, VALID_C6 | 0x11, VALID_C6 | 0x12, VALID_C6 | 0x13]);
    let before = memory::table();
    // SAFETY: as above.
    #[allow(unsafe_code)]
    let flash = mapped(unsafe { Esp32C6::take() });
    assert_eq!(memory::table(), before);
    writes_are_seen(flash, 1);
}
