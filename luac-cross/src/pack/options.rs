//! The command line of `luac-cross pack`.

use crate::failure::Failure;
use crate::flash::fill;
use crate::flash::fill::{Load, Put};
use crate::options::usage;
use lexopt::prelude::*;
use lfs_format::model::Model;
use lfs_format::store::Region;
use std::ffi::OsString;
use std::path::PathBuf;

/// Text of `pack --help`.
pub const HELP: &str = "\
usage: luac-cross pack [options] -o folder    files for the flash of a device, and the commands that write them

  -o folder       where the files go
  --chip name     esp32, esp32s2, esp32s3, esp32c2, esp32c3, esp32c6, esp32h2 or esp8266 (esp32c3)
  --size size     bytes of the flash (4M)
  --table file    the partition table, as CSV or binary; without it, one for the size
  --load image    an image for the Application
  --system image  an image for the System
  --put [name=]file  a file (may be repeated)
  --key name.pub  the key that images must be signed with; the table must have a partition for it
  --num64         64-bit integers and floats
";

const CHIPS: [&str; 7] = [
    "esp32", "esp32s2", "esp32s3", "esp32c2", "esp32c3", "esp32c6", "esp32h2",
];
const DEFAULT_SIZE: u32 = 4 << 20;

/// A family of chips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The ESP8266.
    Esp8266,
    /// One of the ESP32 family.
    Esp32(&'static str),
}

/// A packing.
#[derive(Debug)]
pub struct Pack {
    /// The folder for the files.
    pub output: PathBuf,
    /// The chip.
    pub family: Family,
    /// Bytes of flash.
    pub size: u32,
    /// File of the partition table.
    pub table: Option<PathBuf>,
    /// Images.
    pub loads: Vec<Load>,
    /// Files.
    pub puts: Vec<Put>,
    /// File of the key.
    pub key: Option<PathBuf>,
    /// Number model.
    pub model: Model,
}

/// Reads the words behind `pack`; `None` if help is asked for.
pub fn parse(words: &[OsString]) -> Result<Option<Pack>, Failure> {
    let mut output = None;
    let mut job = Pack {
        output: PathBuf::new(),
        family: Family::Esp32("esp32c3"),
        size: DEFAULT_SIZE,
        table: None,
        loads: Vec::new(),
        puts: Vec::new(),
        key: None,
        model: Model::Num32,
    };
    let mut parser = lexopt::Parser::from_args(words.iter().cloned());
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Short('o') => output = Some(PathBuf::from(parser.value()?)),
            Long("chip") => job.family = family(&parser.value()?)?,
            Long("size") => job.size = fill::flash_size(&parser.value()?)?,
            Long("table") => job.table = Some(parser.value()?.into()),
            Long("load") => job
                .loads
                .push(Load::new(Region::Application, parser.value()?)),
            Long("system") => job.loads.push(Load::new(Region::System, parser.value()?)),
            Long("put") => job.puts.push(Put::parse(&parser.value()?)?),
            Long("key") => job.key = Some(parser.value()?.into()),
            Long("num32") => job.model = Model::Num32,
            Long("num64") => job.model = Model::Num64,
            other => return Err(other.unexpected().into()),
        }
    }
    job.output = output.ok_or_else(|| usage("pack: which folder? -o folder"))?;
    Ok(Some(job))
}

fn family(word: &OsString) -> Result<Family, Failure> {
    match word.to_str() {
        Some("esp8266") => Ok(Family::Esp8266),
        word => CHIPS
            .into_iter()
            .find(|chip| Some(*chip) == word)
            .map(Family::Esp32)
            .ok_or_else(|| {
                usage(format_args!(
                    "pack: --chip is one of {} and esp8266",
                    CHIPS.join(", ")
                ))
            }),
    }
}
