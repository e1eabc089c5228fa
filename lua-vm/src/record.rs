//! Function records in RAM: created from what the compiler hands over, read for debug information.

use crate::number::NumberModel;
use crate::object::function::{Consts, Record};
use crate::object::kind;
use crate::object::string::{Str, word};
use crate::state::State;
use crate::value::{Val, tag};
use lfs_format::function::{
    self, FunctionParts, FunctionRef, FunctionView, LayoutError, Sink, StringRef, StripLevel,
    UpvalueDesc, record,
};
use lua_gc::{OutOfMemory, header};
use rostrings::index::Index;

/// Words of a record's debug record; 0 if it has none.
unsafe fn debug_words(at: *const Record) -> usize {
    // SAFETY: a record has seven words (caller); a debug record starts with its length.
    unsafe {
        match word((at as *const u32).add(record::DEBUG)) as i32 {
            0 => 0,
            offset => (word((at as *const u32).offset(offset as isize)) & 0xffff) as usize,
        }
    }
}

/// Bytes of a record in RAM with its debug record.
///
/// # Safety
/// `at` must be a live record in RAM.
pub unsafe fn ram_size(at: *const Record) -> usize {
    // SAFETY: caller. The debug record follows the code in the same block.
    unsafe {
        let code = word((at as *const u32).add(record::CODE)) as usize;
        (code + Record::code_len(at) + debug_words(at)) * 4
    }
}

/// Constant slots of a record in RAM: numbers, references, and those of its debug record.
///
/// # Safety
/// `at` must be a live record in RAM.
pub unsafe fn slot_count<N: NumberModel>(at: *const Record) -> usize {
    // SAFETY: caller.
    unsafe {
        let mut count = view::<N>(at).map_or(0, |view| view.numbers() as usize);
        for_each_reference::<N>(at, |_, _| count += 1);
        count
    }
}

/// Calls `visit` for every reference slot of a record in RAM: constants, children and debug names.
///
/// # Safety
/// `at` must be a live record in RAM.
pub unsafe fn for_each_reference<N: NumberModel>(
    at: *const Record,
    mut visit: impl FnMut(Consts<N>, i64),
) {
    // SAFETY: counts and offsets are those `HeapSink` wrote.
    unsafe {
        let consts = Record::consts::<N>(at);
        let (strings, children) = Record::reference_counts(at);
        for index in 0..strings + children {
            visit(consts, consts.slot(index as isize));
        }
        if debug_words(at) > 0
            && let Some(debug) = view::<N>(at).and_then(|view| view.debug())
        {
            let names = (0..debug.references()).filter_map(|index| debug.reference(index));
            names.for_each(|slot| visit(consts, slot));
        }
    }
}

/// The record as words, for safe reading.
///
/// # Safety
/// `at` must be a live or ROM record that stays for `'a`.
pub unsafe fn view<'a, N: NumberModel>(at: *const Record) -> Option<FunctionView<'a>> {
    // SAFETY: the words of record and debug record are one block in RAM and one image in ROM. A debug record may lie
    // anywhere behind its record in an image: the slice spans both.
    unsafe {
        let code = word((at as *const u32).add(record::CODE)) as usize;
        let end = code + Record::code_len(at);
        let debug = word((at as *const u32).add(record::DEBUG)) as i32;
        let end = end.max(debug.max(0) as usize + debug_words(at));
        let words = core::slice::from_raw_parts(at as *const u32, end);
        let slot_words = Consts::<N>::slot_words(Record::is_rom(at));
        FunctionView::new(words, 0, slot_words as u32).ok()
    }
}

/// The handle of a string in the heap: its address with the flags of a slot. Less `k`, it is a slot.
fn handle_of<N: NumberModel>(string: &Val<N>) -> StringRef {
    let flags = (string.tag >> 4 & 1) | (string.tag >> 5 & 2);
    // SAFETY: a string value is a pointer.
    let address = unsafe { string.as_ptr() }.expose_provenance();
    StringRef(address | flags as usize)
}

/// The string of a handle that [`handle_of`] made.
fn string_of<N: NumberModel>(handle: StringRef) -> Val<N> {
    let flags = handle.0 as u32 & 3;
    let record = core::ptr::with_exposed_provenance_mut(handle.0 & !3);
    Val::pointer(record, tag::SHORT_ROM | (flags & 1) << 4 | (flags & 2) << 5)
}

/// Why a compiled function could not be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// No memory.
    Memory,
    /// The function exceeds a limit of the format.
    Layout(LayoutError),
    /// The function breaks a rule of the verifier: a fault of whoever made it.
    Unproven(lfs_format::error::Error),
}

impl core::fmt::Display for StoreError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            StoreError::Memory => f.write_str("not enough memory"),
            StoreError::Layout(error) => error.fmt(f),
            StoreError::Unproven(error) => error.fmt(f),
        }
    }
}

/// What the verifier asks of a record in RAM.
struct RamContext<N> {
    record: *const Record,
    model: core::marker::PhantomData<N>,
}

