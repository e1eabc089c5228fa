//! Power cuts and damage.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod chip;

use chip::{BLOCK, Chip, Model};
use flash_files::{Error, Mode, Volume};
use lfs_format::nor::{Cut, Outcome};
use proptest::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

const BLOCKS: u32 = 10;

fn volume(chip: &Chip) -> Volume<Chip> {
    Volume::new(chip.clone(), 0, BLOCKS * BLOCK).unwrap()
}

fn write(volume: &mut Volume<Chip>, name: &[u8], bytes: &[u8]) -> Result<(), Error> {
    let file = volume.open(name, Mode::WRITE)?;
    let written = bytes
        .chunks(700)
        .try_for_each(|piece| volume.write(file, piece));
    let closed = volume.close(file);
    written.and(closed)
}

fn read(volume: &mut Volume<Chip>, name: &[u8]) -> Result<Vec<u8>, Error> {
    let file = volume.open(name, Mode::READ)?;
    let mut content = vec![0; 20_000];
    let count = volume.read(file, &mut content);
    volume.close(file)?;
    content.truncate(count?);
    Ok(content)
}

/// A volume with two files.
fn prepared(old: &[u8]) -> Model {
    let chip = Chip::new(BLOCKS as usize);
    let mut volume = volume(&chip);
    volume.format().unwrap();
    volume.mount().unwrap();
    write(&mut volume, b"data", old).unwrap();
    write(&mut volume, b"other/file", b"untouched").unwrap();
    drop(volume);
    chip.0.take_model()
}

trait Take {
    fn take_model(&self) -> Model;
}

impl Take for Rc<RefCell<Model>> {
    fn take_model(&self) -> Model {
        self.borrow().clone()
    }
}

/// Cuts the power at each operation of `change` in turn; `check` is asked what it left, with whether it was done.
fn cut_everywhere(
    flash: &Model,
    outcome: impl Fn(u64) -> Outcome,
    change: impl Fn(&mut Volume<Chip>) -> Result<(), Error>,
    check: impl Fn(&mut Volume<Chip>, u64),
) -> u64 {
    for operation in 0.. {
        let chip = Chip(Rc::new(RefCell::new(flash.clone())));
        chip.0.borrow_mut().cut(Cut {
            operation,
            outcome: outcome(operation),
        });
        let mut before = volume(&chip);
        let done = before.mount().and_then(|()| change(&mut before));
        let whole = chip.0.borrow().is_on();
        drop(before);
        if whole {
            done.unwrap();
            return operation;
        }
        chip.0.borrow_mut().power_up();
        let mut after = volume(&chip);
        after.mount().unwrap();
        check(&mut after, operation);
        assert_eq!(read(&mut after, b"other/file").unwrap(), b"untouched");
        // What was left can be gone on with.
        write(&mut after, b"data", b"again").unwrap();
        assert_eq!(read(&mut after, b"data").unwrap(), b"again");
    }
    unreachable!("the change ends")
}

const OUTCOMES: [fn(u64) -> Outcome; 5] = [
    Outcome::Garbage,
    |_| Outcome::Untouched,
    |_| Outcome::Complete,
    |operation| Outcome::Prefix(8 * (operation as u32 * 37 % 300)),
    Outcome::Mask,
];

#[test]
fn a_rewritten_file_is_old_or_new() {
    for (old, new) in [
        (vec![1; 30], vec![2; 50]),
        (vec![1; 9000], vec![2; 6000]),
        (vec![1; 100], vec![2; 9000]),
        (vec![1; 9000], vec![]),
    ] {
        let flash = prepared(&old);
        for outcome in OUTCOMES {
            let cuts = cut_everywhere(
                &flash,
                outcome,
                |volume| write(volume, b"data", &new),
                |volume, operation| {
                    let content = read(volume, b"data").unwrap();
                    assert!(content == old || content == new, "cut {operation}");
                },
            );
            assert!(cuts > 0);
        }
    }
}

