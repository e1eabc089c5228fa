//! What goes into a flash before its device starts.

use crate::failure::Failure;
use crate::flash::{Chip, Window, chip::BLOCK, table};
use crate::options::{number, usage};
use embedded_storage::nor_flash::NorFlash;
use esp_port::files::{Error as FileError, Mode, Volume};
use esp_port::partition::{Error as TableError, Place, Role, Table};
use esp_port::{Mapped, Shared};
use lfs_format::model::Model;
use lfs_format::signature::ImageOnly;
use lfs_format::store::{Acceptance, Region, Store};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Slots for the images of the Application.
pub const SLOTS: u8 = 2;
/// A System partition larger than this has two slots.
pub const SYSTEM_SLOT: u32 = 0x1_0000;

/// An image for a region.
#[derive(Debug)]
pub struct Load {
    /// The region.
    pub region: Region,
    /// The file.
    pub path: PathBuf,
}

/// A file for the file system.
#[derive(Debug)]
pub struct Put {
    /// Its name there.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

impl Load {
    /// An image in a file.
    pub fn new(region: Region, path: OsString) -> Self {
        Self {
            region,
            path: PathBuf::from(path),
        }
    }
}

impl Put {
    /// `name=file`, or a file that keeps its name.
    pub fn parse(word: &OsString) -> Result<Self, Failure> {
        let text = word
            .to_str()
            .ok_or_else(|| usage("--put: the name is not UTF-8"))?;
        if let Some((name, path)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) {
            return Ok(Self {
                name: name.to_owned(),
                path: PathBuf::from(path),
            });
        }
        let path = PathBuf::from(text);
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| usage("--put: which file?"))?.to_owned();
        Ok(Self { name, path })
    }
}

/// Bytes of a flash, from a word of a command line.
pub fn flash_size(word: &OsString) -> Result<u32, Failure> {
    let size = u32::try_from(number(word, "a size")?).ok();
    size.filter(|size| size.is_multiple_of(BLOCK as u32) && *size >= table::LEAST)
        .ok_or_else(|| usage("a flash has 1M or more, in whole blocks of 4K"))
}

/// The flash of a device to be.
pub struct Filler {
    flash: Shared<Chip>,
    window: Window,
    table: Table,
    slots: u8,
    model: Model,
}

impl Filler {
    /// Takes a flash with its partition table; `standard` is written where there is none.
    pub fn new(
        chip: Chip,
        place: Place,
        standard: &Table,
        slots: u8,
        model: Model,
    ) -> Result<Self, Failure> {
        let window = chip.window();
        let mut flash = Shared::new(chip);
        let table = match Table::read(&mut flash, place) {
            Err(TableError::Magic(_)) => {
                standard.write(&mut flash, place).map_err(Failure::new)?;
                standard.try_clone()
            }
            other => other,
        };
        Ok(Self {
            flash,
            window,
            table: table.map_err(Failure::new)?,
            slots,
            model,
        })
    }

    /// Installs images, those that are not there already.
    pub fn load(&mut self, loads: &[Load]) -> Result<(), Failure> {
        if loads.is_empty() {
            return Ok(());
        }
        let layout = self
            .table
            .layout(Chip::ERASE_SIZE as u32, self.slots, SYSTEM_SLOT)
            .ok_or_else(|| Failure::new("the flash has no LFS partition"))?;
        let mapped = Mapped {
            flash: self.flash.clone(),
            map: self.window.clone(),
        };
        let mut store = Store::open(mapped, layout, self.model).map_err(Failure::new)?;
        for load in loads {
            let bytes = read(&load.path)?;
            let id = lfs_format::image::words_from_bytes(&bytes)
                .ok()
                .and_then(|words| {
                    let image = lfs_format::image::Image::new(&words).ok()?;
                    Some(image.build_id())
                });
            let there = store
                .selected(load.region)
                .map(|selected| selected.build_id());
            if there.is_some() && there == id {
                continue;
            }
            install(&mut store, load.region, &bytes)
                .map_err(|error| Failure::of_file(&load.path, why(&error)))?;
        }
        Ok(())
    }

    /// Writes files into the file system, which is made if there is none.
    pub fn put(&mut self, puts: &[Put]) -> Result<(), Failure> {
        if puts.is_empty() {
            return Ok(());
        }
        let range = self
            .table
            .find(Role::FileSystem)
            .ok_or_else(|| Failure::new("the flash has no partition for files"))?
            .range();
        let size = range.end - range.start;
        let mut volume =
            Volume::new(self.flash.clone(), range.start, size).map_err(Failure::new)?;
        let mounted = match volume.mount() {
            Err(FileError::Corrupt) => volume.format().and_then(|()| volume.mount()),
            other => other,
        };
        mounted.map_err(Failure::new)?;
        for put in puts {
            let bytes = read(&put.path)?;
            let written = volume
                .open(put.name.as_bytes(), Mode::WRITE)
                .and_then(|file| {
                    let written = volume.write(file, &bytes);
                    let closed = volume.close(file);
                    written.and(closed)
                });
            written.map_err(|error| Failure::new(format_args!("{}: {error}", put.name)))?;
        }
        Ok(())
    }
}

fn install(
    store: &mut Store<Mapped<Shared<Chip>, Window>>,
    region: Region,
    bytes: &[u8],
) -> Result<(), lfs_format::store::Error> {
    if store.layout().slots(region) == 1 {
        // Nothing runs from the slot yet.
        store.request(region, b"", ImageOnly(bytes))?;
        return store.resume(ImageOnly(bytes));
    }
    let mut update = store.update()?;
    update.install(region, ImageOnly(bytes))?;
    update.commit(Acceptance::AtOnce)
}

/// An error with the details behind a text that users know.
fn why(error: &lfs_format::store::Error) -> String {
    match core::error::Error::source(error) {
        Some(source) => format!("{error} ({source})"),
        None => error.to_string(),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::of_file(path, error))
}
