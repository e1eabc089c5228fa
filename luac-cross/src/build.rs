//! Compiling sources to a chunk or an image.

use crate::failure::Failure;
use crate::options::{Build, Source};
use crate::output;
use indicatif::{ProgressBar, ProgressStyle};
use lfs_format::function::{FunctionParts, FunctionRef, Sink, UpvalueDesc, flags};
use lfs_format::image::Image;
use lfs_format::inspect::{Detail, Listing};
use lfs_format::isa::{Instruction, Op};
use lfs_format::model::Model;
use lfs_format::write::{BuildInfo, ImageWriter, WriteError};
use lua_vm::compiler::{CompileError, Limits, compile};
use lua_vm::number::{Num32, Num64};
use std::io::Read;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Name of a chunk's only module.
const CHUNK: &str = "main";

/// Does what the command line asked for.
pub fn perform(job: &Build) -> Result<(), Failure> {
    if job.address {
        eprintln!(
            "luac-cross: -a is not needed: images are position-independent and run at any address"
        );
    }
    let mut writer = ImageWriter::new(job.model);
    writer.set_strip(job.strip);
    if let Some(limit) = job.limit {
        writer.set_limit(limit);
    }
    let mains = compile_all(job, &mut writer)?;
    if job.image {
        for (source, main) in job.sources.iter().zip(mains) {
            let name = module_name(source)?;
            writer
                .add_module(name.as_bytes(), main)
                .map_err(|error| match error {
                    WriteError::DuplicateModule => Failure::of_file(
                        &source.path,
                        format_args!("module '{name}' is in the image already"),
                    ),
                    error => {
                        Failure::of_file(&source.path, format_args!("module '{name}': {error}"))
                    }
                })?;
        }
        for (name, path) in &job.resources {
            let bytes = std::fs::read(path).map_err(|error| Failure::of_file(path, error))?;
            writer
                .add_resource(name.as_bytes(), &bytes)
                .map_err(|error| match error {
                    WriteError::DuplicateResource => Failure::of_file(
                        path,
                        format_args!("resource '{name}' is in the image already"),
                    ),
                    error => Failure::of_file(path, format_args!("resource '{name}': {error}")),
                })?;
        }
    } else {
        let main = match mains[..] {
            [main] => main,
            _ => run_all(&mut writer, &mains).map_err(Failure::new)?,
        };
        writer
            .add_module(CHUNK.as_bytes(), main)
            .map_err(Failure::new)?;
    }
    let info = BuildInfo {
        time: build_time()?,
    };
    let words = writer
        .finish(&info)
        .map_err(|error| Failure::of_file(&job.output, error))?;
    if job.list > 0 {
        list(&words, job.list)?;
    }
    if job.parse_only {
        return Ok(());
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    output::write(&job.output, &bytes)
}

/// Seconds since 1970; `SOURCE_DATE_EPOCH` makes builds repeatable.
fn build_time() -> Result<u64, Failure> {
    if let Some(given) = std::env::var_os("SOURCE_DATE_EPOCH") {
        let seconds = given.to_str().and_then(|text| text.parse().ok());
        return seconds.ok_or_else(|| {
            Failure::new(format_args!(
                "SOURCE_DATE_EPOCH: '{}' is not a number of seconds",
                given.display()
            ))
        });
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Ok(now.map_or(0, |now| now.as_secs()))
}

fn compile_all(job: &Build, writer: &mut ImageWriter) -> Result<Vec<FunctionRef>, Failure> {
    let bar = ProgressBar::new(job.sources.len() as u64);
    if job.sources.len() < 2 {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    let compiled = job.sources.iter().map(|source| {
        bar.set_message(source.path.display().to_string());
        let main = compile_one(source, job.model, writer);
        bar.inc(1);
        main
    });
    let mains = compiled.collect();
    bar.finish_and_clear();
    mains
}

/// Reads a source; `-` is standard input.
pub fn read_source(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str() == "-" {
        let mut text = Vec::new();
        std::io::stdin()
            .read_to_end(&mut text)
            .map_err(|error| Failure::of_file(path, error))?;
        return Ok(text);
    }
    std::fs::read(path).map_err(|error| Failure::of_file(path, error))
}

/// The name a chunk carries in messages.
pub fn chunk_name(path: &Path) -> Vec<u8> {
    if path.as_os_str() == "-" {
        return b"=stdin".to_vec();
    }
    let mut name = b"@".to_vec();
    name.extend_from_slice(path.as_os_str().as_encoded_bytes());
    name
}

fn compile_one(
    source: &Source,
    model: Model,
    writer: &mut ImageWriter,
) -> Result<FunctionRef, Failure> {
    let text = read_source(&source.path)?;
    let name = chunk_name(&source.path);
    let limits = &Limits::SCRIPT;
    let result = match model {
        Model::Num32 => compile::<Num32, _>(&text, &name, writer, limits),
        Model::Num64 => compile::<Num64, _>(&text, &name, writer, limits),
    };
    result.map_err(|error| match error {
        CompileError::Syntax(error) => Failure::line(&error.message),
        CompileError::Sink(error) => Failure::of_file(&source.path, error),
        error => Failure::of_file(&source.path, error),
    })
}

/// Name of a source's module: as given, or the base name without leading dots up to the first dot.
fn module_name(source: &Source) -> Result<String, Failure> {
    if let Some(name) = &source.name {
        return Ok(name.clone());
    }
    let base = source
        .path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let name = base
        .trim_start_matches('.')
        .split('.')
        .next()
        .unwrap_or_default();
    if name.is_empty() || source.path.as_os_str() == "-" {
        return Err(Failure::of_file(
            &source.path,
            "no module name; give one as name=file",
        ));
    }
    Ok(name.to_owned())
}

/// A main function that runs others in turn.
fn run_all(writer: &mut ImageWriter, mains: &[FunctionRef]) -> Result<FunctionRef, WriteError> {
    let mut code = Vec::new();
    for child in 0..mains.len() as u16 {
        code.push(Instruction::abx(Op::Closure, 0, child).0);
        code.push(Instruction::abc(Op::Call, 0, 1, 1).0);
    }
    code.push(Instruction::abc(Op::Return0, 0, 0, 0).0);
    let name = writer.string(b"_ENV")?;
    let source = writer.string(b"=luac-cross")?;
    writer.function(&FunctionParts {
        code: &code,
        numbers: &[],
        strings: &[],
        children: mains,
        upvalues: &[UpvalueDesc {
            in_stack: false,
            index: 0,
        }],
        upvalue_names: &[Some(name)],
        frame_size: 2,
        params: 0,
        flags: flags::MAIN | flags::SHAREABLE | flags::VARARG,
        source: Some(source),
        line_defined: 0,
        last_line_defined: 0,
        lines: &[],
        locals: &[],
    })
}

fn list(words: &[u32], times: u8) -> Result<(), Failure> {
    let image = Image::new(words)
        .and_then(|image| image.verify())
        .map_err(Failure::new)?;
    let detail = if times > 1 {
        Detail::Full
    } else {
        Detail::Code
    };
    let listing: String = image
        .functions()
        .map(|function| Listing::new(image, function, detail).to_string())
        .collect();
    output::print(listing.as_bytes())
}
