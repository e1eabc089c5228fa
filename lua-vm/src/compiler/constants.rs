//! Constant pools: each function's constants, without duplicates.

use alloc::vec::Vec;
use hashbrown::HashTable;

use super::error::{Outcome, Stop, push};

/// Pools up to this size are searched from end to end; larger ones through a hash table.
const LINEAR: usize = 16;

#[derive(Clone, Copy)]
struct Entry {
    hash: u32,
    index: u32,
}

impl Entry {
    fn hash(&self) -> u64 {
        u64::from(self.hash)
    }
}

/// Constants of one kind, of all functions being compiled: a function's constants begin at its base and are
/// on top while it is the innermost one.
pub(super) struct Pool<T> {
    items: Vec<T>,
    index: HashTable<Entry>,
}

impl<T: Copy + Eq> Pool<T> {
    pub(super) const fn new() -> Self {
        Self {
            items: Vec::new(),
            index: HashTable::new(),
        }
    }

    /// Number of constants of all functions: the base of a function that begins now.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The constants of the function with this base.
    pub(super) fn items(&self, base: usize) -> &[T] {
        self.items.get(base..).unwrap_or_default()
    }

    /// The number of a constant within its function, if it is there.
    pub(super) fn find(&self, base: usize, item: T, hash: impl Fn(T) -> u32) -> Option<usize> {
        let items = self.items(base);
        if items.len() <= LINEAR {
            return items.iter().position(|&other| other == item);
        }
        let found = self.index.find(u64::from(hash(item)), |entry| {
            let at = entry.index as usize;
            at >= base && self.items.get(at) == Some(&item)
        });
        found.map(|entry| entry.index as usize - base)
    }

    /// Adds a constant that [`Pool::find`] did not find and returns its number.
    pub(super) fn add(&mut self, base: usize, item: T, hash: impl Fn(T) -> u32) -> Outcome<usize> {
        let count = self.items.len() - base;
        push(&mut self.items, item)?;
        let from = match count {
            0..LINEAR => return Ok(count),
            LINEAR => base,
            _ => base + count,
        };
        let items = self.items.get(from..).unwrap_or_default();
        self.index
            .try_reserve(items.len(), Entry::hash)
            .map_err(|_| Stop::Memory)?;
        for (position, &item) in items.iter().enumerate() {
            let entry = Entry {
                hash: hash(item),
                index: (from + position) as u32,
            };
            self.index.insert_unique(entry.hash(), entry, Entry::hash);
        }
        Ok(count)
    }

    /// Forgets the constants of the innermost function.
    pub(super) fn truncate(&mut self, base: usize, hash: impl Fn(T) -> u32) {
        if self.items.len() - base > LINEAR {
            let items = self.items.get(base..).unwrap_or_default();
            for (position, &item) in items.iter().enumerate() {
                let index = (base + position) as u32;
                let entry = self
                    .index
                    .find_entry(u64::from(hash(item)), |entry| entry.index == index);
                if let Ok(entry) = entry {
                    entry.remove();
                }
            }
        }
        self.items.truncate(base);
    }
}

/// Spreads the bits of a number constant.
pub(super) fn hash_number(bits: u64) -> u32 {
    (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}
