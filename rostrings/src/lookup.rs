//! Look-up of a short text: every mounted ROM table first, then RAM.

use crate::hash;
use crate::intern::{InternTable, RamString};
use crate::rom::RomTable;

/// Where a short text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Found<P> {
    /// In a ROM table.
    Rom {
        /// Index of the table among those given.
        table: usize,
        /// Word offset of the record from the start of that table.
        offset: u32,
    },
    /// In the RAM table.
    Ram(P),
    /// Nowhere.
    Absent {
        /// Hash of the text, for its insertion into the RAM table.
        hash: u32,
    },
}

/// Looks a text up; the first ROM table that has it wins.
///
/// Meant for texts of at most [`MAX_SHORT`](crate::MAX_SHORT) bytes; a longer one is always absent.
#[inline]
pub fn find<P: Copy + RamString>(
    roms: &[RomTable<'_>],
    ram: &InternTable<P>,
    text: &[u8],
) -> Found<P> {
    find_hashed(roms, ram, hash(text), text)
}

/// [`find`] for a text whose hash is known.
#[inline]
pub fn find_hashed<P: Copy + RamString>(
    roms: &[RomTable<'_>],
    ram: &InternTable<P>,
    hash: u32,
    text: &[u8],
) -> Found<P> {
    for (table, rom) in roms.iter().enumerate() {
        if let Some(offset) = rom.find(hash, text) {
            return Found::Rom { table, offset };
        }
    }
    match ram.find(hash, text) {
        Some(string) => Found::Ram(string),
        None => Found::Absent { hash },
    }
}
