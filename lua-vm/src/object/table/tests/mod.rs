//! Behaviour of tables, case by case.

#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "every object here lives until the end of its test"
)]

mod model;
mod world;

use super::next::InvalidKey;
use super::*;
use crate::builtin;
use crate::number::{Num32, Num64};
use alloc::collections::BTreeMap;
use alloc::format;
use lua_gc::WeakClass;
use world::{World, entries, float, get, int, len, same};

#[test]
fn keys_of_all_kinds() {
    let mut w = World::<Num64>::new();
    let t = w.table();
    let other = w.table();
    let long = w.ram_string(&"long".repeat(20));
    let long_twin = w.ram_string(&"long".repeat(20));
    let short = w.ram_string("short");
    let keys = [
        int(1),
        int(-5),
        int(i64::MAX),
        float(1.5),
        float(f64::INFINITY),
        Val::TRUE,
        Val::FALSE,
        short,
        long,
        w.rom_string("insert"),
        Val::pointer(other as *mut u8, tag::TABLE),
        Val::pointer(0x1000 as *mut u8, tag::LIGHT),
    ];
    for (i, &key) in keys.iter().enumerate() {
        w.set(t, key, int(i as i64)).unwrap();
    }
    for (i, &key) in keys.iter().enumerate() {
        assert_eq!(get(t, key).as_int(), i as i64);
        assert!(unsafe { Table::slot(t, &key) }.is_some());
    }
    assert_eq!(get(t, float(1.0)).as_int(), 0);
    assert_eq!(get(t, long_twin).as_int(), 8);
    assert_eq!(get(t, w.foreign_string("insert")).as_int(), 9);
    assert!(
        get(t, Val::NIL).is_nil() && get(t, float(f64::NAN)).is_nil() && get(t, int(2)).is_nil()
    );
    assert_eq!(entries(t).len(), keys.len());
    assert_eq!(w.set(t, Val::NIL, int(1)), Err(SetError::NilKey));
    assert_eq!(w.set(t, float(f64::NAN), int(1)), Err(SetError::NanKey));
    assert_eq!(unsafe { Table::position_of(t, &int(77)) }, Err(InvalidKey));
}

#[test]
fn arrays_take_what_is_dense() {
    let mut w = World::<Num64>::new();
    let t = w.table();
    for i in 1..=1000 {
        w.set_int(t, i, -i);
        assert_eq!(len(t), i);
    }
    assert_eq!(unsafe { (*t).array_cap }, 1024);
    assert_eq!(unsafe { Table::buffer_bytes(t) }, 1024 * 9);
    for i in (1..=1000).rev() {
        w.set(t, int(i), Val::NIL).unwrap();
        assert_eq!(len(t), i - 1);
    }
    let sparse = w.table();
    for i in 1..=100 {
        w.set_int(sparse, i * 1000, i);
    }
    assert_eq!(unsafe { (*sparse).array_cap }, 0);
    assert_eq!(len(sparse), 0);
    let down = w.table();
    for i in (1..=64).rev() {
        w.set_int(down, i, i);
    }
    assert_eq!(len(down), 64);
    assert_eq!(entries(down).len(), 64);
}

#[test]
fn borders_lie_in_the_node_part_too() {
    let mut w = World::<Num64>::new();
    let t = w.table();
    unsafe { Table::resize(t, &mut w.heap.memory, 0, 16) }.unwrap();
    for i in 1..=9 {
        w.set_int(t, i, i);
    }
    assert_eq!(unsafe { (*t).array_cap }, 0);
    assert_eq!(len(t), 9);
    w.set_int(t, i64::MAX, 1);
    assert_eq!(len(t), 9);
}

#[test]
fn resize_keeps_entries_and_moves_them() {
    let mut w = World::<Num32>::new();
    let t = w.table();
    unsafe {
        Table::resize(t, &mut w.heap.memory, 3, 5).unwrap();
        assert_eq!(((*t).array_cap, Table::node_count(t)), (3, 8));
        for i in 1..=6 {
            w.set_int(t, i, i);
        }
        assert_eq!((*t).array_cap, 3);
        Table::resize(t, &mut w.heap.memory, 6, 0).unwrap();
        assert_eq!(((*t).array_cap, Table::node_count(t)), (6, 8));
        assert!(Table::resize(t, &mut w.heap.memory, usize::MAX, 0).is_err());
    }
    assert_eq!(len(t), 6);
    assert_eq!(entries(t).len(), 6);
}

