//! A flash that a test keeps hold of while a volume uses it.

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use lfs_format::nor::{Error, NorModel};
use std::cell::RefCell;
use std::rc::Rc;

pub const BLOCK: u32 = 4096;

pub type Model = NorModel<4096>;

#[derive(Clone)]
pub struct Chip(pub Rc<RefCell<Model>>);

impl Chip {
    pub fn new(blocks: usize) -> Self {
        Chip(Rc::new(RefCell::new(Model::new(blocks).unwrap())))
    }
}

impl ErrorType for Chip {
    type Error = Error;
}

impl ReadNorFlash for Chip {
    const READ_SIZE: usize = Model::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.borrow_mut().read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.borrow().capacity()
    }
}

impl NorFlash for Chip {
    const WRITE_SIZE: usize = Model::WRITE_SIZE;
    const ERASE_SIZE: usize = Model::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        self.0.borrow_mut().erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.0.borrow_mut().write(offset, bytes)
    }
}
