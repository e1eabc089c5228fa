//! Look-up and identity over several ROM tables with overlapping texts, and RAM.

mod support;

use proptest::prelude::*;
use rostrings::identity::{Located, same};
use rostrings::intern::{InternTable, RamString};
use rostrings::lookup::{Found, find, find_hashed};
use rostrings::rom::RomTable;
use rostrings::{MAX_SHORT, hash};
use support::{colliding, layout};

/// A string of the test's heap: its index stands for its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pointer<'h> {
    heap: &'h [&'h [u8]],
    index: usize,
}

impl RamString for Pointer<'_> {
    fn hash(&self) -> u32 {
        hash(self.heap[self.index])
    }
    fn eq_text(&self, text: &[u8]) -> bool {
        self.heap[self.index] == text
    }
}

#[test]
fn rom_comes_before_ram_and_the_first_table_wins() {
    let first = layout(&["print", "pairs"]);
    let second = layout(&["print", "wifi"]);
    let roms = [
        RomTable::new(first.words()).expect("table"),
        RomTable::new(second.words()).expect("table"),
    ];
    let heap: [&[u8]; 2] = [b"counter", b"wifi"];
    let mut ram = InternTable::new();
    ram.reserve(heap.len()).expect("heap");
    for index in 0..heap.len() {
        assert!(ram.insert_reserved(hash(heap[index]), Pointer { heap: &heap, index }));
    }

    let in_table = |table: usize, text: &[u8]| {
        let offset = roms[table].find(hash(text), text).expect("in the table");
        Found::Rom { table, offset }
    };
    assert_eq!(find(&roms, &ram, b"print"), in_table(0, b"print"));
    assert_eq!(find(&roms, &ram, b"wifi"), in_table(1, b"wifi"));
    assert_eq!(
        find(&roms, &ram, b"counter"),
        Found::Ram(Pointer {
            heap: &heap,
            index: 0
        })
    );
    assert_eq!(
        find(&roms, &ram, b"absent"),
        Found::Absent {
            hash: hash(b"absent")
        }
    );
    assert_eq!(
        find(&[], &ram, b"wifi"),
        Found::Ram(Pointer {
            heap: &heap,
            index: 1
        })
    );
    assert_eq!(
        find_hashed(&roms, &ram, hash(b"pairs"), b"pairs"),
        in_table(0, b"pairs")
    );
}

#[test]
fn long_texts_are_absent() {
    let long = [b'x'; MAX_SHORT + 1];
    let table = layout(&[long]);
    let roms = [RomTable::new(table.words()).expect("table")];
    let ram = InternTable::<Pointer<'_>>::new();
    assert_eq!(
        find(&roms, &ram, &long),
        Found::Absent { hash: hash(&long) }
    );
}

#[test]
fn equal_hash_is_not_identity() {
    let texts = colliding(2);
    let tables = [layout(&texts[..1]), layout(&texts[1..])];
    let roms = tables
        .each_ref()
        .map(|table| RomTable::new(table.words()).expect("table"));
    let located = |table: usize| Located::<u8>::rom(&roms, table, 4).expect("record");
    assert!(same(located(0), located(0)));
    assert!(!same(located(0), located(1)));
    assert!(!same(located(0), Located::Ram(0)) && !same(Located::Ram(0), located(0)));
    assert!(Located::<u8>::rom(&roms, 2, 4).is_none());
    assert!(Located::<u8>::rom(&roms, 0, 0).is_none());
}

/// One short text of a small set, so that tables overlap.
fn short() -> impl Strategy<Value = Vec<u8>> {
    let collides = (0..4_usize).prop_map(|i| colliding(4)[i].clone());
    let name = prop::collection::vec(prop::sample::select(vec![0_u8, b'a', b'b']), 0..4);
    prop_oneof![name, collides]
}

proptest! {
    /// However a text got to where it is, two located strings are the same exactly if their texts are.
    #[test]
    fn identity_is_equality_of_texts(
        images in prop::collection::vec(prop::collection::vec(short(), 0..12), 0..4),
        made in prop::collection::vec(short(), 0..12),
    ) {
        let layouts: Vec<_> = images.iter().map(|texts| layout(texts)).collect();
        let roms: Vec<_> = layouts.iter().map(|table| RomTable::new(table.words()).expect("table")).collect();
        let mut located: Vec<(Vec<u8>, Located<'_, usize>)> = Vec::new();
        for (table, rom) in roms.iter().enumerate() {
            for (offset, record) in rom {
                located.push((record.bytes().to_vec(), Located::rom(&roms, table, offset).expect("record")));
            }
        }
        let heap: Vec<&[u8]> = made.iter().map(Vec::as_slice).collect();
        let mut ram: InternTable<Pointer<'_>> = InternTable::new();
        for (index, &text) in heap.iter().enumerate() {
            match find(&roms, &ram, text) {
                Found::Rom { table, offset } => {
                    located.push((text.to_vec(), Located::rom(&roms, table, offset).expect("record")));
                }
                Found::Ram(pointer) => located.push((text.to_vec(), Located::Ram(pointer.index))),
                Found::Absent { hash } => {
                    ram.reserve(1).expect("heap");
                    let inserted = ram.insert_reserved(hash, Pointer { heap: &heap, index });
 prop_assert!(inserted);
                    located.push((text.to_vec(), Located::Ram(index)));
                }
            }
        }
        for (a_text, a) in &located {
            for (b_text, b) in &located {
                prop_assert_eq!(same(*a, *b), a_text == b_text, "{:?} {:?}", a, b);
            }
        }
    }
}
