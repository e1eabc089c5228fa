//! ROM layers of library tables: static entries with a look-up in constant time.
//!
//! A layer's names are records of the firmware's string table ([`crate::builtin`]). Strings made at run time are
//! looked up there before any RAM string is made, so a RAM string never has the text of such a name; a ROM
//! string of another table may, and then the texts decide.

use crate::builtin::BUILTIN;
use crate::frame::NativeFn;
use crate::number::NumberModel;
use crate::object::string::{self, Str, word};
use crate::value::{Payload, Val, tag};

/// Pseudo tag inside layers: the payload is the number of a library table of the state.
pub(crate) const LIBRARY: u32 = 0x05;

/// A value that needs no memory of any state.
#[derive(Clone, Copy)]
pub enum RomValue<N: NumberModel> {
    /// A function.
    Native(NativeFn<N>),
    /// An integer.
    Int(N::Int),
    /// A float.
    Float(N::Float),
    /// A string of the firmware's string table.
    Str(&'static str),
    /// A library table of the state, by its number there.
    Library(u8),
}

impl<N: NumberModel> RomValue<N> {
    /// The value as entries hold it. A text that the firmware's table lacks does not compile.
    pub(crate) const fn val(self) -> Val<N> {
        match self {
            Self::Native(function) => Val::pointer(function as *const () as *mut u8, tag::NATIVE),
            Self::Int(int) => Val::int(int),
            Self::Float(float) => Val::float(float),
            Self::Str(text) => Val::pointer(record(text) as *mut u8, tag::SHORT_ROM),
            Self::Library(index) => Val { payload: Payload { word: index as usize }, tag: LIBRARY },
        }
    }
}

/// The firmware's record of a name, for constants.
pub(crate) const fn record(text: &str) -> *const Str {
    match rostrings::builtin::offset_of(&BUILTIN, text) {
        // SAFETY: the offset of a record in the table.
        Some(offset) => unsafe { (&raw const BUILTIN).cast::<u32>().add(offset as usize) as *const Str },
        None => panic!("the firmware's string table lacks this name"),
    }
}

/// One entry: words only, so that it may be read from mapped flash.
#[repr(C)]
pub struct Entry<N: NumberModel> {
    pub(crate) name: *const Str,
    pub(crate) value: Val<N>,
}

/// The static entries below a library table. Made by [`library!`](crate::layer::library).
pub struct Layer<N: NumberModel> {
    /// At most 255.
    pub(crate) entries: &'static [Entry<N>],
    /// Open addressing by the low bits of the hash: the hash with its low byte replaced by 1 + the entry's
    /// number; 0 is free. A power of two, never full.
    pub(crate) index: &'static [u32],
}

impl<N: NumberModel> Layer<N> {
    /// Number of entries.
    #[inline]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
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
        match self.entries.get(index) {
            // On Xtensa a plain load may be narrowed to bytes by the optimiser, which mapped flash traps.
            #[cfg(target_arch = "xtensa")]
            // SAFETY: a reference is readable.
            Some(entry) => unsafe { (&raw const entry.value).read_volatile() },
            #[cfg(not(target_arch = "xtensa"))]
            Some(entry) => entry.value,
            None => Val::NIL,
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
            assert!(index[at] & !0xff != hash & !0xff, "a name occurs twice in a library (or two hashes collide)");
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
/// ```ignore
/// library! {
///     /// The library `utf8`.
///     pub struct Utf8Library {
///         "char" => RomValue::Native(char::<N>),
///         "charpattern" => RomValue::Str("[\0-\x7F\u{..}]"),
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
                        entries: &[$($crate::layer::Entry {
                            name: $crate::layer::record($name),
                            value: $crate::layer::RomValue::<N>::val($value),
                        }),*],
                        index: Self::INDEX,
                    }
                }
            }
        }
    };
}
pub(crate) use library;
