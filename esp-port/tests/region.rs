//! A region over flash in RAM whose map is a cache: it shows changes only once it is invalidated.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use esp_port::{Error, FlashMap, FlashRegion};
use lfs_format::error::ErrorKind;
use lfs_format::model::Model;
use lfs_format::write::{BuildInfo, ImageWriter};
use lua_vm::compiler::{Limits, compile};
use lua_vm::num32::Lua;
use lua_vm::number::Num32;
use std::ops::Range;

const BLOCK: u32 = 4096;

struct Ram<const WRITE: usize = 4> {
    cells: Vec<u8>,
    cache: Vec<u32>,
    /// A cell that stays as it is when programmed.
    broken: Option<usize>,
}

impl<const WRITE: usize> Ram<WRITE> {
    fn new(bytes: usize) -> Self {
        Self {
            cells: vec![0x5a; bytes],
            cache: vec![0; bytes / 4],
            broken: None,
        }
    }
}

impl<const WRITE: usize> ErrorType for Ram<WRITE> {
    type Error = NorFlashErrorKind;
}

impl<const WRITE: usize> ReadNorFlash for Ram<WRITE> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        bytes.copy_from_slice(&self.cells[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.cells.len()
    }
}

impl<const WRITE: usize> NorFlash for Ram<WRITE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = BLOCK as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        self.cells[from as usize..to as usize].fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        for (at, byte) in bytes.iter().enumerate() {
            let at = offset as usize + at;
            if self.broken != Some(at) {
                self.cells[at] &= byte;
            }
        }
        Ok(())
    }
}

impl<const WRITE: usize> FlashMap for Ram<WRITE> {
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        self.cache
            .get(range.start as usize / 4..range.end as usize / 4)
    }

    fn invalidate(&mut self, range: Range<u32>) {
        for at in (range.start as usize..range.end as usize).step_by(4) {
            let word = self.cells[at..at + 4].try_into().unwrap();
            self.cache[at / 4] = u32::from_le_bytes(word);
        }
    }
}

/// An image with the module `answer`.
fn image(source: &str) -> Vec<u32> {
    let mut writer = ImageWriter::new(Model::Num32);
    let main = compile::<Num32, _>(
        source.as_bytes(),
        b"@answer.lua",
        &mut writer,
        &Limits::DEFAULT,
    );
    writer.add_module(b"answer", main.unwrap()).unwrap();
    writer.finish(&BuildInfo::default()).unwrap()
}

fn answer(region: &FlashRegion<Ram>) -> i32 {
    let image = region.image().unwrap();
    let mut lua = Lua::with_images(lua_vm::GcConfig::default(), &[image]).unwrap();
    let module = lua.try_enter(|ctx| {
        let function = ctx.image_module(b"answer")?.unwrap();
        Ok(ctx.stash(function)?)
    });
    lua.call(&module.unwrap(), ()).unwrap()
}

#[test]
fn an_image_runs_from_its_region_and_the_next_one_replaces_it() {
    let mut region = FlashRegion::new(Ram::new(8 * 4096), BLOCK, 4 * BLOCK).unwrap();
    assert_eq!(
        region.image().map(|_| ()).unwrap_err().to_string(),
        "not an image at word 0"
    );
    region.program(&image("return 6 * 7")).unwrap();
    assert_eq!(answer(&region), 42);
    let long = format!("local t = {{{}}} return #t", "'x', ".repeat(3000));
    assert!(image(&long).len() * 4 > BLOCK as usize);
    region.program(&image(&long)).unwrap();
    assert_eq!(answer(&region), 3000);
    region.program(&image("return 7")).unwrap();
    assert_eq!(answer(&region), 7);

    let flash = region.into_inner();
    let untouched = |range: Range<usize>| flash.cells[range].iter().all(|&cell| cell == 0x5a);
    assert!(
        untouched(0..4096),
        "the block before the region is not its own"
    );
    assert!(untouched(5 * 4096..8 * 4096), "nor are those behind");
}

#[test]
fn what_does_not_fit_erases_nothing() {
    let mut region = FlashRegion::new(Ram::<4>::new(8 * 4096), 0, BLOCK).unwrap();
    let words = vec![0; 1025];
    assert_eq!(
        region.program(&words),
        Err(Error::TooLarge {
            needed: 4100,
            limit: 4096
        })
    );
    assert_eq!(region.program(&words[..1024]), Ok(()));
}

#[test]
fn regions_are_whole_blocks_inside_the_flash() {
    let region =
        |start, length| FlashRegion::new(Ram::<4>::new(8 * 4096), start, length).map(|_| ());
    assert_eq!(region(0, 8 * BLOCK), Ok(()));
    for (start, length) in [
        (0, 0),
        (0, 9 * BLOCK),
        (8 * BLOCK, BLOCK),
        (100, BLOCK),
        (0, BLOCK + 4),
        (u32::MAX - BLOCK + 1, BLOCK),
    ] {
        assert_eq!(region(start, length), Err(Error::Region));
    }
    let odd = FlashRegion::new(Ram::<512>::new(4096), 0, BLOCK).map(|_| ());
    assert_eq!(odd, Err(Error::Geometry));
}

#[test]
fn a_cell_that_does_not_take_its_value_is_found() {
    let mut flash = Ram::<4>::new(8 * 4096);
    let words = image("return 1");
    flash.broken = Some(BLOCK as usize + words.len() * 4 - 3);
    let mut region = FlashRegion::new(flash, BLOCK, BLOCK).unwrap();
    let at = words.len() as u32 * 4 - 3;
    assert_eq!(region.program(&words), Err(Error::ReadBack(at)));
}

#[test]
fn a_torn_image_is_refused() {
    let mut region = FlashRegion::new(Ram::<4>::new(8 * 4096), 0, BLOCK).unwrap();
    let mut words = image("return 1");
    let last = words.len() - 1;
    words[last] = !0;
    region.program(&words).unwrap();
    let fault = match region.image() {
        Err(Error::Image(error)) => error.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(fault, ErrorKind::PayloadChecksum);
}
