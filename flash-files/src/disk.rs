//! A range of flash as the core reaches it.

use crate::Error;
use core::ffi::c_void;
use core::slice;
use embedded_storage::nor_flash::NorFlash;
use littlefs_rust_core::LfsConfig;

/// Bytes of each cache; an erase block is whole caches, a cache whole units of the driver.
pub(crate) const CACHE: u32 = 256;

/// Least unit of programming, in bytes. The core tells whether a log can be appended to from one such unit, so a
/// torn program is missed the less often the larger it is.
const LEAST_UNIT: u32 = 16;

const FLASH_ERROR: i32 = -5;

/// A range of whole erase blocks of a flash.
pub(crate) struct Disk<F> {
    pub(crate) flash: F,
    start: u32,
    blocks: u32,
}

impl<F: NorFlash> Disk<F> {
    const BLOCK: u32 = F::ERASE_SIZE as u32;

    pub(crate) fn new(flash: F, start: u32, length: u32) -> Result<Self, Error> {
        let page = CACHE as usize;
        let units = [F::READ_SIZE, F::WRITE_SIZE];
        if F::ERASE_SIZE == 0
            || !F::ERASE_SIZE.is_multiple_of(page)
            || units
                .iter()
                .any(|unit| *unit == 0 || !page.is_multiple_of(*unit))
        {
            return Err(Error::Geometry);
        }
        let inside = start
            .checked_add(length)
            .is_some_and(|end| end as usize <= flash.capacity());
        let whole = start.is_multiple_of(Self::BLOCK) && length.is_multiple_of(Self::BLOCK);
        let blocks = length / Self::BLOCK;
        // Two blocks hold the root and nothing else could ever be written.
        if !inside || !whole || blocks < 3 {
            return Err(Error::Region);
        }
        Ok(Self {
            flash,
            start,
            blocks,
        })
    }

    /// Erase blocks.
    pub(crate) fn blocks(&self) -> u32 {
        self.blocks
    }

    /// The geometry; pointers are for the caller to set.
    pub(crate) fn config(&self, lookahead: u32) -> LfsConfig {
        let unit = |size: usize| (size as u32).max(LEAST_UNIT);
        LfsConfig {
            context: core::ptr::null_mut(),
            read: Some(read::<F>),
            prog: Some(program::<F>),
            erase: Some(erase::<F>),
            sync: Some(sync),
            read_size: unit(F::READ_SIZE),
            prog_size: unit(F::WRITE_SIZE),
            block_size: Self::BLOCK,
            block_count: self.blocks,
            block_cycles: 500,
            cache_size: CACHE,
            lookahead_size: lookahead,
            compact_thresh: 0,
            read_buffer: core::ptr::null_mut(),
            prog_buffer: core::ptr::null_mut(),
            lookahead_buffer: core::ptr::null_mut(),
            name_max: 0,
            file_max: 0,
            attr_max: 0,
            metadata_max: 0,
            inline_max: 0,
        }
    }

    /// Where `length` bytes at an offset in a block lie in the flash, if they lie in the range.
    fn place(&self, block: u32, offset: u32, length: u32) -> Option<u32> {
        let inside = block < self.blocks
            && offset
                .checked_add(length)
                .is_some_and(|end| end <= Self::BLOCK);
        // Cannot overflow: it lies in the range, which lies in the flash.
        inside.then(|| self.start + block * Self::BLOCK + offset)
    }
}

fn code<E>(done: Option<Result<(), E>>) -> i32 {
    match done {
        Some(Ok(())) => 0,
        _ => FLASH_ERROR,
    }
}

/// # Safety
/// `config.context` is a live `Disk<F>` that nothing else refers to during the call.
unsafe fn disk<'a, F>(config: *const LfsConfig) -> &'a mut Disk<F> {
    // SAFETY: the caller's promise.
    unsafe { &mut *(*config).context.cast::<Disk<F>>() }
}

unsafe extern "C" fn read<F: NorFlash>(
    config: *const LfsConfig,
    block: u32,
    offset: u32,
    to: *mut u8,
    length: u32,
) -> i32 {
    // SAFETY: the core calls with the volume's configuration, whose context is its disk, and with a buffer of `length`
    // bytes that it has initialised.
    let (disk, bytes) = unsafe {
        (
            disk::<F>(config),
            slice::from_raw_parts_mut(to, length as usize),
        )
    };
    let place = disk.place(block, offset, length);
    code(place.map(|place| disk.flash.read(place, bytes)))
}

unsafe extern "C" fn program<F: NorFlash>(
    config: *const LfsConfig,
    block: u32,
    offset: u32,
    from: *const u8,
    length: u32,
) -> i32 {
    // SAFETY: as for `read`.
    let (disk, bytes) = unsafe {
        (
            disk::<F>(config),
            slice::from_raw_parts(from, length as usize),
        )
    };
    let place = disk.place(block, offset, length);
    code(place.map(|place| disk.flash.write(place, bytes)))
}

unsafe extern "C" fn erase<F: NorFlash>(config: *const LfsConfig, block: u32) -> i32 {
    // SAFETY: as for `read`.
    let disk = unsafe { disk::<F>(config) };
    let length = Disk::<F>::BLOCK;
    let place = disk.place(block, 0, length);
    code(place.map(|place| disk.flash.erase(place, place + length)))
}

/// The driver keeps nothing back.
unsafe extern "C" fn sync(_: *const LfsConfig) -> i32 {
    0
}

/// The pointer that the callbacks get back.
pub(crate) fn context<F>(disk: *mut Disk<F>) -> *mut c_void {
    disk.cast()
}
