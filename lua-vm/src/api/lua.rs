//! [`Lua`]: one state, as its owner sees it.

use super::{Ctx, Error, ErrorKind, FromLuaMulti, IntoLuaMulti, LoadError, Mode, Stash, Value};
use crate::boxed::try_box;
use crate::frame::{NativeFn, Throw};
use crate::interp::Outcome;
use crate::number::NumberModel;
use crate::object::thread::{NATIVE_SLOTS, Status, Thread};
use crate::state::State;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;
use lfs_format::image::{Image, Verified};

/// A Lua state. It borrows the images mounted in it for `'rom`.
///
/// ```
/// use lua_vm::num64::Lua;
///
/// let mut lua = Lua::new()?;
/// lua.set_function("add", |(a, b): (i64, i64)| Ok(a + b))?;
/// let sum: i64 = lua.eval("return add(1, 2)")?;
/// assert_eq!(sum, 3);
/// # Ok::<(), lua_vm::Error>(())
/// ```
pub struct Lua<'rom, N: NumberModel> {
    pub(crate) state: Box<State<N>>,
    images: PhantomData<&'rom [u32]>,
}

impl<N: NumberModel> Drop for Lua<'_, N> {
    fn drop(&mut self) {
        self.run_finalizers();
        self.state.close();
        #[cfg(feature = "std")]
        crate::stdlib::io::flush_all();
    }
}

