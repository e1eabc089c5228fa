//! Weak containers, finalizers, and how they meet.

#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    reason = "tests hold live objects of one heap, all initialised, and call nothing from within hooks"
)]

mod support;

use lua_gc::{Config, Heap, Phase, header};
use support::*;

/// Configurations that must not differ in what they collect: mark stacks of every small size.
fn configurations() -> impl Iterator<Item = Config> {
    let every = if cfg!(miri) { 4 } else { 1 };
    (0..=8).step_by(every).chain([1 << 16]).map(|limit| Config {
        mark_stack_limit: limit,
        ..tiny_steps()
    })
}

/// Runs one cycle.
type Cycle<'a> = &'a dyn Fn(&mut World, &mut Heap<World>);

/// Runs a test body for every configuration, once collecting at once and once in steps.
fn everywhere(body: impl Fn(&mut World, &mut Heap<World>, Cycle<'_>)) {
    for config in configurations() {
        let at_once = |w: &mut World, h: &mut Heap<World>| w.collect(h);
        let in_steps = |w: &mut World, h: &mut Heap<World>| while !w.step(h) {};
        let cycles: [Cycle<'_>; 2] = [&at_once, &in_steps];
        for cycle in cycles {
            let (mut w, mut h) = (<World>::new(8), heap(config));
            body(&mut w, &mut h, cycle);
            w.close(h);
        }
    }
}

#[test]
fn weak_values_vanish_with_their_values() {
    everywhere(|w, h, cycle| {
        let table = w.make(h, WEAK_VALUES, 8).unwrap();
        w.roots[0] = Some(table);
        for pair in 0..4 {
            let key = w.make(h, NODE, 0).unwrap();
            let value = w.make(h, if pair == 3 { LEAF } else { NODE }, 0).unwrap();
            w.store(h, table, 2 * pair, Some(key));
            w.store(h, table, 2 * pair + 1, Some(value));
        }
        w.roots[1] = get(table, 1);
        cycle(w, h);
        // Pair 0 has a reachable value, pair 3 a leaf, which counts as a value.
        let left: Vec<_> = (0..4).map(|pair| get(table, 2 * pair).is_some()).collect();
        assert_eq!(left, [true, false, false, true]);
        assert!(w.alive.contains_key(&8));
        cycle(w, h);
        assert_eq!(w.ids(), [0, 1, 2, 7, 8]);
    });
}

#[test]
fn ephemeron_chain_lives_by_its_first_key() {
    everywhere(|w, h, cycle| {
        // Entries in the unhelpful order: each value is the key of the entry before.
        let table = w.make(h, EPHEMERON, 20).unwrap();
        w.roots[0] = Some(table);
        let keys: Vec<_> = (0..11).map(|_| w.make(h, NODE, 0).unwrap()).collect();
        for pair in 0..10 {
            w.store(h, table, 2 * (9 - pair), Some(keys[pair]));
            w.store(h, table, 2 * (9 - pair) + 1, Some(keys[pair + 1]));
        }
        w.roots[1] = Some(keys[0]);
        cycle(w, h);
        assert_eq!(w.alive.len(), 12);
        w.roots[1] = Some(keys[4]);
        cycle(w, h);
        assert_eq!(w.ids(), [0, 5, 6, 7, 8, 9, 10, 11]);
        w.roots[1] = None;
        cycle(w, h);
        assert_eq!(w.ids(), [0]);
        assert!((0..20).all(|slot| get(table, slot).is_none()));
    });
}

#[test]
fn ephemeron_entries_do_not_keep_themselves() {
    everywhere(|w, h, cycle| {
        // Two tables whose entries hold each other's keys, and a value that holds its own key.
        let tables = [0, 1].map(|_| w.make(h, EPHEMERON, 4).unwrap());
        let keys = [0, 1, 2].map(|_| w.make(h, NODE, 1).unwrap());
        w.roots[0] = Some(tables[0]);
        w.roots[1] = Some(tables[1]);
        w.store(h, tables[0], 0, Some(keys[0]));
        w.store(h, tables[0], 1, Some(keys[1]));
        w.store(h, tables[1], 0, Some(keys[1]));
        w.store(h, tables[1], 1, Some(keys[0]));
        w.store(h, keys[2], 0, Some(keys[2]));
        w.store(h, tables[0], 2, Some(keys[2]));
        w.store(h, tables[0], 3, Some(keys[2]));
        w.roots[2] = Some(keys[1]);
        cycle(w, h);
        assert_eq!(w.ids(), [0, 1, 2, 3]);
        w.roots[2] = None;
        cycle(w, h);
        assert_eq!(w.ids(), [0, 1]);
    });
}

#[test]
fn ephemeron_table_reached_through_an_ephemeron_converges() {
    everywhere(|w, h, cycle| {
        let outer = w.make(h, EPHEMERON, 2).unwrap();
        let inner = w.make(h, EPHEMERON, 2).unwrap();
        let key = w.make(h, NODE, 0).unwrap();
        let value = w.make(h, NODE, 0).unwrap();
        w.roots[0] = Some(outer);
        w.roots[1] = Some(key);
        w.store(h, outer, 0, Some(key));
        w.store(h, outer, 1, Some(inner));
        w.store(h, inner, 0, Some(key));
        w.store(h, inner, 1, Some(value));
        cycle(w, h);
        assert_eq!(w.alive.len(), 4);
        w.roots[1] = None;
        cycle(w, h);
        cycle(w, h);
        assert_eq!(w.ids(), [0]);
    });
}

#[test]
fn all_weak_entries_need_both_ends() {
    everywhere(|w, h, cycle| {
        let table = w.make(h, WEAK_ALL, 6).unwrap();
        w.roots[0] = Some(table);
        for slot in 0..6 {
            let o = w.make(h, NODE, 0).unwrap();
            w.store(h, table, slot, Some(o));
        }
        w.roots[1] = get(table, 0);
        w.roots[2] = get(table, 1);
        w.roots[3] = get(table, 2);
        w.roots[4] = get(table, 5);
        cycle(w, h);
        assert!(get(table, 0).is_some() && get(table, 1).is_some());
        assert!((2..6).all(|slot| get(table, slot).is_none()));
        assert_eq!(w.ids(), [0, 1, 2, 3, 6]);
    });
}

#[test]
fn finalizers_come_in_reverse_order_and_once() {
    everywhere(|w, h, cycle| {
        for _ in 0..6 {
            w.make(h, NODE, 0).unwrap();
        }
        // Marked in an order that is not that of allocation; the second mark of 3 has no effect.
        for id in [3, 0, 5, 3, 1] {
            let o = w.alive[&id];
            w.finalizer(h, o);
        }
        assert!(!h.has_pending_finalizers());
        cycle(w, h);
        assert_eq!(w.ids(), [0, 1, 3, 5]);
        let mut order = Vec::new();
        while let Some(o) = w.next_finalizable(h) {
            order.push(id(o));
        }
        assert_eq!(order, [1, 5, 0, 3]);
        assert!(!h.has_pending_finalizers());
        cycle(w, h);
        assert!(w.alive.is_empty());
    });
}

#[test]
fn pending_objects_keep_what_they_refer_to_and_may_be_resurrected() {
    everywhere(|w, h, cycle| {
        let child = w.make(h, NODE, 0).unwrap();
        let o = w.make(h, NODE, 1).unwrap();
        w.store(h, o, 0, Some(child));
        w.finalizer(h, o);
        for _ in 0..3 {
            cycle(w, h);
            assert!(h.has_pending_finalizers());
            assert_eq!(w.ids(), [0, 1]);
        }
        w.roots[0] = w.next_finalizable(h);
        cycle(w, h);
        assert_eq!(w.ids(), [0, 1]);
        // Its finalizer may be set again.
        w.finalizer(h, o);
        w.roots[0] = None;
        cycle(w, h);
        assert_eq!(w.next_finalizable(h), Some(o));
        cycle(w, h);
        assert!(w.alive.is_empty());
    });
}

#[test]
fn later_cycles_queue_behind_earlier_ones() {
    everywhere(|w, h, cycle| {
        let made: Vec<_> = (0..4).map(|_| w.make(h, NODE, 0).unwrap()).collect();
        for (root, o) in made.iter().enumerate() {
            w.finalizer(h, *o);
            w.roots[root] = Some(*o);
        }
        let mut order = Vec::new();
        for gone in [[0, 2], [1, 3]] {
            for root in gone {
                w.roots[root] = None;
            }
            cycle(w, h);
        }
        while let Some(o) = w.next_finalizable(h) {
            order.push(id(o));
        }
        assert_eq!(order, [2, 0, 3, 1]);
    });
}

#[test]
fn resurrection_clears_weak_values_before_and_weak_keys_after_the_finalizer() {
    everywhere(|w, h, cycle| {
        let by_value = w.make(h, WEAK_VALUES, 2).unwrap();
        let by_key = w.make(h, EPHEMERON, 2).unwrap();
        let o = w.make(h, NODE, 0).unwrap();
        let key = w.make(h, NODE, 0).unwrap();
        let value = w.make(h, NODE, 0).unwrap();
        w.roots[0] = Some(by_value);
        w.roots[1] = Some(by_key);
        w.store(h, by_value, 0, Some(key));
        w.store(h, by_value, 1, Some(o));
        w.store(h, by_key, 0, Some(o));
        w.store(h, by_key, 1, Some(value));
        w.finalizer(h, o);
        cycle(w, h);
        assert_eq!(get(by_value, 1), None);
        assert_eq!(get(by_key, 1), Some(value));
        assert_eq!(w.next_finalizable(h), Some(o));
        cycle(w, h);
        assert_eq!(get(by_key, 0), None);
        assert_eq!(w.ids(), [0, 1]);
    });
}

#[test]
fn weak_container_reached_by_resurrection_is_cleared_too() {
    everywhere(|w, h, cycle| {
        let o = w.make(h, NODE, 3).unwrap();
        w.finalizer(h, o);
        for (slot, kind) in [WEAK_VALUES, EPHEMERON, WEAK_ALL].into_iter().enumerate() {
            let table = w.make(h, kind, 2).unwrap();
            let key = w.make(h, NODE, 0).unwrap();
            let value = w.make(h, NODE, 0).unwrap();
            w.store(h, o, slot, Some(table));
            w.store(h, table, 0, Some(key));
            w.store(h, table, 1, Some(value));
        }
        cycle(w, h);
        assert!(h.has_pending_finalizers());
        for slot in 0..3 {
            assert_eq!(get(get(o, slot).unwrap(), 1), None);
        }
    });
}

#[test]
fn closing_makes_every_finalizer_pending_in_order() {
    for steps in 0..60 {
        let (mut w, mut h) = (<World>::new(8), heap(tiny_steps()));
        for root in 0..8 {
            let o = w.make(&mut h, NODE, 0).unwrap();
            w.finalizer(&mut h, o);
            if root % 2 == 0 {
                w.roots[root] = Some(o);
            }
        }
        for _ in 0..steps {
            w.step(&mut h);
        }
        let early = h.has_pending_finalizers();
        unsafe { h.finalize_all() };
        w.step(&mut h);
        let mut order = Vec::new();
        while let Some(o) = w.next_finalizable(&mut h) {
            order.push(id(o));
            w.roots[0] = Some(o);
            w.step(&mut h);
        }
        let expected = if early {
            [7, 5, 3, 1, 6, 4, 2, 0]
        } else {
            [7, 6, 5, 4, 3, 2, 1, 0]
        };
        assert_eq!(order, expected, "after {steps} steps");
        w.close(h);
    }
}

#[test]
fn an_object_reached_by_an_ephemeron_is_neither_finalized_nor_cleared() {
    everywhere(|w, h, cycle| {
        let by_key = w.make(h, EPHEMERON, 2).unwrap();
        let by_value = w.make(h, WEAK_VALUES, 2).unwrap();
        let key = w.make(h, NODE, 0).unwrap();
        let value = w.make(h, NODE, 1).unwrap();
        let o = w.make(h, NODE, 0).unwrap();
        w.roots[..3].copy_from_slice(&[Some(by_key), Some(by_value), Some(key)]);
        w.store(h, by_key, 0, Some(key));
        w.store(h, by_key, 1, Some(value));
        w.store(h, value, 0, Some(o));
        w.store(h, by_value, 0, Some(key));
        w.store(h, by_value, 1, Some(o));
        w.finalizer(h, o);
        cycle(w, h);
        assert!(!h.has_pending_finalizers());
        assert_eq!(get(by_value, 1), Some(o));
    });
}

#[test]
fn finalizers_may_be_set_and_taken_anywhere_in_a_cycle() {
    // With every delay between the start of a cycle and the calls.
    for (config, delay) in
        configurations().flat_map(|c| (0..80).step_by(slow()).map(move |delay| (c, delay)))
    {
        let (mut w, mut h) = (<World>::new(16), heap(config));
        for _ in 0..8 {
            let o = w.make(&mut h, NODE, 1).unwrap();
            let child = w.make(&mut h, NODE, 0).unwrap();
            w.store(&mut h, o, 0, Some(child));
            w.finalizer(&mut h, o);
        }
        w.collect(&mut h);
        for root in 0..8 {
            let o = w.make(&mut h, NODE, 1).unwrap();
            w.roots[root] = Some(o);
        }
        for _ in 0..delay {
            w.step(&mut h);
        }
        for root in 0..8 {
            let o = w.roots[7 - root].unwrap();
            w.finalizer(&mut h, o);
            w.roots[8 + root] = w.next_finalizable(&mut h);
            w.step(&mut h);
        }
        w.collect_rest(&mut h);
        assert_eq!(w.alive.len(), 24);
        h.for_each(|o| {
            assert!(
                unsafe { header::is_white(o) },
                "left marked after the cycle"
            )
        });
        w.collect(&mut h);
        assert_eq!(w.alive.len(), 24);
        w.close(h);
    }
}

#[test]
fn a_wide_graph_overflows_the_mark_stack_and_is_marked_all_the_same() {
    for limit in (0..=8).step_by(if cfg!(miri) { 5 } else { 1 }) {
        let config = Config {
            mark_stack_limit: limit,
            ..tiny_steps()
        };
        let (mut w, mut h) = (<World>::new(1), heap(config));
        let width = 2000 / slow();
        let top = w.make(&mut h, TABLE, width).unwrap();
        w.roots[0] = Some(top);
        for index in 0..width {
            let mid = w.make(&mut h, NODE, 3).unwrap();
            w.store(&mut h, top, index, Some(mid));
            for slot in 0..3 {
                let low = w.make(&mut h, NODE, 1).unwrap();
                w.store(&mut h, mid, slot, Some(low));
            }
        }
        let all = w.alive.len();
        let garbage = w.make(&mut h, NODE, 0).unwrap();
        let before = h.memory.bytes();
        h.memory.set_limit(before);
        w.collect(&mut h);
        assert_eq!(w.alive.len(), all);
        assert!(!w.alive.contains_key(&(all as u32)), "{garbage:?} survived");
        assert!(h.memory.peak_bytes() <= before);
        while !w.step(&mut h) {}
        assert_eq!(w.alive.len(), all);
        w.close(h);
    }
}

#[test]
fn marking_ends_although_the_mutator_keeps_losing_objects() {
    let config = Config {
        mark_stack_limit: 0,
        ..tiny_steps()
    };
    let (mut w, mut h) = (<World>::new(2), heap(config));
    for root in 0..2 {
        let o = w.make(&mut h, [NODE, TABLE][root], 1).unwrap();
        w.roots[root] = Some(o);
    }
    for round in 0..10_000 {
        for root in 0..2 {
            let parent = w.roots[root].unwrap();
            let child = w.make(&mut h, NODE, 0).unwrap();
            w.store(&mut h, parent, 0, Some(child));
        }
        w.step(&mut h);
        if h.phase() == Phase::Sweep {
            w.close(h);
            return;
        }
        assert!(round < 1000, "still marking");
    }
}
