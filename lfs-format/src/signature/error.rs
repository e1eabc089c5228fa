//! Why a signature is not good.

use core::fmt;

use super::KeyId;
use crate::store::{self, ReadError};

/// Why a signature is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SignatureError {
    /// The source could not be read.
    Source,
    /// There is no image in front: its header is broken, or it is cut short.
    Image(crate::error::Error),
    /// The image has no signature.
    Missing,
    /// The signature is of a version that this crate does not know.
    Version(u16),
    /// The image was signed with another key.
    WrongKey(KeyId),
    /// The signature is not one of this image: one of them was changed.
    Wrong,
    /// The bytes are not a public key.
    Key,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignatureError::Source => store::Error::Source.fmt(f),
            SignatureError::Image(error) => error.fmt(f),
            SignatureError::Missing => f.write_str("image is not signed"),
            SignatureError::Version(version) => {
                write!(f, "signature has the unknown version {version}")
            }
            SignatureError::WrongKey(key) => write!(f, "image is signed with another key, {key}"),
            SignatureError::Wrong => f.write_str("signature is not one of this image"),
            SignatureError::Key => f.write_str("not a public key"),
        }
    }
}

impl core::error::Error for SignatureError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            SignatureError::Image(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ReadError> for SignatureError {
    fn from(_: ReadError) -> Self {
        SignatureError::Source
    }
}

impl From<crate::error::Error> for SignatureError {
    fn from(error: crate::error::Error) -> Self {
        SignatureError::Image(error)
    }
}
