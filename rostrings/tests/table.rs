//! Building, verifying and reading ROM tables.

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use rostrings::builder::{BuildError, Builder};
use rostrings::rom::{MAX_BUCKET, RomTable, TableError, TableErrorKind};
use rostrings::{MAX_SHORT, hash};
use support::{colliding, layout, texts};

/// The fault that opening or verifying finds.
fn fault(words: &[u32]) -> Result<(), TableError> {
    RomTable::new(words)?.verify()
}

fn kind(words: &[u32]) -> Option<TableErrorKind> {
    fault(words).err().map(|error| error.kind)
}

#[test]
fn empty_table() {
    let layout = layout::<&[u8]>(&[]);
    assert_eq!(layout.words(), [0, 0, 4, 4]);
    let table = RomTable::new(layout.words()).expect("table");
    table.verify().expect("valid");
    assert!(table.is_empty() && table.iter().next().is_none());
    assert_eq!(table.find(hash(b""), b""), None);
    assert!(!table.contains(4) && !table.contains(u32::MAX));
}

#[test]
fn two_strings_word_by_word() {
    let layout = layout(&["print", "abcd"]);
    let (print, abcd) = (hash(b"print"), hash(b"abcd"));
    assert!(abcd < print || print < abcd);
    let mut records = [
        [0x0005_8001, print, 0x6E69_7270, 0x74].to_vec(),
        [0x0004_8001, abcd, 0x6463_6261].to_vec(),
    ];
    if abcd < print {
        records.reverse();
    }
    assert_eq!(
        layout.words(),
        [vec![2, 0, 4, 11], records.concat()].concat()
    );
}

#[test]
fn the_empty_string_is_a_string() {
    let layout = layout(&["", "a", "b", "c", "d"]);
    let table = RomTable::new(layout.words()).expect("table");
    table.verify().expect("valid");
    let offset = table.find(hash(b""), b"").expect("found");
    assert!(table.contains(offset));
    assert!(table.record(offset).expect("record").is_empty());
}

#[test]
fn words_behind_a_table_are_not_its_own() {
    let layout = layout(&["one", "two", "three"]);
    let mut words = layout.words().to_vec();
    words.extend([1, 2, 3]);
    let table = RomTable::new(&words).expect("table");
    table.verify().expect("valid");
    assert_eq!(table.words(), layout.words());
    assert_eq!(table.iter().count(), 3);
}

#[test]
fn equal_hashes_are_told_apart_by_text() {
    let texts = colliding(MAX_BUCKET as u32);
    assert_eq!(
        texts
            .iter()
            .map(|text| hash(text))
            .collect::<BTreeSet<_>>()
            .len(),
        1
    );
    let layout = layout(&texts);
    let table = RomTable::new(layout.words()).expect("table");
    table.verify().expect("valid");
    for (text, &offset) in texts.iter().zip(layout.offsets()) {
        assert_eq!(table.find(hash(text), text), Some(offset));
    }
    let other = &colliding(MAX_BUCKET as u32 + 1)[MAX_BUCKET];
    assert_eq!(table.find(hash(other), other), None);
}

#[test]
fn a_bucket_has_a_limit() {
    let mut builder = Builder::new();
    for text in colliding(MAX_BUCKET as u32 + 1) {
        builder.insert(&text).expect("insert");
    }
    assert!(matches!(
        builder.finish(),
        Err(BuildError::BucketFull { .. })
    ));
}

#[test]
fn long_strings_have_records_but_are_not_looked_up() {
    let long = [b'x'; MAX_SHORT + 1];
    let short = [b'x'; MAX_SHORT];
    let mut builder = Builder::new();
    let long_id = builder.insert(&long).expect("insert");
    let short_id = builder.insert(&short).expect("insert");
    assert_eq!(builder.insert(&long), Ok(long_id));
    assert_eq!(builder.text(long_id), Some(&long[..]));
    let layout = builder.finish().expect("finish");
    let table = RomTable::new(layout.words()).expect("table");
    table.verify().expect("valid");
    assert_eq!(table.find(hash(&long), &long), None);
    assert_eq!(table.find(hash(&short), &short), layout.offset(short_id));
    let offset = layout.offset(long_id).expect("offset");
    assert!(table.contains(offset));
    assert_eq!(table.record(offset).expect("record").bytes(), long);
}

