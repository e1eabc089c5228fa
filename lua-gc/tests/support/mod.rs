//! A client for tests: graphs of numbered objects whose frees are observed.

#![allow(dead_code, reason = "each test program uses its part")]

use core::alloc::Layout;
use core::marker::PhantomData;
use core::ptr::NonNull;
use lua_gc::{
    Client, Config, Header, HeaderBit, Heap, Liveness, Memory, ObjectRef, OutOfMemory, RomBoundary,
    Trace, Tracer, WeakClass, header,
};
use std::collections::BTreeMap;

/// No children.
pub const LEAF: u8 = 1;
/// Strong slots, stored into behind a forward barrier.
pub const NODE: u8 = 2;
/// Strong slots, stored into behind a backward barrier.
pub const TABLE: u8 = 3;
/// Strong slots, stored into without barrier.
pub const STACK: u8 = 4;
/// Pairs; slots 2i are keys, 2i + 1 values.
pub const WEAK_VALUES: u8 = 5;
/// Pairs whose values depend on their keys.
pub const EPHEMERON: u8 = 6;
/// Pairs, weak altogether.
pub const WEAK_ALL: u8 = 7;

pub type Slot = Option<ObjectRef>;

/// An object of every kind. The slots are a buffer of its own.
#[repr(C)]
pub struct Object {
    header: u32,
    pub id: u32,
    pub len: usize,
    pub slots: NonNull<Slot>,
}

/// An object in ROM: header and number alone, whatever its kind claims.
#[repr(C, align(8))]
pub struct RomObject(pub [u32; 2]);

impl RomObject {
    pub const fn new(kind: u8, id: u32) -> Self {
        Self([kind as u32 | header::ROM, id])
    }

    pub fn get(&'static self) -> ObjectRef {
        NonNull::from(self).cast::<Header>()
    }
}

/// Number of an object, in RAM or ROM.
pub fn id(o: ObjectRef) -> u32 {
    // SAFETY: tests hold live objects; every object has its number behind the header.
    unsafe { o.cast::<u32>().add(1).read() }
}

fn object(o: ObjectRef) -> *mut Object {
    o.cast::<Object>().as_ptr()
}

pub fn kind(o: ObjectRef) -> u8 {
    // SAFETY: tests hold live objects.
    unsafe { header::kind(o) }
}

pub fn len(o: ObjectRef) -> usize {
    // SAFETY: tests hold live RAM objects.
    unsafe { (*object(o)).len }
}

pub fn get(o: ObjectRef, index: usize) -> Slot {
    assert!(index < len(o));
    // SAFETY: the index is within the buffer.
    unsafe { (*object(o)).slots.add(index).read() }
}

/// Stores without a barrier.
pub fn put(o: ObjectRef, index: usize, value: Slot) {
    assert!(index < len(o));
    // SAFETY: the index is within the buffer.
    unsafe { (*object(o)).slots.add(index).write(value) }
}

fn buffer(len: usize) -> Layout {
    Layout::array::<Slot>(len).expect("small buffers")
}

/// The client: roots, and what is known of every object.
pub struct World<B: RomBoundary = HeaderBit> {
    pub roots: Vec<Slot>,
    /// Objects that only the atomic phase marks.
    pub late: Vec<ObjectRef>,
    /// Objects allocated and not freed.
    pub alive: BTreeMap<u32, ObjectRef>,
    pub traced: usize,
    pub rom_traced: usize,
    next_id: u32,
    boundary: PhantomData<B>,
}

impl<B: RomBoundary> World<B> {
    pub fn new(roots: usize) -> Self {
        Self {
            roots: vec![None; roots],
            late: Vec::new(),
            alive: BTreeMap::new(),
            traced: 0,
            rom_traced: 0,
            next_id: 0,
            boundary: PhantomData,
        }
    }

