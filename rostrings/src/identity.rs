//! When two located short strings are the same string.
//!
//! Short strings are interned, so mostly the address decides. Images are not linked against one
//! another, so the same text may lie in several ROM tables: then, and only then, the text
//! decides. The rule:
//!
//! | a | b | same string |
//! |---|---|---|
//! | RAM | RAM | same pointer |
//! | RAM | ROM | never: the RAM table holds no text that a mounted ROM table has |
//! | ROM | ROM, same table | same offset: a table holds a text once |
//! | ROM | ROM, another table | same stored hash, and same text |
//!
//! The second row leans on the order of things: ROM tables are mounted before the first string is
//! interned, and interning goes through [`lookup`](crate::lookup).

use crate::record::Record;
use crate::rom::RomTable;

/// A short string and where it lies.
#[derive(Clone, Copy, Debug)]
pub enum Located<'a, P> {
    /// In RAM, at this pointer.
    Ram(P),
    /// In a ROM table.
    Rom {
        /// Index of the table among the mounted ones.
        table: usize,
        /// Word offset of the record from the start of that table.
        offset: u32,
        /// The record itself.
        record: Record<'a>,
    },
}

impl<'a, P> Located<'a, P> {
    /// The string at `offset` of table number `table`; `None` if there is no record.
    pub fn rom(tables: &[RomTable<'a>], table: usize, offset: u32) -> Option<Self> {
        let record = tables.get(table)?.record(offset)?;
        Some(Self::Rom {
            table,
            offset,
            record,
        })
    }
}

/// Whether two located short strings are the same string, by the rule of this module.
#[inline]
pub fn same<P: PartialEq>(a: Located<'_, P>, b: Located<'_, P>) -> bool {
    match (a, b) {
        (Located::Ram(a), Located::Ram(b)) => a == b,
        (
            Located::Rom {
                table: a_table,
                offset: a_offset,
                record: a,
            },
            Located::Rom {
                table: b_table,
                offset: b_offset,
                record: b,
            },
        ) => {
            if a_table == b_table {
                a_offset == b_offset
            } else {
                a.hash() == b.hash() && a.same_text(&b)
            }
        }
        _ => false,
    }
}
