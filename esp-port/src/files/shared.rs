//! A file system that several parts of a program use.

use super::{Error, FileSystem, Handle, Mode, Stat, Usage, Visit, Whence};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

/// A shared file system; a clone is the same one.
///
/// Names may begin with a slash, or with the name of the flash drive, `/FLASH/`, as older programs write them: `x`, `/x`
/// and `/FLASH/x` are the same file.
#[derive(Clone)]
pub struct Files(Rc<RefCell<dyn FileSystem>>);

/// A name without drive and leading slashes.
fn plain(name: &[u8]) -> &[u8] {
    let mut rest = name;
    while let Some(behind) = rest.strip_prefix(b"/") {
        rest = behind;
    }
    match rest.strip_prefix(b"FLASH/") {
        // A name without a slash before it is a name in a directory.
        Some(behind) if rest.len() < name.len() => behind,
        _ => rest,
    }
}

impl Files {
    /// Shares a file system.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new(system: impl FileSystem + 'static) -> Result<Self, Error> {
        let system = RefCell::new(system);
        // `Rc` ends the program when there is no memory: see whether there is, for it and its two counters.
        let words = size_of_val(&system).div_ceil(size_of::<u64>()) + 4;
        Vec::<u64>::new()
            .try_reserve_exact(words)
            .map_err(|_| Error::OutOfMemory)?;
        Ok(Self(Rc::new(system)))
    }

    /// Runs one operation; [`Error::Busy`] within another.
    fn with<R>(
        &self,
        operation: impl FnOnce(&mut dyn FileSystem) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut system = self.0.try_borrow_mut().map_err(|_| Error::Busy)?;
        operation(&mut *system)
    }

    /// See [`FileSystem::open`].
    ///
    /// # Errors
    /// As [`FileSystem::open`]; [`Error::Busy`] within [`Files::list`], as all that follow.
    pub fn open(&self, name: &[u8], mode: Mode) -> Result<Handle, Error> {
        self.with(|system| system.open(plain(name), mode))
    }

    /// See [`FileSystem::read`].
    ///
    /// # Errors
    /// As [`FileSystem::read`].
    pub fn read(&self, file: Handle, to: &mut [u8]) -> Result<usize, Error> {
        self.with(|system| system.read(file, to))
    }

    /// See [`FileSystem::write`].
    ///
    /// # Errors
    /// As [`FileSystem::write`].
    pub fn write(&self, file: Handle, bytes: &[u8]) -> Result<(), Error> {
        self.with(|system| system.write(file, bytes))
    }

    /// See [`FileSystem::seek`].
    ///
    /// # Errors
    /// As [`FileSystem::seek`].
    pub fn seek(&self, file: Handle, from: Whence, offset: i64) -> Result<u32, Error> {
        self.with(|system| system.seek(file, from, offset))
    }

    /// See [`FileSystem::flush`].
    ///
    /// # Errors
    /// As [`FileSystem::flush`].
    pub fn flush(&self, file: Handle) -> Result<(), Error> {
        self.with(|system| system.flush(file))
    }

    /// See [`FileSystem::close`].
    ///
    /// # Errors
    /// As [`FileSystem::close`].
    pub fn close(&self, file: Handle) -> Result<(), Error> {
        self.with(|system| system.close(file))
    }

    /// See [`FileSystem::list`].
    ///
    /// # Errors
    /// As [`FileSystem::list`].
    pub fn list(&self, visit: &mut Visit<'_>) -> Result<(), Error> {
        self.with(|system| system.list(visit))
    }

    /// See [`FileSystem::stat`].
    ///
    /// # Errors
    /// As [`FileSystem::stat`].
    pub fn stat(&self, name: &[u8]) -> Result<Stat, Error> {
        self.with(|system| system.stat(plain(name)))
    }

    /// See [`FileSystem::remove`].
    ///
    /// # Errors
    /// As [`FileSystem::remove`].
    pub fn remove(&self, name: &[u8]) -> Result<(), Error> {
        self.with(|system| system.remove(plain(name)))
    }

    /// See [`FileSystem::rename`].
    ///
    /// # Errors
    /// As [`FileSystem::rename`].
    pub fn rename(&self, from: &[u8], to: &[u8]) -> Result<(), Error> {
        self.with(|system| system.rename(plain(from), plain(to)))
    }

    /// See [`FileSystem::usage`].
    ///
    /// # Errors
    /// As [`FileSystem::usage`].
    pub fn usage(&self) -> Result<Usage, Error> {
        self.with(|system| system.usage())
    }

    /// See [`FileSystem::format`].
    ///
    /// # Errors
    /// As [`FileSystem::format`].
    pub fn format(&self) -> Result<(), Error> {
        self.with(|system| system.format())
    }

    /// The content of a file.
    ///
    /// # Errors
    /// As [`FileSystem::open`] and [`FileSystem::read`]; [`Error::OutOfMemory`].
    pub fn content(&self, name: &[u8]) -> Result<Vec<u8>, Error> {
        let file = self.open(name, Mode::READ)?;
        let content = self.rest(file);
        self.close(file)?;
        content
    }

    /// What lies between the position and the end of a file.
    ///
    /// # Errors
    /// As [`FileSystem::read`]; [`Error::OutOfMemory`].
    pub fn rest(&self, file: Handle) -> Result<Vec<u8>, Error> {
        let position = self.seek(file, Whence::Current, 0)?;
        let end = self.seek(file, Whence::End, 0)?;
        self.seek(file, Whence::Start, position.into())?;
        let length = end.saturating_sub(position) as usize;
        let mut content = Vec::new();
        content
            .try_reserve_exact(length)
            .map_err(|_| Error::OutOfMemory)?;
        content.resize(length, 0);
        let read = self.read(file, &mut content)?;
        content.truncate(read);
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn drives_and_slashes() {
        for same in ["x", "/x", "//x", "/FLASH/x"] {
            assert_eq!(plain(same.as_bytes()), b"x", "{same}");
        }
        assert_eq!(plain(b"FLASH/x"), b"FLASH/x");
        assert_eq!(plain(b"/FLASHx"), b"FLASHx");
        assert_eq!(plain(b"a/FLASH/x"), b"a/FLASH/x");
        assert_eq!(plain(b"/"), b"");
        assert_eq!(plain(b"/FLASH/"), b"");
    }
}
