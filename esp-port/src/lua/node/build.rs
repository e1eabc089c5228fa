//! `node.LFS.build`: an image made on the device, of sources, compiled files and functions.

use alloc::vec::Vec;
use core::fmt;

use lfs_format::image::{Image, Verified, aligned_words, words_from_bytes};
use lfs_format::link::LinkError;
use lua_vm::api::{Ctx, Function, Value};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::{LuaInt, NumberModel};

use super::code::{self, Uncompiled};
use super::lfs::{acceptance, ret_message};
use super::{Lossy, no_device};
use crate::device::{Device, Make};
use crate::files::{Error as FileError, Files};

/// Why the image of a module cannot be made.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) enum Failure {
    /// The heap has no room.
    Memory,
    /// Its file cannot be read.
    File(FileError),
    /// Its file is no chunk of this device.
    Chunk(&'static str),
    /// Its file holds a broken image.
    Image(lfs_format::error::Error),
    /// Its source does not compile.
    Message(#[cfg_attr(feature = "defmt", defmt(Debug2Format))] Vec<u8>),
    /// It is a function that is not Lua's.
    Native,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Memory => f.write_str("not enough memory"),
            Failure::File(error) => error.fmt(f),
            Failure::Chunk(what) => write!(f, "{what} precompiled chunk"),
            Failure::Image(error) => error.fmt(f),
            Failure::Message(text) => Lossy(text).fmt(f),
            Failure::Native => f.write_str("unable to dump given function"),
        }
    }
}

impl From<Uncompiled> for Failure {
    fn from(error: Uncompiled) -> Self {
        match error {
            Uncompiled::Memory => Failure::Memory,
            Uncompiled::Message(text) => Failure::Message(text),
        }
    }
}

/// Where a module comes from.
#[derive(Clone, Copy)]
enum Origin<'gc, N: NumberModel> {
    File(&'gc [u8]),
    Function(Function<'gc, N>),
}

/// A module to be.
struct Input<'gc, N: NumberModel> {
    name: &'gc [u8],
    origin: Origin<'gc, N>,
}

/// The modules of an image to be.
struct Inputs<'gc, N: NumberModel> {
    ctx: Ctx<'gc, N>,
    files: Option<Files>,
    list: Vec<Input<'gc, N>>,
}

/// The base name without leading dots up to the first dot, as the cross compiler names modules.
fn module_name(file: &[u8]) -> &[u8] {
    let base = file.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let dots = base.iter().take_while(|byte| **byte == b'.').count();
    let base = base.get(dots..).unwrap_or_default();
    base.split(|byte| *byte == b'.').next().unwrap_or_default()
}

impl<'gc, N: NumberModel> Inputs<'gc, N> {
    fn push(&mut self, name: &'gc [u8], origin: Origin<'gc, N>) -> Result<(), Throw> {
        self.list.try_reserve(1).map_err(|_| Throw::Memory)?;
        self.list.push(Input { name, origin });
        Ok(())
    }

    fn source(&self, name: &[u8], module: &[u8]) -> Result<Vec<u32>, Failure> {
        let files = self
            .files
            .as_ref()
            .ok_or(Failure::File(FileError::NotFound))?;
        let content = files.content(name).map_err(|error| match error {
            FileError::OutOfMemory => Failure::Memory,
            error => Failure::File(error),
        })?;
        if lua_vm::is_binary_chunk(&content) {
            return words::<N>(&content);
        }
        Ok(code::compile_to_image::<N>(
            self.ctx, name, module, &content,
        )?)
    }
}

/// The words of a binary chunk.
fn words<N: NumberModel>(chunk: &[u8]) -> Result<Vec<u32>, Failure> {
    let image = lua_vm::chunk_image::<N>(chunk).map_err(Failure::Chunk)?;
    if let Some(words) = aligned_words(image) {
        let mut copy = Vec::new();
        copy.try_reserve_exact(words.len())
            .map_err(|_| Failure::Memory)?;
        copy.extend_from_slice(words);
        return Ok(copy);
    }
    words_from_bytes(image).map_err(|_| Failure::Memory)
}

