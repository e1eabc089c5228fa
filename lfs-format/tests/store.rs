//! The region store without power cuts: updates, trials, refusals.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use lfs_format::model::Model;
use lfs_format::nor::{Cut, NorModel, Outcome};
use lfs_format::store::{Acceptance, Boot, Error, Layout, Region, Store, Unmapped};
use lfs_format::write::{BuildInfo, ImageWriter};
use proptest::prelude::*;

type Flash = NorModel<4096>;

fn image(text: &str, bytes: usize) -> Vec<u8> {
    let mut writer = ImageWriter::new(Model::Num32);
    let mut data = text.as_bytes().to_vec();
    data.resize(bytes, b'.');
    writer.add_resource(b"text", &data).unwrap();
    let words = writer.finish(&BuildInfo::default()).unwrap();
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn layout() -> Layout {
    Layout::new(0..0x3000)
        .region(Region::System, 0x3000..0x6000, 2)
        .region(Region::Application, 0x6000..0xe000, 2)
}

fn boot(mut flash: Flash) -> (Store<Flash>, Boot) {
    flash.power_up();
    let mut store = Store::open(flash, layout(), Model::Num32).unwrap();
    let boot = store.boot().unwrap();
    (store, boot)
}

fn restart(store: Store<Flash>) -> (Store<Flash>, Boot) {
    boot(store.into_inner())
}

fn text(store: &Store<Flash>, region: Region) -> Option<String> {
    let image = store.image(region).unwrap()?;
    let bytes: Vec<u8> = image.resource(b"text").unwrap().bytes().to_vec();
    let text = String::from_utf8(bytes).unwrap();
    Some(text.trim_end_matches('.').to_owned())
}

fn install(
    store: &mut Store<Flash>,
    region: Region,
    bytes: &[u8],
    acceptance: Acceptance,
) -> Result<(), Error> {
    let mut update = store.update()?;
    update.install(region, bytes)?;
    update.commit(acceptance)
}

#[test]
fn an_update_is_mounted_at_the_next_boot_and_stays_once_confirmed() {
    let (mut store, found) = boot(Flash::new(16).unwrap());
    assert_eq!(found, Boot::Confirmed);
    assert_eq!(text(&store, Region::Application), None);
    install(
        &mut store,
        Region::Application,
        &image("one", 9000),
        Acceptance::AtOnce,
    )
    .unwrap();
    let (mut store, _) = restart(store);
    assert_eq!(text(&store, Region::Application).unwrap(), "one");
    install(
        &mut store,
        Region::Application,
        &image("two", 5000),
        Acceptance::Trial(2),
    )
    .unwrap();
    assert_eq!(store.confirm(), Err(Error::NotStarted));
    let (mut store, found) = restart(store);
    assert_eq!(found, Boot::Trial { left: 1 });
    assert_eq!(text(&store, Region::Application).unwrap(), "two");
    store.confirm().unwrap();
    for _ in 0..4 {
        let found;
        (store, found) = restart(store);
        assert_eq!(found, Boot::Confirmed);
        assert_eq!(text(&store, Region::Application).unwrap(), "two");
    }
    assert_eq!(store.flash().violation(), None);
}

/// A store whose Application is "one".
fn with_one() -> Store<Flash> {
    let (mut store, _) = boot(Flash::new(16).unwrap());
    let one = image("one", 300);
    install(&mut store, Region::Application, &one, Acceptance::AtOnce).unwrap();
    restart(store).0
}

#[test]
fn what_is_not_an_image_for_this_store_is_refused_before_anything_is_written() {
    let mut store = with_one();
    let before = store.flash().operations();
    let good = image("two", 300);
    let changed = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let mut other_model = ImageWriter::new(Model::Num64);
    other_model.add_resource(b"text", b"x").unwrap();
    let other_model = other_model.finish(&BuildInfo::default()).unwrap();
    let other_model = other_model
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let longer = [&good[..], &[0; 4]].concat();
    let cases: [(Vec<u8>, &str); 9] = [
        (changed(0), "incorrect LFS header signature"),
        (b"return 1\n".to_vec(), "incorrect LFS header signature"),
        (changed(4), "Incorrect LFS header version"),
        (other_model, "Incorrect LFS build type"),
        (changed(20), "checksum error on LFS image file"),
        (changed(good.len() - 1), "checksum error on LFS image file"),
        (good[..good.len() - 4].to_vec(), "LFS length mismatch"),
        (longer, "LFS length mismatch"),
        (
            image("big", 0x4000),
            "LFS Image too big for configured LFS region",
        ),
    ];
    for (bytes, text) in cases {
        let refused = install(&mut store, Region::Application, &bytes, Acceptance::AtOnce);
        assert_eq!(refused.unwrap_err().to_string(), text);
    }
    assert_eq!(
        install(
            &mut store,
            Region::Application,
            &good[..40],
            Acceptance::AtOnce
        )
        .unwrap_err()
        .to_string(),
        "LFS length mismatch"
    );
    assert_eq!(store.flash().operations(), before);
    assert_eq!(text(&store, Region::Application).unwrap(), "one");
}

#[test]
fn a_stream_is_refused_at_its_header() {
    let mut store = with_one();
    let before = store.flash().operations();
    let good = image("two", 300);
    let mut update = store.update().unwrap();
    let mut stream = update.stream(Region::Application, Some(9)).unwrap();
    stream.write(&good[..71]).unwrap();
    let refused = stream.write(&good[71..72]);
    assert!(matches!(refused, Err(Error::Length { given: 9, .. })));
    let mut stream = update.stream(Region::Application, None).unwrap();
    stream.write(&good[..72]).unwrap();
    let mut big = update.stream(Region::Application, None).unwrap();
    let refused = big.write(&image("big", 0x4000)[..72]);
    assert!(matches!(
        refused,
        Err(Error::TooLarge { limit: 0x4000, .. })
    ));
    // Of the image that was begun only the record is there: no block of a slot was erased.
    let erased = (3..16).map(|block| store.flash().wear(block)).sum::<u32>();
    assert_eq!(erased, 1);
    assert!(store.flash().operations() > before);
}

#[test]
fn an_image_nobody_confirms_is_left_after_its_boots() {
    let mut store = with_one();
    install(
        &mut store,
        Region::Application,
        &image("two", 50),
        Acceptance::Trial(2),
    )
    .unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let boot;
        (store, boot) = restart(store);
        seen.push((boot, text(&store, Region::Application).unwrap()));
    }
    let expected = [
        (Boot::Trial { left: 1 }, "two"),
        (Boot::Trial { left: 0 }, "two"),
        (Boot::RolledBack, "one"),
        (Boot::Confirmed, "one"),
    ];
    assert!(
        seen.iter()
            .map(|(boot, text)| (*boot, text.as_str()))
            .eq(expected)
    );
    assert_eq!(
        store.rejected().map(|(region, _)| region),
        Some(Region::Application)
    );
}

