//! The driver for the ESP8266's flash, and a store over it.

use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use esp_port::FlashMap;
use esp_port::drivers::Window;
use esp_port::drivers::esp8266::{Bank, ChipRom, Esp8266Flash, FlashError};
use lfs_format::image::Image;
use lfs_format::model::Model;
use lfs_format::store::{Acceptance, Boot, Error, Layout, ReadError, Region, Source, Store};

use lx106::stand_ins;

use super::{demand, say};

type Flash = Esp8266Flash<ChipRom>;

/// An image that the emulator loads, not in the flash that the tests write.
const IMAGE: *const u32 = 0x6010_0000 as *const u32;
/// The part of flash that the tests write.
const SHOWN: core::ops::Range<u32> = stand_ins::SHOWN[1].start..stand_ins::SHOWN[1].end;
const IMAGE_WORDS: usize = 0x1_0000 / 4;
const SECTOR: u32 = 0x1000;
/// Beyond the bank that is mapped.
const UNMAPPED: u32 = 0x18_0000;

pub fn run() {
    stand_ins::power_on();
    // SAFETY: stand-ins are where the chip has the routines; the only value of the type.
    let mut flash = unsafe { Flash::take(stand_ins::CAPACITY, Bank::FIRST) };
    // SAFETY: the store leaves alone what it has selected.
    let map = unsafe { flash.window() };
    demand(contract(&mut flash).is_ok(), "no routine fails");
    demand(update(&mut flash, &map).is_ok(), "the store works");
    say(format_args!(
        "flash driver: {} calls of the ROM",
        stand_ins::calls()
    ));
}

/// What `NorFlash` promises.
fn contract(flash: &mut Flash) -> Result<(), FlashError> {
    let mut pattern = [0; 1028];
    for (at, byte) in pattern.iter_mut().enumerate() {
        *byte = (at * 7) as u8;
    }
    let mut back = [0; 1028];
    for start in [SHOWN.start, UNMAPPED] {
        let at = start + SECTOR - 0x3fc;
        flash.erase(start, start + 2 * SECTOR)?;
        flash.write(at, &pattern)?;
        flash.read(at, &mut back)?;
        demand(back == pattern, "what was written is read back");
        flash.erase(start, start + SECTOR)?;
        flash.read(start + SECTOR - 8, &mut back[..16])?;
        demand(back[..8] == [0xff; 8], "a sector is erased");
        demand(back[8..16] == pattern[0x3fc..0x404], "its neighbour is not");
    }
    // Bits that were programmed may be programmed again, to 0 only.
    flash.write(SHOWN.start, &[0xf0; 4])?;
    flash.write(SHOWN.start, &[0x30; 4])?;
    let shown = flash.mapped(SHOWN.start..SHOWN.start + 4);
    demand(
        shown == Some(&[0x3030_3030]),
        "the window shows what was programmed",
    );
    flash.invalidate(SHOWN);
    Ok(())
}

/// Words in memory as the source of an update.
struct Words(&'static [u32]);

impl Source for Words {
    fn length(&mut self) -> Result<u32, ReadError> {
        Ok(self.0.len() as u32 * 4)
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ReadError> {
        for (at, byte) in (offset as usize..).zip(bytes) {
            *byte = self.0.get(at / 4).ok_or(ReadError)?.to_le_bytes()[at % 4];
        }
        Ok(())
    }
}

/// An image goes into the store, is found after a restart, and lies there word by word.
fn update(flash: &mut Flash, map: &Window) -> Result<(), Error> {
    // SAFETY: the emulator has memory there, and nothing writes it.
    let loaded = unsafe { core::slice::from_raw_parts(IMAGE, IMAGE_WORDS) };
    let image = Image::new(loaded)?;
    let layout = Layout::application(SHOWN, SECTOR, 2);
    let mut store = Store::open(&mut *flash, layout.clone(), Model::Num32)?;
    let mut update = store.update()?;
    update.install(Region::Application, Words(image.words()))?;
    update.commit(Acceptance::Trial(2))?;
    drop(store);

    let mut store = Store::open(flash, layout, Model::Num32)?;
    demand(
        store.boot()? == Boot::Trial { left: 1 },
        "the image is on trial",
    );
    store.confirm()?;
    let Some(selected) = store.selected(Region::Application) else {
        demand(false, "an image is selected");
        return Ok(());
    };
    let mounted = selected.verify(map)?;
    demand(
        mounted.words() == image.words(),
        "it is the one that was installed",
    );
    say(format_args!(
        "store: {} bytes installed at {:#x}, verified in place",
        mounted.words().len() * 4,
        selected.range().start
    ));
    Ok(())
}
