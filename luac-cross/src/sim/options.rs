//! The command line of `luac-cross sim`.

use crate::failure::Failure;
use crate::flash::fill::{self, Load, Put};
use crate::options::{number, usage};
use lexopt::prelude::*;
use lfs_format::model::Model;
use lfs_format::store::{MAX_SLOTS, Region};
use std::ffi::OsString;
use std::path::PathBuf;

/// Text of `sim --help`.
pub const HELP: &str = "\
usage: luac-cross sim --flash flash.bin [options]    boot a virtual device whose flash is a file

  --flash file    the flash; made if it does not exist
  --size size     bytes of a flash that is made (4M; 1M and more)
  --heap size     heap of Lua (44K): of the host's objects, which are up to twice as large as a device's
  --load image    install an image for the Application before the start, if it is not there
  --system image  the same for the System
  --put [name=]file  write a file into the file system before the start (may be repeated)
  --cut-after n   cut the power in the middle of the n-th program or erase of flash
  --slots n       slots for images of the Application: 2 and more keep the one before; 1 has the most room (2)
  --key name.pub  take new images only if they are signed with this key
  --verify        verify images whole at every start, not only at their first
  --num64         64-bit integers and floats

At a terminal it reads with history; Ctrl-C interrupts Lua, Ctrl-D ends. What is piped in is run as if it were typed.
";

const DEFAULT_SIZE: u64 = 4 << 20;
const DEFAULT_HEAP: usize = 44 * 1024;

/// A run of a virtual device.
#[derive(Debug)]
pub struct Sim {
    /// Its flash.
    pub flash: PathBuf,
    /// Bytes of flash that is made.
    pub size: u64,
    /// Bytes of heap.
    pub heap: usize,
    /// Images installed first.
    pub loads: Vec<Load>,
    /// Files written first.
    pub puts: Vec<Put>,
    /// Operation in which the power fails.
    pub cut_after: Option<u64>,
    /// Slots for the images of the Application.
    pub slots: u8,
    /// File of the key that images loaded later must be signed with.
    pub key: Option<PathBuf>,
    /// Whether images verified once are trusted.
    pub trust: bool,
    /// Number model.
    pub model: Model,
}

/// Reads the words behind `sim`; `None` if help is asked for.
pub fn parse(words: &[OsString]) -> Result<Option<Sim>, Failure> {
    let mut flash = None;
    let mut job = Sim {
        flash: PathBuf::new(),
        size: DEFAULT_SIZE,
        heap: DEFAULT_HEAP,
        loads: Vec::new(),
        puts: Vec::new(),
        cut_after: None,
        slots: fill::SLOTS,
        key: None,
        trust: true,
        model: Model::Num32,
    };
    let mut parser = lexopt::Parser::from_args(words.iter().cloned());
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("flash") => flash = Some(PathBuf::from(parser.value()?)),
            Long("size") => job.size = fill::flash_size(&parser.value()?)?.into(),
            Long("heap") => job.heap = number(&parser.value()?, "a size")?,
            Long("load") => job
                .loads
                .push(Load::new(Region::Application, parser.value()?)),
            Long("system") => job.loads.push(Load::new(Region::System, parser.value()?)),
            Long("put") => job.puts.push(Put::parse(&parser.value()?)?),
            Long("cut-after") => job.cut_after = Some(operations(&parser.value()?)?),
            Long("slots") => job.slots = slots(&parser.value()?)?,
            Long("key") => job.key = Some(parser.value()?.into()),
            Long("verify") => job.trust = false,
            Long("num32") => job.model = Model::Num32,
            Long("num64") => job.model = Model::Num64,
            other => return Err(other.unexpected().into()),
        }
    }
    job.flash = flash.ok_or_else(|| usage("sim: which flash file? --flash flash.bin"))?;
    Ok(Some(job))
}

fn slots(word: &OsString) -> Result<u8, Failure> {
    let count = word.to_str().and_then(|word| word.parse().ok());
    count
        .filter(|count| (1..=MAX_SLOTS).contains(count))
        .ok_or_else(|| usage(format_args!("sim: --slots is 1 to {MAX_SLOTS}")))
}

fn operations(word: &OsString) -> Result<u64, Failure> {
    let count = word.to_str().and_then(|word| word.parse().ok());
    count
        .filter(|count| *count > 0)
        .ok_or_else(|| usage("sim: --cut-after takes a number of operations from 1 on"))
}
