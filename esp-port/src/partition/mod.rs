//! Partition tables: one type for both families of chips.
//!
//! | module | idea |
//! |---|---|
//! | `idf` | ESP-IDF's binary table, as the ESP32 family and its tools have it |
//! | `esp8266` | the items of the ESP8266's SDK, with a checksum |
//! | `place` | where a table lies in flash |
//! | `nodemcu` | what `node.getpartitiontable` and `node.setpartitiontable` see of it |
//!
//! ```
//! use esp_port::partition::{Partition, Role, Table};
//!
//! let mut table = Table::new();
//! table.add(Partition::new(Role::Lfs, 0x11_0000, 0x4_0000)?)?;
//! table.add(Partition::new(Role::FileSystem, 0x15_0000, 0x10_0000)?)?;
//! table.check(0x40_0000)?;
//! let binary = table.to_idf()?;
//! assert_eq!(Table::from_idf(&binary)?, table);
//! # Ok::<(), esp_port::partition::Error>(())
//! ```

mod error;
mod esp8266;
mod idf;
mod nodemcu;
mod place;

use alloc::vec::Vec;
use core::ops::Range;

use lfs_format::store::{Layout, Region};

pub use error::Error;
pub use idf::TABLE_BYTES;
pub use nodemcu::{Setting, Settings};
pub use place::Place;

/// Partitions begin and end at multiples of so many bytes.
pub const SECTOR: u32 = 0x1000;
/// Longest name of a partition, in bytes.
pub const MAX_NAME: usize = 16;
/// Most partitions of a table.
pub const MAX_PARTITIONS: usize = 95;

/// What a partition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Role {
    /// Images of the Application; the journal too, if it has no partition of its own.
    Lfs,
    /// Images of the System.
    LfsSystem,
    /// The journal of the store.
    LfsJournal,
    /// The key that new images must be signed with.
    LfsKey,
    /// The file system: littlefs.
    FileSystem,
    /// Firmware that the chip starts if nothing else is chosen.
    Firmware,
    /// Anything else, by ESP-IDF's numbers, or the ESP8266's with type `0xff` for what has none there.
    Other {
        /// Type.
        kind: u8,
        /// Type within the type.
        subtype: u8,
    },
}

impl Role {
    /// The name a partition of this role has if it gets no other.
    fn default_name(self) -> &'static str {
        match self {
            Role::Lfs => "lfs",
            Role::LfsSystem => "lfs_system",
            Role::LfsJournal => "lfs_journal",
            Role::LfsKey => "lfs_key",
            Role::FileSystem => "littlefs",
            Role::Firmware => "factory",
            Role::Other { .. } => "",
        }
    }
}

/// A range of flash with a role and a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    role: Role,
    name: [u8; MAX_NAME],
    offset: u32,
    size: u32,
    flags: u32,
}

impl Partition {
    /// A partition of `size` bytes at `offset`, named after its role.
    ///
    /// # Errors
    ///
    /// [`Error::Alignment`], [`Error::Range`].
    pub fn new(role: Role, offset: u32, size: u32) -> Result<Self, Error> {
        Self::placed(role, [0; MAX_NAME], offset, size, 0)?.named(role.default_name())
    }

    /// With another name.
    ///
    /// # Errors
    ///
    /// [`Error::Name`] if it is longer than [`MAX_NAME`] bytes or has zeros in it.
    pub fn named(mut self, name: &str) -> Result<Self, Error> {
        let mut padded = [0; MAX_NAME];
        let place = padded.get_mut(..name.len()).ok_or(Error::Name)?;
        place.copy_from_slice(name.as_bytes());
        match name.contains('\0') {
            true => Err(Error::Name),
            false => {
                self.name = padded;
                Ok(self)
            }
        }
    }

    fn placed(
        role: Role,
        name: [u8; MAX_NAME],
        offset: u32,
        size: u32,
        flags: u32,
    ) -> Result<Self, Error> {
        if !offset.is_multiple_of(SECTOR) || !size.is_multiple_of(SECTOR) {
            return Err(Error::Alignment(offset));
        }
        if size == 0 || offset.checked_add(size).is_none() {
            return Err(Error::Range(offset));
        }
        Ok(Self {
            role,
            name,
            offset,
            size,
            flags,
        })
    }

    /// Its role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Its name, as bytes: tools allow any.
    pub fn name(&self) -> &[u8] {
        let end = self.name.iter().position(|byte| *byte == 0);
        self.name.get(..end.unwrap_or(MAX_NAME)).unwrap_or_default()
    }

    /// Where it lies, in bytes from the start of the flash.
    pub fn range(&self) -> Range<u32> {
        self.offset..self.offset + self.size
    }

    /// Its size in bytes.
    pub fn size(&self) -> u32 {
        self.size
    }
}

/// A partition table: partitions in the order of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    partitions: Vec<Partition>,
}

impl Table {
    /// A table without partitions.
    pub const fn new() -> Self {
        Self {
            partitions: Vec::new(),
        }
    }

    /// Adds a partition behind the others of the table.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`], [`Error::OutOfMemory`].
    pub fn add(&mut self, partition: Partition) -> Result<(), Error> {
        if self.partitions.len() == MAX_PARTITIONS {
            return Err(Error::TooMany);
        }
        self.partitions
            .try_reserve(1)
            .map_err(|_| Error::OutOfMemory)?;
        self.partitions.push(partition);
        Ok(())
    }

    /// A copy.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn try_clone(&self) -> Result<Self, Error> {
        let mut copy = Self::new();
        for partition in &self.partitions {
            copy.add(*partition)?;
        }
        Ok(copy)
    }

    /// Removes all partitions of a role.
    pub fn remove(&mut self, role: Role) {
        self.partitions.retain(|partition| partition.role != role);
    }

    /// The partitions.
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// The first partition of a role.
    pub fn find(&self, role: Role) -> Option<&Partition> {
        self.partitions
            .iter()
            .find(|partition| partition.role == role)
    }

    /// Checks that the partitions lie in a flash of so many bytes, and apart.
    ///
    /// # Errors
    ///
    /// [`Error::Range`], [`Error::Overlap`], with the offset of the first partition concerned.
    pub fn check(&self, flash: u32) -> Result<(), Error> {
        for (number, partition) in self.partitions.iter().enumerate() {
            let range = partition.range();
            if range.end > flash {
                return Err(Error::Range(range.start));
            }
            let others = self
                .partitions
                .iter()
                .skip(number + 1)
                .map(Partition::range);
            let mut hits =
                others.filter(|other| range.start < other.end && other.start < range.end);
            if hits.next().is_some() {
                return Err(Error::Overlap(range.start));
            }
        }
        Ok(())
    }

    /// The layout of the store, with so many slots for the images of the Application, on a chip with erase blocks of `erase` bytes.
    /// `None` if the table has no partition for it.
    ///
    /// System images have two slots if their partition is larger than `system_slot` bytes, else one.
    pub fn layout(&self, erase: u32, slots: u8, system_slot: u32) -> Option<Layout> {
        let lfs = self.find(Role::Lfs)?.range();
        let layout = match self.find(Role::LfsJournal) {
            Some(journal) => Layout::new(journal.range()).region(Region::Application, lfs, slots),
            None => Layout::application(lfs, erase, slots),
        };
        Some(match self.find(Role::LfsSystem) {
            Some(system) => {
                let slots = if system.size() > system_slot { 2 } else { 1 };
                layout.region(Region::System, system.range(), slots)
            }
            None => layout,
        })
    }
}

/// The little-endian word at a byte offset.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*word))
}
