//! Cycles, colours, accounting and limits of small heaps.

#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    reason = "tests hold live objects of one heap, all initialised, and call nothing from within hooks"
)]

mod support;

use lua_gc::{AddressRange, Config, HeaderBit, Heap, NoRom, ObjectRef, Phase, RomBoundary, header};
use std::ptr::NonNull;
use support::*;

fn world() -> (World, Heap<World>) {
    (<World>::new(4), heap(tiny_steps()))
}

#[test]
fn unreachable_objects_are_freed_and_reachable_ones_kept() {
    let (mut w, mut h) = world();
    let a = w.make(&mut h, NODE, 2).unwrap();
    let b = w.make(&mut h, NODE, 1).unwrap();
    let c = w.make(&mut h, NODE, 1).unwrap();
    w.store(&mut h, a, 0, Some(b));
    w.store(&mut h, b, 0, Some(a));
    w.store(&mut h, c, 0, Some(c));
    w.roots[0] = Some(a);
    w.collect(&mut h);
    assert_eq!(w.ids(), [0, 1]);
    w.roots[0] = None;
    w.collect(&mut h);
    assert!(w.alive.is_empty());
    w.close(h);
}

#[test]
fn what_the_atomic_phase_adds_is_kept_with_its_children() {
    let (mut w, mut h) = world();
    let late = w.make(&mut h, NODE, 1).unwrap();
    let child = w.make(&mut h, NODE, 0).unwrap();
    w.store(&mut h, late, 0, Some(child));
    w.late.push(late);
    w.collect(&mut h);
    while !w.step(&mut h) {}
    assert_eq!(w.ids(), [0, 1]);
    w.close(h);
}

#[test]
fn header_keeps_kind_and_user_bits_through_cycles() {
    let (mut w, mut h) = world();
    let a = w.make(&mut h, NODE, 0).unwrap();
    w.roots[0] = Some(a);
    let word = unsafe { header::word(a) };
    unsafe { header::set_user(a, 0xBEEF) };
    assert_eq!(unsafe { header::word(a) }, word | 0xBEEF_0000);
    for _ in 0..3 {
        w.collect(&mut h);
        assert_eq!(
            unsafe { (header::kind(a), header::user(a)) },
            (NODE, 0xBEEF)
        );
        assert!(unsafe { header::is_white(a) && !header::is_black(a) && !header::is_gray(a) });
    }
    w.close(h);
}

#[test]
fn objects_made_while_sweeping_survive_the_sweep() {
    let (mut w, mut h) = world();
    for _ in 0..20 {
        w.make(&mut h, LEAF, 0).unwrap();
    }
    while h.phase() != Phase::Sweep {
        w.step(&mut h);
    }
    let fresh = w.make(&mut h, LEAF, 0).unwrap();
    while h.phase() == Phase::Sweep {
        w.step(&mut h);
    }
    assert_eq!(w.ids(), [id(fresh)]);
    w.close(h);
}

#[test]
fn revived_object_outlives_the_sweep_that_would_free_it() {
    let (mut w, mut h) = world();
    let strings: Vec<_> = (0..20).map(|_| w.make(&mut h, LEAF, 0).unwrap()).collect();
    while h.phase() != Phase::Sweep {
        w.step(&mut h);
    }
    // The sweep begins with the latest object, so the first is still there.
    unsafe { h.revive(strings[0]) };
    w.collect_rest(&mut h);
    assert_eq!(w.ids(), [0]);
    w.collect(&mut h);
    assert!(w.alive.is_empty());
    w.close(h);
}

#[test]
fn fixed_leaf_is_never_freed() {
    let (mut w, mut h) = world();
    let a = w.make(&mut h, LEAF, 0).unwrap();
    unsafe { h.fix(a) };
    for _ in 0..3 {
        w.collect(&mut h);
    }
    assert_eq!(w.ids(), [0]);
    let mut seen = 0;
    h.for_each(|_| seen += 1);
    assert_eq!(seen, 1);
    w.close(h);
}

