//! Flash: the partition table, the store in the partition for LFS, the image that it selects.

use core::fmt;
use esp_hal::peripherals::FLASH;
use esp_port::drivers::esp32::{MapError, MappedFlash};
use esp_port::drivers::table::{self, IDF_OFFSET, ReadError};
use esp_port::partition::{Role, SECTOR};
use esp_storage::FlashStorage;
use lfs_format::store;

#[cfg(feature = "esp32c3")]
use esp_port::drivers::esp32::Esp32C3 as Chip;
#[cfg(feature = "esp32c6")]
use esp_port::drivers::esp32::Esp32C6 as Chip;

/// Sectors of the journal at the start of the partition; the first slot follows.
const JOURNAL_SECTORS: u32 = 3;

/// Why there is no image.
pub enum Error {
    Table(ReadError),
    NoPartition,
    Map(MapError),
    Store(store::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(error) => error.fmt(f),
            Self::NoPartition => f.write_str("the partition table has no partition for LFS"),
            Self::Map(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

/// The words of the image that the store of this chip selects; none if there is no image.
pub fn image(flash: FLASH<'static>) -> Result<&'static [u32], Error> {
    let mut flash = FlashStorage::new(flash);
    let table = table::idf(&mut flash, IDF_OFFSET).map_err(Error::Table)?;
    let lfs = table.find(Role::Lfs).ok_or(Error::NoPartition)?.range();
    let layout = table
        .layout(SECTOR, firmware::SLOTS, 0)
        .ok_or(Error::NoPartition)?;
    let raw = match table.find(Role::LfsJournal) {
        Some(_) => lfs.start,
        None => lfs.start + JOURNAL_SECTORS * SECTOR,
    };
    // SAFETY: this firmware is built for the chip, and takes its cache once.
    let cache = unsafe { Chip::take() };
    // SAFETY: the chip's own flash; nothing else maps or writes the partition.
    let flash = unsafe { MappedFlash::new(flash, cache, lfs) }.map_err(Error::Map)?;
    // SAFETY: what writes this flash is the store, which leaves the slots alone that run.
    let window = unsafe { flash.window() };
    firmware::selected(flash, window, layout, raw).map_err(Error::Store)
}
