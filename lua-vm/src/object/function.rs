//! Function records, closures and upvalues.

use super::string::word;
use crate::frame::NativeFn;
use crate::number::{LuaInt, NumberModel};
use crate::value::{Val, tag};
use core::mem::{offset_of, size_of};
use lfs_format::function::flags;
use lua_gc::Header;

/// A function record (prototype), in RAM or ROM; seven words, then constants, children, upvalue
/// descriptors and code.
#[repr(C)]
pub struct Record {
    words: [u32; 7],
}

impl Record {
    /// # Safety
    /// `record` must point at a verified record.
    #[inline(always)]
    unsafe fn field(record: *const Record, index: usize) -> u32 {
        // SAFETY: a record has seven words (caller).
        unsafe { word((record as *const u32).add(index)) }
    }

    /// The flag byte ([`flags`]).
    ///
    /// # Safety
    /// `record` must point at a verified record (so for all functions here).
    #[inline(always)]
    pub unsafe fn flags(record: *const Record) -> u8 {
        // SAFETY: as above.
        unsafe { (Self::field(record, 0) >> 16) as u8 }
    }

    /// Whether the record lies in ROM.
    ///
    /// # Safety
    /// As for [`Record::flags`].
    #[inline(always)]
    pub unsafe fn is_rom(record: *const Record) -> bool {
        // SAFETY: as above.
        unsafe { Self::field(record, 0) & lua_gc::header::ROM != 0 }
    }

    /// Whether the record is a function by itself where its environment is the globals.
    ///
    /// # Safety
    /// As for [`Record::flags`].
    #[inline(always)]
    pub unsafe fn is_shareable(record: *const Record) -> bool {
        // SAFETY: as above.
        unsafe { Self::flags(record) & flags::SHAREABLE != 0 }
    }

    /// Word 1: frame size, fixed parameters, upvalue count.
    ///
    /// # Safety
    /// As for [`Record::flags`].
    #[inline(always)]
    pub unsafe fn shape(record: *const Record) -> Shape {
        // SAFETY: as above.
        Shape(unsafe { Self::field(record, 1) })
    }

    /// First instruction.
    ///
    /// # Safety
    /// As for [`Record::flags`].
    #[inline(always)]
    pub unsafe fn code(record: *const Record) -> *const u32 {
        // SAFETY: the verifier proved the code offset.
        unsafe { (record as *const u32).add(Self::field(record, 4) as usize) }
    }

    /// Length of the code in words.
    ///
    /// # Safety
    /// As for [`Record::flags`].
    #[inline(always)]
    pub unsafe fn code_len(record: *const Record) -> usize {
        // SAFETY: as above.
        unsafe { Self::field(record, 5) as usize }
    }

    /// The constant base.
    ///
    /// # Safety
    /// As for [`Record::flags`].
    #[inline(always)]
    pub unsafe fn consts<N: NumberModel>(record: *const Record) -> Consts<N> {
        // SAFETY: the verifier proved the offset of `k`.
        unsafe {
            let k = (record as *const u32).add(Self::field(record, 2) as usize) as *const u8;
            let wide = !Consts::<N>::POINTER_FITS && !Self::is_rom(record);
            Consts {
                k: if wide { k.wrapping_add(1) } else { k },
                model: core::marker::PhantomData,
            }
        }
    }

    /// Number of string constants and children.
    ///
    /// # Safety
    /// As for [`Record::flags`].
    #[inline]
    pub unsafe fn reference_counts(record: *const Record) -> (usize, usize) {
        // SAFETY: as above.
        let counts = unsafe { Self::field(record, 3) };
        (counts as usize & 0xffff, (counts >> 16) as usize)
    }

    /// Raw descriptor of upvalue `index`: register or upvalue number, bit 8 set for a register.
    ///
    /// # Safety
    /// As for [`Record::flags`]; `index` must be below the upvalue count.
    #[inline]
    pub unsafe fn upvalue_descriptor<N: NumberModel>(record: *const Record, index: usize) -> u16 {
        // SAFETY: descriptors follow the children's slots, two to a word.
        unsafe {
            let (strings, children) = Self::reference_counts(record);
            let slot_words = Consts::<N>::slot_words(Self::is_rom(record));
            let first = Self::field(record, 2) as usize + (strings + children) * slot_words;
            let pair = word((record as *const u32).add(first + index / 2));
            (pair >> (16 * (index & 1))) as u16
        }
    }
}

/// Frame size, parameters and upvalue count of a function.
#[derive(Clone, Copy)]
pub struct Shape(u32);

