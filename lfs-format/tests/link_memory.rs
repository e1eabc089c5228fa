//! What linking takes of heap and flash, and that every allocation that fails is an error value.
#![allow(
    unsafe_code,
    clippy::unwrap_used,
    reason = "an allocator that counts and fails; tests stop at what they do not expect"
)]

mod support;

use std::alloc::{GlobalAlloc, Layout as Request, System};
use std::cell::Cell;
use std::convert::Infallible;
use std::ops::Range;

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use lfs_format::image::{Image, Verified};
use lfs_format::link::{LinkError, Modules, Summary, link};
use lfs_format::model::Model;
use lfs_format::nor::NorModel;
use lfs_format::store::{FlashMap, Layout, Region, Store};
use lfs_format::write::{BuildInfo, ImageWriter};
use support::modules::{Dice, Texts, add_module};

thread_local! {
    /// Allocations of this thread that still succeed.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
    /// Bytes of this thread, and the most there were.
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

fn granted() -> bool {
    let left = LEFT.get();
    if left != usize::MAX {
        LEFT.set(left.saturating_sub(1));
    }
    left > 0
}

fn held(more: usize, less: usize) {
    HELD.set(HELD.get().wrapping_add(more).wrapping_sub(less));
    PEAK.set(PEAK.get().max(HELD.get()));
}

// SAFETY: everything granted is `System`'s, which upholds the contract; a null pointer is a legal answer.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, request: Request) -> *mut u8 {
        if !granted() {
            return std::ptr::null_mut();
        }
        held(request.size(), 0);
        // SAFETY: the caller's contract is passed on.
        unsafe { System.alloc(request) }
    }

    unsafe fn dealloc(&self, at: *mut u8, request: Request) {
        held(0, request.size());
        // SAFETY: the pointer came from `System`.
        unsafe { System.dealloc(at, request) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Flash<const WRITE: usize> = NorModel<4096, WRITE>;
const BLOCKS: usize = 131;

/// Flash whose use is counted.
struct Meter<'f, const WRITE: usize> {
    flash: &'f mut Flash<WRITE>,
    reads: usize,
    read: usize,
    programs: usize,
}

impl<'f, const WRITE: usize> Meter<'f, WRITE> {
    fn new(flash: &'f mut Flash<WRITE>) -> Self {
        Self {
            flash,
            reads: 0,
            read: 0,
            programs: 0,
        }
    }
}

impl<const WRITE: usize> ErrorType for Meter<'_, WRITE> {
    type Error = lfs_format::nor::Error;
}

impl<const WRITE: usize> ReadNorFlash for Meter<'_, WRITE> {
    const READ_SIZE: usize = Flash::<WRITE>::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.reads += 1;
        self.read += bytes.len();
        self.flash.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl<const WRITE: usize> NorFlash for Meter<'_, WRITE> {
    const WRITE_SIZE: usize = Flash::<WRITE>::WRITE_SIZE;
    const ERASE_SIZE: usize = Flash::<WRITE>::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        self.flash.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        self.programs += 1;
        self.flash.write(offset, bytes)
    }
}

impl<const WRITE: usize> FlashMap for Meter<'_, WRITE> {
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        self.flash.mapped(range)
    }

    fn invalidate(&mut self, range: Range<u32>) {
        self.flash.invalidate(range);
    }
}

/// Images that are there already.
struct Made(Vec<(Vec<u8>, Vec<u32>)>);

impl Made {
    fn new(modules: u64, texts: u64) -> Self {
        let texts = Texts::Numbered(texts);
        let module = |number| {
            let mut writer = ImageWriter::new(Model::Num32);
            let main = add_module(&mut writer, &mut Dice::new(number), &texts);
            writer.add_module(b"main", main).unwrap();
            let image = writer.finish(&BuildInfo::default()).unwrap();
            (format!("module {number}").into_bytes(), image)
        };
        Self((0..modules).map(module).collect())
    }
}

impl Modules for Made {
    type Error = Infallible;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn name(&self, module: usize) -> &[u8] {
        &self.0[module].0
    }

    fn with_image<R>(
        &mut self,
        module: usize,
        f: impl FnOnce(Image<'_, Verified>) -> R,
    ) -> Result<R, Infallible> {
        Ok(f(Image::new(&self.0[module].1).unwrap().verify().unwrap()))
    }
}

/// Links into fresh flash; `about` runs with the allocator as it is to be.
fn run<const WRITE: usize>(
    modules: &mut Made,
    window: usize,
    left: usize,
) -> (Result<Summary, LinkError<Infallible>>, usize, [usize; 3]) {
    let mut flash = Flash::<WRITE>::new(BLOCKS).unwrap();
    let meter = Meter::new(&mut flash);
    let layout = Layout::application(0..BLOCKS as u32 * 4096, 4096, 2);
    let mut store = Store::open(meter, layout, Model::Num32).unwrap();
    let mut update = store.update().unwrap();
    let before = HELD.get();
    PEAK.set(before);
    LEFT.set(left);
    let info = BuildInfo::default();
    let result = link(&mut update, Region::Application, modules, &info, window);
    LEFT.set(usize::MAX);
    let heap = PEAK.get() - before;
    assert_eq!(HELD.get(), before);
    let meter = store.into_inner();
    (result, heap, [meter.reads, meter.read, meter.programs])
}

#[test]
fn the_heap_a_link_takes_is_bounded_by_its_window() {
    println!(" unit modules strings  image  window  passes  heap  reads  bytes read  programs");
    for (count, texts) in [(10, 300), (60, 900), (60, 4000)] {
        let mut modules = Made::new(count, texts);
        for window in [65, 128, 256, 1024] {
            let (result, heap, [reads, read, programs]) =
                run::<4>(&mut modules, window, usize::MAX);
            let s = result.unwrap();
            println!(
                "{:>5} {:>7} {:>7} {:>6} {window:>7} {:>7} {heap:>5} {reads:>6} {read:>11} {programs:>9}",
                4, s.modules, s.strings, s.bytes, s.passes
            );
            // Keys of strings; of each module build id, order, slots of the index; the texts of strings of one hash.
            let budget = window * 16 + s.modules * 18 + s.strings / 4;
            assert!(heap <= budget, "{heap} of {budget}");
            // One more for a window with strings of one hash.
            let windows = s.strings.div_ceil(window - 1);
            assert!(s.passes as usize <= 4 * windows + 1, "{s:?}");

            let (result, heap, _) = run::<32>(&mut modules, window, usize::MAX);
            assert_eq!(result, Ok(s));
            // Units that wait for their other words: one at each end of a string.
            assert!(
                heap <= window * 16 + s.modules * 22 + (window + 8) * 40 * 2,
                "{heap}"
            );
            println!("   32 {:>37} {heap:>5}", "");
        }
    }
}

#[test]
fn each_failing_allocation_is_reported() {
    let mut modules = Made::new(12, 200);
    let expected = run::<32>(&mut modules, 65, usize::MAX).0;
    let mut failures = 0;
    loop {
        match run::<32>(&mut modules, 65, failures).0 {
            Err(error) => assert_eq!(error, LinkError::OutOfMemory),
            done => {
                assert_eq!(done, expected);
                break;
            }
        }
        failures += 1;
    }
    assert!(failures >= 7, "{failures}");
}
