//! Why modules cannot be linked.

use core::fmt;

use rostrings::builder::BuildError;

use crate::names::MAX_NAME;
use crate::store;

/// Why modules cannot be linked; `E` is the error of their [`Modules`](super::Modules). Modules are named by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum LinkError<E> {
    /// The heap has no room.
    OutOfMemory,
    /// There is nothing to link.
    NoModules,
    /// More modules than [`MAX_MODULES`](crate::MAX_MODULES), or so many of one hash that look-up would exceed its bound.
    TooManyModules,
    /// More functions than records can number: 65536.
    TooManyFunctions,
    /// A module name that is empty or longer than [`MAX_NAME`] bytes.
    NameLength(usize),
    /// A module with the name of another.
    DuplicateModule(usize),
    /// The image of a module could not be made.
    Module {
        /// The module.
        module: usize,
        /// What went wrong.
        error: E,
    },
    /// The image of a module has not exactly one module, or it has resources.
    NotOneModule(usize),
    /// The image of a module is of another number model than the store.
    Model(usize),
    /// The image of a module was another one when it was made again.
    Changed(usize),
    /// The strings do not make a table.
    Strings(BuildError),
    /// Different strings of one hash, one CRC-32 and one length: they cannot be told apart in bounded RAM.
    Collision,
    /// The store refuses, or flash fails.
    Store(store::Error),
}

impl<E: fmt::Display> fmt::Display for LinkError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::OutOfMemory => f.write_str("out of memory"),
            LinkError::NoModules => f.write_str("no modules"),
            LinkError::TooManyModules => f.write_str("too many modules for one image"),
            LinkError::TooManyFunctions => f.write_str("too many functions for one image"),
            LinkError::NameLength(module) => write!(
                f,
                "module {module}: name is empty or longer than {MAX_NAME} bytes"
            ),
            LinkError::DuplicateModule(module) => write!(f, "module {module}: name is taken"),
            LinkError::Module { module, error } => write!(f, "module {module}: {error}"),
            LinkError::NotOneModule(module) => {
                write!(f, "module {module}: not an image of one module")
            }
            LinkError::Model(module) => write!(f, "module {module}: another number model"),
            LinkError::Changed(module) => write!(f, "module {module}: changed while it was linked"),
            LinkError::Strings(error) => error.fmt(f),
            LinkError::Collision => f.write_str("two strings cannot be told apart"),
            LinkError::Store(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for LinkError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            LinkError::Module { error, .. } => Some(error),
            LinkError::Strings(error) => Some(error),
            LinkError::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl<E> From<store::Error> for LinkError<E> {
    fn from(error: store::Error) -> Self {
        LinkError::Store(error)
    }
}

/// What goes wrong where no module is made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    OutOfMemory,
    Strings(BuildError),
    Collision,
    Store(store::Error),
}

impl From<store::Error> for Fault {
    fn from(error: store::Error) -> Self {
        Fault::Store(error)
    }
}

impl From<alloc::collections::TryReserveError> for Fault {
    fn from(_: alloc::collections::TryReserveError) -> Self {
        Fault::OutOfMemory
    }
}

impl<E> From<Fault> for LinkError<E> {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::OutOfMemory => LinkError::OutOfMemory,
            Fault::Strings(error) => LinkError::Strings(error),
            Fault::Collision => LinkError::Collision,
            Fault::Store(error) => LinkError::Store(error),
        }
    }
}
