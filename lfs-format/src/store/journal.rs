//! The journal: records, appended in one block after the other.
//!
//! The newest record is the state. A record is its body and, programmed when that was read back, its seal: a record with a bit of a
//! seal was programmed to its end. Records are ordered by the sequence number of their block, then by their place in it. The
//! first record of a block repeats the state before it, so nothing changes until that block is sure to stay.
//!
//! No start appends where another did: whatever a cut left in cells, visible or not, is erased before they are programmed
//! again. Nor does it erase a block that may be needed: neither that of the newest record nor that of the newest sealed one.

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
    /// Block that records are appended to.
    block: u32,
    /// Next place in that block; as many as there are places if it takes no more.
    next: u32,
    /// The block to go on in then.
    target: u32,
    /// Sequence number of the block that records are appended to.
    sequence: u32,
    /// Sequence number of the block to go on in.
    following: u32,
    /// What the newest record says.
    state: State,
}

/// A record in its place.
#[derive(Clone, Copy)]
struct Found {
    block: u32,
    index: u32,
    sequence: u32,
    state: State,
    foreign: bool,
    sealed: bool,
}

/// The newest record, and the newest that was programmed to its end for certain.
#[derive(Default)]
struct Newest {
    any: Option<Found>,
    sealed: Option<Found>,
}

impl Newest {
    fn take(&mut self, found: Found) {
        let order = |found: &Found| (found.sequence, found.index, found.sealed);
        let newer = |than: &Option<Found>| {
            than.as_ref()
                .is_none_or(|than| order(than) < order(&found) && !sown(Fault::FirstRecordWins))
        };
        if found.sealed && newer(&self.sealed) {
            self.sealed = Some(found);
        }
        if newer(&self.any) {
            self.any = Some(found);
        }
    }
}

impl Journal {
    /// Finds the newest record. If it may be torn, or one behind it is, its state is appended again, so that no cell that reads
    /// differently at another time can bring back or take away a change.
    pub(super) fn open<F: NorFlash>(flash: &mut F, layout: &Layout) -> Result<Self, Error> {
        let erase = F::ERASE_SIZE as u32;
        let mut journal = Self {
            range: layout.journal.clone(),
            erase,
            fingerprint: layout.fingerprint(),
            block: 0,
            next: erase / STRIDE,
            target: 0,
            sequence: 0,
            following: 1,
            state: State::default(),
        };
        let found = journal.find(flash, layout)?;
        let Some(newest) = found.any else {
            return Ok(journal);
        };
        let behind = journal.frontier(flash, &newest)?;
        let clean = newest.sealed && behind == newest.index + 1;
        journal.block = newest.block;
        journal.target = journal.spare(&found);
        // A newest record that is not sealed may be gone at the next start, and back at the one after. Alone in its
        // block it is a copy of the state: what comes next may have its number, for it has higher places.
        let sealed = found.sealed.map_or(0, |sealed| sealed.sequence);
        journal.following = newest.sequence.max(sealed.wrapping_add(1));
        journal.state = newest.state;
        journal.sow_places(&newest, behind);
        if !clean && !newest.foreign && !sown(Fault::IgnoreSeal) {
            let state = journal.state;
            journal.append(flash, &state)?;
        }
        Ok(journal)
    }

    /// The block after that of the newest sealed record which neither it nor the newest record is in. There are three at least.
    fn spare(&self, found: &Newest) -> u32 {
        let block = |found: &Option<Found>| found.as_ref().map(|found| found.block);
        let (newest, sealed) = (block(&found.any), block(&found.sealed));
        if sown(Fault::WrapOntoNewest) {
            return self.block;
        }
        let after = sealed.unwrap_or(self.block);
        (1..=self.blocks())
            .map(|step| (after + step) % self.blocks())
            .find(|block| Some(*block) != newest && Some(*block) != sealed)
            .unwrap_or(self.block)
    }

    /// Goes on behind the newest record, as some faults do.
    fn sow_places(&mut self, newest: &Found, behind: u32) {
        let next = match sown(Fault::TrustBlankPlace) {
            true => behind,
            false if sown(Fault::AppendOverTorn) => newest.index + 1,
            false => return,
        };
        self.next = next;
        self.sequence = newest.sequence;
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

    fn find<F: NorFlash>(&self, flash: &mut F, layout: &Layout) -> Result<Newest, Error> {
        let mut newest = Newest::default();
        let mut version = None;
        for block in 0..self.blocks() {
            for index in 0..self.places() {
                let Some(body) = self.read(flash, block, index)? else {
                    continue;
                };
                let (sequence, state, foreign) =
                    match record::decode(&body, layout, self.fingerprint) {
                        Decoded::Invalid => continue,
                        Decoded::Version(other) => {
                            version = Some(other);
                            continue;
                        }
                        Decoded::Foreign { sequence } => (sequence, State::default(), true),
                        Decoded::Record { sequence, state } => (sequence, state, false),
                    };
                let sealed = self.is_sealed(flash, block, index)?;
                newest.take(Found {
                    block,
                    index,
                    sequence,
                    state,
                    foreign,
                    sealed,
                });
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
        for index in behind..self.places() {
            if !flash::is_blank(flash, self.at(newest.block, index), STRIDE)? {
                frontier = index + 1;
            }
        }
        Ok(frontier)
    }

    /// A seal is there once any of its bits is: before that its body was complete.
    fn is_sealed<F: NorFlash>(&self, flash: &mut F, block: u32, index: u32) -> Result<bool, Error> {
        let seal = F::WRITE_SIZE.max(F::READ_SIZE) as u32;
        let blank = flash::is_blank(flash, self.at(block, index) + BODY, seal)?;
        Ok(!blank || sown(Fault::IgnoreSeal))
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

    /// Goes on in another block, which begins with a copy of the state. Until that copy is there the blocks before hold the state.
    fn turn<F: NorFlash>(&mut self, flash: &mut F, new: &State) -> Result<(), Error> {
        let block = self.target;
        flash::erase(flash, self.at(block, 0))?;
        self.sequence = match sown(Fault::RestartSequence) {
            true => 1,
            false => self.following,
        };
        let state = match sown(Fault::WrapWithoutCopy) {
            true => *new,
            false => self.state,
        };
        for index in 0..ATTEMPTS.min(self.places() - 1) {
            if self.put(flash, block, index, &state)? {
                self.block = block;
                self.next = index + 1;
                self.target = (block + 1) % self.blocks();
                self.following = self.sequence.wrapping_add(1);
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
        flash.write(at, &body).map_err(Error::flash)?;
        if !flash::holds(flash, at, &body)? {
            return Ok(false);
        }
        let seal = [0; record::SEAL_ROOM as usize];
        let unit = seal.get(..F::WRITE_SIZE).ok_or(Error::Geometry)?;
        flash.write(at + BODY, unit).map_err(Error::flash)?;
        // Bits that did not take do not matter: a start that finds any takes the record for the state, and so must this one.
        Ok(sown(Fault::ForgetReadBack) || self.is_sealed(flash, block, index)?)
    }

    /// Overwrites the phase in the newest record, as a store would that takes flash for RAM.
    #[cfg(feature = "seeded-faults")]
    pub(super) fn rewrite<F: NorFlash>(
        &mut self,
        flash: &mut F,
        state: &State,
    ) -> Result<(), Error> {
        let body = record::encode(state, self.sequence, self.fingerprint);
        let at = self.at(self.block, self.next - 1);
        flash.write(at, &body).map_err(Error::flash)?;
        self.state = *state;
        Ok(())
    }
}
