//! Functions to binary chunks: an image with one module.

use crate::frame::Throw;
use crate::load::model_of;
use crate::number::NumberModel;
use crate::object::function::{Consts, Record};
use crate::object::string;
use crate::state::State;
use crate::value::Val;
use alloc::vec::Vec;
use lfs_format::function::{FunctionParts, LocalVar, Sink, StripLevel, UpvalueDesc, flags};
use lfs_format::write::{BuildInfo, FunctionId, ImageWriter, WriteError};
use rostrings::builder::StringId;

/// Name of the module a chunk consists of.
const NAME: &[u8] = b"main";

/// A function on the way through its children.
struct Visit {
    record: *const Record,
    children: Vec<FunctionId>,
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
    pub unsafe fn dump(&mut self, record: *const Record, strip: bool) -> Result<Vec<u8>, Throw> {
        let mut writer = ImageWriter::new(model_of::<N>());
        writer.set_strip(if strip {
            StripLevel::Names
        } else {
            StripLevel::None
        });
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

fn list<T>(items: impl Iterator<Item = Result<T, WriteError>>) -> Result<Vec<T>, WriteError> {
    let mut list = Vec::new();
    for item in items {
        list.try_reserve(1).map_err(|_| WriteError::OutOfMemory)?;
        list.push(item?);
    }
    Ok(list)
}

/// Writes a function and those inside it, innermost first, without recursion.
unsafe fn write_tree<N: NumberModel>(
    writer: &mut ImageWriter,
    main: *const Record,
    strip: bool,
) -> Result<FunctionId, WriteError> {
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
) -> Result<FunctionId, WriteError> {
    // SAFETY: the record is live, so are the strings it refers to.
    let (view, consts) = unsafe {
        let view = crate::record::view::<N>(visit.record).ok_or(WriteError::OutOfMemory)?;
        (view, Record::consts::<N>(visit.record))
    };
    let mut string = |slot: Option<i64>| -> Result<StringId, WriteError> {
        writer.string(text(consts, slot.ok_or(WriteError::OutOfMemory)?))
    };
    let debug = view.debug();
    let strings = list((0..view.strings()).map(|index| string(view.string_slot(index))))?;
    let source = debug
        .as_ref()
        .filter(|_| !strip)
        .and_then(|debug| debug.source())
        .map(|slot| string(Some(slot)))
        .transpose()?;
    let locals = match &debug {
        None => Vec::new(),
        Some(debug) => list(debug.locals().map(|local| {
            Ok(LocalVar {
                name: string(Some(local.name))?,
                start: local.start,
                end: local.end,
            })
        }))?,
    };
    let count = u32::from(view.upvalues());
    let upvalue_names = match &debug {
        Some(debug) if debug.has_upvalue_names() => list((0..count).map(|index| {
            debug
                .upvalue_name(index)
                .map(|slot| string(Some(slot)))
                .transpose()
        }))?,
        _ => Vec::new(),
    };
    let lines = match &debug {
        Some(debug) if debug.has_lines() && !strip => list(
            debug
                .lines()
                .flat_map(|run| (0..run.length).map(move |_| Ok(run.line))),
        )?,
        _ => Vec::new(),
    };
    let numbers =
        list((0..view.numbers()).map(|index| view.number(index).ok_or(WriteError::OutOfMemory)))?;
    // A chunk's function is a main one, whatever it was: it captures nothing when it is loaded.
    let outside = |index: u32| UpvalueDesc {
        in_stack: false,
        index: index as u8,
    };
    let upvalues = list((0..count).map(|index| {
        if is_main {
            Ok(outside(index))
        } else {
            view.upvalue(index).ok_or(WriteError::OutOfMemory)
        }
    }))?;
    let mut function_flags = view.flags() & !flags::MAIN;
    if is_main {
        function_flags = function_flags & !flags::SHAREABLE | flags::MAIN;
    }
    writer.function(&FunctionParts {
        code: view.code(),
        numbers: &numbers,
        strings: &strings,
        children: &visit.children,
        upvalues: &upvalues,
        upvalue_names: &upvalue_names,
        frame_size: view.frame_size(),
        params: view.params(),
        flags: function_flags,
        source,
        line_defined: debug.as_ref().map_or(0, |debug| debug.line_defined()),
        last_line_defined: debug.as_ref().map_or(0, |debug| debug.last_line_defined()),
        lines: &lines,
        locals: &locals,
    })
}

fn text<'a, N: NumberModel>(consts: Consts<N>, slot: i64) -> &'a [u8] {
    let value: Val<N> = consts.resolve_string(slot);
    // SAFETY: the string belongs to a live record.
    unsafe { string::bytes(&value) }
}