#[test]
fn metamethods_are_found_by_the_firmwares_record() {
    let mut w = World::<Num64>::new();
    let t = w.table();
    let event = builtin::Event::Index;
    let foreign = w.foreign_string("__index");
    unsafe {
        Table::set_absent(t, 0);
        assert_eq!(Table::flags(t), 1);
        assert!(Table::get_event(t, event.record()).is_nil());
        w.set(t, foreign, int(7)).unwrap();
        assert_eq!(Table::flags(t), 0);
        assert_eq!(Table::get_event(t, event.record()).as_int(), 7);
    }
    assert_eq!(get(t, foreign).as_int(), 7);
    assert_eq!(get(t, w.rom_string("__index")).as_int(), 7);
    w.set(t, foreign, int(8)).unwrap();
    assert_eq!(entries(t).len(), 1);
}

#[test]
fn layers_look_like_flat_tables() {
    let mut w = World::<Num64>::new();
    let t = w.layered();
    assert_eq!(unsafe { Table::buffer_bytes(t) }, 0);
    assert_eq!(get(t, w.rom_string("pi")).as_float(), 3.5);
    assert_eq!(get(t, w.foreign_string("remove")).as_int(), 1);
    assert_eq!(get(t, w.rom_string("insert")).tag, tag::NATIVE);
    assert!(get(t, w.rom_string("sort")).is_nil());
    let library = get(t, w.rom_string("string"));
    assert_eq!(unsafe { library.as_ptr() } as TablePtr<Num64>, unsafe {
        (*w.libraries)[1]
    });
    assert!(same(
        get(t, w.rom_string("_VERSION")),
        w.rom_string("Lua 5.3")
    ));
    assert_eq!(entries(t).len(), 8);

    w.set(t, w.foreign_string("insert"), int(5)).unwrap();
    w.set(t, w.rom_string("cos"), Val::NIL).unwrap();
    w.set(t, w.rom_string("sort"), int(6)).unwrap();
    w.set(t, int(1), int(9)).unwrap();
    assert_eq!(get(t, w.rom_string("insert")).as_int(), 5);
    assert!(get(t, w.rom_string("cos")).is_nil());
    assert_eq!(entries(t).len(), 9);
    assert_eq!(len(t), 1);
    unsafe {
        let insert = w.foreign_string("insert");
        Table::slot(t, &insert).unwrap().set(Val::NIL);
        assert!(Table::slot(t, &insert).is_none());
        assert!(Table::slot(t, &w.rom_string("sin")).is_none());
    }
    assert_eq!(entries(t).len(), 8);
    w.set(t, w.rom_string("cos"), int(1)).unwrap();
    assert_eq!(entries(t).len(), 9);
}

#[test]
fn a_traversal_may_change_every_entry_of_a_layer() {
    for remove in [false, true] {
        let mut w = World::<Num64>::new();
        let t = w.layered();
        for i in 1..=5 {
            w.set_int(t, i, i);
        }
        let mut seen = 0;
        let mut key = Val::NIL;
        while let Some((next, value)) = unsafe { Table::next(t, &key) }.unwrap() {
            let changed = if remove { Val::NIL } else { Val::TRUE };
            assert_ne!(value.tag, tag::TRUE, "visited twice");
            w.set(t, next, changed).unwrap();
            seen += 1;
            key = next;
        }
        assert_eq!(seen, 13);
        assert_eq!(entries(t).len(), if remove { 0 } else { 13 });
    }
}

#[test]
fn a_traversal_survives_the_death_of_its_keys() {
    let mut w = World::<Num64>::new();
    let t = w.table();
    for i in 0..20 {
        let key = if i % 2 == 0 {
            w.ram_string(&format!("key{i}"))
        } else {
            Val::pointer(w.loose_table() as *mut u8, tag::TABLE)
        };
        w.set(t, key, int(i)).unwrap();
    }
    let mut seen = 0;
    let mut key = Val::NIL;
    while let Some((next, _)) = unsafe { Table::next(t, &key) }.unwrap() {
        // The traversal's control variable keeps its key alive, as a stack would.
        w.lang.roots.truncate(2);
        w.lang.roots.push(unsafe { next.as_object() });
        w.set(t, next, Val::NIL).unwrap();
        w.collect();
        seen += 1;
        key = next;
    }
    assert_eq!(seen, 20);
    w.lang.roots.truncate(2);
    w.collect();
    assert!(entries(t).is_empty());
    for i in 0..20 {
        let key = w.ram_string(&format!("key{i}"));
        w.set(t, key, int(i)).unwrap();
    }
    assert_eq!(entries(t).len(), 20);
}

