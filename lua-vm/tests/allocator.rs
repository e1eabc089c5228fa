//! Every allocation of the process may fail, those of buffers and hash tables included: nothing aborts, nothing leaks.
//!
//! The libraries of a host are left out, for those of `std` beneath them end the process when memory runs out:
//! `cargo test -p lua-vm --no-default-features --test allocator`.

#![cfg(not(feature = "std"))]
#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod support;

use lfs_format::image::Image;
use lfs_format::write::BuildInfo;
use lua_vm::api::{Lua, Progress, Value};
use lua_vm::number::{Num32, Num64, NumberModel};
use lua_vm::{Error, ErrorKind, GcConfig};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Allocations of this thread that still succeed, and how many fail after them; `None`: none will.
    static FAULT: Cell<Option<(u64, u64)>> = const { Cell::new(None) };
    /// Bytes of this thread in use.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    /// Allocations made while a fault is armed.
    static MADE: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, with faults and a count.
struct Counting;

fn fails() -> bool {
    FAULT.with(|fault| match fault.get() {
        None => false,
        Some((0, 0)) => false,
        Some((0, more)) => {
            fault.set(Some((0, more - 1)));
            true
        }
        Some((left, more)) => {
            fault.set(Some((left - 1, more)));
            MADE.with(|made| made.set(made.get() + 1));
            false
        }
    })
}

fn count(bytes: isize) {
    LIVE.with(|live| live.set(live.get() + bytes));
}

// SAFETY: each call goes to the system's allocator or returns null, as an allocator may.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if fails() {
            return core::ptr::null_mut();
        }
        count(layout.size() as isize);
        // SAFETY: the caller's promise about the layout is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: every block came from the system's allocator with this layout.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > layout.size() && fails() {
            return core::ptr::null_mut();
        }
        count(size as isize - layout.size() as isize);
        // SAFETY: as for `dealloc`; the caller's promise about the size is passed on.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs `work` with `failing` allocations in a row failing after `left` successful ones. Gives its result, whether the
/// fault was reached, and the bytes that `work` has not given back.
fn with_fault<R>(left: u64, failing: u64, work: impl FnOnce() -> R) -> (R, bool, isize) {
    let before = LIVE.get();
    MADE.set(0);
    FAULT.set(Some((left, failing)));
    let result = work();
    FAULT.set(None);
    (result, MADE.get() == left, LIVE.get() - before)
}

const PROGRAM: &str = include_str!("lua/everything.lua");

const MODULE: &str = include_str!("lua/module_of_image.lua");

fn image<N: NumberModel>() -> Vec<u32> {
    let writer = support::writer::<N>(&[("module_of_image", MODULE)]);
    writer.finish(&BuildInfo { time: 0 }).unwrap()
}

/// How a run ended; compared without allocation.
#[derive(Debug, PartialEq)]
enum End {
    /// The program printed what it prints with memory.
    Complete,
    /// The program went on after an error it caught.
    Different,
    Failed(ErrorKind),
}

fn end(result: Result<bool, Error>) -> End {
    match result {
        Ok(true) => End::Complete,
        Ok(false) => End::Different,
        Err(error) => End::Failed(error.kind()),
    }
}

