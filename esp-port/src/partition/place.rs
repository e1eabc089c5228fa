//! Where a partition table lies in flash, and in which form.

use alloc::vec::Vec;

use embedded_storage::nor_flash::{NorFlash, NorFlashError, ReadNorFlash};

use super::{Error, SECTOR, TABLE_BYTES, Table};

/// Where a partition table lies in flash, and in which form. It has an erase block of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Place {
    /// ESP-IDF's binary table, at this offset: 0x8000 unless the boot loader was built for another.
    EspIdf(u32),
    /// The ESP8266's items, at this offset.
    Esp8266(u32),
}

impl Place {
    /// Where boot loaders of the ESP32 family look.
    pub const ESP_IDF: Place = Place::EspIdf(0x8000);

    /// The offset, in bytes from the start of the flash.
    pub fn offset(self) -> u32 {
        match self {
            Place::EspIdf(offset) | Place::Esp8266(offset) => offset,
        }
    }
}

fn flash_error(error: impl NorFlashError) -> Error {
    Error::Flash(error.kind())
}

impl Table {
    /// Reads the table of a flash.
    ///
    /// # Errors
    ///
    /// [`Error::Flash`]; [`Error::Magic`] if there is none; whatever is wrong with it; [`Error::OutOfMemory`].
    pub fn read<F: ReadNorFlash>(flash: &mut F, place: Place) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(TABLE_BYTES)
            .map_err(|_| Error::OutOfMemory)?;
        bytes.resize(TABLE_BYTES, 0);
        flash
            .read(place.offset(), &mut bytes)
            .map_err(flash_error)?;
        match place {
            Place::EspIdf(_) => Table::from_idf(&bytes),
            Place::Esp8266(_) => Table::from_esp8266(&bytes),
        }
    }

    /// Writes the table, if it is not there already: erases its block, programs and reads back.
    ///
    /// Boot loaders look in one place only, so this is the one write to flash that a power cut can spoil: then the table has to be
    /// written again through the cable.
    ///
    /// # Errors
    ///
    /// [`Error::Flash`], [`Error::ReadBack`], [`Error::OutOfMemory`].
    pub fn write<F: NorFlash>(&self, flash: &mut F, place: Place) -> Result<(), Error> {
        let mut bytes = match place {
            Place::EspIdf(_) => self.to_idf()?,
            Place::Esp8266(_) => self.to_esp8266()?,
        };
        let whole = bytes
            .len()
            .next_multiple_of(F::WRITE_SIZE.max(F::READ_SIZE));
        bytes
            .try_reserve_exact(whole - bytes.len())
            .map_err(|_| Error::OutOfMemory)?;
        bytes.resize(whole, 0xff);
        if holds(flash, place.offset(), &bytes)? {
            return Ok(());
        }
        let block = (F::ERASE_SIZE as u32).max(SECTOR);
        flash
            .erase(place.offset(), place.offset() + block)
            .and_then(|()| flash.write(place.offset(), &bytes))
            .map_err(flash_error)?;
        match holds(flash, place.offset(), &bytes)? {
            true => Ok(()),
            false => Err(Error::ReadBack),
        }
    }
}

/// Whether flash holds these bytes.
fn holds<F: ReadNorFlash>(flash: &mut F, offset: u32, bytes: &[u8]) -> Result<bool, Error> {
    let mut found = Vec::new();
    found
        .try_reserve_exact(bytes.len())
        .map_err(|_| Error::OutOfMemory)?;
    found.resize(bytes.len(), 0);
    flash.read(offset, &mut found).map_err(flash_error)?;
    Ok(found == bytes)
}
