//! Texts and tables shared by the behaviour tests.
#![allow(dead_code)]

use proptest::prelude::*;
use rostrings::builder::{Builder, Layout};

const SPREAD: u32 = 0x9E37_79B1;

/// `n` different texts of eight bytes with one hash.
///
/// A step of the hash is `(rotl(h, 5) ^ w) * SPREAD`: whatever the first word does to `h`, a second
/// word that takes the same difference cancels it.
pub fn colliding(n: u32) -> Vec<Vec<u8>> {
    let begin = rostrings::SEED ^ 8_u32.wrapping_mul(SPREAD);
    let after = |first: u32| (begin.rotate_left(5) ^ first).wrapping_mul(SPREAD);
    let base = after(0).rotate_left(5);
    let text = |i: u32| {
        let second = 0x6162_6364 ^ base ^ after(i).rotate_left(5);
        [i.to_le_bytes(), second.to_le_bytes()].concat()
    };
    (0..n).map(text).collect()
}

/// Layout of a table of these texts.
pub fn layout<T: AsRef<[u8]>>(texts: &[T]) -> Layout {
    let mut builder = Builder::new();
    for text in texts {
        builder.insert(text.as_ref()).expect("insert");
    }
    builder.finish().expect("finish")
}

/// Short and long texts, many of them alike.
pub fn texts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let any = prop::collection::vec(any::<u8>(), 0..60);
    let alike = prop::collection::vec(prop::sample::select(vec![0_u8, b'a', 0xFF]), 0..5);
    let collides = (0..8_usize).prop_map(|i| colliding(8)[i].clone());
    prop::collection::vec(prop_oneof![3 => any, 3 => alike, 1 => collides], 0..80)
}