#[test]
fn while_an_image_is_on_trial_the_other_slot_is_kept() {
    let mut store = with_one();
    install(
        &mut store,
        Region::Application,
        &image("two", 50),
        Acceptance::Trial(2),
    )
    .unwrap();
    let three = image("three", 50);
    let refused = install(&mut store, Region::Application, &three, Acceptance::AtOnce);
    assert_eq!(refused, Err(Error::NoFreeSlot));
    let (mut store, _) = restart(store);
    let refused = install(&mut store, Region::Application, &three, Acceptance::AtOnce);
    assert_eq!(refused, Err(Error::NoFreeSlot));
    store.confirm().unwrap();
    assert_eq!(
        install(&mut store, Region::Application, &three, Acceptance::AtOnce),
        Ok(())
    );
}

#[test]
fn a_pair_changes_at_once_and_a_region_can_be_cleared() {
    let mut store = with_one();
    let mut update = store.update().unwrap();
    assert!(update.image(Region::System).unwrap().is_none());
    update
        .install(Region::System, &image("system", 20)[..])
        .unwrap();
    let staged = update.image(Region::System).unwrap().unwrap();
    assert_eq!(staged.resource(b"text").unwrap().bytes()[..6], *b"system");
    update
        .install(Region::Application, &image("two", 20)[..])
        .unwrap();
    update.commit(Acceptance::AtOnce).unwrap();
    let (mut store, _) = restart(store);
    let both =
        |store: &Store<Flash>| Region::ALL.map(|region| text(store, region).unwrap_or_default());
    assert_eq!(both(&store), ["system", "two"]);
    store.rollback().unwrap();
    let (mut store, _) = restart(store);
    assert_eq!(both(&store), ["", "one"]);
    store.rollback().unwrap();
    let (mut store, _) = restart(store);
    let mut update = store.update().unwrap();
    update.clear(Region::Application).unwrap();
    update.commit(Acceptance::AtOnce).unwrap();
    assert_eq!(both(&restart(store).0), ["system", ""]);
}

