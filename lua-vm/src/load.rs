//! Chunks, text or binary, to functions.

use crate::api::Mode;
use crate::chunk::{self, HeadError};
use crate::compiler::{CompileError, Limits, chunk_id, compile};
use crate::frame::Throw;
use crate::number::NumberModel;
use crate::object::function::{Closure, Record};
use crate::parts::{OwnedParts, collect};
use crate::raw_text;
use crate::record::{HeapSink, StoreError, record_of};
use crate::state::State;
use crate::value::{Val, tag};
use alloc::vec::Vec;
use core::fmt::Write;
use lfs_format::error::ErrorKind;
use lfs_format::function::{FunctionRef, FunctionView, Sink, StripLevel};
use lfs_format::image::{Image, Verified, aligned_words, words_from_bytes};
use lfs_format::model::Model;

/// Why a chunk did not load.
pub enum LoadError<N: NumberModel> {
    /// A message about the chunk: a string.
    Message(Val<N>),
    /// Memory ran out.
    Memory,
}

impl<N: NumberModel> From<Throw> for LoadError<N> {
    fn from(_: Throw) -> Self {
        LoadError::Memory
    }
}

impl<N: NumberModel> From<lua_gc::OutOfMemory> for LoadError<N> {
    fn from(_: lua_gc::OutOfMemory) -> Self {
        LoadError::Memory
    }
}

/// The image model of a number model.
pub const fn model_of<N: NumberModel>() -> Model {
    if N::SLOT_WORDS == 1 {
        Model::Num32
    } else {
        Model::Num64
    }
}

/// Whether a chunk is a binary one: an image, or one with a head, which may be that of a chunk of another kind.
pub fn is_binary(chunk: &[u8]) -> bool {
    chunk.starts_with(&lfs_format::header::MAGIC.to_le_bytes())
        || chunk.first() == Some(&chunk::ESCAPE)
}

/// What a file holds: a binary chunk may stand behind a first line that begins with `#`.
pub fn behind_comment(content: &[u8]) -> &[u8] {
    let text = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
    if text.first() != Some(&b'#') {
        return content;
    }
    let end = text.iter().position(|byte| *byte == b'\n');
    match end.and_then(|end| text.get(end + 1..)) {
        Some(rest) if is_binary(rest) => rest,
        _ => content,
    }
}

impl<N: NumberModel> State<N> {
    /// Compiles or reads `chunk` and returns its main function, a closure with upvalues of its own, the first of
    /// which holds `environment` (the globals if it is `None`).
    ///
    /// # Errors
    /// A message, or out of memory.
    pub fn load(
        &mut self,
        chunk: &[u8],
        name: &[u8],
        mode: Mode,
        environment: Option<Val<N>>,
        limits: &Limits,
    ) -> Result<Val<N>, LoadError<N>> {
        let binary = is_binary(chunk);
        let allowed = if binary { mode.binary } else { mode.text };
        if !allowed {
            let kind = if binary { "binary" } else { "text" };
            let wanted = mode.text_of();
            let message = format_args!("attempt to load a {kind} chunk (mode is '{wanted}')");
            return Err(LoadError::Message(self.text(&[], message, &[])?));
        }
        let record = if binary {
            self.load_binary(chunk, name)?
        } else {
            self.load_text(chunk, name, limits)?
        };
        // SAFETY: the record was just stored; no collection happens before the closure refers to it.
        Ok(unsafe { self.close_over(record, environment) }?)
    }

    fn load_text(
        &mut self,
        chunk: &[u8],
        name: &[u8],
        limits: &Limits,
    ) -> Result<*const Record, LoadError<N>> {
        let strip = self.strip;
        let mut sink = HeapSink::new(self, strip);
        match compile::<N, _>(chunk, name, &mut sink, limits) {
            Ok(function) => Ok(record_of(function)),
            Err(CompileError::Syntax(error)) => {
                Err(LoadError::Message(self.new_string(&error.message)?))
            }
            Err(CompileError::Sink(error)) => Err(self.store_failed(name, error)),
            Err(_) => Err(LoadError::Memory),
        }
    }

    fn store_failed(&mut self, name: &[u8], error: StoreError) -> LoadError<N> {
        if error == StoreError::Memory {
            return LoadError::Memory;
        }
        self.chunk_message(name, format_args!("{error}"))
    }

    fn chunk_message(&mut self, name: &[u8], message: core::fmt::Arguments<'_>) -> LoadError<N> {
        let id = chunk_id(name);
        let mut text = TextBuffer::default();
        let done = write!(text, ": {message}");
        match done
            .map_err(|_| Throw::Memory)
            .and_then(|()| self.text(id.as_bytes(), format_args!(""), &text.0))
        {
            Ok(value) => LoadError::Message(value),
            Err(_) => LoadError::Memory,
        }
    }

    fn truncated(&mut self, name: &[u8]) -> LoadError<N> {
        self.binary_message(name, format_args!("truncated precompiled chunk"))
    }

    /// A message about a binary chunk: a name that is the chunk itself is not shown.
    fn binary_message(&mut self, name: &[u8], message: core::fmt::Arguments<'_>) -> LoadError<N> {
        let shown = match name.first() {
            Some(b'@' | b'=') => name.get(1..).unwrap_or_default(),
            Some(&chunk::ESCAPE) => b"binary string",
            _ => name,
        };
        let mut text = TextBuffer::default();
        let done = write!(text, ": {message}");
        match done
            .map_err(|_| Throw::Memory)
            .and_then(|()| self.text(shown, format_args!(""), &text.0))
        {
            Ok(value) => LoadError::Message(value),
            Err(_) => LoadError::Memory,
        }
    }