#[test]
fn every_kind_of_fault_is_named() {
    use TableErrorKind::*;
    let good = layout(&["print", "pairs", "next", "abcd"]);
    let table = RomTable::new(good.words()).expect("table");
    let first = table.iter().next().expect("record").0 as usize;
    let print = table.find(hash(b"print"), b"print").expect("found") as usize;
    let broken = |change: &dyn Fn(&mut Vec<u32>)| {
        let mut words = good.words().to_vec();
        change(&mut words);
        kind(&words)
    };
    assert_eq!(broken(&|_| ()), None);
    assert_eq!(kind(&[]), Some(Truncated));
    assert_eq!(broken(&|words| words.truncate(4)), Some(Truncated));
    assert_eq!(
        broken(&|words| words.truncate(words.len() - 1)),
        Some(BucketRange)
    );
    assert_eq!(broken(&|words| words[1] += 1), Some(BucketBits));
    assert_eq!(broken(&|words| words[1] = u32::MAX), Some(BucketBits));
    assert_eq!(broken(&|words| words[0] = 3), Some(Count));
    assert_eq!(broken(&|words| words[2] += 1), Some(BucketRange));
    assert_eq!(broken(&|words| words[4] = 4), Some(BucketRange));
    assert_eq!(broken(&|words| words[first] = 0x8003), Some(RecordBounds));
    assert_eq!(
        broken(&|words| words[first] = 0x00FF_8001),
        Some(RecordBounds)
    );
    assert_eq!(broken(&|words| words[first] ^= 0x0100), Some(Header));
    assert_eq!(broken(&|words| words[first] ^= 0x8000_0000), Some(Header));
    assert_eq!(
        broken(&|words| words[print + 3] |= 0x0100_0000),
        Some(Padding)
    );
    assert_eq!(broken(&|words| words[print + 1] ^= 2), Some(Hash));
    assert_eq!(broken(&|words| words[print + 2] ^= 1), Some(Hash));
}

/// A table of one bucket with these texts, in this order, whether that is right or not.
fn one_bucket(texts: &[&[u8]]) -> Vec<u32> {
    let mut words = vec![texts.len() as u32, 0, 4, 0];
    for text in texts {
        let mut record = vec![0; rostrings::record::record_words(text.len())];
        rostrings::record::write(&mut record, text).expect("record");
        words.extend(record);
    }
    words[3] = words.len() as u32;
    words
}

#[test]
fn order_buckets_and_limits_are_verified() {
    let (low, high) = if hash(b"a") < hash(b"b") {
        (b"a", b"b")
    } else {
        (b"b", b"a")
    };
    assert_eq!(kind(&one_bucket(&[low, high])), None);
    assert_eq!(kind(&one_bucket(&[high, low])), Some(TableErrorKind::Order));
    assert_eq!(kind(&one_bucket(&[low, low])), Some(TableErrorKind::Order));
    let same = colliding(2);
    let mut same: Vec<&[u8]> = same.iter().map(Vec::as_slice).collect();
    same.sort_unstable();
    assert_eq!(kind(&one_bucket(&same)), None);
    same.reverse();
    assert_eq!(kind(&one_bucket(&same)), Some(TableErrorKind::Order));

    // Four strings take two buckets: put all into the first.
    let texts = ["a", "b", "c", "d"];
    let good = layout(&texts);
    let mut words = good.words().to_vec();
    assert_ne!(words[3], words[4]);
    words[3] = words[4];
    assert_eq!(kind(&words), Some(TableErrorKind::WrongBucket));

    // A bucket without records that ends before it starts.
    let names: Vec<String> = (0..9).map(|i| format!("name {i}")).collect();
    let mut words = layout(&names).into_words();
    let empty = (2..10)
        .find(|&i| words[i] == words[i + 1] && words[i] > 11)
        .expect("empty bucket");
    words[empty + 1] -= 1;
    assert_eq!(kind(&words), Some(TableErrorKind::BucketRange));

    // 65 strings take 64 buckets: one hash puts all into one of them.
    let mut texts = colliding(65);
    texts.sort_unstable();
    let bucket = hash(&texts[0]) as usize % 64;
    let mut words = vec![65, 6];
    words.extend((0..=64).map(|i| if i <= bucket { 67 } else { 67 + 65 * 4 }));
    for text in &texts {
        let mut record = [0; 4];
        rostrings::record::write(&mut record, text).expect("record");
        words.extend(record);
    }
    assert_eq!(kind(&words), Some(TableErrorKind::BucketFull));
}

#[test]
fn errors_say_what_and_where() {
    let error = fault(&[0, 1, 4, 4]).expect_err("wrong bits");
    assert_eq!((error.kind, error.offset), (TableErrorKind::BucketBits, 1));
    assert_eq!(
        error.to_string(),
        "string table: wrong number of buckets at word 1"
    );
}

