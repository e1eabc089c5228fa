//! Flash in the steps the store takes.

use embedded_storage::nor_flash::NorFlash;

use super::Error;
use super::fault::{Fault, sown};

/// Bytes read at a time: whole read units, and little of a stack.
pub(super) const CHUNK: usize = 64;

/// Erases one block, whatever it looks like: cells of a torn erase may read as erased now and not later.
pub(super) fn erase<F: NorFlash>(flash: &mut F, at: u32) -> Result<(), Error> {
    if sown(Fault::TrustErasedLooking) && is_blank(flash, at, F::ERASE_SIZE as u32)? {
        return Ok(());
    }
    flash
        .erase(at, at + F::ERASE_SIZE as u32)
        .map_err(Error::flash)
}

/// Programs whole write units and reads them back.
pub(super) fn program<F: NorFlash>(flash: &mut F, at: u32, bytes: &[u8]) -> Result<(), Error> {
    flash.write(at, bytes).map_err(Error::flash)?;
    match holds(flash, at, bytes)? {
        true => Ok(()),
        false => Err(Error::ReadBack(at)),
    }
}

/// Whether flash holds `bytes`. Read units are at most 32 bytes, so what is read may be more.
pub(super) fn holds<F: NorFlash>(flash: &mut F, at: u32, bytes: &[u8]) -> Result<bool, Error> {
    if sown(Fault::ForgetReadBack) {
        return Ok(true);
    }
    let mut same = true;
    let mut offset = at;
    for chunk in bytes.chunks(CHUNK) {
        same &= compare(flash, offset, chunk.len(), |index, cell| {
            chunk.get(index) == Some(&cell)
        })?;
        offset += chunk.len() as u32;
    }
    Ok(same)
}

/// Whether all bits of a range are set.
pub(super) fn is_blank<F: NorFlash>(flash: &mut F, at: u32, length: u32) -> Result<bool, Error> {
    let mut offset = 0;
    while offset < length {
        let count = (length - offset).min(CHUNK as u32);
        if !compare(flash, at + offset, count as usize, |_, cell| cell == 0xff)? {
            return Ok(false);
        }
        offset += count;
    }
    Ok(true)
}

/// Whether a test holds for each of at most [`CHUNK`] bytes, with its number.
fn compare<F: NorFlash>(
    flash: &mut F,
    at: u32,
    length: usize,
    test: impl Fn(usize, u8) -> bool,
) -> Result<bool, Error> {
    let mut cells = [0; CHUNK];
    let whole = length.next_multiple_of(F::READ_SIZE).min(CHUNK);
    let cells = cells.get_mut(..whole).unwrap_or_default();
    flash.read(at, cells).map_err(Error::flash)?;
    Ok(cells
        .iter()
        .take(length)
        .enumerate()
        .all(|(index, cell)| test(index, *cell)))
}
