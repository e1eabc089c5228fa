//! Running out of memory anywhere in the writer is an error value.
#![allow(clippy::unwrap_used, unsafe_code)]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use lfs_format::function::{FunctionParts, LocalVar, Sink, flags};
use lfs_format::model::Model;
use lfs_format::write::{BuildInfo, ImageWriter, WriteError};

thread_local! {
    /// Allocations of this thread that still succeed.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

struct Failing;

fn granted() -> bool {
    LEFT.with(|left| {
        let now = left.get();
        if now == usize::MAX {
            return true;
        }
        left.set(now.saturating_sub(1));
        now > 0
    })
}

// SAFETY: everything granted is `System`'s, which upholds the contract; a null pointer is a legal answer.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if granted() {
            // SAFETY: the caller's contract is passed on.
            unsafe { System.alloc(layout) }
        } else {
            std::ptr::null_mut()
        }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if granted() {
            // SAFETY: the pointer came from `System`.
            unsafe { System.realloc(pointer, layout, size) }
        } else {
            std::ptr::null_mut()
        }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

fn build() -> Result<Vec<u32>, WriteError> {
    let mut writer = ImageWriter::new(Model::Num32);
    let source = writer.string(b"@a.lua")?;
    let name = writer.string(b"name")?;
    let code = [support::abc(lfs_format::isa::Op::Return0, 0, 0, 0)];
    let mut main = None;
    for _ in 0..5 {
        main = Some(writer.function(&FunctionParts {
            code: &code,
            strings: &[name],
            source: Some(source),
            lines: &[1],
            locals: &[LocalVar {
                name,
                start: 0,
                end: 1,
            }],
            flags: flags::MAIN | flags::SHAREABLE,
            ..FunctionParts::default()
        })?);
    }
    for module in [b"a", b"b", b"c"] {
        writer.add_module(module, main.unwrap())?;
    }
    writer.add_resource(b"r", b"12345")?;
    writer.add_string(b"extra")?;
    writer.finish(&BuildInfo::default())
}

#[test]
fn each_failing_allocation_is_reported() {
    let expected = build().unwrap();
    let mut failures = 0;
    for left in 0.. {
        LEFT.set(left);
        let result = build();
        LEFT.set(usize::MAX);
        match result {
            Ok(image) => {
                assert_eq!(image, expected);
                break;
            }
            Err(error) => assert_eq!(error, WriteError::OutOfMemory),
        }
        failures += 1;
    }
    assert!(failures > 10, "{failures}");
}
