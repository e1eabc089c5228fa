//! Linking in flash: the same words as an image writer makes, or an error and nothing new.
#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod support;

use std::convert::Infallible;

use lfs_format::function::StripLevel;
use lfs_format::image::{Image, Verified};
use lfs_format::link::{LinkError, MIN_WINDOW, Modules, Summary, link};
use lfs_format::model::Model;
use lfs_format::nor::NorModel;
use lfs_format::store::{Acceptance, Layout, Region, Store};
use lfs_format::write::{BuildInfo, ImageWriter};
use proptest::prelude::*;
use support::modules::{Dice, Texts, add_module};

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
type Add<'a> = &'a dyn Fn(&mut ImageWriter) -> lfs_format::write::FunctionId;

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
            prop_assert_eq!(summary.passes, 3);
        }
    }
}
