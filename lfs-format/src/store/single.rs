//! Regions of one slot: the old image is erased before the new one is written, so the intent is kept in the journal and resumed.

use embedded_storage::nor_flash::NorFlash;

use super::fault::{Fault, sown};
use super::intake::{Intake, Terms};
use super::layout::Region;
use super::pages::Pages;
use super::record::{Note, Placed, Request, State, source_name};
use super::source::{self, Source};
use super::{Error, FlashMap, Store, flash};

/// A replacement that was requested and is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pending {
    request: Request,
    /// Whether the old image is gone already.
    pub started: bool,
}

impl Pending {
    fn of(state: &State) -> Option<Self> {
        let (request, started) = match state.note {
            Note::Requested(request) => (request, false),
            Note::Installing(request) => (request, true),
            _ => return None,
        };
        Some(Self { request, started })
    }

    /// The region whose image is to be replaced.
    pub fn region(&self) -> Region {
        self.request.region
    }

    /// Build id of the new image.
    pub fn build_id(&self) -> u64 {
        self.request.build_id
    }

    /// Bytes of the new image.
    pub fn length(&self) -> u32 {
        self.request.words.saturating_mul(4)
    }

    /// Name of the source, as it was given to [`Store::request`].
    pub fn source(&self) -> &[u8] {
        let name = &self.request.source;
        let end = name.iter().rposition(|byte| *byte != 0);
        name.get(..end.map_or(0, |end| end + 1)).unwrap_or_default()
    }
}

impl<F: NorFlash + FlashMap> Store<F> {
    fn single(&self, region: Region) -> Result<Terms, Error> {
        let slots = self.layout.require(region)?;
        match slots.count {
            1 => Ok(Terms {
                model: self.model,
                room: slots.slot,
                length: None,
            }),
            _ => Err(Error::NotSingleSlot),
        }
    }

    /// Asks for the image in a region of one slot to be replaced at the next boot, by the image of `source`, which is
    /// checked whole now and again then. `name` tells the next boot where the source is: at most [`MAX_SOURCE`](super::MAX_SOURCE) bytes.
    ///
    /// Nothing is erased until [`resume`](Store::resume).
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the image; [`Error::NotSingleSlot`]; [`Error::NoFreeSlot`] while another image is on trial;
    /// [`Error::RequestPending`].
    pub fn request<S: Source>(
        &mut self,
        region: Region,
        name: &[u8],
        mut source: S,
    ) -> Result<(), Error> {
        let terms = self.single(region)?;
        let mut state = *self.state();
        if self.pending().is_some() {
            return Err(Error::RequestPending);
        }
        if state.trial.is_some() {
            return Err(Error::NoFreeSlot);
        }
        let padded = source_name(name)?;
        let header = source::examine(&mut source, terms)?;
        state.note = Note::Requested(Request {
            region,
            words: header.length,
            build_id: header.build_id(),
            source: padded,
        });
        self.append(&state)
    }

    /// The replacement that waits to be resumed or abandoned.
    pub fn pending(&self) -> Option<Pending> {
        Pending::of(self.state())
    }

    /// The region that is empty because its replacement was [abandoned](Store::abandon) half way.
    pub fn interrupted(&self) -> Option<Region> {
        match self.state().note {
            Note::Interrupted(request) => Some(request.region),
            _ => None,
        }
    }

    /// Carries out what was requested, from its beginning, however often it was interrupted. To be called before the region is
    /// mounted: its slot is erased.
    ///
    /// # Errors
    ///
    /// [`Error::NoRequest`]. Whatever is wrong with the source, [`Error::SourceChanged`]: nothing was erased by this call, and
    /// it may be repeated or [abandoned](Store::abandon). [`Error::Flash`], [`Error::ReadBack`].
    pub fn resume<S: Source>(&mut self, mut source: S) -> Result<(), Error> {
        let Pending { request, started } = self.pending().ok_or(Error::NoRequest)?;
        let terms = self.single(request.region)?;
        let header = source::examine(&mut source, terms)?;
        if header.length != request.words || header.build_id() != request.build_id {
            return Err(Error::SourceChanged);
        }
        let place = self.layout.place(request.region, 0)?;
        if sown(Fault::EraseBeforeIntent) {
            flash::erase(&mut self.flash, place.start)?;
        }
        if !started {
            let mut state = *self.state();
            state.current[request.region.index()] = None;
            // A pair of which one image is gone is nothing to go back to.
            state.previous = None;
            state.note = Note::Installing(request);
            self.append(&state)?;
        }
        let words = self.write_single(terms, place.start, &mut source, header.length * 4)?;
        let mut placed = Placed {
            slot: 0,
            verified: false,
            words,
            build_id: request.build_id,
        };
        placed.verified = self.prove(request.region, &placed)?;
        let mut state = *self.state();
        state.current[request.region.index()] = Some(placed);
        state.note = Note::Nothing;
        self.append(&state)?;
        self.running = self.state().current;
        Ok(())
    }

    /// Writes the image over the old one; gives its length in words.
    fn write_single<S: Source>(
        &mut self,
        terms: Terms,
        start: u32,
        source: &mut S,
        length: u32,
    ) -> Result<u32, Error> {
        let mut intake = Intake::new(terms);
        let mut pages = Pages::new(start);
        let flash = &mut self.flash;
        source::pump(source, length, |bytes| {
            intake.take(bytes)?;
            pages.push(flash, bytes)
        })?;
        pages.flush(&mut self.flash)?;
        // The source may have changed since it was examined.
        Ok(intake.finish()?.length)
    }

    /// Gives up what was requested. If the old image is gone already, the region stays empty and [says so](Store::interrupted).
    ///
    /// # Errors
    ///
    /// [`Error::NoRequest`]; [`Error::Flash`], [`Error::ReadBack`].
    pub fn abandon(&mut self) -> Result<(), Error> {
        let Pending { request, started } = self.pending().ok_or(Error::NoRequest)?;
        let mut state = *self.state();
        state.note = match started {
            true => Note::Interrupted(request),
            false => Note::Nothing,
        };
        self.append(&state)
    }
}
