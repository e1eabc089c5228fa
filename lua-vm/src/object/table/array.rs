//! The array part: one block with the payloads below a boundary, growing down, and the tags above it. An access
//! needs the boundary and the index alone, and a tag costs a byte.

use super::Slot;
use crate::number::NumberModel;
use crate::value::{Payload, tag};
use core::alloc::Layout;
use core::mem::{align_of, size_of};
use core::ptr::{NonNull, null_mut};
use lua_gc::{Memory, OutOfMemory};

/// The largest capacity.
pub const MAX: u32 = 1
    << if cfg!(target_pointer_width = "64") {
        30
    } else {
        26
    };

/// The place of element `index` (from 0).
///
/// # Safety
/// `index` is below the capacity of the block at `array`.
#[inline(always)]
pub unsafe fn slot<N: NumberModel>(array: *mut u8, index: usize) -> Slot<N> {
    // SAFETY: the caller's promise, and the layout of the block.
    unsafe {
        Slot {
            payload: (array as *mut Payload<N>).sub(index + 1),
            tag: array.add(index),
        }
    }
}

/// Bytes of a block.
#[inline]
pub const fn bytes<N: NumberModel>(cap: u32) -> usize {
    (size_of::<Payload<N>>() + 1).saturating_mul(cap as usize)
}

fn layout<N: NumberModel>(cap: u32) -> Result<Layout, OutOfMemory> {
    Layout::from_size_align(bytes::<N>(cap), align_of::<Payload<N>>()).map_err(|_| OutOfMemory)
}

/// A block of `cap` elements whose first `keep` are those of `old`, the others nil. Null if `cap` is 0.
///
/// # Safety
/// `old` is a block of at least `keep` elements; `keep` is at most `cap`.
pub unsafe fn allocate<N: NumberModel>(
    m: &mut Memory,
    cap: u32,
    old: *mut u8,
    keep: u32,
) -> Result<*mut u8, OutOfMemory> {
    if cap == 0 {
        return Ok(null_mut());
    }
    let base = m.alloc(layout::<N>(cap)?)?.as_ptr();
    let (cap, keep) = (cap as usize, keep as usize);
    // SAFETY: the block has room for `cap` payloads and tags; the caller vouches for the old one.
    unsafe {
        let array = base.add(cap * size_of::<Payload<N>>());
        if keep > 0 {
            (array as *mut Payload<N>)
                .sub(keep)
                .copy_from_nonoverlapping((old as *mut Payload<N>).sub(keep), keep);
            array.copy_from_nonoverlapping(old, keep);
        }
        // Payloads are read before their tags are looked at, so those of nils must hold something.
        base.write_bytes(0, (cap - keep) * size_of::<Payload<N>>());
        array.add(keep).write_bytes(tag::NIL as u8, cap - keep);
        Ok(array)
    }
}

/// Frees a block.
///
/// # Safety
/// `array` is a block of `cap` elements from `m`, not used again.
pub unsafe fn free<N: NumberModel>(m: &mut Memory, array: *mut u8, cap: u32) {
    if cap == 0 {
        return;
    }
    // SAFETY: the caller's promise: the boundary lies `cap` payloads above the start.
    unsafe {
        let base = array.sub(cap as usize * size_of::<Payload<N>>());
        if let (Some(base), Ok(layout)) = (NonNull::new(base), layout::<N>(cap)) {
            m.free(base, layout);
        }
    }
}

/// Calls `f` with the place of every element that is an object.
///
/// # Safety
/// `array` is a block of `cap` elements.
#[inline(always)]
pub unsafe fn each_object<N: NumberModel>(array: *mut u8, cap: u32, mut f: impl FnMut(Slot<N>)) {
    const STRIDE: usize = size_of::<usize>();
    const OBJECTS: usize = usize::MAX / 0xff * tag::COLLECTABLE as usize;
    let cap = cap as usize;
    let mut low = 0;
    // SAFETY: the caller's promise; a whole word is read only where as many tags are left.
    unsafe {
        while low < cap {
            let high = (low + STRIDE).min(cap);
            // Arrays of numbers are common: pass over several at once.
            let none = high - low == STRIDE
                && (array.add(low) as *const usize).read_unaligned() & OBJECTS == 0;
            if !none {
                for index in low..high {
                    if *array.add(index) as u32 & tag::COLLECTABLE != 0 {
                        f(slot(array, index));
                    }
                }
            }
            low = high;
        }
    }
}
