//! Builds images: a [`Sink`] for a compiler, and modules and resources beside.
//!
//! The same calls in the same order give the same words. An image is verified before it is handed out.

mod error;
mod place;
mod strings;

use alloc::vec::Vec;

use rostrings::record::ROM_COLOUR;

pub use self::error::WriteError;

use self::place::{Place, link_slots};
use self::strings::{Table, Texts};
use crate::checksum;
use crate::function::{
    self, FunctionParts, FunctionRef, FunctionView, Sink, StringRef, StripLevel, flags, record,
};
use crate::header::{Header, Section, WORDS};
use crate::image::Image;
use crate::index::{self, MAX_MODULES};
use crate::model::Model;
use crate::names::MAX_NAME;

/// Longest image: a 32-bit slot reaches 2 GiB to either side.
const MAX_WORDS: usize = 0x1fff_ffff;

/// What is said of a build, beside its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BuildInfo {
    /// Seconds since 1970-01-01 UTC; not part of the build id.
    pub time: u64,
}

/// Where the parts of a function lie in the writer's buffers.
#[derive(Clone, Copy)]
struct Placed {
    record: usize,
    debug: usize,
    debug_words: usize,
}

struct Blob {
    name: StringRef,
    start: usize,
    length: usize,
}

/// Collects strings, functions, modules and resources, and lays out the image.
///
/// ```
/// use lfs_format::function::{FunctionParts, Sink, flags};
/// use lfs_format::isa::{Instruction, Op};
/// use lfs_format::{image::Image, model::Model, write::{BuildInfo, ImageWriter}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut writer = ImageWriter::new(Model::Num32);
/// let source = writer.string(b"@empty.lua")?;
/// let main = writer.function(&FunctionParts {
///     code: &[Instruction::abc(Op::Return0, 0, 0, 0).0],
///     lines: &[1],
///     frame_size: 2,
///     flags: flags::MAIN | flags::SHAREABLE,
///     source: Some(source),
///     ..FunctionParts::default()
/// })?;
/// writer.add_module(b"empty", main)?;
/// let words = writer.finish(&BuildInfo { time: 1_700_000_000 })?;
/// assert!(Image::new(&words)?.verify()?.module(b"empty").is_some());
/// # Ok(())
/// # }
/// ```
pub struct ImageWriter {
    model: Model,
    strip: StripLevel,
    limit: usize,
    strings: Texts,
    functions: Vec<Placed>,
    /// Records. Their string slots hold string ids until the image is laid out.
    records: Vec<u32>,
    /// Debug records, likewise.
    debug: Vec<u32>,
    modules: Vec<(StringRef, FunctionRef)>,
    resources: Vec<Blob>,
    blobs: Vec<u32>,
}

impl ImageWriter {
    /// A writer of images for `model`, which keeps all debug information and has no size limit.
    pub fn new(model: Model) -> Self {
        Self {
            model,
            strip: StripLevel::None,
            limit: MAX_WORDS * 4,
            strings: Texts::default(),
            functions: Vec::new(),
            records: Vec::new(),
            debug: Vec::new(),
            modules: Vec::new(),
            resources: Vec::new(),
            blobs: Vec::new(),
        }
    }

    /// How much debug information later functions keep.
    pub fn set_strip(&mut self, strip: StripLevel) -> &mut Self {
        self.strip = strip;
        self
    }

    /// Most bytes the image may have: the room of a flash slot.
    pub fn set_limit(&mut self, bytes: usize) -> &mut Self {
        self.limit = bytes.min(MAX_WORDS * 4);
        self
    }

    /// Makes `text` a string of the image although no function may name it, so that a program which
    /// makes it at run time finds it in flash.
    ///
    /// # Errors
    ///
    /// [`WriteError::OutOfMemory`], or a text too large.
    pub fn add_string(&mut self, text: &[u8]) -> Result<StringRef, WriteError> {
        let id = self.strings.insert(text)?;
        self.strings.keep(id.0);
        Ok(id)
    }

