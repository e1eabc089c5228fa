//! A volume: mounting, formatting, and what concerns names.

use crate::Error;
use crate::disk::{self, CACHE, Disk};
use crate::name::Name;
use crate::open::Slot;
use crate::pinned::Pinned;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use embedded_storage::nor_flash::NorFlash;
use littlefs_rust_core as core_fs;
use littlefs_rust_core::{Lfs, LfsConfig, LfsInfo};

/// Most bytes of the map of free blocks; each bit is one block, and a larger volume is mapped piece by piece.
const MAX_LOOKAHEAD: u32 = 64;

/// What the core works on, at one place for as long as the volume exists.
struct Inner<F> {
    lfs: MaybeUninit<Lfs>,
    config: LfsConfig,
    disk: Disk<F>,
    /// Owned here, reached through `config`.
    _buffers: [Vec<u8>; 3],
}

/// What is known of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Stat {
    /// Bytes; 0 of a directory.
    pub size: u32,
    /// Whether it is a directory.
    pub directory: bool,
}

/// How full a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Usage {
    /// Bytes of the volume.
    pub total: u32,
    /// Bytes of whole blocks in use.
    pub used: u32,
}

/// Files in a range of flash.
///
/// About 800 bytes of heap, and 420 more for each open file. Everything fails with [`Error::NotMounted`] before
/// [`Volume::mount`].
pub struct Volume<F: NorFlash> {
    inner: Pinned<Inner<F>>,
    mounted: bool,
    pub(crate) slots: Vec<Slot>,
}

pub(crate) fn zeroed(bytes: usize) -> Result<Vec<u8>, Error> {
    let mut buffer = Vec::new();
    buffer
        .try_reserve_exact(bytes)
        .map_err(|_| Error::OutOfMemory)?;
    buffer.resize(bytes, 0);
    Ok(buffer)
}

/// The result of the core, which is negative if it failed.
pub(crate) fn check(code: i32) -> Result<u32, Error> {
    u32::try_from(code).map_err(|_| Error::from_code(code))
}

impl<F: NorFlash> Volume<F> {
    /// A volume in the `length` bytes of `flash` from `start` on; nothing is read or written yet.
    ///
    /// # Errors
    /// [`Error::Region`], [`Error::Geometry`], [`Error::OutOfMemory`].
    pub fn new(flash: F, start: u32, length: u32) -> Result<Self, Error> {
        let disk = Disk::new(flash, start, length)?;
        let lookahead = disk
            .blocks()
            .div_ceil(8)
            .next_multiple_of(8)
            .min(MAX_LOOKAHEAD);
        let mut buffers = [
            zeroed(CACHE as usize)?,
            zeroed(CACHE as usize)?,
            zeroed(lookahead as usize)?,
        ];
        let mut config = disk.config(lookahead);
        let [read, program, free] = &mut buffers;
        config.read_buffer = read.as_mut_ptr().cast();
        config.prog_buffer = program.as_mut_ptr().cast();
        config.lookahead_buffer = free.as_mut_ptr().cast();
        let inner = Pinned::new(Inner {
            lfs: MaybeUninit::zeroed(),
            config,
            disk,
            _buffers: buffers,
        })?;
        let place = inner.as_ptr();
        // SAFETY: the object is live; no reference to it exists.
        unsafe { (*place).config.context = disk::context(&raw mut (*place).disk) };
        Ok(Self {
            inner,
            mounted: false,
            slots: Vec::new(),
        })
    }

    /// The core's state; valid to use once mounted.
    pub(crate) fn lfs(&self) -> *mut Lfs {
        // SAFETY: the object is live; `MaybeUninit<Lfs>` has the layout of `Lfs`.
        unsafe { (&raw mut (*self.inner.as_ptr()).lfs).cast() }
    }

    fn config(&self) -> *const LfsConfig {
        // SAFETY: the object is live.
        unsafe { &raw const (*self.inner.as_ptr()).config }
    }

