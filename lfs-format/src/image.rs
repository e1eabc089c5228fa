//! Images, unverified and verified.
//!
//! ```
//! # use lfs_format::{image::Image, model::Model, write::{BuildInfo, ImageWriter}};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let file = ImageWriter::new(Model::Num32).finish(&BuildInfo::default())?;
//! let image = Image::new(&file)?;      // header only
//! let image = image.verify()?;         // every word
//! assert!(image.module(b"init").is_none());
//! # Ok(())
//! # }
//! ```

use alloc::vec::Vec;
use core::fmt;

use rostrings::record::Record;
use rostrings::rom::RomTable;
use rostrings::word::load;

use crate::error::{Error, ErrorKind};
use crate::function::{FunctionView, record};
use crate::header::{Header, Section};
use crate::index::Index;
use crate::model::Model;
use crate::names::Names;
use crate::resource::{Resource, Resources};
use crate::verify;

mod sealed {
    pub trait Sealed {}
}

/// What is known of an image: [`Unverified`] or [`Verified`].
pub trait State: sealed::Sealed {
    /// View of the string table, which only a verified image has.
    #[doc(hidden)]
    type Names<'a>: Copy;
}

/// The header is right; nothing is known of the rest.
#[derive(Clone, Copy, Debug)]
pub struct Unverified;

/// Every word obeys the format, and every function the verifier's rules.
#[derive(Clone, Copy, Debug)]
pub struct Verified;

/// The string table with its place in the image.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct VerifiedNames<'a>(Names<'a>);

impl sealed::Sealed for Unverified {}
impl sealed::Sealed for Verified {}
impl State for Unverified {
    type Names<'a> = ();
}
impl State for Verified {
    type Names<'a> = VerifiedNames<'a>;
}

/// An image in mapped flash, or anywhere else, read where it lies.
///
/// Words after the end of the image are left out.
pub struct Image<'a, S: State> {
    words: &'a [u32],
    header: Header,
    model: Model,
    names: S::Names<'a>,
}

impl<S: State> Clone for Image<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: State> Copy for Image<'_, S> {}

impl<S: State> fmt::Debug for Image<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("model", &self.model)
            .field("words", &self.words.len())
            .field("build_id", &self.build_id())
            .finish()
    }
}

impl<'a, S: State> Image<'a, S> {
    /// The words of the image.
    pub fn words(&self) -> &'a [u32] {
        self.words
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number model the image was compiled for.
    pub fn model(&self) -> Model {
        self.model
    }

    /// Build time in seconds since 1970-01-01 UTC.
    pub fn build_time(&self) -> u64 {
        self.header.build_time()
    }

    /// Build id: equal for equal content, whenever built.
    pub fn build_id(&self) -> u64 {
        self.header.build_id()
    }

    /// The words of a section.
    pub fn section(&self, section: Section) -> &'a [u32] {
        self.words
            .get(self.header.range(section))
            .unwrap_or_default()
    }

    fn find_names(&self) -> Result<Names<'a>, Error> {
        let start = self.header.range(Section::Strings).start;
        let section = self.section(Section::Strings);
        let table = RomTable::new(section).map_err(|error| {
            Error::new(
                ErrorKind::Strings(error.kind),
                start + error.offset as usize,
            )
        })?;
        if table.words().len() != section.len() {
            return Err(Error::new(
                ErrorKind::StringsEnd,
                start + table.words().len(),
            ));
        }
        Ok(Names { table, start })
    }

    fn with_names(&self, names: Names<'a>) -> Image<'a, Verified> {
        Image {
            words: self.words,
            header: self.header,
            model: self.model,
            names: VerifiedNames(names),
        }
    }
}

impl<'a> Image<'a, Unverified> {
    /// The image at the start of `words`, in constant time.
    ///
    /// # Errors
    ///
    /// If the header is not one this crate can read.
    pub fn new(words: &'a [u32]) -> Result<Self, Error> {
        let (header, model) = Header::checked(words)?;
        Ok(Self {
            words: words.get(..header.length as usize).unwrap_or_default(),
            header,
            model,
            names: (),
        })
    }

    /// Proves every word of the image: checksums, strings, functions, index, resources.
    ///
    /// Time in proportion to the length; no allocation, no recursion.
    ///
    /// # Errors
    ///
    /// The first fault found.
    pub fn verify(&self) -> Result<Image<'a, Verified>, Error> {
        verify::checksums(&self.header, self.words)?;
        let names = self.find_names()?;
        names.table.verify().map_err(|error| {
            let at = names.start + error.offset as usize;
            Error::new(ErrorKind::Strings(error.kind), at)
        })?;
        let image = self.with_names(names);
        verify::sections(&image, &names)?;
        Ok(image)
    }

    /// Mounts the image in constant time, without verification, because it was verified before.
    ///
    /// `build_id` is the id of the image that the caller remembers as verified at this place.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BuildId`] if the image here is another one.
    ///
    /// # Safety
    ///
    /// [`verify`](Self::verify) accepted an image of this build id in these words, and no word has
    /// changed since. Interpreters run verified images without bounds checks: a wrong claim is
    /// undefined behaviour. A build id is no protection against deliberate forgery.
    #[allow(unsafe_code)]
    pub unsafe fn assume_verified(&self, build_id: u64) -> Result<Image<'a, Verified>, Error> {
        if build_id != self.build_id() {
            return Err(Error::new(ErrorKind::BuildId, 8));
        }
        Ok(self.with_names(self.find_names()?))
    }
}

