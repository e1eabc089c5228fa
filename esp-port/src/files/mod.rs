//! Files: what the Lua modules need of a file system, and the one in flash.
//!
//! [`FileSystem`] is the interface; [`Volume`], the littlefs format in a partition, is the implementation for devices. A
//! program shares one as [`Files`].
//!
//! ```
//! # use embedded_storage::nor_flash::NorFlash;
//! use esp_port::files::{Error, Files, Mode, Volume};
//!
//! /// The files of a partition, which is made anew if it holds none.
//! fn mount(flash: impl NorFlash + 'static, start: u32, length: u32) -> Result<Files, Error> {
//!     let mut volume = Volume::new(flash, start, length)?;
//!     match volume.mount() {
//!         Err(Error::Corrupt) => {
//!             volume.format()?;
//!             volume.mount()?;
//!         }
//!         other => other?,
//!     }
//!     Files::new(volume)
//! }
//! ```

mod flash;
mod shared;

pub use flash_files::{Error, Handle, MAX_OPEN, Mode, Stat, Usage, Visit, Volume, Whence};
pub use shared::Files;

/// A file system. Names are flat: bytes without zero, in which a slash has no meaning to callers.
pub trait FileSystem {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::TooManyFiles`], and what the storage meets.
    fn open(&mut self, name: &[u8], mode: Mode) -> Result<Handle, Error>;

    /// Reads at the position; less than asked for at the end of the file, where it is 0 bytes.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::NotReadable`], and what the storage meets.
    fn read(&mut self, file: Handle, to: &mut [u8]) -> Result<usize, Error>;

    /// Writes all bytes at the position.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::NotWritable`], [`Error::NoSpace`], and what the storage meets.
    fn write(&mut self, file: Handle, bytes: &[u8]) -> Result<(), Error>;

    /// Moves the position and gives it.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::InvalidPosition`], and what the storage meets.
    fn seek(&mut self, file: Handle, from: Whence, offset: i64) -> Result<u32, Error>;

    /// Makes sure that what was written outlives a power cut.
    ///
    /// # Errors
    /// [`Error::BadHandle`], and what the storage meets.
    fn flush(&mut self, file: Handle) -> Result<(), Error>;

    /// Closes a file, after an error as well.
    ///
    /// # Errors
    /// As [`FileSystem::flush`].
    fn close(&mut self, file: Handle) -> Result<(), Error>;

    /// Shows all files, in no particular order.
    ///
    /// # Errors
    /// That of `visit`, which ends it, and what the storage meets.
    fn list(&mut self, visit: &mut Visit<'_>) -> Result<(), Error>;

    /// What is known of a name.
    ///
    /// # Errors
    /// [`Error::NotFound`], and what the storage meets.
    fn stat(&mut self, name: &[u8]) -> Result<Stat, Error>;

    /// Removes a file.
    ///
    /// # Errors
    /// [`Error::NotFound`], and what the storage meets.
    fn remove(&mut self, name: &[u8]) -> Result<(), Error>;

    /// Gives a file another name; one that had that name is replaced, in one step.
    ///
    /// # Errors
    /// [`Error::NotFound`], and what the storage meets.
    fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<(), Error>;

    /// How full it is.
    ///
    /// # Errors
    /// What the storage meets.
    fn usage(&mut self) -> Result<Usage, Error>;

    /// Removes everything; open files are lost.
    ///
    /// # Errors
    /// What the storage meets.
    fn format(&mut self) -> Result<(), Error>;
}
