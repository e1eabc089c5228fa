//! What the heap is spent on, here and as it would be on a 32-bit device.

use crate::api::Lua;
use crate::number::NumberModel;
use crate::object::function::NativeClosure;
use crate::object::kind;
use crate::object::string::word;
use crate::object::table::Table;
use crate::object::thread::Thread;
use crate::object::userdata::UserObject;
use crate::state::State;
use crate::value::Val;
use core::fmt;
use core::mem::size_of;
use lua_gc::{Client, ObjectRef, header};

/// Objects of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: usize,
    /// Bytes they take here, links and buffers included.
    pub bytes: usize,
    /// Bytes they would take on a 32-bit target with `Num32`.
    pub device_bytes: usize,
}

/// What the heap is spent on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Short and long strings.
    pub strings: Tally,
    /// Function records.
    pub records: Tally,
    /// Tables with their parts.
    pub tables: Tally,
    /// Lua closures, native closures and upvalues.
    pub closures: Tally,
    /// Userdata.
    pub userdata: Tally,
    /// Threads with their stacks.
    pub threads: Tally,
    /// The intern table of RAM strings.
    pub intern_table: Tally,
}

/// Sizes of objects on a 32-bit target with `Num32`, in bytes, the collector's link included.
pub mod device {
    /// A register or stack slot.
    pub const REGISTER: usize = 8;
    /// The collector's link before an object.
    pub const LINK: usize = 4;
    /// A short string's fixed part.
    pub const SHORT_STRING: usize = LINK + 8;
    /// A long string's fixed part.
    pub const LONG_STRING: usize = LINK + 12;
    /// A table without its parts.
    pub const TABLE: usize = LINK + 24;
    /// What a ROM layer adds to a table.
    pub const LAYER: usize = 16;
    /// An entry of the node part.
    pub const NODE: usize = 12;
    /// An element of the array part.
    pub const ELEMENT: usize = 5;
    /// A Lua closure without its upvalue pointers.
    pub const CLOSURE: usize = LINK + 8;
    /// An upvalue pointer of a closure.
    pub const UPVALUE_POINTER: usize = 4;
    /// An upvalue.
    pub const UPVALUE: usize = LINK + 16;
    /// A call info.
    pub const CALL_INFO: usize = 20;
    /// A thread without stack and call infos.
    pub const THREAD: usize = LINK + 40;
    /// A userdata without its value.
    pub const USERDATA: usize = LINK + 20;
    /// A slot of the intern table: a pointer and a control byte.
    pub const INTERN_SLOT: usize = 5;
}

/// The figures of [`device`] are those of the layouts, on the targets they speak of.
#[cfg(target_pointer_width = "32")]
const _: () = {
    use crate::number::Num32;
    use crate::object::function::{Closure, Upvalue};
    use crate::object::thread::CallInfo;
    assert!(size_of::<Val<Num32>>() == device::REGISTER);
    assert!(Closure::<Num32>::size(0) + device::LINK == device::CLOSURE);
    assert!(Closure::<Num32>::size(1) - Closure::<Num32>::size(0) == device::UPVALUE_POINTER);
    assert!(size_of::<Upvalue<Num32>>() + device::LINK == device::UPVALUE);
    assert!(size_of::<CallInfo>() == device::CALL_INFO);
    assert!(size_of::<Thread<Num32>>() + device::LINK == device::THREAD);
    assert!(Table::<Num32>::object_size(false) + device::LINK == device::TABLE);
    assert!(
        Table::<Num32>::object_size(true) - Table::<Num32>::object_size(false) == device::LAYER
    );
    assert!(UserObject::<Num32>::DATA + device::LINK == device::USERDATA);
};

impl Tally {
    fn add(&mut self, bytes: usize, device_bytes: usize) {
        self.count += 1;
        self.bytes += bytes;
        self.device_bytes += device_bytes;
    }
}