#[test]
#[allow(
    unsafe_code,
    reason = "the constant-time mount leaves a proof to its caller"
)]
fn a_verified_image_is_mounted_by_its_header() {
    let store = with_one();
    let selected = store.selected(Region::Application).unwrap();
    assert!(selected.is_verified());
    // SAFETY: nothing but the store has written this flash.
    let image = unsafe { selected.trust(store.flash()) }.unwrap();
    assert_eq!(image.resource(b"text").unwrap().bytes()[..3], *b"one");

    // Written through a cable the image is verified at its first mounting, and that is remembered.
    let flash = Unmapped(Flash::new(16).unwrap());
    let mut cable = Store::open(flash, layout(), Model::Num32).unwrap();
    let mut update = cable.update().unwrap();
    update
        .install(Region::Application, &image_bytes("cable")[..])
        .unwrap();
    update.commit(Acceptance::AtOnce).unwrap();
    let (mut store, _) = boot(cable.into_inner().0);
    assert!(!store.selected(Region::Application).unwrap().is_verified());
    assert_eq!(store.verify(Region::Application), Ok(true));
    let (store, _) = restart(store);
    assert!(store.selected(Region::Application).unwrap().is_verified());
}

fn image_bytes(text: &str) -> Vec<u8> {
    image(text, 40)
}

#[test]
fn an_image_is_put_together_in_any_order_each_word_once() {
    let mut store = with_one();
    let bytes = image("built", 1000);
    let mut update = store.update().unwrap();
    let mut builder = update
        .build(Region::Application, bytes.len() as u32)
        .unwrap();
    assert_eq!(builder.room(), 0x1000);
    builder.write(72, &bytes[72..]).unwrap();
    assert_eq!(
        builder.write(100, &bytes[100..104]),
        Err(Error::Overwrite(100))
    );
    assert_eq!(builder.write(0xffe, &[0; 4]), Err(Error::Misplaced(0xffe)));
    let mut back = [0; 8];
    builder.read(80, &mut back).unwrap();
    assert_eq!(back, bytes[80..88]);
    builder.write(0, &bytes[..72]).unwrap();
    builder.finish().unwrap();
    update.commit(Acceptance::AtOnce).unwrap();
    assert_eq!(
        text(&restart(store).0, Region::Application).unwrap(),
        "built"
    );
}

#[test]
fn slots_and_journal_wear_alike() {
    let layout = Layout::new(0..0x4000).region(Region::Application, 0x4000..0x10000, 3);
    let mut flash = Flash::new(16).unwrap();
    for round in 0..120u32 {
        flash.power_up();
        let mut store = Store::open(&mut flash, layout.clone(), Model::Num32).unwrap();
        store.boot().unwrap();
        let mut update = store.update().unwrap();
        update
            .install(Region::Application, &image(&round.to_string(), 9000)[..])
            .unwrap();
        update.commit(Acceptance::AtOnce).unwrap();
    }
    let wear: Vec<u32> = (0..16).map(|block| flash.wear(block)).collect();
    let spread = |blocks: &[u32]| blocks.iter().max().unwrap() - blocks.iter().min().unwrap();
    assert!(spread(&wear[..4]) <= 1, "{wear:?}");
    // Slots of four blocks, of which these images take three.
    let first: Vec<u32> = wear[4..].chunks(4).map(|slot| slot[0]).collect();
    assert_eq!(first, [40, 40, 40]);
}

#[test]
fn a_slot_with_a_cell_that_does_not_take_its_value_is_an_error_and_the_old_image_stays() {
    let (mut store, _) = boot(Flash::new(16).unwrap());
    install(
        &mut store,
        Region::Application,
        &image("one", 300),
        Acceptance::AtOnce,
    )
    .unwrap();
    let mut flash = store.into_inner();
    for slot in [0x6000, 0xa000] {
        flash.stick(slot + 100, !0).unwrap();
    }
    let (mut store, _) = boot(flash);
    let refused = install(
        &mut store,
        Region::Application,
        &image("two", 300),
        Acceptance::AtOnce,
    );
    assert!(matches!(refused, Err(Error::ReadBack(_))));
    assert_eq!(text(&restart(store).0, Region::Application).unwrap(), "one");
}

