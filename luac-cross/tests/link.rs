//! Linking modules in flash, as a device does, against the images the command makes of the same sources.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod support;

use std::path::{Path, PathBuf};

use lfs_format::image::{Image, Verified, words_from_bytes};
use lfs_format::link::{Modules, Summary, link};
use lfs_format::model::Model;
use lfs_format::nor::NorModel;
use lfs_format::store::{Acceptance, Layout, Region, Store};
use lfs_format::write::{BuildInfo, ImageWriter};
use lua_vm::compiler::{Limits, compile};
use lua_vm::number::{Num32, Num64};
use support::Scene;

const PROGRAMS: [&str; 4] = ["examples/lua", "bench", "tests-lua", "tests-lua/real"];

/// Sources of modules, compiled whenever their images are asked for.
struct Sources {
    files: Vec<PathBuf>,
    names: Vec<String>,
    model: Model,
    strip: u8,
}

impl Modules for Sources {
    type Error = String;

    fn count(&self) -> usize {
        self.files.len()
    }

    fn name(&self, module: usize) -> &[u8] {
        self.names[module].as_bytes()
    }

    fn with_image<R>(
        &mut self,
        module: usize,
        f: impl FnOnce(Image<'_, Verified>) -> R,
    ) -> Result<R, String> {
        let file = &self.files[module];
        let text = std::fs::read(file).unwrap();
        let name = format!("@{}", file.display());
        let mut writer = ImageWriter::new(self.model);
        writer.set_strip(lfs_format::function::StripLevel::from_u8(self.strip).unwrap());
        let limits = &Limits::SCRIPT;
        let main = match self.model {
            Model::Num32 => compile::<Num32, _>(&text, name.as_bytes(), &mut writer, limits),
            Model::Num64 => compile::<Num64, _>(&text, name.as_bytes(), &mut writer, limits),
        };
        let main = main.map_err(|error| format!("{error:?}"))?;
        writer.add_module(b"main", main).unwrap();
        let words = writer.finish(&BuildInfo::default()).unwrap();
        Ok(f(Image::new(&words).unwrap().verify().unwrap()))
    }
}

fn programs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn linked(sources: &mut Sources, window: usize) -> (Vec<u32>, Summary) {
    const BLOCKS: usize = 259;
    let mut flash = NorModel::<4096>::new(BLOCKS).unwrap();
    let layout = Layout::application(0..BLOCKS as u32 * 4096, 4096, 2);
    let mut store = Store::open(&mut flash, layout, sources.model).unwrap();
    store.boot().unwrap();
    let mut update = store.update().unwrap();
    let info = BuildInfo {
        time: 1_700_000_000,
    };
    let summary = link(&mut update, Region::Application, sources, &info, window).unwrap();
    update.commit(Acceptance::AtOnce).unwrap();
    let image = store.image(Region::Application).unwrap().unwrap();
    (image.words().to_vec(), summary)
}

#[test]
fn programs_linked_in_flash_are_the_image_that_the_command_makes() {
    for folder in PROGRAMS {
        let files = programs(folder);
        for (model, option) in [(Model::Num32, "--num32"), (Model::Num64, "--num64")] {
            for strip in 0..3 {
                let scene = Scene::new(&[]);
                let names: Vec<String> = (0..files.len()).map(|n| format!("m{n}")).collect();
                let words: Vec<String> = names
                    .iter()
                    .zip(&files)
                    .map(|(name, file)| format!("{name}={}", file.display()))
                    .collect();
                let line = format!("-f -s {strip} {option} -o all.img {}", words.join(" "));
                let epoch = [("SOURCE_DATE_EPOCH", "1700000000")];
                scene.run_with(&line, &epoch, b"").ok();
                let expected = words_from_bytes(&scene.read("all.img")).unwrap();
                let mut sources = Sources {
                    files: files.clone(),
                    names,
                    model,
                    strip,
                };
                // Small windows take many passes: one for each kind of image is enough.
                let small = if strip == 1 { 300 } else { 4000 };
                for window in [small, 4000] {
                    let (image, summary) = linked(&mut sources, window);
                    assert!(image == expected, "{line}: window {window}");
                    assert_eq!(summary.passes == 3, summary.strings <= window);
                }
            }
        }
    }
}
