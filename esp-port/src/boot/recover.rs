//! Partition table, store and file system as they are found, mended where a power cut left them.

use alloc::vec::Vec;

use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use lfs_format::signature::ImageOnly;
use lfs_format::store::{Boot, Error as StoreError, FlashMap, Store};
use lua_vm::number::NumberModel;

use super::{Firmware, Stored};
use crate::device::{Media, Terminal};
use crate::files::{Error, Files, Volume};
use crate::key::Key;
use crate::lua::node::FileSource;
use crate::partition::{self, Role, Table};
use crate::shared::{Mapped, Shared};

/// Bytes looked at a time.
const CHUNK: usize = 64;

/// The flash with its table and its store.
pub(super) fn media<N, F, M>(
    mut flash: Shared<F>,
    map: M,
    firmware: &Firmware<'_, N>,
    terminal: &mut Terminal,
) -> Media<F, M>
where
    N: NumberModel,
    F: NorFlash,
    M: FlashMap + Clone,
{
    let table = table(&mut flash, firmware, terminal);
    let layout = table.layout(F::ERASE_SIZE as u32, firmware.slots, firmware.system_slot);
    let store = layout.and_then(|layout| {
        let mapped = Mapped {
            flash: flash.clone(),
            map: map.clone(),
        };
        let opened =
            Store::open(mapped, layout, lua_vm::image_model::<N>()).and_then(|mut store| {
                let boot = store.boot()?;
                Ok((store, boot))
            });
        match opened {
            Ok((store, boot)) => {
                log!(info, "store: {}", boot);
                say_boot(boot, &store, terminal);
                Some(store)
            }
            Err(error) => {
                log!(error, "store: {}", error);
                terminal.print(format_args!("LFS: {error}\n"));
                None
            }
        }
    });
    Media {
        flash,
        map,
        place: firmware.place,
        table,
        store,
    }
}

/// The partition table; that of the firmware, which is written, if there is none.
fn table<N: NumberModel, F: NorFlash>(
    flash: &mut Shared<F>,
    firmware: &Firmware<'_, N>,
    terminal: &mut Terminal,
) -> Table {
    let size = u32::try_from(flash.capacity()).unwrap_or(u32::MAX);
    let found = Table::read(flash, firmware.place).and_then(|table| {
        table.check(size)?;
        Ok(table)
    });
    let error = match found {
        Ok(table) => {
            log!(
                info,
                "partition table: {=usize} partitions",
                table.partitions().len()
            );
            return table;
        }
        Err(error) => error,
    };
    log!(warn, "partition table: {}", error);
    let table = firmware.table.try_clone().unwrap_or_default();
    let written = match error {
        // What is no table may be replaced; one that cannot be read is left alone.
        partition::Error::Magic(_) | partition::Error::Checksum => {
            table.write(flash, firmware.place)
        }
        other => Err(other),
    };
    match written {
        Ok(()) => terminal.print(format_args!("{error}: the firmware's is written\n")),
        Err(second) => terminal.print(format_args!("{second}: the firmware's is used\n")),
    }
    table
}

fn say_boot<F: NorFlash, M: FlashMap>(
    boot: Boot,
    store: &Store<Stored<F, M>>,
    terminal: &mut Terminal,
) {
    match boot {
        Boot::Confirmed => {}
        Boot::Trial { left } => terminal.print(format_args!(
            "LFS: on trial, {left} starts left to call node.LFS.confirm()\n"
        )),
        Boot::RolledBack => terminal.write(b"LFS: not confirmed, the image before is back\n"),
    }
    if store.interrupted().is_some() {
        terminal.write(b"LFS: empty, its replacement was interrupted: reload an image\n");
    }
}

/// Carries out a replacement that waits. If its file is not there any more it is given up.
pub(super) fn resume<F: NorFlash, M: FlashMap>(
    store: &mut Store<Stored<F, M>>,
    key: &Key,
    files: Option<&Files>,
    terminal: &mut Terminal,
) {
    let Some(pending) = store.pending() else {
        return;
    };
    let source = files.map(|files| FileSource::open(files, pending.source()));
    let resumed = match source {
        Some(Ok(mut source)) => match key.check(&mut source) {
            Ok(()) => store.resume(ImageOnly(source)),
            Err(error) => {
                terminal.print(format_args!("LFS: {error}\n"));
                Err(StoreError::SourceChanged)
            }
        },
        _ => Err(StoreError::Source),
    };
    log!(info, "store: replacement: {}", resumed);
    match resumed {
        Ok(()) => terminal.write(b"LFS: image replaced\n"),
        Err(error @ (StoreError::Flash(_) | StoreError::ReadBack(_))) => {
            terminal.print(format_args!("LFS: {error}\n"));
        }
        Err(error) => {
            terminal.print(format_args!("LFS: {error}: replacement given up\n"));
            if let Err(error) = store.abandon() {
                terminal.print(format_args!("LFS: {error}\n"));
            }
        }
    }
}

/// What new images must be signed with.
pub(super) fn key<F: NorFlash>(flash: &mut Shared<F>, table: &Table, built_in: Key) -> Key {
    match (built_in, table.find(Role::LfsKey)) {
        (Key::None, Some(partition)) => Key::read(flash, partition.range().start),
        (key, _) => key,
    }
}

/// The file system, if there is a partition for it. One that was never used is made; one that is damaged is not.
pub(super) fn files<F: NorFlash + 'static>(
    flash: &Shared<F>,
    table: &Table,
    terminal: &mut Terminal,
) -> Option<Files> {
    let range = table.find(Role::FileSystem)?.range();
    let mounted =
        Volume::new(flash.clone(), range.start, range.end - range.start).and_then(|mut volume| {
            match volume.mount() {
                Err(Error::Corrupt) if is_blank(flash, range.start, F::ERASE_SIZE) => {
                    log!(info, "file system: never used, made");
                    volume.format()?;
                    volume.mount()?;
                }
                Err(Error::Corrupt) => {
                    terminal.write(b"file system is damaged: file.format() makes an empty one\n")
                }
                other => other?,
            }
            Files::new(volume)
        });
    match mounted {
        Ok(files) => {
            log!(info, "file system: {=u32} bytes", range.end - range.start);
            Some(files)
        }
        Err(error) => {
            log!(error, "file system: {}", error);
            terminal.print(format_args!("file system: {error}\n"));
            None
        }
    }
}

/// Whether the first blocks of a file system were never written.
fn is_blank<F: NorFlash>(flash: &Shared<F>, start: u32, block: usize) -> bool {
    let mut flash = flash.clone();
    let mut bytes = Vec::new();
    if bytes.try_reserve_exact(CHUNK.max(F::READ_SIZE)).is_err() {
        return false;
    }
    bytes.resize(CHUNK.max(F::READ_SIZE), 0);
    (start..start.saturating_add(2 * block as u32))
        .step_by(bytes.len())
        .all(|at| flash.read(at, &mut bytes).is_ok() && bytes.iter().all(|byte| *byte == 0xff))
}