#[test]
fn a_rewrite_by_rename_is_old_or_new() {
    let flash = prepared(&[1; 5000]);
    for outcome in OUTCOMES {
        cut_everywhere(
            &flash,
            outcome,
            |volume| {
                write(volume, b"new/data", &[2; 3000])?;
                volume.rename(b"new/data", b"data")
            },
            |volume, operation| {
                let content = read(volume, b"data").unwrap();
                let known = content == [1; 5000] || content == [2; 3000];
                assert!(known, "cut {operation}");
            },
        );
    }
}

#[test]
fn a_log_keeps_what_was_flushed() {
    let flash = prepared(b"");
    let append = |volume: &mut Volume<Chip>, lines: &RefCell<usize>| {
        let file = volume.open(b"data", Mode::APPEND)?;
        for _ in 0..40 {
            volume.write(file, &[b'x'; 31])?;
            volume.flush(file)?;
            *lines.borrow_mut() += 1;
        }
        volume.close(file)
    };
    let lines = RefCell::new(0);
    cut_everywhere(
        &flash,
        OUTCOMES[4],
        |volume| {
            lines.replace(0);
            append(volume, &lines)
        },
        |volume, operation| {
            let length = read(volume, b"data").unwrap().len();
            let flushed = *lines.borrow() * 31;
            let kept = length == flushed || length == flushed + 31;
            assert!(kept, "cut {operation}: {length} of {flushed}");
        },
    );
}

#[test]
fn a_cut_format_leaves_something_to_format() {
    for outcome in OUTCOMES {
        for operation in 0.. {
            let chip = Chip(Rc::new(RefCell::new(prepared(&[1; 5000]))));
            chip.0.borrow_mut().cut(Cut {
                operation,
                outcome: outcome(operation),
            });
            let done = volume(&chip).format();
            if chip.0.borrow().is_on() {
                done.unwrap();
                break;
            }
            chip.0.borrow_mut().power_up();
            let mut after = volume(&chip);
            if after.mount().is_err() {
                after.format().unwrap();
                after.mount().unwrap();
            }
            write(&mut after, b"data", b"again").unwrap();
        }
    }
}

#[test]
fn what_is_no_volume_is_not_mounted() {
    let erased = Chip::new(BLOCKS as usize);
    assert_eq!(volume(&erased).mount(), Err(Error::Corrupt));
    for fill in [0, 0x5a5a_5a5a, 0x6c69_7474] {
        let chip = Chip::new(BLOCKS as usize);
        chip.0.borrow_mut().fill(&[fill; 10 * 1024]);
        let mut volume = volume(&chip);
        assert_eq!(volume.mount(), Err(Error::Corrupt));
        volume.format().unwrap();
        volume.mount().unwrap();
        write(&mut volume, b"data", b"fine").unwrap();
    }
    let chip = Chip(Rc::new(RefCell::new(prepared(b"x"))));
    let mut smaller = Volume::new(chip, 0, (BLOCKS - 1) * BLOCK).unwrap();
    assert_eq!(smaller.mount(), Err(Error::Corrupt), "of another size");
}

/// Does all there is to do, whatever comes of it.
fn exercise(chip: &Chip) {
    let mut volume = volume(chip);
    if volume.mount().is_err() {
        return;
    }
    let _ = volume.list(&mut |_, _| Ok(()));
    let _ = volume.usage();
    let _ = read(&mut volume, b"data");
    let _ = read(&mut volume, b"other/file");
    let _ = write(&mut volume, b"data", &[3; 3000]);
    let _ = write(&mut volume, b"more", &[4; 300]);
    let _ = volume.rename(b"more", b"other/more");
    let _ = volume.remove(b"other/file");
    let _ = volume.remove(b"data");
}

/// A change of one name or two.
#[derive(Clone, Debug)]
enum Change {
    Write(u8, u16),
    Remove(u8),
    Rename(u8, u8),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (0..8u8, prop_oneof![0..40u16, 0..5000u16])
            .prop_map(|(name, size)| Change::Write(name, size)),
        1 => (0..8u8).prop_map(Change::Remove),
        1 => (0..8u8, 0..8u8).prop_map(|(from, to)| Change::Rename(from, to)),
    ]
}

type Contents = std::collections::BTreeMap<String, Vec<u8>>;

fn name(number: u8) -> String {
    let directory = ["", "d/", "e/f/"][number as usize % 3];
    format!("{directory}{number}")
}