impl<'a> Image<'a, Verified> {
    /// The string table.
    pub fn strings(&self) -> RomTable<'a> {
        self.names.0.table
    }

    /// Place of the string table in the image, in words.
    pub fn strings_at(&self) -> usize {
        self.names.0.start
    }

    /// The string that a string constant or debug reference of `function` points at.
    pub fn string(&self, function: &FunctionView<'a>, slot: i64) -> Option<Record<'a>> {
        let at = function.target(slot)?.checked_sub(self.strings_at())?;
        self.strings().record(u32::try_from(at).ok()?)
    }

    /// Number of functions.
    pub fn function_count(&self) -> usize {
        self.section(Section::Directory).len()
    }

    /// The function with this number in the directory; children come before their parents.
    pub fn function(&self, index: usize) -> Option<FunctionView<'a>> {
        let at = load(self.section(Section::Directory), index)?;
        self.function_at(at as usize)
    }

    /// The functions in the order of the directory.
    pub fn functions(&self) -> impl Iterator<Item = FunctionView<'a>> + use<'a> {
        let image = *self;
        self.section(Section::Directory)
            .iter()
            .filter_map(move |at| image.function_at(rostrings::word::read(at) as usize))
    }

    /// The function whose record starts at this word of the image.
    pub fn function_at(&self, at: usize) -> Option<FunctionView<'a>> {
        FunctionView::new(self.words, at, self.model.slot_words()).ok()
    }

    /// Child `index` of `function`.
    pub fn child(&self, function: &FunctionView<'a>, index: u32) -> Option<FunctionView<'a>> {
        self.function_at(function.target(function.child_slot(index)?)?)
    }

    fn index(&self) -> Index<'a> {
        Index::new(self.section(Section::Index))
    }

    /// Main function of a module: the word of the image its record starts at. Constant time, no allocation.
    pub fn module(&self, name: &[u8]) -> Option<usize> {
        self.module_hashed(rostrings::hash(name), name)
    }

    /// As [`module`](Self::module), for a name whose hash is known.
    pub fn module_hashed(&self, hash: u32, name: &[u8]) -> Option<usize> {
        let main = self.index().find(&self.names.0, hash, name)?;
        Some(main as usize)
    }

    /// Number of modules.
    pub fn module_count(&self) -> usize {
        self.index().len()
    }

    /// Names of the modules and places of their main functions, by ascending name.
    pub fn modules(&self) -> impl Iterator<Item = (Record<'a>, usize)> + use<'a> {
        let (index, names) = (self.index(), self.names.0);
        (0..index.len()).filter_map(move |entry| {
            let (name, function) = index.entry(entry)?;
            Some((names.record(name)?, function as usize))
        })
    }

    fn all_resources(&self) -> Resources<'a> {
        Resources::new(self.words, self.section(Section::Resources))
    }

    /// The resource of this name. Binary search, no allocation.
    pub fn resource(&self, name: &[u8]) -> Option<Resource<'a>> {
        self.all_resources().find(&self.names.0, name)
    }

    /// The resources, by ascending name.
    pub fn resources(&self) -> impl Iterator<Item = (Record<'a>, Resource<'a>)> + use<'a> {
        let (resources, names) = (self.all_resources(), self.names.0);
        (0..resources.len()).filter_map(move |entry| {
            let (name, resource) = resources.get(entry)?;
            Some((names.record(name)?, resource))
        })
    }

    pub(crate) fn prove_index(&self) -> Result<(), Error> {
        let start = self.header.range(Section::Index).start;
        self.index().verify(&self.names.0, start, |at| {
            self.is_function(at as usize)
                .is_some_and(|function| function.flags() & crate::function::flags::MAIN != 0)
        })
    }

    pub(crate) fn prove_resources(&self) -> Result<(), Error> {
        let start = self.header.range(Section::Resources).start;
        self.all_resources().verify(&self.names.0, start)
    }

    /// The function at `at` if the directory lists one there: constant time, since a record carries its
    /// number. Right for records whose directory entries are proved.
    pub(crate) fn is_function(&self, at: usize) -> Option<FunctionView<'a>> {
        let low = load(self.words, at.checked_add(record::HEADER)?)? >> 24;
        let high = load(self.words, at.checked_add(record::SIZES)?)? >> 24;
        let listed = load(self.section(Section::Directory), (low | high << 8) as usize)?;
        if listed as usize == at {
            self.function_at(at)
        } else {
            None
        }
    }
}

/// Copies `bytes`, which may lie at any address, to words; bytes after the last whole word are dropped.
///
/// # Errors
///
/// If memory runs out.
pub fn words_from_bytes(bytes: &[u8]) -> Result<Vec<u32>, alloc::collections::TryReserveError> {
    let (chunks, _) = bytes.as_chunks::<4>();
    let mut words = Vec::new();
    words.try_reserve_exact(chunks.len())?;
    words.extend(chunks.iter().map(|chunk| u32::from_le_bytes(*chunk)));
    Ok(words)
}

/// `bytes` as words where they lie, if they start at a multiple of 4; bytes after the last whole word are
/// left out.
pub fn aligned_words(bytes: &[u8]) -> Option<&[u32]> {
    let whole = bytes.get(..bytes.len() / 4 * 4)?;
    bytemuck::try_cast_slice(whole).ok()
}