    /// Allocates an object with empty slots.
    pub fn make(
        &mut self,
        heap: &mut Heap<Self>,
        kind: u8,
        len: usize,
    ) -> Result<ObjectRef, OutOfMemory> {
        let slots = heap.memory.alloc(buffer(len))?.cast::<Slot>();
        for index in 0..len {
            // SAFETY: within the fresh buffer.
            unsafe { slots.add(index).write(None) };
        }
        // SAFETY: initialised below, before anything else happens to the heap.
        let o = match unsafe { heap.allocate(kind, 0, size_of::<Object>()) } {
            Ok(o) => o,
            Err(e) => {
                // SAFETY: the buffer from above.
                unsafe { heap.memory.free(slots.cast(), buffer(len)) };
                return Err(e);
            }
        };
        let id = self.next_id;
        self.next_id += 1;
        // SAFETY: the fresh object is as large as `Object`; its header stays as it is.
        unsafe {
            (&raw mut (*object(o)).id).write(id);
            (&raw mut (*object(o)).len).write(len);
            (&raw mut (*object(o)).slots).write(slots);
        }
        self.alive.insert(id, o);
        Ok(o)
    }

    /// Stores with the barrier the parent's kind asks for.
    pub fn store(&mut self, heap: &mut Heap<Self>, parent: ObjectRef, index: usize, value: Slot) {
        put(parent, index, value);
        let Some(child) = value else { return };
        // SAFETY: both are live.
        unsafe {
            if kind(parent) != STACK && Heap::<Self>::needs_barrier(parent, child) {
                if kind(parent) == NODE {
                    heap.barrier(self, parent, child);
                } else {
                    heap.barrier_back(parent);
                }
            }
        }
    }

    pub fn step(&mut self, heap: &mut Heap<Self>) -> bool {
        // SAFETY: tests call this with all objects initialised.
        unsafe { heap.step_by(self, 0) }
    }

    pub fn collect(&mut self, heap: &mut Heap<Self>) {
        // SAFETY: tests call this with all objects initialised.
        unsafe { heap.collect(self) }
    }

    /// Steps to the end of the cycle that is running.
    pub fn collect_rest(&mut self, heap: &mut Heap<Self>) {
        while heap.phase() != lua_gc::Phase::Pause {
            self.step(heap);
        }
    }

    pub fn finalizer(&mut self, heap: &mut Heap<Self>, o: ObjectRef) {
        // SAFETY: tests hold live objects.
        unsafe { heap.set_finalizer(o) }
    }

    pub fn next_finalizable(&mut self, heap: &mut Heap<Self>) -> Slot {
        // SAFETY: tests root what they keep.
        unsafe { heap.next_finalizable() }
    }

    /// Numbers of the objects alive.
    pub fn ids(&self) -> Vec<u32> {
        self.alive.keys().copied().collect()
    }

    /// Frees all, and checks that nothing is left.
    pub fn close(mut self, mut heap: Heap<Self>) {
        // SAFETY: neither world nor heap is used again.
        unsafe { heap.free_all(&mut self) };
        assert!(self.alive.is_empty());
        assert_eq!(heap.memory.bytes(), 0);
    }

    fn assert_alive(&self, o: ObjectRef) {
        if !is_rom(o) {
            assert_eq!(self.alive.get(&id(o)), Some(&o), "an object that was freed");
        }
    }
}

pub fn is_rom(o: ObjectRef) -> bool {
    // SAFETY: tests hold live objects or ROM objects.
    unsafe { header::is_rom(o) }
}

pub fn class(kind: u8) -> Option<WeakClass> {
    match kind {
        WEAK_VALUES => Some(WeakClass::Values),
        EPHEMERON => Some(WeakClass::Ephemeron),
        WEAK_ALL => Some(WeakClass::All),
        _ => None,
    }
}

/// A leaf counts as a value, never cleared and always kept, unless its user bits say otherwise.
fn is_gone(slot: Slot, live: &Liveness) -> bool {
    let Some(o) = slot else { return false };
    // SAFETY: entries of marked containers refer to objects that are not freed yet, or to ROM.
    unsafe {
        if kind(o) == LEAF && header::user(o) == 0 {
            live.keep_leaf(o);
        }
        live.is_dead(o)
    }
}

// SAFETY: roots and slots are all there is; sizes are constant.
unsafe impl<B: RomBoundary> Client for World<B> {
    type Boundary = B;