impl<N: NumberModel> RamContext<N> {
    fn child(&self, child: u32) -> *const Record {
        // SAFETY: the verifier asks for children below the count; they were stored before their parent.
        unsafe {
            let (strings, _) = Record::reference_counts(self.record);
            Record::consts::<N>(self.record).child(strings + child as usize)
        }
    }
}

impl<N: NumberModel> lfs_format::verify::Context for RamContext<N> {
    fn is_short(&self, index: u32) -> bool {
        // SAFETY: the verifier asks for strings below the count.
        unsafe { Record::consts::<N>(self.record).string(index as usize) }.is_short_string()
    }

    fn child_upvalues(&self, child: u32) -> u32 {
        // SAFETY: children are live records.
        unsafe { Record::shape(self.child(child)).upvalues() as u32 }
    }

    fn child_upvalue(&self, child: u32, upvalue: u32) -> UpvalueDesc {
        // SAFETY: the verifier asks for upvalues below the count.
        UpvalueDesc::from_raw(unsafe {
            Record::upvalue_descriptor::<N>(self.child(child), upvalue as usize)
        })
    }
}

impl From<OutOfMemory> for StoreError {
    fn from(_: OutOfMemory) -> Self {
        StoreError::Memory
    }
}

/// Receives compiled functions into the heap of a state. No collection happens while it lives (G1), so strings and
/// finished functions need no root.
pub struct HeapSink<'s, N: NumberModel> {
    state: &'s mut State<N>,
    /// Long strings are not interned: equal ones of one chunk are found here.
    long: Index,
    strip: StripLevel,
}

impl<'s, N: NumberModel> HeapSink<'s, N> {
    /// A sink into `state`.
    pub fn new(state: &'s mut State<N>, strip: StripLevel) -> Self {
        Self {
            state,
            long: Index::new(),
            strip,
        }
    }
}

/// The record behind a handle that a [`HeapSink`] gave.
pub fn record_of(handle: FunctionRef) -> *const Record {
    core::ptr::with_exposed_provenance(handle.0)
}

/// The slot of a handle that holds its flags.
fn slot(handle: usize, k: usize) -> u64 {
    (handle.wrapping_sub(k) as i64) as u64
}

fn text_of<'a, N: NumberModel>(handle: StringRef) -> &'a [u8] {
    // SAFETY: handles of strings come from this sink, for only the compiler and this crate's copier of chunks have it and its
    // handles; its strings are live while it lives (G1).
    unsafe { crate::object::string::bytes(&string_of::<N>(handle)) }
}

impl<N: NumberModel> Sink for HeapSink<'_, N> {
    type Error = StoreError;

    fn string(&mut self, text: &[u8]) -> Result<StringRef, StoreError> {
        let short = text.len() <= rostrings::MAX_SHORT;
        let hash = rostrings::hash(text);
        let mut same = |handle| text_of::<N>(StringRef(handle)) == text;
        if !short && let Some(handle) = self.long.find(hash, &mut same) {
            return Ok(StringRef(handle));
        }
        let val = self.state.new_string(text)?;
        let handle = handle_of(&val);
        if !short {
            let hash_of = |handle| rostrings::hash(text_of::<N>(StringRef(handle)));
            self.long
                .insert(hash, handle.0, &hash_of)
                .map_err(|_| StoreError::Memory)?;
        }
        Ok(handle)
    }

    fn text(&self, string: StringRef) -> &[u8] {
        text_of::<N>(string)
    }

    fn function(&mut self, parts: &FunctionParts<'_>) -> Result<FunctionRef, StoreError> {
        let slot_words = Consts::<N>::slot_words(false);
        let layout =
            function::layout(parts, slot_words as u32, self.strip).map_err(StoreError::Layout)?;
        let (total, debug) = (layout.total as usize, layout.debug as usize);
        // SAFETY: the whole block is written before the next safe point; `encode` keeps the colour byte.
        unsafe {
            let object = self
                .state
                .heap
                .allocate(kind::RECORD, 0, (total + debug) * 4)?;
            let words = object.as_ptr() as *mut u32;
            words.add(1).write_bytes(0, total + debug - 1);
            let words = core::slice::from_raw_parts_mut(words, total + debug);
            let (record, debug_record) = words.split_at_mut(total);
            let k = object.as_ptr().expose_provenance() + layout.k as usize * 4;
            function::encode(
                parts,
                &layout,
                record,
                debug_record,
                total as i32,
                &mut |string| slot(string.0, k),
                &mut |child| slot(child.0 | record::SLOT_RAM as usize, k),
            )
            .map_err(StoreError::Layout)?;
            debug_assert!(header::kind(object) == kind::RECORD);
            let record = object.as_ptr() as *const Record;
            let context = RamContext::<N> {
                record,
                model: core::marker::PhantomData,
            };
            if let Some(view) = view::<N>(record) {
                lfs_format::verify::function(&view, &context).map_err(StoreError::Unproven)?;
            }
            Ok(FunctionRef(record.expose_provenance()))
        }
    }
}

const _: () = assert!(tag::LONG_BIT == 1 << 4 && tag::COLLECTABLE == 1 << 6);
const _: () = assert!(size_of::<Str>() == 8);
