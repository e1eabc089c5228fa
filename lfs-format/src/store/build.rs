//! Images that are put together in flash, in any order.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;

use super::intake::{HEAD, Intake, Terms};
use super::layout::Region;
use super::record::Placed;
use super::source::{self, InSlot};
use super::update::Change;
use super::{Error, FlashMap, Store, flash};

/// An image under construction in a free slot.
///
/// Its room is erased to begin with; then each write unit can be programmed once, in any order: the header last, for it
/// has the sums over all else. What is already there can be read.
pub struct ImageBuilder<'u, F> {
    store: &'u mut Store<F>,
    change: &'u mut Change,
    slot: u8,
    room: Range<u32>,
}

impl<'u, F: NorFlash + FlashMap> ImageBuilder<'u, F> {
    /// Bytes that writes and reads must be whole multiples of, and begin at.
    pub const UNIT: usize = if F::WRITE_SIZE > F::READ_SIZE {
        F::WRITE_SIZE
    } else {
        F::READ_SIZE
    };

    pub(super) fn new(
        store: &'u mut Store<F>,
        change: &'u mut Change,
        region: Region,
        room: u32,
    ) -> Result<Self, Error> {
        *change = Change::Keep;
        let slot = store.begin(region)?;
        let start = store.layout.place(region, slot)?.start;
        let room = start..start + room.next_multiple_of(F::ERASE_SIZE as u32);
        for block in room.clone().step_by(F::ERASE_SIZE) {
            flash::erase(&mut store.flash, block)?;
        }
        Ok(Self {
            store,
            change,
            slot,
            room,
        })
    }

    /// Bytes of the room.
    pub fn room(&self) -> u32 {
        self.room.end - self.room.start
    }

    /// The place of a part in flash.
    fn place(&self, offset: u32, length: usize) -> Result<u32, Error> {
        let end = (offset as usize).checked_add(length);
        let inside = end.is_some_and(|end| end <= self.room() as usize);
        let whole =
            (offset as usize).is_multiple_of(Self::UNIT) && length.is_multiple_of(Self::UNIT);
        match inside && whole {
            true => Ok(self.room.start + offset),
            false => Err(Error::Misplaced(offset)),
        }
    }

    /// Programs a part at `offset` bytes from the start of the image, and reads it back.
    ///
    /// # Errors
    ///
    /// [`Error::Misplaced`]; [`Error::Overwrite`] if any of it was programmed before; [`Error::Flash`], [`Error::ReadBack`].
    pub fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        let at = self.place(offset, bytes.len())?;
        let flash = &mut self.store.flash;
        if !flash::is_blank(flash, at, bytes.len() as u32)? {
            return Err(Error::Overwrite(offset));
        }
        flash::program(flash, at, bytes)
    }

    /// Reads what is at `offset`; what was not written reads as `0xff`.
    ///
    /// # Errors
    ///
    /// [`Error::Misplaced`], [`Error::Flash`].
    pub fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        let at = self.place(offset, bytes.len())?;
        self.store.flash.read(at, bytes).map_err(Error::flash)
    }

    /// The image is complete, header included: it is checked and becomes part of the update.
    ///
    /// # Errors
    ///
    /// [`Error::Image`]: header or sums are wrong; [`Error::Flash`].
    pub fn finish(self) -> Result<(), Error> {
        let terms = Terms {
            model: self.store.model,
            room: self.room(),
            length: None,
        };
        let mut image = InSlot {
            flash: &mut self.store.flash,
            start: self.room.start,
            length: HEAD as u32,
        };
        let mut intake = Intake::new(terms);
        source::pump(&mut image, HEAD as u32, |bytes| {
            intake.take(bytes).map(|_| ())
        })?;
        image.length = intake.length();
        let header = source::examine(&mut image, terms)?;
        *self.change = Change::Image(Placed {
            slot: self.slot,
            verified: false,
            words: header.length,
            build_id: header.build_id(),
        });
        Ok(())
    }
}
