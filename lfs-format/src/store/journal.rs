//! The journal: records, appended until a block is full, then in the next one.
//!
//! The newest record is the state. A record is its body and, programmed when that was read back, its seal. The sequence number of a record
//! is that of its place: places left out count, so no two records share one. The first record of a block repeats the state before.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;

use super::fault::{Fault, sown};
use super::layout::Layout;
use super::record::{self, BODY, Decoded, STRIDE, State};
use super::{Error, flash};

/// How many places are tried for one record before flash counts as broken.
const ATTEMPTS: u32 = 4;

#[derive(Debug)]
pub(super) struct Journal {
    range: Range<u32>,
    erase: u32,
    fingerprint: u32,
    /// Block of the newest record, or the last one if there is no record.
    block: u32,
    /// Next place in that block; as many as there are places if it is full.
    next: u32,
    /// Sequence number of the next place.
    sequence: u32,
    /// What the newest record says.
    state: State,
}

/// A record in its place.
struct Found {
    block: u32,
    index: u32,
    sequence: u32,
    state: State,
    foreign: bool,
}

impl Journal {
    /// Finds the newest record. If it may be torn, or the one behind it is, it is appended again, so that no cell that reads
    /// differently at another time can bring back or take away a change.
    pub(super) fn open<F: NorFlash>(flash: &mut F, layout: &Layout) -> Result<Self, Error> {
        let erase = F::ERASE_SIZE as u32;
        let mut journal = Self {
            range: layout.journal.clone(),
            erase,
            fingerprint: layout.fingerprint(),
            block: 0,
            next: erase / STRIDE,
            sequence: 1,
            state: State::default(),
        };
        journal.block = journal.blocks() - 1;
        let Some(newest) = journal.find(flash, layout)? else {
            return Ok(journal);
        };
        let frontier = journal.frontier(flash, &newest)?;
        journal.block = newest.block;
        journal.next = frontier;
        // Numbers of places: the newest record's, and one for each place behind it.
        journal.sequence = newest.sequence.wrapping_add(frontier - newest.index);
        journal.state = newest.state;
        let clean = frontier == newest.index + 1
            && (sown(Fault::IgnoreSeal) || journal.is_sealed(flash, &newest)?);
        if !clean && !newest.foreign && !sown(Fault::IgnoreSeal) {
            let state = journal.state;
            journal.append(flash, &state)?;
        }
        Ok(journal)
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    fn blocks(&self) -> u32 {
        (self.range.end - self.range.start) / self.erase
    }

    fn places(&self) -> u32 {
        self.erase / STRIDE
    }

    fn at(&self, block: u32, index: u32) -> u32 {
        self.range.start + block * self.erase + index * STRIDE
    }

    fn find<F: NorFlash>(&self, flash: &mut F, layout: &Layout) -> Result<Option<Found>, Error> {
        let mut newest: Option<Found> = None;
        let mut version = None;
        for block in 0..self.blocks() {
            for index in 0..self.places() {
                let Some(body) = self.read(flash, block, index)? else {
                    continue;
                };
                let (sequence, state, foreign) =
                    match record::decode(&body, layout, sown(Fault::MagicWithoutChecksum)) {
                        Decoded::Invalid => continue,
                        Decoded::Version(other) => {
                            version = Some(other);
                            continue;
                        }
                        Decoded::Foreign { sequence } => (sequence, State::default(), true),
                        Decoded::Record { sequence, state } => (sequence, state, false),
                    };
                let newer = newest
                    .as_ref()
                    .is_none_or(|newest| newest.sequence < sequence);
                if newer && !(newest.is_some() && sown(Fault::FirstRecordWins)) {
                    newest = Some(Found {
                        block,
                        index,
                        sequence,
                        state,
                        foreign,
                    });
                }
            }
        }
        match version {
            // A record that cannot be read may be newer than all that can: its images must not be written over.
            Some(version) => Err(Error::JournalVersion(version)),
            None => Ok(newest),
        }
    }

    /// The body in a place, if it begins like a record.
    fn read<F: NorFlash>(
        &self,
        flash: &mut F,
        block: u32,
        index: u32,
    ) -> Result<Option<[u8; BODY as usize]>, Error> {
        let at = self.at(block, index);
        let mut body = [0; BODY as usize];
        let (head, tail) = body.split_at_mut(record::SEAL_ROOM as usize);
        flash.read(at, head).map_err(Error::flash)?;
        if !head.starts_with(&record::MAGIC.to_le_bytes()) {
            return Ok(None);
        }
        flash
            .read(at + record::SEAL_ROOM, tail)
            .map_err(Error::flash)?;
        Ok(Some(body))
    }

    /// The place behind the last one in use in the block of the newest record.
    fn frontier<F: NorFlash>(&self, flash: &mut F, newest: &Found) -> Result<u32, Error> {
        let behind = newest.index + 1;
        let mut frontier = behind;
        if sown(Fault::AppendOverTorn) {
            return Ok(frontier);
        }
        for index in behind..self.places() {
            if !flash::is_blank(flash, self.at(newest.block, index), STRIDE)? {
                frontier = index + 1;
            }
        }
        Ok(frontier)
    }

    /// A seal is there once any of its bits is: before that its body was complete.
    fn is_sealed<F: NorFlash>(&self, flash: &mut F, found: &Found) -> Result<bool, Error> {
        let at = self.at(found.block, found.index) + BODY;
        Ok(!flash::is_blank(
            flash,
            at,
            F::WRITE_SIZE.max(F::READ_SIZE) as u32,
        )?)
    }

    /// Makes `state` the state: when this returns without an error, whatever happens to the power.
    ///
    /// On an error the state is the old one or the new one; the next append decides.
    pub(super) fn append<F: NorFlash>(
        &mut self,
        flash: &mut F,
        state: &State,
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            if self.next >= self.places() {
                self.turn(flash, state)?;
            }
            let (block, index) = (self.block, self.next);
            self.next += 1;
            if self.put(flash, block, index, state)? {
                self.state = *state;
                return Ok(());
            }
        }
        Err(Error::ReadBack(self.at(self.block, 0)))
    }