    fn add_name(&mut self, name: &[u8]) -> Result<StringRef, WriteError> {
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(WriteError::NameLength);
        }
        self.add_string(name)
    }

    /// Lists `main` as the module `name`.
    ///
    /// # Errors
    ///
    /// If the name is taken or malformed, or `main` is not the main function of a chunk.
    pub fn add_module(&mut self, name: &[u8], main: FunctionRef) -> Result<(), WriteError> {
        let placed = self.placed(main).ok_or(WriteError::ForeignHandle)?;
        let header = self.records.get(placed.record).copied().unwrap_or(0);
        if (header >> record::FLAGS_SHIFT) as u8 & flags::MAIN == 0 {
            return Err(WriteError::NotMain);
        }
        let name = self.add_name(name)?;
        if self.modules.len() == MAX_MODULES {
            return Err(WriteError::TooManyModules);
        }
        // In the order of the index as they come.
        let text = |name| self.strings.text(name);
        let found = self
            .modules
            .binary_search_by(|entry| text(entry.0).cmp(text(name)));
        match found {
            Ok(_) => Err(WriteError::DuplicateModule),
            Err(at) => {
                reserve(&mut self.modules, 1)?;
                self.modules.insert(at, (name, main));
                Ok(())
            }
        }
    }

    /// Adds a resource.
    ///
    /// # Errors
    ///
    /// If the name is taken or malformed, or memory runs out.
    pub fn add_resource(&mut self, name: &[u8], bytes: &[u8]) -> Result<(), WriteError> {
        let name = self.add_name(name)?;
        let text = |name| self.strings.text(name);
        let found = self
            .resources
            .binary_search_by(|blob| text(blob.name).cmp(text(name)));
        let Err(at) = found else {
            return Err(WriteError::DuplicateResource);
        };
        if bytes.len() > MAX_WORDS * 4 {
            return Err(self.too_large(bytes.len() / 4));
        }
        reserve(&mut self.resources, 1)?;
        reserve(&mut self.blobs, bytes.len().div_ceil(4))?;
        let blob = Blob {
            name,
            start: self.blobs.len(),
            length: bytes.len(),
        };
        for chunk in bytes.chunks(4) {
            let mut padded = [0; 4];
            for (to, from) in padded.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.blobs.push(u32::from_le_bytes(padded));
        }
        self.resources.insert(at, blob);
        Ok(())
    }

    /// Bytes that functions and resources take so far; strings and the directories come on top.
    pub fn size(&self) -> usize {
        (self.records.len() + self.debug.len() + self.blobs.len()) * 4
    }

    fn placed(&self, function: FunctionRef) -> Option<Placed> {
        self.functions.get(function.0).copied()
    }

    fn too_large(&self, words: usize) -> WriteError {
        WriteError::TooLarge {
            needed: words.saturating_mul(4),
            limit: self.limit,
        }
    }

    /// Lays out, verifies and returns the words of the image; as little-endian bytes they are the file.
    ///
    /// # Errors
    ///
    /// See [`WriteError`].
    pub fn finish(mut self, build: &BuildInfo) -> Result<Vec<u32>, WriteError> {
        self.keep_strings();
        let table = core::mem::take(&mut self.strings).finish()?;
        let slots = self.index_slots(&table)?;
        let index = index::words(self.modules.len(), slots.len());
        let resources = match self.resources.len() {
            0 => 0,
            resources => 1 + 3 * resources + self.blobs.len(),
        };
        let mut sections = [0; Section::COUNT];
        let mut length = WORDS;
        let lengths = [
            table.words().len(),
            index,
            self.functions.len(),
            self.records.len(),
            self.debug.len(),
            resources,
        ];
        for (section, words) in sections.iter_mut().zip(lengths) {
            *section = length as u32;
            length = length.saturating_add(words);
        }
        if length > self.limit / 4 {
            return Err(self.too_large(length));
        }
        let place = Place {
            sections,
            strings: &table,
        };
        self.link(&place);

        let mut image = Vec::new();
        reserve(&mut image, length)?;
        image.resize(WORDS, 0);
        image.extend_from_slice(table.words());
        self.write_index(&mut image, &place, &slots);
        image.extend(self.functions.iter().map(|placed| place.function(placed)));
        image.append(&mut self.records);
        image.append(&mut self.debug);
        self.write_resources(&mut image, &place);
        let header = Header::unsealed(self.model, image.len() as u32, build.time, sections);
        let header: [u32; WORDS] = zerocopy::transmute!(header);
        for (to, from) in image.iter_mut().zip(header) {
            *to = from;
        }
        seal(&mut image);
        Image::new(&image)
            .and_then(|image| image.verify())
            .map_err(WriteError::Invalid)?;
        Ok(image)
    }

    /// Marks the strings that functions and their debug records refer to.
    fn keep_strings(&mut self) {
        let width = self.model.slot_words() as usize;
        let strings = &mut self.strings;
        let mut keep = |words: &[u32], at: usize, count: usize| {
            for slot in words.iter().skip(at).step_by(width).take(count) {
                if let Some(number) = slot.checked_sub(1) {
                    strings.keep(number as usize);
                }
            }
        };
        for placed in &self.functions {
            if let Ok(view) = FunctionView::new(&self.records, placed.record, width as u32) {
                keep(&self.records, view.k(), view.strings() as usize);
            }
            if placed.debug_words > 0 {
                let references = self.debug.get(placed.debug).map_or(0, |word| word >> 16);
                keep(&self.debug, placed.debug + 1, references as usize);
            }
        }
    }

    /// Slots of the module index.
    fn index_slots(&self, strings: &Table) -> Result<Vec<u16>, WriteError> {
        if self.modules.is_empty() {
            return Ok(Vec::new());
        }
        let hashes = self
            .modules
            .iter()
            .map(|(name, _)| strings.record(name.0).map_or(0, |name| name.hash()));
        match index::place(hashes) {
            Ok(Some(slots)) => Ok(slots),
            Ok(None) => Err(WriteError::TooManyModules),
            Err(_) => Err(WriteError::OutOfMemory),
        }
    }

    /// Replaces string ids in slots by offsets, and sets what depends on the place of a record.
    fn link(&mut self, place: &Place<'_>) {
        let width = self.model.slot_words() as usize;
        for (number, placed) in self.functions.iter().enumerate() {
            let function_at = place.function(placed) as usize;
            let Ok(view) = FunctionView::new(&self.records, placed.record, width as u32) else {
                continue;
            };
            let k = view.k();
            let (k_at, strings) = (k - placed.record + function_at, view.strings() as usize);
            if let Some(record) = self.records.get_mut(placed.record..) {
                let number = number as u32;
                record[record::HEADER] |= ROM_COLOUR | (number & 0xff) << 24;
                record[record::SIZES] |= (number >> 8 & 0xff) << 24;
                if placed.debug_words > 0 {
                    let debug_at = place.start(Section::Debug) + placed.debug;
                    record[record::DEBUG] = (debug_at as u32).wrapping_sub(function_at as u32);
                }
            }
            link_slots(&mut self.records, k, width, strings, k_at, place);
            if placed.debug_words > 0 {
                let references = self.debug.get(placed.debug).map_or(0, |word| word >> 16);
                let first = placed.debug + 1;
                link_slots(
                    &mut self.debug,
                    first,
                    width,
                    references as usize,
                    k_at,
                    place,
                );
            }
        }
    }

    fn write_index(&self, image: &mut Vec<u32>, place: &Place<'_>, slots: &[u16]) {
        if self.modules.is_empty() {
            return;
        }
        image.push(index::head(self.modules.len(), slots.len()));
        for (name, main) in &self.modules {
            image.push(place.string(*name));
            image.push(
                self.placed(*main)
                    .map_or(0, |placed| place.function(&placed)),
            );
        }
        let (pairs, _) = slots.as_chunks::<2>();
        image.extend(
            pairs
                .iter()
                .map(|[low, high]| u32::from(*low) | u32::from(*high) << 16),
        );
    }

    fn write_resources(&self, image: &mut Vec<u32>, place: &Place<'_>) {
        if self.resources.is_empty() {
            return;
        }
        image.push(self.resources.len() as u32);
        let mut data = place.start(Section::Resources) + 1 + 3 * self.resources.len();
        for blob in &self.resources {
            image.extend([place.string(blob.name), data as u32, blob.length as u32]);
            data += blob.length.div_ceil(4);
        }
        for blob in &self.resources {
            let words = blob.start..blob.start + blob.length.div_ceil(4);
            image.extend_from_slice(self.blobs.get(words).unwrap_or_default());
        }
    }
}