impl<'rom, N: NumberModel> Lua<'rom, N> {
    /// A state with the standard libraries and the default parameters of the collector.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new() -> Result<Self, Error> {
        Self::with_images(lua_gc::Config::default(), &[])
    }

    /// A state with the standard libraries that uses the code and strings of `images` where they lie. A module of a
    /// later image hides one of the same name in an earlier one.
    ///
    /// # Errors
    /// Out of memory; an image of another number model.
    pub fn with_images(
        config: lua_gc::Config,
        images: &[Image<'rom, Verified>],
    ) -> Result<Self, Error> {
        Self::with_names(config, &[], images)
    }

    /// As [`Lua::with_images`], with string tables of a firmware, made by [`names!`](crate::names): strings that they
    /// have take no RAM, and libraries whose names they have can be [opened](Lua::open_library).
    ///
    /// # Errors
    /// Out of memory; words that are no string table; an image of another number model.
    pub fn with_names(
        config: lua_gc::Config,
        names: &[&'static [u32]],
        images: &[Image<'rom, Verified>],
    ) -> Result<Self, Error> {
        let mut lua = Self {
            state: State::boxed(config)?,
            images: PhantomData,
        };
        for words in names {
            lua.mount_names(words)?;
        }
        for image in images {
            lua.mount(*image)?;
        }
        crate::stdlib::open(&mut lua)?;
        Ok(lua)
    }

    fn mount_names(&mut self, words: &'static [u32]) -> Result<(), Error> {
        let table = rostrings::rom::RomTable::new(words)
            .and_then(|table| table.verify().map(|()| table))
            .map_err(|_| Error::new(ErrorKind::Syntax, b"names are no string table"))?;
        Ok(self.state.mount(table)?)
    }

    /// Makes a library a global and a loaded module (`require` finds it).
    ///
    /// # Errors
    /// Out of memory; the state was not made [with the library's names](Lua::with_names).
    pub fn open_library(
        &mut self,
        name: &str,
        layer: &'static crate::layer::Layer<N>,
    ) -> Result<(), Error> {
        self.try_enter(|ctx| {
            let library = ctx.new_library(layer)?;
            Ok(ctx.set_library(name.as_bytes(), library)?)
        })
    }

    fn mount(&mut self, image: Image<'rom, Verified>) -> Result<(), Error> {
        if image.model() != crate::load::model_of::<N>() {
            return Err(Error::new(
                ErrorKind::Syntax,
                b"image is built for another number model",
            ));
        }
        // SAFETY: the state does not outlive `'rom`: it is dropped with `self`.
        let image = unsafe {
            core::mem::transmute::<Image<'rom, Verified>, Image<'static, Verified>>(image)
        };
        image.words().as_ptr().expose_provenance();
        self.state.mount(image.strings())?;
        self.state
            .images
            .try_reserve(1)
            .map_err(|_| Error::memory())?;
        self.state.images.push(image);
        Ok(())
    }

    /// Adds what modules written for Lua 5.1 need: `setfenv`, `getfenv`, `module`, `package.seeall`, `table.getn`,
    /// `table.foreach`, `table.foreachi`, `string.gfind`, `math.mod` and `gcinfo`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn enable_compat51(&mut self) -> Result<(), Error> {
        self.try_enter(|ctx| Ok(crate::stdlib::compat51::install(ctx)?))
    }

    /// Sets where `print` and `io.write` put their output.
    ///
    /// # Errors
    /// Out of memory.
    pub fn set_output(&mut self, write: impl FnMut(&[u8]) + 'static) -> Result<(), Error> {
        self.state.host.write = Some(try_box(write)?);
        Ok(())
    }

    /// Sets how `require`, `loadfile` and `dofile` read files: the content, or a message.
    ///
    /// # Errors
    /// Out of memory.
    pub fn set_reader(
        &mut self,
        read: impl FnMut(&[u8]) -> Result<Vec<u8>, Vec<u8>> + 'static,
    ) -> Result<(), Error> {
        self.state.host.read_file = Some(try_box(read)?);
        Ok(())
    }

    /// Keeps a value for native functions, which get at it by [`Ctx::with_app_data`]: one of each type. A value of the
    /// same type is replaced.
    ///
    /// # Errors
    /// Out of memory.
    pub fn set_app_data<T: core::any::Any>(&mut self, value: T) -> Result<(), Error> {
        let value: Box<dyn core::any::Any> = try_box(value)?;
        let data = &mut self.state.host.data;
        if let Some(place) = data.iter_mut().find(|place| place.is::<T>()) {
            *place = value;
            return Ok(());
        }
        data.try_reserve(1).map_err(|_| Error::memory())?;
        data.push(value);
        Ok(())
    }

    /// Bytes of heap in use.
    pub fn heap_bytes(&self) -> usize {
        self.state.heap.memory.bytes()
    }

    /// Most bytes of heap ever in use.
    pub fn heap_peak(&self) -> usize {
        self.state.heap.memory.peak_bytes()
    }

    /// Allocations made so far.
    pub fn allocations(&self) -> u64 {
        self.state.heap.memory.allocations()
    }

    /// Limits the heap to so many bytes; what is in use already stays.
    pub fn set_memory_limit(&mut self, bytes: usize) {
        self.state.heap.memory.set_limit(bytes);
    }

    /// Limits the native stack that compiling nested source takes; without it only the 200 levels of nesting that the
    /// reference has are a limit, which take some 40 KB on a 32-bit device. Nothing else that Lua code does takes more
    /// than a small constant of it.
    pub fn set_compiler_stack(&mut self, bytes: usize) {
        self.state.compiler_stack = bytes;
    }

    /// Makes the allocation after the next `n` fail, once; `None` calls that off. For tests of behaviour without
    /// memory.
    pub fn fail_allocations_after(&mut self, n: Option<u64>) {
        self.state.heap.memory.fail_after(n);
    }

    /// Collects at every safe point: a test mode that finds values which are not kept.
    pub fn set_gc_stress(&mut self, on: bool) {
        self.state.heap.set_debug_stress(on);
    }

    /// Frees what is not reachable. Finalizers run with the next Lua code.
    pub fn collect_garbage(&mut self) {
        // SAFETY: nothing runs.
        unsafe { self.state.collect_all() }
    }

    /// Gives access to the state's values. No Lua code runs and nothing is collected inside.
    pub fn enter<R>(&mut self, f: impl for<'gc> FnOnce(Ctx<'gc, N>) -> R) -> R {
        f(Ctx::new(&mut *self.state))
    }

    /// As [`Lua::enter`], for closures that may fail.
    ///
    /// # Errors
    /// What the closure returns.
    pub fn try_enter<R>(
        &mut self,
        f: impl for<'gc> FnOnce(Ctx<'gc, N>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.enter(f)
    }

    /// Compiles or reads a chunk named `name` (`=name`, `@file` or the source itself).
    ///
    /// # Errors
    /// The chunk is not Lua or is damaged; out of memory.
    pub fn load(&mut self, chunk: impl AsRef<[u8]>, name: &str) -> Result<Stash, Error> {
        self.load_as(chunk.as_ref(), name.as_bytes(), false)
    }

    /// As [`Lua::load`], for the content of a file: a first line for the shell is skipped.
    ///
    /// # Errors
    /// As for [`Lua::load`].
    pub fn load_script(&mut self, chunk: impl AsRef<[u8]>, name: &[u8]) -> Result<Stash, Error> {
        self.load_as(chunk.as_ref(), name, true)
    }

    fn load_as(&mut self, chunk: &[u8], name: &[u8], script: bool) -> Result<Stash, Error> {
        for attempt in 0..2 {
            let result = self.enter(|ctx| {
                let loaded = if script {
                    ctx.load_script(chunk, name, Mode::BOTH, None)
                } else {
                    ctx.load_chunk(chunk, name, Mode::BOTH, None)
                };
                match loaded {
                    Ok(function) => ctx.stash(function).map_err(Error::from),
                    Err(LoadError::Message(text)) => {
                        Err(Error::new(ErrorKind::Syntax, text.as_bytes()))
                    }
                    Err(LoadError::Memory) => Err(Error::memory()),
                }
            });
            match result {
                Err(error) if error.kind() == ErrorKind::Memory && attempt == 0 => {
                    self.collect_garbage()
                }
                other => return other,
            }
        }
        Err(Error::memory())
    }

    /// Runs a source text.
    ///
    /// # Errors
    /// It does not compile, or raised an error.
    pub fn exec(&mut self, source: impl AsRef<[u8]>) -> Result<(), Error> {
        self.eval(source)
    }

    /// Runs a source text and converts what it returns.
    ///
    /// # Errors
    /// It does not compile, raised an error, or returned something else.
    pub fn eval<R: for<'gc> FromLuaMulti<'gc, N>>(
        &mut self,
        source: impl AsRef<[u8]>,
    ) -> Result<R, Error> {
        let source = source.as_ref();
        let function = self.load_as(source, source, false)?;
        self.call(&function, ())
    }

    /// Sets a global variable.
    ///
    /// # Errors
    /// Out of memory.
    pub fn set_global<T: for<'gc> super::IntoLua<'gc, N>>(
        &mut self,
        name: &str,
        value: T,
    ) -> Result<(), Error> {
        self.try_enter(|ctx| {
            let name = ctx.intern(name.as_bytes())?;
            let value = value.into_lua(ctx)?;
            Ok(ctx.globals().raw_set(ctx, name, value)?)
        })
    }

    /// Sets a global variable to a function that runs a Rust closure; see [`Ctx::create_function`].
    ///
    /// # Errors
    /// Out of memory.
    pub fn set_function<A, R, F>(&mut self, name: &str, function: F) -> Result<(), Error>
    where
        A: for<'a> FromLuaMulti<'a, N> + 'static,
        R: for<'a> IntoLuaMulti<'a, N> + 'static,
        F: Fn(A) -> Result<R, Error> + 'static,
    {
        self.try_enter(|ctx| {
            let name = ctx.intern(name.as_bytes())?;
            let function = ctx.create_function(function)?;
            Ok(ctx.globals().raw_set(ctx, name, function)?)
        })
    }

    /// Calls a function on the main thread until it returns.
    ///
    /// # Errors
    /// The error it raised, or its results do not convert.
    pub fn call<A, R>(&mut self, function: &Stash, arguments: A) -> Result<R, Error>
    where
        A: for<'gc> IntoLuaMulti<'gc, N>,
        R: for<'gc> FromLuaMulti<'gc, N>,
    {
        self.call_by(None, function, arguments)
    }

    /// Calls a function, or `caller` with it as the first argument.
    fn call_by<A, R>(
        &mut self,
        caller: Option<NativeFn<N>>,
        function: &Stash,
        arguments: A,
    ) -> Result<R, Error>
    where
        A: for<'gc> IntoLuaMulti<'gc, N>,
        R: for<'gc> FromLuaMulti<'gc, N>,
    {
        let main: *mut Thread<N> = self.state.roots.main;
        // SAFETY: the main thread is live and nothing runs on it.
        unsafe {
            (*main).status = Status::Running;
            (*main).top = 0;
            (*main).depth = 0;
        }
        self.try_enter(|ctx| {
            let function = ctx
                .fetch(function)
                .ok_or_else(|| Error::new(ErrorKind::ForeignHandle, b"foreign stash"))?;
            let mut push = |value: Value<'_, N>| push_main(ctx.state(), value);
            if let Some(caller) = caller {
                push(ctx.native(caller).into())?;
            }
            push(function)?;
            arguments.push_all(ctx, &mut push)?;
            Ok(())
        })?;
        self.run_main()?;
        self.try_enter(|ctx| {
            // SAFETY: results lie on the main thread below its top.
            let (count, value) = unsafe {
                let value = |index: usize| match index < (*main).top as usize {
                    true => Value::from_val(*(*main).stack.add(index)),
                    false => Value::Nil,
                };
                ((*main).top as usize, value)
            };
            R::from_values(count, &value, ctx)
        })
    }

    /// As [`Lua::call`]; the message of an error ends with a traceback.
    ///
    /// # Errors
    /// As for [`Lua::call`].
    pub fn call_traced<A, R>(&mut self, function: &Stash, arguments: A) -> Result<R, Error>
    where
        A: for<'gc> IntoLuaMulti<'gc, N>,
        R: for<'gc> FromLuaMulti<'gc, N>,
    {
        self.call_by(
            Some(crate::stdlib::traceback::traced::<N>),
            function,
            arguments,
        )
    }

    /// Runs the function and arguments that lie on the main thread.
    fn run_main(&mut self) -> Result<(), Error> {
        let state = &mut *self.state;
        state.set_fuel(u64::MAX);
        // One of an earlier run was made good, or ended it; places and fuel of this one may be the same.
        state.emergency = None;
        // SAFETY: the main thread is current and has the function in slot 0.
        let event = unsafe {
            let args = (*state.roots.main).top - 1;
            match state.start(args) {
                Ok(event) => event,
                Err(Throw::Memory) => state.emergency(state.top_event()),
                Err(Throw::Error) => state.raise(),
            }
        };
        match state.drive(event) {
            Outcome::Failed => Err(state.take_error()),
            Outcome::Stopped => Err(Error::stopped()),
            _ => Ok(()),
        }
    }

    /// Calls the finalizers of all objects that have one; their errors are ignored.
    fn run_finalizers(&mut self) {
        // SAFETY: nothing runs; the objects become pending and are kept until they are called.
        unsafe { self.state.heap.finalize_all() };
        loop {
            let main: *mut Thread<N> = self.state.roots.main;
            // SAFETY: the main thread is live (null only in a state that was never filled) and nothing runs on it.
            unsafe {
                if main.is_null() {
                    return;
                }
                (*main).status = Status::Running;
                (*main).top = 0;
                (*main).depth = 0;
                let Some(object) = self.state.heap.next_finalizable() else {
                    return;
                };
                let (object, finalizer) = self.state.finalizer_of(object);
                if !finalizer.is_function() {
                    continue;
                }
                *(*main).stack = finalizer;
                *(*main).stack.add(1) = object;
                (*main).top = 2;
            }
            // Errors of finalizers have nobody left to hear of them.
            let _ = self.run_main();
        }
    }
}

