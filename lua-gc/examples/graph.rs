//! A store of cons cells on a collected heap: pairs and symbols, a weak cache of symbols, files
//! that are closed by finalizers, and constants that lie in ROM.
//!
//! ```text
//! cargo run -p lua-gc --example graph
//! ```

use lua_gc::{
    Client, Config, Header, HeaderBit, Heap, Liveness, Memory, ObjectRef, OutOfMemory, Trace,
    Tracer, WeakClass, header,
};
use std::ptr::NonNull;

const SYMBOL: u8 = 1;
const PAIR: u8 = 2;
const FILE: u8 = 3;
const CACHE: u8 = 4;

/// Behind the header of a pair lie two references, behind that of a cache its slots, behind that
/// of a symbol or a file one number. The user bits of a cache hold the number of its slots.
#[repr(C)]
struct Body<T> {
    header: u32,
    body: T,
}

type Slot = Option<ObjectRef>;
type Pair = Body<[Slot; 2]>;
type Number = Body<u32>;

/// The address of an object's body.
fn body<T>(o: ObjectRef) -> *mut T {
    // SAFETY: the address alone is computed; callers ask for the body of the object's kind.
    unsafe { &raw mut (*o.cast::<Body<T>>().as_ptr()).body }
}

/// Symbols that are always there cost no memory and no marking: they lie in the program's image.
static ROM_SYMBOLS: [Number; 3] = {
    const fn symbol(number: u32) -> Number {
        Body {
            header: SYMBOL as u32 | header::ROM,
            body: number,
        }
    }
    [symbol(0), symbol(1), symbol(2)]
};
const ROM_NAMES: [&str; 3] = ["nil", "quote", "lambda"];

/// The language: what the collector cannot know.
struct Lisp {
    /// Everything the program holds directly.
    stack: Vec<ObjectRef>,
    /// Names of symbols and files by number; those of symbols that died stay unused.
    names: Vec<String>,
    freed: usize,
}

// SAFETY: the stack holds the roots, `trace` reports what pairs and caches refer to, and sizes
// follow from kind and user bits, which do not change.
unsafe impl Client for Lisp {
    type Boundary = HeaderBit;

    unsafe fn trace_roots(&mut self, t: &mut Tracer<'_, Self>) {
        for o in &self.stack {
            // SAFETY: what is on the stack is alive.
            unsafe { t.mark_maybe_rom(*o) };
        }
    }

    unsafe fn trace(&mut self, o: ObjectRef, t: &mut Tracer<'_, Self>) -> Trace {
        // SAFETY: the heap hands over a live object; its body is that of its kind.
        unsafe {
            if header::kind(o) == CACHE {
                t.defer(o, WeakClass::Values);
            } else {
                for child in body::<[Slot; 2]>(o).read().into_iter().flatten() {
                    t.mark_maybe_rom(child);
                }
            }
            Trace::done(self.size(o))
        }
    }

    fn is_leaf(kind: u8) -> bool {
        matches!(kind, SYMBOL | FILE)
    }

    unsafe fn size(&self, o: ObjectRef) -> usize {
        // SAFETY: the caller's promise.
        match unsafe { header::kind(o) } {
            PAIR => size_of::<Pair>(),
            // SAFETY: the caller's promise.
            CACHE => cache_size(unsafe { header::user(o) }),
            _ => size_of::<Number>(),
        }
    }

    unsafe fn release(&mut self, _: ObjectRef, _: &mut Memory) {
        self.freed += 1;
    }

    unsafe fn weak_class(&self, o: ObjectRef) -> Option<WeakClass> {
        // SAFETY: the caller's promise.
        (unsafe { header::kind(o) } == CACHE).then_some(WeakClass::Values)
    }

    unsafe fn clear_values(&mut self, o: ObjectRef, live: &Liveness) {
        // SAFETY: a cache, with as many slots as its user bits say.
        unsafe {
            for index in 0..usize::from(header::user(o)) {
                let slot = body::<Slot>(o).add(index);
                if slot.read().is_some_and(|symbol| live.is_dead(symbol)) {
                    slot.write(None);
                }
            }
        }
    }
}

fn cache_size(slots: u16) -> usize {
    size_of::<Body<[Slot; 0]>>() + usize::from(slots) * size_of::<Slot>()
}

/// The program's view: a stack machine whose operands are always reachable.
struct Machine {
    heap: Heap<Lisp>,
    lisp: Lisp,
}

impl Machine {
    const CACHE_SLOTS: u16 = 16;

    fn new() -> Result<Self, OutOfMemory> {
        let mut heap = Heap::new(Config {
            step_bytes: 256,
            ..Config::default()
        })?;
        // SAFETY: the cache is initialised at once.
        let cache = unsafe {
            let cache = heap.allocate(CACHE, Self::CACHE_SLOTS, cache_size(Self::CACHE_SLOTS))?;
            for index in 0..usize::from(Self::CACHE_SLOTS) {
                body::<Slot>(cache).add(index).write(None);
            }
            cache
        };
        let lisp = Lisp {
            stack: vec![cache],
            names: ROM_NAMES.map(String::from).into(),
            freed: 0,
        };
        Ok(Self { heap, lisp })
    }

