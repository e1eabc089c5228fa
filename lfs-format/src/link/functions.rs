//! Function and debug records with their strings found again, the directory, and the module index.

use alloc::vec::Vec;
use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use rostrings::word;

use super::error::{Fault, LinkError};
use super::inputs::{Inputs, Modules, with_record};
use super::plan::Plan;
use super::sheet::{Run, Sheet};
use super::table;
use crate::function::{FunctionView, record};
use crate::header::Section;
use crate::image::{Image, Verified};
use crate::index;
use crate::store::FlashMap;
use crate::stream;

/// Writes directory, functions and debug records; gives the places of the modules' main functions. `entries` is the number of
/// strings of a module that are remembered.
pub(super) fn write<F: NorFlash + FlashMap, M: Modules>(
    inputs: &mut Inputs<'_, M>,
    plan: &Plan,
    entries: usize,
    sheet: &mut Sheet<'_, F>,
) -> Result<Vec<u32>, LinkError<M::Error>> {
    let mut mains = Vec::new();
    mains.try_reserve_exact(inputs.len()).map_err(Fault::from)?;
    let mut out = Out {
        plan,
        sheet,
        known: Known::new(entries)?,
        number: 0,
        at: plan.start(Section::Functions),
        debug_at: plan.start(Section::Debug),
        directory: Run::new(plan.start(Section::Directory)),
        functions: Run::new(plan.start(Section::Functions)),
        debug: Run::new(plan.start(Section::Debug)),
    };
    inputs.pass(&mut |image| {
        let main = out.image(image)?;
        // Within the room that was reserved.
        mains.push(main);
        Ok(())
    })?;
    out.flush()?;
    Ok(mains)
}

/// What is written function by function.
struct Out<'s, 'u, F> {
    plan: &'s Plan,
    sheet: &'s mut Sheet<'u, F>,
    known: Known,
    /// Of the next function: its number, its place, and that of its debug record.
    number: u32,
    at: u32,
    debug_at: u32,
    directory: Run,
    functions: Run,
    debug: Run,
}

impl<F: NorFlash + FlashMap> Out<'_, '_, F> {
    /// Copies the functions of a module; gives the place of its main function.
    fn image(&mut self, image: &Image<'_, Verified>) -> Result<u32, Fault> {
        self.known.clear();
        let from = image.header().range(Section::Functions).start as u32;
        let main = image.modules().next().map_or(from, |(_, at)| at as u32);
        let main = self.at + main.saturating_sub(from);
        for function in image.functions() {
            self.directory.push(self.sheet, self.at)?;
            self.function(image, &function)?;
            self.number += 1;
        }
        Ok(main)
    }

