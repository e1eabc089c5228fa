//! The region store: images in flash, replaced so that a power cut leaves the old one or the new one, never neither.
//!
//! | module | idea |
//! |---|---|
//! | `layout` | where journal and slots lie |
//! | `map` | flash in the address space |
//! | `record`, `journal` | the state, and how it gets a new value at once |
//! | `selected` | mounting |
//! | `update`, `build` | new images in free slots, streamed or put together in flash |
//! | `single` | regions without room for a second image |
//! | `source`, `intake` | checking an image before and while it is written |
//! | `flash`, `pages` | erasing, programming, reading back |
//!
//! What every record means byte by byte, and why no cut loses an image, is in `docs/store.md`.
//!
//! # A boot and an update
//!
//! ```no_run
//! use embedded_storage::nor_flash::NorFlash;
//! use lfs_format::model::Model;
//! use lfs_format::store::{Acceptance, Error, FlashMap, Layout, Region, Store};
//!
//! fn run<F: NorFlash + FlashMap>(flash: F, new: &[u8]) -> Result<(), Error> {
//!     let layout = Layout::application(0x10_0000..0x18_0000, F::ERASE_SIZE as u32, 2);
//!     let mut store = Store::open(flash, layout, Model::Num32)?;
//!     store.boot()?;                                  // counts a trial boot, or goes back
//!     if let Some(image) = store.image(Region::Application)? {
//!         let modules = image.module_count();         // mount it
//!     }
//!     store.confirm()?;                               // it works
//!
//!     let mut update = store.update()?;
//!     update.install(Region::Application, new)?;      // beside the running one
//!     update.commit(Acceptance::Trial(3))?;           // selected from the next boot on
//!     Ok(())
//! }
//! ```

mod build;
mod error;
#[cfg_attr(feature = "seeded-faults", doc(hidden))]
mod fault;
mod flash;
mod intake;
mod journal;
mod layout;
mod map;
mod pages;
mod record;
mod selected;
mod single;
mod source;
mod update;

use embedded_storage::nor_flash::NorFlash;

pub use build::ImageBuilder;
pub use error::Error;
#[cfg(feature = "seeded-faults")]
#[doc(hidden)]
pub use fault::{Fault, sow};
pub use layout::{Layout, MAX_SLOTS, Region};
pub use map::{FlashMap, Unmapped};
pub use selected::Selected;
pub use single::Pending;
pub use source::{ReadError, Source};
pub use update::{Acceptance, ImageStream, Update};

#[cfg(not(feature = "seeded-faults"))]
use fault::Fault;
use fault::sown;

use crate::image::{Image, Verified};
use crate::model::Model;
use journal::Journal;
use record::{Note, Pair, Placed, State};
use source::InSlot;
use update::{Change, same_images};

/// Bytes programmed at a time: a page of common flash chips.
const PAGE: usize = 256;
/// Longest name of a source, in bytes.
pub const MAX_SOURCE: usize = 32;

/// What [`Store::boot`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Boot {
    /// The selection is confirmed, or there is none.
    Confirmed,
    /// The selection is on trial: so many more boots, then it is left.
    Trial {
        /// Boots left after this one.
        left: u8,
    },
    /// The selection was not confirmed in time, and the one before it took its place.
    RolledBack,
}

/// Journal and slots over a flash.
///
/// One store is opened once after a start: it takes what is selected then for what runs, and keeps its slots
/// untouched until the next start.
#[derive(Debug)]
pub struct Store<F> {
    flash: F,
    layout: Layout,
    model: Model,
    journal: Journal,
    /// What was mounted at this start.
    running: Pair,
}

impl<F: NorFlash + FlashMap> Store<F> {
    /// Finds the state. Flash that was never a store, or has another layout, is an empty store.
    ///
    /// Writes only if the last append may have been cut short: one record, and at most one erase of a journal block.
    ///
    /// # Errors
    ///
    /// [`Error::Layout`], [`Error::Geometry`], [`Error::JournalVersion`]; [`Error::Flash`], [`Error::ReadBack`].
    pub fn open(mut flash: F, layout: Layout, model: Model) -> Result<Self, Error> {
        let layout = layout.fit(&flash)?;
        let journal = Journal::open(&mut flash, &layout)?;
        let running = journal.state().current;
        Ok(Self {
            flash,
            layout,
            model,
            journal,
            running,
        })
    }

    /// Gives the flash back.
    pub fn into_inner(self) -> F {
        self.flash
    }

    /// The flash, for a look at it.
    pub fn flash(&self) -> &F {
        &self.flash
    }

