//! Random mutations of random graphs, checked against a model that knows what is reachable.

#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    reason = "tests hold live objects of one heap, all initialised, and call nothing from within hooks"
)]

mod support;

use lua_gc::{Config, Heap, WeakClass};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use support::*;

const ROOTS: usize = 6;

#[derive(Clone, Debug)]
enum Action {
    /// Allocates into a root.
    Make {
        root: usize,
        kind: u8,
        len: usize,
    },
    /// `roots[parent][slot] = roots[child]`.
    Store {
        parent: usize,
        slot: usize,
        child: usize,
    },
    /// `roots[root] = roots[parent][slot]`.
    Load {
        parent: usize,
        slot: usize,
        root: usize,
    },
    Clear {
        root: usize,
    },
    Finalizer {
        root: usize,
    },
    /// Takes a pending object into a root.
    Finalize {
        root: usize,
    },
    Step,
    StepBy {
        kilobytes: usize,
    },
    Collect,
}

fn action() -> impl Strategy<Value = Action> {
    let root = || 0..ROOTS;
    let slot = || 0..6_usize;
    prop_oneof![
        8 => (root(), LEAF..=WEAK_ALL, slot())
            .prop_map(|(root, kind, len)| Action::Make { root, kind, len: len + 1 }),
        8 => (root(), slot(), root())
            .prop_map(|(parent, slot, child)| Action::Store { parent, slot, child }),
        5 => (root(), slot(), root())
            .prop_map(|(parent, slot, root)| Action::Load { parent, slot, root }),
        2 => root().prop_map(|root| Action::Clear { root }),
        1 => root().prop_map(|root| Action::Finalizer { root }),
        1 => root().prop_map(|root| Action::Finalize { root }),
        8 => Just(Action::Step),
        1 => (0..2_usize).prop_map(|kilobytes| Action::StepBy { kilobytes }),
        1 => Just(Action::Collect),
    ]
}

fn config() -> impl Strategy<Value = Config> {
    (
        prop_oneof![Just(1_usize), 2..64_usize, 64..2048_usize],
        prop_oneof![0..=8_usize, Just(4096)],
    )
        .prop_map(|(step_bytes, mark_stack_limit)| Config {
            step_bytes,
            mark_stack_limit,
            ..Config::default()
        })
}

/// What is reachable from the roots and from `also`, read off the objects themselves.
fn reachable(w: &World, also: &BTreeSet<u32>) -> BTreeSet<u32> {
    let mut seen = BTreeSet::new();
    let mut todo: Vec<u32> = w.roots.iter().flatten().map(|o| id(*o)).collect();
    todo.extend(also);
    loop {
        while let Some(at) = todo.pop() {
            if !seen.insert(at) {
                continue;
            }
            let o = *w.alive.get(&at).expect("a reachable object was freed");
            for slot in 0..len(o) {
                let Some(child) = get(o, slot) else { continue };
                let strong = match class(kind(o)) {
                    None => true,
                    Some(WeakClass::Values) => slot % 2 == 0,
                    Some(_) => false,
                };
                if strong {
                    todo.push(id(child));
                }
            }
        }
        for (at, o) in &w.alive {
            if kind(*o) != EPHEMERON || !seen.contains(at) {
                continue;
            }
            for pair in 0..len(*o) / 2 {
                if let (Some(key), Some(value)) = (get(*o, 2 * pair), get(*o, 2 * pair + 1)) {
                    let live = kind(key) == LEAF || seen.contains(&id(key));
                    if live && !seen.contains(&id(value)) {
                        todo.push(id(value));
                    }
                }
            }
        }
        if todo.is_empty() {
            return seen;
        }
    }
}

/// Leaves count as values: those in weak places of reachable containers are kept as well, as far
/// as the entry itself is.
fn weak_leaves(w: &World, seen: &BTreeSet<u32>) -> BTreeSet<u32> {
    let mut leaves = BTreeSet::new();
    for at in seen {
        let o = w.alive[at];
        if class(kind(o)).is_some() {
            for child in (0..len(o)).filter_map(|slot| get(o, slot)) {
                if kind(child) == LEAF {
                    leaves.insert(id(child));
                }
            }
        }
    }
    leaves
}

struct Run {
    w: World,
    h: Heap<World>,
    /// Objects whose finalizer is set and was not taken.
    finalizable: BTreeSet<u32>,
}

impl Run {
    fn new(config: Config) -> Self {
        Self {
            w: <World>::new(ROOTS),
            h: heap(config),
            finalizable: BTreeSet::new(),
        }
    }

    /// Nothing the mutator may still reach was freed.
    fn check_soundness(&self) {
        reachable(&self.w, &self.finalizable);
    }

