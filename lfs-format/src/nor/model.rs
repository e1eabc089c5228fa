//! The cells, their contract, and the traits.

use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;
use core::ops::Range;

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
    check_erase, check_read, check_write,
};

use super::cut::{Cut, Outcome, Random};
use crate::store::FlashMap;

/// Why the model refuses an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// Offset or length are no whole units.
    NotAligned,
    /// The range reaches past the flash.
    OutOfBounds,
    /// The power is cut: see [`NorModel::power_up`].
    PowerOff,
    /// The contract of flash is broken.
    Violation(Violation),
    /// The host has no memory for the model.
    OutOfMemory,
}

/// A breach of the contract of flash, with the offset in bytes of the first word concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Violation {
    /// A program was to set a bit. Nothing is changed.
    SetsBit(u32),
    /// A write unit was programmed a second time between two erases. Nothing is changed.
    Reprogrammed(u32),
    /// A block was programmed whose erase was cut short, without another erase.
    TornBlock(u32),
    /// A range under [`NorModel::guard`] was to be changed. Nothing is changed.
    Guarded(u32),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::SetsBit(at) => write!(f, "program sets a bit at {at:#x}"),
            Violation::Reprogrammed(at) => write!(f, "unit programmed twice at {at:#x}"),
            Violation::TornBlock(at) => write!(f, "program into a torn erase at {at:#x}"),
            Violation::Guarded(at) => write!(f, "guarded range changed at {at:#x}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotAligned => f.write_str("not aligned"),
            Error::OutOfBounds => f.write_str("out of bounds"),
            Error::PowerOff => f.write_str("power is cut"),
            Error::Violation(violation) => violation.fmt(f),
            Error::OutOfMemory => f.write_str("out of memory"),
        }
    }
}

impl core::error::Error for Violation {}
impl core::error::Error for Error {}

impl From<NorFlashErrorKind> for Error {
    fn from(kind: NorFlashErrorKind) -> Self {
        match kind {
            NorFlashErrorKind::NotAligned => Error::NotAligned,
            _ => Error::OutOfBounds,
        }
    }
}

impl NorFlashError for Error {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Error::NotAligned => NorFlashErrorKind::NotAligned,
            Error::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            _ => NorFlashErrorKind::Other,
        }
    }
}

/// Flash of blocks of `ERASE` bytes, programmed in units of `WRITE` and read in units of `READ` bytes.
///
/// `MULTIWRITE` models chips whose units may be programmed more than once between two erases, as most serial flash; only such a model
/// is [`MultiwriteNorFlash`]. Chips with error correction are not of that kind.
#[derive(Clone, Debug)]
pub struct NorModel<
    const ERASE: usize,
    const WRITE: usize = 4,
    const READ: usize = 1,
    const MULTIWRITE: bool = false,
