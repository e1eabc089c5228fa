//! The images that a state is made with.

use embedded_storage::nor_flash::NorFlash;
use lfs_format::image::{Image, Verified};
use lfs_format::store::{Error, FlashMap, Region};
use lua_vm::number::NumberModel;

use super::Firmware;
use crate::device::{Media, Terminal};

/// A promise that nobody but the store changes the flash it is in.
#[derive(Clone, Copy, Debug)]
pub struct SoleWriter(());

impl SoleWriter {
    /// Gives the promise.
    ///
    /// # Safety
    ///
    /// The slots of the store are written by the store only: not by a program beside it, and not through a cable unless the
    /// journal is erased too. An image that was verified once is run without another look.
    #[allow(unsafe_code)]
    pub const unsafe fn promise() -> Self {
        Self(())
    }
}

/// How images are verified at boot.
#[derive(Clone, Copy, Debug)]
pub enum Verification {
    /// Whole, at every boot: time in proportion to their length.
    Always,
    /// Whole at the first boot, then their header only: constant time.
    Once(SoleWriter),
}

/// The images selected in the regions, System first. One that is broken is said and left out.
pub(super) fn images<'m, N, F, M>(
    media: &mut Media<F, M>,
    map: &'m M,
    firmware: &Firmware<'_, N>,
    terminal: &mut Terminal,
) -> [Option<Image<'m, Verified>>; 2]
where
    N: NumberModel,
    F: NorFlash,
    M: FlashMap,
{
    Region::ALL.map(
        |region| match image(media, map, firmware.verification, region) {
            Ok(image) => {
                log!(
                    info,
                    "{}: {=usize} modules",
                    region,
                    image.as_ref().map_or(0, Image::module_count)
                );
                image
            }
            Err(error) => {
                log!(error, "{}: image is not used: {}", region, error);
                terminal.print(format_args!("LFS: {region:?} image is not used: {error}\n"));
                None
            }
        },
    )
}

fn image<'m, F, M>(
    media: &mut Media<F, M>,
    map: &'m M,
    verification: Verification,
    region: Region,
) -> Result<Option<Image<'m, Verified>>, Error>
where
    F: NorFlash,
    M: FlashMap,
{
    let Some(store) = &mut media.store else {
        return Ok(None);
    };
    let Some(selected) = store.selected(region) else {
        return Ok(None);
    };
    match verification {
        Verification::Always => selected.verify(map).map(Some),
        Verification::Once(_) => {
            if !selected.is_verified() {
                store.verify(region)?;
            }
            trusted(store.selected(region), map)
        }
    }
}

#[allow(unsafe_code)]
fn trusted<M: FlashMap>(
    selected: Option<lfs_format::store::Selected>,
    map: &M,
) -> Result<Option<Image<'_, Verified>>, Error> {
    // SAFETY: `map` shows the store's flash; whoever made the `SoleWriter` vouches that nobody else writes there.
    selected
        .map(|selected| unsafe { selected.trust(map) })
        .transpose()
}
