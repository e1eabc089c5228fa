//! The compiler when memory runs out: every allocation fails once, and none of them aborts.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use lfs_format::function::{FunctionParts, FunctionRef, Sink, StringRef};
use lua_vm::compiler::{CompileError, Limits, compile};
use lua_vm::number::Num32;

thread_local! {
    /// Allocations of this thread until one fails; `None`: none will.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// The system's allocator, but for one failure.
struct Failing;

fn fails() -> bool {
    LEFT.with(|left| match left.get() {
        None => false,
        Some(0) => {
            left.set(None);
            true
        }
        Some(count) => {
            left.set(Some(count - 1));
            false
        }
    })
}

// SAFETY: each call goes to the system's allocator or returns null, as an allocator may.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if fails() {
            return core::ptr::null_mut();
        }
        // SAFETY: the caller's promise about the layout is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: every block came from the system's allocator with this layout.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if fails() {
            return core::ptr::null_mut();
        }
        // SAFETY: as for `dealloc`; the caller's promise about the size is passed on.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

/// A sink with room of its own, so that only the compiler's allocations fail.
struct Fixed {
    text: [u8; 4096],
    used: usize,
    strings: [(usize, usize); 512],
    count: usize,
    /// Calls until one is refused.
    patience: usize,
}

#[derive(Debug, PartialEq)]
struct Refused;

impl Fixed {
    fn new(patience: usize) -> Self {
        Self {
            text: [0; 4096],
            used: 0,
            strings: [(0, 0); 512],
            count: 0,
            patience,
        }
    }

    fn spend(&mut self) -> Result<(), Refused> {
        self.patience = self.patience.checked_sub(1).ok_or(Refused)?;
        Ok(())
    }
}

impl Sink for Fixed {
    type Error = Refused;

    fn string(&mut self, text: &[u8]) -> Result<StringRef, Refused> {
        self.spend()?;
        if let Some(known) = (0..self.count)
            .map(StringRef)
            .find(|&string| self.text(string) == text)
        {
            return Ok(known);
        }
        let end = self.used + text.len();
        self.text[self.used..end].copy_from_slice(text);
        self.strings[self.count] = (self.used, end);
        (self.used, self.count) = (end, self.count + 1);
        Ok(StringRef(self.count - 1))
    }

    fn text(&self, string: StringRef) -> &[u8] {
        let (start, end) = self.strings[string.0];
        &self.text[start..end]
    }

    fn function(&mut self, _: &FunctionParts<'_>) -> Result<FunctionRef, Refused> {
        self.spend().map(|()| FunctionRef(0))
    }
}

const SOURCE: &str = "
local a, b = 1.5, 'x\\ny'
local t = {1, 2, [a] = b, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8}
local n = {.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5}
function t.f(x, ...)
  local function g(...) return x, b, ... end
  for i = 1, 10 do if i == x then goto continue end t[i], a = g(i) ::continue:: end
  repeat local y = x() local z = function() return y end if z then break end until y
  return g
end
";

#[test]
fn every_allocation_may_fail() {
    let mut failures = 0;
    for count in 0.. {
        let source: &[u8] = SOURCE.as_bytes();
        let mut sink = Fixed::new(usize::MAX);
        LEFT.with(|left| left.set(Some(count)));
        let result = compile::<Num32, _>(source, b"=test", &mut sink, &Limits::DEFAULT);
        LEFT.with(|left| left.set(None));
        match result {
            Err(CompileError::Memory) => failures += 1,
            Ok(_) => break,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(failures > 20, "{failures}");
}

#[test]
fn a_message_needs_memory_too() {
    let mut failures = 0;
    for count in 0.. {
        let mut sink = Fixed::new(usize::MAX);
        LEFT.with(|left| left.set(Some(count)));
        let result = compile::<Num32, _>(b"x = 'a\\q'", b"=test", &mut sink, &Limits::DEFAULT);
        LEFT.with(|left| left.set(None));
        match result {
            Err(CompileError::Memory) => failures += 1,
            Err(CompileError::Syntax(_)) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(failures > 2, "{failures}");
}

#[test]
fn the_sink_may_refuse_anything() {
    for patience in 0.. {
        let mut sink = Fixed::new(patience);
        let source: &[u8] = SOURCE.as_bytes();
        match compile::<Num32, _>(source, b"=test", &mut sink, &Limits::DEFAULT) {
            Err(CompileError::Sink(Refused)) => {}
            Ok(_) => {
                assert!(patience > 50);
                break;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}
