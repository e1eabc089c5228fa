//! A small world for tables: a heap, strings of three kinds, a layer.

use super::super::*;
use crate::builtin;
use crate::layer::{RomValue, library};
use crate::number::{LuaFloat, LuaInt, Num32, Num64};
use crate::object::{kind, string};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ptr::NonNull;
use lua_gc::{
    Client, Config, HeaderBit, Heap, Liveness, ObjectRef, Trace, Tracer, WeakClass, header,
};

fn native<N: NumberModel>(
    _: &mut crate::frame::Frame<'_, N>,
) -> Result<crate::frame::Step, crate::frame::Throw> {
    Err(crate::frame::Throw::Error)
}

library! {
    struct TestLibrary in crate::builtin::BUILTIN {
        "insert" => RomValue::Native(native::<N>),
        "remove" => RomValue::Int(1),
        "pi" => RomValue::Float(&3.5),
        "_VERSION" => RomValue::Str("Lua 5.3"),
        "string" => RomValue::Library(1),
        "abs" => RomValue::MaxInteger,
        "sin" => RomValue::MinInteger,
        "cos" => RomValue::Int(-7),
    }
}

/// The language of the tests: tables and strings.
#[derive(Default)]
pub(super) struct Lang {
    pub(super) roots: Vec<ObjectRef>,
    pub(super) classes: BTreeMap<usize, WeakClass>,
    num32: bool,
}

unsafe impl Client for Lang {
    type Boundary = HeaderBit;

    unsafe fn trace_roots(&mut self, t: &mut Tracer<'_, Self>) {
        for &root in &self.roots {
            unsafe { t.mark(root) }
        }
    }

    unsafe fn trace(&mut self, o: ObjectRef, t: &mut Tracer<'_, Self>) -> Trace {
        unsafe {
            if self.num32 {
                self.visit::<Num32>(o, t)
            } else {
                self.visit::<Num64>(o, t)
            };
        }
        Trace::done(8)
    }

    fn is_leaf(kind: u8) -> bool {
        kind != kind::TABLE
    }

    unsafe fn size(&self, o: ObjectRef) -> usize {
        unsafe {
            if header::kind(o) == kind::TABLE {
                Table::<Num64>::object_size(Table::is_layered(o.as_ptr() as TablePtr<Num64>))
            } else {
                let value: Val<Num64> = Val::object(
                    o,
                    if header::kind(o) == kind::SHORT_STRING {
                        tag::SHORT_RAM
                    } else {
                        tag::LONG_RAM
                    },
                );
                string::object_size(string::len(&value))
            }
        }
    }

    unsafe fn release(&mut self, o: ObjectRef, m: &mut Memory) {
        unsafe {
            if header::kind(o) == kind::TABLE {
                if self.num32 {
                    Table::release(o.as_ptr() as TablePtr<Num32>, m)
                } else {
                    Table::release(o.as_ptr() as TablePtr<Num64>, m)
                }
            }
        }
    }

    unsafe fn weak_class(&self, o: ObjectRef) -> Option<WeakClass> {
        self.classes.get(&o.addr().get()).copied()
    }

    unsafe fn converge(&mut self, o: ObjectRef, t: &mut Tracer<'_, Self>) -> bool {
        unsafe { Table::trace_ephemeron(o.as_ptr() as TablePtr<Num64>, t) }
    }

    unsafe fn clear_values(&mut self, o: ObjectRef, live: &Liveness) {
        unsafe { Table::clear_values(o.as_ptr() as TablePtr<Num64>, live) }
    }

    unsafe fn clear_keys(&mut self, o: ObjectRef, live: &Liveness) {
        unsafe { Table::clear_keys(o.as_ptr() as TablePtr<Num64>, live) }
    }
}

impl Lang {
    unsafe fn visit<N: NumberModel>(&mut self, o: ObjectRef, t: &mut Tracer<'_, Self>) {
        let table = o.as_ptr() as TablePtr<N>;
        unsafe {
            match self.weak_class(o) {
                None => Table::trace_strong(table, t),
                Some(class) => {
                    match class {
                        WeakClass::Values => Table::trace_weak_values(table, t),
                        WeakClass::Ephemeron => _ = Table::trace_ephemeron(table, t),
                        WeakClass::All => Table::trace_weak_all(table, t),
                    }
                    t.defer(o, class);
                }
            }
        }
    }
}

pub(super) struct World<N: NumberModel> {
    pub(super) heap: Heap<Lang>,
    pub(super) lang: Lang,
    pub(super) libraries: *mut [TablePtr<N>; 3],
    pub(super) foreign: Vec<u32>,
}

impl<N: NumberModel> Drop for World<N> {
    fn drop(&mut self) {
        unsafe {
            self.heap.free_all(&mut self.lang);
            drop(Box::from_raw(self.libraries));
        }
        assert_eq!(self.heap.memory.bytes(), 0, "leak");
    }
}

pub(super) const FOREIGN: &[&str] = &[
    "insert", "remove", "pi", "__index", "abs", "zebra", "quagga", "name", "x",
];

