//! Broken images of every sort: refused or harmless, never a panic.
#![allow(clippy::unwrap_used)]

mod support;

use lfs_format::function::StripLevel;
use lfs_format::header::Section;
use lfs_format::image::Image;
use lfs_format::inspect::{Detail, Listing, Weights};
use lfs_format::model::Model;
use lfs_format::write::seal;
use proptest::prelude::*;
use support::{sample, seal_header};

/// Verifies, and reads everything of what was accepted.
fn exercise(words: &[u32]) -> bool {
    let Ok(image) = Image::new(words).and_then(|image| image.verify()) else {
        return false;
    };
    assert_eq!(
        Weights::of(&image).total() as usize,
        image.words().len() * 4
    );
    for function in image.functions() {
        assert!(
            !Listing::new(image, function, Detail::Full)
                .to_string()
                .is_empty()
        );
        for child in 0..function.children() {
            assert!(image.child(&function, child).unwrap().at() < function.at());
        }
        for index in 0..function.strings() {
            let slot = function.string_slot(index).unwrap();
            assert!(image.string(&function, slot).is_some());
        }
    }
    for (name, main) in image.modules() {
        assert_eq!(image.module(name.bytes()), Some(main));
    }
    for (name, resource) in image.resources() {
        assert_eq!(image.resource(name.bytes()), Some(resource));
    }
    true
}

#[test]
fn every_changed_word_is_noticed() {
    for model in [Model::Num32, Model::Num64] {
        let valid = sample(model, StripLevel::None);
        assert!(exercise(&valid));
        for at in 0..valid.len() {
            for bit in 0..32 {
                let mut words = valid.clone();
                words[at] ^= 1 << bit;
                assert!(!exercise(&words), "word {at}, bit {bit}");
            }
        }
        for length in 0..valid.len() {
            assert!(!exercise(&valid[..length]));
        }
    }
}

/// Checksums cannot help against images made to be broken.
#[test]
fn every_changed_word_under_right_checksums_is_harmless() {
    for model in [Model::Num32, Model::Num64] {
        for strip in [StripLevel::None, StripLevel::All] {
            let valid = sample(model, strip);
            for at in 0..valid.len() {
                let old = valid[at];
                let values = (0..32).map(|bit| old ^ 1 << bit).chain([
                    0,
                    u32::MAX,
                    old.wrapping_add(1),
                    old.wrapping_sub(1),
                    old.wrapping_add(4),
                    i32::MAX as u32,
                    i32::MIN as u32,
                    valid.len() as u32,
                ]);
                for value in values {
                    let mut words = valid.clone();
                    words[at] = value;
                    seal(&mut words);
                    exercise(&words);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn several_changed_words_are_harmless(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u32>(), 0..4), 1..6),
        wide: bool,
    ) {
        let model = if wide { Model::Num64 } else { Model::Num32 };
        let mut words = sample(model, StripLevel::None);
        for (at, from, value, how) in changes {
            let copied = words[from.index(words.len())];
            let word = at.get(&words);
            let new = match how {
                0 => value,
                1 => copied,
                2 => word.wrapping_add(value % 16).wrapping_sub(8),
                _ => word ^ 1 << (value % 32),
            };
            let at = at.index(words.len());
            words[at] = new;
        }
        // The build id is made right, the magic may be wrong.
        seal(&mut words);
        exercise(&words);
    }

    #[test]
    fn random_sections_are_harmless(
        mut words in prop::collection::vec(0u32..64, 18..80),
        sections in prop::collection::vec(18u32..80, 5),
        wide: bool,
    ) {
        let valid = sample(if wide { Model::Num64 } else { Model::Num32 }, StripLevel::All);
        let length = words.len() as u32;
        words[..18].copy_from_slice(&valid[..18]);
        words[5] = length;
        let mut sections: Vec<_> = sections.iter().map(|at| (*at).min(length)).collect();
        sections.sort_unstable();
        words[10 + Section::Index as usize..16].copy_from_slice(&sections);
        seal(&mut words);
        exercise(&words);
    }

    #[test]
    fn random_words_are_harmless(mut words in prop::collection::vec(any::<u32>(), 0..60)) {
        exercise(&words);
        if words.len() >= 18 {
            seal_header(&mut words);
            exercise(&words);
        }
    }
}
