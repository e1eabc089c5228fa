//! An update: images written beside the running ones, then selected by one record.

use embedded_storage::nor_flash::NorFlash;

use super::fault::{Fault, sown};
use super::intake::{Intake, Terms};
use super::layout::Region;
use super::pages::Pages;
use super::record::{Note, Pair, Placed};
use super::source::{self, Source};
use super::{Error, FlashMap, ImageBuilder, Store};
use crate::image::{Image, Verified};
use crate::model::Model;

/// How an update comes to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Acceptance {
    /// At once: only [`Store::rollback`] goes back.
    AtOnce,
    /// When it is [confirmed](Store::confirm) within so many boots (1 to 254); else the boot after them goes back by itself.
    Trial(u8),
}

impl Acceptance {
    pub(super) fn boots(self) -> Option<u8> {
        match self {
            Acceptance::AtOnce => None,
            Acceptance::Trial(boots) => Some(boots.clamp(1, 254)),
        }
    }
}

/// What becomes of a region.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Keep,
    Clear,
    Image(Placed),
}

/// An update of one region or both. Dropped without [`commit`](Update::commit) it changes nothing that is selected.
pub struct Update<'s, F> {
    pub(super) store: &'s mut Store<F>,
    pub(super) changes: [Change; 2],
}

impl<F: NorFlash + FlashMap> Update<'_, F> {
    fn terms(&self, region: Region, length: Option<u32>) -> Result<Terms, Error> {
        let slots = self.store.layout.require(region)?;
        match slots.count {
            1 => Err(Error::SingleSlot),
            _ => Ok(Terms {
                model: self.store.model,
                room: slots.slot,
                length,
            }),
        }
    }

    /// Number model of the images it takes.
    pub fn model(&self) -> Model {
        self.store.model
    }

    /// Takes an image as it comes, header first; `length` in bytes, if it is known.
    ///
    /// Nothing is written before the header is there and right, nor ever outside a free slot.
    ///
    /// # Errors
    ///
    /// [`Error::NoRegion`], [`Error::SingleSlot`].
    pub fn stream(
        &mut self,
        region: Region,
        length: Option<u32>,
    ) -> Result<ImageStream<'_, F>, Error> {
        let intake = Intake::new(self.terms(region, length)?);
        Ok(ImageStream {
            store: self.store,
            change: &mut self.changes[region.index()],
            region,
            intake,
            writing: None,
        })
    }

    /// Takes the image of a source, which is checked whole before anything is written.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the image; [`Error::Source`]; as [`ImageStream::write`].
    pub fn install<S: Source>(&mut self, region: Region, mut source: S) -> Result<(), Error> {
        let terms = self.terms(region, None)?;
        let header = source::examine(&mut source, terms)?;
        let length = header.length * 4;
        let mut stream = self.stream(region, Some(length))?;
        source::pump(&mut source, length, |bytes| stream.write(bytes))?;
        stream.finish()
    }

    /// Starts an image that is put together in its slot, of at most `room` bytes; 0 stands for the whole slot.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`]; as [`ImageStream::write`].
    pub fn build(&mut self, region: Region, room: u32) -> Result<ImageBuilder<'_, F>, Error> {
        let limit = self.terms(region, None)?.room;
        if room > limit {
            return Err(Error::TooLarge {
                needed: room,
                limit,
            });
        }
        let room = if room == 0 { limit } else { room };
        let change = &mut self.changes[region.index()];
        ImageBuilder::new(self.store, change, region, room)
    }

    /// The new image of a region as it lies in its slot, verified whole, for checks of the caller's own before
    /// [`commit`](Self::commit): of a signature, or of what its modules are called. `None` if the update has none for it.
    ///
    /// # Errors
    ///
    /// [`Error::NotMapped`], [`Error::Image`].
    pub fn image(&mut self, region: Region) -> Result<Option<Image<'_, Verified>>, Error> {
        match self.changes[region.index()] {
            Change::Image(placed) => self
                .store
                .view(region, &placed)?
                .map_or(Err(Error::NotMapped), |image| Ok(Some(image))),
            _ => Ok(None),
        }
    }

    /// Leaves the region without an image.
    ///
    /// # Errors
    ///
    /// [`Error::NoRegion`].
    pub fn clear(&mut self, region: Region) -> Result<(), Error> {
        self.store.layout.require(region)?;
        self.changes[region.index()] = Change::Clear;
        Ok(())
    }

    /// Verifies the new images where they lie, then selects them, all by one record. They are mounted at the next boot.
    ///
    /// Images in flash that is not mapped are taken on their checksums, and verified when they are first mounted.
    ///
    /// # Errors
    ///
    /// [`Error::Image`], and nothing is changed; [`Error::Flash`] and [`Error::ReadBack`]: the old selection stands, or the new one.
    pub fn commit(mut self, acceptance: Acceptance) -> Result<(), Error> {
        let state = *self.store.state();
        let mut current = state.current;
        for region in Region::ALL {
            let index = region.index();
            match &mut self.changes[index] {
                Change::Keep => continue,
                Change::Clear => current[index] = None,
                Change::Image(placed) => {
                    placed.verified = self.store.prove(region, placed)?;
                    current[index] = Some(*placed);
                }
            }
            if sown(Fault::PairInTwoRecords) {
                self.select(current, acceptance)?;
            }
        }
        self.select(current, acceptance)
    }

    fn select(&mut self, current: Pair, acceptance: Acceptance) -> Result<(), Error> {
        let state = *self.store.state();
        if same_images(&current, &state.current) {
            return Ok(());
        }
        // What is on trial was never confirmed: a rollback goes past it.
        let previous = match state.trial {
            Some(_) => state.previous,
            None => Some(state.current).filter(|pair| pair.iter().any(Option::is_some)),
        };
        let mut next = state;
        next.current = current;
        next.previous = previous;
        next.trial = acceptance.boots();
        next.note = Note::Nothing;
        self.store.append(&next)
    }
}

