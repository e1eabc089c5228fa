//! One flash for the partition table, the store and the file system.

use core::cell::RefCell;
use core::fmt;
use core::ops::Range;

use alloc::rc::Rc;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use lfs_format::store::FlashMap;

/// A flash that has more than one user, one after the other. A copy is another handle to the same flash.
#[derive(Debug)]
pub struct Shared<F>(Rc<RefCell<F>>);

impl<F> Clone for Shared<F> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<F> Shared<F> {
    /// Takes the flash.
    pub fn new(flash: F) -> Self {
        Self(Rc::new(RefCell::new(flash)))
    }

    /// Lends the flash; `None` while it is lent already.
    pub fn with<R>(&self, f: impl FnOnce(&mut F) -> R) -> Option<R> {
        self.0.try_borrow_mut().ok().map(|mut flash| f(&mut flash))
    }
}

/// Why an operation on a shared flash failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedError<E> {
    /// It is lent: used from inside [`Shared::with`].
    Lent,
    /// The driver failed.
    Flash(E),
}

impl<E: fmt::Debug> NorFlashError for SharedError<E>
where
    E: NorFlashError,
{
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            SharedError::Lent => NorFlashErrorKind::Other,
            SharedError::Flash(error) => error.kind(),
        }
    }
}

impl<F: ErrorType> ErrorType for Shared<F> {
    type Error = SharedError<F::Error>;
}

impl<F: ReadNorFlash> ReadNorFlash for Shared<F> {
    const READ_SIZE: usize = F::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        let read = self.with(|flash| flash.read(offset, bytes));
        read.ok_or(SharedError::Lent)?.map_err(SharedError::Flash)
    }

    fn capacity(&self) -> usize {
        self.with(|flash| flash.capacity()).unwrap_or(0)
    }
}

impl<F: NorFlash> NorFlash for Shared<F> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        let erased = self.with(|flash| flash.erase(from, to));
        erased.ok_or(SharedError::Lent)?.map_err(SharedError::Flash)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        let written = self.with(|flash| flash.write(offset, bytes));
        written
            .ok_or(SharedError::Lent)?
            .map_err(SharedError::Flash)
    }
}

/// A flash with the map that shows it: what a store works on.
#[derive(Clone, Debug)]
pub struct Mapped<F, M> {
    /// The flash.
    pub flash: F,
    /// What shows it in the address space.
    pub map: M,
}

impl<F, M: FlashMap> FlashMap for Mapped<F, M> {
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        self.map.mapped(range)
    }

    fn invalidate(&mut self, range: Range<u32>) {
        self.map.invalidate(range);
    }
}

impl<F: ErrorType, M> ErrorType for Mapped<F, M> {
    type Error = F::Error;
}

impl<F: ReadNorFlash, M> ReadNorFlash for Mapped<F, M> {
    const READ_SIZE: usize = F::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), F::Error> {
        self.flash.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl<F: NorFlash, M> NorFlash for Mapped<F, M> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), F::Error> {
        self.flash.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), F::Error> {
        self.flash.write(offset, bytes)
    }
}