#[test]
fn weak_tables_lose_what_is_dead() {
    for class in [WeakClass::Values, WeakClass::Ephemeron, WeakClass::All] {
        let mut w = World::<Num64>::new();
        let t = w.table();
        w.lang.classes.insert(t.addr(), class);
        let live = w.table();
        let (live, dead) = (
            Val::pointer(live as *mut u8, tag::TABLE),
            Val::pointer(w.loose_table() as *mut u8, tag::TABLE),
        );
        let text = w.ram_string("text");
        let value = w.ram_string("value");
        w.set(t, int(1), dead).unwrap();
        w.set(t, int(2), live).unwrap();
        w.set(t, int(3), value).unwrap();
        w.set(t, text, value).unwrap();
        let other_dead = Val::pointer(w.loose_table() as *mut u8, tag::TABLE);
        w.set(t, other_dead, int(5)).unwrap();
        let chained = Val::pointer(w.loose_table() as *mut u8, tag::TABLE);
        w.set(t, live, chained).unwrap();
        w.set(t, chained, live).unwrap();
        w.collect();
        let values_weak = class != WeakClass::Ephemeron;
        let keys_weak = class != WeakClass::Values;
        let count = entries(t).len();
        assert_eq!(get(t, int(1)).is_nil(), values_weak);
        assert!(!get(t, int(2)).is_nil());
        assert!(same(get(t, text), value));
        assert!(same(get(t, int(3)), value));
        // [1] (strong values), [2], [3], text, [dead key] (strong keys), live -> chained -> live.
        let chain = match class {
            WeakClass::Ephemeron | WeakClass::Values => 2,
            WeakClass::All => 0,
        };
        assert_eq!(
            count,
            3 + usize::from(!values_weak) + usize::from(!keys_weak) + chain
        );
        w.collect();
        assert_eq!(entries(t).len(), count);
    }
}

#[test]
fn every_fault_leaves_the_table_as_it_was() {
    for fault in (0..40).step_by(if cfg!(miri) { 13 } else { 1 }) {
        let mut w = World::<Num64>::new();
        let t = w.layered();
        let mut model = BTreeMap::new();
        w.heap.memory.fail_after(Some(fault));
        for i in 0..60i64 {
            let key = match i % 4 {
                0 => i / 4 + 1,
                1 => i * 1000,
                2 => -i,
                _ => i * i,
            };
            match w.set(t, int(key), int(i)) {
                Ok(()) => _ = model.insert(key, i),
                Err(error) => assert_eq!(error, SetError::OutOfMemory),
            }
            if i % 10 == 0 {
                let name =
                    w.rom_string(["abs", "sin", "cos", "pi", "insert", "remove"][i as usize / 10]);
                let before = get(t, name);
                match w.set(t, name, int(i)) {
                    Ok(()) => assert_eq!(get(t, name).as_int(), i),
                    Err(_) => assert!(same(get(t, name), before)),
                }
            }
            for (&key, &value) in &model {
                assert_eq!(get(t, int(key)).as_int(), value);
            }
        }
    }
}

#[test]
fn every_store_of_an_absent_event_is_noticed() {
    let mut w = World::<Num64>::new();
    let t = w.table();
    let (own, foreign) = (w.rom_string("__index"), w.foreign_string("__index"));
    let clear = |w: &mut World<Num64>| {
        w.set(t, own, Val::NIL).unwrap();
        unsafe { Table::set_absent(t, 0) };
    };
    w.set(t, own, int(1)).unwrap();
    for key in [own, foreign] {
        clear(&mut w);
        w.set(t, key, int(2)).unwrap();
        assert_eq!(unsafe { Table::flags(t) }, 0);
        clear(&mut w);
        if unsafe { Table::insert_at_once(t, key, int(3)) } {
            assert_eq!(unsafe { Table::flags(t) }, 0);
            assert_eq!(get(t, own).as_int(), 3);
        }
    }
    assert!(entries(t).len() == 1);
}
