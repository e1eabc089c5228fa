//! Listing all files of a volume.

use crate::Error;
use crate::name::MAX_NAME;
use crate::volume::{Stat, Volume, check, stat_of};
use core::mem::MaybeUninit;
use embedded_storage::nor_flash::NorFlash;
use littlefs_rust_core as core_fs;
use littlefs_rust_core::{Lfs, LfsDir, LfsInfo};

/// What is shown each file of a volume.
pub type Visit<'v> = dyn FnMut(&[u8], Stat) -> Result<(), Error> + 'v;

/// Deepest directory that is listed.
const MAX_DEPTH: usize = 8;

/// Directories being read, each within the one before, and the name of the innermost.
struct Walk {
    lfs: *mut Lfs,
    directories: [MaybeUninit<LfsDir>; MAX_DEPTH],
    /// Length of the name of each, with the slash behind it.
    lengths: [usize; MAX_DEPTH],
    depth: usize,
    name: [u8; MAX_NAME + 1],
}

impl Walk {
    /// Enters the directory whose name is the first `length` bytes.
    fn enter(&mut self, length: usize) -> Result<(), Error> {
        let directory = self
            .directories
            .get_mut(self.depth)
            .ok_or(Error::NameTooLong)?;
        *directory = MaybeUninit::zeroed();
        *self.name.get_mut(length).ok_or(Error::NameTooLong)? = 0;
        let name: *const u8 = match length {
            0 => c"/".as_ptr().cast(),
            _ => self.name.as_ptr(),
        };
        check(core_fs::lfs_dir_open(
            self.lfs,
            directory.as_mut_ptr(),
            name,
        ))?;
        if let Some(kept) = self.lengths.get_mut(self.depth) {
            *kept = match length {
                0 => 0,
                _ => length + 1,
            };
        }
        if let Some(slash) = self.name.get_mut(length).filter(|_| length > 0) {
            *slash = b'/';
        }
        self.depth += 1;
        Ok(())
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if let Some(directory) = self.directories.get_mut(self.depth) {
            core_fs::lfs_dir_close(self.lfs, directory.as_mut_ptr());
        }
    }

    /// The next entry of the innermost directory: its whole name's length, and what it is.
    fn next(&mut self) -> Result<Option<(usize, Stat)>, Error> {
        let inner = self.depth.saturating_sub(1);
        let (Some(directory), Some(start)) =
            (self.directories.get_mut(inner), self.lengths.get(inner))
        else {
            return Ok(None);
        };
        let mut info = MaybeUninit::<LfsInfo>::zeroed();
        let more = core_fs::lfs_dir_read(self.lfs, directory.as_mut_ptr(), info.as_mut_ptr());
        if check(more)? == 0 {
            return Ok(None);
        }
        // SAFETY: plain numbers, zeroed before the core filled them in.
        let info = unsafe { info.assume_init_ref() };
        let length = info.name.iter().position(|byte| *byte == 0);
        let name = info.name.get(..length.unwrap_or(0)).unwrap_or_default();
        if matches!(name, b"." | b"..") {
            return Ok(Some((0, stat_of(info))));
        }
        let end = start + name.len();
        self.name
            .get_mut(*start..end)
            .filter(|_| end <= MAX_NAME)
            .ok_or(Error::NameTooLong)?
            .copy_from_slice(name);
        Ok(Some((end, stat_of(info))))
    }

    fn run(&mut self, visit: &mut Visit<'_>) -> Result<(), Error> {
        self.enter(0)?;
        while self.depth > 0 {
            match self.next()? {
                None => self.leave(),
                Some((0, _)) => {}
                Some((length, stat)) if stat.directory => self.enter(length)?,
                Some((length, stat)) => visit(self.name.get(..length).unwrap_or_default(), stat)?,
            }
        }
        Ok(())
    }
}

impl<F: NorFlash> Volume<F> {
    /// Shows all files, with whole names, in no particular order; an error of `visit` ends it.
    ///
    /// # Errors
    /// That of `visit`; [`Error::NameTooLong`] for a name of more than 255 bytes or in more than seven directories; whatever reading
    /// meets.
    pub fn list(&mut self, visit: &mut Visit<'_>) -> Result<(), Error> {
        let mut walk = Walk {
            lfs: self.mounted()?,
            directories: [const { MaybeUninit::uninit() }; MAX_DEPTH],
            lengths: [0; MAX_DEPTH],
            depth: 0,
            name: [0; MAX_NAME + 1],
        };
        let done = walk.run(visit);
        while walk.depth > 0 {
            walk.leave();
        }
        done
    }
}
