//! Running a script on the host, with images mounted.

use crate::build::{chunk_name, read_source};
use crate::failure::Failure;
use crate::mapped::MappedImage;
use crate::options::Run;
use lfs_format::image::{Image, Verified};
use lfs_format::model::Model;
use lua_vm::api::{Lua, Variadic};
use lua_vm::number::{LuaInt, Num32, Num64, NumberModel};
use lua_vm::{Error, ErrorKind};
use std::path::Path;

/// A script, and the name of its chunk.
struct Source {
    text: Vec<u8>,
    name: Vec<u8>,
}

impl Source {
    /// The text of a file; or, where the word names none and looks like statements, the word itself, as with `lua -e`.
    fn of(script: &Path) -> Result<Self, Failure> {
        let word = script.as_os_str().as_encoded_bytes();
        let is_statements = word.iter().any(|byte| b"(=".contains(byte))
            && script
                .extension()
                .is_none_or(|extension| extension != "lua")
            && !script.exists();
        if is_statements {
            return Ok(Self {
                text: word.to_vec(),
                name: b"=(command line)".to_vec(),
            });
        }
        Ok(Self {
            text: read_source(script)?,
            name: chunk_name(script),
        })
    }
}

/// Does what the command line asked for.
pub fn perform(job: &Run) -> Result<(), Failure> {
    let source = Source::of(&job.script)?;
    let maps = job
        .images
        .iter()
        .map(|path| MappedImage::open(path))
        .collect::<Result<Vec<_>, _>>()?;
    let images = maps
        .iter()
        .map(MappedImage::verified)
        .collect::<Result<Vec<_>, _>>()?;
    let model = job
        .model
        .or(images.first().map(Image::model))
        .unwrap_or(Model::Num32);
    for (map, image) in maps.iter().zip(&images) {
        if image.model() != model {
            let what = format_args!(
                "image is built for {}, this run is {model}: build it with --{}",
                image.model(),
                model.to_string().to_lowercase(),
            );
            return Err(Failure::of_file(map.path(), what));
        }
    }
    match model {
        Model::Num32 => run::<Num32>(job, &source, &images),
        Model::Num64 => run::<Num64>(job, &source, &images),
    }
}

fn run<N: NumberModel>(
    job: &Run,
    source: &Source,
    images: &[Image<'_, Verified>],
) -> Result<(), Failure> {
    let mut lua = Lua::<N>::with_images(lua_vm::GcConfig::default(), images).map_err(failure)?;
    if job.compat51 {
        lua.enable_compat51().map_err(failure)?;
    }
    set_arguments(&mut lua, job).map_err(failure)?;
    set_module_path(&mut lua).map_err(failure)?;
    let script = lua
        .load_script(&source.text, &source.name)
        .map_err(failure)?;
    let arguments = job
        .arguments
        .iter()
        .map(|word| word.as_encoded_bytes().to_vec())
        .collect();
    let result: Result<(), Error> = lua.call_traced(&script, Variadic::<Vec<u8>>(arguments));
    // Runs finalizers and writes what is buffered, before the failure is reported.
    drop(lua);
    result.map_err(failure)
}

fn failure(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Memory => Failure::new("not enough memory"),
        ErrorKind::Syntax => Failure::line(error.message()),
        _ => Failure::bytes(error.message()),
    }
}

/// `package.path` as the `lua` command has it: from the environment, where `;;` stands for the default.
fn set_module_path<N: NumberModel>(lua: &mut Lua<'_, N>) -> Result<(), Error> {
    let Some(path) = ["LUA_PATH_5_3", "LUA_PATH"]
        .iter()
        .find_map(std::env::var_os)
    else {
        return Ok(());
    };
    let script = "local path = ...\n\
                  local default = ';' .. package.path .. ';'\n\
                  package.path = path:gsub(';;', function() return default end):gsub('^;', ''):gsub(';$', '')";
    let set = lua.load(script, "=path")?;
    lua.call(&set, path.as_encoded_bytes().to_vec())
}

/// The global `arg`: the script at 0, its arguments above, the words before it below.
fn set_arguments<N: NumberModel>(lua: &mut Lua<'_, N>, job: &Run) -> Result<(), Error> {
    lua.try_enter(|ctx| {
        let table = ctx.new_table(job.arguments.len(), job.before.len() + 1)?;
        let script = job.script.as_os_str().to_owned();
        let words = job.before.iter().chain([&script]).chain(&job.arguments);
        for (index, word) in words.enumerate() {
            let key = N::Int::wrap(index as i64 - job.before.len() as i64);
            let word = ctx.intern(word.as_encoded_bytes())?;
            table.raw_set_int(ctx, key, word)?;
        }
        let name = ctx.intern(b"arg")?;
        Ok(ctx.globals().raw_set(ctx, name, table)?)
    })
}
