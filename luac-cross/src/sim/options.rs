//! The command line of `luac-cross sim`.

use crate::failure::Failure;
use crate::flash::fill::{Load, Put};
use crate::flash::{chip::BLOCK, table};
use crate::options::{number, usage};
use lexopt::prelude::*;
use lfs_format::model::Model;
use lfs_format::store::Region;
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
        trust: true,
        model: Model::Num32,
    };
    let mut parser = lexopt::Parser::from_args(words.iter().cloned());
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("flash") => flash = Some(PathBuf::from(parser.value()?)),
            Long("size") => job.size = chip_size(&parser.value()?)?,
            Long("heap") => job.heap = number(&parser.value()?, "a size")?,
            Long("load") => job.loads.push(load(Region::Application, parser.value()?)),
            Long("system") => job.loads.push(load(Region::System, parser.value()?)),
            Long("put") => job.puts.push(put(&parser.value()?)?),
            Long("cut-after") => job.cut_after = Some(operations(&parser.value()?)?),
            Long("verify") => job.trust = false,
            Long("num32") => job.model = Model::Num32,
            Long("num64") => job.model = Model::Num64,
            other => return Err(other.unexpected().into()),
        }
    }
    job.flash = flash.ok_or_else(|| usage("sim: which flash file? --flash flash.bin"))?;
    Ok(Some(job))
}

fn chip_size(word: &OsString) -> Result<u64, Failure> {
    let size = number(word, "a size")?;
    let fits =
        size.is_multiple_of(BLOCK) && u32::try_from(size).is_ok_and(|size| size >= table::LEAST);
    match fits {
        true => Ok(size as u64),
        false => Err(usage("sim: a flash has 1M or more, in whole blocks of 4K")),
    }
}

fn operations(word: &OsString) -> Result<u64, Failure> {
    let count = word.to_str().and_then(|word| word.parse().ok());
    count
        .filter(|count| *count > 0)
        .ok_or_else(|| usage("sim: --cut-after takes a number of operations from 1 on"))
}

fn load(region: Region, path: OsString) -> Load {
    Load {
        region,
        path: PathBuf::from(path),
    }
}

/// `name=file`, or a file that keeps its name.
pub fn put(word: &OsString) -> Result<Put, Failure> {
    let text = word
        .to_str()
        .ok_or_else(|| usage("--put: the name is not UTF-8"))?;
    if let Some((name, path)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) {
        return Ok(Put {
            name: name.to_owned(),
            path: PathBuf::from(path),
        });
    }
    let path = PathBuf::from(text);
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| usage("--put: which file?"))?.to_owned();
    Ok(Put { name, path })
}
