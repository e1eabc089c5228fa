//! Linking in flash: the same words as an image writer makes, or an error and nothing new.
#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod support;

use std::convert::Infallible;

use lfs_format::MAX_MODULES;
use lfs_format::function::StripLevel;
use lfs_format::image::{Image, Verified};
use lfs_format::link::{LinkError, MIN_WINDOW, Modules, Summary, link};
use lfs_format::model::Model;
use lfs_format::nor::NorModel;
use lfs_format::store::{Acceptance, Error, Layout, Region, Store};
use lfs_format::write::{BuildInfo, ImageWriter};
use proptest::prelude::*;
use rostrings::builder::BuildError;
use support::modules::{Dice, Texts, add_module, add_texts};

const TIME: BuildInfo = BuildInfo {
    time: 0x1_2345_6789,
};

/// Images of single modules.
struct Made {
    modules: Vec<(Vec<u8>, Vec<u32>)>,
    /// The image that takes the place of that of the last module from the so manieth on.
    change: Option<(usize, Vec<u32>)>,
    made: usize,
}

impl Made {
    fn new(modules: Vec<(Vec<u8>, Vec<u32>)>) -> Self {
        Self {
            modules,
            change: None,
            made: 0,
        }
    }
}

impl Modules for Made {
    type Error = Infallible;

    fn count(&self) -> usize {
        self.modules.len()
    }

    fn name(&self, module: usize) -> &[u8] {
        &self.modules[module].0
    }

