//! Packed line information: about a quarter of a byte an instruction.
//!
//! The lines of a function's instructions are cut into runs of equal lines. A run is coded by its
//! difference `d` to the line before (at first: to the line the function is defined in) and its length `n`,
//! in half bytes, low half first:
//!
//! | half bytes | meaning |
//! |---|---|
//! | `0..=7` | d = 1, n = h + 1 |
//! | `8..=11` | d = 2, n = h - 7 |
//! | `12 m` | d = 3 + m / 2, n = 1 + m % 2 |
//! | `13 m` | d = -1 - m / 2, n = 1 + m % 2 |
//! | `14 m` | m < 8: d = 1, n = 9 + m; else d = 2, n = m - 3 |
//! | `15 z.. r..` | d = zigzag z, n = r + 1, both in groups of three bits, low group first, bit 3 set on all but the last |
//!
//! The code is a prefix code tuned on 390,000 instructions of published Lua programs.

use crate::stream::{Bytes, Reader};

/// A run of instructions on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Line number.
    pub line: u32,
    /// Instructions in the run, at least one.
    pub length: u32,
}

/// Joins half bytes to bytes.
struct Halves<'b> {
    bytes: &'b mut dyn Bytes,
    low: Option<u8>,
}

impl Halves<'_> {
    fn put(&mut self, half: u8) {
        match self.low.take() {
            None => self.low = Some(half),
            Some(low) => self.bytes.put(low | half << 4),
        }
    }

    fn number(&mut self, mut value: u32) {
        while value >= 8 {
            self.put(value as u8 & 7 | 8);
            value >>= 3;
        }
        self.put(value as u8);
    }

    fn run(&mut self, delta: i32, length: u32) {
        match (delta, length) {
            (1, 1..=8) => self.put(length as u8 - 1),
            (2, 1..=4) => self.put(length as u8 + 7),
            (1, 9..=16) => self.pair(14, length as u8 - 9),
            (2, 5..=12) => self.pair(14, length as u8 + 3),
            (3..=10, 1..=2) => self.pair(12, (delta as u8 - 3) * 2 + length as u8 - 1),
            (-8..=-1, 1..=2) => self.pair(13, (-1 - delta) as u8 * 2 + length as u8 - 1),
            _ => {
                self.put(15);
                self.number((delta << 1 ^ delta >> 31) as u32);
                self.number(length - 1);
            }
        }
    }

    fn pair(&mut self, prefix: u8, low: u8) {
        self.put(prefix);
        self.put(low);
    }
}

/// Packs the lines of a function defined in line `defined`.
pub(crate) fn write(bytes: &mut dyn Bytes, defined: u32, lines: &[u32]) {
    let mut halves = Halves { bytes, low: None };
    let mut before = defined;
    for run in lines.chunk_by(|a, b| a == b) {
        let Some(&line) = run.first() else { continue };
        halves.run(line.wrapping_sub(before) as i32, run.len() as u32);
        before = line;
    }
    if halves.low.is_some() {
        halves.put(0);
    }
}

/// Reader of packed lines: an iterator of [`Run`]s that ends after all instructions, or where the
/// coding is broken.
#[derive(Clone)]
pub struct Lines<'a> {
    reader: Reader<'a>,
    high: Option<u8>,
    line: u32,
    left: u32,
}

impl<'a> Lines<'a> {
    /// `instructions` lines of a function defined in line `defined`.
    pub(crate) fn new(reader: Reader<'a>, defined: u32, instructions: u32) -> Self {
        Self {
            reader,
            high: None,
            line: defined,
            left: instructions,
        }
    }

    fn half(&mut self) -> Option<u8> {
        if let Some(high) = self.high.take() {
            return Some(high);
        }
        let byte = self.reader.next()?;
        self.high = Some(byte >> 4);
        Some(byte & 15)
    }

    fn number(&mut self) -> Option<u32> {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let half = self.half()?;
            let bits = u32::from(half & 7);
            if shift > 30 || shift == 30 && bits > 3 {
                return None;
            }
            value |= bits << shift;
            if half < 8 {
                return Some(value);
            }
            shift += 3;
        }
    }

    fn code(&mut self) -> Option<(i32, u32)> {
        let half = self.half()?;
        Some(match half {
            0..=7 => (1, u32::from(half) + 1),
            8..=11 => (2, u32::from(half) - 7),
            12..=14 => {
                let m = self.half()?;
                let wide = i32::from(m / 2);
                let length = 1 + u32::from(m % 2);
                match half {
                    12 => (3 + wide, length),
                    13 => (-1 - wide, length),
                    _ if m < 8 => (1, 9 + u32::from(m)),
                    _ => (2, u32::from(m) - 3),
                }
            }
            _ => {
                let zigzag = self.number()?;
                let length = self.number()?.checked_add(1)?;
                ((zigzag >> 1) as i32 ^ -((zigzag & 1) as i32), length)
            }
        })
    }

    /// The stream, at a whole byte.
    pub(crate) fn reader(&self) -> &Reader<'a> {
        &self.reader
    }

    /// Instructions not yet covered.
    pub(crate) fn left(&self) -> u32 {
        self.left
    }

    /// Whether nothing but zero padding, less than a word of it, is left.
    pub(crate) fn padded(mut self) -> bool {
        self.high.unwrap_or(0) == 0 && self.reader.padded()
    }
}

impl Iterator for Lines<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        if self.left == 0 {
            return None;
        }
        let (delta, length) = self.code()?;
        self.left = self.left.checked_sub(length)?;
        self.line = self.line.wrapping_add_signed(delta);
        Some(Run {
            line: self.line,
            length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Counter, Packer};
    use proptest::prelude::*;
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    fn pack(defined: u32, lines: &[u32]) -> (usize, Vec<u32>) {
        let mut counter = Counter::default();
        write(&mut counter, defined, lines);
        let mut words = vec![0; counter.0.div_ceil(4)];
        write(&mut Packer::new(&mut words), defined, lines);
        (counter.0, words)
    }

    fn unpack(words: &[u32], defined: u32, count: usize) -> Vec<u32> {
        let mut lines = Lines::new(Reader::new(words), defined, count as u32);
        let mut all = Vec::new();
        for run in &mut lines {
            all.extend(core::iter::repeat_n(run.line, run.length as usize));
        }
        assert!(lines.padded());
        all
    }

    #[test]
    fn usual_code_costs_a_quarter_byte() {
        let lines: Vec<u32> = (0..300).map(|i| 10 + i / 3).collect();
        assert_eq!(pack(9, &lines).0, 50);
    }

    #[test]
    fn each_short_code_is_read_back() {
        for delta in -12..=14 {
            for length in 1..=20 {
                let lines = vec![1000u32.wrapping_add_signed(delta); length];
                let (_, words) = pack(1000, &lines);
                assert_eq!(unpack(&words, 1000, length), lines);
            }
        }
    }

    proptest! {
        #[test]
        fn lines_survive(defined: u32, lines in prop::collection::vec(any::<u32>(), 0..40)) {
            let (_, words) = pack(defined, &lines);
            prop_assert_eq!(unpack(&words, defined, lines.len()), lines);
        }

        #[test]
        fn any_words_are_read_without_harm(defined: u32, words in prop::collection::vec(any::<u32>(), 0..40), count in 0u32..1000) {
            let mut lines = Lines::new(Reader::new(&words), defined, count);
            let covered: u64 = (&mut lines).map(|run| u64::from(run.length)).sum();
            prop_assert!(covered <= u64::from(count));
        }
    }
}
