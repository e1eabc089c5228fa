//! `luac-cross pack`: what goes into the flash of a device, as files for the tools that write it.

mod options;

use crate::failure::Failure;
use crate::flash::fill::{Filler, SLOTS};
use crate::flash::{Chip, chip::BLOCK, table};
use crate::output;
use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use esp_idf_part::PartitionTable;
use esp_port::key::Key;
use esp_port::partition::{Partition, Place, Role, Table};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub use options::{Family, HELP, Pack, parse};

/// Where firmware for the ESP8266 has its table: in the block before the one the SDK's data begin in.
const ESP8266_TABLE: u32 = 0xf000;

impl Family {
    /// Where the partition table lies.
    fn place(self) -> Place {
        match self {
            Family::Esp8266 => Place::Esp8266(ESP8266_TABLE),
            Family::Esp32(_) => Place::ESP_IDF,
        }
    }

    /// What esptool calls the chip.
    fn name(self) -> &'static str {
        match self {
            Family::Esp8266 => "esp8266",
            Family::Esp32(name) => name,
        }
    }
}

/// A file that goes to an offset of the flash.
struct Part {
    name: String,
    range: core::ops::Range<u32>,
}

/// Makes the files and says how they are written.
pub fn perform(job: &Pack) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(Failure::new)?;
    let path = folder.path().join("flash.bin");
    let open = |size| Chip::open(&path, size).map_err(|error| Failure::of_file(&path, error));
    let table = match &job.table {
        Some(path) => read_table(path)?,
        None => table::standard(job.size).map_err(Failure::new)?,
    };
    table.check(job.size).map_err(Failure::new)?;
    let place = job.family.place();
    let mut filler = Filler::new(
        open(Some(job.size.into()))?,
        place,
        &table,
        SLOTS,
        job.model,
    )?;
    filler.load(&job.loads)?;
    filler.put(&job.puts)?;
    drop(filler);
    let mut chip = open(None)?;
    let mut parts = vec![Part {
        name: "partitions.bin".to_owned(),
        range: place.offset()..place.offset() + BLOCK as u32,
    }];
    if let Some(path) = &job.key {
        let partition = table.find(Role::LfsKey).ok_or_else(|| {
            Failure::new("the table has no partition for a key (type 0xc2, subtype 0x13)")
        })?;
        let key = Key::to_partition(&crate::sign::read_public(path)?.to_bytes());
        chip.write(partition.range().start, &key)
            .map_err(|error| Failure::new(format_args!("flash: {error:?}")))?;
    }
    for partition in table.partitions() {
        if is_packed(job, partition) {
            let name = String::from_utf8_lossy(partition.name()).into_owned();
            parts.push(Part {
                name: format!("{name}.bin"),
                range: partition.range(),
            });
        }
    }
    std::fs::create_dir_all(&job.output).map_err(|error| Failure::of_file(&job.output, error))?;
    for part in &parts {
        let bytes = used(&mut chip, &part.range)?;
        output::write(&job.output.join(&part.name), &bytes)?;
    }
    output::print(commands(job, &parts)?.as_bytes())
}

/// Whether a partition is written: the firmware's and those of others are not.
fn is_packed(job: &Pack, partition: &Partition) -> bool {
    match partition.role() {
        Role::Lfs | Role::LfsSystem | Role::LfsJournal => !job.loads.is_empty(),
        Role::FileSystem => !job.puts.is_empty(),
        Role::LfsKey => job.key.is_some(),
        _ => false,
    }
}

/// The bytes of a range up to the last block that is not erased; one block at least, so that what was there before is no longer found.
fn used(chip: &mut Chip, range: &core::ops::Range<u32>) -> Result<Vec<u8>, Failure> {
    let mut bytes = vec![0; (range.end - range.start) as usize];
    chip.read(range.start, &mut bytes)
        .map_err(|error| Failure::new(format_args!("flash: {error:?}")))?;
    let last = bytes.iter().rposition(|byte| *byte != 0xff).unwrap_or(0);
    // The journal of a store is three blocks, at the start of its partition.
    let least = 3 * BLOCK;
    let length = (last + 1)
        .next_multiple_of(BLOCK)
        .max(least.min(bytes.len()));
    bytes.truncate(length);
    Ok(bytes)
}

/// The table of a file: ESP-IDF's binary one, or its CSV.
fn read_table(path: &Path) -> Result<Table, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::of_file(path, error))?;
    let binary = match core::str::from_utf8(&bytes) {
        Ok(text) => PartitionTable::try_from_str(text)
            .and_then(|table| table.to_bin())
            .map_err(|error| Failure::of_file(path, error))?,
        Err(_) => bytes,
    };
    Table::from_idf(&binary).map_err(|error| Failure::of_file(path, error))
}

fn commands(job: &Pack, parts: &[Part]) -> Result<String, Failure> {
    let mut places = String::new();
    let mut list = String::new();
    let file = |name: &str| -> PathBuf { job.output.join(name) };
    for part in parts {
        let path = file(&part.name);
        let length = std::fs::metadata(&path)
            .map_err(|error| Failure::of_file(&path, error))?
            .len();
        // Writing to a string cannot fail.
        let _ = write!(places, " {:#x} {}", part.range.start, path.display());
        let _ = writeln!(
            list,
            "{:#010x}  {length:>8} bytes  {}",
            part.range.start,
            path.display()
        );
    }
    let _ = write!(
        list,
        "\nTo write them, beside the firmware:\n\n  esptool --chip {} write-flash{places}\n",
        job.family.name()
    );
    if matches!(job.family, Family::Esp32(_)) {
        list += "\nor\n\n";
        for part in parts {
            let _ = writeln!(
                list,
                "  espflash write-bin --chip {} {:#x} {}",
                job.family.name(),
                part.range.start,
                file(&part.name).display()
            );
        }
    }
    Ok(list)
}
