//! Images compiled from sources, states that keep their output, and the Lua programs of the workspace.

use crate::support;
use lfs_format::image::{Image, Verified};
use lfs_format::write::BuildInfo;
use lua_vm::GcConfig;
use lua_vm::api::{Lua, Variadic};
use lua_vm::number::NumberModel;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The words of an image with these modules (name and source).
pub fn image<N: NumberModel>(modules: &[(&str, &str)]) -> Vec<u32> {
    let writer = support::writer::<N>(modules);
    writer.finish(&BuildInfo { time: 1 }).unwrap()
}

/// The image in these words.
pub fn verified(words: &[u32]) -> Image<'_, Verified> {
    Image::new(words).unwrap().verify().unwrap()
}

/// What a state has put out.
#[derive(Clone, Default)]
pub struct Output(Rc<RefCell<Vec<u8>>>);

impl Output {
    /// Makes `lua` write here.
    pub fn attach<N: NumberModel>(&self, lua: &mut Lua<'_, N>) {
        let kept = self.0.clone();
        lua.set_output(move |text| kept.borrow_mut().extend_from_slice(text))
            .unwrap();
    }

    /// The text so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}

/// A state without images.
pub fn state<N: NumberModel>() -> Lua<'static, N> {
    Lua::with_images(GcConfig::default(), &[]).unwrap()
}

/// What a program prints, with the error that ended it, if one did.
pub fn run<N: NumberModel>(
    source: &[u8],
    name: &str,
    arguments: &[&str],
    prepare: impl FnOnce(&mut Lua<'static, N>),
) -> String {
    let output = Output::default();
    let mut lua = state::<N>();
    output.attach(&mut lua);
    prepare(&mut lua);
    let arguments = arguments
        .iter()
        .map(|word| word.as_bytes().to_vec())
        .collect();
    let result = lua
        .load_script(source, format!("@{name}").as_bytes())
        .and_then(|script| lua.call::<_, ()>(&script, Variadic::<Vec<u8>>(arguments)));
    drop(lua);
    match result {
        Ok(()) => output.text(),
        Err(error) => format!("{}ended by: {error}", output.text()),
    }
}

/// A directory of the workspace.
pub fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// The Lua programs in a directory of the workspace, by name.
pub fn programs(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = std::fs::read_dir(directory(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .map(|path| {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            (file, std::fs::read(&path).unwrap())
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no programs in {name}");
    found
}
