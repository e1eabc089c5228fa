//! Pages of flash in the address space.

use core::fmt;
use core::ops::Range;

/// Bytes of a page of flash in the address space.
pub const PAGE: u32 = 0x1_0000;

/// The memory management unit of a flash cache: entry `i` shows one page of flash at `BASE + i * PAGE`.
pub trait Mmu {
    /// Address that entry 0 maps.
    const BASE: u32;
    /// Entries that may be used.
    const ENTRIES: u32;
    /// Pages of flash an entry can name.
    const PAGES: u32;

    /// The page of flash that an entry shows, if any.
    fn shown(&self, entry: u32) -> Option<u32>;

    /// Makes an entry show a page of flash.
    fn show(&mut self, entry: u32, page: u32);

    /// Forgets what the cache holds of a range of addresses, both ends of which are multiples of a cache line.
    fn invalidate(&mut self, addresses: Range<u32>);
}

/// Why a range of flash was not mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum MapError {
    /// The range is empty, not aligned to words, or not in the flash.
    Range,
    /// No run of free entries is long enough: so many pages are needed.
    NoRoom(u32),
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range => f.write_str("a range of flash that cannot be mapped"),
            Self::NoRoom(pages) => write!(f, "no room to map {pages} pages of flash"),
        }
    }
}

impl core::error::Error for MapError {}

/// Shows a range of flash; the address of its first byte.
pub(super) fn map<M: Mmu>(mmu: &mut M, range: &Range<u32>) -> Result<u32, MapError> {
    let pages = range.start / PAGE..range.end.div_ceil(PAGE);
    if !range.start.is_multiple_of(4) || pages.is_empty() || pages.end > M::PAGES {
        return Err(MapError::Range);
    }
    let first = match run(M::ENTRIES, &pages, |entry, page| {
        mmu.shown(entry) == Some(page)
    }) {
        Some(first) => first,
        None => {
            // The last entry is the boot loader's own.
            let first = run(M::ENTRIES - 1, &pages, |entry, _| {
                mmu.shown(entry).is_none()
            })
            .ok_or(MapError::NoRoom(pages.end - pages.start))?;
            for (entry, page) in (first..).zip(pages) {
                mmu.show(entry, page);
            }
            first
        }
    };
    Ok(M::BASE + first * PAGE + range.start % PAGE)
}

/// The last run of entries that all fit the pages they would show: the firmware's own are at the beginning.
fn run(entries: u32, pages: &Range<u32>, fits: impl Fn(u32, u32) -> bool) -> Option<u32> {
    let last = entries.checked_sub(pages.end - pages.start)?;
    (0..=last).rev().find(|first| {
        (*first..)
            .zip(pages.clone())
            .all(|(entry, page)| fits(entry, page))
    })
}

/// The multiples of `unit` around a range of addresses.
pub(super) fn around(address: u32, length: u32, unit: u32) -> Range<u32> {
    let end = address.saturating_add(length);
    address - address % unit..end.checked_next_multiple_of(unit).unwrap_or(u32::MAX)
}
