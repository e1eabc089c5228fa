//! What NodeMCU's Lua interface sees of a table.

use super::{Error, Partition, Role, SECTOR, Table};

/// A field of `node.getpartitiontable()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Setting {
    /// Offset of the LFS partition in flash.
    LfsAddr,
    /// Its size; 0: there is none.
    LfsSize,
    /// Offset of the file system.
    SpiffsAddr,
    /// Its size; 0: there is none.
    SpiffsSize,
}

impl Setting {
    /// All fields.
    pub const ALL: [Setting; 4] = [
        Setting::LfsAddr,
        Setting::LfsSize,
        Setting::SpiffsAddr,
        Setting::SpiffsSize,
    ];

    /// Its name in Lua.
    pub const fn name(self) -> &'static str {
        match self {
            Setting::LfsAddr => "lfs_addr",
            Setting::LfsSize => "lfs_size",
            Setting::SpiffsAddr => "spiffs_addr",
            Setting::SpiffsSize => "spiffs_size",
        }
    }
}

/// Fields given to `node.setpartitiontable`; those not given stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings([Option<u32>; 4]);

impl Settings {
    /// Sets a field by its name in Lua.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`]: "invalid partition setting" for an unknown name or a value that is no multiple of 4 KiB;
    /// [`Error::SettingRange`]: "Partition value out of range" for one that is no 32-bit unsigned number.
    pub fn set(&mut self, name: &[u8], value: i64) -> Result<(), Error> {
        let setting = Setting::ALL
            .into_iter()
            .find(|setting| setting.name().as_bytes() == name)
            .ok_or(Error::Setting)?;
        let value = u32::try_from(value).map_err(|_| Error::SettingRange)?;
        if !value.is_multiple_of(SECTOR) {
            return Err(Error::Setting);
        }
        self.0[setting as usize] = Some(value);
        Ok(())
    }

    /// A field that is set.
    pub fn get(&self, setting: Setting) -> Option<u32> {
        self.0[setting as usize]
    }
}

impl Table {
    /// What `node.getpartitiontable()` gives: 0 for a partition that is not there.
    pub fn settings(&self) -> Settings {
        let place = |role| {
            let range = self.find(role).map_or(0..0, Partition::range);
            [Some(range.start), Some(range.end - range.start)]
        };
        let ([a, b], [c, d]) = (place(Role::Lfs), place(Role::FileSystem));
        Settings([a, b, c, d])
    }

    /// The table with new places for LFS and the file system, in a flash of so many bytes.
    ///
    /// # Errors
    ///
    /// [`Error::SettingRange`]: "Partition value out of range" if the file system does not lie behind the LFS, or either overlaps another
    /// partition or reaches past the flash; [`Error::TooMany`], [`Error::OutOfMemory`].
    pub fn with_settings(&self, changes: &Settings, flash: u32) -> Result<Table, Error> {
        let mut settings = self.settings();
        for (setting, change) in settings.0.iter_mut().zip(changes.0) {
            *setting = change.or(*setting);
        }
        let [lfs, lfs_size, files, files_size] = settings.0.map(Option::unwrap_or_default);
        let lfs_end = lfs.checked_add(lfs_size).ok_or(Error::SettingRange)?;
        if lfs_size > 0 && files_size > 0 && files < lfs_end {
            return Err(Error::SettingRange);
        }
        let mut table = Table::new();
        for partition in &self.partitions {
            if !matches!(partition.role, Role::Lfs | Role::FileSystem) {
                table.add(*partition)?;
            }
        }
        for (role, offset, size) in [
            (Role::Lfs, lfs, lfs_size),
            (Role::FileSystem, files, files_size),
        ] {
            if size > 0 {
                let moved = Partition::new(role, offset, size).map_err(|_| Error::SettingRange)?;
                let before = self.find(role).map_or(moved.name, |before| before.name);
                table.add(Partition {
                    name: before,
                    ..moved
                })?;
            }
        }
        table.check(flash).map_err(|_| Error::SettingRange)?;
        Ok(table)
    }
}
