//! A flash chip whose cells are a file: NOR rules, a map of its own, and a power supply that can fail.

use core::ops::Range;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use esp_port::FlashMap;
use memmap2::MmapRaw;
use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{Error, Write};
use std::path::Path;
use std::rc::Rc;

/// Bytes erased at a time.
pub const BLOCK: usize = 4096;
/// Bytes programmed and read at a time, as on the chips of an ESP8266.
const WORD: usize = 4;
/// Bytes that a program command may have; a longer write is more than one of them.
const PAGE: usize = 256;

/// The chip.
#[derive(Debug)]
pub struct Chip {
    cells: Rc<MmapRaw>,
    power: Power,
}

/// A power supply. Copies are the same one.
#[derive(Clone, Debug, Default)]
pub struct Power(Rc<Cell<Option<u64>>>);

impl Power {
    /// One that never fails.
    pub fn steady() -> Self {
        Self::default()
    }

    /// One that fails in the middle of an operation of flash, the first one being number 1.
    pub fn failing_in(operation: u64) -> Self {
        Self(Rc::new(Cell::new(Some(operation))))
    }

    /// Whether it fails in this operation.
    fn fails(&self) -> bool {
        let left = self.0.get().map(|left| left.saturating_sub(1));
        self.0.set(left);
        left == Some(0)
    }
}

/// The chip's cells in the address space.
#[derive(Clone, Debug)]
pub struct Window(Rc<MmapRaw>);

impl Chip {
    /// Opens the chip in a file; with `size` a file that does not exist is made, erased.
    pub fn open(path: &Path, size: Option<u64>) -> Result<Self, Error> {
        let file = match (OpenOptions::new().read(true).write(true).open(path), size) {
            (Err(error), Some(size)) if error.kind() == std::io::ErrorKind::NotFound => {
                create(path, size)?
            }
            (other, _) => other?,
        };
        let length = file.metadata()?.len();
        if length == 0 || !length.is_multiple_of(BLOCK as u64) || u32::try_from(length).is_err() {
            return Err(Error::other(format!(
                "is no flash: its {length} bytes are not blocks of {BLOCK}"
            )));
        }
        let cells = MmapRaw::map_raw(&file)?;
        Ok(Self {
            cells: Rc::new(cells),
            power: Power::steady(),
        })
    }

    /// Takes its power from here. The program ends when it fails.
    pub fn connect(&mut self, power: &Power) {
        self.power = power.clone();
    }

    /// The cells in the address space. They are those of this chip, whatever happens to it.
    pub fn window(&self) -> Window {
        Window(self.cells.clone())
    }

    fn words(&self, range: Range<usize>) -> Range<usize> {
        range.start / WORD..range.end / WORD
    }

    fn word(&self, index: usize) -> u32 {
        // SAFETY: `index` is below the number of words (callers check their ranges); the cells are changed by this
        // thread only.
        u32::from_le(unsafe { self.cells.as_ptr().cast::<u32>().add(index).read() })
    }

    fn set_word(&mut self, index: usize, word: u32) {
        // SAFETY: as above. Views by a `Window` are of ranges that are not changed while they are in use: the
        // contract of `FlashMap`, which stores keep.
        unsafe {
            let cells = self.cells.as_mut_ptr().cast::<u32>();
            cells.add(index).write(word.to_le());
        }
    }

    /// Half of an operation was done: the power fails.
    fn power_cut(&mut self) -> ! {
        let _ = std::io::stdout().flush();
        let synced = self.cells.flush();
        eprintln!("luac-cross: power cut");
        if let Err(error) = synced {
            eprintln!("luac-cross: flash file: {error}");
        }
        std::process::exit(2)
    }
}

fn create(path: &Path, size: u64) -> Result<File, Error> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)?;
    let block = [0xff; BLOCK];
    for _ in 0..size / BLOCK as u64 {
        file.write_all(&block)?;
    }
    Ok(file)
}