    fn with_image<R>(
        &mut self,
        module: usize,
        f: impl FnOnce(Image<'_, Verified>) -> R,
    ) -> Result<R, Infallible> {
        self.made += 1;
        let last = module + 1 == self.modules.len();
        let words = match &self.change {
            Some((from, words)) if last && self.made > *from => words,
            _ => &self.modules[module].1,
        };
        Ok(f(Image::new(words).unwrap().verify().unwrap()))
    }
}

/// Adds the functions of a module to a writer.
type Add<'a> = &'a dyn Fn(&mut ImageWriter) -> lfs_format::function::FunctionRef;

/// The image of one module, called as chunks are.
fn single(model: Model, strip: StripLevel, add: Add<'_>) -> Vec<u32> {
    let mut writer = ImageWriter::new(model);
    writer.set_strip(strip);
    let main = add(&mut writer);
    writer.add_module(b"main", main).unwrap();
    writer.finish(&BuildInfo::default()).unwrap()
}

/// Two slots of half the blocks each.
fn store<const ERASE: usize, const WRITE: usize>(
    flash: &mut NorModel<ERASE, WRITE>,
    blocks: usize,
    model: Model,
) -> Store<&mut NorModel<ERASE, WRITE>> {
    let end = (blocks * ERASE) as u32;
    let layout = Layout::application(0..end, ERASE as u32, 2);
    let mut store = Store::open(flash, layout, model).unwrap();
    store.boot().unwrap();
    store
}

/// Links into fresh flash; gives what is there after a restart.
fn linked<const ERASE: usize, const WRITE: usize>(
    blocks: usize,
    model: Model,
    modules: &mut Made,
    window: usize,
) -> Result<(Vec<u32>, Summary), LinkError<Infallible>> {
    let mut flash = NorModel::<ERASE, WRITE>::new(blocks).unwrap();
    let summary = {
        let mut store = store(&mut flash, blocks, model);
        let mut update = store.update().unwrap();
        let result = link(&mut update, Region::Application, modules, &TIME, window);
        update.commit(Acceptance::AtOnce).unwrap();
        result
    };
    assert_eq!(flash.violation(), None);
    flash.power_up();
    let store = store(&mut flash, blocks, model);
    let image = store.image(Region::Application).unwrap();
    // An update without an image selects nothing.
    assert_eq!(image.is_some(), summary.is_ok());
    let words = image.map_or(vec![], |image| image.words().to_vec());
    summary.map(|summary| (words, summary))
}

/// Modules made of dice, as single images and in one.
fn random(
    model: Model,
    strip: StripLevel,
    seed: u64,
    count: u64,
    texts: &Texts,
) -> (Made, Vec<u32>) {
    let mut writer = ImageWriter::new(model);
    writer.set_strip(strip);
    let mut modules = Vec::new();
    for number in 0..count {
        let dice = || Dice::new(seed ^ number << 32);
        let main = add_module(&mut writer, &mut dice(), texts);
        let name = dice().name(number);
        writer.add_module(&name, main).unwrap();
        let image = single(model, strip, &|writer| {
            add_module(writer, &mut dice(), texts)
        });
        modules.push((name, image));
    }
    (Made::new(modules), writer.finish(&TIME).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn linked_images_are_those_of_the_writer(
        seed: u64,
        count in 1u64..12,
        texts in 1u64..600,
        window in prop::sample::select(vec![0, 65, 70, 130, 300, 5000]),
        strip in prop::sample::select(vec![StripLevel::None, StripLevel::Names, StripLevel::All]),
        wide: bool,
        units: bool,
    ) {
        let model = if wide { Model::Num64 } else { Model::Num32 };
        let texts = Texts::Numbered(texts);
        let (mut modules, expected) = random(model, strip, seed, count, &texts);
        let (words, summary) = match units {
            false => linked::<4096, 4>(67, model, &mut modules, window).unwrap(),
            true => linked::<4096, 32>(67, model, &mut modules, window).unwrap(),
        };
        prop_assert!(words == expected);
        let image = Image::new(&expected).unwrap().verify().unwrap();
        prop_assert_eq!(summary.bytes as usize, expected.len() * 4);
        prop_assert_eq!(summary.build_id, image.build_id());
        prop_assert_eq!(summary.modules, image.module_count());
        prop_assert_eq!(summary.functions, image.function_count());
        prop_assert_eq!(summary.strings, image.strings().len());
        prop_assert_eq!(summary.passes as usize * count as usize, modules.made);
        if summary.strings <= window.max(MIN_WINDOW) {
            // One more if strings have the same hash.
            prop_assert!((3..=4).contains(&summary.passes));
        }
    }
}

/// A module of one function that has these strings.
fn listing(model: Model, texts: &[&[u8]]) -> Vec<u32> {
    let texts: Vec<Vec<u8>> = texts.iter().map(|text| text.to_vec()).collect();
    single(model, StripLevel::All, &|writer| add_texts(writer, &texts))
}

fn named(modules: &[(&[u8], Vec<u32>)]) -> Made {
    let modules = modules.iter();
    Made::new(
        modules
            .map(|(name, image)| (name.to_vec(), image.clone()))
            .collect(),
    )
}

/// Why these cannot be linked. Nothing of the new image may have been written or erased unless `begun`.
fn refused(modules: &mut Made, begun: bool) -> LinkError<Infallible> {
    let mut flash = NorModel::<512>::new(67).unwrap();
    let mut store = store(&mut flash, 67, Model::Num32);
    let result = {
        let mut update = store.update().unwrap();
        link(&mut update, Region::Application, modules, &TIME, 65)
    };
    assert_eq!(store.flash().operations() > 0, begun, "{result:?}");
    result.unwrap_err()
}

#[test]
fn what_does_not_fit_together_is_refused_before_anything_is_erased() {
    let plain = listing(Model::Num32, &[b"x"]);
    assert_eq!(refused(&mut named(&[]), false), LinkError::NoModules);
    let twice = &mut named(&[
        (b"a", plain.clone()),
        (b"b", plain.clone()),
        (b"a", plain.clone()),
    ]);
    assert_eq!(refused(twice, false), LinkError::DuplicateModule(2));
    let unnamed = &mut named(&[(b"a", plain.clone()), (b"", plain.clone())]);
    assert_eq!(refused(unnamed, false), LinkError::NameLength(1));
    let long = &mut named(&[(&[b'n'; 256], plain.clone())]);
    assert_eq!(refused(long, false), LinkError::NameLength(0));
    let wide = &mut named(&[(b"a", plain.clone()), (b"b", listing(Model::Num64, &[]))]);
    assert_eq!(refused(wide, false), LinkError::Model(1));
    let two = &mut named(&[(b"a", support::sample(Model::Num32, StripLevel::None))]);
    assert_eq!(refused(two, false), LinkError::NotOneModule(0));
    let none = ImageWriter::new(Model::Num32).finish(&TIME).unwrap();
    assert_eq!(
        refused(&mut named(&[(b"a", none)]), false),
        LinkError::NotOneModule(0)
    );
    let many = &mut Made::new(vec![(vec![], plain.clone()); MAX_MODULES + 1]);
    assert_eq!(refused(many, false), LinkError::TooManyModules);
    assert!(linked::<512, 4>(67, Model::Num32, &mut named(&[(&[b'n'; 255], plain)]), 65).is_ok());
}

#[test]
fn an_image_that_does_not_fit_its_slot_is_refused_before_anything_is_erased() {
    let limit = 32 * 512;
    let image = |bytes: usize| listing(Model::Num32, &[&vec![b'x'; bytes]]);
    let length = |modules: &mut Made| {
        let (words, _) = linked::<512, 4>(67, Model::Num32, modules, 65).unwrap();
        words.len() * 4
    };
    let spare = limit - length(&mut named(&[(b"a", image(10_000))]));
    let fits = 10_000 + spare;
    assert_eq!(length(&mut named(&[(b"a", image(fits))])), limit);
    let needed = limit as u32 + 4;
    assert_eq!(
        refused(&mut named(&[(b"a", image(fits + 4))]), false),
        LinkError::Store(Error::TooLarge {
            needed,
            limit: limit as u32
        })
    );
}

#[test]
fn a_module_that_changes_between_passes_ends_the_link() {
    let plain = |text: &[u8]| listing(Model::Num32, &[text]);
    for from in 2..6 {
        let mut modules = named(&[(b"a", plain(b"one")), (b"b", plain(b"two"))]);
        modules.change = Some((from, plain(b"new")));
        let error = refused(&mut modules, true);
        assert_eq!(error, LinkError::Changed(1), "{from}");
    }
}

/// Texts of eight bytes with one hash.
fn alike(count: u32) -> Vec<Vec<u8>> {
    const SPREAD: u32 = 0x9e37_79b1;
    let begin = rostrings::SEED ^ SPREAD.wrapping_mul(8);
    (0..count)
        .map(|first| {
            let state = (begin.rotate_left(5) ^ first).wrapping_mul(SPREAD);
            // The second word undoes what the first has made of the state.
            let second = state.rotate_left(5) ^ 0x1234_5678;
            [first.to_le_bytes(), second.to_le_bytes()].concat()
        })
        .collect()
}

#[test]
fn strings_of_one_hash_are_ordered_by_their_texts() {
    let mut texts = alike(60);
    assert!(
        texts
            .iter()
            .all(|text| rostrings::hash(text) == rostrings::hash(&texts[0]))
    );
    texts.extend((0..200).map(|number| format!("other {number}").into_bytes()));
    for window in [65, 80, 1000] {
        for seed in 0..5 {
            let texts = Texts::Listed(texts.clone());
            let (mut modules, expected) = random(Model::Num32, StripLevel::None, seed, 20, &texts);
            let (words, _) = linked::<4096, 4>(67, Model::Num32, &mut modules, window).unwrap();
            assert!(words == expected, "window {window}, seed {seed}");
        }
    }
}

#[test]
fn too_many_strings_of_one_hash_make_no_table() {
    let texts = alike(70);
    let texts: Vec<&[u8]> = texts.iter().map(|text| &text[..]).collect();
    // The writer of a single image refuses as many.
    let halves = texts.chunks(35).map(|texts| listing(Model::Num32, texts));
    let halves: Vec<_> = halves.collect();
    let mut modules = named(&[(b"a", halves[0].clone()), (b"b", halves[1].clone())]);
    let bucket = rostrings::hash(texts[0]) & 63;
    let error = LinkError::Strings(BuildError::BucketFull { bucket });
    assert_eq!(refused(&mut modules, true), error);
}

#[test]
fn strings_with_equal_keys_are_told_apart_or_refused() {
    // Among so many texts of one hash there are two of one CRC-32.
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    let mut seen = std::collections::HashMap::new();
    let (one, two) = alike(1 << 18)
        .into_iter()
        .find_map(|text| Some((seen.insert(crc.checksum(&text), text.clone())?, text)))
        .unwrap();
    assert_ne!(one, two);
    for texts in [vec![vec![&one[..]], vec![&two]], vec![vec![&one, &two]]] {
        let mut modules = Made::new(
            (0u8..)
                .zip(texts)
                .map(|(name, texts)| (vec![b'a' + name], listing(Model::Num32, &texts)))
                .collect(),
        );
        assert_eq!(refused(&mut modules, true), LinkError::Collision);
    }
}

#[test]
fn an_error_of_the_modules_is_passed_on() {
    struct Failing;
    impl Modules for Failing {
        type Error = &'static str;
        fn count(&self) -> usize {
            3
        }
        fn name(&self, module: usize) -> &[u8] {
            [&b"a"[..], b"b", b"c"][module]
        }
        fn with_image<R>(
            &mut self,
            _: usize,
            _: impl FnOnce(Image<'_, Verified>) -> R,
        ) -> Result<R, &'static str> {
            Err("syntax error")
        }
    }
    let mut flash = NorModel::<512>::new(67).unwrap();
    let mut store = store(&mut flash, 67, Model::Num32);
    let mut update = store.update().unwrap();
    let error = link(&mut update, Region::Application, &mut Failing, &TIME, 65).unwrap_err();
    assert_eq!(error.to_string(), "module 0: syntax error");
}
