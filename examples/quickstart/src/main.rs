//! Host quick start: Lua sources become one image, the image goes into (simulated) flash, and the program runs from it
//! in place. Then the same from source, for comparison.

mod flash;
mod program;

use embedded_storage::nor_flash::NorFlash;
use flash::SimulatedFlash;
use lfs_format::function::StripLevel;
use lfs_format::image::{Image, Verified};
use lfs_format::inspect::Weights;
use lfs_format::model::Model;
use lfs_format::store::{Acceptance, Layout, Region, Store};
use lfs_format::write::{BuildInfo, ImageWriter};
use lua_vm::compiler::{CompileError, Limits, compile};
use lua_vm::number::Num32;
use program::{Module, Report};
use std::error::Error;
use std::ops::Range;
use std::path::Path;

/// The flash chip, and the region of it that holds images: bytes.
const CHIP: usize = 512 * 1024;
const REGION: Range<u32> = 256 * 1024..400 * 1024;
/// Slots of the region: the image that runs, and the one that takes its place.
const SLOTS: u8 = 2;
/// Lines of the program's output that are shown.
const SHOWN: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lua");
    let modules = read_modules(&folder)?;
    let words = build(&modules)?;

    let layout = Layout::application(REGION, SimulatedFlash::ERASE_SIZE as u32, SLOTS);
    let mut store = Store::open(SimulatedFlash::new(CHIP)?, layout, Model::Num32)?;
    let file: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut update = store.update()?;
    update.install(Region::Application, &file[..])?;
    update.commit(Acceptance::AtOnce)?;
    let place = store
        .selected(Region::Application)
        .map_or(0, |selected| selected.range().start);
    let image = store.image(Region::Application)?.ok_or("no image")?;
    print_image(&modules, &image, place);

    let flash = program::run(&[], &[image])?;
    let source = program::run(&modules, &[])?;
    if source.output != flash.output {
        return Err("from source the program prints something else than from flash".into());
    }
    print_output(&flash.output);
    print_heap(&source, &flash);
    Ok(())
}

/// The Lua files of a folder, by name.
fn read_modules(folder: &Path) -> Result<Vec<Module>, Box<dyn Error>> {
    let mut modules = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let (Some(name), Some(file)) = (path.file_stem(), path.file_name()) else {
            continue;
        };
        if path.extension().is_some_and(|extension| extension == "lua") {
            modules.push(Module {
                name: name.to_string_lossy().into_owned(),
                path: file.to_string_lossy().into_owned(),
                source: std::fs::read(&path)?,
            });
        }
    }
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(modules)
}

/// Compiles modules into one image: file, update payload and flash content alike.
fn build(modules: &[Module]) -> Result<Vec<u32>, Box<dyn Error>> {
    let mut writer = ImageWriter::new(Model::Num32);
    // Names of variables are left out; lines stay, so messages and tracebacks say where.
    writer.set_strip(StripLevel::Names);
    for module in modules {
        let chunk = format!("@{}", module.path);
        let main = compile::<Num32, _>(
            &module.source,
            chunk.as_bytes(),
            &mut writer,
            &Limits::SCRIPT,
        );
        let main = main.map_err(|error| match error {
            CompileError::Syntax(error) => String::from_utf8_lossy(&error.message).into_owned(),
            error => format!("{}: {error}", module.path),
        })?;
        writer.add_module(module.name.as_bytes(), main)?;
    }
    Ok(writer.finish(&BuildInfo::default())?)
}

fn print_image(modules: &[Module], image: &Image<'_, Verified>, place: u32) {
    let source: usize = modules.iter().map(|module| module.source.len()).sum();
    let bytes = image.words().len() * 4;
    println!(
        "{} modules, {source} bytes of source -> image of {bytes} bytes",
        modules.len(),
    );
    let parts = Weights::of(image).parts();
    let parts: Vec<_> = parts.iter().filter(|(_, weight)| *weight > 0).collect();
    for row in parts.chunks(3) {
        for (part, weight) in row {
            print!("  {part:<20}{weight:>6}");
        }
        println!();
    }
    println!("programmed at {place:#x} of the flash, mapped read-only, verified");
}

fn print_output(output: &[u8]) {
    let text = String::from_utf8_lossy(output);
    let count = text.lines().count();
    println!("\nmain, run in place, prints {count} lines (from source: the same)");
    for line in text.lines().take(SHOWN) {
        println!("  | {line}");
    }
    println!("  | ...");
}

fn print_heap(source: &Report, flash: &Report) {
    println!("\nheap in bytes, without the libraries' own");
    println!("{:34}{:>12}{:>12}", "", "from source", "from flash");
    for (what, source, flash) in [
        (
            "modules loaded, this host",
            source.loaded.here,
            flash.loaded.here,
        ),
        (
            "program ended, this host",
            source.ended.here,
            flash.ended.here,
        ),
        ("peak, this host", source.peak, flash.peak),
        (
            "modules loaded, 32-bit device",
            source.loaded.device,
            flash.loaded.device,
        ),
        (
            "program ended, 32-bit device",
            source.ended.device,
            flash.ended.device,
        ),
    ] {
        println!("  {what:<32}{source:>12}{flash:>12}");
    }
}
