//! `node.compile` and `node.stripdebug`.

use alloc::vec::Vec;
use core::fmt;

use lfs_format::function::StripLevel;
use lfs_format::write::{BuildInfo, ImageWriter, WriteError};
use lua_vm::api::Ctx;
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
    let image = match compile_to_image(ctx, name, MODULE, &source) {
        Ok(image) => image,
        Err(Uncompiled::Memory) => return Err(Throw::Memory),
        Err(Uncompiled::Message(text)) => {
            let text = ctx.intern(&text)?;
            return Err(ctx.throw(text.into()));
        }
    };
    drop(source);
    let target = concat(&[base, b".lc"])?;
    match write(&files, &target, &image) {
        Ok(()) => frame.ret0(),
        Err(error) => Err(frame.error_bytes(format_args!("{error}: "), &target)),
    }
}

/// Why source does not become an image.
pub(super) enum Uncompiled {
    /// The heap has no room.
    Memory,
    /// It is no Lua, or too large.
    Message(Vec<u8>),
}

impl From<WriteError> for Uncompiled {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::OutOfMemory => Uncompiled::Memory,
            error => Uncompiled::message(format_args!("{error}")),
        }
    }
}

impl Uncompiled {
    fn message(text: fmt::Arguments<'_>) -> Self {
        struct Writer(Vec<u8>);
        impl fmt::Write for Writer {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0.try_reserve(text.len()).map_err(|_| fmt::Error)?;
                self.0.extend_from_slice(text.as_bytes());
                Ok(())
            }
        }
        let mut writer = Writer(Vec::new());
        match fmt::write(&mut writer, text) {
            Ok(()) => Uncompiled::Message(writer.0),
            Err(_) => Uncompiled::Memory,
        }
    }
}

/// Compiles the source in a file to the words of an image with one module.
pub(super) fn compile_to_image<N: NumberModel>(
    ctx: Ctx<'_, N>,
    file: &[u8],
    module: &[u8],
    source: &[u8],
) -> Result<Vec<u32>, Uncompiled> {
    let mut writer = ImageWriter::new(lua_vm::image_model::<N>());
    writer.set_strip(ctx.strip_level());
    let chunk = concat(&[b"@", file]).map_err(|_| Uncompiled::Memory)?;
    let limits = ctx.limits(Limits::SCRIPT);
    let main = match compile_source::<N, _>(source, &chunk, &mut writer, &limits) {
        Ok(main) => main,
        Err(CompileError::Syntax(error)) => {
            return Err(Uncompiled::Message(error.message));
        }
        Err(CompileError::Sink(error)) => return Err(error.into()),
        Err(_) => return Err(Uncompiled::Memory),
    };
    writer.add_module(module, main)?;
    Ok(writer.finish(&BuildInfo::default())?)
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