impl ErrorType for Chip {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Chip {
    const READ_SIZE: usize = WORD;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        let start = offset as usize;
        let words = self.words(start..start + bytes.len());
        for (to, index) in bytes.as_chunks_mut::<WORD>().0.iter_mut().zip(words) {
            *to = self.word(index).to_le_bytes();
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.cells.len()
    }
}

impl NorFlash for Chip {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = BLOCK;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        for block in (from as usize..to as usize).step_by(BLOCK) {
            let words = self.words(block..block + BLOCK);
            if self.power.fails() {
                for index in words.step_by(2) {
                    self.set_word(index, u32::MAX);
                }
                self.power_cut();
            }
            for index in words {
                self.set_word(index, u32::MAX);
            }
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let mut at = offset as usize;
        for page in bytes.chunks(PAGE) {
            let words = self.words(at..at + page.len());
            let cut = self.power.fails();
            let count = if cut { words.len() / 2 } else { words.len() };
            for (index, chunk) in words.zip(page.as_chunks::<WORD>().0).take(count) {
                let (old, new) = (self.word(index), u32::from_le_bytes(*chunk));
                // Programming clears bits; who wants to set one has forgotten to erase.
                if old & new != new {
                    return Err(NorFlashErrorKind::Other);
                }
                self.set_word(index, new);
            }
            if cut {
                self.power_cut();
            }
            at += page.len();
        }
        Ok(())
    }
}

impl FlashMap for Window {
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        let (start, end) = (range.start as usize, range.end as usize);
        let whole = start.is_multiple_of(WORD) && end.is_multiple_of(WORD);
        if !whole || start > end || end > self.0.len() {
            return None;
        }
        // SAFETY: in bounds and aligned (pages are); whoever holds a view upholds that its range is not changed meanwhile.
        Some(unsafe {
            let first = self.0.as_ptr().add(start).cast::<u32>();
            core::slice::from_raw_parts(first, (end - start) / WORD)
        })
    }

    fn invalidate(&mut self, _: Range<u32>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chip() -> (tempfile::TempDir, Chip) {
        let folder = tempfile::tempdir().unwrap();
        let chip = Chip::open(&folder.path().join("f.bin"), Some(4 * BLOCK as u64)).unwrap();
        (folder, chip)
    }

    #[test]
    fn programs_clear_bits_and_erases_set_them() {
        let (_folder, mut chip) = chip();
        let window = chip.window();
        chip.write(8, &[0x0f; 4]).unwrap();
        assert_eq!(chip.write(8, &[0xf0; 4]), Err(NorFlashErrorKind::Other));
        chip.write(8, &[0x01; 4]).unwrap();
        assert_eq!(window.mapped(8..12), Some(&[0x0101_0101][..]));
        chip.erase(0, BLOCK as u32).unwrap();
        let mut bytes = [0; 4];
        chip.read(8, &mut bytes).unwrap();
        assert_eq!(bytes, [0xff; 4]);
    }

    #[test]
    fn units_and_bounds_are_enforced() {
        let (_folder, mut chip) = chip();
        let end = chip.capacity() as u32;
        assert_eq!(chip.write(2, &[0; 4]), Err(NorFlashErrorKind::NotAligned));
        assert_eq!(
            chip.write(end, &[0; 4]),
            Err(NorFlashErrorKind::OutOfBounds)
        );
        assert_eq!(chip.erase(0, 100), Err(NorFlashErrorKind::NotAligned));
        assert!(chip.window().mapped(2..8).is_none());
        assert!(chip.window().mapped(0..end + 4).is_none());
    }

    #[test]
    fn cells_stay_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.bin");
        let mut chip = Chip::open(&path, Some(BLOCK as u64)).unwrap();
        chip.write(0, b"stay").unwrap();
        drop(chip);
        let mut bytes = [0; 4];
        let mut chip = Chip::open(&path, None).unwrap();
        chip.read(0, &mut bytes).unwrap();
        assert_eq!(&bytes, b"stay");
        std::fs::write(&path, b"odd").unwrap();
        assert!(Chip::open(&path, None).is_err());
    }
}
