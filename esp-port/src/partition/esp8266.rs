//! The ESP8266's partition table.
//!
//! The SDK takes an array of items of three words: type, offset, size. In flash such an array is kept with a head of two words,
//! the bytes `LFSp` and the number of items, and behind it the CRC-32 of all words before: so a table that was torn is known.

use alloc::vec::Vec;

use super::{Error, MAX_NAME, Partition, Role, Table, word};

const MAGIC: u32 = u32::from_le_bytes(*b"LFSp");
const HEAD: usize = 8;
const ITEM: usize = 12;
const SUM: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
/// Type of a role that has no number here: its type and subtype follow in the low half.
const OTHER: u32 = 0xff00_0000;

impl Role {
    /// Number of the type. NodeMCU's are above 100: 102 is firmware, 103 and 104 LFS, 106 and 107 file systems; 108 and 109 are
    /// of this crate.
    fn esp8266(self) -> u32 {
        match self {
            Role::Firmware => 102,
            Role::Lfs => 103,
            Role::LfsSystem => 104,
            Role::FileSystem => 106,
            Role::LfsJournal => 108,
            Role::LfsKey => 109,
            // The SDK's own types, and those of NodeMCU that have no role here.
            Role::Other {
                kind: 0xff,
                subtype,
            } => u32::from(subtype),
            Role::Other { kind, subtype } => OTHER | u32::from(kind) << 8 | u32::from(subtype),
        }
    }

    fn from_esp8266(number: u32) -> Result<Role, Error> {
        Ok(match number {
            102 => Role::Firmware,
            103 => Role::Lfs,
            104 => Role::LfsSystem,
            106 => Role::FileSystem,
            108 => Role::LfsJournal,
            109 => Role::LfsKey,
            0..=0xff => Role::Other {
                kind: 0xff,
                subtype: number as u8,
            },
            _ if number & 0xffff_0000 == OTHER => Role::Other {
                kind: (number >> 8) as u8,
                subtype: number as u8,
            },
            _ => return Err(Error::Role),
        })
    }
}

impl Table {
    /// Reads a table. Names are those of the roles: the ESP8266 has none.
    ///
    /// # Errors
    ///
    /// [`Error::Magic`], [`Error::Checksum`], [`Error::Truncated`]; [`Error::Role`], [`Error::Alignment`] and [`Error::Range`] of an item;
    /// [`Error::TooMany`], [`Error::OutOfMemory`].
    pub fn from_esp8266(bytes: &[u8]) -> Result<Self, Error> {
        if word(bytes, 0) != Some(MAGIC) {
            return Err(Error::Magic(0));
        }
        let count = word(bytes, 4).ok_or(Error::Truncated)? as usize;
        if count > super::MAX_PARTITIONS {
            return Err(Error::TooMany);
        }
        let end = HEAD + count * ITEM;
        let covered = bytes.get(..end).ok_or(Error::Truncated)?;
        let sum = word(bytes, end).ok_or(Error::Truncated)?;
        if SUM.checksum(covered) != sum {
            return Err(Error::Checksum);
        }
        let mut table = Table::new();
        for item in covered.get(HEAD..).unwrap_or_default().chunks_exact(ITEM) {
            let field = |at| word(item, at).unwrap_or(0);
            let role = Role::from_esp8266(field(0))?;
            let partition = Partition::placed(role, [0; MAX_NAME], field(4), field(8), 0)?;
            table.add(partition.named(role.default_name())?)?;
        }
        Ok(table)
    }

    /// The bytes of the table.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn to_esp8266(&self) -> Result<Vec<u8>, Error> {
        let length = HEAD + self.partitions.len() * ITEM + 4;
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(length)
            .map_err(|_| Error::OutOfMemory)?;
        let mut put = |word: u32| bytes.extend_from_slice(&word.to_le_bytes());
        put(MAGIC);
        put(self.partitions.len() as u32);
        for partition in &self.partitions {
            put(partition.role.esp8266());
            put(partition.offset);
            put(partition.size);
        }
        let sum = SUM.checksum(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        Ok(bytes)
    }
}