    fn act(&mut self, action: &Action) {
        let (w, h) = (&mut self.w, &mut self.h);
        match *action {
            Action::Make { root, kind, len } => {
                let len = match kind {
                    LEAF => 0,
                    WEAK_VALUES..=WEAK_ALL => len.next_multiple_of(2),
                    _ => len,
                };
                if let Ok(o) = w.make(h, kind, len) {
                    w.roots[root] = Some(o);
                }
            }
            Action::Store {
                parent,
                slot,
                child,
            } => {
                if let Some(parent) = w.roots[parent]
                    && slot < len(parent)
                {
                    let child = w.roots[child];
                    w.store(h, parent, slot, child);
                }
            }
            Action::Load { parent, slot, root } => {
                if let Some(parent) = w.roots[parent]
                    && slot < len(parent)
                {
                    w.roots[root] = get(parent, slot);
                }
            }
            Action::Clear { root } => w.roots[root] = None,
            Action::Finalizer { root } => {
                if let Some(o) = w.roots[root] {
                    w.finalizer(h, o);
                    self.finalizable.insert(id(o));
                }
            }
            Action::Finalize { root } => {
                if let Some(o) = w.next_finalizable(h) {
                    assert!(self.finalizable.remove(&id(o)));
                    w.roots[root] = Some(o);
                }
            }
            Action::Step => {
                w.step(h);
                self.check_soundness();
            }
            Action::StepBy { kilobytes } => {
                // SAFETY: all objects are initialised.
                unsafe { h.step_by(w, kilobytes) };
                self.check_soundness();
            }
            Action::Collect => self.collect(),
        }
    }

    /// Collects and takes finalizers until nothing is left to take: then exactly the reachable
    /// is alive, and weak containers hold nothing else.
    fn collect(&mut self) {
        self.check_soundness();
        // Strong keys of weak values, and leaves of entries that go, last until the next cycle.
        let mut before = usize::MAX;
        while self.w.alive.len() != before || self.h.has_pending_finalizers() {
            while let Some(o) = self.w.next_finalizable(&mut self.h) {
                assert!(self.finalizable.remove(&id(o)));
            }
            before = self.w.alive.len();
            self.w.collect(&mut self.h);
            self.check_soundness();
            self.w.collect(&mut self.h);
        }
        let seen = reachable(&self.w, &BTreeSet::new());
        let expected: Vec<u32> = seen.union(&weak_leaves(&self.w, &seen)).copied().collect();
        assert_eq!(self.w.ids(), expected);
        for o in seen.iter().map(|at| self.w.alive[at]) {
            for child in (0..len(o)).filter_map(|slot| get(o, slot)) {
                assert!(self.w.alive.contains_key(&id(child)), "dangling reference");
            }
        }
        let mut walked = BTreeMap::new();
        self.h
            .for_each(|o| assert!(walked.insert(id(o), o).is_none()));
        assert_eq!(walked, self.w.alive);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 6 } else { 600 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn mutation_between_steps_never_loses_a_reachable_object(
        config in config(),
        actions in prop::collection::vec(action(), 1..if cfg!(miri) { 80 } else { 400 }),
    ) {
        let mut run = Run::new(config);
        for action in &actions {
            run.act(action);
        }
        run.collect();
        run.w.close(run.h);
    }

    #[test]
    fn stress_collects_the_same(
        actions in prop::collection::vec(action(), 1..if cfg!(miri) { 40 } else { 150 }),
    ) {
        let mut run = Run::new(Config::default());
        run.h.set_debug_stress(true);
        for action in &actions {
            if run.h.debt_due() {
                // SAFETY: all objects are initialised.
                unsafe { run.h.step(&mut run.w) };
                run.check_soundness();
            }
            run.act(action);
        }
        run.w.close(run.h);
    }

    #[test]
    fn a_heap_at_its_limit_stays_sound(
        config in config(),
        limit in 0..4096_usize,
        actions in prop::collection::vec(action(), 1..if cfg!(miri) { 40 } else { 300 }),
    ) {
        let mut run = Run::new(config);
        run.h.memory.set_limit(limit.max(run.h.memory.bytes()));
        for action in &actions {
            run.act(action);
            prop_assert!(run.h.memory.peak_bytes() <= run.h.memory.limit());
        }
        run.collect();
        run.w.close(run.h);
    }
}

/// A fixed scenario with every kind of object, some steps, some collections.
fn scenario() -> Vec<Action> {
    let mut actions = Vec::new();
    for round in 0..12_usize {
        for kind in LEAF..=WEAK_ALL {
            let at = usize::from(kind) + round;
            actions.push(Action::Make {
                root: at % ROOTS,
                kind,
                len: 4,
            });
            actions.push(Action::Store {
                parent: (at + 3) % ROOTS,
                slot: round % 4,
                child: at % ROOTS,
            });
            actions.push(Action::Step);
        }
        actions.push(Action::Finalizer {
            root: round % ROOTS,
        });
        actions.push(Action::Clear {
            root: round % ROOTS,
        });
        actions.push(Action::Finalize {
            root: (round + 2) % ROOTS,
        });
        if round % 4 == 3 {
            actions.push(Action::Collect);
        }
    }
    actions
}

#[test]
fn the_nth_allocation_may_fail_for_every_n() {
    let mut n = 0;
    loop {
        let config = Config {
            step_bytes: 64,
            ..Config::default()
        };
        let mut run = Run::new(config);
        let before = run.h.memory.allocations();
        run.h.memory.fail_after(Some(n));
        for action in &scenario() {
            run.act(action);
        }
        run.collect();
        let made = run.h.memory.allocations() - before;
        run.w.close(run.h);
        if made <= n {
            break;
        }
        n += if cfg!(miri) { 41 } else { 1 };
    }
    assert!(n > 100);
}

#[test]
fn everything_can_be_freed_at_any_point_of_a_cycle() {
    let scenario = scenario();
    for stop in (0..scenario.len()).step_by(if cfg!(miri) { 29 } else { 1 }) {
        let mut run = Run::new(tiny_steps());
        for action in &scenario[..stop] {
            run.act(action);
        }
        run.w.close(run.h);
    }
}
