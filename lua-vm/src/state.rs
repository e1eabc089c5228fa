//! One Lua state: heap, roots, and the operations that make objects and store into them with barriers.

use crate::builtin::Event;
use crate::frame::{NativeFn, Throw};
use crate::handles::Handles;
use crate::interp::Emergency;
use crate::layer::Layer;
use crate::number::NumberModel;
use crate::object::function::{Closure, NativeClosure, Record, Upvalue};
use crate::object::kind;
use crate::object::string::{LONG_TEXT, SHORT_TEXT, Str, object_size};
use crate::object::table::{Layered, SetError, Table};
use crate::object::thread::{self, DOUBLING_STACK, MAX_STACK, OVERFLOW_RESERVE, Thread};
use crate::object::userdata::{UserObject, VtableOf};
use crate::roots::{RamStr, Roots};
use crate::stdlib::LIBRARY_COUNT;
use crate::value::{Val, tag};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;
use core::mem::size_of;
use core::ptr::{NonNull, null_mut};
use lfs_format::image::{Image, Verified};
use lua_gc::{Heap, ObjectRef, OutOfMemory, header};
use rostrings::MAX_SHORT;
use rostrings::intern::InternTable;
use rostrings::lookup::{self, Found};
use rostrings::rom::RomTable;

/// Takes output.
pub type WriteHook = Box<dyn FnMut(&[u8])>;
/// Reads the file of a name, or says why it cannot.
pub type ReadHook = Box<dyn FnMut(&[u8]) -> Result<Vec<u8>, Vec<u8>>>;

/// What the host provides to the standard library.
#[derive(Default)]
pub struct Host {
    /// Takes what `print` and `io.write` put out.
    pub write: Option<WriteHook>,
    /// Reads a file for `loadfile`, `dofile` and `require`; a message if it cannot.
    pub read_file: Option<ReadHook>,
}

/// A Lua state.
pub struct State<N: NumberModel> {
    /// The heap.
    pub heap: Heap<Roots<N>>,
    /// Roots and string tables.
    pub roots: Roots<N>,
    /// Units of work left before the interpreter hands control back.
    pub fuel: u64,
    /// Where the last emergency collection happened.
    pub emergency: Option<Emergency>,
    /// A `__gc` metamethod called by the collector is running.
    pub finalizing: bool,
    /// What the host provides.
    pub host: Host,
    /// Mounted images, the one that hides the others last.
    pub images: Vec<Image<'static, Verified>>,
    /// Memory for building strings, kept between uses.
    pub scratch: Vec<u8>,
    /// Userdata lent to Rust code right now.
    pub lent: Vec<*mut u8>,
    /// State of `math.random`.
    pub random: [u64; 2],
}