/// Pushes a value on the main thread, on which nothing runs.
fn push_main<N: NumberModel>(state: &mut State<N>, value: Value<'_, N>) -> Result<(), Throw> {
    // SAFETY: the main thread is live.
    unsafe {
        let main = state.roots.main;
        let top = (*main).top as usize;
        if top + NATIVE_SLOTS > (*main).stack_size as usize {
            state.grow_stack(top + NATIVE_SLOTS)?;
        }
        *(*main).stack.add(top) = value.val();
        (*main).top += 1;
    }
    Ok(())
}

impl From<Throw> for Error {
    fn from(throw: Throw) -> Self {
        match throw {
            Throw::Memory => Error::memory(),
            Throw::Error => Error::new(ErrorKind::Runtime, b"error"),
        }
    }
}

impl<N: NumberModel> State<N> {
    /// The pending error as the host sees it.
    pub(crate) fn take_error(&mut self) -> Error {
        let value = core::mem::replace(&mut self.roots.error, crate::value::Val::NIL);
        let memory = crate::builtin::string_value::<N>(crate::builtin::NOT_ENOUGH_MEMORY);
        if value.tag == memory.tag && value.same_bits(&memory) {
            return Error::memory();
        }
        // SAFETY: nothing was collected since the error was raised.
        Error::new(ErrorKind::Runtime, &unsafe {
            crate::convert::error_text(&value)
        })
    }
}
