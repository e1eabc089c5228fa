//! The header of an image: the first [`WORDS`] words.

use core::ops::Range;

use rostrings::word;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::checksum;
use crate::error::{Error, ErrorKind};
use crate::model::Model;

/// First word: the bytes `LFSi`.
pub const MAGIC: u32 = u32::from_le_bytes(*b"LFSi");
/// Major version: a reader refuses any other.
pub const MAJOR: u16 = 1;
/// Minor version: a reader refuses a higher one.
pub const MINOR: u16 = 0;
/// Feature bits a reader must know; the others may be ignored.
pub const REQUIRED_FEATURES: u32 = 0x0000_ffff;
/// Feature bits this reader knows.
pub const KNOWN_FEATURES: u32 = 0;
/// Words of a header.
pub const WORDS: usize = 18;

/// An image header. All fields are words, since flash is read in words.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: u32,
    /// Major version (low half), minor version (high half).
    pub version: u32,
    /// Feature bits; see [`REQUIRED_FEATURES`].
    pub features: u32,
    /// Number of the [`Model`].
    pub model: u32,
    /// Seed of the string hash.
    pub seed: u32,
    /// Length of the image in words, header included.
    pub length: u32,
    /// Build time in seconds since 1970-01-01 UTC: low word, high word.
    pub build_time: [u32; 2],
    /// Build id: low word, high word.
    pub build_id: [u32; 2],
    /// Word offsets of the sections; see [`Section`].
    pub sections: [u32; Section::COUNT],
    /// CRC-32 of all words after the header.
    pub payload_crc: u32,
    /// CRC-32 of the header's words before this one.
    pub header_crc: u32,
}

/// A section of an image. Sections lie one behind the other in this order; each ends where the
/// next begins, the last at the end of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Section {
    /// String table.
    Strings,
    /// Module index.
    Index,
    /// Function directory.
    Directory,
    /// Function records.
    Functions,
    /// Debug records.
    Debug,
    /// Resources.
    Resources,
}

impl Section {
    /// Number of sections.
    pub const COUNT: usize = 6;
}

/// Word of the header that holds the first section offset.
const SECTIONS_WORD: usize = 10;

impl Header {
    /// The header of an image whose sums are not known yet: they are 0.
    pub(crate) fn unsealed(
        model: Model,
        length: u32,
        time: u64,
        sections: [u32; Section::COUNT],
    ) -> Self {
        Self {
            magic: MAGIC,
            version: u32::from(MAJOR) | u32::from(MINOR) << 16,
            features: 0,
            model: model as u32,
            seed: rostrings::SEED,
            length,
            build_time: [time as u32, (time >> 32) as u32],
            build_id: [0; 2],
            sections,
            payload_crc: 0,
            header_crc: 0,
        }
    }

    /// The words of the header once the sums over the payload are known.
    pub(crate) fn seal(mut self, payload_crc: u32, build_id: u64) -> [u32; WORDS] {
        self.payload_crc = payload_crc;
        self.build_id = [build_id as u32, (build_id >> 32) as u32];
        let mut words: [u32; WORDS] = zerocopy::transmute!(self);
        let [body @ .., crc] = &mut words;
        *crc = checksum::crc32(body);
        words
    }

    /// Copies the header out of `words` with whole-word loads; `None` if it is not whole.
    fn load(words: &[u32]) -> Option<Self> {
        let mut copy = [0; WORDS];
        for (to, from) in copy.iter_mut().zip(words.get(..WORDS)?) {
            *to = word::read(from);
        }
        Some(zerocopy::transmute!(copy))
    }

    /// The header of the image at the start of `words`, checked whole, in constant time.
    pub(crate) fn checked(words: &[u32]) -> Result<(Self, Model), Error> {
        Self::checked_within(words, words.len())
    }

    /// The header at the start of `words`, of an image that has room for `room` words.
    pub(crate) fn checked_within(words: &[u32], room: usize) -> Result<(Self, Model), Error> {
        use ErrorKind::{
            Features, HeaderChecksum, Length, Magic, Sections, Seed, Truncated, Version,
        };
        let fault = |kind, at| Err(Error::new(kind, at));
        if word::load(words, 0).is_some_and(|magic| magic != MAGIC) {
            return fault(Magic, 0);
        }
        let Some(header) = Self::load(words) else {
            return fault(Truncated, words.len());
        };
        if header.version & 0xffff != u32::from(MAJOR) || header.version >> 16 > u32::from(MINOR) {
            return fault(Version, 1);
        }
        if checksum::crc32(words.get(..WORDS - 1).unwrap_or_default()) != header.header_crc {
            return fault(HeaderChecksum, WORDS - 1);
        }
        if header.features & REQUIRED_FEATURES & !KNOWN_FEATURES != 0 {
            return fault(Features, 2);
        }
        let model = u8::try_from(header.model)
            .ok()
            .and_then(Model::from_u8)
            .ok_or(Error::new(ErrorKind::Model, 3))?;
        if header.seed != rostrings::SEED {
            return fault(Seed, 4);
        }
        let length = header.length as usize;
        if length < WORDS || length > room {
            return fault(Length, 5);
        }
        let mut before = WORDS as u32;
        for (index, &start) in header.sections.iter().enumerate() {
            let right = if index == 0 {
                start == before
            } else {
                start >= before && start <= header.length
            };
            if !right {
                return fault(Sections, SECTIONS_WORD + index);
            }
            before = start;
        }
        Ok((header, model))
    }

    /// The words of a section.
    pub fn range(&self, section: Section) -> Range<usize> {
        let index = section as usize;
        let end = self.sections.get(index + 1).unwrap_or(&self.length);
        self.sections[index] as usize..*end as usize
    }

    /// Build id.
    pub fn build_id(&self) -> u64 {
        u64::from(self.build_id[1]) << 32 | u64::from(self.build_id[0])
    }

    /// Build time in seconds since 1970-01-01 UTC.
    pub fn build_time(&self) -> u64 {
        u64::from(self.build_time[1]) << 32 | u64::from(self.build_time[0])
    }
}
