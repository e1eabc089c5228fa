//! Image files mapped read-only: they run from where they lie, as from flash.

use crate::failure::Failure;
use lfs_format::image::{Image, Unverified, Verified, aligned_words};
use memmap2::Mmap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A mapped file.
pub struct MappedImage {
    path: PathBuf,
    map: Mmap,
}

impl MappedImage {
    /// Maps a file.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| Failure::of_file(path, error))?;
        let data = file
            .metadata()
            .map_err(|error| Failure::of_file(path, error))?;
        if data.is_dir() {
            return Err(Failure::of_file(path, "is a directory, not an image"));
        }
        if data.is_file() && data.len() == 0 {
            return Err(Failure::of_file(path, "file is empty, not an image"));
        }
        // SAFETY: the map is private and read-only. A file changed by somebody else while it is mapped would break the
        // verification, as it would for any mapped program.
        let map = unsafe { memmap2::MmapOptions::new().map(&file) };
        let map = map.map_err(|error| Failure::of_file(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            map,
        })
    }

    /// The file it was made from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// The image, its header checked.
    pub fn image(&self) -> Result<Image<'_, Unverified>, Failure> {
        let words = aligned_words(&self.map).unwrap_or_default();
        Image::new(words).map_err(|error| Failure::of_file(&self.path, error))
    }

    /// The image, wholly checked.
    pub fn verified(&self) -> Result<Image<'_, Verified>, Failure> {
        self.image()?
            .verify()
            .map_err(|error| Failure::of_file(&self.path, error))
    }
}