> {
    /// What the cells read as, until the next start.
    cells: Vec<u32>,
    /// Bits that read anew after each start.
    unstable: Vec<u32>,
    /// Words whose unstable bits read all alike.
    flickering: Vec<bool>,
    /// Whether there ever were unstable bits.
    uneasy: bool,
    /// Whether the unstable bits keep their value over one start.
    settled: bool,
    /// Write units programmed since their block was erased.
    programmed: Vec<bool>,
    blocks: Vec<Block>,
    /// What the mapped view shows.
    view: Vec<u32>,
    stuck: Vec<(usize, u32)>,
    /// In a cell, so that a guard can be set while a user of the flash has borrowed it.
    guards: Cell<[(u32, u32); 4]>,
    random: Random,
    operations: u64,
    cut: Option<Cut>,
    on: bool,
    violation: Option<Violation>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Block {
    wear: u32,
    torn: bool,
}

fn filled<T: Clone>(length: usize, value: T) -> Result<Vec<T>, Error> {
    let mut vector = Vec::new();
    vector
        .try_reserve_exact(length)
        .map_err(|_| Error::OutOfMemory)?;
    vector.resize(length, value);
    Ok(vector)
}

impl<const ERASE: usize, const WRITE: usize, const READ: usize, const MULTIWRITE: bool>
    NorModel<ERASE, WRITE, READ, MULTIWRITE>
{
    const GEOMETRY: () = assert!(
        WRITE.is_multiple_of(4) && ERASE.is_multiple_of(WRITE) && ERASE.is_multiple_of(READ),
        "write units are whole words, erase blocks whole units"
    );

    /// Flash of `blocks` blocks, erased, with the power on.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new(blocks: usize) -> Result<Self, Error> {
        let () = Self::GEOMETRY;
        let words = blocks.checked_mul(ERASE / 4).ok_or(Error::OutOfMemory)?;
        Ok(Self {
            cells: filled(words, !0)?,
            unstable: filled(words, 0)?,
            flickering: filled(words, false)?,
            uneasy: false,
            settled: false,
            programmed: filled(words * 4 / WRITE, false)?,
            blocks: filled(blocks, Block::default())?,
            view: filled(words, !0)?,
            stuck: Vec::new(),
            guards: Cell::default(),
            random: Random(blocks as u64),
            operations: 0,
            cut: None,
            on: true,
            violation: None,
        })
    }

    /// Fills the flash with `words`, as another program left it: nothing is known to be erased. Shorter contents leave the rest as it is.
    pub fn fill(&mut self, words: &[u32]) {
        for (cell, word) in self.cells.iter_mut().zip(words) {
            *cell = *word;
        }
        let units = (words.len() * 4).div_ceil(WRITE);
        self.programmed
            .iter_mut()
            .take(units)
            .for_each(|unit| *unit = true);
        self.view.copy_from_slice(&self.cells);
    }

    /// The cells as they read now, little-endian words.
    pub fn words(&self) -> &[u32] {
        &self.cells
    }

    /// How often a block was erased, torn erases included. 0 for a block that does not exist.
    pub fn wear(&self, block: usize) -> u32 {
        self.blocks.get(block).map_or(0, |block| block.wear)
    }

    /// Operations so far: writes, and erases of single blocks.
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// The first breach of the contract, if there was one.
    pub fn violation(&self) -> Option<Violation> {
        self.violation
    }

    /// Cuts the power in the course of an operation to come. Whatever is asked after it fails, until [`NorModel::power_up`].
    pub fn cut(&mut self, cut: Cut) {
        self.random.0 = self.random.0.wrapping_add(cut.outcome.stir());
        self.cut = Some(Cut {
            operation: self.operations.saturating_add(cut.operation),
            ..cut
        });
    }

    /// Whether the power is on.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Switches the power on, after a cut or off and on again. A cut still to come and guards are forgotten,
    /// the mapped view is what the cells are.
    pub fn power_up(&mut self) {
        self.on = true;
        self.cut = None;
        self.guards.take();
        match self.settled {
            true => self.settled = false,
            false if self.uneasy => self.draw(),
            false => {}
        }
        self.view.copy_from_slice(&self.cells);
    }

    /// Draws the unstable bits anew.
    fn draw(&mut self) {
        let words = self.cells.iter_mut().zip(&self.unstable);
        for ((cell, mask), flickers) in words.zip(&self.flickering) {
            if *mask != 0 {
                let draw = self.random.word();
                let bits = match flickers {
                    true => (draw & 1).wrapping_neg(),
                    false => draw,
                };
                *cell = (*cell & !mask) | (bits & mask);
            }
        }
    }

    /// Makes bits of the word at a byte offset stick: they no longer take part in programs, which do not report it.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn stick(&mut self, offset: u32, mask: u32) -> Result<(), Error> {
        self.stuck.try_reserve(1).map_err(|_| Error::OutOfMemory)?;
        self.stuck.push((offset as usize / 4, mask));
        Ok(())
    }

    /// Ranges that nothing may change until the next start, in bytes; they take the place of those set before.
    pub fn guard(&self, ranges: [Range<u32>; 4]) {
        self.guards
            .set(ranges.map(|range| (range.start, range.end)));
    }

    /// Remembers the first violation.
    fn violate(&mut self, violation: Violation) -> Error {
        self.violation.get_or_insert(violation);
        Error::Violation(violation)
    }

    fn check_guard(&mut self, from: u32, to: u32) -> Result<(), Error> {
        let hit = self
            .guards
            .get()
            .iter()
            .any(|&(start, end)| start.max(from) < end.min(to));
        match hit {
            true => Err(self.violate(Violation::Guarded(from))),
            false => Ok(()),
        }
    }

    fn check_on(&self) -> Result<(), Error> {
        if self.on {
            Ok(())
        } else {
            Err(Error::PowerOff)
        }
    }

    /// Counts an operation; its outcome if the power goes in its course.
    fn next_operation(&mut self) -> Option<Outcome> {
        let cut = self.cut.filter(|cut| cut.operation == self.operations);
        self.operations += 1;
        if cut.is_some() {
            self.on = false;
        }
        cut.map(|cut| cut.outcome)
    }

    /// Sets a word of which some bits may be unstable from now on. `fresh` bits are no longer so.
    fn set(&mut self, at: usize, cells: u32, unstable: u32, fresh: u32, outcome: Option<Outcome>) {
        self.cells[at] = cells;
        if !self.uneasy && unstable == 0 {
            return;
        }
        self.uneasy = true;
        self.unstable[at] = (self.unstable[at] & !fresh) | unstable;
        self.flickering[at] = unstable != 0 && matches!(outcome, Some(Outcome::Flicker(_)));
        if unstable != 0 {
            self.settled = matches!(
                outcome,
                Some(Outcome::UnstableUntouched(_) | Outcome::UnstableComplete(_))
            );
        }
    }

    fn erase_block(&mut self, block: usize) -> Result<(), Error> {
        let outcome = self.next_operation();
        let mut random = outcome.unwrap_or(Outcome::Complete).random();
        self.blocks[block].wear += 1;
        self.blocks[block].torn = outcome
            .is_some_and(|outcome| !outcome.is_whole() && outcome != Outcome::Untouched)
            || (self.blocks[block].torn && outcome == Some(Outcome::Untouched));
        for index in 0..ERASE / 4 {
            let at = block * (ERASE / 4) + index;
            match outcome {
                None => self.set(at, !0, 0, !0, None),
                Some(Outcome::Untouched) => {}
                Some(torn) => {
                    let word = torn.tear_erase(&mut random, index, self.cells[at]);
                    self.set(at, word.cells, word.unstable, !0, outcome);
                }
            }
        }
        if outcome != Some(Outcome::Untouched) {
            let units = ERASE / WRITE;
            self.programmed[block * units..][..units].fill(false);
        }
        self.check_on()
    }

    /// What breaks the contract when `bytes` are programmed at `offset`.
    fn check_program(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        let first = offset as usize;
        for unit in first / WRITE..(first + bytes.len()) / WRITE {
            if !MULTIWRITE && self.programmed[unit] {
                return Err(self.violate(Violation::Reprogrammed((unit * WRITE) as u32)));
            }
        }
        for (index, word) in bytes.as_chunks::<4>().0.iter().enumerate() {
            let at = first / 4 + index;
            if u32::from_le_bytes(*word) & !self.cells[at] != 0 {
                return Err(self.violate(Violation::SetsBit(at as u32 * 4)));
            }
        }
        for block in first / ERASE..(first + bytes.len()).div_ceil(ERASE) {
            if self.blocks[block].torn {
                self.violate(Violation::TornBlock((block * ERASE) as u32));
            }
        }
        Ok(())
    }

    fn program(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        let outcome = self.next_operation();
        let mut random = outcome.unwrap_or(Outcome::Complete).random();
        for (index, word) in bytes.as_chunks::<4>().0.iter().enumerate() {
            let at = offset as usize / 4 + index;
            let before = self.cells[at];
            let word = u32::from_le_bytes(*word);
            let stuck = self.stuck.iter().filter(|(stuck, _)| *stuck == at);
            let after = before & stuck.fold(word, |word, (_, mask)| word | mask);
            let (cells, unstable) = match outcome {
                None => (after, 0),
                Some(torn) => {
                    let torn = torn.tear(&mut random, index, before, after);
                    (torn.cells, torn.unstable)
                }
            };
            let fresh = if outcome.is_none_or(Outcome::is_whole) {
                !word
            } else {
                0
            };
            self.set(at, cells, unstable, fresh, outcome);
            if outcome.is_none_or(Outcome::is_whole) || cells != before || unstable != 0 {
                self.programmed[at * 4 / WRITE] = true;
            }
        }
        self.check_on()
    }
}