#[test]
fn layouts_are_separate_whole_blocks() {
    let open =
        |layout: Layout| Store::open(Flash::new(16).unwrap(), layout, Model::Num32).map(|_| ());
    assert_eq!(open(layout()), Ok(()));
    let application =
        |range, slots| Layout::new(0..0x3000).region(Region::Application, range, slots);
    for wrong in [
        Layout::new(0..0x2000),
        Layout::new(0..0x3100),
        Layout::new(0xe000..0x11000),
        application(0x2000..0x4000, 1),
        application(0x3000..0x3000, 1),
        application(0x3000..0x4000, 0),
        application(0x3000..0x4000, 2),
        application(0x3000..0x4000, 200),
        layout().region(Region::System, 0x5000..0x7000, 1),
    ] {
        assert_eq!(open(wrong.clone()), Err(Error::Layout), "{wrong:?}");
    }
    let odd = Store::open(
        NorModel::<4096, 64>::new(16).unwrap(),
        layout(),
        Model::Num32,
    );
    assert_eq!(odd.map(|_| ()), Err(Error::Geometry));
}

#[test]
fn another_layout_makes_an_empty_store_and_a_newer_journal_none() {
    let flash = with_one().into_inner();
    let other = Layout::new(0..0x3000).region(Region::Application, 0x3000..0xe000, 2);
    let store = Store::open(flash.clone(), other, Model::Num32).unwrap();
    assert_eq!(store.selected(Region::Application), None);

    let mut words = flash.words().to_vec();
    let record = words
        .iter()
        .position(|word| *word == u32::from_le_bytes(*b"LFSj"))
        .unwrap();
    words[record + 1] = words[record + 1] & 0xffff_0000 | 2;
    let bytes: Vec<u8> = words[record..record + 31]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    words[record + 31] = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&bytes);
    let mut newer = Flash::new(16).unwrap();
    newer.fill(&words);
    let refused = Store::open(newer, layout(), Model::Num32).map(|_| ());
    assert_eq!(refused, Err(Error::JournalVersion(2)));
}

/// `docs/store.md`, section 2, word by word.
#[test]
fn a_record_is_as_its_specification_says() {
    let (mut store, _) = boot(Flash::new(16).unwrap());
    let pair = [image("system", 20), image("one", 20)];
    let mut update = store.update().unwrap();
    update.install(Region::System, &pair[0][..]).unwrap();
    update.install(Region::Application, &pair[1][..]).unwrap();
    update.commit(Acceptance::Trial(5)).unwrap();
    let words = store.flash().words();
    let place = |index: usize| &words[index * 40..(index + 1) * 40];
    // A copy of the state before, a record for each slot to be written, the selection.
    for (index, cursors) in [(0, 0), (1, 1), (2, 0x101), (3, 0x101)] {
        assert_eq!(place(index)[0], 0x6a53_464c);
        assert_eq!(place(index)[2], 1, "sequence number of the block");
        assert_eq!(place(index)[19], cursors);
        assert_eq!(place(index)[32], 0, "seal");
    }
    let record = place(3);
    assert_eq!(record[1], 1 | 6 << 16);
    let layout = [0x3000, 0x6000, 2, 0x1000, 0x6000, 0xe000, 2, 0x4000u32];
    let sum = |words: &[u32]| {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&bytes)
    };
    assert_eq!(record[3], sum(&layout));
    for (at, image) in [(4, &pair[0]), (7, &pair[1])] {
        assert_eq!(record[at], 0x8100_0000 + image.len() as u32 / 4);
        let id: Vec<u8> = record[at + 1..at + 3]
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        assert_eq!(id, image[32..40]);
    }
    assert!(
        record[10..19]
            .iter()
            .chain(&record[20..31])
            .all(|word| *word == 0)
    );
    assert_eq!(record[31], sum(&record[..31]));
    assert_eq!(record[33..], [!0; 7]);
    assert!(words[160..1024].iter().all(|word| *word == !0));
}

#[test]
fn blocks_may_be_of_256_kib() {
    const BLOCK: u32 = 256 * 1024;
    let layout = Layout::application(0..5 * BLOCK, BLOCK, 2);
    let mut flash = NorModel::<{ BLOCK as usize }>::new(5).unwrap();
    for round in 0..3 {
        flash.power_up();
        let mut store = Store::open(&mut flash, layout.clone(), Model::Num32).unwrap();
        let mut update = store.update().unwrap();
        update
            .install(Region::Application, &image(&round.to_string(), 70_000)[..])
            .unwrap();
        update.commit(Acceptance::AtOnce).unwrap();
        assert!(store.image(Region::Application).unwrap().is_some());
    }
    assert_eq!(
        [0, 1, 2, 3, 4].map(|block| flash.wear(block)),
        [1, 1, 1, 1, 2]
    );
}

fn single() -> Layout {
    Layout::application(0..0x8000, 0x1000, 1)
}

