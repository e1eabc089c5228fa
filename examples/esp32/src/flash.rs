//! Flash: the partition table, and the range of it that the processor sees.

use core::fmt;

use esp_hal::peripherals::FLASH;
use esp_port::drivers::esp32::{MapError, MappedFlash};
use esp_port::partition::{self, Partition, Place, Role, Table};
use esp_storage::FlashStorage;

#[cfg(feature = "esp32c3")]
use esp_port::drivers::esp32::Esp32C3 as Cache;
#[cfg(feature = "esp32c6")]
use esp_port::drivers::esp32::Esp32C6 as Cache;

/// The flash of this chip.
pub type Flash = MappedFlash<FlashStorage<'static>, Cache>;

/// What keeps the firmware from booting.
pub enum Error {
    /// The partition table.
    Table(partition::Error),
    /// There is no partition for LFS.
    NoPartition,
    /// Flash cannot be mapped.
    Map(MapError),
    /// There is no memory for a Lua state.
    Lua(firmware::lua_vm::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(error) => error.fmt(f),
            Self::NoPartition => f.write_str("the partition table has no partition for LFS"),
            Self::Map(error) => error.fmt(f),
            Self::Lua(error) => error.fmt(f),
        }
    }
}

impl From<partition::Error> for Error {
    fn from(error: partition::Error) -> Self {
        Self::Table(error)
    }
}

/// The table of a flash that has none; that of partitions.csv, for 4 MiB.
pub fn default_table() -> Result<Table, Error> {
    let mut table = Table::new();
    for (role, offset, size) in [
        (Role::Firmware, 0x1_0000, 0x10_0000),
        (Role::Lfs, 0x11_0000, 0x10_0000),
        (Role::FileSystem, 0x21_0000, 0x1f_0000),
    ] {
        table.add(Partition::new(role, offset, size)?)?;
    }
    Ok(table)
}

/// Maps the partitions of the store.
pub fn open(flash: FLASH<'static>, default: &Table) -> Result<Flash, Error> {
    let mut flash = FlashStorage::new(flash);
    let found = Table::read(&mut flash, Place::ESP_IDF).ok();
    let table = found.as_ref().unwrap_or(default);
    let ranges = [Role::Lfs, Role::LfsSystem].map(|role| table.find(role).map(Partition::range));
    let start = ranges.iter().flatten().map(|range| range.start).min();
    let end = ranges.iter().flatten().map(|range| range.end).max();
    let (Some(start), Some(end)) = (start, end) else {
        return Err(Error::NoPartition);
    };
    // SAFETY: this firmware is built for the chip, and takes its cache once.
    let cache = unsafe { Cache::take() };
    // SAFETY: the chip's own flash; nothing else maps or writes the partitions.
    unsafe { MappedFlash::new(flash, cache, start..end) }.map_err(Error::Map)
}