    /// Copies the functions of a binary chunk to the heap: an image with one module, as it is or behind the head that
    /// `string.dump` gives it.
    fn load_binary(&mut self, chunk: &[u8], name: &[u8]) -> Result<*const Record, LoadError<N>> {
        let mut rest = chunk;
        if chunk.first() == Some(&chunk::ESCAPE) {
            rest = match chunk::behind_head::<N>(chunk) {
                Ok(rest) => rest,
                Err(HeadError::Truncated) => return Err(self.truncated(name)),
                Err(HeadError::Other(why)) => {
                    return Err(self.binary_message(name, format_args!("{why} precompiled chunk")));
                }
            };
        }
        let copy;
        let words = match aligned_words(rest) {
            Some(words) => words,
            None => {
                copy = words_from_bytes(rest).map_err(|_| LoadError::Memory)?;
                &copy[..]
            }
        };
        let image = match Image::new(words).and_then(|image| image.verify()) {
            Ok(image) => image,
            Err(error) if matches!(error.kind, ErrorKind::Truncated | ErrorKind::Length) => {
                return Err(self.truncated(name));
            }
            Err(error) => {
                return Err(self.binary_message(name, format_args!("bad binary format ({error})")));
            }
        };
        if image.model() != model_of::<N>() {
            let message = format_args!("bad binary format (the chunk is not one of {})", N::NAME);
            return Err(self.binary_message(name, message));
        }
        let Some((_, main)) = image.modules().next() else {
            return Err(self.binary_message(name, format_args!("bad binary format (no function)")));
        };
        match copy_functions::<N>(self, &image, main) {
            Ok(record) => Ok(record),
            Err(error) => Err(self.store_failed(name, error)),
        }
    }

    /// A closure over `record` with fresh upvalues, the first one holding the environment.
    unsafe fn close_over(
        &mut self,
        record: *const Record,
        environment: Option<Val<N>>,
    ) -> Result<Val<N>, Throw> {
        // SAFETY: the caller's record is live; the closure is filled before any safe point.
        unsafe {
            let count = Record::shape(record).upvalues();
            let closure = self.new_closure(record, count)?;
            for index in 0..count {
                let value = if index == 0 {
                    environment.unwrap_or(self.roots.globals)
                } else {
                    Val::NIL
                };
                let upvalue = self.new_upvalue(value)?;
                Closure::upvalues(closure).add(index).write(upvalue);
            }
            Ok(Val::pointer(closure as *mut u8, tag::CLOSURE))
        }
    }

    /// The main function of a module of a mounted image, as a value without allocation where the record allows it.
    ///
    /// # Safety
    /// `record` must be the main record of a mounted image.
    pub unsafe fn module_function(&mut self, record: *const Record) -> Result<Val<N>, Throw> {
        // SAFETY: caller.
        unsafe {
            if Record::is_shareable(record) {
                return Ok(Val::pointer(record as *mut u8, tag::RECORD_ROM));
            }
            self.close_over(record, None)
        }
    }
}

/// A growing text that reports lack of memory.
#[derive(Default)]
struct TextBuffer(Vec<u8>);

impl Write for TextBuffer {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        raw_text::append(&mut self.0, text)
    }
}

/// Copies all functions of an image, children first as the directory lists them; returns the one at `main`.
fn copy_functions<N: NumberModel>(
    state: &mut State<N>,
    image: &Image<'_, Verified>,
    main: usize,
) -> Result<*const Record, StoreError> {
    let mut sink = HeapSink::<N>::new(state, StripLevel::None);
    let mut copies: Vec<(usize, FunctionRef)> = Vec::new();
    copies
        .try_reserve_exact(image.function_count())
        .map_err(|_| StoreError::Memory)?;
    for view in image.functions() {
        let copy = copy_function(&mut sink, image, &view, &copies)?;
        copies.push((view.at(), copy));
    }
    find_copy(&copies, main)
        .map(record_of)
        .ok_or(StoreError::Memory)
}

fn find_copy(copies: &[(usize, FunctionRef)], at: usize) -> Option<FunctionRef> {
    let index = copies.binary_search_by_key(&at, |copy| copy.0).ok()?;
    Some(copies[index].1)
}

fn copy_function<N: NumberModel>(
    sink: &mut HeapSink<'_, N>,
    image: &Image<'_, Verified>,
    view: &FunctionView<'_>,
    copies: &[(usize, FunctionRef)],
) -> Result<FunctionRef, StoreError> {
    let view = &image.function_at(view.at()).ok_or(StoreError::Memory)?;
    let parts = OwnedParts::take(view, true, StoreError::Memory, |slot| {
        let record = image.string(view, slot).ok_or(StoreError::Memory)?;
        sink.string(record.bytes())
    })?;
    let children = collect(
        (0..view.children()).map(|index| {
            let at = view.child_slot(index).and_then(|slot| view.target(slot));
            at.and_then(|at| find_copy(copies, at))
                .ok_or(StoreError::Memory)
        }),
        StoreError::Memory,
    )?;
    sink.function(&parts.parts(view, view.flags(), &children))
}
