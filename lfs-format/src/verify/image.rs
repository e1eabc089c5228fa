//! Proof of an image: checksums, then every section.

use core::cell::Cell;

use crate::checksum;
use crate::error::{Error, ErrorKind};
use crate::function::{FunctionView, RecordError, UpvalueDesc, record};
use crate::header::{Header, Section, WORDS};
use crate::image::{Image, Verified};
use crate::names::Names;
use rostrings::record::ROM_COLOUR;

use super::{Context, function};

/// Word of the header that holds the payload's checksum.
const PAYLOAD_CRC: usize = 16;
/// Word of the header that holds the build id.
const BUILD_ID: usize = 8;

pub(crate) fn checksums(header: &Header, words: &[u32]) -> Result<(), Error> {
    let payload = words.get(WORDS..).unwrap_or_default();
    if checksum::crc32(payload) != header.payload_crc {
        return Err(Error::new(ErrorKind::PayloadChecksum, PAYLOAD_CRC));
    }
    if checksum::build_id(header.features, header.model, payload) != header.build_id() {
        return Err(Error::new(ErrorKind::BuildId, BUILD_ID));
    }
    Ok(())
}

/// Proves all sections but the string table, which must be proved already. `image` is only as good as that
/// until this returns.
pub(crate) fn sections(image: &Image<'_, Verified>, names: &Names<'_>) -> Result<(), Error> {
    functions(image, names)?;
    image.prove_index()?;
    image.prove_resources()
}

/// Walks the function section record by record. Each must lie where the one before ended and where the
/// directory says, so the proved part of the directory lists exactly the starts of proved records: that
/// makes a child reference checkable in constant time. The debug section is walked beside it.
fn functions(image: &Image<'_, Verified>, names: &Names<'_>) -> Result<(), Error> {
    let directory = image.section(Section::Directory);
    let directory_at = image.header().range(Section::Directory).start;
    let functions = image.header().range(Section::Functions);
    let debug = image.header().range(Section::Debug);
    let inside = image.words().get(..functions.end).unwrap_or_default();
    if directory.len() > usize::from(u16::MAX) + 1 {
        return Err(Error::new(ErrorKind::DirectorySize, directory_at));
    }
    let (mut at, mut debug_at) = (functions.start, debug.start);
    for (number, entry) in directory.iter().enumerate() {
        if rostrings::word::read(entry) as usize != at {
            return Err(Error::new(ErrorKind::Directory, directory_at + number));
        }
        let slot_words = image.model().slot_words();
        // Once with the end of the section as the bound, once with the whole image for the debug record.
        FunctionView::new(inside, at, slot_words).map_err(|error| record_error(error, at))?;
        let view = image
            .function_at(at)
            .ok_or(Error::new(ErrorKind::RecordBounds, at))?;
        let number = number as u32;
        let header = record::KIND
            | ROM_COLOUR
            | u32::from(view.flags()) << record::FLAGS_SHIFT
            | (number & 0xff) << 24;
        if view.header() != header || u32::from(view.index()) != number {
            return Err(Error::new(ErrorKind::RecordHeader, at));
        }
        strings(&view, names)?;
        let context = Children::new(image, &view)?;
        function(&view, &context)?;
        debug_at = debug_record(&view, names, debug_at, debug.end)?;
        at += view.words() as usize;
    }
    if at != functions.end {
        return Err(Error::new(ErrorKind::FunctionsEnd, at));
    }
    if debug_at != debug.end {
        return Err(Error::new(ErrorKind::DebugEnd, debug_at));
    }
    Ok(())
}

fn record_error(error: RecordError, at: usize) -> Error {
    match error {
        RecordError::Bounds => Error::new(ErrorKind::RecordBounds, at),
        RecordError::Header => Error::new(ErrorKind::RecordHeader, at),
        RecordError::Constants => Error::new(ErrorKind::RecordConstants, at + record::K),
        RecordError::Code => Error::new(ErrorKind::RecordCode, at + record::CODE),
    }
}