impl Shape {
    /// Registers of the frame.
    #[inline(always)]
    pub const fn frame_size(self) -> usize {
        (self.0 & 0xff) as usize
    }
    /// Fixed parameters.
    #[inline(always)]
    pub const fn params(self) -> usize {
        (self.0 >> 8 & 0xff) as usize
    }
    /// Upvalues.
    #[inline(always)]
    pub const fn upvalues(self) -> usize {
        (self.0 >> 16 & 0xff) as usize
    }
}

/// The constant base `k` of a record: numbers below it, strings and children above.
///
/// Where a slot of the number model is narrower than a pointer (`Num32` on a 64-bit host), records in RAM have
/// slots of eight bytes and the base carries a mark in its lowest bit.
pub struct Consts<N> {
    k: *const u8,
    model: core::marker::PhantomData<N>,
}

impl<N> Clone for Consts<N> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<N> Copy for Consts<N> {}

impl<N: NumberModel> Consts<N> {
    /// Whether a slot of the model holds any pointer difference of this machine.
    pub const POINTER_FITS: bool = N::SLOT_WORDS * 4 >= size_of::<usize>();

    /// Words of a slot in a record in ROM or RAM.
    #[inline(always)]
    pub const fn slot_words(rom: bool) -> usize {
        if Self::POINTER_FITS || rom {
            N::SLOT_WORDS
        } else {
            2
        }
    }

    #[inline(always)]
    unsafe fn narrow(at: *const u8) -> i64 {
        // SAFETY: the caller gives an aligned slot inside the record.
        unsafe { word(at as *const u32) as i32 as i64 }
    }

    #[inline(always)]
    unsafe fn wide(at: *const u8) -> i64 {
        #[cfg(target_pointer_width = "64")]
        // SAFETY: the caller gives a slot inside the record, aligned to 4.
        unsafe {
            (at as *const i64).read_unaligned()
        }
        #[cfg(not(target_pointer_width = "64"))]
        // SAFETY: as above; two whole-word loads.
        unsafe {
            let low = word(at as *const u32) as u64;
            (low | (word((at as *const u32).add(1)) as u64) << 32) as i64
        }
    }

    /// Slot `index` (negative: numbers), sign extended.
    ///
    /// # Safety
    /// `index` must be in range for the verified record this base belongs to.
    #[inline(always)]
    pub unsafe fn slot(self, index: isize) -> i64 {
        // SAFETY: the caller vouches for the index.
        unsafe {
            if Self::POINTER_FITS {
                if N::SLOT_WORDS == 1 {
                    Self::narrow(self.k.offset(index * 4))
                } else {
                    Self::wide(self.k.offset(index * 8))
                }
            } else if self.k.addr() & 1 == 0 {
                Self::narrow(self.k.offset(index * 4))
            } else {
                Self::wide(self.k.offset(index * 8 - 1))
            }
        }
    }

    /// Address a slot refers to.
    #[inline(always)]
    pub fn target(self, slot: i64) -> *mut u8 {
        let base = if Self::POINTER_FITS {
            self.k.addr()
        } else {
            self.k.addr() & !1
        };
        // The target is another allocation than the record: its provenance was exposed when the reference
        // was written (RAM) or the image mounted (ROM).
        core::ptr::with_exposed_provenance_mut(base.wrapping_add(slot as usize & !3))
    }

    /// String constant `index`.
    ///
    /// # Safety
    /// As for [`Consts::slot`].
    #[inline(always)]
    pub unsafe fn string(self, index: usize) -> Val<N> {
        // SAFETY: the caller vouches for the index.
        self.resolve_string(unsafe { self.slot(index as isize) })
    }

    /// The string value a reference stands for.
    #[inline(always)]
    pub fn resolve_string(self, slot: i64) -> Val<N> {
        let flags = slot as u32 & 3;
        Val::pointer(
            self.target(slot),
            tag::SHORT_ROM | (flags & 1) << 4 | (flags & 2) << 5,
        )
    }

    /// Child or string slot `index` as an address.
    ///
    /// # Safety
    /// As for [`Consts::slot`].
    #[inline(always)]
    pub unsafe fn child(self, index: usize) -> *const Record {
        // SAFETY: the caller vouches for the index.
        self.target(unsafe { self.slot(index as isize) }) as *const Record
    }

    /// Integer constant `index`.
    ///
    /// # Safety
    /// As for [`Consts::slot`].
    #[inline(always)]
    pub unsafe fn int(self, index: usize) -> N::Int {
        // SAFETY: the caller vouches for the index.
        N::Int::wrap(unsafe { self.slot(-1 - index as isize) })
    }

