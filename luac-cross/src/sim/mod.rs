//! The device on the desk: a virtual device whose flash is a file.

mod board;
mod http;
mod options;

use crate::failure::Failure;
use crate::flash::fill::{Filler, SYSTEM_SLOT};
use crate::flash::{Chip, Power, table};
use board::Desk;
use esp_port::Exit;
use esp_port::board::{Board, ResetCause};
use esp_port::boot::{Firmware, SoleWriter, Verification, boot};
use esp_port::key::Key;
use esp_port::partition::Place;
use lfs_format::model::Model;
use lua_vm::number::{Num32, Num64, NumberModel};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

pub use options::{HELP, Sim, parse};

/// Where the partition table lies.
const PLACE: Place = Place::ESP_IDF;

/// Bytes of native stack for the compiler: what a device has.
const COMPILER_STACK: usize = 32 * 1024;

/// Runs the device until its terminal ends.
pub fn perform(job: &Sim) -> Result<(), Failure> {
    fill(job)?;
    match job.model {
        Model::Num32 => run::<Num32>(job),
        Model::Num64 => run::<Num64>(job),
    }
}

fn open(job: &Sim) -> Result<Chip, Failure> {
    Chip::open(&job.flash, Some(job.size)).map_err(|error| Failure::of_file(&job.flash, error))
}

/// Puts images and files in before the first start.
fn fill(job: &Sim) -> Result<(), Failure> {
    let chip = open(job)?;
    let standard = standard(&chip, &job.flash)?;
    let mut filler = Filler::new(chip, PLACE, &standard, job.slots, job.model)?;
    filler.load(&job.loads)?;
    filler.put(&job.puts)
}

fn standard(chip: &Chip, path: &Path) -> Result<esp_port::partition::Table, Failure> {
    use embedded_storage::nor_flash::ReadNorFlash;
    let size = u32::try_from(chip.capacity()).unwrap_or(u32::MAX);
    table::standard(size).map_err(|error| Failure::of_file(path, error))
}

fn run<N: NumberModel>(job: &Sim) -> Result<(), Failure> {
    let desk = Rc::new(RefCell::new(Desk::new()?));
    let power = job.cut_after.map_or_else(Power::steady, Power::failing_in);
    let key = match &job.key {
        Some(path) => Key::Public(crate::sign::read_public(path)?),
        None => Key::None,
    };
    loop {
        let mut chip = open(job)?;
        chip.connect(&power);
        let standard = standard(&chip, &job.flash)?;
        let window = chip.window();
        // SAFETY: the flash file is this program's as long as it runs, and what changes slots beside the store of the
        // device is the same store, in `Filler`.
        let sole = unsafe { SoleWriter::promise() };
        let firmware = Firmware::<N> {
            place: PLACE,
            table: &standard,
            slots: job.slots,
            system_slot: SYSTEM_SLOT,
            verification: match job.trust {
                true => Verification::Once(sole),
                false => Verification::Always,
            },
            heap: job.heap,
            compiler_stack: COMPILER_STACK,
            key,
            names: &[&http::NAMES],
            open: |lua| lua.open_library("http", http::Http::layer()),
        };
        let board: Rc<RefCell<dyn Board>> = desk.clone();
        match boot(board, chip, window, &firmware) {
            Ok(Exit::Ended) => return Ok(()),
            Ok(Exit::Restart) => desk.borrow_mut().restarted(ResetCause::Software),
            Err(error) => return Err(Failure::bytes(error.message())),
        }
    }
}
