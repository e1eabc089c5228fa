//! Flash, as the libraries see it: the partition table and the store, whatever the driver is.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use lfs_format::image::{Image, Verified};
use lfs_format::link::{LinkError, Modules, link};
use lfs_format::store::{Acceptance, Error, FlashMap, Region, Selected, Source, Store};
use lfs_format::write::BuildInfo;

use crate::lua::node::BuildFailure;
use crate::partition::{self, Place, Table};
use crate::shared::{Mapped, Shared};

/// Strings whose keys are in RAM at a time while an image is made: 4 KB.
const WINDOW: usize = 256;

/// Modules of an image to be; see [`Modules`].
pub(crate) trait Make {
    /// Number of modules.
    fn count(&self) -> usize;

    /// Name of a module.
    fn name(&self, module: usize) -> &[u8];

    /// Makes the image of a module and hands it to `take`, once.
    fn make(
        &mut self,
        module: usize,
        take: &mut dyn FnMut(Image<'_, Verified>),
    ) -> Result<(), BuildFailure>;
}

/// Modules behind a reference.
struct Made<'m>(&'m mut dyn Make);

impl Modules for Made<'_> {
    type Error = BuildFailure;

    fn count(&self) -> usize {
        self.0.count()
    }

    fn name(&self, module: usize) -> &[u8] {
        self.0.name(module)
    }

    fn with_image<R>(
        &mut self,
        module: usize,
        f: impl FnOnce(Image<'_, Verified>) -> R,
    ) -> Result<R, BuildFailure> {
        let (mut f, mut result) = (Some(f), None);
        self.0.make(module, &mut |image| {
            result = f.take().map(|f| f(image));
        })?;
        result.ok_or(BuildFailure::Memory)
    }
}

/// What the libraries do with flash.
pub(crate) trait Storage {
    /// The partition table.
    fn table(&self) -> &Table;

    /// Bytes of flash.
    fn flash_size(&self) -> u32;

    /// Writes another partition table, for the next start.
    fn set_table(&mut self, table: &Table) -> Result<(), partition::Error>;

    /// The image that is selected in a region.
    fn selected(&self, region: Region) -> Option<Selected>;

    /// Bytes of a slot of a region; 0 if there is no such region.
    fn slot_size(&self, region: Region) -> u32;

    /// Number of slots of a region.
    fn slots(&self, region: Region) -> u8;

    /// Address in memory of a range of flash.
    fn address(&self, range: Range<u32>) -> Option<usize>;

    /// Replaces the images of the regions that have a source, all or none.
    fn install(
        &mut self,
        sources: [Option<&mut dyn Source>; 2],
        acceptance: Acceptance,
    ) -> Result<(), Error>;

    /// Makes an image of modules for the Application.
    fn build(
        &mut self,
        modules: &mut dyn Make,
        time: u64,
        acceptance: Acceptance,
    ) -> Result<(), LinkError<BuildFailure>>;

    /// Asks for the image of a region of one slot to be replaced at the next start.
    fn request(
        &mut self,
        region: Region,
        name: &[u8],
        source: &mut dyn Source,
    ) -> Result<(), Error>;

    /// Keeps the selection.
    fn confirm(&mut self) -> Result<(), Error>;

    /// Selects the images before.
    fn rollback(&mut self) -> Result<(), Error>;

    /// Starts left to confirm the selection in; `None` if it is confirmed.
    fn trial(&self) -> Option<u8>;
}

/// The store of a device over its shared flash.
pub(crate) type DeviceStore<F, M> = Store<Mapped<Shared<F>, M>>;

/// A flash with its partition table and the store in it.
pub(crate) struct Media<F, M> {
    pub(crate) flash: Shared<F>,
    pub(crate) map: M,
    pub(crate) place: Place,
    pub(crate) table: Table,
    pub(crate) store: Option<DeviceStore<F, M>>,
}

impl<F: NorFlash, M: FlashMap> Media<F, M> {
    fn store(&mut self) -> Result<&mut DeviceStore<F, M>, Error> {
        self.store.as_mut().ok_or(Error::NoRegion)
    }

    fn replace(
        &mut self,
        sources: [Option<&mut dyn Source>; 2],
        acceptance: Acceptance,
    ) -> Result<(), Error> {
        let mut update = self.store()?.update()?;
        for (region, source) in Region::ALL.into_iter().zip(sources) {
            if let Some(source) = source {
                update.install(region, source)?;
            }
        }
        update.commit(acceptance)
    }

    fn link(
        &mut self,
        modules: &mut dyn Make,
        time: u64,
        acceptance: Acceptance,
    ) -> Result<(), LinkError<BuildFailure>> {
        let mut update = self.store()?.update()?;
        let build = BuildInfo { time };
        link(
            &mut update,
            Region::Application,
            &mut Made(modules),
            &build,
            WINDOW,
        )?;
        Ok(update.commit(acceptance)?)
    }
}

impl<F: NorFlash, M: FlashMap> Storage for Media<F, M> {
    fn table(&self) -> &Table {
        &self.table
    }

    fn flash_size(&self) -> u32 {
        use embedded_storage::nor_flash::ReadNorFlash;
        u32::try_from(self.flash.capacity()).unwrap_or(u32::MAX)
    }

    fn set_table(&mut self, table: &Table) -> Result<(), partition::Error> {
        let written = table.write(&mut self.flash, self.place);
        log!(info, "partition table: written: {}", written);
        written?;
        self.table = table.try_clone()?;
        Ok(())
    }

    fn selected(&self, region: Region) -> Option<Selected> {
        self.store.as_ref()?.selected(region)
    }

    fn slot_size(&self, region: Region) -> u32 {
        self.store
            .as_ref()
            .map_or(0, |store| store.slot_size(region))
    }

    fn slots(&self, region: Region) -> u8 {
        self.store
            .as_ref()
            .map_or(0, |store| store.layout().slots(region))
    }

    fn address(&self, range: Range<u32>) -> Option<usize> {
        self.map.mapped(range).map(|words| words.as_ptr().addr())
    }

    fn install(
        &mut self,
        sources: [Option<&mut dyn Source>; 2],
        acceptance: Acceptance,
    ) -> Result<(), Error> {
        let installed = self.replace(sources, acceptance);
        log!(info, "store: install: {}", installed);
        installed
    }

    fn build(
        &mut self,
        modules: &mut dyn Make,
        time: u64,
        acceptance: Acceptance,
    ) -> Result<(), LinkError<BuildFailure>> {
        let built = self.link(modules, time, acceptance);
        log!(info, "store: build: {}", built);
        built
    }

    fn request(
        &mut self,
        region: Region,
        name: &[u8],
        source: &mut dyn Source,
    ) -> Result<(), Error> {
        let requested = self.store()?.request(region, name, source);
        log!(info, "store: replacement at the next start: {}", requested);
        requested
    }

    fn confirm(&mut self) -> Result<(), Error> {
        let confirmed = self.store()?.confirm();
        log!(info, "store: confirm: {}", confirmed);
        confirmed
    }

    fn rollback(&mut self) -> Result<(), Error> {
        let selected = self.store()?.rollback();
        log!(info, "store: rollback: {}", selected);
        selected
    }

    fn trial(&self) -> Option<u8> {
        self.store.as_ref()?.trial()
    }
}
