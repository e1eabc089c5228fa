//! Files as sources of images.

use lfs_format::store::{ReadError, Source};

use crate::files::{Error, Files, Handle, Mode, Whence};

/// A file that holds an image. It is closed when this is dropped.
pub(crate) struct FileSource<'f> {
    files: &'f Files,
    file: Handle,
    length: u32,
}

impl<'f> FileSource<'f> {
    /// Opens a file.
    pub(crate) fn open(files: &'f Files, name: &[u8]) -> Result<Self, Error> {
        let file = files.open(name, Mode::READ)?;
        let length = files.seek(file, Whence::End, 0);
        let mut source = Self {
            files,
            file,
            length: 0,
        };
        source.length = length?;
        Ok(source)
    }
}

impl Drop for FileSource<'_> {
    fn drop(&mut self) {
        // Nothing was written, so nothing can be lost.
        let _ = self.files.close(self.file);
    }
}

impl Source for FileSource<'_> {
    fn length(&mut self) -> Result<u32, ReadError> {
        Ok(self.length)
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ReadError> {
        let place = self.files.seek(self.file, Whence::Start, offset.into());
        match place.and_then(|_| self.files.read(self.file, bytes)) {
            Ok(count) if count == bytes.len() => Ok(()),
            _ => Err(ReadError),
        }
    }
}
