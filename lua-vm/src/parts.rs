//! A function taken apart, to be written again: from a chunk into the heap, or from the heap into a chunk.

use alloc::vec::Vec;
use lfs_format::function::{
    FunctionParts, FunctionRef, FunctionView, LocalVar, StringRef, UpvalueDesc,
};

/// The parts of a function, with the strings of whoever writes it next.
pub struct OwnedParts {
    numbers: Vec<u64>,
    strings: Vec<StringRef>,
    /// The upvalues; a function that moves out of its surroundings gets others.
    pub upvalues: Vec<UpvalueDesc>,
    upvalue_names: Vec<Option<StringRef>>,
    source: Option<StringRef>,
    lines: Vec<u32>,
    locals: Vec<LocalVar>,
    line_defined: u32,
    last_line_defined: u32,
}

/// Collects items; `full` where there is no memory for them.
pub fn collect<T, E: Copy>(
    items: impl Iterator<Item = Result<T, E>>,
    full: E,
) -> Result<Vec<T>, E> {
    let mut list = Vec::new();
    for item in items {
        list.try_reserve(1).map_err(|_| full)?;
        list.push(item?);
    }
    Ok(list)
}

impl OwnedParts {
    /// Takes a verified function apart. `string` gives the string a slot refers to; `where_from` says whether source
    /// name and lines are wanted.
    ///
    /// # Errors
    /// Those of `string`; `full` where memory runs out.
    pub fn take<E: Copy>(
        view: &FunctionView<'_>,
        where_from: bool,
        full: E,
        mut string: impl FnMut(i64) -> Result<StringRef, E>,
    ) -> Result<Self, E> {
        let debug = view.debug();
        let count = u32::from(view.upvalues());
        let strings = collect(
            (0..view.strings())
                .map(|index| view.string_slot(index).ok_or(full).and_then(&mut string)),
            full,
        )?;
        let source = debug
            .as_ref()
            .filter(|_| where_from)
            .and_then(|debug| debug.source())
            .map(&mut string)
            .transpose()?;
        let locals = match &debug {
            None => Vec::new(),
            Some(debug) => collect(
                debug.locals().map(|local| {
                    Ok(LocalVar {
                        name: string(local.name)?,
                        start: local.start,
                        end: local.end,
                    })
                }),
                full,
            )?,
        };
        let upvalue_names = match &debug {
            Some(debug) if debug.has_upvalue_names() => collect(
                (0..count).map(|index| debug.upvalue_name(index).map(&mut string).transpose()),
                full,
            )?,
            _ => Vec::new(),
        };
        let lines = match &debug {
            Some(debug) if debug.has_lines() && where_from => collect(
                debug
                    .lines()
                    .flat_map(|run| (0..run.length).map(move |_| Ok(run.line))),
                full,
            )?,
            _ => Vec::new(),
        };
        Ok(Self {
            numbers: collect(
                (0..view.numbers()).map(|index| view.number(index).ok_or(full)),
                full,
            )?,
            strings,
            upvalues: collect(
                (0..count).map(|index| view.upvalue(index).ok_or(full)),
                full,
            )?,
            upvalue_names,
            source,
            lines,
            locals,
            line_defined: debug.as_ref().map_or(0, |debug| debug.line_defined()),
            last_line_defined: debug.as_ref().map_or(0, |debug| debug.last_line_defined()),
        })
    }

    /// The parts as a sink takes them, with the rest of `view`.
    pub fn parts<'a>(
        &'a self,
        view: &'a FunctionView<'_>,
        flags: u8,
        children: &'a [FunctionRef],
    ) -> FunctionParts<'a> {
        FunctionParts {
            code: view.code(),
            numbers: &self.numbers,
            strings: &self.strings,
            children,
            upvalues: &self.upvalues,
            upvalue_names: &self.upvalue_names,
            frame_size: view.frame_size(),
            params: view.params(),
            flags,
            source: self.source,
            line_defined: self.line_defined,
            last_line_defined: self.last_line_defined,
            lines: &self.lines,
            locals: &self.locals,
        }
    }
}
