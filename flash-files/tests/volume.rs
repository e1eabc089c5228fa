//! Files on a volume, one function after another, and against a model.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod chip;

use chip::{BLOCK, Chip};
use flash_files::{Error, Handle, MAX_OPEN, Mode, Stat, Volume, Whence};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn fresh(blocks: usize) -> Volume<Chip> {
    let mut volume = Volume::new(Chip::new(blocks), 0, blocks as u32 * BLOCK).unwrap();
    volume.format().unwrap();
    volume.mount().unwrap();
    volume
}

fn write(volume: &mut Volume<Chip>, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let file = volume.open(name.as_bytes(), Mode::WRITE)?;
    let written = volume.write(file, bytes);
    let closed = volume.close(file);
    written.and(closed)
}

fn read_on(volume: &mut Volume<Chip>, file: Handle) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    let mut piece = [0; 100];
    loop {
        match volume.read(file, &mut piece)? {
            0 => return Ok(content),
            count => content.extend_from_slice(&piece[..count]),
        }
    }
}

fn read(volume: &mut Volume<Chip>, name: &str) -> Result<Vec<u8>, Error> {
    let file = volume.open(name.as_bytes(), Mode::READ)?;
    let content = read_on(volume, file);
    volume.close(file)?;
    content
}

fn list(volume: &mut Volume<Chip>) -> BTreeMap<String, u32> {
    let mut names = BTreeMap::new();
    volume
        .list(&mut |name, stat| {
            let name = String::from_utf8(name.to_vec()).unwrap();
            assert!(names.insert(name, stat.size).is_none());
            Ok(())
        })
        .unwrap();
    names
}

#[test]
fn files_outlive_the_volume() {
    let mut volume = fresh(16);
    write(&mut volume, "small", b"hello").unwrap();
    let large: Vec<u8> = (0..20_000u32).map(|at| (at * 7 / 3) as u8).collect();
    write(&mut volume, "large", &large).unwrap();
    write(&mut volume, "empty", b"").unwrap();
    let flash = volume.into_flash();
    assert_eq!(flash.0.borrow().violation(), None);
    let mut volume = Volume::new(flash, 0, 16 * BLOCK).unwrap();
    assert_eq!(read(&mut volume, "small"), Err(Error::NotMounted));
    volume.mount().unwrap();
    assert_eq!(read(&mut volume, "small").unwrap(), b"hello");
    assert_eq!(read(&mut volume, "large").unwrap(), large);
    assert_eq!(read(&mut volume, "empty").unwrap(), b"");
    let names = list(&mut volume);
    let expected = [("empty", 0), ("large", 20_000), ("small", 5)];
    assert_eq!(
        names,
        expected.map(|(name, size)| (name.to_owned(), size)).into()
    );
}

#[test]
fn the_volume_keeps_to_its_range() {
    let chip = Chip::new(12);
    let mut volume = Volume::new(chip.clone(), 3 * BLOCK, 6 * BLOCK).unwrap();
    volume.format().unwrap();
    volume.mount().unwrap();
    while write(&mut volume, "a", &[7; 9000]).is_ok() && chip.0.borrow().operations() < 2000 {}
    drop(volume);
    let model = chip.0.borrow();
    for block in [0, 1, 2, 9, 10, 11] {
        assert_eq!(model.wear(block), 0, "block {block}");
    }
    assert!(
        (3..9).all(|block| model.wear(block) > 0),
        "wear is levelled"
    );
}

#[test]
fn ranges_are_whole_blocks_of_the_flash() {
    for (start, length) in [
        (0, 0),
        (0, 2 * BLOCK),
        (1, 4 * BLOCK),
        (0, 4 * BLOCK + 1),
        (8 * BLOCK, 4 * BLOCK),
        (u32::MAX - BLOCK + 1, 4 * BLOCK),
    ] {
        let refused = Volume::new(Chip::new(8), start, length).map(|_| ());
        assert_eq!(refused, Err(Error::Region), "{start} {length}");
    }
}