    unsafe fn trace_roots(&mut self, t: &mut Tracer<'_, Self>) {
        for o in self.roots.iter().flatten() {
            // SAFETY: roots are live.
            unsafe { t.mark_maybe_rom(*o) };
        }
    }

    unsafe fn trace_atomic(&mut self, t: &mut Tracer<'_, Self>) {
        assert!(t.is_atomic());
        for o in &self.late {
            // SAFETY: late roots are live.
            unsafe { t.mark(*o) };
        }
    }

    unsafe fn trace(&mut self, o: ObjectRef, t: &mut Tracer<'_, Self>) -> Trace {
        self.traced += 1;
        self.rom_traced += usize::from(is_rom(o));
        self.assert_alive(o);
        let weak = class(kind(o));
        for index in 0..len(o) {
            let strong = match weak {
                None => true,
                Some(WeakClass::Values) => index % 2 == 0,
                Some(_) => false,
            };
            if let Some(child) = get(o, index)
                && strong
            {
                self.assert_alive(child);
                // SAFETY: checked above.
                unsafe { t.mark_maybe_rom(child) };
            }
        }
        if let Some(class) = weak {
            // SAFETY: the object being traced.
            unsafe { t.defer(o, class) };
        }
        let work = size_of::<Object>() + len(o) * size_of::<Slot>();
        if kind(o) == STACK {
            Trace::again(work)
        } else {
            Trace::done(work)
        }
    }

    fn is_leaf(kind: u8) -> bool {
        kind == LEAF
    }

    unsafe fn size(&self, _: ObjectRef) -> usize {
        size_of::<Object>()
    }

    unsafe fn release(&mut self, o: ObjectRef, m: &mut Memory) {
        assert_eq!(self.alive.remove(&id(o)), Some(o), "freed twice");
        // SAFETY: the object's buffer, as it was allocated.
        unsafe { m.free((*object(o)).slots.cast(), buffer(len(o))) };
    }

    unsafe fn weak_class(&self, o: ObjectRef) -> Option<WeakClass> {
        class(kind(o))
    }

    unsafe fn converge(&mut self, o: ObjectRef, t: &mut Tracer<'_, Self>) -> bool {
        assert_eq!(kind(o), EPHEMERON);
        let mut marked = false;
        for pair in 0..len(o) / 2 {
            let (Some(key), Some(value)) = (get(o, 2 * pair), get(o, 2 * pair + 1)) else {
                continue;
            };
            // SAFETY: both are not freed: the container is live.
            unsafe {
                if kind(key) == LEAF {
                    t.mark_maybe_rom(key);
                }
                if !t.is_white(key) && t.is_white(value) {
                    t.mark_maybe_rom(value);
                    marked = true;
                }
            }
        }
        marked
    }

    unsafe fn clear_values(&mut self, o: ObjectRef, live: &Liveness) {
        assert!(matches!(kind(o), WEAK_VALUES | WEAK_ALL));
        for pair in 0..len(o) / 2 {
            if is_gone(get(o, 2 * pair + 1), live) {
                put(o, 2 * pair, None);
                put(o, 2 * pair + 1, None);
            }
        }
    }

    unsafe fn clear_keys(&mut self, o: ObjectRef, live: &Liveness) {
        assert!(matches!(kind(o), EPHEMERON | WEAK_ALL));
        for pair in 0..len(o) / 2 {
            // A value without key is reached by nothing.
            if get(o, 2 * pair).is_none() || is_gone(get(o, 2 * pair), live) {
                put(o, 2 * pair, None);
                put(o, 2 * pair + 1, None);
            }
        }
    }
}

/// A heap of the test client.
pub fn heap<B: RomBoundary>(config: Config) -> Heap<World<B>> {
    Heap::new(config).expect("memory for the mark stack")
}

/// Every step does the least it can.
pub fn tiny_steps() -> Config {
    Config {
        step_bytes: 1,
        ..Config::default()
    }
}

/// Divisor of the sizes of tests that take long when interpreted.
pub fn slow() -> usize {
    if cfg!(miri) { 40 } else { 1 }
}