/// Calls everything on whatever opens; a panic or a loop without end fails the test.
fn exercise(words: &[u32], texts: &[Vec<u8>]) {
    let Ok(table) = RomTable::new(words) else {
        return;
    };
    let _ = table.verify();
    let mut records = 0;
    for (offset, record) in table.iter() {
        records += record.words().len();
        assert!(offset as usize + record.words().len() <= table.words().len());
        assert_eq!(record.bytes().len(), record.len());
    }
    assert!(records <= table.words().len());
    for offset in (0..words.len() as u32 + 2).chain([u32::MAX - 1, u32::MAX]) {
        table.contains(offset);
        table.record(offset);
    }
    for text in texts {
        if let Some(offset) = table.find(hash(text), text) {
            assert_eq!(table.record(offset).expect("found record").bytes(), text);
        }
    }
}

proptest! {
    #[test]
    fn what_is_built_is_found(texts in texts(), absent in prop::collection::vec(any::<u8>(), 0..50)) {
        let mut builder = Builder::new();
        let ids: Vec<_> = texts.iter().map(|text| builder.insert(text).expect("insert")).collect();
        let unique: BTreeSet<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(builder.len(), unique.len());
        let layout = builder.finish().expect("finish");
        let table = RomTable::new(layout.words()).expect("table");
        prop_assert_eq!(table.verify(), Ok(()));
        prop_assert_eq!(table.words().len(), layout.words().len());
        prop_assert_eq!(table.len(), unique.len());
        for (text, id) in texts.iter().zip(ids) {
            let offset = layout.offset(id).expect("offset");
            let record = table.record(offset).expect("record");
            prop_assert_eq!(record.bytes(), text.as_slice());
            prop_assert_eq!(record.hash(), hash(text));
            prop_assert_eq!(table.find(hash(text), text), (text.len() <= MAX_SHORT).then_some(offset));
        }
        if !unique.contains(absent.as_slice()) {
            prop_assert_eq!(table.find(hash(&absent), &absent), None);
        }
        let listed: BTreeSet<&[u8]> = table.iter().map(|(_, record)| record.bytes()).collect();
        prop_assert_eq!(listed, unique);
        let starts: BTreeSet<u32> = table.iter().map(|(offset, _)| offset).collect();
        for offset in 0..=layout.words().len() as u32 {
            prop_assert_eq!(table.contains(offset), starts.contains(&offset), "offset {}", offset);
        }
    }

    #[test]
    fn layout_does_not_depend_on_the_order_of_insertion(mut texts in texts()) {
        let forwards = layout(&texts);
        texts.reverse();
        let backwards = layout(&texts);
        prop_assert_eq!(forwards.words(), backwards.words());
    }

    #[test]
    fn any_changed_bit_is_noticed(texts in texts(), at in any::<prop::sample::Index>(), bit in 0..32_u32) {
        let mut words = layout(&texts).into_words();
        let at = at.index(words.len());
        words[at] ^= 1 << bit;
        exercise(&words, &texts);
        prop_assert!(fault(&words).is_err(), "word {}, bit {}", at, bit);
    }

    #[test]
    fn mutated_tables_do_no_harm(
        texts in texts(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        shorten in any::<bool>(),
    ) {
        let mut words = layout(&texts).into_words();
        for (at, value) in changes {
            let at = at.index(words.len() * 4);
            let mut bytes = words[at / 4].to_le_bytes();
            bytes[at % 4] = value;
            words[at / 4] = u32::from_le_bytes(bytes);
        }
        if shorten {
            words.truncate(cut.index(words.len() + 1));
        }
        exercise(&words, &texts);
    }

    #[test]
    fn arbitrary_words_do_no_harm(
        words in prop::collection::vec(prop_oneof![any::<u32>(), 0..64_u32, Just(0x0004_8001), Just(0x0001_8002)], 0..64),
        n in 0..12_u32,
        texts in texts(),
    ) {
        exercise(&words, &texts);
        // Again with a prefix that opens.
        let bits = n.div_ceil(2).next_power_of_two().trailing_zeros();
        let buckets = 1 << bits;
        let mut shaped = vec![n, bits, 3 + buckets];
        shaped.extend(words);
        if let Some(end) = shaped.len().checked_sub(1).filter(|&end| end > 2 + buckets as usize) {
            shaped[2 + buckets as usize] = end as u32;
            prop_assert!(RomTable::new(&shaped).is_ok());
        }
        exercise(&shaped, &texts);
    }
}
