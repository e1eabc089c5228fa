//! Tables against a flat model, with every kind of key, faults, collections and a layer.

use super::world::{FOREIGN, World, entries, float, get, int, len, same};
use super::*;
use crate::number::{LuaFloat, LuaInt};
use crate::object::string;
use alloc::string::String;
use alloc::vec::Vec;
use proptest::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Int(i64),
    Half(i64),
    Bool(bool),
    Text(String),
    Object(usize),
}

#[derive(Clone, Debug)]
enum Op {
    Set(Key, u8, bool),
    Remove(Key, u8),
    Append,
    RemoveLast,
    SlotSet(Key),
    Sweep(u8),
    Resize(u8, u8),
    Fault(u8),
    Collect,
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        6 => (-3i64..40).prop_map(Key::Int),
        2 => prop_oneof![Just(i64::MAX), Just(i64::MIN), Just(1i64 << 31), (0i64..5).prop_map(|i| i << 20)].prop_map(Key::Int),
        1 => (-4i64..4).prop_map(|i| Key::Half(2 * i + 1)),
        1 => any::<bool>().prop_map(Key::Bool),
        4 => (0usize..FOREIGN.len()).prop_map(|i| Key::Text(FOREIGN[i].into())),
        3 => (0u8..12).prop_map(|i| Key::Text(format!("ram {i}"))),
        1 => (0u8..3).prop_map(|i| Key::Text("long".repeat(11 + i as usize))),
        2 => (0usize..6).prop_map(Key::Object),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => (key(), any::<u8>(), any::<bool>()).prop_map(|(k, v, alt)| Op::Set(k, v, alt)),
        5 => (key(), any::<u8>()).prop_map(|(k, v)| Op::Remove(k, v)),
        4 => Just(Op::Append),
        2 => Just(Op::RemoveLast),
        2 => key().prop_map(Op::SlotSet),
        1 => (1u8..5).prop_map(Op::Sweep),
        1 => (0u8..40, 0u8..20).prop_map(|(a, h)| Op::Resize(a, h)),
        2 => (0u8..3).prop_map(Op::Fault),
        1 => Just(Op::Collect),
    ]
}

struct Run<N: NumberModel> {
    w: World<N>,
    t: TablePtr<N>,
    strings: BTreeMap<String, Val<N>>,
    objects: Vec<TablePtr<N>>,
    model: BTreeMap<Key, Val<N>>,
    /// Armed for the next operation alone, not for what the test itself allocates.
    fault: Option<u64>,
}

impl<N: NumberModel> Run<N> {
    fn new(layered: bool) -> Self {
        let mut w = World::new();
        let t = if layered { w.layered() } else { w.table() };
        let objects = (0..6).map(|_| w.table()).collect();
        let mut run = Self {
            w,
            t,
            strings: BTreeMap::new(),
            objects,
            model: BTreeMap::new(),
            fault: None,
        };
        if layered {
            for (key, value) in entries(t) {
                let text = unsafe { core::str::from_utf8(string::bytes(&key)).unwrap() };
                run.model.insert(Key::Text(text.into()), value);
            }
        }
        run
    }

    /// Short RAM strings are unique and not in the firmware's table, as the state's string tables see to it.
    fn val(&mut self, key: &Key, alternative: bool) -> Val<N> {
        match key {
            Key::Int(i) => {
                let value = N::Int::wrap(*i);
                let float = N::int_to_float(value);
                if alternative && N::float_to_int(float) == Some(value) {
                    Val::float(float)
                } else {
                    Val::int(value)
                }
            }
            Key::Half(i) => float(*i as f64 / 2.0),
            Key::Bool(b) => Val::boolean(*b),
            Key::Object(i) => Val::pointer(self.objects[*i] as *mut u8, tag::TABLE),
            Key::Text(text) => {
                let table = rostrings::rom::RomTable::new(&builtin::BUILTIN).unwrap();
                let known = table
                    .find(rostrings::hash(text.as_bytes()), text.as_bytes())
                    .is_some();
                let foreign = FOREIGN.contains(&text.as_str());
                if known && (alternative || !foreign) {
                    return self.w.rom_string(text);
                }
                if foreign {
                    return self.w.foreign_string(text);
                }
                if let Some(&value) = self.strings.get(text)
                    && (text.len() <= rostrings::MAX_SHORT || alternative)
                {
                    return value;
                }
                let value = self.w.ram_string(text);
                self.w.lang.roots.push(unsafe { value.as_object() });
                self.strings.insert(text.clone(), value);
                value
            }
        }
    }

    fn normal(key: &Key) -> Key {
        match key {
            Key::Int(i) => Key::Int(N::Int::wrap(*i).widen()),
            other => other.clone(),
        }
    }

