//! Making objects.

use super::State;
use crate::frame::NativeFn;
use crate::layer::Layer;
use crate::number::NumberModel;
use crate::object::function::{Closure, NativeClosure, Record, Upvalue};
use crate::object::kind;
use crate::object::string::{LONG_TEXT, SHORT_TEXT, Str, object_size};
use crate::object::table::{Layered, Table};
use crate::object::thread::Thread;
use crate::object::userdata::{UserObject, VtableOf};
use crate::roots::RamStr;
use crate::value::{Val, tag};
use core::any::Any;
use core::mem::size_of;
use core::ptr::{NonNull, null_mut};
use lua_gc::OutOfMemory;
use rostrings::MAX_SHORT;
use rostrings::lookup::{self, Found};

impl<N: NumberModel> State<N> {
    /// The string with this text: a ROM string if a mounted table has it, an interned one, or a new one.
    ///
    /// # Errors
    /// Out of memory.
    #[inline]
    pub fn new_string(&mut self, text: &[u8]) -> Result<Val<N>, OutOfMemory> {
        if text.len() > MAX_SHORT {
            return self.new_long_string(text.len(), |out| out.copy_from_slice(text));
        }
        match lookup::find(&self.roots.roms, &self.roots.strings, text) {
            Found::Ram(RamStr(record)) => {
                // SAFETY: the intern table holds strings that are not freed yet; one found dead lives on (G5).
                unsafe {
                    let object = NonNull::new_unchecked(record as *mut lua_gc::Header);
                    self.heap.revive(object);
                    Ok(Val::object(object, tag::SHORT_RAM))
                }
            }
            Found::Rom { table, offset } => {
                let words = self.roots.roms[table].words();
                Ok(Val::pointer(
                    words[offset as usize..].as_ptr() as *mut u8,
                    tag::SHORT_ROM,
                ))
            }
            Found::Absent { hash } => self.intern_new(hash, text),
        }
    }

    /// Gives memory of the intern table back after many strings were freed.
    pub fn shrink_strings(&mut self) {
        let before = self.roots.strings.allocation_size() as isize;
        self.roots.strings.shrink();
        let after = self.roots.strings.allocation_size() as isize;
        self.heap.memory.account(after - before);
    }

    fn intern_new(&mut self, hash: u32, text: &[u8]) -> Result<Val<N>, OutOfMemory> {
        if self.roots.strings.len() == self.roots.strings.capacity() {
            let before = self.roots.strings.allocation_size() as isize;
            self.roots.strings.reserve(1).map_err(|_| OutOfMemory)?;
            self.heap
                .memory
                .account(self.roots.strings.allocation_size() as isize - before);
        }
        let padded = text.len().next_multiple_of(4);
        // SAFETY: the whole record is written here: header by `allocate`, hash, padding, text.
        unsafe {
            let object =
                self.heap
                    .allocate(kind::SHORT_STRING, text.len() as u16, SHORT_TEXT + padded)?;
            let record = object.as_ptr() as *mut u32;
            record.add(1).write(hash);
            if padded > 0 {
                record.add(1 + padded / 4).write(0);
            }
            (record.add(2) as *mut u8).copy_from_nonoverlapping(text.as_ptr(), text.len());
            self.roots
                .strings
                .insert_reserved(hash, RamStr(record as *mut Str));
            Ok(Val::object(object, tag::SHORT_RAM))
        }
    }

    /// A long string of `len` (over 40) bytes, which `fill` writes.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_long_string(
        &mut self,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result<Val<N>, OutOfMemory> {
        if len > u32::MAX as usize - 64 {
            return Err(OutOfMemory);
        }
        // SAFETY: the whole record is written here; the text is initialised before it is lent as a slice.
        unsafe {
            let object = self.heap.allocate(kind::LONG_STRING, 0, object_size(len))?;
            let record = object.as_ptr() as *mut u32;
            record.add(1).write(0);
            record.add(2).write(len as u32);
            let text = (record as *mut u8).add(LONG_TEXT);
            text.write_bytes(0, len.next_multiple_of(4));
            fill(core::slice::from_raw_parts_mut(text, len));
            Ok(Val::object(object, tag::LONG_RAM))
        }
    }

    /// An empty table with room for `array` elements and `hash` other entries.
    ///
    /// # Errors
    /// Out of memory.
    #[inline]
    pub fn new_table(&mut self, array: usize, hash: usize) -> Result<Val<N>, OutOfMemory> {
        // SAFETY: the object is initialised at once; if its parts find no memory it is a valid empty table.
        unsafe {
            let object = self
                .heap
                .allocate(kind::TABLE, 0, Table::<N>::object_size(false))?;
            let table = object.as_ptr() as *mut Table<N>;
            Table::init(table, None);
            if array | hash != 0 {
                Table::resize(table, &mut self.heap.memory, array, hash)?;
            }
            Ok(Val::object(object, tag::TABLE))
        }
    }

