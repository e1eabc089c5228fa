//! ESP-IDF's binary partition table.
//!
//! Entries of 32 bytes: `AA 50`, type, subtype, offset, size (words), name (16 bytes), flags (word); then, optional, an entry `EB EB`
//! with 14 bytes `FF` and the MD5 sum of all entries before; then `FF` to the end of the table.

use alloc::vec::Vec;

use md5::{Digest, Md5};

use super::{Error, MAX_NAME, MAX_PARTITIONS, Partition, Role, Table, word};

/// Bytes of a table.
pub const TABLE_BYTES: usize = 0xc00;

const ENTRY: usize = 32;
const MAGIC: [u8; 2] = [0xaa, 0x50];
const SUM_MAGIC: [u8; 16] = [
    0xeb, 0xeb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];
const NAME: usize = 12;
const FLAGS: usize = 28;

/// Type that NodeMCU has on the ESP32 for partitions of its own.
const NODEMCU: u8 = 0xc2;

impl Role {
    /// Type and subtype.
    fn idf(self) -> (u8, u8) {
        match self {
            Role::Lfs => (NODEMCU, 0x01),
            Role::LfsSystem => (NODEMCU, 0x11),
            Role::LfsJournal => (NODEMCU, 0x12),
            Role::LfsKey => (NODEMCU, 0x13),
            Role::FileSystem => (0x01, 0x83),
            Role::Firmware => (0x00, 0x00),
            Role::Other { kind, subtype } => (kind, subtype),
        }
    }

    fn from_idf(kind: u8, subtype: u8) -> Role {
        let roles = [
            Role::Lfs,
            Role::LfsSystem,
            Role::LfsJournal,
            Role::LfsKey,
            Role::FileSystem,
            Role::Firmware,
        ];
        roles
            .into_iter()
            .find(|role| role.idf() == (kind, subtype))
            .unwrap_or(Role::Other { kind, subtype })
    }
}

impl Partition {
    fn from_idf(entry: &[u8; ENTRY]) -> Result<Self, Error> {
        let mut name = [0; MAX_NAME];
        name.copy_from_slice(&entry[NAME..FLAGS]);
        let field = |at| word(entry, at).unwrap_or(0);
        Self::placed(
            Role::from_idf(entry[2], entry[3]),
            name,
            field(4),
            field(8),
            field(FLAGS),
        )
    }

    fn to_idf(self) -> [u8; ENTRY] {
        let (kind, subtype) = self.role.idf();
        let mut entry = [0; ENTRY];
        entry[..2].copy_from_slice(&MAGIC);
        entry[2] = kind;
        entry[3] = subtype;
        entry[4..8].copy_from_slice(&self.offset.to_le_bytes());
        entry[8..NAME].copy_from_slice(&self.size.to_le_bytes());
        entry[NAME..FLAGS].copy_from_slice(&self.name);
        entry[FLAGS..].copy_from_slice(&self.flags.to_le_bytes());
        entry
    }
}

impl Table {
    /// Reads a table, with or without a sum.
    ///
    /// # Errors
    ///
    /// [`Error::Magic`], [`Error::Checksum`], [`Error::Truncated`]; [`Error::Alignment`] and [`Error::Range`] of a partition;
    /// [`Error::OutOfMemory`].
    pub fn from_idf(bytes: &[u8]) -> Result<Self, Error> {
        let mut table = Table::new();
        for (number, entry) in bytes.as_chunks::<ENTRY>().0.iter().enumerate() {
            let at = number * ENTRY;
            if entry.iter().all(|byte| *byte == 0xff) {
                return match number {
                    0 => Err(Error::Magic(0)),
                    _ => Ok(table),
                };
            }
            if entry.starts_with(&SUM_MAGIC) {
                let sum = Md5::digest(bytes.get(..at).unwrap_or_default());
                return match entry[SUM_MAGIC.len()..] == sum[..] {
                    true => Ok(table),
                    false => Err(Error::Checksum),
                };
            }
            if !entry.starts_with(&MAGIC) {
                return Err(Error::Magic(at as u32));
            }
            table.add(Partition::from_idf(entry)?)?;
        }
        Err(Error::Truncated)
    }

    /// The bytes of the table, [`TABLE_BYTES`] of them, with its sum.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn to_idf(&self) -> Result<Vec<u8>, Error> {
        const { assert!((MAX_PARTITIONS + 1) * ENTRY <= TABLE_BYTES) };
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(TABLE_BYTES)
            .map_err(|_| Error::OutOfMemory)?;
        for partition in &self.partitions {
            bytes.extend_from_slice(&partition.to_idf());
        }
        let sum = Md5::digest(&bytes);
        bytes.extend_from_slice(&SUM_MAGIC);
        bytes.extend_from_slice(&sum);
        bytes.resize(TABLE_BYTES, 0xff);
        Ok(bytes)
    }
}