    /// Goes on in the next block, which begins with a copy of the state. Until that copy is there the full block holds the state.
    fn turn<F: NorFlash>(&mut self, flash: &mut F, new: &State) -> Result<(), Error> {
        let block = match sown(Fault::WrapOntoNewest) {
            true => self.block,
            false => (self.block + 1) % self.blocks(),
        };
        flash::erase(flash, self.at(block, 0))?;
        if sown(Fault::RestartSequence) {
            self.sequence = 1;
        }
        let state = match sown(Fault::WrapWithoutCopy) {
            true => *new,
            false => self.state,
        };
        for index in 0..ATTEMPTS.min(self.places() - 1) {
            if self.put(flash, block, index, &state)? {
                self.block = block;
                self.next = index + 1;
                return Ok(());
            }
        }
        Err(Error::ReadBack(self.at(block, 0)))
    }

    /// Programs a record; whether its place took it.
    fn put<F: NorFlash>(
        &mut self,
        flash: &mut F,
        block: u32,
        index: u32,
        state: &State,
    ) -> Result<bool, Error> {
        let at = self.at(block, index);
        let body = record::encode(state, self.sequence, self.fingerprint);
        self.sequence = self.sequence.wrapping_add(1);
        flash.write(at, &body).map_err(Error::flash)?;
        if !flash::holds(flash, at, &body)? {
            return Ok(false);
        }
        let seal = [0; record::SEAL_ROOM as usize];
        let unit = seal.get(..F::WRITE_SIZE).ok_or(Error::Geometry)?;
        flash.write(at + BODY, unit).map_err(Error::flash)?;
        flash::holds(flash, at + BODY, unit)
    }

    /// Overwrites the phase in the newest record, as a store would that takes flash for RAM.
    #[cfg(feature = "seeded-faults")]
    pub(super) fn rewrite<F: NorFlash>(
        &mut self,
        flash: &mut F,
        state: &State,
    ) -> Result<(), Error> {
        let body = record::encode(state, self.sequence.wrapping_sub(1), self.fingerprint);
        let at = self.at(self.block, self.next - 1);
        flash.write(at, &body).map_err(Error::flash)?;
        self.state = *state;
        Ok(())
    }
}