    /// Copies a function and its debug record.
    fn function<'i>(
        &mut self,
        image: &Image<'i, Verified>,
        function: &FunctionView<'i>,
    ) -> Result<(), Fault> {
        let (start, width) = (function.at(), function.slot_words() as usize);
        let k = function.k() - start;
        let (at, number) = (self.at, self.number);
        let debug = function.debug();
        let debug_offset = debug.map_or(0, |_| self.debug_at.wrapping_sub(at));
        let origin = Origin {
            image,
            function,
            k_at: at + k as u32,
        };
        let slots = k..k + function.strings() as usize * width;
        let words = part(image, start, function.words());
        self.copy(
            Kind::Function,
            words,
            slots,
            &origin,
            |index, word| match index {
                record::HEADER => word & 0x00ff_ffff | number << 24,
                record::SIZES => word & 0x00ff_ffff | (number >> 8) << 24,
                record::DEBUG => debug_offset,
                _ => word,
            },
        )?;
        self.at += words.len() as u32;
        if let Some(debug) = debug {
            let start = start.wrapping_add_signed(function.debug_offset() as isize);
            let slots = 1..1 + debug.references() as usize * width;
            let words = part(image, start, debug.words());
            self.copy(Kind::Debug, words, slots, &origin, |_, word| word)?;
            self.debug_at += words.len() as u32;
        }
        Ok(())
    }

    /// Copies words, with the string slots among them linked anew and the others as `edit` has them.
    fn copy(
        &mut self,
        kind: Kind,
        words: &[u32],
        slots: Range<usize>,
        origin: &Origin<'_, '_>,
        edit: impl Fn(usize, u32) -> u32,
    ) -> Result<(), Fault> {
        let width = origin.function.slot_words() as usize;
        let mut linked = 0;
        for (index, word) in words.iter().enumerate() {
            let within = slots.contains(&index).then(|| index - slots.start);
            let word = match within.map(|within| within % width) {
                None => edit(index, word::read(word)),
                Some(0) => {
                    let old = stream::slot(words, index, width).unwrap_or(0);
                    linked = self.slot(origin, old)?;
                    linked as u32
                }
                Some(_) => (linked >> 32) as u32,
            };
            let run = match kind {
                Kind::Function => &mut self.functions,
                Kind::Debug => &mut self.debug,
            };
            run.push(self.sheet, word)?;
        }
        Ok(())
    }

    /// The slot of the string that `old` is the slot of.
    fn slot(&mut self, origin: &Origin<'_, '_>, old: i64) -> Result<u64, Fault> {
        if old == 0 {
            return Ok(0);
        }
        let at = origin.function.target(old).unwrap_or(0) as u32;
        let place = match self.known.get(at) {
            Some(place) => place,
            None => {
                let record = origin.image.string(origin.function, old);
                let record = record.ok_or(Fault::Collision)?;
                let place = table::find(self.plan, self.sheet, &record)?;
                self.known.put(at, place);
                place
            }
        };
        let offset = (i64::from(place) - i64::from(origin.k_at)) * 4;
        Ok((offset | old & record::SLOT_LONG) as u64)
    }

    fn flush(mut self) -> Result<(), Fault> {
        self.directory.flush(self.sheet)?;
        self.functions.flush(self.sheet)?;
        self.debug.flush(self.sheet)
    }
}

/// What is copied.
#[derive(Clone, Copy)]
enum Kind {
    Function,
    Debug,
}

/// The function that is copied, and where its constant base will be.
struct Origin<'i, 'v> {
    image: &'v Image<'i, Verified>,
    function: &'v FunctionView<'i>,
    k_at: u32,
}

/// So many words of an image from word `at` on.
fn part<'i>(image: &Image<'i, Verified>, at: usize, count: u32) -> &'i [u32] {
    let words = image.words().get(at..at + count as usize);
    words.unwrap_or_default()
}

/// Where strings of one module were found: its word in the module's image, and in the new image.
struct Known(Vec<(u32, u32)>);

impl Known {
    fn new(entries: usize) -> Result<Self, Fault> {
        let mut found = Vec::new();
        found.try_reserve_exact(entries)?;
        found.resize(entries, (0, 0));
        Ok(Self(found))
    }

    /// Forgets the strings of another module.
    fn clear(&mut self) {
        self.0.fill((0, 0));
    }

    fn entry(&mut self, at: u32) -> Option<&mut (u32, u32)> {
        let index = (at as usize).checked_rem(self.0.len())?;
        self.0.get_mut(index)
    }

    /// No string is at word 0 of an image.
    fn get(&mut self, at: u32) -> Option<u32> {
        let (known, place) = *self.entry(at)?;
        (known == at && at != 0).then_some(place)
    }

    fn put(&mut self, at: u32, place: u32) {
        if let Some(entry) = self.entry(at) {
            *entry = (at, place);
        }
    }
}

/// Writes the module index.
pub(super) fn write_index<F: NorFlash + FlashMap, M: Modules>(
    inputs: &Inputs<'_, M>,
    plan: &Plan,
    mains: &[u32],
    sheet: &mut Sheet<'_, F>,
) -> Result<(), Fault> {
    let mut run = Run::new(plan.start(Section::Index));
    run.push(sheet, index::head(inputs.len(), plan.slots.len()))?;
    for module in inputs.order() {
        let module = usize::from(*module);
        let name = with_record(inputs.name(module), |name| table::find(plan, sheet, name))?;
        run.push(sheet, name)?;
        run.push(sheet, mains.get(module).copied().unwrap_or(0))?;
    }
    for [low, high] in plan.slots.as_chunks::<2>().0 {
        run.push(sheet, u32::from(*low) | u32::from(*high) << 16)?;
    }
    run.flush(sheet)
}
