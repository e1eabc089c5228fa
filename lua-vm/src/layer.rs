//! ROM layers of library tables: static entries with a look-up in constant time.
//!
//! A layer's names are records of the firmware's string table ([`crate::builtin`]). Strings made at run time are
//! looked up there before any RAM string is made, so a RAM string never has the text of such a name; a ROM
//! string of another table may, and then the texts decide.

use crate::builtin::BUILTIN;
use crate::frame::NativeFn;
use crate::number::{LuaFloat, LuaInt, NumberModel};
use crate::object::string::{self, Str, word};
use crate::value::{Payload, Val, tag};
use core::marker::PhantomData;

/// Pseudo tag of [`Val`]s from layers: the payload is the number of a library table of the state.
pub(crate) const LIBRARY: u32 = 0x05;
/// Pseudo tags of entries: the model's largest and smallest integer.
const MAX_INTEGER: u32 = 0x23;
const MIN_INTEGER: u32 = 0x33;

/// A value that needs no memory of any state.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "firmware modules have integer constants")]
pub enum RomValue<N: NumberModel> {
    /// A function.
    Native(NativeFn<N>),
    /// An integer.
    Int(i32),
    /// The model's largest integer.
    MaxInteger,
    /// The model's smallest integer.
    MinInteger,
    /// A float, rounded to the model's precision.
    Float(&'static f64),
    /// A string of the firmware's string table.
    Str(&'static str),
    /// A library table of the state, by its number there.
    Library(u8),
}

/// Address or small number.
#[derive(Clone, Copy)]
#[repr(C)]
union Raw {
    ptr: *const u8,
    word: usize,
}

/// One entry: words only, so that it may be read from mapped flash, and of no model's types, so that it may be
/// a constant of a generic function.
#[repr(C)]
pub struct Entry {
    name: *const Str,
    tag: u32,
    raw: Raw,
}

impl Entry {
    /// The entry of a name. A text that the firmware's table lacks does not compile.
    pub(crate) const fn new<N: NumberModel>(name: &str, value: RomValue<N>) -> Self {
        let (tag, raw) = match value {
            RomValue::Native(function) => (
                tag::NATIVE,
                Raw {
                    ptr: function as *const u8,
                },
            ),
            RomValue::Int(int) => (tag::INT, Raw { word: int as usize }),
            RomValue::MaxInteger => (MAX_INTEGER, Raw { word: 0 }),
            RomValue::MinInteger => (MIN_INTEGER, Raw { word: 0 }),
            RomValue::Float(float) => (
                tag::FLOAT,
                Raw {
                    ptr: (&raw const *float).cast(),
                },
            ),
            RomValue::Str(text) => (
                tag::SHORT_ROM,
                Raw {
                    ptr: record(text).cast(),
                },
            ),
            RomValue::Library(index) => (
                LIBRARY,
                Raw {
                    word: index as usize,
                },
            ),
        };
        Self {
            name: record(name),
            tag,
            raw,
        }
    }
}

/// The firmware's record of a name, for constants.
pub(crate) const fn record(text: &str) -> *const Str {
    match rostrings::builtin::offset_of(&BUILTIN, text) {
        // SAFETY: the offset of a record in the table.
        Some(offset) => unsafe {
            (&raw const BUILTIN).cast::<u32>().add(offset as usize) as *const Str
        },
        None => panic!("the firmware's string table lacks this name"),
    }
}

/// The static entries below a library table. Made by [`library!`](crate::layer::library).
pub struct Layer<N: NumberModel> {
    /// At most 255.
    pub(crate) entries: &'static [Entry],
    /// Open addressing by the low bits of the hash: the hash with its low byte replaced by 1 + the entry's
    /// number; 0 is free. A power of two, never full.
    pub(crate) index: &'static [u32],
    pub(crate) model: PhantomData<fn(N)>,
}

impl<N: NumberModel> Layer<N> {
    /// Number of entries.
    #[inline]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// The name of entry `index`; nil beyond the end.
    pub(crate) fn name(&self, index: usize) -> Val<N> {
        match self.entries.get(index) {
            Some(entry) => Val::pointer(entry.name as *mut u8, tag::SHORT_ROM),
            None => Val::NIL,
        }
    }

    /// The value of entry `index`, or [`LIBRARY`]; nil beyond the end.
    #[inline]
    pub(crate) fn value(&self, index: usize) -> Val<N> {
        let Some(entry) = self.entries.get(index) else {
            return Val::NIL;
        };
        // SAFETY: the tag says which field was written, and what is there.
        unsafe {
            match word(&raw const entry.tag) {
                tag::INT => Val::int(N::Int::wrap(entry.raw.word as i32 as i64)),
                MAX_INTEGER => Val::int(N::Int::MAX),
                MIN_INTEGER => Val::int(N::Int::MIN),
                tag::FLOAT => Val::float(N::Float::from_f64(*entry.raw.ptr.cast::<f64>())),
                LIBRARY => Val {
                    payload: Payload::from_ptr(entry.raw.ptr.cast_mut()),
                    tag: LIBRARY,
                },
                tag => Val::pointer(entry.raw.ptr.cast_mut(), tag),
            }
        }
    }

    /// The number of the entry with this name.
    ///
    /// # Safety
    /// `key` is a short string in ROM.
    #[inline]
    pub(crate) unsafe fn find(&self, key: *const Str) -> Option<usize> {
        // SAFETY: the caller's promise; names of entries are records of the firmware's table. The index has a
        // free place, so the walk ends, and masks keep it in range.
        unsafe {
            let hash = string::short_hash(key);
            let mask = self.index.len() - 1;
            let mut at = hash as usize & mask;
            loop {
                let found = word(self.index.as_ptr().add(at));
                if found == 0 {
                    return None;
                }
                if (found ^ hash) < 0x100 {
                    let index = (found & 0xff) as usize - 1;
                    let name = (*self.entries.as_ptr().add(index)).name;
                    if name == key || string::same_rom_text(name, key) {
                        return Some(index);
                    }
                }
                at = (at + 1) & mask;
            }
        }
    }
}

/// Length of the index for so many names.
pub(crate) const fn index_len(names: usize) -> usize {
    (names + names / 3 + 1).next_power_of_two()
}

/// The index of a layer with these names. A name that occurs twice does not compile.
pub(crate) const fn index<const LEN: usize>(names: &[&str]) -> [u32; LEN] {
    assert!(names.len() < 256 && LEN.is_power_of_two() && LEN > names.len());
    let mut index = [0; LEN];
    let mut i = 0;
    while i < names.len() {
        let hash = rostrings::hash(names[i].as_bytes());
        let mut at = hash as usize & (LEN - 1);
        while index[at] != 0 {
            assert!(
                index[at] & !0xff != hash & !0xff,
                "a name occurs twice in a library (or two hashes collide)"
            );
            at = (at + 1) & (LEN - 1);
        }
        index[at] = (hash & !0xff) | (i as u32 + 1);
        i += 1;
    }
    index
}

/// Defines a library: a type whose `layer::<N>()` is the static [`Layer`] with the given entries, for each number
/// model `N`. Values are [`RomValue`]s and may name the type parameter `N`:
///
/// ```text
/// library! {
///     /// The library `utf8`.
///     pub struct Utf8Library {
///         "char" => RomValue::Native(char::<N>),
///         "codepoint" => RomValue::Native(codepoint::<N>),
///     }
/// }
/// ```
macro_rules! library {
    ($(#[$attribute:meta])* $visibility:vis struct $library:ident { $($name:literal => $value:expr),* $(,)? }) => {
        $(#[$attribute])*
        $visibility struct $library;

        impl $library {
            const NAMES: &'static [&'static str] = &[$($name),*];
            const INDEX: &'static [u32] =
                &$crate::layer::index::<{ $crate::layer::index_len(Self::NAMES.len()) }>(Self::NAMES);

            /// The entries in ROM.
            $visibility const fn layer<N: $crate::number::NumberModel>() -> &'static $crate::layer::Layer<N> {
                const {
                    &$crate::layer::Layer {
                        entries: &[$($crate::layer::Entry::new::<N>($name, $value)),*],
                        index: Self::INDEX,
                        model: core::marker::PhantomData,
                    }
                }
            }
        }
    };
}
pub(crate) use library;
