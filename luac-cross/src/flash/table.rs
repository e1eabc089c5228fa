//! The partition table of a flash that has none.

use esp_port::partition::{Error, Partition, Role, Table};

/// Smallest flash, in bytes.
pub const LEAST: u32 = 0x10_0000;
const FIRMWARE: u32 = 0x1_0000;
const MIB: u32 = 0x10_0000;

/// A table for a flash of so many bytes: firmware, LFS for the Application and the System, and the rest for files.
///
/// In 1 MiB the firmware has no place of its own: that is a size to try things out with.
pub fn standard(size: u32) -> Result<Table, Error> {
    let (firmware, lfs, system) = match size {
        0..0x20_0000 => (0x1_0000, 0x6_0000, 0x1_0000),
        0x20_0000..0x40_0000 => (MIB, 0x6_0000, 0x1_0000),
        _ => (MIB, 0xc_0000, 0x2_0000),
    };
    let mut table = Table::new();
    let mut at = FIRMWARE;
    for (role, length) in [
        (Role::Firmware, firmware),
        (Role::Lfs, lfs),
        (Role::LfsSystem, system),
    ] {
        table.add(Partition::new(role, at, length)?)?;
        at += length;
    }
    table.add(Partition::new(
        Role::FileSystem,
        at,
        size.saturating_sub(at),
    )?)?;
    table.check(size)?;
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_a_table() {
        for size in [LEAST, 2 * MIB, 4 * MIB, 16 * MIB] {
            let table = standard(size).unwrap();
            let files = table.find(Role::FileSystem).unwrap();
            assert_eq!(files.range().end, size);
            assert!(files.size() >= 0x4_0000, "{size:#x}");
        }
    }
}
