//! What lies where in the flash of the emulated machines.
//!
//! Known to the firmwares, and to the program that fills a flash before its machine starts.

use esp_port::partition::{Error, Partition, Place, Role, Table};

/// The flash of a machine. The partition table has the first erase block.
pub struct Layout {
    /// Bytes erased at a time.
    pub block: u32,
    /// Erase blocks.
    pub blocks: u32,
    /// The partitions, and how many blocks each has; what is left is for files.
    partitions: &'static [(Role, u32)],
}

/// The data flash of QEMU's machine `virt`: for the Application three blocks of journal and two slots of 1 MiB, two of 256 KiB for
/// the System.
pub const VIRT: Layout = Layout {
    block: 256 * 1024,
    blocks: 128,
    partitions: &[(Role::Lfs, 3 + 2 * 4), (Role::LfsSystem, 2)],
};

/// The data flash of QEMU's machine `sim`, made like that of an ESP8266: three blocks of journal and two slots of 512 KiB for the
/// Application.
pub const SIM: Layout = Layout {
    block: 4096,
    blocks: 512,
    partitions: &[(Role::Lfs, 3 + 2 * 128)],
};

impl Layout {
    /// Where the partition table lies.
    pub const PLACE: Place = Place::EspIdf(0);
    /// Slots for images of the Application.
    pub const SLOTS: u8 = 2;

    /// A partition for images of the System that is larger has two slots.
    pub const fn system_slot(&self) -> u32 {
        self.block
    }

    /// The table of a flash that has none.
    ///
    /// # Errors
    /// Out of memory.
    pub fn table(&self) -> Result<Table, Error> {
        let mut table = Table::new();
        let mut used = 1;
        for (role, blocks) in self.partitions {
            table.add(self.partition(*role, used, *blocks)?)?;
            used += blocks;
        }
        let left = self.blocks.saturating_sub(used);
        table.add(self.partition(Role::FileSystem, used, left)?)?;
        Ok(table)
    }

    fn partition(&self, role: Role, first: u32, blocks: u32) -> Result<Partition, Error> {
        Partition::new(role, first * self.block, blocks * self.block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_fill_the_flash() {
        let table = VIRT.table().unwrap_or_default();
        assert_eq!(table.check(VIRT.block * VIRT.blocks), Ok(()));
        let files = table.find(Role::FileSystem).map(Partition::range);
        assert_eq!(files, Some(14 * VIRT.block..128 * VIRT.block));
    }
}