    /// Float constant `index`.
    ///
    /// # Safety
    /// As for [`Consts::slot`].
    #[inline(always)]
    pub unsafe fn float(self, index: usize) -> N::Float {
        use crate::number::LuaFloat;
        // SAFETY: the caller vouches for the index.
        N::Float::from_raw_bits(unsafe { self.slot(-1 - index as isize) } as u64)
    }
}

/// A Lua closure; its upvalue pointers follow.
#[repr(C)]
pub struct Closure<N: NumberModel> {
    header: Header,
    /// The function it runs.
    pub record: *const Record,
    upvalues: [*mut Upvalue<N>; 0],
}

impl<N: NumberModel> Closure<N> {
    /// Bytes of a closure with `count` upvalues.
    pub const fn size(count: usize) -> usize {
        size_of::<Self>() + count * size_of::<usize>()
    }

    /// The upvalue pointers.
    ///
    /// # Safety
    /// `closure` must be live.
    #[inline(always)]
    pub unsafe fn upvalues(closure: *mut Self) -> *mut *mut Upvalue<N> {
        // SAFETY: the pointers follow the fixed part inside the same block; taken from the raw block
        // pointer, so the access may leave the zero-sized field.
        unsafe { (closure as *mut u8).add(offset_of!(Self, upvalues)) as *mut *mut Upvalue<N> }
    }
}

/// A native closure; its values follow.
#[repr(C)]
pub struct NativeClosure<N: NumberModel> {
    header: Header,
    /// The function it runs.
    pub function: NativeFn<N>,
    values: [Val<N>; 0],
}

impl<N: NumberModel> NativeClosure<N> {
    /// Bytes of a native closure with `count` values.
    pub const fn size(count: usize) -> usize {
        size_of::<Self>() + count * size_of::<Val<N>>()
    }

    /// The values.
    ///
    /// # Safety
    /// `closure` must be live.
    #[inline(always)]
    pub unsafe fn values(closure: *mut Self) -> *mut Val<N> {
        // SAFETY: as for `Closure::upvalues`.
        unsafe { (closure as *mut u8).add(offset_of!(Self, values)) as *mut Val<N> }
    }
}

/// A variable of an enclosing function.
///
/// Open: `v` points at a stack slot and the object is linked in its thread's list, sorted by falling
/// address. Closed: `v` points at `store.value`.
#[repr(C)]
pub struct Upvalue<N: NumberModel> {
    header: Header,
    /// Where the value is.
    pub v: *mut Val<N>,
    /// The closed value or the list links.
    pub store: UpvalueStore<N>,
}

/// What an upvalue keeps: its value once closed, its list links while open.
#[derive(Clone, Copy)]
#[repr(C)]
pub union UpvalueStore<N: NumberModel> {
    /// The closed value.
    pub value: Val<N>,
    /// The links of the open list.
    pub links: UpvalueLinks<N>,
}

/// Links of the list of open upvalues of a thread.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct UpvalueLinks<N: NumberModel> {
    /// The next upvalue, further down the stack.
    pub next: *mut Upvalue<N>,
    /// The pointer that points here.
    pub previous: *mut *mut Upvalue<N>,
}

impl<N: NumberModel> Upvalue<N> {
    /// Whether the variable still lives on a stack.
    ///
    /// # Safety
    /// `upvalue` must be live.
    #[inline(always)]
    pub unsafe fn is_open(upvalue: *const Self) -> bool {
        // SAFETY: caller.
        unsafe { !core::ptr::eq((*upvalue).v, &raw const (*upvalue).store.value) }
    }

    /// Takes an open upvalue out of its thread's list.
    ///
    /// # Safety
    /// `upvalue` must be live and open.
    pub unsafe fn unlink(upvalue: *mut Self) {
        // SAFETY: links of an open upvalue are valid: the list is kept by `thread`.
        unsafe {
            let links = (*upvalue).store.links;
            *links.previous = links.next;
            if !links.next.is_null() {
                (*links.next).store.links.previous = links.previous;
            }
        }
    }

    /// Takes an open upvalue out of the list and gives it its value.
    ///
    /// # Safety
    /// `upvalue` must be live and open. The caller runs the barrier.
    pub unsafe fn close(upvalue: *mut Self) {
        // SAFETY: an open upvalue's `v` is a slot of a live stack.
        unsafe {
            Self::unlink(upvalue);
            let value = *(*upvalue).v;
            (*upvalue).store.value = value;
            (*upvalue).v = &raw mut (*upvalue).store.value;
        }
    }
}