/// Makes a change to a volume and a model.
fn make(volume: &mut Volume<Chip>, contents: &mut Contents, change: &Change) -> Result<(), Error> {
    match *change {
        Change::Write(number, size) => {
            let content = vec![size as u8; size as usize];
            write(volume, name(number).as_bytes(), &content)?;
            contents.insert(name(number), content);
        }
        Change::Remove(number) => match volume.remove(name(number).as_bytes()) {
            Err(Error::NotFound) => {}
            done => {
                done?;
                contents.remove(&name(number));
            }
        },
        Change::Rename(from, to) => {
            match volume.rename(name(from).as_bytes(), name(to).as_bytes()) {
                Err(Error::NotFound) => {}
                done => {
                    done?;
                    let content = contents.remove(&name(from)).unwrap();
                    contents.insert(name(to), content);
                }
            }
        }
    }
    Ok(())
}

fn contents(volume: &mut Volume<Chip>) -> Contents {
    let mut names = Vec::new();
    volume
        .list(&mut |name, _| {
            names.push(String::from_utf8(name.to_vec()).unwrap());
            Ok(())
        })
        .unwrap();
    let mut all = Contents::new();
    for name in names {
        let content = read(volume, name.as_bytes()).unwrap();
        all.insert(name, content);
    }
    all
}

/// What a change that was cut may have come to: nothing, all, or a new file that is empty.
fn possible(before: &Contents, change: &Change) -> Vec<Contents> {
    let mut after = before.clone();
    match *change {
        Change::Write(number, size) => {
            let mut made = before.clone();
            made.entry(name(number)).or_default();
            after.insert(name(number), vec![size as u8; size as usize]);
            return vec![before.clone(), made, after];
        }
        Change::Remove(number) => {
            after.remove(&name(number));
        }
        Change::Rename(from, to) => {
            if let Some(content) = after.remove(&name(from)) {
                after.insert(name(to), content);
            }
        }
    }
    vec![before.clone(), after]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_cut_leaves_each_file_old_or_new(
        changes in proptest::collection::vec(change(), 1..30),
        cuts in proptest::collection::vec((0..120u64, 0..5usize), 1..4),
    ) {
        let chip = Chip::new(32);
        let mut volume = Volume::new(chip.clone(), 0, 32 * BLOCK).unwrap();
        volume.format().unwrap();
        volume.mount().unwrap();
        let mut model = Contents::new();
        let mut cuts = cuts.into_iter();
        let cut = |cut: Option<(u64, usize)>| {
            if let Some((operation, outcome)) = cut {
                let outcome = OUTCOMES[outcome](operation);
                chip.0.borrow_mut().cut(Cut { operation, outcome });
            }
        };
        cut(cuts.next());
        for change in &changes {
            let done = make(&mut volume, &mut model, change);
            if chip.0.borrow().is_on() {
                prop_assert_eq!(done, Ok(()));
                continue;
            }
            drop(volume);
            chip.0.borrow_mut().power_up();
            volume = Volume::new(chip.clone(), 0, 32 * BLOCK).unwrap();
            volume.mount().unwrap();
            let found = contents(&mut volume);
            let known = possible(&model, change);
            let sizes = |contents: &Contents| -> Vec<(String, usize)> {
                let sizes = contents.iter().map(|(name, content)| (name.clone(), content.len()));
                sizes.collect()
            };
            prop_assert!(
                known.contains(&found),
                "{change:?}: {:?} of {:?}",
                sizes(&found),
                sizes(&model)
            );
            model = found;
            cut(cuts.next());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn damage_is_survived(
        changes in proptest::collection::vec((0..10 * 1024usize, any::<u32>()), 1..40),
        near in any::<bool>(),
    ) {
        let model = prepared(&[1; 9000]);
        let mut words = model.words().to_vec();
        for (at, value) in changes {
            // Most of a block of names is erased; damage shows where something is written.
            words[if near { at % 80 + at / 5120 * 1024 } else { at }] = value;
        }
        let chip = Chip::new(BLOCKS as usize);
        chip.0.borrow_mut().fill(&words);
        exercise(&chip);
    }
}