impl<N: NumberModel> World<N> {
    pub(super) fn new() -> Self {
        let mut builder = rostrings::builder::Builder::new();
        for text in FOREIGN {
            builder.insert(text.as_bytes()).unwrap();
        }
        let foreign = builder.finish().unwrap().words().to_vec();
        let mut world = Self {
            heap: Heap::new(Config::default()).unwrap(),
            lang: Lang {
                num32: N::Int::BITS == 32,
                ..Lang::default()
            },
            libraries: Box::into_raw(Box::new([null_mut(); 3])),
            foreign,
        };
        let table = world.table();
        unsafe { (*world.libraries)[1] = table };
        world
    }

    pub(super) fn root(&mut self, table: TablePtr<N>) -> TablePtr<N> {
        self.lang
            .roots
            .push(NonNull::new(table as *mut Header).unwrap());
        table
    }

    pub(super) fn loose_table(&mut self) -> TablePtr<N> {
        let object = unsafe {
            self.heap
                .allocate(kind::TABLE, 0, Table::<N>::object_size(false))
        }
        .unwrap();
        let table = object.as_ptr() as TablePtr<N>;
        unsafe { Table::init(table, None) };
        table
    }

    pub(super) fn table(&mut self) -> TablePtr<N> {
        let table = self.loose_table();
        self.root(table)
    }

    pub(super) fn layered(&mut self) -> TablePtr<N> {
        let object = unsafe {
            self.heap
                .allocate(kind::TABLE, 0, Table::<N>::object_size(true))
        }
        .unwrap();
        let table = object.as_ptr() as TablePtr<N>;
        let layered = Layered {
            layer: TestLibrary::layer::<N>(),
            libraries: self.libraries.cast(),
        };
        unsafe { Table::init(table, Some(layered)) };
        self.root(table)
    }

    pub(super) fn ram_string(&mut self, text: &str) -> Val<N> {
        let short = text.len() <= rostrings::MAX_SHORT;
        let (kind, tag, user) = if short {
            (kind::SHORT_STRING, tag::SHORT_RAM, text.len() as u16)
        } else {
            (kind::LONG_STRING, tag::LONG_RAM, 0)
        };
        unsafe {
            let object = self
                .heap
                .allocate(kind, user, string::object_size(text.len()))
                .unwrap();
            let words = object.as_ptr() as *mut u32;
            words.add(1).write(if short {
                rostrings::hash(text.as_bytes())
            } else {
                0
            });
            let mut at = words.add(2);
            if !short {
                at.write(text.len() as u32);
                at = at.add(1);
            }
            (at as *mut u8).copy_from_nonoverlapping(text.as_ptr(), text.len());
            Val::object(object, tag)
        }
    }

    pub(super) fn rom_string(&self, text: &str) -> Val<N> {
        let table = rostrings::rom::RomTable::new(&builtin::BUILTIN).unwrap();
        builtin::string_value(
            table
                .find(rostrings::hash(text.as_bytes()), text.as_bytes())
                .unwrap(),
        )
    }

    pub(super) fn foreign_string(&self, text: &str) -> Val<N> {
        let table = rostrings::rom::RomTable::new(&self.foreign).unwrap();
        let offset = table
            .find(rostrings::hash(text.as_bytes()), text.as_bytes())
            .unwrap();
        let record = unsafe { self.foreign.as_ptr().add(offset as usize) };
        Val::pointer(record as *mut u8, tag::SHORT_ROM)
    }

    pub(super) fn set(
        &mut self,
        t: TablePtr<N>,
        key: Val<N>,
        value: Val<N>,
    ) -> Result<(), SetError> {
        unsafe { Table::set(t, &mut self.heap.memory, &key, value) }
    }

    pub(super) fn set_int(&mut self, t: TablePtr<N>, key: i64, value: i64) {
        self.set(t, int(key), int(value)).unwrap();
    }

    pub(super) fn collect(&mut self) {
        unsafe { self.heap.collect(&mut self.lang) }
    }
}

pub(super) fn int<N: NumberModel>(value: i64) -> Val<N> {
    Val::int(N::Int::wrap(value))
}

pub(super) fn float<N: NumberModel>(value: f64) -> Val<N> {
    Val::float(N::Float::from_f64(value))
}

pub(super) fn get<N: NumberModel>(t: TablePtr<N>, key: Val<N>) -> Val<N> {
    unsafe { Table::get(t, &key) }
}

pub(super) fn len<N: NumberModel>(t: TablePtr<N>) -> i64 {
    unsafe { Table::len(t) }.widen()
}

pub(super) fn same<N: NumberModel>(a: Val<N>, b: Val<N>) -> bool {
    unsafe { string::raw_equal(&a, &b) }
}

pub(super) fn entries<N: NumberModel>(t: TablePtr<N>) -> Vec<(Val<N>, Val<N>)> {
    let mut found = Vec::new();
    let mut position = 0;
    let mut last = Val::NIL;
    while let Some((next, key, value)) = unsafe { Table::next_at(t, position) } {
        let by_key = unsafe { Table::next(t, &last) }.unwrap().unwrap();
        assert!(same(by_key.0, key) && same(by_key.1, value));
        assert_eq!(unsafe { Table::position_of(t, &key) }, Ok(next));
        (position, last) = (next, key);
        found.push((key, value));
    }
    assert!(unsafe { Table::next(t, &last) }.unwrap().is_none());
    found
}
