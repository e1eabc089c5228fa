//! Why a partition table is refused.

use core::fmt;

use embedded_storage::nor_flash::NorFlashErrorKind;

/// Why a partition table is refused. Offsets are in bytes: those of partitions in flash, those of the table in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// Not a partition table, at this offset of the table.
    Magic(u32),
    /// The table ends before its end mark.
    Truncated,
    /// The checksum over the table is wrong.
    Checksum,
    /// More partitions than [`MAX_PARTITIONS`](super::MAX_PARTITIONS).
    TooMany,
    /// A name that is too long, or has zeros in it.
    Name,
    /// A partition that is not made of whole sectors.
    Alignment(u32),
    /// A partition that is empty or reaches past the flash.
    Range(u32),
    /// A partition that overlaps another.
    Overlap(u32),
    /// A role that this kind of table has no number for.
    Role,
    /// NodeMCU's settings: no such name, or a value that is no multiple of a sector.
    Setting,
    /// NodeMCU's settings: not ascending, overlapping, or past the flash.
    SettingRange,
    /// The heap has no room.
    OutOfMemory,
    /// The driver of the flash failed.
    Flash(NorFlashErrorKind),
    /// Flash does not hold what was written.
    ReadBack,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Magic(at) => write!(f, "no partition table at {at:#x}"),
            Error::Truncated => f.write_str("partition table has no end"),
            Error::Checksum => f.write_str("checksum error in partition table"),
            Error::TooMany => f.write_str("too many partitions"),
            Error::Name => f.write_str("name of partition is too long"),
            Error::Alignment(at) => write!(f, "partition at {at:#x} is not whole sectors"),
            Error::Range(at) => write!(f, "partition at {at:#x} is not inside the flash"),
            Error::Overlap(at) => write!(f, "partition at {at:#x} overlaps another"),
            Error::Role => f.write_str("partition has no number in this kind of table"),
            Error::Setting => f.write_str("invalid partition setting"),
            Error::SettingRange => f.write_str("Partition value out of range"),
            Error::OutOfMemory => f.write_str("out of memory"),
            Error::Flash(kind) => write!(f, "flash: {kind}"),
            Error::ReadBack => f.write_str("flash does not hold the partition table written"),
        }
    }
}

impl core::error::Error for Error {}