    /// An empty table above a ROM layer.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_layered_table(&mut self, layer: &'static Layer<N>) -> Result<Val<N>, OutOfMemory> {
        // SAFETY: the object is initialised at once; the library array lives as long as the state.
        unsafe {
            let places = self.roots.anchors.places();
            let libraries = (&raw const (*places).libraries).cast();
            let object = self
                .heap
                .allocate(kind::TABLE, 0, Table::<N>::object_size(true))?;
            Table::init(
                object.as_ptr() as *mut Table<N>,
                Some(Layered { layer, libraries }),
            );
            Ok(Val::object(object, tag::TABLE))
        }
    }

    /// A closed upvalue.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_upvalue(&mut self, value: Val<N>) -> Result<*mut Upvalue<N>, OutOfMemory> {
        // SAFETY: every field is written.
        unsafe {
            let object = self
                .heap
                .allocate(kind::UPVALUE, 0, size_of::<Upvalue<N>>())?;
            let upvalue = object.as_ptr() as *mut Upvalue<N>;
            (*upvalue).store.value = value;
            (*upvalue).v = &raw mut (*upvalue).store.value;
            Ok(upvalue)
        }
    }

    /// A closure whose upvalue pointers are null until the caller fills them (before the next safe point).
    ///
    /// # Safety
    /// `record` must be live or in ROM.
    ///
    /// # Errors
    /// Out of memory.
    pub unsafe fn new_closure(
        &mut self,
        record: *const Record,
        count: usize,
    ) -> Result<*mut Closure<N>, OutOfMemory> {
        // SAFETY: every field is written; null upvalues are skipped by the collector.
        unsafe {
            let object =
                self.heap
                    .allocate(kind::CLOSURE, count as u16, Closure::<N>::size(count))?;
            let closure = object.as_ptr() as *mut Closure<N>;
            (*closure).record = record;
            for index in 0..count {
                Closure::upvalues(closure).add(index).write(null_mut());
            }
            Ok(closure)
        }
    }

    /// A native function as a value.
    pub fn native_value(function: NativeFn<N>) -> Val<N> {
        Val::pointer(function as *mut u8, tag::NATIVE)
    }

    /// A native closure.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_native_closure(
        &mut self,
        function: NativeFn<N>,
        count: usize,
        value: impl Fn(usize) -> Val<N>,
    ) -> Result<Val<N>, OutOfMemory> {
        // SAFETY: every field is written.
        unsafe {
            let object = self.heap.allocate(
                kind::NATIVE_CLOSURE,
                count as u16,
                NativeClosure::<N>::size(count),
            )?;
            let closure = object.as_ptr() as *mut NativeClosure<N>;
            (*closure).function = function;
            for index in 0..count {
                NativeClosure::values(closure)
                    .add(index)
                    .write(value(index));
            }
            Ok(Val::object(object, tag::NATIVE_CLOSURE))
        }
    }

    /// A userdata that owns `value`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_userdata<T: Any>(
        &mut self,
        value: T,
        metatable: *mut Table<N>,
    ) -> Result<Val<N>, OutOfMemory> {
        let vtable = VtableOf::<N, T>::VTABLE;
        // SAFETY: every field is written; the metatable is live.
        unsafe {
            let object = self.heap.allocate(kind::USERDATA, 0, vtable.size)?;
            let user = object.as_ptr() as *mut UserObject<N>;
            (&raw mut (*user).vtable).write(vtable);
            (*user).metatable = metatable;
            (*user).uservalue = Val::NIL;
            ((user as *mut u8).add(UserObject::<N>::DATA) as *mut T).write(value);
            let val = Val::object(object, tag::USERDATA);
            self.register_finalizer(object, metatable);
            Ok(val)
        }
    }

    /// A thread with an empty stack of `slots` slots.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_thread(&mut self, slots: usize) -> Result<*mut Thread<N>, OutOfMemory> {
        // SAFETY: the object is initialised at once; a stack that finds no memory leaves a valid thread.
        unsafe {
            let object = self
                .heap
                .allocate(kind::THREAD, 0, size_of::<Thread<N>>())?;
            let thread = object.as_ptr() as *mut Thread<N>;
            Thread::init(thread);
            Thread::resize_stack(thread, &mut self.heap.memory, slots)?;
            Thread::grow_frames(thread, &mut self.heap.memory)?;
            Ok(thread)
        }
    }
}
