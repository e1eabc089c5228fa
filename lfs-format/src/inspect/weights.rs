//! How the bytes of an image are spent.

use core::fmt;

use crate::function::record;
use crate::header::{Section, WORDS};
use crate::image::{Image, Verified};

/// Bytes of an image by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Weights {
    /// Image header.
    pub header: u32,
    /// Bucket array of the string table.
    pub string_buckets: u32,
    /// Headers and hashes of strings.
    pub string_headers: u32,
    /// Texts of strings.
    pub string_texts: u32,
    /// Module index.
    pub index: u32,
    /// Function directory.
    pub directory: u32,
    /// Headers of functions.
    pub function_headers: u32,
    /// Number constants.
    pub numbers: u32,
    /// References to strings and children.
    pub references: u32,
    /// Upvalue descriptors.
    pub upvalues: u32,
    /// Instructions.
    pub code: u32,
    /// Debug records: sizes, source names, first and last lines.
    pub debug_headers: u32,
    /// Debug records: packed lines.
    pub lines: u32,
    /// Debug records: names and scopes of variables.
    pub variables: u32,
    /// Resource directory.
    pub resource_entries: u32,
    /// Resources.
    pub resources: u32,
    /// Zero bytes that fill up words.
    pub padding: u32,
}

impl Weights {
    /// Weighs an image.
    pub fn of(image: &Image<'_, Verified>) -> Self {
        let mut weights = Self {
            header: WORDS as u32 * 4,
            index: image.section(Section::Index).len() as u32 * 4,
            directory: image.section(Section::Directory).len() as u32 * 4,
            ..Self::default()
        };
        weights.add_strings(image);
        weights.add_functions(image);
        weights.add_resources(image);
        weights
    }

    fn add_strings(&mut self, image: &Image<'_, Verified>) {
        let mut records = 0;
        for (_, record) in image.strings().iter() {
            let (words, text_words) = (record.words().len(), record.text_words().len());
            records += words;
            self.string_headers += (words - text_words) as u32 * 4;
            self.string_texts += record.len() as u32;
            self.padding += (text_words * 4 - record.len()) as u32;
        }
        self.string_buckets = (image.section(Section::Strings).len() - records) as u32 * 4;
    }

    fn add_functions(&mut self, image: &Image<'_, Verified>) {
        for function in image.functions() {
            let slot = function.slot_words() * 4;
            let upvalues = u32::from(function.upvalues());
            self.function_headers += record::HEADER_WORDS as u32 * 4;
            self.numbers += function.numbers() * slot;
            self.references += (function.strings() + function.children()) * slot;
            self.upvalues += upvalues * 2;
            self.padding += upvalues % 2 * 2;
            self.code += function.code().len() as u32 * 4;
            if let Some(debug) = function.debug() {
                let stream = debug.stream_sizes();
                let names = (debug.references() - 1) * slot;
                self.debug_headers += 4 + slot + stream.head;
                self.variables += names + stream.variables;
                self.lines += stream.lines;
                self.padding += debug.words() * 4
                    - (4 + slot + names + stream.head + stream.variables + stream.lines);
            }
        }
    }

    fn add_resources(&mut self, image: &Image<'_, Verified>) {
        let mut data = 0;
        for (_, resource) in image.resources() {
            data += resource.words().len() as u32 * 4;
            self.resources += resource.len() as u32;
        }
        self.padding += data - self.resources;
        self.resource_entries = image.section(Section::Resources).len() as u32 * 4 - data;
    }

    /// The parts with their names, in the order of the fields.
    pub fn parts(&self) -> [(&'static str, u32); 17] {
        [
            ("header", self.header),
            ("string buckets", self.string_buckets),
            ("string headers", self.string_headers),
            ("string texts", self.string_texts),
            ("module index", self.index),
            ("function directory", self.directory),
            ("function headers", self.function_headers),
            ("number constants", self.numbers),
            ("references", self.references),
            ("upvalue descriptors", self.upvalues),
            ("code", self.code),
            ("debug headers", self.debug_headers),
            ("lines", self.lines),
            ("variable names", self.variables),
            ("resource directory", self.resource_entries),
            ("resources", self.resources),
            ("padding", self.padding),
        ]
    }

    /// All bytes: the length of the image.
    pub fn total(&self) -> u32 {
        self.parts().iter().map(|(_, bytes)| bytes).sum()
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        for (name, bytes) in self.parts() {
            if bytes > 0 {
                let share = u64::from(bytes) * 1000 / u64::from(total.max(1));
                writeln!(f, "{name:20} {bytes:>9} {:>3}.{} %", share / 10, share % 10)?;
            }
        }
        write!(f, "{:20} {total:>9}", "total")
    }
}
