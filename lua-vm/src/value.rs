//! Tagged values: what a register, a constant and a table entry hold.
//!
//! Layout and tag bits: `docs/architecture.md`, "Values and registers". [`Val`] is the VM's internal,
//! unprotected form; users of the crate see [`crate::api::Value`], which is tied to the `'gc` lifetime.

use crate::number::{LuaFloat, LuaInt, NumberModel, Word};
use core::ptr::NonNull;
use lua_gc::{Header, ObjectRef};

/// Tag bytes.
pub mod tag {
    /// nil.
    pub const NIL: u32 = 0x00;
    /// An operand of a concatenation that was joined into its left neighbour: only in temporaries, never read.
    pub const JOINED: u32 = 0x10;
    /// false.
    pub const FALSE: u32 = 0x01;
    /// true.
    pub const TRUE: u32 = 0x11;
    /// Light userdata.
    pub const LIGHT: u32 = 0x02;
    /// Integer.
    pub const INT: u32 = 0x03;
    /// Float.
    pub const FLOAT: u32 = 0x13;
    /// Short string in ROM.
    pub const SHORT_ROM: u32 = 0x04;
    /// Long string in ROM.
    pub const LONG_ROM: u32 = 0x14;
    /// Short string in RAM.
    pub const SHORT_RAM: u32 = 0x44;
    /// Long string in RAM.
    pub const LONG_RAM: u32 = 0x54;
    /// Table.
    pub const TABLE: u32 = 0x45;
    /// A shareable function record in ROM, a function by itself.
    pub const RECORD_ROM: u32 = 0x06;
    /// A shareable function record in RAM, a function by itself.
    pub const RECORD_RAM: u32 = 0x66;
    /// A Rust function without upvalues.
    pub const NATIVE: u32 = 0x16;
    /// Lua closure.
    pub const CLOSURE: u32 = 0x46;
    /// Native closure.
    pub const NATIVE_CLOSURE: u32 = 0x56;
    /// Userdata.
    pub const USERDATA: u32 = 0x47;
    /// Thread.
    pub const THREAD: u32 = 0x48;

    /// The basic type.
    pub const TYPE_MASK: u32 = 0x0f;
    /// The value points at an object in RAM.
    pub const COLLECTABLE: u32 = 0x40;
    /// Distinguishes long from short strings.
    pub const LONG_BIT: u32 = 0x10;
    /// Basic type of strings.
    pub const STRING_TYPE: u32 = 0x04;
    /// Basic type of functions.
    pub const FUNCTION_TYPE: u32 = 0x06;
}

/// The untyped half of a value: an integer, the bits of a float, or an address; the tag says which.
///
/// It is one machine word (two for `Num64` on 32 bits), not a union: so values travel in registers, and are loaded
/// as they were stored. A union would be copied as a block of 16 bytes, which stalls behind the two stores that
/// wrote it. Addresses keep their provenance by exposing it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Payload<N: NumberModel>(N::Word);

impl<N: NumberModel> Payload<N> {
    /// All bits zero.
    pub const ZERO: Self = Self(N::Word::ZERO);

    /// An integer.
    #[inline(always)]
    pub fn from_int(value: N::Int) -> Self {
        Self(N::Word::from_bits(value.bits()))
    }

    /// A float.
    #[inline(always)]
    pub fn from_float(value: N::Float) -> Self {
        Self(N::Word::from_bits(value.raw_bits()))
    }

    /// An address.
    #[inline(always)]
    pub fn from_ptr(ptr: *mut u8) -> Self {
        Self(N::Word::from_bits(ptr.expose_provenance() as u64))
    }

    /// As an integer; any bits are one.
    #[inline(always)]
    pub fn int(self) -> N::Int {
        N::Int::wrap(self.0.bits() as i64)
    }

    /// As a float; any bits are one.
    #[inline(always)]
    pub fn float(self) -> N::Float {
        N::Float::from_raw_bits(self.0.bits())
    }

    /// As an address.
    #[inline(always)]
    pub fn ptr(self) -> *mut u8 {
        core::ptr::with_exposed_provenance_mut(self.word())
    }

    /// As a machine word.
    #[inline(always)]
    pub fn word(self) -> usize {
        self.0.bits() as usize
    }
}

/// A value as the VM stores it. Whether a pointer in it is still good is the VM's concern
/// (invariants G1-G5); copying one around is harmless, following it is not.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Val<N: NumberModel> {
    /// The untyped half.
    pub payload: Payload<N>,
    /// One of [`tag`].
    pub tag: u32,
}

impl<N: NumberModel> Val<N> {
    /// nil.
    pub const NIL: Self = Self {
        payload: Payload::ZERO,
        tag: tag::NIL,
    };
    /// false.
    pub const FALSE: Self = Self {
        payload: Payload::ZERO,
        tag: tag::FALSE,
    };
    /// true.
    pub const TRUE: Self = Self {
        payload: Payload::ZERO,
        tag: tag::TRUE,
    };

    /// A boolean.
    #[inline(always)]
    pub const fn boolean(value: bool) -> Self {
        Self {
            payload: Payload::ZERO,
            tag: if value { tag::TRUE } else { tag::FALSE },
        }
    }

    /// An integer.
    #[inline(always)]
    pub fn int(value: N::Int) -> Self {
        Self {
            payload: Payload::from_int(value),
            tag: tag::INT,
        }
    }

