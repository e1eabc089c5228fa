//! The strings of an image in the making.
//!
//! A compiler asks for the handle of every name it reads, also of those that are stripped later; so
//! strings are marked as they turn out to be used, and only those make the table.

use alloc::vec::Vec;

use rostrings::builder::{Builder, Layout, StringId};
use rostrings::record::Record;
use rostrings::rom::RomTable;

use super::{WriteError, reserve};
use crate::function::StringRef;

/// All texts, and whether the image uses them.
#[derive(Default)]
pub(super) struct Texts {
    builder: Builder,
    /// By the number of the string.
    known: Vec<(StringId, bool)>,
}

impl Texts {
    pub(super) fn insert(&mut self, text: &[u8]) -> Result<StringRef, WriteError> {
        reserve(&mut self.known, 1)?;
        let id = self.builder.insert(text)?;
        if id.index() == self.known.len() {
            self.known.push((id, false));
        }
        Ok(StringRef(id.index()))
    }

    pub(super) fn text(&self, string: StringRef) -> &[u8] {
        let known = self.known.get(string.0);
        known
            .and_then(|(id, _)| self.builder.text(*id))
            .unwrap_or_default()
    }

    /// Marks string `number` as used.
    pub(super) fn keep(&mut self, number: usize) {
        if let Some((_, used)) = self.known.get_mut(number) {
            *used = true;
        }
    }

    /// Lays out the used strings.
    pub(super) fn finish(self) -> Result<Table, WriteError> {
        let mut builder = Builder::new();
        let mut numbers = Vec::new();
        reserve(&mut numbers, self.known.len())?;
        for (id, used) in &self.known {
            numbers.push(if *used {
                Some(builder.insert(self.builder.text(*id).unwrap_or_default())?)
            } else {
                None
            });
        }
        drop(self);
        Ok(Table {
            layout: builder.finish()?,
            numbers,
        })
    }
}

/// The table of the used strings, and where each of the texts went.
pub(super) struct Table {
    layout: Layout,
    numbers: Vec<Option<StringId>>,
}

impl Table {
    pub(super) fn words(&self) -> &[u32] {
        self.layout.words()
    }

    /// Word offset, in the table, of string `number` of the texts.
    pub(super) fn offset(&self, number: usize) -> Option<u32> {
        self.layout.offset((*self.numbers.get(number)?)?)
    }

    pub(super) fn record(&self, number: usize) -> Option<Record<'_>> {
        RomTable::new(self.words())
            .ok()?
            .record(self.offset(number)?)
    }
}
