//! [`Ctx`]: access to one state inside `'gc`.

use super::value::Invariant;
use super::{Function, LuaString, Table, UserData, Value};
use crate::builtin::Event;
use crate::compiler::Limits;
use crate::frame::{NativeFn, Throw};
use crate::number::NumberModel;
use crate::state::State;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;
use core::marker::PhantomData;
use lfs_format::function::StripLevel;

/// What a host without files answers.
const NO_FILES: &[u8] = b"no file system";

/// Takes the value of a type out of a list, and its place. Until it is given back it is not in the list.
#[inline(never)]
fn borrow<T: Any>(data: &mut [Box<dyn Any>]) -> Option<(usize, Box<T>)> {
    let index = data.iter().position(|value| value.is::<T>())?;
    // `()` takes no memory.
    let value = core::mem::replace(data.get_mut(index)?, Box::new(()));
    Some((index, value.downcast().ok()?))
}

#[inline(never)]
fn give_back(data: &mut [Box<dyn Any>], index: usize, value: Box<dyn Any>) {
    if let Some(place) = data.get_mut(index) {
        *place = value;
    }
}

/// Access to one state. It is a plain copy of a pointer; the lifetime `'gc` keeps it inside the
/// `Lua::enter` or native call it was given to, during which no collection runs.
pub struct Ctx<'gc, N: NumberModel> {
    state: *mut State<N>,
    lifetime: Invariant<'gc>,
}

impl<N: NumberModel> Clone for Ctx<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: NumberModel> Copy for Ctx<'_, N> {}

impl<'gc, N: NumberModel> Ctx<'gc, N> {
    #[inline(always)]
    pub(crate) fn new(state: *mut State<N>) -> Self {
        Self {
            state,
            lifetime: PhantomData,
        }
    }