#[test]
fn fixed_leaf_is_not_dead_to_weak_containers() {
    let (mut w, mut h) = world();
    let table = w.make(&mut h, WEAK_VALUES, 4).unwrap();
    w.roots[0] = Some(table);
    for pair in 0..2 {
        let leaf = w.make(&mut h, LEAF, 0).unwrap();
        unsafe { header::set_user(leaf, 1) };
        w.store(&mut h, table, 2 * pair, Some(ROM_LEAF.get()));
        w.store(&mut h, table, 2 * pair + 1, Some(leaf));
    }
    unsafe { h.fix(get(table, 1).unwrap()) };
    w.collect(&mut h);
    assert!(get(table, 1).is_some() && get(table, 3).is_none());
    assert_eq!(w.ids(), [0, 1]);
    w.close(h);
}

#[test]
fn back_barrier_leaves_white_objects_alone() {
    let (mut w, mut h) = world();
    let garbage = w.make(&mut h, TABLE, 0).unwrap();
    w.roots[0] = Some(w.make(&mut h, NODE, 0).unwrap());
    w.step(&mut h);
    assert_eq!(h.phase(), Phase::Mark);
    unsafe { h.barrier_back(garbage) };
    w.collect_rest(&mut h);
    assert_eq!(w.ids(), [1]);
    w.close(h);
}

#[test]
fn walk_leaves_out_the_dead() {
    let (mut w, mut h) = world();
    for kept in [false, true, false] {
        let o = w.make(&mut h, LEAF, 0).unwrap();
        if kept {
            w.roots[0] = Some(o);
        }
    }
    while h.phase() != Phase::Sweep {
        w.step(&mut h);
    }
    let mut seen = Vec::new();
    h.for_each(|o| seen.push(id(o)));
    assert_eq!(seen, [1]);
    w.close(h);
}

#[test]
fn steps_are_due_by_allocation_and_finish_cycles() {
    let config = Config {
        step_bytes: 256,
        ..Config::default()
    };
    let mut w = <World>::new(1);
    let mut h = heap(config);
    let mut most = 0;
    for _ in 0..20_000 / slow() {
        let o = w.make(&mut h, NODE, 1).unwrap();
        w.store(&mut h, o, 0, None);
        w.roots[0] = Some(o);
        if h.debt_due() {
            unsafe { h.step(&mut w) };
        }
        most = most.max(h.memory.bytes());
    }
    assert!(h.cycles() > 2);
    assert!(most < 16 * 1024, "garbage piles up to {most} bytes");
    assert!(h.memory.peak_bytes() >= most);
    w.close(h);
}

#[test]
fn a_stopped_heap_is_never_due_but_can_be_stepped() {
    let (mut w, mut h) = world();
    h.stop();
    assert!(!h.is_running());
    for _ in 0..1000 {
        w.make(&mut h, LEAF, 0).unwrap();
        assert!(!h.debt_due());
    }
    unsafe { h.step(&mut w) };
    assert_eq!(w.alive.len(), 1000);
    assert!(unsafe { h.step_by(&mut w, 1024) });
    assert_eq!(w.alive.len(), 0);
    assert!(!h.debt_due());
    h.restart();
    w.make(&mut h, LEAF, 0).unwrap();
    assert!(h.debt_due());
    w.close(h);
}

#[test]
fn stress_makes_every_step_a_cycle() {
    let (mut w, mut h) = world();
    h.set_debug_stress(true);
    for cycle in 1..10 {
        w.make(&mut h, LEAF, 0).unwrap();
        assert!(h.debt_due());
        unsafe { h.step(&mut w) };
        assert!(w.alive.is_empty());
        assert_eq!(h.cycles(), cycle);
    }
    h.set_debug_stress(false);
    assert!(!h.debt_due());
    w.close(h);
}

#[test]
fn tuning_returns_the_old_values() {
    let (w, mut h) = world();
    assert_eq!(h.set_pause(150), 200);
    assert_eq!(h.pause(), 150);
    assert_eq!(h.set_step_multiplier(400), 200);
    assert_eq!(h.step_multiplier(), 400);
    w.close(h);
}

