//! The second unit of QEMU's CFI flash, at 0x2200_0000: Intel's command set, two 16-bit chips side by side on a 32-bit
//! bus, erase blocks of 256 KiB. It is in the address space except while a command runs; the program runs from the first unit.

use core::ops::Range;
use core::sync::atomic::{Ordering, compiler_fence};
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use esp_port::FlashMap;
use firmware::layout::VIRT;

const BASE: usize = 0x2200_0000;
const BLOCK: usize = VIRT.block as usize;
const CAPACITY: usize = BLOCK * VIRT.blocks as usize;

/// Bytes programmed by one command: part of what the chips take, and of no use to be more.
const PAGE: usize = 256;

/// Commands and status bits, the same for both chips.
const BOTH: u32 = 0x0001_0001;
const READ_ARRAY: u32 = 0xff * BOTH;
const CLEAR_STATUS: u32 = 0x50 * BOTH;
const PROGRAM_BUFFER: u32 = 0xe8 * BOTH;
const CONFIRM: u32 = 0xd0 * BOTH;
const ERASE_BLOCK: u32 = 0x20 * BOTH;
const READY: u32 = 0x80 * BOTH;
const FAILED: u32 = 0x7f * BOTH;

/// The flash.
pub struct CfiFlash(());

/// The flash in the address space.
#[derive(Clone)]
pub struct Window(());

/// Why an operation on flash failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashError {
    /// The range is not within the flash.
    OutOfBounds,
    /// The range does not consist of whole words, or of whole blocks.
    NotAligned,
    /// The chips reported a failure; their status.
    Chip(u32),
}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Self::NotAligned => NorFlashErrorKind::NotAligned,
            Self::Chip(_) => NorFlashErrorKind::Other,
        }
    }
}

fn check(range: &Range<usize>, unit: usize) -> Result<(), FlashError> {
    if range.start > range.end || range.end > CAPACITY {
        Err(FlashError::OutOfBounds)
    } else if !range.start.is_multiple_of(unit) || !range.end.is_multiple_of(unit) {
        Err(FlashError::NotAligned)
    } else {
        Ok(())
    }
}

impl CfiFlash {
    /// The flash; the only value of this type is the program's one call of this.
    pub fn take() -> Self {
        Self(())
    }

    /// The flash in the address space.
    ///
    /// # Safety
    /// Nobody changes a range of the flash while a view of it by the window is in use.
    pub unsafe fn window(&self) -> Window {
        Window(())
    }

    fn command(&mut self, at: usize, word: u32) {
        // SAFETY: callers have checked that `at` is an aligned offset inside the flash; a write is a command to the chips.
        unsafe { ((BASE + at) as *mut u32).write_volatile(word) }
    }

    fn status(&self, at: usize) -> u32 {
        // SAFETY: as above; a read changes nothing.
        unsafe { ((BASE + at) as *const u32).read_volatile() }
    }

    /// Waits until the chips take data for a program.
    fn wait_for_buffer(&self, at: usize) {
        while self.status(at) & READY != READY {}
    }

    /// Runs a command, which makes the flash unreadable for as long as it takes.
    fn execute(&mut self, at: usize, command: impl FnOnce(&mut Self)) -> Result<(), FlashError> {
        // Reads of the mapped flash stay on their side of the command.
        compiler_fence(Ordering::SeqCst);
        command(self);
        let result = self.finish(at);
        compiler_fence(Ordering::SeqCst);
        result
    }

    /// Programs words that lie in one page.
    fn program(&mut self, at: usize, words: &[u32]) -> Result<(), FlashError> {
        let Some(last) = words.len().checked_sub(1) else {
            return Ok(());
        };
        self.execute(at, |flash| {
            flash.command(at, PROGRAM_BUFFER);
            flash.wait_for_buffer(at);
            flash.command(at, last as u32 * BOTH);
            for (index, word) in words.iter().enumerate() {
                flash.command(at + 4 * index, *word);
            }
            flash.command(at, CONFIRM);
        })
    }

    /// Waits until the chips are done, and makes the flash readable again.
    fn finish(&mut self, at: usize) -> Result<(), FlashError> {
        let status = loop {
            let status = self.status(at);
            if status & READY == READY {
                break status;
            }
        };
        self.command(at, CLEAR_STATUS);
        self.command(at, READ_ARRAY);
        match status & FAILED {
            0 => Ok(()),
            failed => Err(FlashError::Chip(failed)),
        }
    }
}

/// # Safety
/// The range lies within the flash, aligned to words; no command runs and nothing is written for `'a`.
unsafe fn words<'a>(range: Range<usize>) -> &'a [u32] {
    let start = (BASE + range.start) as *const u32;
    // SAFETY: the caller's promise; the flash is mapped at `BASE`.
    unsafe { core::slice::from_raw_parts(start, range.len() / 4) }
}

impl ErrorType for CfiFlash {
    type Error = FlashError;
}

impl ReadNorFlash for CfiFlash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        let range = offset as usize..offset as usize + bytes.len();
        check(&range, Self::READ_SIZE)?;
        // SAFETY: the range was checked, and `self` is borrowed for as long as the words are used.
        let words = unsafe { words(range) };
        for (to, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *to = word.to_le_bytes();
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        CAPACITY
    }
}

impl NorFlash for CfiFlash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = BLOCK;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        let range = from as usize..to as usize;
        check(&range, Self::ERASE_SIZE)?;
        for block in range.step_by(Self::ERASE_SIZE) {
            self.execute(block, |flash| {
                flash.command(block, ERASE_BLOCK);
                flash.command(block, CONFIRM);
            })?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        let range = offset as usize..offset as usize + bytes.len();
        check(&range, Self::WRITE_SIZE)?;
        let (mut at, mut rest) = (range.start, bytes);
        while !rest.is_empty() {
            let (page, behind) = rest.split_at(rest.len().min(PAGE - at % PAGE));
            // In RAM, for the bytes may lie in the flash itself. Programming clears bits; the emulated chips would set
            // them as well.
            let mut words = [0; PAGE / 4];
            let chunks = page.as_chunks::<4>().0;
            for (index, (word, chunk)) in words.iter_mut().zip(chunks).enumerate() {
                *word = u32::from_le_bytes(*chunk) & self.status(at + 4 * index);
            }
            self.program(at, words.get(..chunks.len()).unwrap_or_default())?;
            (at, rest) = (at + page.len(), behind);
        }
        Ok(())
    }
}

impl FlashMap for Window {
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        let range = range.start as usize..range.end as usize;
        check(&range, 4).ok()?;
        // SAFETY: the range was checked; commands end before the driver returns, and whoever made the window vouches that
        // the range is not changed while it is borrowed.
        Some(unsafe { words(range) })
    }

    // There is no cache.
    fn invalidate(&mut self, _: Range<u32>) {}
}