#[test]
fn modes() {
    let mut volume = fresh(8);
    assert_eq!(volume.open(b"a", Mode::READ), Err(Error::NotFound));
    assert_eq!(volume.open(b"a", Mode::UPDATE), Err(Error::NotFound));
    write(&mut volume, "a", b"0123456789").unwrap();

    let file = volume.open(b"a", Mode::UPDATE).unwrap();
    volume.seek(file, Whence::Start, 3).unwrap();
    volume.write(file, b"xy").unwrap();
    let mut two = [0; 2];
    volume.read(file, &mut two).unwrap();
    assert_eq!(&two, b"56");
    volume.close(file).unwrap();
    assert_eq!(read(&mut volume, "a").unwrap(), b"012xy56789");

    let file = volume.open(b"a", Mode::parse(b"a+").unwrap()).unwrap();
    volume.seek(file, Whence::Start, 0).unwrap();
    volume.write(file, b"!").unwrap();
    volume.seek(file, Whence::End, -2).unwrap();
    volume.read(file, &mut two).unwrap();
    assert_eq!(&two, b"9!");
    volume.close(file).unwrap();

    let file = volume.open(b"a", Mode::WRITE).unwrap();
    assert_eq!(volume.read(file, &mut two), Err(Error::NotReadable));
    volume.close(file).unwrap();
    assert_eq!(read(&mut volume, "a").unwrap(), b"");
    let file = volume.open(b"a", Mode::READ).unwrap();
    assert_eq!(volume.write(file, b"x"), Err(Error::NotWritable));
    volume.close(file).unwrap();

    let parsed = ["r", "w", "a"].map(|mode| Mode::parse(mode.as_bytes()));
    assert_eq!(
        parsed,
        [Some(Mode::READ), Some(Mode::WRITE), Some(Mode::APPEND)]
    );
    for same in ["r+", "r+b", "rb+"] {
        assert_eq!(Mode::parse(same.as_bytes()), Some(Mode::UPDATE));
    }
    for bad in ["", "x", "rr", "r++", "+", "rbb"] {
        assert_eq!(Mode::parse(bad.as_bytes()), None, "{bad}");
    }
}

#[test]
fn positions() {
    let mut volume = fresh(8);
    let file = volume.open(b"a", Mode::parse(b"w+").unwrap()).unwrap();
    volume.write(file, b"abc").unwrap();
    assert_eq!(volume.seek(file, Whence::Current, 0), Ok(3));
    assert_eq!(volume.seek(file, Whence::Start, 1), Ok(1));
    for (whence, offset) in [
        (Whence::Start, -1),
        (Whence::Current, -2),
        (Whence::End, -4),
        (Whence::Start, 1 << 31),
        (Whence::End, i64::MAX),
    ] {
        let refused = volume.seek(file, whence, offset);
        assert_eq!(refused, Err(Error::InvalidPosition));
    }
    assert_eq!(volume.seek(file, Whence::Current, 0), Ok(1));
    assert_eq!(volume.seek(file, Whence::End, 4), Ok(7));
    assert_eq!(volume.read(file, &mut [0; 4]), Ok(0));
    volume.write(file, b"").unwrap();
    assert_eq!(volume.seek(file, Whence::End, 0), Ok(3));
    volume.seek(file, Whence::Start, 7).unwrap();
    volume.write(file, b"z").unwrap();
    volume.close(file).unwrap();
    assert_eq!(read(&mut volume, "a").unwrap(), b"abc\0\0\0\0z");
}

#[test]
fn handles_of_closed_files_stay_bad() {
    let mut volume = fresh(8);
    let first = volume.open(b"a", Mode::WRITE).unwrap();
    volume.close(first).unwrap();
    let second = volume.open(b"b", Mode::WRITE).unwrap();
    assert_eq!(volume.write(first, b"x"), Err(Error::BadHandle));
    assert_eq!(volume.close(first), Err(Error::BadHandle));
    volume.unmount();
    volume.mount().unwrap();
    assert_eq!(volume.flush(second), Err(Error::BadHandle));
    volume.format().unwrap();
    assert_eq!(volume.flush(second), Err(Error::NotMounted));
}

#[test]
fn files_run_out() {
    let mut volume = fresh(8);
    let open = |volume: &mut Volume<Chip>| volume.open(b"a", Mode::APPEND);
    let files: Vec<_> = (0..MAX_OPEN).map(|_| open(&mut volume).unwrap()).collect();
    assert_eq!(open(&mut volume), Err(Error::TooManyFiles));
    volume.close(files[3]).unwrap();
    assert!(open(&mut volume).is_ok());
}

