//! Where journal and slots lie.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;

use super::Error;
use super::record;
use crate::checksum;

/// Which of the images that are mounted together. Names of [`Application`](Region::Application) hide those of
/// [`System`](Region::System).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Region {
    /// What came with the firmware.
    System,
    /// What the user's programs are.
    Application,
}

impl Region {
    /// Both regions.
    pub const ALL: [Region; 2] = [Region::System, Region::Application];

    pub(super) fn index(self) -> usize {
        self as usize
    }

    pub(super) fn from_index(index: u32) -> Option<Region> {
        Region::ALL.get(index as usize).copied()
    }
}

/// Most slots of a region.
pub const MAX_SLOTS: u8 = 127;
/// Most bytes of a slot: lengths are kept as 24 bits of words.
const MAX_SLOT: u32 = 0x00ff_ffff * 4;

/// Fewest erase blocks of a journal: two that may hold the state, and one to go on in.
const MIN_JOURNAL: u32 = 3;

/// The slots of one region: equal parts of a range of flash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slots {
    pub(super) range: Range<u32>,
    pub(super) count: u8,
    /// Bytes of one slot; known once the size of erase blocks is.
    pub(super) slot: u32,
}

/// The places of the journal and of the slots in flash, in bytes from its start.
///
/// ```
/// use lfs_format::store::{Layout, Region};
///
/// // A journal of three blocks of 4 KiB, one 64 KiB slot for the System, two of 128 KiB for the Application.
/// let layout = Layout::new(0x10_0000..0x10_3000)
///     .region(Region::System, 0x11_0000..0x12_0000, 1)
///     .region(Region::Application, 0x12_0000..0x16_0000, 2);
/// assert_eq!(layout.slots(Region::Application), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub(super) journal: Range<u32>,
    pub(super) regions: [Option<Slots>; 2],
}

impl Layout {
    /// A layout without regions. The journal takes at least three erase blocks; more spread its wear.
    pub const fn new(journal: Range<u32>) -> Self {
        Self {
            journal,
            regions: [None, None],
        }
    }

    /// One range of flash for the journal, in its first three erase blocks of `erase` bytes, and the slots of the Application behind it.
    pub fn application(range: Range<u32>, erase: u32, slots: u8) -> Self {
        let behind = range
            .start
            .saturating_add(erase.saturating_mul(MIN_JOURNAL));
        Self::new(range.start..behind).region(Region::Application, behind..range.end, slots)
    }

    /// With a region of `slots` equal slots in `range`. What is left over behind the last whole erase block of a slot is not used.
    ///
    /// Two slots and more give updates that leave the running image alone; one slot gives the most room.
    #[must_use]
    pub fn region(mut self, region: Region, range: Range<u32>, slots: u8) -> Self {
        self.regions[region.index()] = Some(Slots {
            range,
            count: slots,
            slot: 0,
        });
        self
    }

    /// Number of slots of a region; 0 if there is no such region.
    pub fn slots(&self, region: Region) -> u8 {
        self.get(region).map_or(0, |slots| slots.count)
    }

    pub(super) fn get(&self, region: Region) -> Option<&Slots> {
        self.regions[region.index()].as_ref()
    }

    pub(super) fn require(&self, region: Region) -> Result<&Slots, Error> {
        self.get(region).ok_or(Error::NoRegion)
    }

    /// The place of a slot.
    pub(super) fn place(&self, region: Region, slot: u8) -> Result<Range<u32>, Error> {
        let slots = self.require(region)?;
        if slot >= slots.count {
            return Err(Error::NoRegion);
        }
        // Within the range, as was checked when the layout was fitted.
        let start = slots.range.start + u32::from(slot) * slots.slot;
        Ok(start..start + slots.slot)
    }

    /// The layout for this flash, checked.
    pub(super) fn fit<F: NorFlash>(mut self, flash: &F) -> Result<Self, Error> {
        let unit = record::SEAL_ROOM as usize;
        let units = [F::READ_SIZE, F::WRITE_SIZE];
        if units
            .iter()
            .any(|size| *size == 0 || !unit.is_multiple_of(*size))
            || !F::ERASE_SIZE.is_multiple_of(super::PAGE)
            || F::ERASE_SIZE < 3 * record::STRIDE as usize
        {
            return Err(Error::Geometry);
        }
        let erase = u32::try_from(F::ERASE_SIZE).map_err(|_| Error::Geometry)?;
        let whole = |range: &Range<u32>| {
            range.start < range.end
                && range.end as usize <= flash.capacity()
                && range.start.is_multiple_of(erase)
                && range.end.is_multiple_of(erase)
        };
        if !whole(&self.journal) || (self.journal.end - self.journal.start) / erase < MIN_JOURNAL {
            return Err(Error::Layout);
        }
        for slots in self.regions.iter_mut().flatten() {
            if !whole(&slots.range) || slots.count == 0 || slots.count > MAX_SLOTS {
                return Err(Error::Layout);
            }
            let room = (slots.range.end - slots.range.start) / u32::from(slots.count);
            slots.slot = (room - room % erase).min(MAX_SLOT - MAX_SLOT % erase);
            if slots.slot == 0 {
                return Err(Error::Layout);
            }
        }
        match self.overlaps() {
            true => Err(Error::Layout),
            false => Ok(self),
        }
    }

    fn overlaps(&self) -> bool {
        let apart = |a: &Range<u32>, b: &Range<u32>| a.end <= b.start || b.end <= a.start;
        let [system, application] = &self.regions;
        let ranges = [
            Some(&self.journal),
            system.as_ref().map(|slots| &slots.range),
            application.as_ref().map(|slots| &slots.range),
        ];
        [(0, 1), (0, 2), (1, 2)]
            .iter()
            .any(|&(a, b)| matches!((ranges[a], ranges[b]), (Some(a), Some(b)) if !apart(a, b)))
    }

    /// A sum over all places of slots. Records carry it, so that those of another layout select nothing.
    pub(super) fn fingerprint(&self) -> u32 {
        let mut words = [0; 8];
        for (words, slots) in words.as_chunks_mut::<4>().0.iter_mut().zip(&self.regions) {
            if let Some(slots) = slots {
                *words = [
                    slots.range.start,
                    slots.range.end,
                    u32::from(slots.count),
                    slots.slot,
                ];
            }
        }
        checksum::crc32(&words)
    }
}