fn reserve<T>(list: &mut Vec<T>, additional: usize) -> Result<(), WriteError> {
    list.try_reserve(additional)
        .map_err(|_| WriteError::OutOfMemory)
}

impl Sink for ImageWriter {
    type Error = WriteError;

    fn string(&mut self, text: &[u8]) -> Result<StringRef, WriteError> {
        self.strings.insert(text)
    }

    fn text(&self, string: StringRef) -> &[u8] {
        self.strings.text(string)
    }

    fn function(&mut self, parts: &FunctionParts<'_>) -> Result<FunctionRef, WriteError> {
        if self.functions.len() > usize::from(u16::MAX) {
            return Err(WriteError::TooManyFunctions);
        }
        let layout = function::layout(parts, self.model.slot_words(), self.strip)?;
        let (total, debug_words) = (layout.total as usize, layout.debug as usize);
        let placed = Placed {
            record: self.records.len(),
            debug: self.debug.len(),
            debug_words,
        };
        let needed = (self.size() / 4).saturating_add(total + debug_words);
        if needed > self.limit / 4 {
            return Err(self.too_large(needed));
        }
        if parts
            .children
            .iter()
            .any(|child| self.placed(*child).is_none())
        {
            return Err(WriteError::ForeignHandle);
        }
        reserve(&mut self.functions, 1)?;
        reserve(&mut self.records, total)?;
        reserve(&mut self.debug, debug_words)?;
        self.records.resize(placed.record + total, 0);
        self.debug.resize(placed.debug + debug_words, 0);
        let (before, record) = self.records.split_at_mut(placed.record);
        let k = before.len() as i64 + i64::from(layout.k);
        let functions = &self.functions;
        function::encode(
            parts,
            &layout,
            record,
            self.debug.get_mut(placed.debug..).unwrap_or_default(),
            0,
            &mut |string| string.0 as u64 + 1,
            &mut |child: FunctionRef| {
                let record = functions.get(child.0).map_or(0, |placed| placed.record);
                ((record as i64 - k) * 4) as u64
            },
        )?;
        let id = FunctionRef(self.functions.len());
        self.functions.push(placed);
        Ok(id)
    }
}

/// Recomputes build id and checksums of an image whose words were changed. Nothing is done to
/// words shorter than a header.
///
/// For tools that edit images; [`ImageWriter::finish`] has done it already.
pub fn seal(image: &mut [u32]) {
    let Some((header, payload)) = image.split_at_mut_checked(WORDS) else {
        return;
    };
    let [
        _,
        _,
        features,
        model,
        ..,
        id_low,
        id_high,
        _,
        _,
        _,
        _,
        _,
        _,
        payload_crc,
        header_crc,
    ] = header
    else {
        return;
    };
    let id = checksum::build_id(*features, *model, payload);
    *id_low = id as u32;
    *id_high = (id >> 32) as u32;
    *payload_crc = checksum::crc32(payload);
    *header_crc = 0;
    let crc = checksum::crc32(header.get(..WORDS - 1).unwrap_or_default());
    if let Some(last) = header.last_mut() {
        *last = crc;
    }
}