impl<N: NumberModel> Make for Inputs<'_, N> {
    fn count(&self) -> usize {
        self.list.len()
    }

    fn name(&self, module: usize) -> &[u8] {
        self.list.get(module).map_or(b"", |input| input.name)
    }

    fn make(
        &mut self,
        module: usize,
        take: &mut dyn FnMut(Image<'_, Verified>),
    ) -> Result<(), Failure> {
        let Some(input) = self.list.get(module) else {
            return Ok(());
        };
        let words = match input.origin {
            Origin::File(name) => self.source(name, input.name)?,
            Origin::Function(function) => {
                let strip = self.ctx.strip_level();
                let chunk = self.ctx.dump_at(function, strip);
                let chunk = chunk.map_err(|_| Failure::Memory)?;
                words::<N>(&chunk.ok_or(Failure::Native)?)?
            }
        };
        let image = Image::new(&words).and_then(|image| image.verify());
        take(image.map_err(Failure::Image)?);
        Ok(())
    }
}

/// What `build` was given: items are files, named after them; fields are files or functions.
fn inputs<'gc, N: NumberModel>(frame: &mut Frame<'gc, N>) -> Result<Inputs<'gc, N>, Throw> {
    let ctx = frame.ctx();
    let table = frame.check_table(0)?;
    let mut inputs = Inputs {
        ctx,
        files: ctx.with_app_data(|files: &mut Files| files.clone()),
        list: Vec::new(),
    };
    let count = table.raw_len().widen();
    for index in 1..=count {
        let Value::String(file) = table.raw_get_int(N::Int::wrap(index)) else {
            return Err(frame.arg_error(0, format_args!("item {index} is no file name")));
        };
        let file = file.as_bytes();
        inputs.push(module_name(file), Origin::File(file))?;
    }
    let mut key = Value::Nil;
    while let Some((name, value)) = table.next(ctx, key)? {
        match (name, value) {
            (Value::String(name), Value::String(file)) => {
                inputs.push(name.as_bytes(), Origin::File(file.as_bytes()))?;
            }
            (Value::String(name), Value::Function(function)) => {
                inputs.push(name.as_bytes(), Origin::Function(function))?;
            }
            (Value::Integer(_), _) => {}
            _ => {
                return Err(frame.arg_error(
                    0,
                    format_args!("fields are file names or functions by module name"),
                ));
            }
        }
        key = name;
    }
    if let Some(named) = inputs.list.get_mut(count as usize..) {
        // The order of a table's fields tells nothing, and an image's is seen.
        named.sort_unstable_by(|a, b| a.name.cmp(b.name));
    }
    Ok(inputs)
}

/// `node.LFS.build({file..., name = file, name = function} [, boots])`: makes an image of these modules in the free slot, selects it
/// and restarts; an error message if that cannot be. `boots` is as for `node.LFS.reload`.
pub(super) fn build<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let mut inputs = inputs(frame)?;
    let acceptance = acceptance(frame, 1)?;
    if Device::with(frame.ctx(), |device| device.key.is_set()) == Some(true) {
        // What is made here bears nobody's signature.
        return ret_message(frame, format_args!("images of this device must be signed"));
    }
    let built = Device::with(frame.ctx(), |device| {
        let time = device.terminal(|terminal| terminal.board(|board| board.unix_time()));
        let time = time.flatten().flatten().unwrap_or(0);
        device.storage.build(&mut inputs, time, acceptance)
    });
    match built {
        None => Err(no_device(frame)),
        Some(Ok(())) => Ok(Step::Stop),
        Some(Err(LinkError::OutOfMemory)) => Err(Throw::Memory),
        Some(Err(LinkError::Module {
            error: Failure::Memory,
            ..
        })) => Err(Throw::Memory),
        Some(Err(LinkError::Module { module, error })) => {
            let name = inputs.list.get(module).map_or(&b""[..], |input| input.name);
            ret_message(frame, format_args!("module '{}': {error}", Lossy(name)))
        }
        Some(Err(error)) => ret_message(frame, format_args!("{error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::module_name;

    #[test]
    fn modules_are_named_after_their_files() {
        for (file, name) in [
            ("a.lua", "a"),
            ("lib/net.http.lua", "net"),
            ("..x.lc", "x"),
            ("_init.lua", "_init"),
            ("", ""),
        ] {
            assert_eq!(module_name(file.as_bytes()), name.as_bytes(), "{file}");
        }
    }
}
