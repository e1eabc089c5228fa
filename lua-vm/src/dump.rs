//! Functions to binary chunks: an image with one module.

use crate::chunk::HeadError;
use crate::frame::Throw;
use crate::load::model_of;
use crate::number::NumberModel;
use crate::object::function::{Consts, Record};
use crate::object::string;
use crate::parts::OwnedParts;
use crate::state::State;
use crate::value::Val;
use alloc::vec::Vec;
use lfs_format::function::{FunctionRef, Sink, StripLevel, UpvalueDesc, flags};
use lfs_format::write::{BuildInfo, ImageWriter, WriteError};

/// Name of the module a chunk consists of.
const NAME: &[u8] = b"main";

/// A function on the way through its children.
struct Visit {
    record: *const Record,
    children: Vec<FunctionRef>,
}

impl<N: NumberModel> State<N> {
    /// The binary chunk of a Lua function, as bytes. Without debug information it still tells where the functions
    /// were defined.
    ///
    /// # Safety
    /// `record` must be that of a live Lua function.
    ///
    /// # Errors
    /// Out of memory, or a function too large for an image.
    pub unsafe fn dump(
        &mut self,
        record: *const Record,
        strip: StripLevel,
    ) -> Result<Vec<u8>, Throw> {
        let mut writer = ImageWriter::new(model_of::<N>());
        writer.set_strip(strip);
        let strip = strip != StripLevel::None;
        // SAFETY: caller; children of a live record are live.
        let words = unsafe { write_tree::<N>(&mut writer, record, strip) }.and_then(|main| {
            writer.add_module(NAME, main)?;
            writer.finish(&BuildInfo::default())
        });
        let words = match words {
            Ok(words) => words,
            Err(WriteError::OutOfMemory) => return Err(Throw::Memory),
            Err(error) => {
                return Err(
                    self.error_text(format_args!("unable to dump given function ({error})"), &[])
                );
            }
        };
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(crate::chunk::length::<N>() + words.len() * 4)
            .map_err(|_| Throw::Memory)?;
        crate::chunk::write::<N>(|head| bytes.extend_from_slice(head));
        words
            .iter()
            .for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        Ok(bytes)
    }
}

/// The image in a binary chunk: the chunk itself, or what lies behind the head that `string.dump` gives.
///
/// # Errors
/// What the head is instead: words to be put before "precompiled chunk".
pub fn chunk_image<N: NumberModel>(chunk: &[u8]) -> Result<&[u8], &'static str> {
    if chunk.first() != Some(&crate::chunk::ESCAPE) {
        return Ok(chunk);
    }
    crate::chunk::behind_head::<N>(chunk).map_err(|error| match error {
        HeadError::Truncated => "truncated",
        HeadError::Other(what) => what,
    })
}

/// Writes a function and those inside it, innermost first, without recursion.
unsafe fn write_tree<N: NumberModel>(
    writer: &mut ImageWriter,
    main: *const Record,
    strip: bool,
) -> Result<FunctionRef, WriteError> {
    let mut pending = Vec::new();
    let mut open = Visit {
        record: main,
        children: Vec::new(),
    };
    loop {
        // SAFETY: the caller's record is live, so are its children.
        unsafe {
            let (strings, children) = Record::reference_counts(open.record);
            if open.children.len() < children {
                let consts = Record::consts::<N>(open.record);
                let child = consts.child(strings + open.children.len());
                pending
                    .try_reserve(1)
                    .map_err(|_| WriteError::OutOfMemory)?;
                pending.push(core::mem::replace(
                    &mut open,
                    Visit {
                        record: child,
                        children: Vec::new(),
                    },
                ));
                continue;
            }
            let is_main = pending.is_empty();
            let function = write_one::<N>(writer, &open, is_main, strip)?;
            let Some(mut parent) = pending.pop() else {
                return Ok(function);
            };
            parent
                .children
                .try_reserve(1)
                .map_err(|_| WriteError::OutOfMemory)?;
            parent.children.push(function);
            open = parent;
        }
    }
}

unsafe fn write_one<N: NumberModel>(
    writer: &mut ImageWriter,
    visit: &Visit,
    is_main: bool,
    strip: bool,
) -> Result<FunctionRef, WriteError> {
    // SAFETY: the record is live, so are the strings it refers to.
    let (view, consts) = unsafe {
        let view = crate::record::view::<N>(visit.record).ok_or(WriteError::OutOfMemory)?;
        (view, Record::consts::<N>(visit.record))
    };
    let mut parts = OwnedParts::take(&view, !strip, WriteError::OutOfMemory, |slot| {
        writer.string(text(consts, slot))
    })?;
    let mut function_flags = view.flags() & !flags::MAIN;
    if is_main {
        // A chunk's function is a main one, whatever it was: it captures nothing when it is loaded.
        function_flags = function_flags & !flags::SHAREABLE | flags::MAIN;
        for (index, upvalue) in parts.upvalues.iter_mut().enumerate() {
            *upvalue = UpvalueDesc {
                in_stack: false,
                index: index as u8,
            };
        }
    }
    writer.function(&parts.parts(&view, function_flags, &visit.children))
}

fn text<'a, N: NumberModel>(consts: Consts<N>, slot: i64) -> &'a [u8] {
    let value: Val<N> = consts.resolve_string(slot);
    // SAFETY: the string belongs to a live record.
    unsafe { string::bytes(&value) }
}
