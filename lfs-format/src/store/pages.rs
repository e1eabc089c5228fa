//! Writes bytes into a slot, a page at a time, each block erased before its first page.

use embedded_storage::nor_flash::NorFlash;

use super::fault::{Fault, sown};
use super::{Error, PAGE, flash};

/// The next page of a slot being written.
pub(super) struct Pages {
    start: u32,
    /// Bytes programmed.
    done: u32,
    page: [u8; PAGE],
    filled: usize,
}

impl Pages {
    pub(super) fn new(start: u32) -> Self {
        Self {
            start,
            done: 0,
            page: [0xff; PAGE],
            filled: 0,
        }
    }

    pub(super) fn push<F: NorFlash>(
        &mut self,
        flash: &mut F,
        mut bytes: &[u8],
    ) -> Result<(), Error> {
        while !bytes.is_empty() {
            let count = bytes.len().min(PAGE - self.filled);
            let (now, later) = bytes.split_at(count);
            self.page[self.filled..self.filled + count].copy_from_slice(now);
            self.filled += count;
            bytes = later;
            if self.filled == PAGE {
                self.flush(flash)?;
            }
        }
        Ok(())
    }

    /// Programs what is left; the rest of the last write unit stays erased.
    pub(super) fn flush<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), Error> {
        if self.filled == 0 {
            return Ok(());
        }
        let at = self.start + self.done;
        if at.is_multiple_of(F::ERASE_SIZE as u32) && !sown(Fault::ProgramWithoutErase) {
            flash::erase(flash, at)?;
        }
        let whole = self.filled.next_multiple_of(F::WRITE_SIZE);
        self.page[self.filled..whole].fill(0xff);
        flash::program(flash, at, &self.page[..whole])?;
        self.done += whole as u32;
        self.filled = 0;
        Ok(())
    }
}