#[test]
fn a_full_volume_keeps_what_was_there() {
    let mut volume = fresh(8);
    write(&mut volume, "kept", &[1; 5000]).unwrap();
    let file = volume.open(b"kept", Mode::WRITE).unwrap();
    let mut failed = false;
    for _ in 0..100 {
        failed = failed || volume.write(file, &[2; 1000]).is_err();
    }
    assert!(failed);
    assert_eq!(volume.write(file, b"x"), Err(Error::NoSpace));
    assert_eq!(volume.flush(file), Err(Error::NoSpace));
    assert_eq!(volume.close(file), Err(Error::NoSpace));
    assert_eq!(read(&mut volume, "kept").unwrap(), [1; 5000]);
    let usage = volume.usage().unwrap();
    assert_eq!(usage.total, 8 * BLOCK);
    assert!(usage.used <= 4 * BLOCK, "{usage:?}");
    write(&mut volume, "other", &[3; 5000]).unwrap();
    assert_eq!(read(&mut volume, "other").unwrap(), [3; 5000]);
}

#[test]
fn names_are_flat() {
    let mut volume = fresh(16);
    let empty = volume.usage().unwrap();
    write(&mut volume, "www/css/site.css", b"body").unwrap();
    write(&mut volume, "www/index.html", b"<html>").unwrap();
    let directory = Stat {
        size: 0,
        directory: true,
    };
    assert_eq!(volume.stat(b"www/css"), Ok(directory));
    assert_eq!(volume.open(b"www", Mode::READ), Err(Error::IsDirectory));
    assert_eq!(
        volume.open(b"www/index.html/x", Mode::WRITE),
        Err(Error::NotDirectory)
    );
    assert_eq!(volume.remove(b"www"), Err(Error::NotEmpty));
    volume
        .rename(b"www/css/site.css", b"deep/er/site.css")
        .unwrap();
    assert_eq!(volume.stat(b"www/css"), Err(Error::NotFound));
    let names: Vec<_> = list(&mut volume).into_keys().collect();
    assert_eq!(names, ["deep/er/site.css", "www/index.html"]);
    volume.remove(b"deep/er/site.css").unwrap();
    volume.remove(b"www/index.html").unwrap();
    assert_eq!(list(&mut volume), BTreeMap::new());
    assert_eq!(volume.usage().unwrap(), empty);
}

#[test]
fn bad_names() {
    let mut volume = fresh(32);
    let long = vec![b'n'; 256];
    for (name, error) in [
        (&b""[..], Error::InvalidName),
        (b"a\0b", Error::InvalidName),
        (&long, Error::NameTooLong),
    ] {
        assert_eq!(volume.open(name, Mode::WRITE), Err(error));
        assert_eq!(volume.stat(name), Err(error));
        assert_eq!(volume.remove(name), Err(error));
        assert_eq!(volume.rename(name, b"x"), Err(error));
    }
    assert_eq!(volume.rename(b"absent", b"b/c"), Err(Error::NotFound));
    assert_eq!(volume.stat(b"b"), Err(Error::NotFound));
    let longest = &long[..255];
    let file = volume.open(longest, Mode::WRITE).unwrap();
    volume.close(file).unwrap();
    assert_eq!(volume.stat(longest).map(|stat| stat.size), Ok(0));
    let deep = "d/".repeat(9) + "file";
    volume.open(deep.as_bytes(), Mode::WRITE).unwrap();
    assert_eq!(volume.list(&mut |_, _| Ok(())), Err(Error::NameTooLong));
}

#[test]
fn a_file_that_cannot_be_made_leaves_no_directories() {
    let mut volume = fresh(8);
    let deep = "d/".repeat(9) + "file";
    assert_eq!(
        volume.open(deep.as_bytes(), Mode::WRITE),
        Err(Error::NoSpace)
    );
    assert_eq!(volume.stat(b"d"), Err(Error::NotFound));
}