    /// The layout.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Bytes of a slot of a region, the most an image may have; 0 if there is no such region.
    pub fn slot_size(&self, region: Region) -> u32 {
        self.layout.get(region).map_or(0, |slots| slots.slot)
    }

    fn state(&self) -> &State {
        self.journal.state()
    }

    fn append(&mut self, state: &State) -> Result<(), Error> {
        self.journal.append(&mut self.flash, state)
    }

    /// To be called once after a start, before anything is mounted: counts the boot if the selection is on trial, and rolls
    /// back if it had its boots.
    ///
    /// # Errors
    ///
    /// [`Error::Flash`], [`Error::ReadBack`].
    pub fn boot(&mut self) -> Result<Boot, Error> {
        let mut state = *self.state();
        let boot = match state.trial {
            None => Boot::Confirmed,
            Some(_) if sown(Fault::ForgetBootCount) => Boot::Trial { left: 1 },
            Some(0) => {
                self.append(&rolled_back(&state))?;
                Boot::RolledBack
            }
            Some(left) => {
                state.trial = Some(left - 1);
                self.append(&state)?;
                Boot::Trial { left: left - 1 }
            }
        };
        self.running = self.state().current;
        Ok(boot)
    }

    /// The image that is selected in a region.
    pub fn selected(&self, region: Region) -> Option<Selected> {
        let placed = self.state().current[region.index()]?;
        let place = self.layout.place(region, placed.slot).ok()?;
        Some(Selected {
            region,
            slot: placed.slot,
            start: place.start,
            length: placed.words * 4,
            build_id: placed.build_id,
            verified: placed.verified,
        })
    }

