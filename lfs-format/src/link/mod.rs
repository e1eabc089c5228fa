//! Puts one image together in flash from the images of single modules: building on the device, with bounded RAM.
//!
//! Neither the new image nor the images it is made of are ever whole in RAM: a [`Modules`] makes the image of one module at a
//! time, as often as it is asked, and [`link`](fn@link) writes what it sees into a free slot of a [`store`](mod@crate::store).
//! The result is word by word the image that an [`ImageWriter`](crate::write::ImageWriter) makes of the same modules in the same order.
//!
//! | module | idea |
//! |---|---|
//! | `inputs` | the images that are linked, and what is in them |
//! | `plan` | sizes and numbers, before anything is erased |
//! | `window` | the next strings in the order of the table, as many as RAM holds |
//! | `table` | the string table in flash: writing it, finding in it |
//! | `functions` | function and debug records, module index |
//! | `sheet` | words in flash, programmed once, in any order |
//!
//! Passes, memory and reads of flash are told in `docs/store.md`, section 8.

mod error;
mod functions;
mod inputs;
mod plan;
mod sheet;
mod table;
mod window;

use embedded_storage::nor_flash::NorFlash;

pub use error::LinkError;
pub use inputs::Modules;

use crate::store::{FlashMap, Region, Update};
use crate::write::BuildInfo;
use inputs::Inputs;
use plan::Plan;
use sheet::Sheet;

/// Smallest window: one more than a bucket of the string table may hold. Less is taken for this.
pub const MIN_WINDOW: usize = rostrings::rom::MAX_BUCKET + 1;

/// What was linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Summary {
    /// Bytes of the image.
    pub bytes: u32,
    /// Its build id.
    pub build_id: u64,
    /// Number of modules.
    pub modules: usize,
    /// Number of functions.
    pub functions: usize,
    /// Number of different strings.
    pub strings: usize,
    /// How often each module's image was made.
    pub passes: u32,
}

/// Links `modules` into one image in a free slot of `region`, as a part of `update`; [`commit`](Update::commit) selects it.
///
/// `window` is the number of strings whose keys are in RAM at a time, 16 bytes each; at least [`MIN_WINDOW`]. If all different
/// strings of the image fit, each module's image is made 3 times, else `3 * n + 1` times for n windows; once more for a window in which
/// strings have one hash. Besides a module takes 14 to 18 bytes.
///
/// Strings and names of modules are those that functions, debug records and module index use; nothing else is taken over.
///
/// # Errors
///
/// [`LinkError`]. An image that is too large, a name or module that will not do are refused before anything is erased; after any error the
/// update has no new image for the region.
pub fn link<F: NorFlash + FlashMap, M: Modules>(
    update: &mut Update<'_, F>,
    region: Region,
    modules: &mut M,
    build: &BuildInfo,
    window: usize,
) -> Result<Summary, LinkError<M::Error>> {
    let mut inputs = Inputs::new(modules, update.model())?;
    let (plan, window) = Plan::new(&mut inputs, window.max(MIN_WINDOW))?;
    // Refuses what is too large before it erases.
    let builder = update.build(region, plan.bytes()?)?;
    let mut sheet = Sheet::new(builder, plan.length);
    let window = table::write(&mut inputs, &plan, window, &mut sheet)?;
    // What finds strings again takes less than the window did.
    let entries = window.into_capacity();
    let mains = functions::write(&mut inputs, &plan, entries, &mut sheet)?;
    functions::write_index(&inputs, &plan, &mains, &mut sheet)?;
    let build_id = sheet.seal(plan.header(inputs.model(), build.time))?;
    sheet.finish()?;
    Ok(Summary {
        bytes: plan.length * 4,
        build_id,
        modules: inputs.len(),
        functions: plan.functions,
        strings: plan.strings as usize,
        passes: inputs.passes(),
    })
}
