//! The trailer: layout, where it lies, and the image without it.

use core::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::SignatureError;
use crate::header::{Header, WORDS};
use crate::store::{ReadError, Source};

/// First word of a trailer: the bytes `LFSs`.
pub const MAGIC: u32 = u32::from_le_bytes(*b"LFSs");
/// Version of the trailer.
pub const VERSION: u16 = 1;
/// Bytes of a trailer.
pub const TRAILER: usize = 80;

/// Tells keys apart: the first 8 bytes of the public key. It guards against mix-ups only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct KeyId(pub [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The bytes of a trailer.
#[derive(FromBytes, IntoBytes, Immutable)]
#[repr(C)]
struct Layout {
    magic: [u8; 4],
    version: [u8; 2],
    /// Length in words.
    length: [u8; 2],
    key: [u8; 8],
    signature: [u8; 64],
}

const LENGTH: u16 = TRAILER as u16 / 4;

/// A signature as it lies behind an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// The key it was made with.
    pub key: KeyId,
    /// The signature.
    pub signature: [u8; 64],
}

impl Trailer {
    /// The bytes to put behind the image.
    pub fn to_bytes(&self) -> [u8; TRAILER] {
        zerocopy::transmute!(Layout {
            magic: MAGIC.to_le_bytes(),
            version: VERSION.to_le_bytes(),
            length: LENGTH.to_le_bytes(),
            key: self.key.0,
            signature: self.signature,
        })
    }

    /// Reads a trailer.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Missing`] if it is none, [`SignatureError::Version`].
    pub fn from_bytes(bytes: &[u8; TRAILER]) -> Result<Self, SignatureError> {
        let layout: Layout = zerocopy::transmute!(*bytes);
        if u32::from_le_bytes(layout.magic) != MAGIC {
            return Err(SignatureError::Missing);
        }
        let version = u16::from_le_bytes(layout.version);
        if version != VERSION {
            return Err(SignatureError::Version(version));
        }
        if u16::from_le_bytes(layout.length) != LENGTH {
            return Err(SignatureError::Missing);
        }
        Ok(Self {
            key: KeyId(layout.key),
            signature: layout.signature,
        })
    }

    /// Reads the trailer behind the image of a source.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Missing`], [`SignatureError::Version`]; [`SignatureError::Image`] if there is no header of an image in front, or
    /// the image is cut short; [`SignatureError::Source`].
    pub fn read<S: Source>(source: &mut S) -> Result<Self, SignatureError> {
        let start = image_bytes(source)?;
        let behind = source.length()?.saturating_sub(start) as usize;
        if behind < TRAILER {
            return Err(SignatureError::Missing);
        }
        let mut bytes = [0; TRAILER];
        source.read(start, &mut bytes)?;
        Self::from_bytes(&bytes)
    }
}

/// Bytes of the image at the start of a source, by its header.
pub(super) fn image_bytes<S: Source>(source: &mut S) -> Result<u32, SignatureError> {
    let length = source.length()?;
    let mut bytes = [0; WORDS * 4];
    let have = (length as usize).min(bytes.len());
    source.read(0, bytes.get_mut(..have).unwrap_or_default())?;
    let mut words = [0; WORDS];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    let words = words.get(..have / 4).unwrap_or_default();
    let (header, _) = Header::checked_within(words, length as usize / 4)?;
    Ok(header.length * 4)
}

/// The image of a source without its trailer, if it has one: what a [`Store`](crate::store::Store) takes.
///
/// Nothing is checked of the signature. Anything else behind the image stays, and is refused by the store.
#[derive(Clone, Copy, Debug)]
pub struct ImageOnly<S>(pub S);

impl<S: Source> Source for ImageOnly<S> {
    fn length(&mut self) -> Result<u32, ReadError> {
        let whole = self.0.length()?;
        let image = match image_bytes(&mut self.0) {
            Ok(image) => image,
            Err(SignatureError::Source) => return Err(ReadError),
            // The store says what is wrong with it.
            Err(_) => return Ok(whole),
        };
        let signed = whole.checked_sub(image) == Some(TRAILER as u32);
        match Trailer::read(&mut self.0) {
            Ok(_) if signed => Ok(image),
            Err(SignatureError::Source) => Err(ReadError),
            _ => Ok(whole),
        }
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ReadError> {
        self.0.read(offset, bytes)
    }
}