/// Whether two selections are the same images in the same slots.
pub(super) fn same_images(a: &Pair, b: &Pair) -> bool {
    a.iter().zip(b).all(|pair| match pair {
        (Some(a), Some(b)) => a.is(b),
        (None, None) => true,
        _ => false,
    })
}

/// An image on its way into a slot.
pub struct ImageStream<'u, F> {
    store: &'u mut Store<F>,
    change: &'u mut Change,
    region: Region,
    intake: Intake,
    writing: Option<(u8, Pages)>,
}

impl<F: NorFlash + FlashMap> ImageStream<'_, F> {
    /// Takes the next bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Image`], [`Error::TooLarge`] and [`Error::Length`] with the header, before anything is written; [`Error::NoFreeSlot`];
    /// [`Error::Flash`] and [`Error::ReadBack`]. After an error the stream is of no more use.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let behind = self.intake.take(bytes)?;
        let Some(head) = self.intake.head() else {
            return Ok(());
        };
        let (_, pages) = match &mut self.writing {
            Some(writing) => writing,
            None => {
                // Before the slot changes nothing may be selected in it any more.
                *self.change = Change::Keep;
                let slot = self.store.begin(self.region)?;
                let place = self.store.layout.place(self.region, slot)?;
                let mut pages = Pages::new(place.start);
                pages.push(&mut self.store.flash, head)?;
                self.writing.insert((slot, pages))
            }
        };
        pages.push(&mut self.store.flash, behind)
    }

    /// The image is complete: it becomes part of the update.
    ///
    /// # Errors
    ///
    /// [`Error::Length`], [`Error::Image`]; as [`write`](Self::write).
    pub fn finish(mut self) -> Result<(), Error> {
        let header = self.intake.finish()?;
        if let Some((slot, pages)) = &mut self.writing {
            pages.flush(&mut self.store.flash)?;
            *self.change = Change::Image(Placed {
                slot: *slot,
                verified: false,
                words: header.length,
                build_id: header.build_id(),
            });
        }
        Ok(())
    }
}
