//! Every allocation may fail, and nothing aborts: the n-th one is refused, for every n.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use rostrings::builder::{BuildError, Builder};
use rostrings::intern::{InternTable, RamString};
use rostrings::rom::RomTable;

thread_local! {
    /// Allocations still granted to this thread.
    static GRANTED: Cell<usize> = const { Cell::new(usize::MAX) };
}

struct Failing;

// SAFETY: every call goes to the system allocator unchanged, or answers null, which the contract
// of `GlobalAlloc` allows.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let granted = GRANTED.get();
        if granted == 0 {
            return core::ptr::null_mut();
        }
        if granted != usize::MAX {
            GRANTED.set(granted - 1);
        }
        // SAFETY: the caller's layout is passed on; the caller upholds its contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `block` came from `alloc`, hence from the system allocator, with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

fn with_granted<T>(n: usize, run: impl FnOnce() -> T) -> T {
    GRANTED.set(n);
    let result = run();
    GRANTED.set(usize::MAX);
    result
}

#[test]
fn a_builder_survives_every_failure() {
    let texts: Vec<String> = (0..200).map(|i| format!("text number {i}")).collect();
    let build = |granted| {
        with_granted(granted, || {
            let mut builder = Builder::new();
            for text in &texts {
                builder.insert(text.as_bytes())?;
            }
            builder.finish()
        })
    };
    let mut failures = 0;
    let layout = loop {
        match build(failures) {
            Ok(layout) => break layout,
            Err(error) => assert_eq!(error, BuildError::OutOfMemory),
        }
        failures += 1;
    };
    assert!(failures > 10, "{failures}");
    RomTable::new(layout.words())
        .expect("table")
        .verify()
        .expect("valid");
}

#[test]
fn a_failed_insertion_changes_nothing() {
    let mut builder = Builder::new();
    let mut failures = 0;
    for i in 0..300 {
        let text = format!("text number {i}");
        // Up to three blocks grow on one insertion.
        for granted in 0..4 {
            match with_granted(granted, || builder.insert(text.as_bytes())) {
                Ok(id) => assert_eq!(id.index(), i),
                Err(_) => {
                    failures += 1;
                    assert_eq!(builder.len(), i);
                }
            }
        }
        assert_eq!(builder.len(), i + 1);
    }
    assert!(failures > 10, "{failures}");
    let layout = builder.finish().expect("finish");
    RomTable::new(layout.words())
        .expect("table")
        .verify()
        .expect("valid");
}

#[derive(Clone, Copy)]
struct Number(u32);

impl RamString for Number {
    fn hash(&self) -> u32 {
        rostrings::hash(&self.0.to_le_bytes())
    }
    fn eq_text(&self, text: &[u8]) -> bool {
        self.0.to_le_bytes() == text
    }
}

#[test]
fn an_intern_table_survives_every_failure() {
    let mut table = InternTable::new();
    let mut failures = 0;
    for i in 0..1000 {
        let string = Number(i);
        if with_granted(0, || table.reserve(1)).is_err() {
            failures += 1;
            assert!(!table.insert_reserved(string.hash(), string));
            table.reserve(1).expect("heap");
        }
        assert!(with_granted(0, || table.insert_reserved(string.hash(), string)));
    }
    assert!(failures > 5, "{failures}");
    assert!((0..1000).all(|i| table.find(Number(i).hash(), &i.to_le_bytes()).is_some()));

    for i in 10..1000 {
        assert!(
            table
                .remove(Number(i).hash(), |string| string.0 == i)
                .is_some()
        );
    }
    let size = table.allocation_size();
    with_granted(0, || table.shrink());
    assert_eq!((table.len(), table.allocation_size()), (10, size));
    with_granted(1, || table.shrink());
    assert!(table.allocation_size() < size / 16);
    assert!((0..10).all(|i| table.find(Number(i).hash(), &u32::to_le_bytes(i)).is_some()));
}