    /// The core's state, if the volume is mounted.
    pub(crate) fn mounted(&self) -> Result<*mut Lfs, Error> {
        match self.mounted {
            true => Ok(self.lfs()),
            false => Err(Error::NotMounted),
        }
    }

    /// Takes up what lies in flash, and ends what a power cut left half done.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if that is no volume of this range, [`Error::Flash`].
    pub fn mount(&mut self) -> Result<(), Error> {
        self.unmount();
        // SAFETY: all that the configuration points at is live and does not move; the state is plain numbers and
        // pointers, for which zeros are values.
        unsafe { self.lfs().write_bytes(0, 1) };
        check(core_fs::lfs_mount(self.lfs(), self.config())).map_err(|error| match error {
            // The superblock is of another version or size.
            Error::InvalidPosition => Error::Corrupt,
            other => other,
        })?;
        self.mounted = true;
        // While a file is between two directories the core hides its neighbour as well, until the next write.
        match check(core_fs::lfs_fs_mkconsistent(self.lfs())) {
            // A full volume can still be read.
            Ok(_) | Err(Error::NoSpace) => Ok(()),
            Err(error) => {
                self.abandon();
                Err(error)
            }
        }
    }

    /// Makes an empty volume of the range, whatever lies there, and leaves it unmounted. Open files are lost.
    ///
    /// # Errors
    /// [`Error::Flash`]; [`Error::NoSpace`] or [`Error::Corrupt`] if the first blocks cannot be written.
    pub fn format(&mut self) -> Result<(), Error> {
        self.abandon();
        // SAFETY: as in `mount`.
        unsafe { self.lfs().write_bytes(0, 1) };
        check(core_fs::lfs_format(self.lfs(), self.config())).map(|_| ())
    }

    /// Closes all files and lets go of the volume.
    pub fn unmount(&mut self) {
        self.close_all();
        self.abandon();
    }

    /// Lets go of the volume and of open files, without writing.
    fn abandon(&mut self) {
        if self.mounted {
            core_fs::lfs_unmount(self.lfs());
            self.mounted = false;
        }
        self.slots.iter_mut().for_each(Slot::clear);
    }

    /// Whether the volume is mounted.
    pub fn is_mounted(&self) -> bool {
        self.mounted
    }

    /// Unmounts and gives the flash back.
    pub fn into_flash(mut self) -> F {
        self.unmount();
        let slots = core::mem::take(&mut self.slots);
        drop(slots);
        // Only unmounting would be left to do.
        let this = core::mem::ManuallyDrop::new(self);
        // SAFETY: `this` is not used or dropped any more, so the object has one owner; the slots left behind are empty and
        // own nothing.
        let inner = unsafe { core::ptr::read(&raw const this.inner) };
        inner.into_inner().disk.flash
    }

    /// Runs an operation of the core that takes names.
    ///
    /// The core puts objects of its own stack on the list of open files while it works; whatever way it ends, the list
    /// must be what it was.
    pub(crate) fn keep_list(
        &mut self,
        lfs: *mut Lfs,
        operation: impl FnOnce() -> i32,
    ) -> Result<u32, Error> {
        // SAFETY: the state is live, and initialised as the volume is mounted.
        let list = unsafe { (*lfs).mlist };
        let done = operation();
        // SAFETY: as above.
        unsafe { (*lfs).mlist = list };
        check(done)
    }

    /// What is known of a name.
    ///
    /// Of a file that is being written, the size is what was flushed.
    ///
    /// # Errors
    /// [`Error::NotFound`] and whatever reading meets.
    pub fn stat(&mut self, name: &[u8]) -> Result<Stat, Error> {
        let lfs = self.mounted()?;
        let name = Name::new(name)?;
        let mut info = MaybeUninit::<LfsInfo>::zeroed();
        check(core_fs::lfs_stat(lfs, name.as_ptr(), info.as_mut_ptr()))?;
        // SAFETY: plain numbers, zeroed before the core filled them in.
        Ok(stat_of(unsafe { info.assume_init_ref() }))
    }

