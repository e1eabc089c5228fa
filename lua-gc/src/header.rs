//! The header word: kind, colour and the client's bits.
//!
//! The accessors take any object, in RAM or ROM, unless they write.

use core::ptr::NonNull;

/// First word of every object; only ever handled behind an [`ObjectRef`].
///
/// The colour byte of a ROM object is `0x80` ([`ROM`] alone).
#[derive(Debug)]
#[repr(C)]
pub struct Header {
    word: u32,
}

/// Pointer to an object: to its header word, with its body behind.
pub type ObjectRef = NonNull<Header>;

/// Bits of the kind.
pub const KIND: u32 = 0xFF;
/// First of the two whites.
pub const WHITE0: u32 = 1 << 8;
/// Second of the two whites.
pub const WHITE1: u32 = 1 << 9;
/// Visited, as are or will be all its children. Neither white nor black: grey.
pub const BLACK: u32 = 1 << 10;
/// The object is listed among those with a finalizer, or pending.
pub const FINALIZER: u32 = 1 << 11;
/// Never freed. See [`Heap::fix`](crate::Heap::fix).
pub const FIXED: u32 = 1 << 12;
/// The object lies in ROM: no link, never written.
pub const ROM: u32 = 1 << 15;
/// Position of the client's 16 bits.
pub const USER_SHIFT: u32 = 16;

pub(crate) const WHITES: u32 = WHITE0 | WHITE1;
pub(crate) const COLOURS: u32 = WHITES | BLACK;

/// The whole header word.
///
/// One aligned 32-bit load on every target: some cores fault on narrower loads from mapped flash,
/// and a plain load followed by a mask may be narrowed.
///
/// # Safety
/// `o` is a live object of a heap or a ROM object.
#[inline(always)]
#[must_use]
pub unsafe fn word(o: ObjectRef) -> u32 {
    let at = o.as_ptr().cast::<u32>();
    if cfg!(any(target_arch = "xtensa", feature = "whole-words")) {
        // SAFETY: the caller vouches for the object; its header is an aligned word.
        unsafe { at.read_volatile() }
    } else {
        // SAFETY: the caller vouches for the object; its header is an aligned word.
        unsafe { at.read() }
    }
}

/// Replaces the header word.
///
/// # Safety
/// `o` is a live RAM object.
#[inline(always)]
pub(crate) unsafe fn set_word(o: ObjectRef, word: u32) {
    // SAFETY: invariant O: the header of a live RAM object is readable and writable.
    unsafe {
        debug_assert!(self::word(o) & ROM == 0, "write into a ROM object");
        o.as_ptr().cast::<u32>().write(word);
    }
}

/// Writes the header of a block that has none yet.
///
/// # Safety
/// `o` points at writable memory of at least one word.
#[inline(always)]
pub(crate) unsafe fn init(o: ObjectRef, word: u32) {
    // SAFETY: the caller vouches for the memory.
    unsafe { o.as_ptr().cast::<u32>().write(word) }
}

/// The client's kind of the object.
///
/// # Safety
/// As for [`word`].
#[inline(always)]
#[must_use]
pub unsafe fn kind(o: ObjectRef) -> u8 {
    // SAFETY: the caller's promise is `word`'s.
    unsafe { word(o) as u8 }
}

/// The client's 16 bits.
///
/// # Safety
/// As for [`word`].
#[inline(always)]
#[must_use]
pub unsafe fn user(o: ObjectRef) -> u16 {
    // SAFETY: the caller's promise is `word`'s.
    unsafe { (word(o) >> USER_SHIFT) as u16 }
}

/// Replaces the client's 16 bits.
///
/// # Safety
/// `o` is a live RAM object.
#[inline(always)]
pub unsafe fn set_user(o: ObjectRef, user: u16) {
    // SAFETY: the caller's promise is `set_word`'s.
    unsafe { set_word(o, (word(o) & 0xFFFF) | (u32::from(user) << USER_SHIFT)) }
}

/// White: not reached by the marker yet (or dead and not swept yet).
///
/// # Safety
/// As for [`word`].
#[inline(always)]
#[must_use]
pub unsafe fn is_white(o: ObjectRef) -> bool {
    // SAFETY: the caller's promise is `word`'s.
    unsafe { word(o) & WHITES != 0 }
}

/// Black: reached, children included.
///
/// # Safety
/// As for [`word`].
#[inline(always)]
#[must_use]
pub unsafe fn is_black(o: ObjectRef) -> bool {
    // SAFETY: the caller's promise is `word`'s.
    unsafe { word(o) & BLACK != 0 }
}

/// Grey: reached, children still to be visited.
///
/// # Safety
/// As for [`word`].
#[inline(always)]
#[must_use]
pub unsafe fn is_gray(o: ObjectRef) -> bool {
    // SAFETY: the caller's promise is `word`'s.
    unsafe { word(o) & (WHITES | BLACK | ROM) == 0 }
}

/// The object's header has the ROM bit.
///
/// # Safety
/// As for [`word`].
#[inline(always)]
#[must_use]
pub unsafe fn is_rom(o: ObjectRef) -> bool {
    // SAFETY: the caller's promise is `word`'s.
    unsafe { word(o) & ROM != 0 }
}

/// A store of `child` into `parent` has to be followed by a barrier.
///
/// # Safety
/// As for [`word`], for both.
#[inline(always)]
pub(crate) unsafe fn crosses(parent: ObjectRef, child: ObjectRef) -> bool {
    // SAFETY: the caller's promise is `word`'s.
    unsafe { word(parent) & BLACK != 0 && word(child) & WHITES != 0 }
}
