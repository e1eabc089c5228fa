//! A flash and a table of pages in memory.

use super::*;
use lfs_format::nor::NorModel;
use std::vec::Vec;

/// A table of eight entries; the addresses it is told to invalidate.
#[derive(Debug, Default)]
struct Table {
    pages: [Option<u32>; 8],
    invalidated: Vec<Range<u32>>,
}

impl Mmu for Table {
    const BASE: u32 = 0x4200_0000;
    const ENTRIES: u32 = 8;
    const PAGES: u32 = 256;

    fn shown(&self, entry: u32) -> Option<u32> {
        self.pages[entry as usize]
    }

    fn show(&mut self, entry: u32, page: u32) {
        assert_eq!(self.pages[entry as usize], None, "entry {entry} is in use");
        self.pages[entry as usize] = Some(page);
    }

    fn invalidate(&mut self, addresses: Range<u32>) {
        self.invalidated.push(addresses);
    }
}

/// A flash of 4 MiB.
type Chip = NorModel<0x1000>;

fn chip() -> Chip {
    Chip::new(0x400).unwrap_or_else(|error| panic!("{error}"))
}

fn table(pages: [Option<u32>; 8]) -> Table {
    Table {
        pages,
        invalidated: Vec::new(),
    }
}

const FIRMWARE: [Option<u32>; 8] = [Some(1), Some(2), None, None, None, None, None, None];

#[test]
fn free_entries_behind_the_firmware_are_taken() {
    let mut mmu = table(FIRMWARE);
    assert_eq!(mmu::map(&mut mmu, &(0x11_2000..0x13_0000)), Ok(0x4205_2000));
    assert_eq!(
        mmu.pages[2..],
        [None, None, None, Some(0x11), Some(0x12), None]
    );
}

#[test]
fn what_is_mapped_already_is_used() {
    let mut mmu = table(FIRMWARE);
    let first = mmu::map(&mut mmu, &(0x11_0000..0x13_0000));
    assert_eq!(mmu::map(&mut mmu, &(0x12_0000..0x12_1000)), Ok(0x4206_0000));
    assert_eq!(mmu::map(&mut mmu, &(0x11_0000..0x13_0000)), first);
}

#[test]
fn the_boot_loaders_entry_is_left_alone() {
    let mut mmu = table(FIRMWARE);
    assert_eq!(mmu::map(&mut mmu, &(0..0x6_0000)), Err(MapError::NoRoom(6)));
    assert_eq!(mmu::map(&mut mmu, &(0..0x5_0000)), Ok(0x4202_0000));
    assert_eq!(mmu.pages[7], None);
}

#[test]
fn ranges_that_are_none_are_refused() {
    let mut mmu = table(FIRMWARE);
    assert_eq!(mmu::map(&mut mmu, &(0x102..0x200)), Err(MapError::Range));
    assert_eq!(
        mmu::map(&mut mmu, &(0xff_0000..0x101_0000)),
        Err(MapError::Range)
    );
    // SAFETY: nothing is read through the map.
    #[allow(unsafe_code)]
    let beyond = unsafe { MappedFlash::new(chip(), mmu, 0x3f_0000..0x41_0000) };
    assert_eq!(beyond.err(), Some(MapError::Range));
}

#[test]
fn what_is_written_is_invalidated_where_it_is_shown() {
    // SAFETY: nothing is read through the map.
    #[allow(unsafe_code)]
    let flash = unsafe { MappedFlash::new(chip(), table(FIRMWARE), 0x11_0000..0x12_0000) };
    let Ok(mut flash) = flash else {
        panic!("not mapped");
    };
    let at = 0x4206_0000;
    assert_eq!(flash.erase(0x11_2000, 0x11_4000), Ok(()));
    assert_eq!(flash.write(0x11_2104, &[0; 8]), Ok(()));
    // Partly and wholly outside of the window.
    assert_eq!(flash.erase(0x11_f000, 0x12_2000), Ok(()));
    assert_eq!(flash.erase(0x8000, 0x9000), Ok(()));
    let wanted = [
        at..at + 0x1_0000,
        at + 0x2000..at + 0x4000,
        at + 0x2000..at + 0x3000,
        at + 0xf000..at + 0x1_0000,
    ];
    assert_eq!(flash.mmu.invalidated, wanted);
}
