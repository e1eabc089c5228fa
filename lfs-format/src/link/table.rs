//! The string table: written window by window, and read where it lies to find strings again.

use embedded_storage::nor_flash::NorFlash;
use rostrings::builder::BuildError;
use rostrings::layout::{BUCKETS, bucket_bits, bucket_of, prefix_words};
use rostrings::record::{
    HASH_WORD, KIND_LONG, KIND_MASK, LONG_LEN_WORD, Record, SHORT_LEN_MASK, SHORT_LEN_SHIFT,
    record_words,
};
use rostrings::rom::MAX_BUCKET;

use super::error::{Fault, LinkError};
use super::inputs::{Inputs, Modules};
use super::plan::Plan;
use super::sheet::{Run, Sheet};
use super::window::{Twins, Window};
use crate::header::Section;
use crate::store::FlashMap;

/// Writes the table. The window holds all strings, or none.
pub(super) fn write<F: NorFlash + FlashMap, M: Modules>(
    inputs: &mut Inputs<'_, M>,
    plan: &Plan,
    mut window: Window,
    sheet: &mut Sheet<'_, F>,
) -> Result<Window, LinkError<M::Error>> {
    let mut buckets = Buckets::new(plan, sheet)?;
    let mut filled = window.rewind(buckets.bits);
    loop {
        if !filled {
            inputs.strings(&mut |record| {
                window.offer(record);
                Ok(())
            })?;
            window.close();
        }
        filled = false;
        if window.has_twins() {
            let mut twins = Twins::default();
            inputs.strings(&mut |record| twins.offer(&window, record))?;
            window.sort(&twins);
        }
        buckets.take(&mut window, sheet)?;
        inputs.strings(&mut |record| match window.claim(record) {
            Some(place) => sheet.put(place, record.words()),
            None => Ok(()),
        })?;
        if !window.is_written() {
            return Err(LinkError::Collision);
        }
        if !window.advance() {
            break;
        }
    }
    buckets.finish(sheet)?;
    Ok(window)
}

/// The bucket array in the making.
struct Buckets {
    run: Run,
    /// Place of the table, and of the next string.
    table: u32,
    at: u32,
    bits: u32,
    /// Buckets begun.
    begun: usize,
    in_bucket: usize,
    /// Where the records must end.
    end: u32,
}

impl Buckets {
    fn new<F: NorFlash + FlashMap>(plan: &Plan, sheet: &mut Sheet<'_, F>) -> Result<Self, Fault> {
        let bits = bucket_bits(plan.strings);
        let table = plan.start(Section::Strings);
        let mut run = Run::new(table);
        run.push(sheet, plan.strings)?;
        run.push(sheet, bits)?;
        Ok(Self {
            run,
            table,
            at: table + prefix_words(bits) as u32,
            bits,
            begun: 0,
            in_bucket: 0,
            end: plan.start(Section::Index),
        })
    }

    /// Gives the strings of a window their places.
    fn take<F: NorFlash + FlashMap>(
        &mut self,
        window: &mut Window,
        sheet: &mut Sheet<'_, F>,
    ) -> Result<(), Fault> {
        let end = window.place(self.at, |hash, at| {
            let bucket = bucket_of(hash, self.bits);
            self.begin(bucket + 1, at, sheet)?;
            self.in_bucket += 1;
            match self.in_bucket > MAX_BUCKET {
                true => Err(Fault::Strings(BuildError::BucketFull {
                    bucket: bucket as u32,
                })),
                false => Ok(()),
            }
        })?;
        self.at = end;
        // Fewer strings than were counted cannot be told from others here; more must not reach what lies behind.
        match end > self.end {
            true => Err(Fault::Collision),
            false => Ok(()),
        }
    }

    /// Begins buckets at word `at` of the image until `count` are begun.
    fn begin<F: NorFlash + FlashMap>(
        &mut self,
        count: usize,
        at: u32,
        sheet: &mut Sheet<'_, F>,
    ) -> Result<(), Fault> {
        while self.begun < count {
            self.begun += 1;
            self.in_bucket = 0;
            self.run.push(sheet, at - self.table)?;
        }
        Ok(())
    }

    fn finish<F: NorFlash + FlashMap>(mut self, sheet: &mut Sheet<'_, F>) -> Result<(), Fault> {
        if self.at != self.end {
            return Err(Fault::Collision);
        }
        self.begin((1 << self.bits) + 1, self.at, sheet)?;
        self.run.flush(sheet)
    }
}

/// Word of the image where the record of this text lies, found by reading the table.
pub(super) fn find<F: NorFlash + FlashMap>(
    plan: &Plan,
    sheet: &mut Sheet<'_, F>,
    record: &Record<'_>,
) -> Result<u32, Fault> {
    let table = plan.start(Section::Strings);
    let bucket = table + (BUCKETS + bucket_of(record.hash(), bucket_bits(plan.strings))) as u32;
    let mut at = table + sheet.word(bucket)?;
    let end = table + sheet.word(bucket + 1)?;
    while at < end {
        let hash = sheet.word(at + HASH_WORD as u32)?;
        if hash == record.hash() && sheet.holds(at, record.words())? {
            return Ok(at);
        }
        at += record_length(sheet, at)?;
    }
    Err(Fault::Collision)
}

/// Words of the record at word `at`.
fn record_length<F: NorFlash + FlashMap>(sheet: &mut Sheet<'_, F>, at: u32) -> Result<u32, Fault> {
    let header = sheet.word(at)?;
    let length = match header & KIND_MASK {
        KIND_LONG => sheet.word(at + LONG_LEN_WORD as u32)?,
        _ => header >> SHORT_LEN_SHIFT & SHORT_LEN_MASK,
    };
    Ok(record_words(length as usize) as u32)
}