    /// The state. Callers use it for one operation at a time and keep no reference across another.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub(crate) fn state(&self) -> &mut State<N> {
        // SAFETY: a context exists only while its state is exclusively entered on this thread; references made
        // here never outlive one operation.
        unsafe { &mut *self.state }
    }

    /// A string with this text.
    ///
    /// # Errors
    /// Out of memory.
    #[inline]
    pub fn intern(self, text: &[u8]) -> Result<LuaString<'gc, N>, Throw> {
        let val = self.state().new_string(text)?;
        // SAFETY: just made, and no collection runs during 'gc.
        Ok(unsafe { LuaString::from_val(val) })
    }

    /// A string of formatted text.
    ///
    /// # Errors
    /// Out of memory.
    pub fn text(self, text: fmt::Arguments<'_>) -> Result<LuaString<'gc, N>, Throw> {
        let val = self.state().text(&[], text, &[])?;
        // SAFETY: just made, and no collection runs during 'gc.
        Ok(unsafe { LuaString::from_val(val) })
    }

    /// An empty table with room for `array` elements and `hash` other entries.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_table(self, array: usize, hash: usize) -> Result<Table<'gc, N>, Throw> {
        let val = self.state().new_table(array, hash)?;
        // SAFETY: just made, and no collection runs during 'gc.
        Ok(unsafe { Table::from_val(val) })
    }

    /// A function value for a Rust function without upvalues; allocates nothing.
    pub fn native(self, function: NativeFn<N>) -> Function<'gc, N> {
        // SAFETY: a native function value refers to nothing collectable.
        unsafe { Function::from_val(State::native_value(function)) }
    }

    /// A native closure over `values`, which it reads by [`upvalue`](crate::frame::Frame::upvalue).
    ///
    /// # Errors
    /// Out of memory.
    pub fn native_closure(
        self,
        function: NativeFn<N>,
        values: &[Value<'gc, N>],
    ) -> Result<Function<'gc, N>, Throw> {
        let val = self
            .state()
            .new_native_closure(function, values.len(), |index| values[index].val())?;
        // SAFETY: just made, and no collection runs during 'gc.
        Ok(unsafe { Function::from_val(val) })
    }

    /// A userdata that owns `value`.
    ///
    /// # Errors
    /// Out of memory (`value` is dropped).
    pub fn new_userdata<T: Any>(
        self,
        value: T,
        metatable: Option<Table<'gc, N>>,
    ) -> Result<UserData<'gc, N>, Throw> {
        let val = self
            .state()
            .new_userdata(value, metatable.map_or(core::ptr::null_mut(), Table::ptr))?;
        // SAFETY: just made, and no collection runs during 'gc.
        Ok(unsafe { UserData::from_val(val) })
    }

    /// The table of globals.
    pub fn globals(self) -> Table<'gc, N> {
        // SAFETY: the globals are a root.
        unsafe { Table::from_val(self.state().globals_value()) }
    }

    /// The registry: a table of the host's, invisible to Lua.
    pub fn registry(self) -> Table<'gc, N> {
        // SAFETY: the registry is a root.
        unsafe { Table::from_val(self.state().registry_value()) }
    }

    /// Library table `index` of the state, if it has been made.
    pub(crate) fn library(self, index: u8) -> Option<Table<'gc, N>> {
        let table = self.state().library(index);
        // SAFETY: library tables are roots.
        table.is_table().then(|| unsafe { Table::from_val(table) })
    }

    /// The metatable of any value (manual section 2.4).
    pub fn metatable(self, value: Value<'gc, N>) -> Option<Table<'gc, N>> {
        // SAFETY: the value is live for 'gc, so is its metatable.
        unsafe { Table::from_ptr(self.state().metatable_of(&value.val())) }
    }

    /// Replaces the metatable of a table, a userdata, or of all values of a basic type.
    pub fn set_metatable(self, value: Value<'gc, N>, metatable: Option<Table<'gc, N>>) {
        // SAFETY: both are live for 'gc.
        unsafe {
            self.state().set_metatable(
                &value.val(),
                metatable.map_or(core::ptr::null_mut(), Table::ptr),
            )
        }
    }

    /// The metamethod of `value` for `event`, nil if there is none.
    pub fn metamethod(self, value: Value<'gc, N>, event: Event) -> Value<'gc, N> {
        // SAFETY: the value is live for 'gc, so is its metatable.
        unsafe { Value::from_val(self.state().metamethod(&value.val(), event)) }
    }

    /// Equality without metamethods.
    pub fn raw_equal(self, a: Value<'gc, N>, b: Value<'gc, N>) -> bool {
        // SAFETY: both are live for 'gc.
        unsafe { crate::object::string::raw_equal(&a.val(), &b.val()) }
    }

    /// Raises `value` as an error.
    #[cold]
    pub fn throw(self, value: Value<'gc, N>) -> Throw {
        self.state().throw(value.val())
    }

    /// Raises an error with this message, without a position.
    #[cold]
    pub fn error(self, message: fmt::Arguments<'_>) -> Throw {
        self.state().error_text(message, &[])
    }

    /// Lends an object to one borrower at a time.
    pub(crate) fn lend<R>(self, object: *mut u8, f: impl FnOnce() -> R) -> Option<R> {
        if self.state().lent.contains(&object) || !self.state().lend(object) {
            return None;
        }
        let result = f();
        self.state().give_back(object);
        Some(result)
    }

    /// Lends a buffer that is kept between uses; empty at first.
    pub fn with_scratch<R>(self, f: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        let mut buffer = core::mem::take(&mut self.state().scratch);
        buffer.clear();
        let result = f(&mut buffer);
        self.state().scratch = buffer;
        result
    }

    /// Lends the value of type `T` that the host keeps for native functions; `None` if there is none, or it is lent
    /// already. See [`Lua::set_app_data`](super::Lua::set_app_data).
    pub fn with_app_data<T: Any, R>(self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        let (index, mut value) = borrow(&mut self.state().host.data)?;
        let result = f(&mut value);
        give_back(&mut self.state().host.data, index, value);
        Some(result)
    }

    /// A table above the entries of a library.
    ///
    /// # Errors
    /// Out of memory; the state was not made [with the library's names](super::Lua::with_names).
    pub fn new_library(
        self,
        layer: &'static crate::layer::Layer<N>,
    ) -> Result<Table<'gc, N>, Throw> {
        let mut tables = self.state().roots.roms.iter();
        if tables.all(|table| !core::ptr::eq(table.words().as_ptr(), layer.names().as_ptr())) {
            return Err(self.error(format_args!("the state lacks the names of a library")));
        }
        self.layered_table(layer)
    }

    /// Makes a table a global and a loaded module.
    ///
    /// # Errors
    /// Out of memory.
    pub fn set_library(self, name: &[u8], library: Table<'gc, N>) -> Result<(), Throw> {
        let name = self.intern(name)?;
        self.globals().raw_set(self, name, library)?;
        match self.library(crate::stdlib::number::LOADED) {
            Some(loaded) => loaded.raw_set(self, name, library),
            None => Ok(()),
        }
    }

    /// The next number of the state's random generator (xoroshiro128+).
    pub fn next_random(self) -> u64 {
        let [a, b] = self.state().random;
        let result = a.wrapping_add(b);
        let b = b ^ a;
        self.state().random = [a.rotate_left(24) ^ b ^ (b << 16), b.rotate_left(37)];
        result
    }

    /// Seeds the state's random generator.
    pub fn seed_random(self, seed: u64) {
        self.state().random = [seed ^ 0x9E37_79B9_7F4A_7C15, seed.rotate_left(32) | 1];
        for _ in 0..16 {
            self.next_random();
        }
    }

    /// Puts bytes out as `print` does.
    pub fn write(self, bytes: &[u8]) {
        if let Some(write) = &mut self.state().host.write {
            write(bytes);
        }
    }

    /// Reads a file through the host.
    ///
    /// # Errors
    /// The host's message; also if the host has no files.
    pub fn read_file(self, name: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        match &mut self.state().host.read_file {
            Some(read) => read(name),
            None => {
                let mut message = Vec::new();
                if message.try_reserve_exact(NO_FILES.len()).is_ok() {
                    message.extend_from_slice(NO_FILES);
                }
                Err(message)
            }
        }
    }

    /// Debug information that is left out of source compiled from now on.
    pub fn strip_level(self) -> StripLevel {
        self.state().strip
    }

    /// Sets what [`Ctx::strip_level`] gives.
    pub fn set_strip_level(self, level: StripLevel) {
        self.state().strip = level;
    }

    /// The parameters of the collector.
    pub fn gc(self) -> GcControl<'gc, N> {
        GcControl(self)
    }

    /// Compiles or reads a chunk.
    ///
    /// # Errors
    /// A message about the chunk, or out of memory.
    pub fn load_chunk(
        self,
        chunk: &[u8],
        name: &[u8],
        mode: Mode,
        environment: Option<Value<'gc, N>>,
    ) -> Result<Function<'gc, N>, LoadError<'gc, N>> {
        self.load_with(chunk, name, mode, environment, Limits::DEFAULT)
    }

    /// As [`Ctx::load_chunk`], for a file: a first line for the shell is skipped.
    ///
    /// # Errors
    /// A message about the chunk, or out of memory.
    pub fn load_script(
        self,
        chunk: &[u8],
        name: &[u8],
        mode: Mode,
        environment: Option<Value<'gc, N>>,
    ) -> Result<Function<'gc, N>, LoadError<'gc, N>> {
        self.load_with(chunk, name, mode, environment, Limits::SCRIPT)
    }

    fn load_with(
        self,
        chunk: &[u8],
        name: &[u8],
        mode: Mode,
        environment: Option<Value<'gc, N>>,
        limits: Limits,
    ) -> Result<Function<'gc, N>, LoadError<'gc, N>> {
        let limits = self.limits(limits);
        let environment = environment.map(Value::val);
        // SAFETY: what `load` returns was just made or is a root, and no collection runs during 'gc.
        unsafe {
            match self.state().load(chunk, name, mode, environment, &limits) {
                Ok(function) => Ok(Function::from_val(function)),
                Err(crate::load::LoadError::Message(text)) => {
                    Err(LoadError::Message(LuaString::from_val(text)))
                }
                Err(crate::load::LoadError::Memory) => Err(LoadError::Memory),
            }
        }
    }

    /// Limits for source, with the native stack that [`Lua::set_compiler_stack`](super::Lua::set_compiler_stack) allows.
    pub fn limits(self, limits: Limits) -> Limits {
        Limits {
            stack: self.state().compiler_stack,
            ..limits
        }
    }

    /// The binary chunk of a Lua function, with names of variables unless `strip`; `None` for a Rust one.
    ///
    /// # Errors
    /// Out of memory, or a function too large for an image.
    pub fn dump(self, function: Function<'gc, N>, strip: bool) -> Result<Option<Vec<u8>>, Throw> {
        self.dump_at(
            function,
            match strip {
                true => StripLevel::Names,
                false => StripLevel::None,
            },
        )
    }

    /// The binary chunk of a Lua function, with so much debug information; `None` for a Rust one.
    ///
    /// # Errors
    /// Out of memory, or a function too large for an image.
    pub fn dump_at(
        self,
        function: Function<'gc, N>,
        strip: StripLevel,
    ) -> Result<Option<Vec<u8>>, Throw> {
        let value = function.val();
        if matches!(
            value.tag,
            crate::value::tag::NATIVE | crate::value::tag::NATIVE_CLOSURE
        ) {
            return Ok(None);
        }
        // SAFETY: a live Lua function has a live record.
        unsafe {
            self.state()
                .dump(crate::interp::record_of(&value), strip)
                .map(Some)
        }
    }

    /// A table above a ROM layer.
    ///
    /// # Errors
    /// Out of memory.
    pub(crate) fn layered_table(
        self,
        layer: &'static crate::layer::Layer<N>,
    ) -> Result<Table<'gc, N>, Throw> {
        let val = self.state().new_layered_table(layer)?;
        // SAFETY: just made, and no collection runs during 'gc.
        Ok(unsafe { Table::from_val(val) })
    }

    /// The name of a metamethod: a string in ROM.
    pub fn event_name(self, event: Event) -> LuaString<'gc, N> {
        // SAFETY: a string of the firmware's table, in ROM.
        unsafe { LuaString::from_val(event.name()) }
    }
}