#[test]
fn a_single_slot_is_replaced_at_a_boot_and_resumed_while_the_source_is_there() {
    let (one, two) = (image("one", 5000), image("two", 9000));
    let mut flash = Flash::new(16).unwrap();
    let mut store = Store::open(&mut flash, single(), Model::Num32).unwrap();
    assert_eq!(
        store
            .update()
            .unwrap()
            .install(Region::Application, &one[..]),
        Err(Error::SingleSlot)
    );
    let mut broken = one.clone();
    broken[400] ^= 4;
    assert!(
        store
            .request(Region::Application, b"one.img", &broken[..])
            .is_err()
    );
    store
        .request(Region::Application, b"one.img", &one[..])
        .unwrap();
    assert_eq!(store.update().map(|_| ()), Err(Error::RequestPending));
    store.resume(&one[..]).unwrap();
    store
        .request(Region::Application, b"two.img", &two[..])
        .unwrap();

    // The source is gone, or another: the old image stays, and the request too.
    assert_eq!(store.resume(&one[..]), Err(Error::SourceChanged));
    assert!(store.resume(&two[..9000]).is_err());
    assert!(!store.pending().unwrap().started);

    // The power goes while the new image is written.
    flash.power_up();
    flash.cut(Cut {
        operation: 9,
        outcome: Outcome::Mask(3),
    });
    let mut store = Store::open(&mut flash, single(), Model::Num32).unwrap();
    assert!(store.resume(&two[..]).is_err());
    flash.power_up();
    let mut store = Store::open(&mut flash, single(), Model::Num32).unwrap();
    let pending = store.pending().unwrap();
    assert_eq!((pending.source(), pending.started), (&b"two.img"[..], true));
    assert_eq!(store.selected(Region::Application), None);

    // Given up, it says so; resumed instead, the image is there.
    let mut given_up = Flash::clone(store.flash());
    let mut other = Store::open(&mut given_up, single(), Model::Num32).unwrap();
    other.abandon().unwrap();
    assert_eq!(other.interrupted(), Some(Region::Application));
    assert_eq!(other.resume(&two[..]), Err(Error::NoRequest));
    store.resume(&two[..]).unwrap();
    assert!(store.selected(Region::Application).unwrap().is_verified());
    assert_eq!(store.pending(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever lies in the journal: no panic, and what is selected is inside its slot.
    #[test]
    fn a_journal_of_any_bytes_opens_or_is_refused(
        edits in proptest::collection::vec((0usize..3 * 1024, any::<u32>()), 0..40),
        records in 0usize..3,
    ) {
        let mut store = with_one();
        for number in 0..records {
            install(&mut store, Region::Application, &image(&number.to_string(), 30), Acceptance::Trial(3)).ok();
            store = restart(store).0;
        }
        let mut words = store.into_inner().words().to_vec();
        for (at, word) in edits {
            words[at] = word;
        }
        let mut flash = Flash::new(16).unwrap();
        flash.fill(&words);
        if let Ok(mut store) = Store::open(flash, layout(), Model::Num32) {
            store.boot().unwrap();
            for selected in Region::ALL.iter().filter_map(|region| store.selected(*region)) {
                prop_assert!(selected.range().end <= 0xe000);
                let _ = store.image(selected.region());
            }
            let _ = store.rollback();
            install(&mut store, Region::System, &image("new", 30), Acceptance::AtOnce).unwrap();
            prop_assert_eq!(text(&restart(store).0, Region::System).unwrap(), "new");
        }
    }

    /// Records with a right checksum and any content.
    #[test]
    fn a_forged_record_selects_nothing_outside_its_slot(
        words in proptest::collection::vec(any::<u32>(), 27),
        small in proptest::collection::vec(0u32..4, 27),
        choose in any::<u32>(),
    ) {
        let flash = with_one().into_inner();
        let at = flash.words().iter().position(|word| *word == u32::from_le_bytes(*b"LFSj")).unwrap();
        let mut record = flash.words()[at..at + 32].to_vec();
        for (index, word) in record[4..31].iter_mut().enumerate() {
            match choose >> index & 1 {
                0 => *word = small[index],
                _ => *word = words[index] & 0x8300_0fff,
            }
        }
        let bytes: Vec<u8> = record[..31].iter().flat_map(|word| word.to_le_bytes()).collect();
        record[31] = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&bytes);
        let mut forged = Flash::new(16).unwrap();
        forged.fill(&record);
        let store = Store::open(forged, layout(), Model::Num32).unwrap();
        for selected in Region::ALL.iter().filter_map(|region| store.selected(*region)) {
            prop_assert!(selected.range().end <= 0xe000);
            prop_assert!(store.image(selected.region()).is_err());
        }
    }
}
