//! What a power cut leaves behind.

/// A power cut in the course of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cut {
    /// Number of the operation, from 0, counted from when the cut is set. A write is one operation, the erase of each block another.
    pub operation: u64,
    /// What the operation leaves.
    pub outcome: Outcome,
}

/// State of the cells that an operation was changing when the power went.
///
/// A program changes only bits that it was to clear; an erase any bit of its block. Seeds select one of many
/// random results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing changed.
    Untouched,
    /// All of it is done; the program only never heard of it.
    Complete,
    /// The first so many bits are done, counted from the lowest bit of the first byte.
    Prefix(u32),
    /// A random half of the bits is done.
    Mask(u64),
    /// An erase leaves anything at all in its block. A program: as [`Outcome::Mask`], a sixteenth of the bits missing.
    Garbage(u64),
    /// The bits in question read at random, differently after each start, until they are erased or programmed wholly.
    Unstable(u64),
    /// As [`Outcome::Unstable`], but until the next start but one they read as before the operation.
    UnstableUntouched(u64),
    /// As [`Outcome::Unstable`], but until the next start but one they read as if all were done.
    UnstableComplete(u64),
    /// Each word reads as before or as if it were done, differently after each start, until it is erased or programmed wholly.
    Flicker(u64),
    /// All is done, but the bit of this number reads at random, differently after each start.
    OneUnstable(u32),
}

/// SplitMix64: as random as the simulation needs, and the same on every machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(super) fn word(&mut self) -> u32 {
        self.next() as u32
    }
}

/// Bit number `bit` of an operation, if it lies in the word number `index`.
fn one_bit(bit: u32, index: usize) -> u32 {
    if bit as usize / 32 == index {
        1 << (bit % 32)
    } else {
        0
    }
}

/// A word after a torn operation.
pub(super) struct TornWord {
    pub(super) cells: u32,
    /// Bits that read anew after each start.
    pub(super) unstable: u32,
}

impl Outcome {
    pub(super) fn random(self) -> Random {
        match self {
            Outcome::Mask(seed)
            | Outcome::Garbage(seed)
            | Outcome::Unstable(seed)
            | Outcome::Flicker(seed)
            | Outcome::UnstableUntouched(seed)
            | Outcome::UnstableComplete(seed) => Random(seed),
            _ => Random(0),
        }
    }

    /// The word number `index` of an operation that was to change it from `before` to `after`.
    pub(super) fn tear(
        self,
        random: &mut Random,
        index: usize,
        before: u32,
        after: u32,
    ) -> TornWord {
        let changing = before ^ after;
        let taking = |done: u32| before ^ (changing & done);
        let (cells, unstable) = match self {
            Outcome::Untouched => (before, 0),
            Outcome::Complete => (after, 0),
            Outcome::Prefix(bits) => {
                let done = u64::from(bits).saturating_sub(index as u64 * 32).min(32);
                (taking(((1u64 << done) - 1) as u32), 0)
            }
            Outcome::Mask(_) => (taking(random.word()), 0),
            Outcome::Garbage(_) => {
                let missing = random.word() & random.word() & random.word() & random.word();
                (taking(!missing), 0)
            }
            Outcome::Unstable(_) => (taking(random.word()), changing),
            Outcome::UnstableUntouched(_) => (before, changing),
            Outcome::UnstableComplete(_) | Outcome::Flicker(_) => (after, changing),
            Outcome::OneUnstable(bit) => (after, changing & one_bit(bit, index)),
        };
        TornWord { cells, unstable }
    }

    /// A word of a block whose erase was torn. An erase may touch every cell, also those that are erased already.
    pub(super) fn tear_erase(self, random: &mut Random, index: usize, before: u32) -> TornWord {
        match self {
            Outcome::Garbage(_) => TornWord {
                cells: random.word(),
                unstable: 0,
            },
            Outcome::Unstable(_) => TornWord {
                cells: random.word(),
                unstable: !0,
            },
            Outcome::UnstableUntouched(_) => TornWord {
                cells: before,
                unstable: !0,
            },
            Outcome::UnstableComplete(_) => TornWord {
                cells: !0,
                unstable: !0,
            },
            Outcome::OneUnstable(bit) => TornWord {
                cells: !0,
                unstable: one_bit(bit, index),
            },
            other => other.tear(random, index, before, !0),
        }
    }

    /// Mixes a cut into the seed that unstable cells are drawn from.
    pub(super) fn stir(self) -> u64 {
        match self {
            Outcome::OneUnstable(bit) => u64::from(bit) << 32,
            other => other.random().0,
        }
    }

    /// Whether the operation was carried out as ordered.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Outcome::Complete)
    }
}
