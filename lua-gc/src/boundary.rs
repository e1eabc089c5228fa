//! Where the marker stops: the boundary between RAM and ROM.

use crate::header::{self, ObjectRef};

/// Compile-time strategy that tells ROM objects from RAM objects.
///
/// # Safety
/// [`is_rom`](Self::is_rom) returns true for every ROM object a client hands to
/// [`Tracer::mark_maybe_rom`](crate::Tracer::mark_maybe_rom), and false for every object of a heap.
pub unsafe trait RomBoundary {
    /// Whether `o` lies in ROM.
    ///
    /// # Safety
    /// `o` is a live object of a heap or a ROM object.
    unsafe fn is_rom(o: ObjectRef) -> bool;
}

/// Reads the ROM bit of the header: works anywhere, costs one load from the object.
#[derive(Clone, Copy, Debug)]
pub struct HeaderBit;

// SAFETY: allocation never sets the ROM bit, ROM objects always have it.
unsafe impl RomBoundary for HeaderBit {
    #[inline(always)]
    unsafe fn is_rom(o: ObjectRef) -> bool {
        // SAFETY: the caller's promise is `header::is_rom`'s.
        unsafe { header::is_rom(o) }
    }
}

/// Compares the address with the half-open range `LO..HI`, without touching flash.
#[derive(Clone, Copy, Debug)]
pub struct AddressRange<const LO: usize, const HI: usize>;

// SAFETY: whoever names the range promises that it is the mapped flash, in which no allocator works.
unsafe impl<const LO: usize, const HI: usize> RomBoundary for AddressRange<LO, HI> {
    #[inline(always)]
    unsafe fn is_rom(o: ObjectRef) -> bool {
        o.addr().get().wrapping_sub(LO) < const { HI - LO }
    }
}

/// There are no ROM objects.
#[derive(Clone, Copy, Debug)]
pub struct NoRom;

// SAFETY: a client that chooses this has no ROM objects.
unsafe impl RomBoundary for NoRom {
    #[inline(always)]
    unsafe fn is_rom(_: ObjectRef) -> bool {
        false
    }
}
