//! Incremental tri-colour mark and sweep collector for small heaps, with a ROM boundary hook.
//!
//! The collector knows nothing of a language: a [`Client`] tells it how large an object is, which
//! objects it refers to, and where the roots are. In return a [`Heap`] gives objects that cost one
//! header word and one link, collection in bounded increments, write barriers, finalizers with
//! resurrection, weak containers of three classes, a memory limit, and a collection that never
//! needs memory itself.
//!
//! Objects may also lie in ROM (mapped flash, a `static`): they share the header format, have no
//! link, and a [`RomBoundary`] makes the marker stop at them. They are never written, never
//! listed, never freed, and cost a cycle nothing.
//!
//! # An object
//!
//! ```text
//!   -size_of::<usize>()   link: next object of its list (RAM only)
//!   +0                    header word: kind 0..8, colour 8..16, user 16..32     <- ObjectRef
//!   +4                    body, owned by the client
//! ```
//!
//! # Invariants
//!
//! The `unsafe` code of this crate leans on these; SAFETY lines name them.
//!
//! * **(O) Owned.** Every object of the heap's lists was made by [`Heap::allocate`] and is freed
//!   by the heap alone. Its header and link stay readable and writable until then, and
//!   [`Client::size`] returns the size it was allocated with.
//! * **(I) Initialised.** The client has initialised an object's body before the next call that
//!   may collect ([`Heap::step`], [`Heap::step_by`], [`Heap::collect`]).
//! * **(R) Reachable.** [`Client::trace_roots`] reports every root, [`Client::trace`] every child
//!   that is not weak. What neither reports may be freed, and the client never uses it again.
//! * **(B) Barriers.** While marking, no black object refers to a white one: a store into a black
//!   object is followed by [`Heap::barrier`] or [`Heap::barrier_back`], except into objects that
//!   trace as [`Trace::again`], which are visited again in the atomic phase.
//! * **(A) Allocation never collects.** Only the three calls named in (I) trace or free.
//! * **(M) Marking never needs memory.** An object that finds no room on the mark stack stays grey
//!   and is found again by walking the heap.
//! * **(F) ROM is read-only.** A header whose ROM bit is set is never written. Debug builds panic
//!   on an attempt.
//!
//! Unless a function says otherwise, an [`ObjectRef`] handed to it must be a live object of this
//! heap (invariant O), or a ROM object where the function says so.
//!
//! # Example
//!
//! Cells with one reference each; `examples/graph.rs` has more.
//!
//! ```
//! use lua_gc::{Client, Config, Heap, Memory, NoRom, ObjectRef, Trace, Tracer};
//!
//! #[repr(C)]
//! struct Cell {
//!     header: u32,
//!     next: Option<ObjectRef>,
//! }
//!
//! struct Program {
//!     root: Option<ObjectRef>,
//! }
//!
//! // SAFETY: all roots and children are reported, and every object is as large as a cell.
//! unsafe impl Client for Program {
//!     type Boundary = NoRom;
//!     unsafe fn trace_roots(&mut self, t: &mut Tracer<'_, Self>) {
//!         if let Some(o) = self.root {
//!             // SAFETY: the root is a live cell.
//!             unsafe { t.mark(o) }
//!         }
//!     }
//!     unsafe fn trace(&mut self, o: ObjectRef, t: &mut Tracer<'_, Self>) -> Trace {
//!         // SAFETY: the heap hands over live cells, initialised by `push`.
//!         unsafe {
//!             if let Some(next) = (*o.cast::<Cell>().as_ptr()).next {
//!                 t.mark(next);
//!             }
//!         }
//!         Trace::done(size_of::<Cell>())
//!     }
//!     fn is_leaf(_kind: u8) -> bool {
//!         false
//!     }
//!     unsafe fn size(&self, _: ObjectRef) -> usize {
//!         size_of::<Cell>()
//!     }
//!     unsafe fn release(&mut self, _: ObjectRef, _: &mut Memory) {}
//! }
//!
//! let mut heap = Heap::new(Config::default())?;
//! let mut program = Program { root: None };
//! for _ in 0..1000 {
//!     // SAFETY: the cell is initialised before the step, and reachable if it is to stay.
//!     unsafe {
//!         let cell = heap.allocate(1, 0, size_of::<Cell>())?;
//!         (&raw mut (*cell.cast::<Cell>().as_ptr()).next).write(None);
//!         program.root = Some(cell);
//!         if heap.debt_due() {
//!             heap.step(&mut program);
//!         }
//!     }
//! }
//! // SAFETY: the program is at rest.
//! unsafe { heap.collect(&mut program) };
//! let mut alive = 0;
//! heap.for_each(|_| alive += 1);
//! assert_eq!(alive, 1);
//! // SAFETY: no cell is used again.
//! unsafe { heap.free_all(&mut program) };
//! assert_eq!(heap.memory.bytes(), 0);
//! # Ok::<(), lua_gc::OutOfMemory>(())
//! ```
#![no_std]

extern crate alloc;

mod boundary;
mod client;
mod config;
mod finalize;
pub mod header;
mod heap;
mod list;
mod mark;
mod memory;
mod pace;
mod stack;
mod sweep;
mod tracer;
mod weak;

pub use boundary::{AddressRange, HeaderBit, NoRom, RomBoundary};
pub use client::{Client, Trace};
pub use config::Config;
pub use header::{Header, ObjectRef};
pub use heap::{Heap, Phase};
pub use memory::{Memory, OutOfMemory};
pub use tracer::Tracer;
pub use weak::{Liveness, WeakClass};
