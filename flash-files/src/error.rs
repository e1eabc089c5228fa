//! Why an operation on files fails.

use core::fmt;

/// Why an operation on files fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error {
    /// No file of this name.
    NotFound,
    /// There is already something of this name.
    Exists,
    /// The name is that of a directory.
    IsDirectory,
    /// A part of the name that must be a directory is a file.
    NotDirectory,
    /// The directory holds files.
    NotEmpty,
    /// The name is empty, or has a zero byte.
    InvalidName,
    /// A part of the name is longer than the volume allows, or the whole longer than 255 bytes.
    NameTooLong,
    /// A position before the start of the file.
    InvalidPosition,
    /// The handle is of a file that was closed.
    BadHandle,
    /// The file is not open for reading.
    NotReadable,
    /// The file is not open for writing.
    NotWritable,
    /// As many files are open as can be.
    TooManyFiles,
    /// The file system is at another operation.
    Busy,
    /// The volume is full.
    NoSpace,
    /// The file would be larger than a file can be.
    TooLarge,
    /// Memory ran out.
    OutOfMemory,
    /// What lies in flash is no volume, or a damaged one.
    Corrupt,
    /// The flash driver failed.
    Flash,
    /// The volume is not mounted.
    NotMounted,
    /// The range is no whole erase blocks of the flash, or too few or too many.
    Region,
    /// The driver's units do not fit a volume: pages of 256 bytes are whole units, erase blocks whole pages.
    Geometry,
}

impl Error {
    /// From a number of the core, which is negative.
    pub(crate) fn from_code(code: i32) -> Self {
        match code {
            -2 => Error::NotFound,
            -5 => Error::Flash,
            -9 => Error::BadHandle,
            -12 => Error::OutOfMemory,
            -17 => Error::Exists,
            -20 => Error::NotDirectory,
            -21 => Error::IsDirectory,
            -22 => Error::InvalidPosition,
            -27 => Error::TooLarge,
            -28 => Error::NoSpace,
            -36 => Error::NameTooLong,
            -39 => Error::NotEmpty,
            _ => Error::Corrupt,
        }
    }

    /// The number that C's `errno` has for it.
    pub fn errno(self) -> i32 {
        match self {
            Error::NotFound => 2,
            Error::Flash | Error::Corrupt | Error::Geometry => 5,
            Error::BadHandle | Error::NotReadable | Error::NotWritable => 9,
            Error::OutOfMemory => 12,
            Error::Busy => 16,
            Error::Exists => 17,
            Error::NotMounted | Error::Region => 19,
            Error::NotDirectory => 20,
            Error::IsDirectory => 21,
            Error::InvalidName | Error::InvalidPosition => 22,
            Error::TooManyFiles => 24,
            Error::TooLarge => 27,
            Error::NoSpace => 28,
            Error::NameTooLong => 36,
            Error::NotEmpty => 39,
        }
    }

    /// The text that C's `strerror` has for it, or a like one.
    pub fn text(self) -> &'static str {
        match self {
            Error::NotFound => "No such file or directory",
            Error::Exists => "File exists",
            Error::IsDirectory => "Is a directory",
            Error::NotDirectory => "Not a directory",
            Error::NotEmpty => "Directory not empty",
            Error::InvalidName => "Invalid file name",
            Error::NameTooLong => "File name too long",
            Error::InvalidPosition => "Invalid argument",
            Error::BadHandle | Error::NotReadable | Error::NotWritable => "Bad file descriptor",
            Error::TooManyFiles => "Too many open files",
            Error::Busy => "Device or resource busy",
            Error::NoSpace => "No space left on device",
            Error::TooLarge => "File too large",
            Error::OutOfMemory => "Cannot allocate memory",
            Error::Corrupt => "File system damaged",
            Error::Flash => "Input/output error",
            Error::NotMounted => "No file system",
            Error::Region => "Invalid range of flash",
            Error::Geometry => "Unsuitable flash",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for Error {}
