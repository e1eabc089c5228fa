//! `node.compile` and `node.stripdebug`.

use alloc::vec::Vec;

use lfs_format::function::StripLevel;
use lfs_format::write::{BuildInfo, ImageWriter, WriteError};
use lua_vm::compiler::{CompileError, Limits, compile as compile_source};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::NumberModel;

use super::integer;
use crate::files::{Files, Mode};

/// Name of the module a compiled file consists of.
const MODULE: &[u8] = b"main";

/// `node.compile(name)`: compiles `name`, which ends in `.lua`, to a file whose name ends in `.lc`.
pub(super) fn compile<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    let ctx = frame.ctx();
    let Some(base) = name.strip_suffix(b".lua").filter(|base| !base.is_empty()) else {
        return Err(frame.error_bytes(format_args!("not a .lua file: "), name));
    };
    let Some(files) = ctx.with_app_data(|files: &mut Files| files.clone()) else {
        return Err(frame.error(format_args!("no file system")));
    };
    let source = match files.content(name) {
        Ok(source) => source,
        Err(error) => {
            return Err(frame.error_bytes(format_args!("{error}: "), name));
        }
    };
    let image = image_of(frame, name, &source)?;
    drop(source);
    let target = concat(&[base, b".lc"])?;
    match write(&files, &target, &image) {
        Ok(()) => frame.ret0(),
        Err(error) => Err(frame.error_bytes(format_args!("{error}: "), &target)),
    }
}

/// The words of a compiled file.
fn image_of<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    name: &[u8],
    source: &[u8],
) -> Result<Vec<u32>, Throw> {
    let mut writer = ImageWriter::new(lua_vm::image_model::<N>());
    writer.set_strip(frame.ctx().strip_level());
    let chunk = concat(&[b"@", name])?;
    let main = match compile_source::<N, _>(source, &chunk, &mut writer, &Limits::SCRIPT) {
        Ok(main) => main,
        Err(CompileError::Syntax(error)) => {
            let text = frame.ctx().intern(&error.message)?;
            return Err(frame.ctx().throw(text.into()));
        }
        Err(CompileError::Sink(WriteError::OutOfMemory)) => return Err(Throw::Memory),
        Err(error) => return Err(frame.error(format_args!("{error}"))),
    };
    let words = writer
        .add_module(MODULE, main)
        .and_then(|()| writer.finish(&BuildInfo::default()));
    match words {
        Ok(words) => Ok(words),
        Err(WriteError::OutOfMemory) => Err(Throw::Memory),
        Err(error) => Err(frame.error(format_args!("{error}"))),
    }
}

fn write(files: &Files, name: &[u8], words: &[u32]) -> Result<(), crate::files::Error> {
    let file = files.open(name, Mode::WRITE)?;
    let written = words
        .iter()
        .try_for_each(|word| files.write(file, &word.to_le_bytes()));
    let closed = files.close(file);
    written.and(closed)
}

fn concat(parts: &[&[u8]]) -> Result<Vec<u8>, Throw> {
    let mut text = Vec::new();
    for part in parts {
        text.try_reserve(part.len()).map_err(|_| Throw::Memory)?;
        text.extend_from_slice(part);
    }
    Ok(text)
}

/// `node.stripdebug([level])`: what is left out of code compiled from now on: 0 nothing, 1 names of variables, 2 lines as
/// well. Without a level it returns the present one.
pub(super) fn stripdebug<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    if frame.is_none_or_nil(0) {
        return frame.ret1(integer::<N>(ctx.strip_level() as i64));
    }
    let level = match frame.check_i64(0)? {
        0 => StripLevel::None,
        1 => StripLevel::Names,
        2 => StripLevel::All,
        _ => return Err(frame.arg_error(0, format_args!("level 0, 1 or 2 expected"))),
    };
    if !frame.is_none_or_nil(1) {
        return Err(frame.arg_error(
            1,
            format_args!("functions are stripped as they are compiled: set the level before"),
        ));
    }
    ctx.set_strip_level(level);
    frame.ret0()
}
