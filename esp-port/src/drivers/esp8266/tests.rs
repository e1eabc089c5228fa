//! A ROM over flash in memory that enforces the rules of NOR flash.

use super::*;
use std::vec;
use std::vec::Vec;

const SIZE: u32 = 0x4000;

#[derive(Debug)]
struct Model {
    cells: Vec<u32>,
    locked: bool,
    unlocks: u32,
    refreshed: u32,
    /// What every routine says.
    status: Status,
}

impl Model {
    fn new() -> Self {
        Self {
            cells: vec![0xffff_ffff; SIZE as usize / 4],
            locked: true,
            unlocks: 0,
            refreshed: 0,
            status: 0,
        }
    }

    fn cells(&mut self, offset: u32, words: usize) -> &mut [u32] {
        assert!(offset.is_multiple_of(4) && words <= PAGE / WORD);
        assert!(
            offset / PAGE as u32 == (offset + 4 * words as u32 - 1) / PAGE as u32,
            "across a page"
        );
        &mut self.cells[offset as usize / 4..][..words]
    }
}

impl MaskRom for Model {
    fn unlock(&mut self) -> Status {
        self.locked = false;
        self.unlocks += 1;
        self.status
    }

    fn erase_sector(&mut self, sector: u32) -> Status {
        assert!(!self.locked, "locked");
        self.cells[(sector * SECTOR / 4) as usize..][..SECTOR as usize / 4].fill(0xffff_ffff);
        self.status
    }

    fn write(&mut self, offset: u32, words: &[u32]) -> Status {
        assert!(!self.locked, "locked");
        for (cell, word) in self.cells(offset, words.len()).iter_mut().zip(words) {
            assert_eq!(*cell & word, *word, "bits cannot be set");
            *cell = *word;
        }
        self.status
    }

    fn read(&mut self, offset: u32, words: &mut [u32]) -> Status {
        words.copy_from_slice(self.cells(offset, words.len()));
        self.status
    }

    fn refresh(&mut self) {
        self.refreshed += 1;
    }
}

static SHOWN: [u32; 4] = [0x0403_0201, 0x0807_0605, 9, 10];

fn flash() -> Esp8266Flash<Model> {
    // SAFETY: a static array that nothing writes.
    #[allow(unsafe_code)]
    let window = unsafe { Window::new(SHOWN.as_ptr(), 0x3000..0x3010) };
    Esp8266Flash::new(Model::new(), SIZE, window)
}

#[test]
fn what_is_written_across_pages_is_read_back() -> Result<(), FlashError> {
    let mut flash = flash();
    let bytes: Vec<u8> = (0..700).map(|at| at as u8).collect();
    let mut back = vec![0; 700];
    flash.write(0x10ec, &bytes)?;
    flash.read(0x10ec, &mut back)?;
    assert_eq!(back, bytes);
    flash.erase(0x1000, 0x2000)?;
    flash.read(0x10ec, &mut back)?;
    assert!(back.iter().all(|byte| *byte == 0xff));
    Ok(())
}

#[test]
fn the_chip_is_unlocked_once_and_for_writing_only() -> Result<(), FlashError> {
    let mut flash = flash();
    flash.read(0, &mut [0; 8])?;
    assert_eq!(flash.rom.unlocks, 0);
    flash.erase(0, 0x2000)?;
    flash.write(0, &[1, 2, 3, 4])?;
    assert_eq!(flash.rom.unlocks, 1);
    Ok(())
}

#[test]
fn reads_go_through_the_window_where_it_reaches() -> Result<(), FlashError> {
    let mut flash = flash();
    let mut bytes = [0; 8];
    flash.read(0x3000, &mut bytes)?;
    assert_eq!(bytes, [1, 2, 3, 4, 5, 6, 7, 8]);
    // Partly outside.
    flash.read(0x300c, &mut bytes)?;
    assert_eq!(bytes, [0xff; 8]);
    assert_eq!(flash.mapped(0x3000..0x3010), Some(&SHOWN[..]));
    flash.invalidate(0x3000..0x3010);
    assert_eq!(flash.rom.refreshed, 1);
    Ok(())
}

#[test]
fn what_the_flash_does_not_have_is_refused() {
    let mut flash = flash();
    assert_eq!(flash.erase(0x800, 0x1000), Err(FlashError::NotAligned));
    assert_eq!(flash.erase(0x1000, 0), Err(FlashError::OutOfBounds));
    assert_eq!(flash.erase(0, SIZE + SECTOR), Err(FlashError::OutOfBounds));
    assert_eq!(flash.write(2, &[0; 4]), Err(FlashError::NotAligned));
    assert_eq!(flash.write(0, &[0; 3]), Err(FlashError::NotAligned));
    assert_eq!(flash.write(SIZE - 4, &[0; 8]), Err(FlashError::OutOfBounds));
    let mut word = [0; 4];
    assert_eq!(
        flash.read(u32::MAX - 3, &mut word),
        Err(FlashError::OutOfBounds)
    );
    assert_eq!(flash.rom.unlocks, 0);
}

#[test]
fn failures_of_the_rom_are_told() {
    let mut flash = flash();
    flash.rom.status = 2;
    assert_eq!(flash.read(0, &mut [0; 4]), Err(FlashError::Rom(2)));
    assert_eq!(flash.write(0, &[0; 4]), Err(FlashError::Rom(2)));
    // Unlocking failed, so it is tried again.
    assert_eq!(flash.erase(0, 0x1000), Err(FlashError::Rom(2)));
    assert_eq!(flash.rom.unlocks, 2);
}
