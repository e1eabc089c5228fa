//! A NOR flash chip, simulated in a file that is mapped read-only.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use lfs_format::store::FlashMap;
use memmap2::Mmap;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Flash of whole 4 KiB blocks: erasing a block sets all its bits, programming a word only clears bits.
pub struct SimulatedFlash {
    file: File,
    map: Mmap,
}

impl SimulatedFlash {
    /// A chip of `bytes` bytes in a file without a name, as it comes from the factory: erased.
    pub fn new(bytes: usize) -> std::io::Result<Self> {
        let file = tempfile::tempfile()?;
        file.write_all_at(&vec![0xff; bytes], 0)?;
        // SAFETY: nobody else can open the file, and this program changes it by `&mut self` only: never under a
        // view, which borrows `self`.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self { file, map })
    }
}

/// The simulation's own trouble; the chip has no such errors.
fn host(_: std::io::Error) -> NorFlashErrorKind {
    NorFlashErrorKind::Other
}

impl ErrorType for SimulatedFlash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for SimulatedFlash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        self.file
            .read_exact_at(bytes, u64::from(offset))
            .map_err(host)
    }

    fn capacity(&self) -> usize {
        self.map.len()
    }
}

impl NorFlash for SimulatedFlash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        let erased = vec![0xff; (to - from) as usize];
        self.file
            .write_all_at(&erased, u64::from(from))
            .map_err(host)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let mut cells = vec![0; bytes.len()];
        self.read(offset, &mut cells)?;
        for (cell, byte) in cells.iter_mut().zip(bytes) {
            *cell &= byte;
        }
        self.file
            .write_all_at(&cells, u64::from(offset))
            .map_err(host)
    }
}

impl FlashMap for SimulatedFlash {
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        let bytes = self.map.get(range.start as usize..range.end as usize)?;
        lfs_format::image::aligned_words(bytes)
    }

    /// A shared mapping of a file shows its changes at once.
    fn invalidate(&mut self, _: Range<u32>) {}
}
