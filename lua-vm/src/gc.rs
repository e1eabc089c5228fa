//! The collector's view of Lua: roots, children of each kind of object, weak tables.

use crate::builtin::Event;
use crate::number::NumberModel;
use crate::object::function::{Closure, NativeClosure, Record, Upvalue};
use crate::object::kind;
use crate::object::string::{self, LONG_TEXT, SHORT_TEXT, Str};
use crate::object::table::Table;
use crate::object::thread::Thread;
use crate::object::userdata::UserObject;
use crate::roots::{Places, Roots};
use crate::value::Val;
use core::mem::size_of;
use core::ptr::NonNull;
use lua_gc::{Client, HeaderBit, Liveness, Memory, ObjectRef, Trace, Tracer, WeakClass, header};

/// # Safety
/// What the value points at must be live.
#[inline(always)]
unsafe fn mark_value<N: NumberModel>(value: &Val<N>, t: &mut Tracer<'_, Roots<N>>) {
    if value.is_collectable() {
        // SAFETY: collectable values point at objects in RAM; ROM values end here without a read of flash (G4).
        unsafe { t.mark(value.as_object()) }
    }
}

/// # Safety
/// `object` must be null or a live object in RAM.
#[inline(always)]
unsafe fn mark_pointer<N: NumberModel, T>(object: *const T, t: &mut Tracer<'_, Roots<N>>) {
    if let Some(object) = NonNull::new(object as *mut header::Header) {
        // SAFETY: caller.
        unsafe { t.mark(object) }
    }
}

/// As [`mark_pointer`], out of line: roots are few.
///
/// # Safety
/// `object` must be null or a live object in RAM.
#[inline(never)]
unsafe fn mark_root<N: NumberModel>(object: *const header::Header, t: &mut Tracer<'_, Roots<N>>) {
    // SAFETY: caller.
    unsafe { mark_pointer(object, t) }
}

/// # Safety
/// `record` must be null or a live or ROM record.
#[inline(always)]
unsafe fn mark_record<N: NumberModel>(record: *const Record, t: &mut Tracer<'_, Roots<N>>) {
    if let Some(object) = NonNull::new(record as *mut header::Header) {
        // SAFETY: caller; the boundary is asked.
        unsafe { t.mark_maybe_rom(object) }
    }
}

impl<N: NumberModel> Roots<N> {
    unsafe fn weak_mode(&self, table: *const Table<N>) -> Option<WeakClass> {
        // SAFETY: a live table has a live metatable.
        unsafe {
            let metatable = (*table).metatable;
            if metatable.is_null() {
                return None;
            }
            let mode = crate::metatable::cached(metatable, Event::Mode)?;
            if !mode.is_string() {
                return None;
            }
            let text = string::bytes(&mode);
            match (text.contains(&b'k'), text.contains(&b'v')) {
                (true, true) => Some(WeakClass::All),
                (true, false) => Some(WeakClass::Ephemeron),
                (false, true) => Some(WeakClass::Values),
                (false, false) => None,
            }
        }
    }

    unsafe fn trace_table(&mut self, table: *mut Table<N>, t: &mut Tracer<'_, Self>) -> Trace {
        // SAFETY: the collector hands in live tables.
        unsafe {
            let class = self.weak_mode(table);
            match class {
                None => Table::trace_strong(table, t),
                Some(WeakClass::Values) => Table::trace_weak_values(table, t),
                Some(WeakClass::Ephemeron) => {
                    Table::trace_ephemeron(table, t);
                }
                Some(_) => Table::trace_weak_all(table, t),
            }
            if let Some(class) = class {
                t.defer(NonNull::new_unchecked(table as *mut header::Header), class);
            }
            Trace::done(size_of::<Table<N>>() + Table::buffer_bytes(table))
        }
    }

    unsafe fn trace_record(&mut self, record: *const Record, t: &mut Tracer<'_, Self>) -> Trace {
        // SAFETY: only records in RAM are traced; their slots with bit 1 refer to RAM objects.
        unsafe {
            let mut slots = 0;
            crate::record::for_each_reference::<N>(record, |consts, slot| {
                slots += 1;
                if slot & 2 != 0
                    && let Some(object) = NonNull::new(consts.target(slot) as *mut header::Header)
                {
                    t.mark(object);
                }
            });
            Trace::done(size_of::<Record>() + slots * 8)
        }
    }

