//! Open files.

use crate::Error;
use crate::disk::CACHE;
use crate::name::Name;
use crate::pinned::Pinned;
use crate::volume::{Volume, check, zeroed};
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use embedded_storage::nor_flash::NorFlash;
use littlefs_rust_core as core_fs;
use littlefs_rust_core::lfs_type::{lfs_open_flags as flag, lfs_whence_flags as whence};
use littlefs_rust_core::{Lfs, LfsFile, LfsFileConfig};

/// Most files open at a time.
pub const MAX_OPEN: usize = 16;

/// An open file. A handle of a closed file is never that of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Handle(u32);

impl Handle {
    /// For other file systems than a [`Volume`], which number their open files as they like.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Mode {
    read: bool,
    write: bool,
    create: bool,
    truncate: bool,
    append: bool,
}

impl Mode {
    /// `r`: reads a file that exists.
    pub const READ: Self = Self {
        read: true,
        write: false,
        create: false,
        truncate: false,
        append: false,
    };
    /// `r+`: reads and writes a file that exists.
    pub const UPDATE: Self = Self {
        write: true,
        ..Self::READ
    };
    /// `w`: writes an empty file.
    pub const WRITE: Self = Self {
        read: false,
        write: true,
        create: true,
        truncate: true,
        append: false,
    };
    /// `a`: writes behind the end, wherever the position is.
    pub const APPEND: Self = Self {
        truncate: false,
        append: true,
        ..Self::WRITE
    };

    /// From a mode of C's `fopen`; `b` has no effect.
    pub fn parse(mode: &[u8]) -> Option<Self> {
        let (kind, rest) = mode.split_first()?;
        let kind = match kind {
            b'r' => Self::READ,
            b'w' => Self::WRITE,
            b'a' => Self::APPEND,
            _ => return None,
        };
        match rest {
            b"" | b"b" => Some(kind),
            b"+" | b"+b" | b"b+" => Some(Self {
                read: true,
                write: true,
                ..kind
            }),
            _ => None,
        }
    }

    fn flags(self) -> i32 {
        [
            (self.read, flag::LFS_O_RDONLY),
            (self.write, flag::LFS_O_WRONLY),
            (self.create, flag::LFS_O_CREAT),
            (self.truncate, flag::LFS_O_TRUNC),
            (self.append, flag::LFS_O_APPEND),
        ]
        .iter()
        .fold(0, |flags, (set, flag)| match set {
            true => flags | flag,
            false => flags,
        })
    }
}

/// What a position is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Whence {
    /// The start of the file.
    Start,
    /// The position.
    Current,
    /// The end of the file.
    End,
}

/// What the core keeps pointers to while a file is open.
struct OpenFile {
    file: MaybeUninit<LfsFile>,
    config: LfsFileConfig,
    /// Owned here, reached through `config`.
    _cache: Vec<u8>,
}

struct Opened {
    object: Pinned<OpenFile>,
    mode: Mode,
    /// What befell a write: what follows it would leave a hole, and the content is not to be committed.
    failed: Option<Error>,
}

impl Opened {
    fn new(mode: Mode) -> Result<Self, Error> {
        let mut cache = zeroed(CACHE as usize)?;
        let config = LfsFileConfig {
            buffer: cache.as_mut_ptr().cast(),
            attrs: core::ptr::null_mut(),
            attr_count: 0,
        };
        let object = Pinned::new(OpenFile {
            file: MaybeUninit::zeroed(),
            config,
            _cache: cache,
        })?;
        Ok(Self {
            object,
            mode,
            failed: None,
        })
    }

    fn file(&self) -> *mut LfsFile {
        // SAFETY: the object is live; `MaybeUninit<LfsFile>` has the layout of `LfsFile`.
        unsafe { (&raw mut (*self.object.as_ptr()).file).cast() }
    }

    fn config(&self) -> *const LfsFileConfig {
        // SAFETY: the object is live.
        unsafe { &raw const (*self.object.as_ptr()).config }
    }
}

/// A place for an open file.
pub(crate) struct Slot {
    generation: u32,
    opened: Option<Opened>,
}

impl Slot {
    /// Frees what the core no longer points at.
    pub(crate) fn clear(&mut self) {
        self.opened = None;
    }
}