/// Which kinds of chunks `load` accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Source text.
    pub text: bool,
    /// Binary chunks.
    pub binary: bool,
}

impl Mode {
    /// Both kinds.
    pub const BOTH: Self = Self {
        text: true,
        binary: true,
    };

    /// From a mode string: `t`, `b` or `bt`.
    pub fn parse(mode: &[u8]) -> Self {
        Self {
            text: mode.contains(&b't'),
            binary: mode.contains(&b'b'),
        }
    }

    pub(crate) fn text_of(self) -> &'static str {
        match (self.text, self.binary) {
            (true, true) => "bt",
            (true, false) => "t",
            (false, true) => "b",
            (false, false) => "",
        }
    }
}

/// Why a chunk did not load.
#[derive(Clone, Copy)]
pub enum LoadError<'gc, N: NumberModel> {
    /// A message about the chunk.
    Message(LuaString<'gc, N>),
    /// Memory ran out.
    Memory,
}

/// The collector's parameters.
pub struct GcControl<'gc, N: NumberModel>(Ctx<'gc, N>);

impl<N: NumberModel> GcControl<'_, N> {
    /// Bytes in use.
    pub fn count_bytes(&self) -> usize {
        self.0.state().heap.memory.bytes()
    }

    /// Most bytes that may be in use; `usize::MAX` is no limit.
    pub fn limit(&self) -> usize {
        self.0.state().heap.memory.limit()
    }

    /// Sets the limit in bytes: what does not fit after a collection is the error "not enough memory".
    pub fn set_limit(&self, bytes: usize) {
        self.0.state().heap.memory.set_limit(bytes);
    }

    /// Collects at every safe point, if `on`: the least memory at the price of time.
    pub fn set_always(&self, on: bool) {
        self.0.state().heap.set_debug_stress(on);
    }

    /// Bytes that were in use after the last cycle; those in use now if there was none.
    pub fn estimate(&self) -> usize {
        self.0.state().heap.estimate()
    }

    /// Stops automatic collection.
    pub fn stop(&self) {
        self.0.state().heap.stop();
    }

    /// Restarts automatic collection.
    pub fn restart(&self) {
        self.0.state().heap.restart();
    }

    /// Whether automatic collection is on.
    pub fn is_running(&self) -> bool {
        self.0.state().heap.is_running()
    }

    /// Sets the pause in percent; gives the previous one.
    pub fn set_pause(&self, percent: u32) -> u32 {
        self.0.state().heap.set_pause(percent)
    }

    /// Sets the step multiplier in percent; gives the previous one.
    pub fn set_step_multiplier(&self, percent: u32) -> u32 {
        self.0.state().heap.set_step_multiplier(percent)
    }
}