#[test]
fn extreme_tuning_still_finishes() {
    for (pause, multiplier) in [(0, 0), (u32::MAX, u32::MAX), (0, 1), (1, u32::MAX)] {
        let config = Config {
            pause,
            step_multiplier: multiplier,
            ..tiny_steps()
        };
        let mut w = <World>::new(1);
        let mut h = heap(config);
        for _ in 0..50 {
            let o = w.make(&mut h, NODE, 1).unwrap();
            w.store(&mut h, o, 0, w.roots[0]);
            w.roots[0] = Some(o);
            if h.debt_due() {
                unsafe { h.step(&mut w) };
            }
        }
        while !w.step(&mut h) {}
        assert_eq!(w.alive.len(), 50);
        w.close(h);
    }
}

#[test]
fn pause_decides_when_the_next_cycle_starts() {
    let (mut w, mut h) = world();
    let big = w.make(&mut h, NODE, 1000).unwrap();
    w.roots[0] = Some(big);
    h.set_pause(300);
    w.collect(&mut h);
    let live = h.memory.bytes();
    while !h.debt_due() {
        w.make(&mut h, LEAF, 0).unwrap();
    }
    assert!((live * 3..live * 3 + 200).contains(&h.memory.bytes()));
    w.close(h);
}

#[test]
fn the_limit_is_kept_and_freed_memory_is_usable_again() {
    let config = Config {
        limit: 4096,
        ..Config::default()
    };
    let mut w = <World>::new(1);
    let mut h = heap(config);
    for _ in 0..3 {
        let mut made = 0;
        while w.make(&mut h, NODE, 2).is_ok() {
            made += 1;
        }
        assert!(made > 20);
        assert!(h.memory.bytes() <= 4096 && h.memory.peak_bytes() <= 4096);
        w.collect(&mut h);
        assert!(w.alive.is_empty());
    }
    h.memory.set_limit(0);
    assert!(w.make(&mut h, NODE, 0).is_err());
    h.memory.set_limit(usize::MAX);
    assert!(w.make(&mut h, NODE, 0).is_ok());
    w.close(h);
}

static ROM_LEAF: RomObject = RomObject::new(LEAF, 1000);
static ROM_NODE: RomObject = RomObject::new(NODE, 1001);

/// Knows the ROM objects by address.
struct Statics;

// SAFETY: exactly the two objects above.
unsafe impl RomBoundary for Statics {
    unsafe fn is_rom(o: ObjectRef) -> bool {
        o == ROM_LEAF.get() || o == ROM_NODE.get()
    }
}

fn rom_is_left_alone<B: RomBoundary>() {
    let mut w = World::<B>::new(2);
    let mut h = heap::<B>(tiny_steps());
    let before = [ROM_LEAF.0, ROM_NODE.0];
    let a = w.make(&mut h, NODE, 64).unwrap();
    w.roots[0] = Some(a);
    w.roots[1] = Some(ROM_NODE.get());
    for index in 0..64 {
        let rom = if index % 2 == 0 { &ROM_LEAF } else { &ROM_NODE };
        w.store(&mut h, a, index, Some(rom.get()));
    }
    w.collect(&mut h);
    // One cycle: the node once, the root when marking starts and in the atomic phase.
    assert_eq!((w.traced, h.boundary_hits()), (1, 64 + 2));
    assert_eq!(w.rom_traced, 0);
    while h.phase() == Phase::Pause {
        w.step(&mut h);
    }
    while h.phase() == Phase::Mark && !unsafe { header::is_black(a) } {
        w.step(&mut h);
    }
    w.store(&mut h, a, 0, Some(ROM_NODE.get()));
    assert!(
        unsafe { header::is_black(a) },
        "ROM objects need no barrier"
    );
    w.collect(&mut h);
    assert_eq!(before, [ROM_LEAF.0, ROM_NODE.0]);
    w.close(h);
}

#[test]
fn rom_objects_are_neither_traced_nor_written() {
    rom_is_left_alone::<HeaderBit>();
    rom_is_left_alone::<Statics>();
}