    /// Makes the directories a name lies in.
    pub(crate) fn make_parents(&mut self, name: &mut Name) -> Result<(), Error> {
        let lfs = self.mounted()?;
        let mut from = 1;
        while let Some(slash) = name.slash_from(from) {
            let made = name.with_parent(slash, |parent| {
                self.keep_list(lfs, || core_fs::lfs_mkdir(lfs, parent))
            });
            match made {
                Ok(_) | Err(Error::Exists) => {}
                Err(error) => return Err(error),
            }
            from = slash + 1;
        }
        Ok(())
    }

    /// Removes the directories that a name lay in, as far as they are empty.
    pub(crate) fn remove_parents(&mut self, name: &mut Name) {
        let Ok(lfs) = self.mounted() else { return };
        let mut end = name.len();
        while let Some(slash) = name.slash_before(end).filter(|slash| *slash > 0) {
            let removed = name.with_parent(slash, |parent| {
                self.keep_list(lfs, || core_fs::lfs_remove(lfs, parent))
            });
            match removed {
                Ok(_) | Err(Error::NotFound) => {}
                // One that is not empty stays, and so does one that the flash could not remove: it only takes room.
                Err(_) => return,
            }
            end = slash;
        }
    }

    /// Removes a file, or an empty directory. Whoever has the file open loses it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotEmpty`], and whatever writing meets.
    pub fn remove(&mut self, name: &[u8]) -> Result<(), Error> {
        let lfs = self.mounted()?;
        let mut name = Name::new(name)?;
        self.keep_list(lfs, || core_fs::lfs_remove(lfs, name.as_ptr()))?;
        self.remove_parents(&mut name);
        Ok(())
    }

    /// Gives a file another name, in one step that a power cut does not divide. A file that had that name is replaced.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IsDirectory`], [`Error::NotDirectory`], and whatever writing meets.
    pub fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<(), Error> {
        let lfs = self.mounted()?;
        let (mut from, mut to) = (Name::new(from)?, Name::new(to)?);
        let mut info = MaybeUninit::<LfsInfo>::zeroed();
        check(core_fs::lfs_stat(lfs, from.as_ptr(), info.as_mut_ptr()))?;
        self.make_parents(&mut to)?;
        let done = self.keep_list(lfs, || core_fs::lfs_rename(lfs, from.as_ptr(), to.as_ptr()));
        match done {
            Ok(_) => self.remove_parents(&mut from),
            Err(error) => {
                self.remove_parents(&mut to);
                return Err(error);
            }
        }
        Ok(())
    }

    /// How full the volume is; time in proportion to what it holds.
    ///
    /// # Errors
    /// Whatever reading meets.
    pub fn usage(&mut self) -> Result<Usage, Error> {
        let lfs = self.mounted()?;
        // SAFETY: the object is live; the disk is not in use between two calls of the core.
        let blocks = unsafe { (*self.inner.as_ptr()).disk.blocks() };
        // Blocks that an open file shares with what was flushed of it count twice.
        let used = check(core_fs::lfs_fs_size(lfs))?.min(blocks);
        let block = F::ERASE_SIZE as u32;
        Ok(Usage {
            total: blocks * block,
            used: used * block,
        })
    }
}

impl<F: NorFlash> Drop for Volume<F> {
    fn drop(&mut self) {
        self.unmount();
    }
}

/// The part of the core's answer that is of use.
pub(crate) fn stat_of(info: &LfsInfo) -> Stat {
    let directory = u32::from(info.type_) == core_fs::lfs_type::lfs_type::LFS_TYPE_DIR;
    Stat {
        size: if directory { 0 } else { info.size },
        directory,
    }
}