    /// The safe point: all objects are initialised, and those in use are on the stack.
    fn safe_point(&mut self) {
        if self.heap.debt_due() {
            // SAFETY: see above; pairs are never stored into after they were made, and stores
            // into the cache are weak, so there is nothing for a barrier to do.
            unsafe { self.heap.step(&mut self.lisp) };
        }
    }

    fn numbered(&mut self, kind: u8, name: &str) -> Result<ObjectRef, OutOfMemory> {
        // SAFETY: initialised at once.
        unsafe {
            let o = self.heap.allocate(kind, 0, size_of::<Number>())?;
            body::<u32>(o).write(self.lisp.names.len() as u32);
            self.lisp.names.push(name.into());
            Ok(o)
        }
    }

    /// Pushes a symbol: from ROM, from the cache, or a new one.
    fn symbol(&mut self, name: &str) -> Result<(), OutOfMemory> {
        let o = match ROM_NAMES.iter().position(|rom| *rom == name) {
            Some(at) => NonNull::from(&ROM_SYMBOLS[at]).cast::<Header>(),
            None => self.cached(name)?,
        };
        self.lisp.stack.push(o);
        self.safe_point();
        Ok(())
    }

    fn cached(&mut self, name: &str) -> Result<ObjectRef, OutOfMemory> {
        let hash = name
            .bytes()
            .fold(0_usize, |hash, byte| hash * 31 + usize::from(byte));
        let cache = self.lisp.stack[0];
        // SAFETY: the cache is alive, and so is what the collector left in it: entries are
        // cleared before anything is freed.
        let slot = unsafe { body::<Slot>(cache).add(hash % usize::from(Self::CACHE_SLOTS)) };
        // SAFETY: as above.
        if let Some(symbol) = unsafe { slot.read() }
            && self.name(symbol) == name
        {
            return Ok(symbol);
        }
        let symbol = self.numbered(SYMBOL, name)?;
        // SAFETY: as above.
        unsafe { slot.write(Some(symbol)) };
        Ok(symbol)
    }

    /// Pops two objects, pushes their pair.
    fn cons(&mut self) -> Result<(), OutOfMemory> {
        // SAFETY: initialised at once.
        unsafe {
            let pair = self.heap.allocate(PAIR, 0, size_of::<Pair>())?;
            let (tail, head) = (self.lisp.stack.pop(), self.lisp.stack.pop());
            body::<[Slot; 2]>(pair).write([head, tail]);
            self.lisp.stack.push(pair);
        }
        self.safe_point();
        Ok(())
    }

    /// Pushes a file, to be closed when it is unreachable.
    fn open(&mut self, name: &str) -> Result<(), OutOfMemory> {
        let file = self.numbered(FILE, name)?;
        self.lisp.stack.push(file);
        // SAFETY: the file is alive.
        unsafe { self.heap.set_finalizer(file) };
        self.safe_point();
        Ok(())
    }

    /// Calls the finalizers that are due.
    fn finalize(&mut self) {
        // SAFETY: each file is done with before the next step.
        while let Some(file) = unsafe { self.heap.next_finalizable() } {
            println!("closed {}", self.name(file));
        }
    }

    fn name(&self, o: ObjectRef) -> &str {
        // SAFETY: symbols and files hold the number of their name.
        let number = unsafe { body::<u32>(o).read() };
        &self.lisp.names[number as usize]
    }

    fn show(&self, o: ObjectRef) -> String {
        // SAFETY: reachable from the stack.
        if unsafe { header::kind(o) } != PAIR {
            return self.name(o).into();
        }
        // SAFETY: a pair.
        let [head, tail] = unsafe { body::<[Slot; 2]>(o).read() };
        let show = |slot: Slot| slot.map_or_else(String::new, |o| self.show(o));
        format!("({} . {})", show(head), show(tail))
    }

    fn collect(&mut self) {
        // SAFETY: as at a safe point.
        unsafe { self.heap.collect(&mut self.lisp) };
        println!(
            "cycle {}: {} bytes in use, {} objects freed so far",
            self.heap.cycles(),
            self.heap.memory.bytes(),
            self.lisp.freed
        );
    }
}

fn main() -> Result<(), OutOfMemory> {
    let mut m = Machine::new()?;
    for name in ["lambda", "x", "y", "nil"] {
        m.symbol(name)?;
    }
    for _ in 0..3 {
        m.cons()?;
    }
    m.open("kept.txt")?;

    // Garbage, collected on the way in bounded steps.
    for round in 0..10_000 {
        m.symbol(["a", "b", "quote"][round % 3])?;
        m.symbol("nil")?;
        m.cons()?;
        m.lisp.stack.pop();
    }
    m.open("dropped.txt")?;
    m.lisp.stack.pop();

    m.collect();
    m.finalize();
    println!("{}", m.show(m.lisp.stack[1]));
    println!(
        "marking stopped {} times at the ROM boundary",
        m.heap.boundary_hits()
    );

    // SAFETY: nothing of the heap is used again but the files, which are still there.
    unsafe { m.heap.finalize_all() };
    m.finalize();
    // SAFETY: nothing of the heap is used again.
    unsafe { m.heap.free_all(&mut m.lisp) };
    assert_eq!(m.heap.memory.bytes(), 0);
    Ok(())
}