    unsafe fn trace_thread(&mut self, thread: *mut Thread<N>, t: &mut Tracer<'_, Self>) -> Trace {
        // SAFETY: the collector hands in live threads; slots below the extent hold live or stale-but-valid values,
        // slots above are cleared before anything is freed. Upvalues in the open list are not freed yet: a freed one has
        // unlinked itself.
        unsafe {
            let extent = Thread::extent(thread);
            for index in 0..extent {
                mark_value(&*(*thread).stack.add(index), t);
            }
            if t.is_atomic() {
                for index in extent..(*thread).stack_size as usize {
                    *(*thread).stack.add(index) = Val::NIL;
                }
                // A closure made before the sweep is over may share an open upvalue that no other has any more.
                let mut upvalue = (*thread).open;
                while !upvalue.is_null() {
                    mark_root(upvalue.cast(), t);
                    upvalue = (*upvalue).store.links.next;
                }
            }
            mark_pointer((*thread).resumer, t);
            if (*thread).hooks != 0
                && let Some(hook) = self.hooks.get(thread)
            {
                mark_value(&hook.function, t);
            }
            Trace::again(size_of::<Thread<N>>() + extent * size_of::<Val<N>>())
        }
    }
}

// SAFETY: `trace` reports every strong child of every kind (each arm below), sizes are those of `State`'s
// allocations, and ROM objects are reported by `mark_maybe_rom` only.
unsafe impl<N: NumberModel> Client for Roots<N> {
    type Boundary = HeaderBit;

    unsafe fn trace_roots(&mut self, t: &mut Tracer<'_, Self>) {
        // Also called by the atomic phase, before anything is freed.
        self.last_closure = core::ptr::null_mut();
        // SAFETY: it was made after the last atomic phase, so it was not freed since.
        unsafe {
            if !self.last_captured.is_null() && Upvalue::is_open(self.last_captured) {
                mark_root(self.last_captured.cast(), t);
            }
        }
        if t.is_atomic() {
            self.last_captured = core::ptr::null_mut();
        }
        // SAFETY: roots are live (G2).
        unsafe {
            let values = [&self.error, &self.registry, &self.globals, &self.loaded];
            for value in values.into_iter().chain(self.handles.values()) {
                mark_value(value, t);
            }
            let Places {
                environment: [environment],
                libraries,
            } = *self.anchors.places();
            for table in self.metatables.into_iter().chain(libraries) {
                mark_root(table.cast(), t);
            }
            mark_root(environment.cast(), t);
            mark_root(self.main.cast(), t);
            mark_root(self.thread.cast(), t);
        }
    }

    unsafe fn trace(&mut self, o: ObjectRef, t: &mut Tracer<'_, Self>) -> Trace {
        let object = o.as_ptr() as *mut u8;
        // SAFETY: the kind byte says which layout the live object has.
        unsafe {
            match header::kind(o) {
                kind::TABLE => self.trace_table(object as *mut Table<N>, t),
                kind::RECORD => self.trace_record(object as *const Record, t),
                kind::CLOSURE => {
                    let closure = object as *mut Closure<N>;
                    mark_record((*closure).record, t);
                    let count = header::user(o) as usize;
                    for index in 0..count {
                        mark_pointer(*Closure::upvalues(closure).add(index), t);
                    }
                    Trace::done(Closure::<N>::size(count))
                }
                kind::NATIVE_CLOSURE => {
                    let closure = object as *mut NativeClosure<N>;
                    let count = header::user(o) as usize;
                    for index in 0..count {
                        mark_value(&*NativeClosure::values(closure).add(index), t);
                    }
                    Trace::done(NativeClosure::<N>::size(count))
                }
                kind::UPVALUE => {
                    let upvalue = object as *mut Upvalue<N>;
                    mark_value(&*(*upvalue).v, t);
                    // An open one changes without barriers: the stack slot is written directly.
                    if Upvalue::is_open(upvalue) {
                        Trace::again(size_of::<Upvalue<N>>())
                    } else {
                        Trace::done(size_of::<Upvalue<N>>())
                    }
                }
                kind::USERDATA => {
                    let user = object as *mut UserObject<N>;
                    mark_pointer((*user).metatable, t);
                    mark_value(&(*user).uservalue, t);
                    Trace::done((*user).vtable.size)
                }
                kind::THREAD => self.trace_thread(object as *mut Thread<N>, t),
                _ => Trace::done(0),
            }
        }
    }

