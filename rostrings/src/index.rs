//! A hash table of numbers that stand for things kept elsewhere.
//!
//! It knows neither the things nor their hashes, so that a program has its code once whatever they are.

use hashbrown::{HashTable, TryReserveError};

/// Numbers, found by the hashes of what they stand for.
///
/// ```
/// use rostrings::index::Index;
///
/// let texts = ["one", "two"];
/// let hash_of = |number: usize| rostrings::hash(texts[number].as_bytes());
/// let mut index = Index::new();
/// for number in 0..texts.len() {
///     index.insert(hash_of(number), number, &hash_of)?;
/// }
/// let found = index.find(rostrings::hash(b"two"), &mut |number| texts[number] == "two");
/// assert_eq!(found, Some(1));
/// # Ok::<(), hashbrown::TryReserveError>(())
/// ```
#[derive(Debug, Default)]
pub struct Index {
    numbers: HashTable<usize>,
}

/// A hash in both halves: the table takes bits from either end.
fn wide(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

impl Index {
    /// An empty index; it allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            numbers: HashTable::new(),
        }
    }

    /// The number with this hash that `is` accepts.
    #[inline(never)]
    pub fn find(&self, hash: u32, is: &mut dyn FnMut(usize) -> bool) -> Option<usize> {
        self.numbers.find(wide(hash), |&number| is(number)).copied()
    }

    /// Adds a number. `hash_of` gives the hashes of those that are there.
    ///
    /// # Errors
    ///
    /// Out of memory; the index is unchanged then.
    #[inline(never)]
    pub fn insert(
        &mut self,
        hash: u32,
        number: usize,
        hash_of: &dyn Fn(usize) -> u32,
    ) -> Result<(), TryReserveError> {
        let rehash = |&number: &usize| wide(hash_of(number));
        self.numbers.try_reserve(1, rehash)?;
        self.numbers.insert_unique(wide(hash), number, rehash);
        Ok(())
    }

    /// Removes a number, if it is there.
    #[inline(never)]
    pub fn remove(&mut self, hash: u32, number: usize) {
        let there = |&other: &usize| other == number;
        if let Ok(entry) = self.numbers.find_entry(wide(hash), there) {
            entry.remove();
        }
    }
}
