//! What the image will be: numbers and sizes, known before anything is erased.

use alloc::vec::Vec;

use rostrings::builder::BuildError;
use rostrings::hash;
use rostrings::layout::{bucket_bits, prefix_words};

use super::error::{Fault, LinkError};
use super::inputs::{self, Inputs, Modules};
use super::window::Window;
use crate::header::{Header, Section, WORDS};
use crate::index;
use crate::model::Model;
use crate::store;

/// Numbers and sizes of the new image.
pub(super) struct Plan {
    pub(super) sections: [u32; Section::COUNT],
    /// Words of the image.
    pub(super) length: u32,
    pub(super) strings: u32,
    pub(super) functions: usize,
    /// Slots of the module index.
    pub(super) slots: Vec<u16>,
}

/// What is added up in the first pass.
#[derive(Default)]
struct Sizes {
    functions: usize,
    records: u64,
    debug: u64,
}

impl Plan {
    /// Counts strings and adds up sizes: one pass, and one more for each further window of strings. Gives the window too,
    /// with all strings if they fit.
    pub(super) fn new<M: Modules>(
        inputs: &mut Inputs<'_, M>,
        window: usize,
    ) -> Result<(Self, Window), LinkError<M::Error>> {
        let slots = slots(inputs)?;
        let mut window = Window::new(window)?;
        let mut sizes = Sizes::default();
        inputs.names(&mut |name| {
            window.offer(name);
            Ok(())
        })?;
        inputs.pass(&mut |image| {
            sizes.functions += image.function_count();
            sizes.records += image.section(Section::Functions).len() as u64;
            sizes.debug += image.section(Section::Debug).len() as u64;
            inputs::strings(image, &mut |record| {
                window.offer(record);
                Ok(())
            })
        })?;
        if sizes.functions > usize::from(u16::MAX) + 1 {
            return Err(LinkError::TooManyFunctions);
        }
        let (mut strings, mut words) = (0, 0);
        loop {
            window.close();
            strings += window.len();
            words += window.words();
            if !window.advance() {
                break;
            }
            inputs.strings(&mut |record| {
                window.offer(record);
                Ok(())
            })?;
        }
        let strings = u32::try_from(strings).map_err(|_| Fault::Strings(BuildError::TooLarge))?;
        let lengths = [
            prefix_words(bucket_bits(strings)) as u64 + words,
            index::words(inputs.len(), slots.len()) as u64,
            sizes.functions as u64,
            sizes.records,
            sizes.debug,
            0,
        ];
        let mut sections = [0; Section::COUNT];
        let mut length = WORDS as u64;
        for (section, words) in sections.iter_mut().zip(lengths) {
            *section = length as u32;
            length = length.saturating_add(words);
        }
        let plan = Self {
            sections,
            length: u32::try_from(length).unwrap_or(u32::MAX),
            strings,
            functions: sizes.functions,
            slots,
        };
        Ok((plan, window))
    }

    /// Bytes of the image; an error if no slot could hold it.
    pub(super) fn bytes(&self) -> Result<u32, store::Error> {
        self.length.checked_mul(4).ok_or(store::Error::TooLarge {
            needed: u32::MAX,
            limit: u32::MAX / 4,
        })
    }

    pub(super) fn start(&self, section: Section) -> u32 {
        self.sections[section as usize]
    }

    pub(super) fn header(&self, model: Model, time: u64) -> Header {
        Header::unsealed(model, self.length, time, self.sections)
    }
}

/// Slots of the module index.
fn slots<M: Modules>(inputs: &Inputs<'_, M>) -> Result<Vec<u16>, LinkError<M::Error>> {
    let hashes = inputs
        .order()
        .iter()
        .map(|module| hash(inputs.name(usize::from(*module))));
    let slots = index::place(hashes).map_err(Fault::from)?;
    slots.ok_or(LinkError::TooManyModules)
}