    /// A float.
    #[inline(always)]
    pub fn float(value: N::Float) -> Self {
        Self {
            payload: Payload::from_float(value),
            tag: tag::FLOAT,
        }
    }

    /// A pointer of the kind `tag`.
    #[inline(always)]
    pub fn pointer(ptr: *mut u8, tag: u32) -> Self {
        Self {
            payload: Payload::from_ptr(ptr),
            tag,
        }
    }

    /// An object of the kind `tag`.
    #[inline(always)]
    pub fn object(object: ObjectRef, tag: u32) -> Self {
        Self {
            payload: Payload::from_ptr(object.as_ptr() as *mut u8),
            tag,
        }
    }

    /// Whether it is nil.
    #[inline(always)]
    pub const fn is_nil(&self) -> bool {
        self.tag == tag::NIL
    }

    /// Whether a condition takes it as false.
    #[inline(always)]
    pub const fn is_falsy(&self) -> bool {
        self.tag <= tag::FALSE
    }

    /// Whether it points at an object in RAM.
    #[inline(always)]
    pub const fn is_collectable(&self) -> bool {
        self.tag & tag::COLLECTABLE != 0
    }

    /// Whether it is a string of any variant.
    #[inline(always)]
    pub const fn is_string(&self) -> bool {
        self.tag & tag::TYPE_MASK == tag::STRING_TYPE
    }

    /// Whether it is a short string.
    #[inline(always)]
    pub const fn is_short_string(&self) -> bool {
        self.tag & (tag::TYPE_MASK | tag::LONG_BIT) == tag::STRING_TYPE
    }

    /// Whether it is an integer.
    #[inline(always)]
    pub const fn is_int(&self) -> bool {
        self.tag == tag::INT
    }

    /// Whether it is a float.
    #[inline(always)]
    pub const fn is_float(&self) -> bool {
        self.tag == tag::FLOAT
    }

    /// Whether it is a table.
    #[inline(always)]
    pub const fn is_table(&self) -> bool {
        self.tag == tag::TABLE
    }

    /// Whether it is a function of any variant.
    #[inline(always)]
    pub const fn is_function(&self) -> bool {
        self.tag & tag::TYPE_MASK == tag::FUNCTION_TYPE
    }

    /// The integer payload. Any bit pattern is an integer, so a wrong tag is a wrong value, not a fault.
    #[inline(always)]
    pub fn as_int(&self) -> N::Int {
        self.payload.int()
    }

    /// The float payload; see [`Val::as_int`].
    #[inline(always)]
    pub fn as_float(&self) -> N::Float {
        self.payload.float()
    }

    /// The pointer payload.
    ///
    /// # Safety
    /// The tag must be one of a pointer: string, table, function, userdata, light userdata or thread.
    #[inline(always)]
    pub unsafe fn as_ptr(&self) -> *mut u8 {
        self.payload.ptr()
    }

    /// The object a collectable value points at.
    ///
    /// # Safety
    /// [`Val::is_collectable`] must hold.
    #[inline(always)]
    pub unsafe fn as_object(&self) -> ObjectRef {
        // SAFETY: collectable values are built from non-null object references only.
        unsafe { NonNull::new_unchecked(self.payload.ptr() as *mut Header) }
    }

    /// The value as a float, if it is a number.
    #[inline(always)]
    pub fn to_float(self) -> Option<N::Float> {
        match self.tag {
            tag::FLOAT => Some(self.as_float()),
            tag::INT => Some(N::int_to_float(self.as_int())),
            _ => None,
        }
    }

    /// The value as an integer, if it is a number with an exact integer representation.
    #[inline(always)]
    pub fn to_int(self) -> Option<N::Int> {
        match self.tag {
            tag::INT => Some(self.as_int()),
            tag::FLOAT => N::float_to_int(self.as_float()),
            _ => None,
        }
    }

    /// Raw equality of everything but strings: same variant and same payload; numbers by value.
    /// Strings compare by pointer here; [`crate::object::string::equal`] knows their texts.
    #[inline(always)]
    pub fn same_bits(&self, other: &Self) -> bool {
        if self.tag != other.tag {
            return match (self.tag, other.tag) {
                (tag::INT, tag::FLOAT) => N::float_to_int(other.as_float()) == Some(self.as_int()),
                (tag::FLOAT, tag::INT) => N::float_to_int(self.as_float()) == Some(other.as_int()),
                _ => false,
            };
        }
        match self.tag {
            tag::NIL | tag::FALSE | tag::TRUE => true,
            tag::INT => self.as_int() == other.as_int(),
            tag::FLOAT => self.as_float() == other.as_float(),
            // SAFETY: every other tag is one of a pointer.
            _ => unsafe { self.as_ptr() == other.as_ptr() },
        }
    }
}

impl<N: NumberModel> core::fmt::Debug for Val<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.tag {
            tag::NIL => f.write_str("nil"),
            tag::FALSE => f.write_str("false"),
            tag::TRUE => f.write_str("true"),
            tag::INT => write!(f, "{}", self.as_int().widen()),
            tag::FLOAT => write!(f, "{:?}", self.as_float().to_f64()),
            // SAFETY: every other tag is one of a pointer.
            other => write!(f, "<{other:#04x} {:p}>", unsafe { self.as_ptr() }),
        }
    }
}