/// Takes a file off the core's list; no effect if it is not on it.
///
/// # Safety
/// The state is live, and so is everything on its list.
unsafe fn unlist(lfs: *mut Lfs, file: *mut LfsFile) {
    // SAFETY: the caller's promise; all objects of the list begin with their link.
    unsafe {
        let mut link = &raw mut (*lfs).mlist;
        while !(*link).is_null() {
            if (*link).cast::<LfsFile>() == file {
                *link = (**link).next;
            } else {
                link = &raw mut (**link).next;
            }
        }
    }
}

/// Low bits of a handle that number the slot.
const SLOT_BITS: u32 = 8;

impl<F: NorFlash> Volume<F> {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IsDirectory`], [`Error::TooManyFiles`], [`Error::OutOfMemory`], and whatever
    /// writing meets if the file is made.
    pub fn open(&mut self, name: &[u8], mode: Mode) -> Result<Handle, Error> {
        let lfs = self.mounted()?;
        let mut name = Name::new(name)?;
        let slot = self.free_slot()?;
        let opened = Opened::new(mode)?;
        let mut done = open_file(lfs, &name, &opened);
        if done == Err(Error::NotFound) && mode.create {
            done = self
                .make_parents(&mut name)
                .and_then(|()| open_file(lfs, &name, &opened));
            if done.is_err() {
                self.remove_parents(&mut name);
            }
        }
        done?;
        let place = self.slots.get_mut(slot).ok_or(Error::TooManyFiles)?;
        place.generation = place.generation.wrapping_add(1);
        place.opened = Some(opened);
        Ok(Handle((place.generation << SLOT_BITS) | slot as u32))
    }

    /// The number of a free slot.
    fn free_slot(&mut self) -> Result<usize, Error> {
        if let Some(free) = self.slots.iter().position(|slot| slot.opened.is_none()) {
            return Ok(free);
        }
        if self.slots.len() >= MAX_OPEN {
            return Err(Error::TooManyFiles);
        }
        self.slots.try_reserve(1).map_err(|_| Error::OutOfMemory)?;
        self.slots.push(Slot {
            generation: 0,
            opened: None,
        });
        Ok(self.slots.len() - 1)
    }

    /// The slot of an open file.
    fn slot(&mut self, handle: Handle) -> Result<(*mut Lfs, &mut Slot), Error> {
        let lfs = self.mounted()?;
        let index = (handle.0 & ((1 << SLOT_BITS) - 1)) as usize;
        let slot = self
            .slots
            .get_mut(index)
            .filter(|slot| {
                slot.opened.is_some() && slot.generation << SLOT_BITS == handle.0 & !0xff
            })
            .ok_or(Error::BadHandle)?;
        Ok((lfs, slot))
    }

    fn opened(&mut self, handle: Handle) -> Result<(*mut Lfs, &mut Opened), Error> {
        let (lfs, slot) = self.slot(handle)?;
        Ok((lfs, slot.opened.as_mut().ok_or(Error::BadHandle)?))
    }

    /// Reads at the position; 0 bytes at the end of the file.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::NotReadable`], and whatever reading meets.
    pub fn read(&mut self, handle: Handle, to: &mut [u8]) -> Result<usize, Error> {
        let (lfs, opened) = self.opened(handle)?;
        if !opened.mode.read {
            return Err(Error::NotReadable);
        }
        if let Some(error) = opened.failed {
            return Err(error);
        }
        let count = to.len().min(i32::MAX as usize) as u32;
        let read = core_fs::lfs_file_read(lfs, opened.file(), to.as_mut_ptr().cast(), count);
        check(read).map(|count| count as usize)
    }

    /// Writes all bytes at the position. After an error nothing more can be written, and what was not flushed before is lost.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::NotWritable`], [`Error::NoSpace`], [`Error::TooLarge`], and whatever writing meets.
    pub fn write(&mut self, handle: Handle, bytes: &[u8]) -> Result<(), Error> {
        let (lfs, opened) = self.opened(handle)?;
        if !opened.mode.write {
            return Err(Error::NotWritable);
        }
        if let Some(error) = opened.failed {
            return Err(error);
        }
        if bytes.is_empty() {
            // The core would fill up to a position behind the end.
            return Ok(());
        }
        // SAFETY: the file is open, its object live.
        let position = unsafe { (*opened.file()).pos };
        let end = u32::try_from(bytes.len())
            .ok()
            .and_then(|length| position.checked_add(length))
            .filter(|end| *end <= i32::MAX as u32)
            .ok_or(Error::TooLarge)?;
        let count = end - position;
        let written = check(core_fs::lfs_file_write(
            lfs,
            opened.file(),
            bytes.as_ptr().cast(),
            count,
        ));
        if let Err(error) = written {
            opened.failed = Some(error);
            return Err(error);
        }
        Ok(())
    }

    /// Moves the position and gives it; it may lie behind the end, and a write there fills what is between with zeros.
    ///
    /// # Errors
    /// [`Error::BadHandle`], [`Error::InvalidPosition`], and whatever writing meets.
    pub fn seek(&mut self, handle: Handle, from: Whence, offset: i64) -> Result<u32, Error> {
        let (lfs, opened) = self.opened(handle)?;
        if let Some(error) = opened.failed {
            return Err(error);
        }
        let base = match from {
            Whence::Start => 0,
            Whence::Current => core_fs::lfs_file_tell(lfs, opened.file()),
            Whence::End => core_fs::lfs_file_size(lfs, opened.file()),
        };
        let position = i64::from(base)
            .checked_add(offset)
            .and_then(|position| i32::try_from(position).ok())
            .filter(|position| *position >= 0)
            .ok_or(Error::InvalidPosition)?;
        check(core_fs::lfs_file_seek(
            lfs,
            opened.file(),
            position,
            whence::LFS_SEEK_SET,
        ))
    }

    /// Commits what was written: from here on a power cut leaves it.
    ///
    /// # Errors
    /// [`Error::BadHandle`]; the error of an earlier write; whatever writing meets.
    pub fn flush(&mut self, handle: Handle) -> Result<(), Error> {
        let (lfs, opened) = self.opened(handle)?;
        if let Some(error) = opened.failed {
            return Err(error);
        }
        let done = check(core_fs::lfs_file_sync(lfs, opened.file()));
        if let Err(error) = done {
            opened.failed = Some(error);
            return Err(error);
        }
        Ok(())
    }

    /// Commits what was written and closes the file, which it does in any case.
    ///
    /// # Errors
    /// As [`Volume::flush`].
    pub fn close(&mut self, handle: Handle) -> Result<(), Error> {
        let (lfs, slot) = self.slot(handle)?;
        let opened = slot.opened.take().ok_or(Error::BadHandle)?;
        close_file(lfs, opened)
    }

    /// Closes all files.
    pub(crate) fn close_all(&mut self) {
        let Ok(lfs) = self.mounted() else { return };
        for slot in &mut self.slots {
            if let Some(opened) = slot.opened.take() {
                // There is nobody to tell of a failure.
                let _ = close_file(lfs, opened);
            }
        }
    }
}

/// Opens a file; after an error the core has no pointer to it.
fn open_file(lfs: *mut Lfs, name: &Name, opened: &Opened) -> Result<(), Error> {
    let flags = opened.mode.flags();
    let done = check(core_fs::lfs_file_opencfg(
        lfs,
        opened.file(),
        name.as_ptr(),
        flags,
        opened.config(),
    ));
    if done.is_err() {
        // SAFETY: the volume is mounted, so the state is live, and whatever is on the list is owned by its slots or by
        // `opened`.
        unsafe { unlist(lfs, opened.file()) };
    }
    done.map(|_| ())
}

/// Closes a file; in any case the core has no pointer to it afterwards.
fn close_file(lfs: *mut Lfs, opened: Opened) -> Result<(), Error> {
    let file = opened.file();
    if opened.failed.is_some() {
        // SAFETY: the file is open, its object live. The flag keeps the core from committing it.
        unsafe { (*file).flags |= flag::LFS_F_ERRED as u32 };
    }
    let done = check(core_fs::lfs_file_close(lfs, file));
    // SAFETY: as in `open_file`.
    unsafe { unlist(lfs, file) };
    match opened.failed {
        Some(error) => Err(error),
        None => done.map(|_| ()),
    }
}