impl<N: NumberModel> State<N> {
    /// A state with empty globals and a main thread.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new(config: lua_gc::Config) -> Result<Self, OutOfMemory> {
        let mut state = Self {
            heap: Heap::new(config)?,
            roots: Roots {
                strings: InternTable::new(),
                roms: Vec::new(),
                thread: null_mut(),
                main: null_mut(),
                globals: Val::NIL,
                registry: Val::NIL,
                loaded: Val::NIL,
                environment: [null_mut()],
                metatables: [null_mut(); 9],
                libraries: [null_mut(); LIBRARY_COUNT],
                error: Val::NIL,
                handles: Handles::new()?,
            },
            fuel: u64::MAX,
            emergency: None,
            finalizing: false,
            host: Host::default(),
            images: Vec::new(),
            scratch: Vec::new(),
            lent: Vec::new(),
            random: [0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9],
        };
        match state.fill() {
            Ok(()) => Ok(state),
            Err(error) => {
                state.close();
                Err(error)
            }
        }
    }

    /// A state at an address that does not change, as library tables need it.
    ///
    /// # Errors
    /// Out of memory.
    pub fn boxed(config: lua_gc::Config) -> Result<Box<Self>, OutOfMemory> {
        let layout = core::alloc::Layout::new::<Self>();
        // SAFETY: the block has the layout of the state and is written before the box owns it.
        unsafe {
            let block = NonNull::new(alloc::alloc::alloc(layout))
                .ok_or(OutOfMemory)?
                .cast::<Self>();
            match Self::new(config) {
                Ok(state) => {
                    block.write(state);
                    Ok(Box::from_raw(block.as_ptr()))
                }
                Err(error) => {
                    alloc::alloc::dealloc(block.as_ptr() as *mut u8, layout);
                    Err(error)
                }
            }
        }
    }

    fn fill(&mut self) -> Result<(), OutOfMemory> {
        self.mount(crate::builtin::table().ok_or(OutOfMemory)?)?;
        let main = self.new_thread(thread::INITIAL_STACK)?;
        self.roots.main = main;
        self.roots.thread = main;
        self.roots.registry = self.new_table(0, 0)?;
        self.roots.globals = self.new_table(0, 0)?;
        let environment = self.new_upvalue(self.roots.globals)?;
        self.roots.environment = [environment];
        Ok(())
    }

    /// Adds a string table in ROM. Must precede every string of its texts: mount before anything runs.
    ///
    /// # Errors
    /// Out of memory.
    pub fn mount(&mut self, table: RomTable<'static>) -> Result<(), OutOfMemory> {
        table.words().as_ptr().expose_provenance();
        self.roots.roms.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.roots.roms.push(table);
        Ok(())
    }

    /// Frees every object. The state is unusable afterwards.
    pub fn close(&mut self) {
        // SAFETY: nothing runs; userdata are dropped, no Lua code is called.
        unsafe { self.heap.free_all(&mut self.roots) }
    }

    /// The running thread.
    #[inline(always)]
    pub fn thread(&self) -> *mut Thread<N> {
        self.roots.thread
    }

    /// The globals, as a value.
    #[inline(always)]
    pub fn globals_value(&self) -> Val<N> {
        self.roots.globals
    }

    /// `package.loaded`; null before the libraries are opened.
    pub fn loaded_libraries(&self) -> *mut Table<N> {
        if self.roots.loaded.is_table() {
            // SAFETY: a table value is a pointer.
            unsafe { self.roots.loaded.as_ptr() as *mut Table<N> }
        } else {
            null_mut()
        }
    }

    /// The registry, as a value.
    pub fn registry_value(&self) -> Val<N> {
        self.roots.registry
    }

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

    /// An empty table above a ROM layer. The state must not move as long as it lives.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_layered_table(&mut self, layer: &'static Layer<N>) -> Result<Val<N>, OutOfMemory> {
        let libraries = self.roots.libraries.as_ptr();
        // SAFETY: the object is initialised at once; the library array lives as long as the state.
        unsafe {
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

    /// Makes library table `index`, with the entries of `layer` below it; see [`State::new_layered_table`].
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_library(
        &mut self,
        index: u8,
        layer: &'static Layer<N>,
    ) -> Result<Val<N>, OutOfMemory> {
        let table = self.new_layered_table(layer)?;
        self.set_library(index, table);
        Ok(table)
    }

    /// Makes `table` library table `index`; no effect if it is no table or the number is too large.
    pub fn set_library(&mut self, index: u8, table: Val<N>) {
        if let (Some(place), true) = (
            self.roots.libraries.get_mut(index as usize),
            table.is_table(),
        ) {
            // SAFETY: a table value is a pointer.
            *place = unsafe { table.as_ptr() } as *mut Table<N>;
        }
    }

    /// Library table `index`, nil if there is none.
    pub fn library(&self, index: u8) -> Val<N> {
        match self.roots.libraries.get(index as usize) {
            Some(table) if !table.is_null() => Val::pointer(*table as *mut u8, tag::TABLE),
            _ => Val::NIL,
        }
    }

    /// Makes `table` the table of globals, also of functions that exist already.
    pub fn set_globals(&mut self, table: Val<N>) {
        self.roots.globals = table;
        // SAFETY: the globals' upvalue is a root and closed.
        unsafe {
            let upvalue = self.roots.environment[0];
            *(*upvalue).v = table;
            self.barrier(upvalue as *mut u8, &table);
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

    /// Makes the running thread's stack at least `slots` long.
    ///
    /// # Errors
    /// "stack overflow", or out of memory.
    #[cold]
    pub fn grow_stack(&mut self, slots: usize) -> Result<(), Throw> {
        let thread = self.thread();
        // SAFETY: the running thread is live.
        unsafe {
            let size = (*thread).stack_size as usize;
            if slots <= size {
                return Ok(());
            }
            let handling = (*thread).handlers > 0;
            let limit = if handling {
                MAX_STACK + OVERFLOW_RESERVE
            } else {
                MAX_STACK
            };
            if slots > limit {
                return Err(self.stack_overflow(handling));
            }
            let ample = if size < DOUBLING_STACK {
                size + size / 2
            } else {
                size * 2
            };
            let wanted = slots.max(ample).min(limit);
            let memory = &mut self.heap.memory;
            if Thread::resize_stack(thread, memory, wanted).is_err() {
                Thread::resize_stack(thread, memory, slots)?;
            }
            Ok(())
        }
    }

    /// Records a store of `value` into `parent`: re-greys a black parent (G3).
    ///
    /// # Safety
    /// `parent` and what `value` points at must be live.
    #[inline(always)]
    pub unsafe fn barrier_back(&mut self, parent: *mut u8, value: &Val<N>) {
        // SAFETY: caller.
        unsafe {
            if value.is_collectable() {
                let parent = NonNull::new_unchecked(parent as *mut lua_gc::Header);
                if Heap::<Roots<N>>::needs_barrier(parent, value.as_object()) {
                    self.heap.barrier_back(parent);
                }
            }
        }
    }

    /// Records a store of `value` into `parent`: marks the value (G3).
    ///
    /// # Safety
    /// `parent` and what `value` points at must be live.
    #[inline(always)]
    pub unsafe fn barrier(&mut self, parent: *mut u8, value: &Val<N>) {
        // SAFETY: caller.
        unsafe {
            if value.is_collectable() {
                self.barrier_object(parent, value.as_object());
            }
        }
    }

    /// As [`State::barrier`], for an object.
    ///
    /// # Safety
    /// `parent` and `child` must be live.
    #[inline(always)]
    pub unsafe fn barrier_object(&mut self, parent: *mut u8, child: ObjectRef) {
        // SAFETY: caller.
        unsafe {
            let parent = NonNull::new_unchecked(parent as *mut lua_gc::Header);
            if Heap::<Roots<N>>::needs_barrier(parent, child) {
                self.heap.barrier(&mut self.roots, parent, child);
            }
        }
    }

    /// Raw store into a table.
    ///
    /// # Safety
    /// Table, key and value must be live.
    ///
    /// # Errors
    /// A nil or NaN key, a table too large, out of memory.
    #[inline]
    pub unsafe fn table_set(
        &mut self,
        table: *mut Table<N>,
        key: &Val<N>,
        value: Val<N>,
    ) -> Result<(), Throw> {
        // SAFETY: caller.
        unsafe {
            Table::set(table, &mut self.heap.memory, key, value)
                .map_err(|error| self.set_error(error))?;
            self.barrier_back(table as *mut u8, &value);
            self.barrier_back(table as *mut u8, key);
        }
        Ok(())
    }

    /// Raw store into a table at an integer key.
    ///
    /// # Safety
    /// Table and value must be live.
    ///
    /// # Errors
    /// A table too large, out of memory.
    #[inline]
    pub unsafe fn table_set_int(
        &mut self,
        table: *mut Table<N>,
        key: N::Int,
        value: Val<N>,
    ) -> Result<(), Throw> {
        // SAFETY: caller.
        unsafe {
            Table::set_int(table, &mut self.heap.memory, key, value)
                .map_err(|error| self.set_error(error))?;
            self.barrier_back(table as *mut u8, &value);
        }
        Ok(())
    }

    #[cold]
    fn set_error(&mut self, error: SetError) -> Throw {
        match error {
            SetError::NilKey => self.runtime_error(format_args!("table index is nil")),
            SetError::NanKey => self.runtime_error(format_args!("table index is NaN")),
            SetError::Overflow => self.runtime_error(format_args!("table overflow")),
            _ => Throw::Memory,
        }
    }

    /// The metatable of any value; null if it has none.
    ///
    /// # Safety
    /// The value must be live.
    #[inline]
    pub unsafe fn metatable_of(&self, value: &Val<N>) -> *mut Table<N> {
        // SAFETY: caller.
        unsafe {
            match value.tag {
                tag::TABLE => (*(value.as_ptr() as *mut Table<N>)).metatable,
                tag::USERDATA => (*(value.as_ptr() as *mut UserObject<N>)).metatable,
                other => self.roots.metatables[(other & tag::TYPE_MASK) as usize % 9],
            }
        }
    }

    /// The metamethod of a value for an event; nil if there is none.
    ///
    /// # Safety
    /// The value must be live.
    #[inline]
    pub unsafe fn metamethod(&self, value: &Val<N>, event: Event) -> Val<N> {
        // SAFETY: caller.
        unsafe {
            let metatable = self.metatable_of(value);
            if metatable.is_null() {
                Val::NIL
            } else {
                crate::metatable::metamethod(metatable, event)
            }
        }
    }

    /// Gives an object with a `__gc` metamethod a finalizer (manual section 2.5.1).
    unsafe fn register_finalizer(&mut self, object: ObjectRef, metatable: *mut Table<N>) {
        // SAFETY: both are live (callers).
        unsafe {
            if !metatable.is_null()
                && header::word(object) & header::FINALIZER == 0
                && !crate::metatable::metamethod(metatable, Event::Gc).is_nil()
            {
                self.heap.set_finalizer(object);
            }
        }
    }

    /// Replaces a table's metatable.
    ///
    /// # Safety
    /// Both must be live; `metatable` may be null.
    pub unsafe fn set_table_metatable(&mut self, table: *mut Table<N>, metatable: *mut Table<N>) {
        // SAFETY: caller.
        unsafe {
            (*table).metatable = metatable;
            if let Some(child) = NonNull::new(metatable as *mut lua_gc::Header) {
                let object = NonNull::new_unchecked(table as *mut lua_gc::Header);
                if Heap::<Roots<N>>::needs_barrier(object, child) {
                    self.heap.barrier_back(object);
                }
                self.register_finalizer(object, metatable);
            }
        }
    }

    /// Replaces the metatable of a value: of this table or userdata, or of a basic type.
    ///
    /// # Safety
    /// Both must be live; `metatable` may be null.
    pub unsafe fn set_metatable(&mut self, value: &Val<N>, metatable: *mut Table<N>) {
        // SAFETY: caller.
        unsafe {
            match value.tag {
                tag::TABLE => self.set_table_metatable(value.as_ptr() as *mut Table<N>, metatable),
                tag::USERDATA => {
                    (*(value.as_ptr() as *mut UserObject<N>)).metatable = metatable;
                    if let Some(child) = NonNull::new(metatable as *mut lua_gc::Header) {
                        self.barrier_object(value.as_ptr(), child);
                        self.register_finalizer(value.as_object(), metatable);
                    }
                }
                other => self.roots.metatables[(other & tag::TYPE_MASK) as usize % 9] = metatable,
            }
        }
    }

    /// Value `index` of the native closure in the slot below `base`.
    ///
    /// # Safety
    /// `base` must be the first slot of a native's frame.
    pub unsafe fn native_upvalue(&self, base: *mut Val<N>, index: usize) -> Option<*mut Val<N>> {
        // SAFETY: the function slot lies below the frame (caller).
        unsafe {
            let function = *base.sub(1);
            if function.tag != tag::NATIVE_CLOSURE
                || index >= header::user(function.as_object()) as usize
            {
                return None;
            }
            Some(NativeClosure::values(function.as_ptr() as *mut NativeClosure<N>).add(index))
        }
    }

    /// Replaces value `index` of the native closure in the slot below `base`.
    ///
    /// # Safety
    /// As for [`State::native_upvalue`]; `value` must be live.
    pub unsafe fn set_native_upvalue(&mut self, base: *mut Val<N>, index: usize, value: Val<N>) {
        // SAFETY: caller.
        unsafe {
            if let Some(at) = self.native_upvalue(base, index) {
                *at = value;
                self.barrier((*base.sub(1)).as_ptr(), &value);
            }
        }
    }

    /// Raises `value`.
    #[cold]
    pub fn throw(&mut self, value: Val<N>) -> Throw {
        self.roots.error = value;
        Throw::Error
    }

    /// Raises an error with this text, without a position.
    #[cold]
    pub fn error_text(&mut self, message: fmt::Arguments<'_>, tail: &[u8]) -> Throw {
        match self.text(&[], message, tail) {
            Ok(value) => self.throw(value),
            Err(throw) => throw,
        }
    }

    /// A string made of bytes, formatted text and more bytes.
    ///
    /// # Errors
    /// Out of memory.
    pub fn text(
        &mut self,
        before: &[u8],
        message: fmt::Arguments<'_>,
        after: &[u8],
    ) -> Result<Val<N>, Throw> {
        let mut buffer = core::mem::take(&mut self.scratch);
        buffer.clear();
        let mut writer = Fallible(&mut buffer);
        let done = writer
            .bytes(before)
            .and_then(|()| fmt::write(&mut writer, message))
            .and_then(|()| writer.bytes(after));
        let result = if done.is_ok() {
            self.new_string(&buffer)
        } else {
            Err(OutOfMemory)
        };
        self.scratch = buffer;
        Ok(result?)
    }

    /// Notes that an object is lent; false if there is no memory for the note.
    pub fn lend(&mut self, object: *mut u8) -> bool {
        if self.lent.try_reserve(1).is_err() {
            return false;
        }
        self.lent.push(object);
        true
    }

    /// Takes a lent object back.
    pub fn give_back(&mut self, object: *mut u8) {
        self.lent.retain(|other| *other != object);
    }
}

/// A writer into a `Vec` that reports lack of memory instead of aborting.
struct Fallible<'a>(&'a mut Vec<u8>);

impl Fallible<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> fmt::Result {
        self.0.try_reserve(bytes.len()).map_err(|_| fmt::Error)?;
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

impl fmt::Write for Fallible<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes())
    }
}
