//! Strings: the record shared by RAM and ROM, and equality across string tables.
//!
//! Every read of a string that may lie in mapped flash is a whole aligned word ([`word`]); bytes are
//! handed out as a slice only where Rust code needs them.

use crate::number::NumberModel;
use crate::value::{Val, tag};
use rostrings::record;

/// Header and hash of a string record; a short string's text follows directly, a long string's after its length.
#[repr(C)]
pub struct Str {
    header: u32,
    hash: u32,
}

/// Bytes from the record's start to a short string's text.
pub const SHORT_TEXT: usize = 8;
/// Bytes from the record's start to a long string's text.
pub const LONG_TEXT: usize = 12;
/// Header bit of a long string in RAM: its hash has been computed.
pub const HASHED: u32 = 1 << 16;

/// Reads one word of memory that may be mapped flash.
///
/// # Safety
/// `at` must be aligned and readable.
#[inline(always)]
pub unsafe fn word(at: *const u32) -> u32 {
    // On Xtensa a plain load may be narrowed to bytes by the optimiser, which mapped flash traps.
    #[cfg(any(target_arch = "xtensa", feature = "whole-words"))]
    // SAFETY: the caller vouches for `at`.
    unsafe {
        at.read_volatile()
    }
    #[cfg(not(any(target_arch = "xtensa", feature = "whole-words")))]
    // SAFETY: the caller vouches for `at`.
    unsafe {
        *at
    }
}

/// The hash of a short string.
///
/// # Safety
/// `s` must point at a live short string record.
#[inline(always)]
pub unsafe fn short_hash(s: *const Str) -> u32 {
    // SAFETY: a record has a hash word (caller).
    unsafe { word(&raw const (*s).hash) }
}

/// Length in bytes.
///
/// # Safety
/// `v` must be a string value whose record is live.
#[inline(always)]
pub unsafe fn len<N: NumberModel>(v: &Val<N>) -> usize {
    // SAFETY: the caller vouches for the record; a long record has its length in the third word.
    unsafe {
        let record = v.as_ptr() as *const u32;
        if v.tag & tag::LONG_BIT == 0 {
            (word(record) >> 16) as usize & 0xff
        } else {
            word(record.add(2)) as usize
        }
    }
}

/// The text.
///
/// # Safety
/// `v` must be a string value whose record outlives `'a` unchanged (texts never change; no collection may
/// free it: invariant G1).
#[inline(always)]
pub unsafe fn bytes<'a, N: NumberModel>(v: &Val<N>) -> &'a [u8] {
    // SAFETY: the caller vouches for record and lifetime; the text follows the fixed part.
    unsafe {
        let offset = if v.tag & tag::LONG_BIT == 0 {
            SHORT_TEXT
        } else {
            LONG_TEXT
        };
        core::slice::from_raw_parts(v.as_ptr().add(offset), len(v))
    }
}

/// The hash of a string of any length; a long RAM string's is computed once and kept in its record.
///
/// # Safety
/// `v` must be a string value whose record is live.
#[inline(always)]
pub unsafe fn hash<N: NumberModel>(v: &Val<N>) -> u32 {
    // SAFETY: the caller vouches for the record.
    unsafe {
        if v.tag == tag::LONG_RAM {
            hash_once(v);
        }
        short_hash(v.as_ptr() as *const Str)
    }
}

/// Sees to the hash in the record of a long RAM string.
#[cold]
unsafe fn hash_once<N: NumberModel>(v: &Val<N>) {
    // SAFETY: the caller vouches for the record, which lies in RAM.
    unsafe {
        let record = v.as_ptr() as *mut Str;
        if (*record).header & HASHED == 0 {
            (*record).hash = rostrings::hash(bytes(v));
            (*record).header |= HASHED;
        }
    }
}

/// Whether two short strings that are different objects have one text: possible only for two ROM strings of
/// different tables (`docs/architecture.md`, identity rule).
///
/// # Safety
/// Both must point at live short string records in ROM.
#[cold]
pub unsafe fn same_rom_text(a: *const Str, b: *const Str) -> bool {
    // SAFETY: caller.
    unsafe { same_rom_text_inline(a, b) }
}

/// As [`same_rom_text`], for a function that should stay without calls.
///
/// # Safety
/// As for [`same_rom_text`].
#[inline(always)]
pub unsafe fn same_rom_text_inline(a: *const Str, b: *const Str) -> bool {
    let (mut a, mut b) = (a as *const u32, b as *const u32);
    // SAFETY: the caller vouches for both records; texts are padded to whole words.
    unsafe {
        let header = word(a);
        if word(a.add(1)) != word(b.add(1)) || header != word(b) {
            return false;
        }
        let end = a.add(SHORT_TEXT / 4 + (header >> 16 & 0xff).div_ceil(4) as usize);
        (a, b) = (a.add(SHORT_TEXT / 4), b.add(SHORT_TEXT / 4));
        while a < end {
            if word(a) != word(b) {
                return false;
            }
            (a, b) = (a.add(1), b.add(1));
        }
        true
    }
}

/// Whether two string values are equal.
///
/// # Safety
/// Both must be string values whose records are live.
#[inline]
pub unsafe fn equal<N: NumberModel>(a: &Val<N>, b: &Val<N>) -> bool {
    // SAFETY: the caller vouches for both.
    unsafe {
        if a.as_ptr() == b.as_ptr() {
            return true;
        }
        match (a.tag & tag::LONG_BIT, b.tag & tag::LONG_BIT) {
            (0, 0) => {
                a.tag == tag::SHORT_ROM
                    && b.tag == tag::SHORT_ROM
                    && same_rom_text(a.as_ptr() as _, b.as_ptr() as _)
            }
            (0, _) | (_, 0) => false,
            _ => bytes(a) == bytes(b),
        }
    }
}

/// Raw equality of any two values (manual section 3.4.4, without metamethods).
///
/// # Safety
/// Whatever they point at must be live.
#[inline]
pub unsafe fn raw_equal<N: NumberModel>(a: &Val<N>, b: &Val<N>) -> bool {
    // SAFETY: the caller vouches for both.
    a.same_bits(b) || (a.is_string() && b.is_string() && unsafe { equal(a, b) })
}

/// Bytes of a RAM string record that holds `len` bytes of text.
pub const fn object_size(len: usize) -> usize {
    let fixed = if len <= rostrings::MAX_SHORT {
        SHORT_TEXT
    } else {
        LONG_TEXT
    };
    fixed + len.next_multiple_of(4)
}

const _: () = {
    assert!(core::mem::size_of::<Str>() == 8);
    assert!(
        record::KIND_SHORT as u8 == super::kind::SHORT_STRING
            && record::KIND_LONG as u8 == super::kind::LONG_STRING
    );
};
