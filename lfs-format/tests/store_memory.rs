//! Memory that an update takes: values on the stack, and no allocation.

#![allow(
    unsafe_code,
    clippy::unwrap_used,
    reason = "an allocator that counts; tests stop at what they do not expect"
)]

use std::alloc::{GlobalAlloc, Layout as Request, System};
use std::cell::Cell;

use lfs_format::model::Model;
use lfs_format::nor::NorModel;
use lfs_format::store::{Acceptance, ImageBuilder, ImageStream, Layout, Region, Store, Update};
use lfs_format::write::{BuildInfo, ImageWriter};

struct Counting;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is left to the system's allocator; the count has no part in it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, request: Request) -> *mut u8 {
        ALLOCATED.set(ALLOCATED.get() + request.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(request) }
    }

    unsafe fn dealloc(&self, at: *mut u8, request: Request) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(at, request) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

type Flash = NorModel<4096>;

/// Erase block and 512 bytes: the most an update may take.
const LIMIT: usize = 4096 + 512;

#[test]
fn an_update_takes_at_most_an_erase_block_and_512_bytes() {
    let mut writer = ImageWriter::new(Model::Num32);
    writer.add_resource(b"big", &[7; 20_000]).unwrap();
    let words = writer.finish(&BuildInfo::default()).unwrap();
    let image: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut flash = Flash::new(32).unwrap();
    let layout = Layout::application(0..0x2_0000, 4096, 2);

    let before = ALLOCATED.get();
    let mut store = Store::open(&mut flash, layout, Model::Num32).unwrap();
    store.boot().unwrap();
    let mut update = store.update().unwrap();
    let mut stream = update.stream(Region::Application, None).unwrap();
    image
        .chunks(100)
        .for_each(|part| stream.write(part).unwrap());
    stream.finish().unwrap();
    let mut builder = update
        .build(Region::Application, image.len() as u32)
        .unwrap();
    builder.write(0, &image).unwrap();
    builder.finish().unwrap();
    update.install(Region::Application, &image[..]).unwrap();
    update.commit(Acceptance::Trial(1)).unwrap();
    let allocated = ALLOCATED.get() - before;

    let values = size_of::<Store<&mut Flash>>()
        + size_of::<Update<'_, &mut Flash>>()
        + size_of::<ImageStream<'_, &mut Flash>>()
        + size_of::<ImageBuilder<'_, &mut Flash>>();
    println!("values {values} bytes, allocated {allocated} bytes, limit {LIMIT}");
    assert_eq!(allocated, 0);
    // What functions keep on the stack besides, two chunks and a record, is well below the rest.
    assert!(values < LIMIT / 2, "{values}");
}