#[test]
fn weak_containers_keep_rom_entries() {
    let (mut w, mut h) = world();
    for (root, kind) in [WEAK_VALUES, EPHEMERON, WEAK_ALL].into_iter().enumerate() {
        let o = w.make(&mut h, kind, 2).unwrap();
        w.store(&mut h, o, 0, Some(ROM_LEAF.get()));
        w.store(&mut h, o, 1, Some(ROM_NODE.get()));
        w.roots[root] = Some(o);
    }
    w.collect(&mut h);
    for root in 0..3 {
        assert_eq!(get(w.roots[root].unwrap(), 0), Some(ROM_LEAF.get()));
        assert_eq!(get(w.roots[root].unwrap(), 1), Some(ROM_NODE.get()));
    }
    w.close(h);
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "ROM")]
fn debug_builds_refuse_to_write_into_rom() {
    unsafe { header::set_user(ROM_LEAF.get(), 1) };
}

#[test]
fn an_address_range_is_half_open_and_never_looks() {
    let at = |address: usize| NonNull::without_provenance(address.try_into().unwrap());
    let is_rom = |address| unsafe { AddressRange::<0x4020_0000, 0x4030_0000>::is_rom(at(address)) };
    assert!(!is_rom(0x401F_FFFC));
    assert!(is_rom(0x4020_0000));
    assert!(is_rom(0x402F_FFFC));
    assert!(!is_rom(0x4030_0000));
    assert!(!unsafe { NoRom::is_rom(at(4)) });
}

#[test]
fn barrier_marks_the_child_and_back_barrier_the_parent() {
    for parent_kind in [NODE, TABLE] {
        let (mut w, mut h) = world();
        let parent = w.make(&mut h, parent_kind, 1).unwrap();
        w.roots[0] = Some(parent);
        // Something to keep marking busy.
        let other = w.make(&mut h, NODE, 1).unwrap();
        w.roots[1] = Some(other);
        w.step(&mut h);
        while !unsafe { header::is_black(parent) } {
            w.step(&mut h);
        }
        assert_eq!(h.phase(), Phase::Mark);
        let child = w.make(&mut h, NODE, 0).unwrap();
        w.store(&mut h, parent, 0, Some(child));
        assert_eq!(unsafe { header::is_gray(child) }, parent_kind == NODE);
        assert_eq!(unsafe { header::is_gray(parent) }, parent_kind == TABLE);
        while h.phase() != Phase::Pause {
            w.step(&mut h);
        }
        assert_eq!(w.alive.len(), 3);
        w.close(h);
    }
}

#[test]
fn memory_resizes_in_place_of_a_buffer() {
    use core::alloc::Layout;
    let (w, mut h) = world();
    let base = h.memory.bytes();
    let m = &mut h.memory;
    let layout = |size| Layout::from_size_align(size, 4).unwrap();
    unsafe {
        let p = m.alloc(layout(0)).unwrap();
        let p = m.resize(p, layout(0), 8).unwrap();
        p.cast::<u64>().write_unaligned(0x0102_0304_0506_0708);
        let p = m.resize(p, layout(8), 4096).unwrap();
        assert_eq!(p.cast::<u64>().read_unaligned(), 0x0102_0304_0506_0708);
        assert_eq!(m.bytes(), base + 4096);
        m.set_limit(m.bytes());
        assert!(m.resize(p, layout(4096), 4097).is_err());
        assert!(m.resize(p, layout(4096), usize::MAX).is_err());
        let p = m.resize(p, layout(4096), 0).unwrap();
        m.free(p, layout(0));
    }
    assert_eq!(m.bytes(), base);
    assert!(m.peak_bytes() >= base + 4096);
    m.account(isize::MAX);
    m.account(isize::MAX);
    m.set_limit(usize::MAX);
    assert!(m.alloc(layout(1)).is_err());
    m.account(isize::MIN);
    assert_eq!(m.bytes(), 0);
    m.account(isize::try_from(base).unwrap());
    w.close(h);
}

#[test]
fn a_fault_hits_the_allocation_it_is_armed_for_and_no_other() {
    let (mut w, mut h) = world();
    // Two allocations an object: its buffer and itself.
    h.memory.fail_after(Some(3));
    assert!(w.make(&mut h, NODE, 1).is_ok());
    assert!(w.make(&mut h, NODE, 1).is_err());
    assert!(w.make(&mut h, NODE, 1).is_ok());
    assert_eq!(h.memory.allocations(), 5);
    h.memory.fail_after(Some(0));
    h.memory.fail_after(None);
    assert!(w.make(&mut h, NODE, 1).is_ok());
    w.close(h);
}
