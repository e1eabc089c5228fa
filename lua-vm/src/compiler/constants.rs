//! Constant pools: each function's constants, without duplicates.

use alloc::vec::Vec;
use rostrings::index::Index;

use super::error::{Outcome, Stop, push};

/// Pools up to this size are searched from end to end; larger ones through a hash table.
const LINEAR: usize = 16;

/// Constants of one kind, of all functions being compiled: a function's constants begin at its base and are
/// on top while it is the innermost one.
pub(super) struct Pool<T> {
    items: Vec<T>,
    index: Index,
}

impl<T: Copy + Eq> Pool<T> {
    pub(super) const fn new() -> Self {
        Self {
            items: Vec::new(),
            index: Index::new(),
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
        let found = self.index.find(hash(item), &mut |at| {
            at >= base && self.items.get(at) == Some(&item)
        });
        found.map(|at| at - base)
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
        let hash_at = |at: usize| self.items.get(at).map_or(0, |&item| hash(item));
        for at in from..self.items.len() {
            self.index
                .insert(hash_at(at), at, &hash_at)
                .map_err(|_| Stop::Memory)?;
        }
        Ok(count)
    }

    /// Forgets the constants of the innermost function.
    pub(super) fn truncate(&mut self, base: usize, hash: impl Fn(T) -> u32) {
        if self.items.len() - base > LINEAR {
            let items = self.items.get(base..).unwrap_or_default();
            for (position, &item) in items.iter().enumerate() {
                self.index.remove(hash(item), base + position);
            }
        }
        self.items.truncate(base);
    }
}

/// Spreads the bits of a number constant.
pub(super) fn hash_number(bits: u64) -> u32 {
    (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}