impl Census {
    /// All kinds with their names.
    pub fn kinds(&self) -> [(&'static str, Tally); 7] {
        [
            ("strings", self.strings),
            ("function records", self.records),
            ("tables", self.tables),
            ("closures", self.closures),
            ("userdata", self.userdata),
            ("threads", self.threads),
            ("intern table", self.intern_table),
        ]
    }

    /// Bytes here and on a 32-bit target, of all kinds together.
    pub fn total(&self) -> (usize, usize) {
        let kinds = self.kinds();
        (
            kinds.iter().map(|kind| kind.1.bytes).sum(),
            kinds.iter().map(|kind| kind.1.device_bytes).sum(),
        )
    }

    /// # Safety
    /// `object` must be a live object of `state`.
    unsafe fn count<N: NumberModel>(&mut self, state: &State<N>, object: ObjectRef) {
        let at = object.as_ptr() as *mut u8;
        // SAFETY: the kind byte says which layout the live object has.
        unsafe {
            let bytes = state.roots.size(object) + size_of::<usize>();
            match header::kind(object) {
                kind::SHORT_STRING => {
                    let text = (header::user(object) as usize & 0xff).next_multiple_of(4);
                    self.strings.add(bytes, device::SHORT_STRING + text);
                }
                kind::LONG_STRING => {
                    let text = (word((at as *const u32).add(2)) as usize).next_multiple_of(4);
                    self.strings.add(bytes, device::LONG_STRING + text);
                }
                kind::RECORD => {
                    let narrow =
                        crate::record::slot_count::<N>(at as *const _) * (slot_bytes::<N>() - 4);
                    self.records
                        .add(bytes, bytes - size_of::<usize>() - narrow + device::LINK);
                }
                kind::TABLE => {
                    let table = at as *mut Table<N>;
                    let parts = Table::parts(table);
                    let device_parts = parts.elements * device::ELEMENT
                        + parts.nodes * device::NODE
                        + parts.overrides * 8
                        + if parts.layered { device::LAYER } else { 0 };
                    self.tables.add(
                        bytes + Table::buffer_bytes(table),
                        device::TABLE + device_parts,
                    );
                }
                kind::CLOSURE => {
                    let count = header::user(object) as usize;
                    self.closures
                        .add(bytes, device::CLOSURE + count * device::UPVALUE_POINTER);
                }
                kind::NATIVE_CLOSURE => {
                    let count = (bytes - size_of::<usize>() - NativeClosure::<N>::size(0))
                        / size_of::<Val<N>>();
                    self.closures
                        .add(bytes, device::CLOSURE + count * device::REGISTER);
                }
                kind::UPVALUE => self.closures.add(bytes, device::UPVALUE),
                kind::USERDATA => {
                    let value = bytes - size_of::<usize>() - UserObject::<N>::DATA;
                    self.userdata.add(bytes, device::USERDATA + value);
                }
                _ => {
                    let thread = at as *mut Thread<N>;
                    let stack = (*thread).stack_size as usize * device::REGISTER;
                    let calls = (*thread).frame_capacity as usize * device::CALL_INFO;
                    self.threads.add(
                        bytes + Thread::buffer_bytes(thread),
                        device::THREAD + stack + calls,
                    );
                }
            }
        }
    }
}

/// Bytes of a constant slot of a record in RAM here.
const fn slot_bytes<N: NumberModel>() -> usize {
    crate::object::function::Consts::<N>::slot_words(false) * 4
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<18}{:>8}{:>10}{:>14}",
            "kind", "count", "bytes", "32-bit bytes"
        )?;
        for (name, tally) in self.kinds() {
            writeln!(
                f,
                "{name:<18}{:>8}{:>10}{:>14}",
                tally.count, tally.bytes, tally.device_bytes
            )?;
        }
        let (bytes, device_bytes) = self.total();
        writeln!(f, "{:<18}{:>8}{bytes:>10}{device_bytes:>14}", "total", "")
    }
}

impl<N: NumberModel> Lua<'_, N> {
    /// Counts the heap's objects by kind.
    pub fn census(&self) -> Census {
        let mut census = Census::default();
        // SAFETY: the heap hands out its live objects, and none runs while they are counted.
        self.state
            .heap
            .for_each(|object| unsafe { census.count(&self.state, object) });
        let strings = &self.state.roots.strings;
        census.intern_table = Tally {
            count: strings.len(),
            bytes: strings.allocation_size(),
            device_bytes: (strings.capacity() * 8).div_ceil(7) * device::INTERN_SLOT,
        };
        census
    }
}
