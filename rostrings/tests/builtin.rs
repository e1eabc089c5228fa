//! Tables built by the compiler.

mod support;

use rostrings::builder::BuildError;
use rostrings::builtin::{offset_of, table, table_words};
use rostrings::rom::RomTable;
use rostrings::{builtin_offset, builtin_table, hash};
use support::layout;

const NAMES: &[&str] = &[
    "print",
    "pairs",
    "ipairs",
    "__index",
    "__newindex",
    "",
    "print",
    "string",
    "a",
    "ab",
    "abc",
    "abcd",
    "a name that is longer than the forty bytes of a short string",
    "exactly forty bytes make a short string.",
];

builtin_table! {
    /// Kept in a section of its own, as a firmware would.
    #[cfg_attr(target_os = "linux", unsafe(link_section = ".rodata.names"))]
    static TABLE = NAMES;
}

builtin_table! { static EMPTY = &[]; }
builtin_table! { static LITERAL = &["one", "two"]; }

const PRINT: u32 = builtin_offset!(TABLE, "print");
static PRINT_RECORD: &u32 = &TABLE[PRINT as usize];

/// Names `name_0000` ... in constant evaluation.
const fn numbered<const N: usize>() -> [[u8; 9]; N] {
    let mut names = [*b"name_0000"; N];
    let mut i = 0;
    while i < N {
        names[i][5] += (i / 1000 % 10) as u8;
        names[i][6] += (i / 100 % 10) as u8;
        names[i][7] += (i / 10 % 10) as u8;
        names[i][8] += (i % 10) as u8;
        i += 1;
    }
    names
}

const fn as_texts<const N: usize>(names: &[[u8; 9]; N]) -> [&str; N] {
    let mut texts = [""; N];
    let mut i = 0;
    while i < N {
        texts[i] = match core::str::from_utf8(&names[i]) {
            Ok(text) => text,
            Err(_) => panic!("digits"),
        };
        i += 1;
    }
    texts
}

static MANY_BYTES: [[u8; 9]; 1000] = numbered();
const MANY: &[&str] = &as_texts(&MANY_BYTES);
builtin_table! { static MANY_TABLE = MANY; }

#[test]
fn the_compiler_lays_out_what_the_builder_does() {
    assert_eq!(TABLE[..], *layout(NAMES).words());
    assert_eq!(EMPTY[..], *layout::<&str>(&[]).words());
    assert_eq!(LITERAL[..], *layout(&["one", "two"]).words());
    assert_eq!(MANY_TABLE[..], *layout(MANY).words());
}

#[test]
fn offsets_are_known_to_the_compiler() {
    let table = RomTable::new(&TABLE).expect("table");
    table.verify().expect("valid");
    assert_eq!(table.find(hash(b"print"), b"print"), Some(PRINT));
    assert_eq!(*PRINT_RECORD, 0x0005_8001);
    for (names, words) in [(NAMES, &TABLE[..]), (MANY, &MANY_TABLE[..])] {
        let table = RomTable::new(words).expect("table");
        for name in names {
            let offset = offset_of(words, name).expect("in the table");
            assert!(table.contains(offset));
            assert_eq!(
                table.record(offset).expect("record").bytes(),
                name.as_bytes()
            );
        }
        assert_eq!(offset_of(words, "absent"), None);
    }
    assert_eq!(offset_of(&EMPTY, ""), None);
    assert_eq!(offset_of(&[], ""), None);
    assert_eq!(offset_of(&[0, u32::MAX, 0, 0], ""), None);
}

#[test]
fn wrong_sizes_are_refused() {
    assert_eq!(table_words::<1>(&["a", "b"]), Err(BuildError::WrongSize));
    assert_eq!(table_words::<2>(&["a", "b"]), Ok(10));
    assert_eq!(table::<2, 9>(&["a", "b"]), Err(BuildError::WrongSize));
    assert_eq!(table::<2, 11>(&["a", "b"]), Err(BuildError::WrongSize));
    assert_eq!(table::<2, 3>(&["a", "b"]), Err(BuildError::WrongSize));
    assert!(table::<3, 10>(&["a", "b"]).is_ok());
}

proptest::proptest! {
    #[test]
    fn offset_of_stays_within_any_words(words in proptest::collection::vec(0..80_u32, 0..40), text in "[a-c]{0,9}") {
        if let Some(offset) = offset_of(&words, &text) {
            proptest::prop_assert!((offset as usize) < words.len());
        }
    }
}