/// Proves one string slot.
fn string(view: &FunctionView<'_>, names: &Names<'_>, slot: i64) -> Result<(), ErrorKind> {
    let offset = view
        .target(slot)
        .and_then(|at| at.checked_sub(names.start))
        .and_then(|at| u32::try_from(at).ok())
        .filter(|at| names.table.contains(*at))
        .ok_or(ErrorKind::StringSlot)?;
    let long = names
        .table
        .record(offset)
        .is_some_and(|record| !record.is_short());
    if slot & record::SLOT_FLAGS != i64::from(long) * record::SLOT_LONG {
        return Err(ErrorKind::StringFlags);
    }
    Ok(())
}

fn strings(view: &FunctionView<'_>, names: &Names<'_>) -> Result<(), Error> {
    for index in 0..view.strings() {
        let slot = view.string_slot(index).unwrap_or_default();
        string(view, names, slot).map_err(|kind| Error::new(kind, slot_at(view, index)))?;
    }
    Ok(())
}

/// Place of a string or child slot.
fn slot_at(view: &FunctionView<'_>, index: u32) -> usize {
    view.k() + index as usize * view.slot_words() as usize
}

/// The children of a function of an image, all of them proved to be functions.
struct Children<'a, 'v> {
    image: &'v Image<'a, Verified>,
    view: &'v FunctionView<'a>,
    /// The child asked for last: descriptors are asked for one by one.
    last: Cell<Option<(u32, FunctionView<'a>)>>,
}

impl<'a, 'v> Children<'a, 'v> {
    fn new(image: &'v Image<'a, Verified>, view: &'v FunctionView<'a>) -> Result<Self, Error> {
        for index in 0..view.children() {
            let slot = view.child_slot(index).unwrap_or_default();
            // A child lies before its parent: its directory entry is proved, and no cycle is possible.
            let right = slot & record::SLOT_FLAGS == 0
                && view
                    .target(slot)
                    .is_some_and(|at| at < view.at() && image.is_function(at).is_some());
            if !right {
                let at = slot_at(view, view.strings() + index);
                return Err(Error::new(ErrorKind::ChildSlot, at));
            }
        }
        Ok(Self {
            image,
            view,
            last: Cell::new(None),
        })
    }

    fn child(&self, index: u32) -> Option<FunctionView<'a>> {
        if let Some((last, child)) = self.last.get()
            && last == index
        {
            return Some(child);
        }
        let child = self.image.child(self.view, index)?;
        self.last.set(Some((index, child)));
        Some(child)
    }
}

impl Context for Children<'_, '_> {
    fn is_short(&self, index: u32) -> bool {
        self.view
            .string_slot(index)
            .is_some_and(|slot| slot & record::SLOT_LONG == 0)
    }

    fn child_upvalues(&self, child: u32) -> u32 {
        self.child(child)
            .map_or(0, |child| u32::from(child.upvalues()))
    }

    fn child_upvalue(&self, child: u32, upvalue: u32) -> UpvalueDesc {
        // An index no function has is refused, so a missing descriptor cannot pass for a right one.
        self.child(child)
            .and_then(|child| child.upvalue(upvalue))
            .unwrap_or(UpvalueDesc {
                in_stack: true,
                index: u8::MAX,
            })
    }
}

/// Proves the debug record of `view`, if it has one: it must start at `at`. Gives the place behind it.
fn debug_record(
    view: &FunctionView<'_>,
    names: &Names<'_>,
    at: usize,
    end: usize,
) -> Result<usize, Error> {
    let offset = view.debug_offset();
    if offset == 0 {
        return Ok(at);
    }
    let place = isize::try_from(offset)
        .ok()
        .and_then(|offset| view.at().checked_add_signed(offset));
    if place != Some(at) || at >= end {
        return Err(Error::new(ErrorKind::DebugPlace, view.at() + record::DEBUG));
    }
    let malformed = Error::new(ErrorKind::DebugRecord, at);
    let debug = view.debug().ok_or(malformed)?;
    let behind = at + debug.words() as usize;
    if behind > end || !debug.is_well_formed() {
        return Err(malformed);
    }
    for index in 0..debug.references() {
        let slot = debug.reference(index).unwrap_or_default();
        if index == 0 && slot == 0 {
            continue;
        }
        string(view, names, slot).map_err(|kind| {
            let slots = 1 + index as usize * view.slot_words() as usize;
            Error::new(kind, at + slots)
        })?;
    }
    Ok(behind)
}