    #[inline(always)]
    fn is_leaf(object_kind: u8) -> bool {
        object_kind <= kind::LONG_STRING
    }

    unsafe fn size(&self, o: ObjectRef) -> usize {
        let object = o.as_ptr() as *mut u8;
        // SAFETY: the kind byte says which layout the object has.
        unsafe {
            match header::kind(o) {
                kind::SHORT_STRING => {
                    SHORT_TEXT + ((header::word(o) >> 16 & 0xff) as usize).next_multiple_of(4)
                }
                kind::LONG_STRING => {
                    LONG_TEXT
                        + (string::word((object as *const u32).add(2)) as usize).next_multiple_of(4)
                }
                kind::TABLE => Table::<N>::object_size(Table::is_layered(object as *mut Table<N>)),
                kind::RECORD => crate::record::ram_size(object as *const Record),
                kind::CLOSURE => Closure::<N>::size(header::user(o) as usize),
                kind::NATIVE_CLOSURE => NativeClosure::<N>::size(header::user(o) as usize),
                kind::UPVALUE => size_of::<Upvalue<N>>(),
                kind::USERDATA => (*(object as *mut UserObject<N>)).vtable.size,
                _ => size_of::<Thread<N>>(),
            }
        }
    }

    unsafe fn release(&mut self, o: ObjectRef, m: &mut Memory) {
        let object = o.as_ptr() as *mut u8;
        // SAFETY: the kind byte says which layout the object has; it is released once. A thread touches the
        // upvalues still open on it: those freed before have unlinked themselves.
        unsafe {
            match header::kind(o) {
                kind::SHORT_STRING => {
                    self.strings
                        .remove(string::short_hash(object as *const Str), |s| {
                            s.is(object as *const Str)
                        });
                }
                kind::TABLE => Table::release(object as *mut Table<N>, m),
                kind::UPVALUE if Upvalue::is_open(object as *mut Upvalue<N>) => {
                    Upvalue::unlink(object as *mut Upvalue<N>);
                }
                kind::USERDATA => {
                    let user = object as *mut UserObject<N>;
                    ((*user).vtable.drop)(object.add(UserObject::<N>::DATA));
                }
                kind::THREAD => {
                    let thread = object as *mut Thread<N>;
                    if (*thread).hooks != 0 {
                        self.hooks.remove(thread);
                    }
                    Thread::release(thread, m);
                }
                _ => {}
            }
        }
    }

    unsafe fn weak_class(&self, o: ObjectRef) -> Option<WeakClass> {
        // SAFETY: the collector hands in a live object.
        unsafe {
            if header::kind(o) != kind::TABLE {
                return None;
            }
            self.weak_mode(o.as_ptr() as *const Table<N>)
        }
    }

    unsafe fn converge(&mut self, o: ObjectRef, t: &mut Tracer<'_, Self>) -> bool {
        // SAFETY: only tables are deferred.
        unsafe { Table::<N>::trace_ephemeron(o.as_ptr() as *mut Table<N>, t) }
    }

    unsafe fn clear_values(&mut self, o: ObjectRef, live: &Liveness) {
        // SAFETY: only tables are deferred. Strings are values, never removed: they are kept instead.
        unsafe { Table::<N>::clear_values(o.as_ptr() as *mut Table<N>, live) }
    }

    unsafe fn clear_keys(&mut self, o: ObjectRef, live: &Liveness) {
        // SAFETY: as for `clear_values`.
        unsafe { Table::<N>::clear_keys(o.as_ptr() as *mut Table<N>, live) }
    }
}