    /// The selected image of a region, verified whole; `None` if there is none. It borrows the store; see
    /// [`Selected::verify`] for a map of its own.
    ///
    /// # Errors
    ///
    /// [`Error::NotMapped`], [`Error::Image`].
    pub fn image(&self, region: Region) -> Result<Option<Image<'_, Verified>>, Error> {
        self.selected(region)
            .map(|selected| selected.verify(&self.flash))
            .transpose()
    }

    /// Verifies the selected image of a region whole, and remembers it in the journal: from then on it can be
    /// [mounted in constant time](Selected::trust). Whether there is one.
    ///
    /// # Errors
    ///
    /// [`Error::NotMapped`], [`Error::Image`]; [`Error::Flash`], [`Error::ReadBack`].
    pub fn verify(&mut self, region: Region) -> Result<bool, Error> {
        if self.image(region)?.is_none() {
            return Ok(false);
        }
        let mut state = *self.state();
        if let Some(placed) = &mut state.current[region.index()]
            && !placed.verified
        {
            placed.verified = true;
            self.append(&state)?;
        }
        Ok(true)
    }

    /// Boots the selection has left to be confirmed in, after this one; `None` if it is confirmed.
    pub fn trial(&self) -> Option<u8> {
        self.state().trial
    }

    /// The image that was left because nobody confirmed it.
    pub fn rejected(&self) -> Option<(Region, u64)> {
        match self.state().note {
            Note::Rejected(region, build_id) => Some((region, build_id)),
            _ => None,
        }
    }

    /// The selection stays. Nothing is written if it is confirmed already.
    ///
    /// # Errors
    ///
    /// [`Error::NotStarted`] if what is selected is not what runs; [`Error::Flash`], [`Error::ReadBack`].
    pub fn confirm(&mut self) -> Result<(), Error> {
        let mut state = *self.state();
        if state.trial.is_none() {
            return Ok(());
        }
        if !same_images(&self.running, &state.current) && !sown(Fault::ConfirmUnstarted) {
            return Err(Error::NotStarted);
        }
        state.trial = None;
        if sown(Fault::ConfirmHalf) {
            state.current[0] = state.previous.and_then(|pair| pair[0]);
        }
        #[cfg(feature = "seeded-faults")]
        if sown(Fault::RewriteCommitWord) {
            return self.journal.rewrite(&mut self.flash, &state);
        }
        self.append(&state)
    }

    /// Selects the images before these, from the next boot on. Without an error the same call goes forward again, unless what
    /// is left was on trial.
    ///
    /// # Errors
    ///
    /// [`Error::NoPrevious`]; [`Error::Image`] if an image before is broken; [`Error::RequestPending`]; [`Error::Flash`],
    /// [`Error::ReadBack`].
    pub fn rollback(&mut self) -> Result<(), Error> {
        let state = *self.state();
        if self.pending().is_some() {
            return Err(Error::RequestPending);
        }
        let previous = match state.trial {
            Some(_) => state.previous.unwrap_or_default(),
            None => state.previous.ok_or(Error::NoPrevious)?,
        };
        for region in Region::ALL {
            if let Some(placed) = &previous[region.index()] {
                self.check(region, placed)?;
            }
        }
        let mut next = rolled_back(&state);
        if state.trial.is_none() {
            next.previous = Some(state.current);
            next.note = state.note;
        }
        self.append(&next)
    }

    /// Starts an update.
    ///
    /// # Errors
    ///
    /// [`Error::RequestPending`].
    pub fn update(&mut self) -> Result<Update<'_, F>, Error> {
        if self.pending().is_some() {
            return Err(Error::RequestPending);
        }
        Ok(Update {
            store: self,
            changes: [Change::Keep; 2],
        })
    }

    /// Chooses a free slot and makes sure that no record selects what is in it.
    fn begin(&mut self, region: Region) -> Result<u8, Error> {
        let mut state = *self.state();
        let index = region.index();
        let slot = self.free_slot(region).ok_or(Error::NoFreeSlot)?;
        let holds = |pair: &Pair| pair[index].is_some_and(|placed| placed.slot == slot);
        state.cursors[index] = slot;
        state.previous = state.previous.filter(|pair| !holds(pair));
        if sown(Fault::CommitBeforeData) {
            let words = crate::header::WORDS as u32;
            state.current[index] = Some(Placed {
                slot,
                verified: true,
                words,
                build_id: 0,
            });
        }
        if !sown(Fault::ForgetBegin) {
            self.append(&state)?;
        }
        Ok(slot)
    }

    /// The free slot after the one written last: so all wear alike.
    fn free_slot(&self, region: Region) -> Option<u8> {
        let state = self.state();
        let (index, count) = (region.index(), self.layout.slots(region));
        let fallback = state.trial.and(state.previous).unwrap_or_default();
        let kept = [state.current, self.running, fallback];
        let used = |slot: u8| {
            let taken = kept.iter().flat_map(|pair| &pair[index]);
            !sown(Fault::OverwriteRunning) && taken.into_iter().any(|placed| placed.slot == slot)
        };
        (1..=count)
            .map(|step| {
                ((u16::from(state.cursors[index]) + u16::from(step)) % u16::from(count)) as u8
            })
            .find(|slot| !used(*slot))
    }

    /// Checks the sums of an image in its slot.
    fn check(&mut self, region: Region, placed: &Placed) -> Result<(), Error> {
        let place = self.layout.place(region, placed.slot)?;
        let terms = intake::Terms {
            model: self.model,
            room: place.end - place.start,
            length: None,
        };
        let mut image = InSlot {
            flash: &mut self.flash,
            start: place.start,
            length: placed.words * 4,
        };
        let header = source::examine(&mut image, terms)?;
        match header.build_id() == placed.build_id {
            true => Ok(()),
            false => Err(Error::SourceChanged),
        }
    }

    /// Verifies a new image where it lies; `false` if flash is not mapped. Its sums were checked as it was written and
    /// every page read back.
    fn prove(&mut self, region: Region, placed: &Placed) -> Result<bool, Error> {
        if sown(Fault::ForgetChecksum) {
            return Ok(true);
        }
        Ok(self.view(region, placed)?.is_some())
    }

    /// A new image through the map, verified; `None` if flash is not mapped.
    fn view(
        &mut self,
        region: Region,
        placed: &Placed,
    ) -> Result<Option<Image<'_, Verified>>, Error> {
        let place = self.layout.place(region, placed.slot)?;
        let range = place.start..place.start + placed.words * 4;
        if !sown(Fault::StaleCache) {
            self.flash.invalidate(range.clone());
        }
        let Some(words) = self.flash.mapped(range) else {
            return Ok(None);
        };
        Ok(Some(Image::new(words)?.verify()?))
    }
}

/// The state after a rollback of a selection on trial.
fn rolled_back(state: &State) -> State {
    let next = state.previous.unwrap_or_default();
    let rejected = Region::ALL.into_iter().rev().find_map(|region| {
        let left = state.current[region.index()]?;
        let stays = next[region.index()].is_some_and(|placed| placed.is(&left));
        (!stays).then_some(Note::Rejected(region, left.build_id))
    });
    State {
        current: next,
        previous: None,
        trial: None,
        cursors: state.cursors,
        note: rejected.unwrap_or_default(),
    }
}
