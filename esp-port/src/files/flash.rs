//! Volumes in flash as file systems.

use super::{Error, FileSystem, Handle, Mode, Stat, Usage, Visit, Volume, Whence};
use embedded_storage::nor_flash::NorFlash;

impl<F: NorFlash> FileSystem for Volume<F> {
    fn open(&mut self, name: &[u8], mode: Mode) -> Result<Handle, Error> {
        self.open(name, mode)
    }

    fn read(&mut self, file: Handle, to: &mut [u8]) -> Result<usize, Error> {
        self.read(file, to)
    }

    fn write(&mut self, file: Handle, bytes: &[u8]) -> Result<(), Error> {
        self.write(file, bytes)
    }

    fn seek(&mut self, file: Handle, from: Whence, offset: i64) -> Result<u32, Error> {
        self.seek(file, from, offset)
    }

    fn flush(&mut self, file: Handle) -> Result<(), Error> {
        self.flush(file)
    }

    fn close(&mut self, file: Handle) -> Result<(), Error> {
        self.close(file)
    }

    fn list(&mut self, visit: &mut Visit<'_>) -> Result<(), Error> {
        self.list(visit)
    }

    fn stat(&mut self, name: &[u8]) -> Result<Stat, Error> {
        self.stat(name)
    }

    fn remove(&mut self, name: &[u8]) -> Result<(), Error> {
        self.remove(name)
    }

    fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<(), Error> {
        self.rename(from, to)
    }

    fn usage(&mut self) -> Result<Usage, Error> {
        self.usage()
    }

    fn format(&mut self) -> Result<(), Error> {
        self.format()?;
        self.mount()
    }
}
