//! Images compiled from sources.

use lfs_format::write::ImageWriter;
use lua_vm::compiler::{Limits, compile};
use lua_vm::image_model;
use lua_vm::number::NumberModel;

/// An image to be, with these modules (name and source).
pub fn writer<N: NumberModel>(modules: &[(&str, &str)]) -> ImageWriter {
    let mut writer = ImageWriter::new(image_model::<N>());
    for (name, source) in modules {
        let chunk = format!("@{name}.lua");
        let limits = Limits::SCRIPT;
        let main = compile::<N, _>(source.as_bytes(), chunk.as_bytes(), &mut writer, &limits);
        let main = main.unwrap_or_else(|error| panic!("{name} does not compile: {error}"));
        writer.add_module(name.as_bytes(), main).unwrap();
    }
    writer
}
