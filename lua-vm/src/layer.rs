//! ROM layers of library tables: static entries with a look-up in constant time.
//!
//! A layer's names are records of a string table in ROM: of the VM's own ([`crate::builtin`]), or of one that a firmware
//! brings and every state is made with. Strings made at run time are looked up there before any RAM string is made,
//! so a RAM string never has the text of such a name; a ROM string of another table may, and then the texts decide.
//!
//! ```
//! use lua_vm::frame::{Frame, Step, Throw};
//! use lua_vm::layer::RomValue;
//! use lua_vm::number::{Num32, NumberModel};
//! use lua_vm::num32::Lua;
//!
//! lua_vm::names! {
//!     /// Names of this firmware's libraries.
//!     static NAMES = &["led", "toggle", "GREEN"];
//! }
//!
//! lua_vm::library! {
//!     /// The library `led`.
//!     struct Led in NAMES {
//!         "toggle" => RomValue::Native(toggle::<N>),
//!         "GREEN" => RomValue::Int(2),
//!     }
//! }
//!
//! fn toggle<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
//!     let _pin = frame.check_i64(0)?;
//!     frame.ret0()
//! }
//!
//! let mut lua = Lua::with_names(Default::default(), &[&NAMES], &[])?;
//! lua.open_library("led", Led::layer())?;
//! lua.exec("led.toggle(led.GREEN)")?;
//! # Ok::<(), lua_vm::Error>(())
//! ```

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
    /// A short string that the library's table of names, or the VM's own, has.
    Str(&'static str),
    /// A library table of the state, by its number there: for the VM's own libraries.
    #[doc(hidden)]
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
    /// The entry of a name. A text that neither the VM's own table nor `names` has does not compile.
    #[doc(hidden)]
    pub const fn new<N: NumberModel>(
        names: &'static [u32],
        name: &str,
        value: RomValue<N>,
    ) -> Self {
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
                    ptr: record(names, text).cast(),
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
            name: record(names, name),
            tag,
            raw,
        }
    }
}

/// The record of a name, for constants: the VM's own if it has one, which is what look-ups find first.
const fn record(names: &'static [u32], text: &str) -> *const Str {
    assert!(
        text.len() <= rostrings::MAX_SHORT,
        "names are short strings"
    );
    let (table, offset): (&'static [u32], _) = match rostrings::builtin::offset_of(&BUILTIN, text) {
        Some(offset) => (&BUILTIN, offset),
        None => match rostrings::builtin::offset_of(names, text) {
            Some(offset) => (names, offset),
            None => panic!("the library's string table lacks this name"),
        },
    };
    // SAFETY: the offset of a record in the table.
    unsafe { table.as_ptr().add(offset as usize) as *const Str }
}

/// The static entries below a library table. Made by [`library!`](crate::layer::library).
pub struct Layer<N: NumberModel> {
    /// At most 255.
    entries: &'static [Entry],
    /// Open addressing by the low bits of the hash: the hash with its low byte replaced by 1 + the entry's
    /// number; 0 is free. A power of two, never full.
    index: &'static [u32],
    /// The table that has the names which the VM's own lacks.
    names: &'static [u32],
    model: PhantomData<fn(N)>,
}

impl<N: NumberModel> Layer<N> {
    /// For [`library!`](crate::library) only, which upholds what the fields say.
    #[doc(hidden)]
    pub const fn new(
        entries: &'static [Entry],
        index: &'static [u32],
        names: &'static [u32],
    ) -> Self {
        assert!(entries.len() < 256 && index.len().is_power_of_two());
        let (mut free, mut at) = (false, 0);
        while at < index.len() {
            let number = (index[at] & 0xff) as usize;
            assert!(number <= entries.len() && (number > 0) == (index[at] != 0));
            free |= number == 0;
            at += 1;
        }
        assert!(free, "look-ups end at a free place");
        Self {
            entries,
            index,
            names,
            model: PhantomData,
        }
    }

    /// Words of the string table of the names.
    pub(crate) fn names(&self) -> &'static [u32] {
        self.names
    }

    /// Number of entries.
    #[inline]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
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
        let Some(entry) = self.entries.get(index) else {
            return Val::NIL;
        };
        // SAFETY: the tag says which field was written, and what is there.
        unsafe {
            match word(&raw const entry.tag) {
                tag @ (tag::NATIVE | LIBRARY | tag::SHORT_ROM) => Val {
                    payload: Payload::from_ptr(entry.raw.ptr.cast_mut()),
                    tag,
                },
                tag => Self::number(tag, entry.raw),
            }
        }
    }

    /// The value of an entry that is a number.
    ///
    /// # Safety
    /// The tag must be that of such an entry.
    #[inline(never)]
    unsafe fn number(tag: u32, raw: Raw) -> Val<N> {
        // SAFETY: the tag says which field was written, and what is there.
        unsafe {
            match tag {
                tag::INT => Val::int(N::Int::wrap(raw.word as i32 as i64)),
                MAX_INTEGER => Val::int(N::Int::MAX),
                MIN_INTEGER => Val::int(N::Int::MIN),
                _ => Val::float(N::Float::from_f64(*raw.ptr.cast::<f64>())),
            }
        }
    }

    /// The number of the entry with this name. Calls nothing, and so saves no registers: every use of a library's function
    /// comes by here.
    ///
    /// # Safety
    /// `key` is a short string in ROM.
    #[inline(never)]
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
                    if name == key || string::same_rom_text_inline(name, key) {
                        return Some(index);
                    }
                }
                at = (at + 1) & mask;
            }
        }
    }
}

/// Length of the index for so many names.
#[doc(hidden)]
pub const fn index_len(names: usize) -> usize {
    (names + names / 3 + 1).next_power_of_two()
}

/// The index of a layer with these names. A name that occurs twice does not compile.
#[doc(hidden)]
pub const fn index<const LEN: usize>(names: &[&str]) -> [u32; LEN] {
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

/// Defines a library: a type whose `layer::<N>()` is the static [`Layer`] with the given entries, for
/// each number model `N`. Values are [`RomValue`]s and may name the type parameter `N`. The
/// names lie in a table of [`names!`](crate::names), those that the VM has itself excepted; see [`crate::layer`].
#[macro_export]
macro_rules! library {
    ($(#[$attribute:meta])* $visibility:vis struct $library:ident in $table:path {
        $($name:literal => $value:expr),* $(,)?
    }) => {
        $(#[$attribute])*
        $visibility struct $library;

        impl $library {
            const NAMES: &'static [&'static str] = &[$($name),*];
            const INDEX: &'static [u32] =
                &$crate::layer::index::<{ $crate::layer::index_len(Self::NAMES.len()) }>(Self::NAMES);

            /// The entries in ROM.
            $visibility const fn layer<N: $crate::number::NumberModel>() -> &'static $crate::layer::Layer<N> {
                const {
                    &$crate::layer::Layer::new(
                        const { &[$($crate::layer::Entry::new::<N>(&$table, $name, $value)),*] },
                        Self::INDEX,
                        &$table,
                    )
                }
            }
        }
    };
}
pub(crate) use library;

/// Defines a `static` string table in ROM, for the names of a firmware's [`library!`](crate::library) tables and other
/// strings it uses: `[u32; N]` from a constant `&[&str]`. States that have such libraries are made
/// [with it](crate::api::Lua::with_names).
#[doc(inline)]
pub use rostrings::builtin_table as names;