/// Makes a state with an image, Rust functions and userdata, runs the program in it, and drops it.
fn run<N: NumberModel>(words: &[u32], expected: &[u8]) -> Result<bool, Error> {
    let Ok(image) = Image::new(words).and_then(|image| image.verify()) else {
        panic!("the image was accepted before");
    };
    let mut lua = Lua::<N>::with_images(GcConfig::default(), &[image])?;
    lua.set_output(|_| ())?;
    lua.set_reader(|_| Err(Vec::new()))?;
    let kept = 5;
    lua.set_function("add", move |(a, b): (i32, i32)| Ok(a + b + kept))?;
    let stash = lua.try_enter(|ctx| {
        let table = ctx.new_table(3, 3)?;
        let object = ctx.new_userdata([7u8; 40], Some(table))?;
        let name = ctx.intern(b"object")?;
        ctx.globals().raw_set(ctx, name, object)?;
        Ok(ctx.stash(table)?)
    })?;
    let chunk = lua.load(PROGRAM, "=program")?;
    let mut task = lua.start(&chunk, ())?;
    let mut slices = 0;
    while task.run(&mut lua, 100)? != Progress::Finished {
        slices += 1;
        assert!(slices < 10_000);
    }
    let text: Vec<u8> = task.take_results(&mut lua)?;
    let sum: i32 = lua.eval("return add(1, 2)")?;
    assert_eq!(sum, 8);
    // The error of a wrong argument needs memory for its message.
    let wrong = lua.eval::<i32>("return add({}, 2)");
    assert!(wrong.is_err());
    let kept = lua.enter(|ctx| matches!(ctx.fetch(&stash), Some(Value::Table(_))));
    assert!(kept);
    Ok(text == expected)
}

fn expected<N: NumberModel>(words: &[u32]) -> Vec<u8> {
    let image = Image::new(words).unwrap().verify().unwrap();
    let mut lua = Lua::<N>::with_images(GcConfig::default(), &[image]).unwrap();
    let chunk = lua.load(PROGRAM, "=program").unwrap();
    lua.call(&chunk, ()).unwrap()
}

/// Fails `failing` allocations in a row, from every one on.
fn every_allocation<N: NumberModel>(failing: u64, mut check: impl FnMut(u64, End)) {
    let words = image::<N>();
    let expected = expected::<N>(&words);
    let mut left = 0;
    loop {
        let (end, reached, leaked) = with_fault(left, failing, || end(run::<N>(&words, &expected)));
        assert_eq!(
            leaked, 0,
            "bytes not given back after allocation {left} failed"
        );
        if !reached {
            assert_eq!(end, End::Complete);
            break;
        }
        check(left, end);
        left += 1;
    }
    println!("{}: {left} allocations, {failing} failing", N::NAME);
    assert!(left > 500);
}

/// One failure is made good by a collection, or ends a step of the host with an error that says so.
fn one_failure<N: NumberModel>() {
    let mut complete = 0;
    every_allocation::<N>(1, |left, end| match end {
        End::Complete => complete += 1,
        end => assert_eq!(end, End::Failed(ErrorKind::Memory), "allocation {left}"),
    });
    assert!(complete > 300, "{complete} runs were completed");
}

/// Some failures in a row are an error where they happen; the program may catch it.
fn some_failures<N: NumberModel>() {
    for failing in [2, 5] {
        let mut failed = 0;
        every_allocation::<N>(failing, |left, end| match end {
            End::Failed(ErrorKind::Memory) => failed += 1,
            End::Failed(kind) => assert_eq!(kind, ErrorKind::Runtime, "allocation {left}"),
            End::Complete | End::Different => {}
        });
        assert!(failed > 40, "{failed} runs failed");
    }
}

/// Memory that never comes back: the run ends, and the state is closed without it.
fn endless_failure<N: NumberModel>() {
    let mut failed = 0;
    every_allocation::<N>(u64::MAX, |_, end| match end {
        End::Failed(_) => failed += 1,
        End::Complete | End::Different => {}
    });
    assert!(failed > 300, "{failed} runs failed");
}

macro_rules! tests {
    ($($name:ident, $test:ident, $model:ident;)*) => {
        $(#[test] fn $name() { $test::<$model>() })*
    };
}

tests! {
    one_failure_with_32_bits, one_failure, Num32;
    one_failure_with_64_bits, one_failure, Num64;
    some_failures_with_32_bits, some_failures, Num32;
    some_failures_with_64_bits, some_failures, Num64;
    endless_failure_with_32_bits, endless_failure, Num32;
    endless_failure_with_64_bits, endless_failure, Num64;
}
