//! Flash of a device, filled before the device starts: by the code that the device has too.

use crate::shell::{self, Failure};
use embedded_storage::nor_flash::NorFlash;
use esp_port::FlashMap;
use esp_port::files::{Error, Mode, Volume};
use esp_port::partition::{Role, Table};
use firmware::layout::Layout;
use lfs_format::model::Model;
use lfs_format::nor::NorModel;
use lfs_format::store::{Acceptance, Region, Store};
use std::fmt::Display;
use std::path::Path;

/// What is put into a flash.
#[derive(Default)]
pub struct Content<'c> {
    /// An image for the Application.
    pub image: Option<&'c Path>,
    /// Files, by the names they have on the device.
    pub files: &'c [(String, Vec<u8>)],
}

fn failure(what: &str, error: impl Display) -> Failure {
    Failure::new(
        format!("{what}: {error}"),
        "The layout of the emulated flash is in examples/firmware/src/layout.rs.",
    )
}

/// The bytes of a flash with erase blocks of `B` bytes.
pub fn fill<const B: usize>(layout: &Layout, content: &Content<'_>) -> Result<Vec<u8>, Failure> {
    let mut flash =
        NorModel::<B>::new(layout.blocks as usize).map_err(|error| failure("flash", error))?;
    let table = layout.table().map_err(|error| failure("table", error))?;
    table
        .write(&mut flash, Layout::PLACE)
        .map_err(|error| failure("table", error))?;
    if let Some(image) = content.image {
        install(&mut flash, &table, layout, image)?;
    }
    put(&mut flash, &table, content.files).map_err(|error| failure("files", error))?;
    let words = flash.words().iter();
    Ok(words.flat_map(|word| word.to_le_bytes()).collect())
}

fn install<F: NorFlash + FlashMap>(
    flash: F,
    table: &Table,
    layout: &Layout,
    image: &Path,
) -> Result<(), Failure> {
    let bytes = std::fs::read(image).map_err(|error| shell::file_failure(image, error))?;
    let places = table
        .layout(layout.block, Layout::SLOTS, layout.system_slot())
        .ok_or_else(|| failure("table", "no place for images"))?;
    let mut store =
        Store::open(flash, places, Model::Num32).map_err(|error| failure("store", error))?;
    let installed = store.update().and_then(|mut update| {
        update.install(Region::Application, &bytes[..])?;
        update.commit(Acceptance::AtOnce)
    });
    installed.map_err(|error| failure(&image.to_string_lossy(), error))
}

/// Makes the file system and writes files into it.
fn put<F: NorFlash>(flash: F, table: &Table, files: &[(String, Vec<u8>)]) -> Result<(), Error> {
    let range = table
        .find(Role::FileSystem)
        .ok_or(Error::NotMounted)?
        .range();
    let mut volume = Volume::new(flash, range.start, range.end - range.start)?;
    volume.format()?;
    volume.mount()?;
    for (name, bytes) in files {
        let file = volume.open(name.as_bytes(), Mode::WRITE)?;
        volume.write(file, bytes)?;
        volume.close(file)?;
    }
    Ok(())
}