    fn store(&mut self, key: &Key, alternative: bool, value: Val<N>) {
        let k = self.val(key, alternative);
        let before = get(self.t, k);
        let slot = unsafe {
            match k.tag {
                tag::SHORT_RAM | tag::SHORT_ROM => {
                    Table::slot_short(self.t, k.as_ptr() as _, k.tag)
                }
                _ => Table::slot(self.t, &k),
            }
        };
        let at_once = slot.is_none() && self.model.len().is_multiple_of(2);
        self.w.heap.memory.fail_after(self.fault.take());
        let result = if at_once && unsafe { Table::insert_at_once(self.t, k, value) } {
            Ok(())
        } else {
            self.w.set(self.t, k, value)
        };
        self.w.heap.memory.fail_after(None);
        match result {
            Ok(()) if value.is_nil() => _ = self.model.remove(&Self::normal(key)),
            Ok(()) => _ = self.model.insert(Self::normal(key), value),
            Err(error) => {
                assert_eq!(error, SetError::OutOfMemory);
                assert!(same(get(self.t, k), before));
            }
        }
    }

    fn step(&mut self, op: &Op) {
        match op {
            Op::Set(key, value, alternative) => {
                let value = if value % 5 == 0 {
                    Val::pointer(self.objects[*value as usize % 6] as *mut u8, tag::TABLE)
                } else {
                    int(*value as i64)
                };
                self.store(key, *alternative, value);
            }
            Op::Remove(key, alternative) => self.store(key, alternative % 2 == 0, Val::NIL),
            Op::Append => {
                let next = len(self.t) + 1;
                self.store(&Key::Int(next), false, int(next));
            }
            Op::RemoveLast => {
                let last = len(self.t);
                if last > 0 {
                    self.store(&Key::Int(last), false, Val::NIL);
                }
            }
            Op::SlotSet(key) => {
                let k = self.val(key, true);
                if let Some(slot) = unsafe { Table::slot(self.t, &k) } {
                    unsafe { slot.set(Val::TRUE) };
                    assert!(self.model.insert(Self::normal(key), Val::TRUE).is_some());
                }
            }
            Op::Sweep(every) => {
                let mut key = Val::NIL;
                let mut seen = 0;
                while let Some((next, _)) = unsafe { Table::next(self.t, &key) }.unwrap() {
                    if seen % *every as usize == 0 {
                        self.w.set(self.t, next, Val::NIL).unwrap();
                        let name = self.name(next);
                        assert!(self.model.remove(&name).is_some());
                    }
                    if seen == 3 {
                        self.w.collect();
                    }
                    seen += 1;
                    key = next;
                }
            }
            Op::Resize(array, hash) => {
                let memory = &mut self.w.heap.memory;
                memory.fail_after(self.fault.take());
                _ = unsafe { Table::resize(self.t, memory, *array as usize, *hash as usize) };
                memory.fail_after(None);
            }
            Op::Fault(after) => self.fault = Some(*after as u64),
            Op::Collect => self.w.collect(),
        }
    }

    fn name(&self, key: Val<N>) -> Key {
        match key.tag {
            tag::INT => Key::Int(key.as_int().widen()),
            tag::FLOAT => Key::Half((key.as_float().to_f64() * 2.0) as i64),
            tag::TRUE | tag::FALSE => Key::Bool(key.tag == tag::TRUE),
            tag::TABLE => {
                let address = unsafe { key.as_ptr() };
                Key::Object(
                    self.objects
                        .iter()
                        .position(|&o| o as *mut u8 == address)
                        .unwrap(),
                )
            }
            _ => Key::Text(String::from_utf8(unsafe { string::bytes(&key) }.to_vec()).unwrap()),
        }
    }

    fn check(&mut self) {
        let found = entries(self.t);
        assert_eq!(found.len(), self.model.len());
        for (key, value) in found {
            assert!(same(self.model[&self.name(key)], value));
        }
        for (key, value) in self.model.clone() {
            for alternative in [false, true] {
                let key = self.val(&key, alternative);
                assert!(same(get(self.t, key), value));
                assert!(
                    unsafe { Table::slot(self.t, &key) }
                        .is_none_or(|slot| same(unsafe { slot.get() }, value))
                );
            }
        }
        let border = len(self.t);
        assert!(border == 0 || !get(self.t, int(border)).is_nil());
        assert!(get(self.t, int(border + 1)).is_nil());
        let blocks = unsafe { Table::buffer_bytes(self.t) };
        assert!(blocks <= self.w.heap.memory.bytes());
    }
}

fn cases() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 3 } else { 2000 },
        failure_persistence: None,
        ..Default::default()
    }
}

fn run<N: NumberModel>(layered: bool, ops: &[Op]) {
    let mut run = Run::<N>::new(layered);
    for (i, op) in ops.iter().enumerate() {
        run.step(op);
        if i % 8 == 0 || !cfg!(miri) {
            run.check();
        }
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn behaves_as_a_map(layered: bool, ops in proptest::collection::vec(op(), 0..80)) {
        run::<Num64>(layered, &ops);
    }

    #[test]
    fn behaves_as_a_map_with_small_numbers(layered: bool, ops in proptest::collection::vec(op(), 0..80)) {
        run::<Num32>(layered, &ops);
    }
}
