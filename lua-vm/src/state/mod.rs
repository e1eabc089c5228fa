//! One Lua state: heap, roots, and stores with barriers. Objects are made in [`allocate`], errors in [`message`].

mod allocate;
mod message;

use crate::frame::Throw;
use crate::handles::Handles;
use crate::hook::Hooks;
use crate::interp::Emergency;
use crate::layer::Layer;
use crate::number::NumberModel;
use crate::object::function::NativeClosure;
use crate::object::table::{SetError, Table};
use crate::object::thread::{self, DOUBLING_STACK, MAX_STACK, OVERFLOW_RESERVE, Thread};
use crate::roots::{Anchors, Roots};
use crate::stdlib::LIBRARY_COUNT;
use crate::value::{Val, tag};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::{NonNull, null_mut};
use lfs_format::function::StripLevel;
use lfs_format::image::{Image, Verified};
use lua_gc::{Heap, ObjectRef, OutOfMemory, header};
use rostrings::intern::InternTable;
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
    /// Values kept for native functions, one of a type.
    pub data: Vec<Box<dyn core::any::Any>>,
}

/// A Lua state.
pub struct State<N: NumberModel> {
    /// The heap.
    pub heap: Heap<Roots<N>>,
    /// Roots and string tables.
    pub roots: Roots<N>,
    /// Units of work left before [`State::is_out_of_fuel`] is asked: one word, for the interpreter counts it down.
    pub fuel: u32,
    /// Units left behind those.
    pub fuel_reserve: u64,
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
    /// Bytes of native stack the compiler may take.
    pub compiler_stack: usize,
    /// Debug information that is left out of source compiled from now on.
    pub strip: StripLevel,
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
                anchors: Anchors::new()?,
                metatables: [null_mut(); 9],
                error: Val::NIL,
                handles: Handles::new()?,
                last_captured: null_mut(),
                last_closure: null_mut(),
                hooks: Hooks::new(),
            },
            fuel: u32::MAX,
            fuel_reserve: u64::MAX,
            emergency: None,
            finalizing: false,
            host: Host::default(),
            images: Vec::new(),
            scratch: Vec::new(),
            lent: Vec::new(),
            random: [0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9],
            compiler_stack: usize::MAX,
            strip: StripLevel::None,
        };
        match state.fill() {
            Ok(()) => Ok(state),
            Err(error) => {
                state.close();
                Err(error)
            }
        }
    }

    /// Gives so many units of work.
    pub fn set_fuel(&mut self, units: u64) {
        self.fuel_reserve = units;
        self.fuel = 0;
        self.is_out_of_fuel();
    }

    /// Whether no unit of work is left.
    pub fn is_out_of_fuel(&mut self) -> bool {
        if self.fuel == 0 {
            let units = self.fuel_reserve.min(u32::MAX.into());
            self.fuel_reserve -= units;
            self.fuel = units as u32;
        }
        self.fuel == 0
    }

    /// A state on the heap.
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
        // SAFETY: the thread was just made.
        unsafe { (*main).main = true };
        self.roots.main = main;
        self.roots.thread = main;
        self.roots.registry = self.new_table(0, 0)?;
        self.roots.globals = self.new_table(0, 0)?;
        let environment = self.new_upvalue(self.roots.globals)?;
        // SAFETY: the places are the state's own.
        unsafe { (*self.roots.anchors.places()).environment = [environment] };
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
        if (index as usize) < LIBRARY_COUNT && table.is_table() {
            // SAFETY: the places are the state's own; a table value is a pointer.
            unsafe {
                let places = self.roots.anchors.places();
                (*places).libraries[index as usize] = table.as_ptr() as *mut Table<N>;
            }
        }
    }

    /// Library table `index`, nil if there is none.
    pub fn library(&self, index: u8) -> Val<N> {
        if index as usize >= LIBRARY_COUNT {
            return Val::NIL;
        }
        // SAFETY: the places are the state's own.
        let table = unsafe { (*self.roots.anchors.places()).libraries[index as usize] };
        if table.is_null() {
            Val::NIL
        } else {
            Val::pointer(table as *mut u8, tag::TABLE)
        }
    }

    /// Makes `table` the table of globals, also of functions that exist already.
    pub fn set_globals(&mut self, table: Val<N>) {
        self.roots.globals = table;
        // SAFETY: the globals' upvalue is a root and closed.
        unsafe {
            let upvalue = self.roots.globals_upvalue();
            *(*upvalue).v = table;
            self.barrier(upvalue as *mut u8, &table);
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