impl<const ERASE: usize, const WRITE: usize, const READ: usize, const MULTIWRITE: bool> ErrorType
    for NorModel<ERASE, WRITE, READ, MULTIWRITE>
{
    type Error = Error;
}

impl<const ERASE: usize, const WRITE: usize, const READ: usize, const MULTIWRITE: bool> ReadNorFlash
    for NorModel<ERASE, WRITE, READ, MULTIWRITE>
{
    const READ_SIZE: usize = READ;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        self.check_on()?;
        check_read(self, offset, bytes.len())?;
        let mut at = offset as usize;
        let mut rest = bytes;
        while !rest.is_empty() {
            let word = self.cells[at / 4].to_le_bytes();
            let from = &word[at % 4..];
            let count = from.len().min(rest.len());
            let (to, behind) = rest.split_at_mut(count);
            to.copy_from_slice(&from[..count]);
            rest = behind;
            at += count;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.cells.len() * 4
    }
}

impl<const ERASE: usize, const WRITE: usize, const READ: usize, const MULTIWRITE: bool> NorFlash
    for NorModel<ERASE, WRITE, READ, MULTIWRITE>
{
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        self.check_on()?;
        check_erase(self, from, to)?;
        self.check_guard(from, to)?;
        (from as usize / ERASE..to as usize / ERASE).try_for_each(|block| self.erase_block(block))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.check_on()?;
        check_write(self, offset, bytes.len())?;
        // In bounds, so the sum fits.
        self.check_guard(offset, offset + bytes.len() as u32)?;
        self.check_program(offset, bytes)?;
        self.program(offset, bytes)
    }
}

impl<const ERASE: usize, const WRITE: usize, const READ: usize> MultiwriteNorFlash
    for NorModel<ERASE, WRITE, READ, true>
{
}

impl<const ERASE: usize, const WRITE: usize, const READ: usize, const MULTIWRITE: bool> FlashMap
    for NorModel<ERASE, WRITE, READ, MULTIWRITE>
{
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        let aligned = range.start.is_multiple_of(4) && range.end.is_multiple_of(4);
        let words = self
            .view
            .get(range.start as usize / 4..range.end as usize / 4)?;
        aligned.then_some(words)
    }

    fn invalidate(&mut self, range: Range<u32>) {
        let words = range.start as usize / 4..(range.end as usize).div_ceil(4);
        if let (Some(view), Some(cells)) = (self.view.get_mut(words.clone()), self.cells.get(words))
        {
            view.copy_from_slice(cells);
        }
    }
}
