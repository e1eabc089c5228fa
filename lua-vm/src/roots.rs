//! What a state keeps alive, and its string tables: the collector's client.

use crate::boxed::try_box;
use crate::handles::Handles;
use crate::hook::Hooks;
use crate::number::NumberModel;
use crate::object::function::{Closure, Upvalue};
use crate::object::string::{self, SHORT_TEXT, Str, word};
use crate::object::table::Table;
use crate::object::thread::Thread;
use crate::stdlib::LIBRARY_COUNT;
use crate::value::Val;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::{NonNull, null_mut};
use lua_gc::OutOfMemory;
use rostrings::intern::{InternTable, RamString};
use rostrings::rom::RomTable;

/// A short string of the RAM intern table.
#[derive(Clone, Copy)]
pub struct RamStr(pub *mut Str);

impl RamStr {
    /// Whether it is this record.
    pub fn is(&self, record: *const Str) -> bool {
        core::ptr::eq(self.0, record)
    }
}

impl RamString for RamStr {
    #[inline(always)]
    fn hash(&self) -> u32 {
        // SAFETY: the intern table holds live records only: a freed one is removed by `release`.
        unsafe { string::short_hash(self.0) }
    }

    #[inline]
    fn eq_text(&self, text: &[u8]) -> bool {
        // SAFETY: as above; the length says how many bytes follow.
        unsafe {
            let len = (word(self.0 as *const u32) >> 16 & 0xff) as usize;
            len == text.len()
                && core::slice::from_raw_parts((self.0 as *const u8).add(SHORT_TEXT), len) == text
        }
    }
}

/// Roots that are pointed at from elsewhere.
pub struct Places<N: NumberModel> {
    /// The globals' upvalue, as the upvalue array of functions that are values by themselves.
    pub environment: [*mut Upvalue<N>; 1],
    /// Library tables that static layers refer to by number.
    pub libraries: [*mut Table<N>; LIBRARY_COUNT],
}

/// The [`Places`] of a state, in memory of their own: a pointer to them stays good while the state is borrowed.
pub struct Anchors<N: NumberModel>(NonNull<Places<N>>);

impl<N: NumberModel> Anchors<N> {
    /// Empty places.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new() -> Result<Self, OutOfMemory> {
        let places = try_box(Places {
            environment: [null_mut()],
            libraries: [null_mut(); LIBRARY_COUNT],
        })?;
        Ok(Self(NonNull::from(Box::leak(places))))
    }

    /// The places, until the state is dropped.
    #[inline(always)]
    pub fn places(&self) -> *mut Places<N> {
        self.0.as_ptr()
    }
}

impl<N: NumberModel> Drop for Anchors<N> {
    fn drop(&mut self) {
        // SAFETY: `new` leaked the box; the heap, whose tables point here, is closed before its state is dropped.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// Roots and string tables (invariant G2).
pub struct Roots<N: NumberModel> {
    /// Short strings in RAM.
    pub strings: InternTable<RamStr>,
    /// String tables in ROM: the firmware's, then those of mounted images.
    pub roms: Vec<RomTable<'static>>,
    /// The running thread.
    pub thread: *mut Thread<N>,
    /// The main thread.
    pub main: *mut Thread<N>,
    /// The table of globals.
    pub globals: Val<N>,
    /// The registry.
    pub registry: Val<N>,
    /// `package.loaded`, or nil.
    pub loaded: Val<N>,
    /// What tables and running functions point at.
    pub anchors: Anchors<N>,
    /// Metatables of the basic types.
    pub metatables: [*mut Table<N>; 9],
    /// The value of the error being raised.
    pub error: Val<N>,
    /// Values kept by the host.
    pub handles: Handles<N>,
    /// The upvalue opened last, null after a collection: its variable survives one, even if its thread does not, as in
    /// the reference implementation.
    pub last_captured: *mut Upvalue<N>,
    /// The closure made last, null after a collection: not kept alive by this.
    pub last_closure: *mut Closure<N>,
    /// Hooks of threads; each is kept by its thread.
    pub hooks: Hooks<N>,
}

impl<N: NumberModel> Roots<N> {
    /// The upvalue that holds the globals.
    #[inline(always)]
    pub fn globals_upvalue(&self) -> *mut Upvalue<N> {
        // SAFETY: the places are the state's own.
        unsafe { (*self.anchors.places()).environment[0] }
    }

    /// The upvalue array of functions that are values by themselves; good until the state is dropped.
    #[inline(always)]
    pub fn globals_upvalues(&self) -> *const *mut Upvalue<N> {
        // SAFETY: as above.
        unsafe { (&raw const (*self.anchors.places()).environment).cast() }
    }
}
