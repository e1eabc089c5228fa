//! Resources: named blobs of any bytes, each at a whole word.
//!
//! ```text
//! +0  n
//! +1  n entries, by ascending name: {name, data, length}: word offsets from the start of the image,
//!     length in bytes
//! ... data, in the order of the entries, each zero padded to a whole word
//! ```
//!
//! An image without resources has an empty section.

use rostrings::record::Record;
use rostrings::word::{self, load};

use crate::error::{Error, ErrorKind};
use crate::names::{Names, order, order_to};

/// Words of an entry.
const ENTRY: usize = 3;

/// The bytes of one resource, where they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource<'a> {
    words: &'a [u32],
    length: usize,
}

impl<'a> Resource<'a> {
    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The bytes as words; the last one is zero padded.
    pub fn words(&self) -> &'a [u32] {
        self.words
    }

    /// The bytes where they lie. On an ESP8266 prefer [`read`](Self::read), which loads whole words.
    pub fn bytes(&self) -> &'a [u8] {
        let bytes: &[u8] = bytemuck::cast_slice(self.words);
        bytes.get(..self.length).unwrap_or_default()
    }

    /// Copies bytes from `position` on until `out` is full or the resource ends; gives how many.
    pub fn read(&self, position: usize, out: &mut [u8]) -> usize {
        let wanted = self.length.saturating_sub(position).min(out.len());
        let (mut copied, mut at) = (0, position);
        while copied < wanted {
            let Some(word) = load(self.words, at / 4) else {
                break;
            };
            let bytes = word.to_le_bytes();
            let from = bytes.iter().skip(at % 4);
            let to = out.iter_mut().take(wanted).skip(copied);
            let mut step = 0;
            for (to, from) in to.zip(from) {
                *to = *from;
                step += 1;
            }
            copied += step;
            at += step;
        }
        copied
    }
}

/// View of the resource section; `image` are the words of the whole image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resources<'a> {
    image: &'a [u32],
    words: &'a [u32],
}

impl<'a> Resources<'a> {
    pub(crate) fn new(image: &'a [u32], words: &'a [u32]) -> Self {
        Self { image, words }
    }

    pub(crate) fn len(&self) -> usize {
        load(self.words, 0).unwrap_or(0) as usize
    }

    fn entry(&self, index: usize) -> Option<[u32; ENTRY]> {
        let at = index.checked_mul(ENTRY)?.checked_add(1)?;
        let entry = self.words.get(at..at.checked_add(ENTRY)?)?;
        let [name, data, length] = entry else {
            return None;
        };
        Some([word::read(name), word::read(data), word::read(length)])
    }

    /// Name and content of entry `index`.
    pub(crate) fn get(&self, index: usize) -> Option<(u32, Resource<'a>)> {
        if index >= self.len() {
            return None;
        }
        let [name, data, length] = self.entry(index)?;
        let (data, length) = (data as usize, length as usize);
        let words = self
            .image
            .get(data..data.checked_add(length.div_ceil(4))?)?;
        Some((name, Resource { words, length }))
    }

    /// The resource of this name.
    pub(crate) fn find(&self, names: &Names<'a>, text: &[u8]) -> Option<Resource<'a>> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let (name, resource) = self.get(middle)?;
            match order_to(&names.record(name)?, text) {
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Equal => return Some(resource),
                core::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Proves the section, which starts at word `start` of the image.
    pub(crate) fn verify(&self, names: &Names<'a>, start: usize) -> Result<(), Error> {
        if self.words.is_empty() {
            return Ok(());
        }
        let fault = |kind, at| Err(Error::new(kind, start + at));
        let len = self.len();
        // The entries are at least as many words as there are of them: no overflow after the test.
        if len == 0 || len > self.words.len() / ENTRY {
            return fault(ErrorKind::ResourceSize, 0);
        }
        let end = start + self.words.len();
        let mut place = start + 1 + len * ENTRY;
        let mut before: Option<Record<'a>> = None;
        for index in 0..len {
            let at = 1 + index * ENTRY;
            let [name, data, length] = self.entry(index).unwrap_or_default();
            let Some(record) = names.proved(name) else {
                return fault(ErrorKind::ResourceName, at);
            };
            if before.is_some_and(|before| order(&before, &record).is_ge()) {
                return fault(ErrorKind::ResourceOrder, at);
            }
            let words = (length as usize).div_ceil(4);
            if data as usize != place || place > end || words > end - place {
                return fault(ErrorKind::ResourcePlace, at + 1);
            }
            place += words;
            let tail = length % 4;
            if tail != 0 && load(self.image, place - 1).unwrap_or(0) >> (8 * tail) != 0 {
                return Err(Error::new(ErrorKind::ResourcePadding, place - 1));
            }
            before = Some(record);
        }
        if place != end {
            return fault(ErrorKind::ResourceSize, 0);
        }
        Ok(())
    }
}
