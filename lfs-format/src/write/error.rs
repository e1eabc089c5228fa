//! Why an image cannot be built.

use core::fmt;

use rostrings::builder::BuildError;

use crate::error::Error;
use crate::function::LayoutError;
use crate::names::MAX_NAME;

/// Why an image cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WriteError {
    /// The heap has no room.
    OutOfMemory,
    /// The strings do not make a table.
    Strings(BuildError),
    /// A function does not make a record.
    Function(LayoutError),
    /// More functions than records can number: 65536.
    TooManyFunctions,
    /// More modules than [`MAX_MODULES`](crate::MAX_MODULES), or so many of one hash that look-up would exceed its bound.
    TooManyModules,
    /// A module or resource name that is empty or longer than [`MAX_NAME`].
    NameLength,
    /// A module added twice.
    DuplicateModule,
    /// A resource added twice.
    DuplicateResource,
    /// A module that is not the main function of a chunk.
    NotMain,
    /// A handle of another writer.
    ForeignHandle,
    /// The image would be longer than its limit. Both in bytes.
    TooLarge {
        /// What the image needs.
        needed: usize,
        /// What it may have.
        limit: usize,
    },
    /// The result is not a valid image: a function the compiler handed over breaks a rule.
    Invalid(Error),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::OutOfMemory => f.write_str("out of memory"),
            WriteError::Strings(error) => error.fmt(f),
            WriteError::Function(error) => error.fmt(f),
            WriteError::TooManyFunctions => f.write_str("too many functions for one image"),
            WriteError::TooManyModules => f.write_str("too many modules for one image"),
            WriteError::NameLength => {
                write!(f, "name is empty or longer than {MAX_NAME} bytes")
            }
            WriteError::DuplicateModule => f.write_str("module added twice"),
            WriteError::DuplicateResource => f.write_str("resource added twice"),
            WriteError::NotMain => f.write_str("module is not a main function"),
            WriteError::ForeignHandle => f.write_str("handle of another writer"),
            WriteError::TooLarge { needed, limit } => {
                write!(f, "image of {needed} bytes exceeds its limit of {limit}")
            }
            WriteError::Invalid(error) => write!(f, "result is not a valid image: {error}"),
        }
    }
}

impl core::error::Error for WriteError {}

impl From<BuildError> for WriteError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::OutOfMemory => WriteError::OutOfMemory,
            error => WriteError::Strings(error),
        }
    }
}

impl From<LayoutError> for WriteError {
    fn from(error: LayoutError) -> Self {
        WriteError::Function(error)
    }
}
