//! The RAM table: the short strings that a program made and no ROM table has.
//!
//! The table holds pointers (`P`) to strings that its owner allocates and frees; it neither
//! marks nor owns them.

use hashbrown::{HashTable, TryReserveError};

/// Smallest capacity that [`InternTable::shrink`] gives back.
const SHRINK_FROM: usize = 32;

/// What a pointer to an interned string must answer.
pub trait RamString {
    /// The string's hash, as of [`hash`](fn@crate::hash).
    fn hash(&self) -> u32;
    /// Whether the string's text is `text`.
    fn eq_text(&self, text: &[u8]) -> bool;
}

/// Table of the short strings in RAM, each text at most once.
#[derive(Clone, Debug)]
pub struct InternTable<P> {
    strings: HashTable<P>,
}

impl<P> Default for InternTable<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> InternTable<P> {
    /// An empty table; it allocates nothing.
    pub const fn new() -> Self {
        Self {
            strings: HashTable::new(),
        }
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.strings.len()
    }

    /// Whether the table holds no string.
    pub fn is_empty(&self) -> bool {
        self.strings.is_empty()
    }

    /// Number of strings for which there is room without another allocation.
    pub fn capacity(&self) -> usize {
        self.strings.capacity()
    }

    /// Size of the table's heap block in bytes, without the strings.
    pub fn allocation_size(&self) -> usize {
        self.strings.allocation_size()
    }

    /// All strings, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &P> {
        self.strings.iter()
    }
}

impl<P: Copy + RamString> InternTable<P> {
    /// The string with this hash and text.
    #[inline]
    pub fn find(&self, hash: u32, text: &[u8]) -> Option<P> {
        self.strings
            .find(widen(hash), |string| {
                string.hash() == hash && string.eq_text(text)
            })
            .copied()
    }

    /// Makes room for `additional` more strings.
    ///
    /// # Errors
    ///
    /// The heap has no room; the table is unchanged.
    pub fn reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.strings.try_reserve(additional, hash_of)
    }

    /// Adds a string that the table does not hold, in room that [`reserve`](Self::reserve) made.
    /// Never allocates.
    ///
    /// Returns `false`, and adds nothing, if there is no room left.
    pub fn insert_reserved(&mut self, hash: u32, string: P) -> bool {
        if self.strings.capacity() == self.strings.len() {
            return false;
        }
        self.strings.insert_unique(widen(hash), string, hash_of);
        true
    }

    /// Takes out the string with this hash for which `is` holds, typically a comparison of
    /// pointers.
    pub fn remove(&mut self, hash: u32, mut is: impl FnMut(&P) -> bool) -> Option<P> {
        let entry = self
            .strings
            .find_entry(widen(hash), |string| is(string))
            .ok()?;
        Some(entry.remove().0)
    }

    /// Gives memory back when at most a quarter of the table is in use.
    ///
    /// It moves the strings to a smaller block; if the heap has no room for that the table stays
    /// as it is. Linear in the capacity: meant for the end of a collection.
    pub fn shrink(&mut self) {
        let len = self.strings.len();
        if self.strings.capacity() < SHRINK_FROM || len > self.strings.capacity() / 4 {
            return;
        }
        let mut smaller = HashTable::new();
        if smaller.try_reserve(len + len / 2, hash_of).is_err() {
            return;
        }
        for string in self.strings.drain() {
            // Room for all of them was reserved above: this does not allocate.
            smaller.insert_unique(widen(string.hash()), string, hash_of);
        }
        self.strings = smaller;
    }
}

/// One function for all uses: each closure would make code of its own of the table's growth.
fn hash_of<P: RamString>(string: &P) -> u64 {
    widen(string.hash())
}

/// The hash table takes its 7-bit tags from the top of a machine word: both halves must vary.
#[inline]
fn widen(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Number([u8; 4]);

    impl RamString for Number {
        fn hash(&self) -> u32 {
            crate::hash(&self.0)
        }
        fn eq_text(&self, text: &[u8]) -> bool {
            self.0 == text
        }
    }

    fn text(i: u32) -> [u8; 4] {
        i.to_le_bytes()
    }

    fn filled(n: u32) -> InternTable<Number> {
        let mut table = InternTable::new();
        for i in 0..n {
            table.reserve(1).expect("heap");
            assert!(table.insert_reserved(crate::hash(&text(i)), Number(text(i))));
        }
        table
    }

    fn find(table: &InternTable<Number>, i: u32) -> Option<Number> {
        table.find(crate::hash(&text(i)), &text(i))
    }

    #[test]
    fn insertion_needs_reserved_room() {
        let mut table = InternTable::new();
        assert_eq!((table.len(), table.allocation_size()), (0, 0));
        assert!(!table.insert_reserved(1, Number(text(1))));
        assert!(table.is_empty());
        table.reserve(1).expect("heap");
        let size = table.allocation_size();
        assert!(size > 0);
        let room = table.capacity();
        for i in 0..room as u32 {
            assert!(table.insert_reserved(crate::hash(&text(i)), Number(text(i))));
        }
        assert!(!table.insert_reserved(0, Number(text(99))));
        assert_eq!((table.len(), table.allocation_size()), (room, size));
    }

    #[test]
    fn strings_come_and_go() {
        let mut table = filled(1000);
        for i in (0..1000).step_by(2) {
            let gone = table.remove(crate::hash(&text(i)), |string| string.0 == text(i));
            assert_eq!(gone, Some(Number(text(i))));
        }
        assert_eq!(table.remove(crate::hash(&text(0)), |_| true), None);
        assert_eq!(table.remove(crate::hash(&text(1)), |_| false), None);
        for i in 0..1000 {
            assert_eq!(find(&table, i).is_some(), i % 2 == 1, "{i}");
        }
        assert_eq!(table.iter().count(), 500);
    }

    #[test]
    fn tombstones_do_not_eat_the_room_made() {
        let mut table = filled(28);
        for i in 28..20_000 {
            table.remove(crate::hash(&text(i - 28)), |_| true);
            table.reserve(1).expect("heap");
            assert!(
                table.insert_reserved(crate::hash(&text(i)), Number(text(i))),
                "{i}"
            );
        }
        assert!(
            table.allocation_size() < 1024,
            "{}",
            table.allocation_size()
        );
    }

    #[test]
    fn a_sparse_table_gives_memory_back() {
        let mut table = filled(1000);
        let full = table.allocation_size();
        table.shrink();
        assert_eq!(table.allocation_size(), full);
        for i in 10..1000 {
            table.remove(crate::hash(&text(i)), |_| true);
        }
        table.shrink();
        assert!(table.allocation_size() < full / 16);
        let mut left: Vec<u32> = table
            .iter()
            .map(|string| u32::from_le_bytes(string.0))
            .collect();
        left.sort_unstable();
        assert_eq!(left, (0..10).collect::<Vec<_>>());
        assert!((0..10).all(|i| find(&table, i).is_some()));
    }
}