#[test]
fn a_removed_file_that_is_open_is_lost() {
    let mut volume = fresh(8);
    write(&mut volume, "a", b"old").unwrap();
    let file = volume.open(b"a", Mode::UPDATE).unwrap();
    volume.write(file, b"new").unwrap();
    volume.remove(b"a").unwrap();
    let _ = volume.close(file);
    assert_eq!(volume.stat(b"a"), Err(Error::NotFound));
    write(&mut volume, "b", b"fine").unwrap();
    assert_eq!(read(&mut volume, "b").unwrap(), b"fine");
}

#[test]
fn many_small_files() {
    let mut volume = fresh(64);
    for round in 0..3 {
        for number in 0..300 {
            write(&mut volume, &format!("file{number}"), &[round; 20]).unwrap();
        }
    }
    assert_eq!(list(&mut volume).len(), 300);
    for number in 0..300 {
        let content = read(&mut volume, &format!("file{number}")).unwrap();
        assert_eq!(content, [2; 20]);
    }
    let flash = volume.into_flash();
    let mut volume = Volume::new(flash, 0, 64 * BLOCK).unwrap();
    volume.mount().unwrap();
    assert_eq!(list(&mut volume).len(), 300);
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[derive(Clone, Debug)]
enum Action {
    Write(u8, Vec<u8>),
    Append(u8, Vec<u8>),
    Overwrite(u8, u16, Vec<u8>),
    Remove(u8),
    Rename(u8, u8),
    Remount,
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        (any::<u8>(), 0..6000usize).prop_map(|(first, length)| {
            (0..length)
                .map(|at| first.wrapping_add((at / 3) as u8))
                .collect()
        }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let name = 0..6u8;
    prop_oneof![
        (name.clone(), content()).prop_map(|(name, content)| Action::Write(name, content)),
        (name.clone(), content()).prop_map(|(name, content)| Action::Append(name, content)),
        (name.clone(), any::<u16>(), content()).prop_map(|(name, at, content)| Action::Overwrite(
            name,
            at % 7000,
            content
        )),
        name.clone().prop_map(Action::Remove),
        (name.clone(), name).prop_map(|(from, to)| Action::Rename(from, to)),
        Just(Action::Remount),
    ]
}

const NAMES: [&str; 6] = ["a", "b.lua", "dir/c", "dir/d", "dir/deep/e", "f"];

fn change(
    volume: &mut Volume<Chip>,
    name: &str,
    mode: Mode,
    at: u32,
    bytes: &[u8],
) -> Result<(), Error> {
    let file = volume.open(name.as_bytes(), mode)?;
    let done = volume
        .seek(file, Whence::Start, i64::from(at))
        .and_then(|_| volume.write(file, bytes));
    let closed = volume.close(file);
    done.and(closed)
}

/// What happens to files that are open, and to others beside them.
#[derive(Clone, Debug)]
enum Beside {
    Write(usize, Vec<u8>),
    Flush(usize),
    Close(usize),
    Create(u8, u16),
    Remove(u8),
}

fn beside() -> impl Strategy<Value = Beside> {
    prop_oneof![
        3 => (0..3usize, proptest::collection::vec(any::<u8>(), 0..400))
            .prop_map(|(slot, bytes)| Beside::Write(slot, bytes)),
        1 => (0..3usize).prop_map(Beside::Flush),
        1 => (0..3usize).prop_map(Beside::Close),
        3 => (0..40u8, 0..600u16).prop_map(|(number, length)| Beside::Create(number, length)),
        1 => (0..40u8).prop_map(Beside::Remove),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_volume_is_a_map(actions in proptest::collection::vec(action(), 1..60)) {
        let chip = Chip::new(48);
        let mut volume = Volume::new(chip.clone(), 0, 48 * BLOCK).unwrap();
        volume.format().unwrap();
        volume.mount().unwrap();
        let mut model: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        for action in actions {
            match action {
                Action::Write(name, bytes) => {
                    let name = NAMES[name as usize];
                    write(&mut volume, name, &bytes).unwrap();
                    model.insert(name, bytes);
                }
                Action::Append(name, bytes) => {
                    let name = NAMES[name as usize];
                    change(&mut volume, name, Mode::APPEND, 0, &bytes).unwrap();
                    model.entry(name).or_default().extend_from_slice(&bytes);
                }
                Action::Overwrite(name, at, bytes) => {
                    let name = NAMES[name as usize];
                    let done = change(&mut volume, name, Mode::UPDATE, u32::from(at), &bytes);
                    match model.get_mut(name) {
                        None => prop_assert_eq!(done, Err(Error::NotFound)),
                        Some(content) => {
                            prop_assert_eq!(done, Ok(()));
                            let at = at as usize;
                            if !bytes.is_empty() {
                                content.resize(content.len().max(at + bytes.len()), 0);
                                content[at..at + bytes.len()].copy_from_slice(&bytes);
                            }
                        }
                    }
                }
                Action::Remove(name) => {
                    let name = NAMES[name as usize];
                    let done = volume.remove(name.as_bytes());
                    prop_assert_eq!(done.is_ok(), model.remove(name).is_some());
                }
                Action::Rename(from, to) => {
                    let (from, to) = (NAMES[from as usize], NAMES[to as usize]);
                    let done = volume.rename(from.as_bytes(), to.as_bytes());
                    prop_assert_eq!(done.is_ok(), model.contains_key(from));
                    if let Some(content) = model.remove(from) {
                        model.insert(to, content);
                    }
                }
                Action::Remount => {
                    volume.unmount();
                    volume.mount().unwrap();
                }
            }
            let sizes: BTreeMap<_, _> = model
                .iter()
                .map(|(name, content)| (name.to_string(), content.len() as u32))
                .collect();
            prop_assert_eq!(list(&mut volume), sizes);
        }
        for (name, content) in &model {
            prop_assert_eq!(&read(&mut volume, name).unwrap(), content);
        }
        prop_assert_eq!(chip.0.borrow().violation(), None);
    }
    #[test]
    fn files_stay_open_while_others_change(
        actions in proptest::collection::vec(beside(), 1..120),
    ) {
        let chip = Chip::new(64);
        let mut volume = Volume::new(chip.clone(), 0, 64 * BLOCK).unwrap();
        volume.format().unwrap();
        volume.mount().unwrap();
        let mut flushed: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut open: [Option<(Handle, Vec<u8>)>; 3] = [const { None }; 3];
        for action in actions {
            match action {
                Beside::Write(slot, bytes) => {
                    let name = format!("open{slot}");
                    let held = open[slot].take();
                    let (file, mut content) = held.unwrap_or_else(|| {
                        let file = volume.open(name.as_bytes(), Mode::APPEND).unwrap();
                        let content = flushed.entry(name).or_default().clone();
                        (file, content)
                    });
                    volume.write(file, &bytes).unwrap();
                    content.extend_from_slice(&bytes);
                    open[slot] = Some((file, content));
                }
                Beside::Flush(slot) => {
                    if let Some((file, content)) = &open[slot] {
                        volume.flush(*file).unwrap();
                        flushed.insert(format!("open{slot}"), content.clone());
                    }
                }
                Beside::Close(slot) => {
                    if let Some((file, content)) = open[slot].take() {
                        volume.close(file).unwrap();
                        flushed.insert(format!("open{slot}"), content);
                    }
                }
                Beside::Create(number, length) => {
                    let name = format!("{}side{number}", ["", "d/"][number as usize % 2]);
                    let content = vec![number; length as usize];
                    write(&mut volume, &name, &content).unwrap();
                    flushed.insert(name, content);
                }
                Beside::Remove(number) => {
                    let name = format!("{}side{number}", ["", "d/"][number as usize % 2]);
                    let done = volume.remove(name.as_bytes());
                    prop_assert_eq!(done.is_ok(), flushed.remove(&name).is_some());
                }
            }
            let sizes: BTreeMap<_, _> = flushed
                .iter()
                .map(|(name, content)| (name.clone(), content.len() as u32))
                .collect();
            prop_assert_eq!(list(&mut volume), sizes);
        }
        for (slot, held) in open.into_iter().enumerate() {
            if let Some((file, content)) = held {
                volume.close(file).unwrap();
                flushed.insert(format!("open{slot}"), content);
            }
        }
        volume.unmount();
        volume.mount().unwrap();
        for (name, content) in &flushed {
            prop_assert_eq!(&read(&mut volume, name).unwrap(), content);
        }
        prop_assert_eq!(chip.0.borrow().violation(), None);
    }
}
