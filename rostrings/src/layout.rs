//! Shape of a ROM table, for whoever lays one out, and the one emitter behind both builders.

use crate::builder::BuildError;
use crate::record;

/// Word that holds the number of strings.
pub const COUNT_WORD: usize = 0;
/// Word that holds log2 of the number of buckets.
pub const BITS_WORD: usize = 1;
/// First word of the bucket array.
pub const BUCKETS: usize = 2;

/// Log2 of the number of buckets of a table of `n` strings: two strings a bucket at most, on
/// average.
#[inline(never)]
pub const fn bucket_bits(n: u32) -> u32 {
    n.div_ceil(2).next_power_of_two().trailing_zeros()
}

/// Words before the first record. `bits` is at most 31.
pub const fn prefix_words(bits: u32) -> usize {
    BUCKETS + (1 << bits) + 1
}

/// Bucket of a hash in a table of `2^bits` buckets; `bits` is at most 31.
pub const fn bucket_of(hash: u32, bits: u32) -> usize {
    (hash & ((1 << bits) - 1)) as usize
}

/// Writes a table record by record, in ascending order of bucket, hash, text.
pub(crate) struct Emitter {
    bits: u32,
    at: usize,
    bucket: usize,
    in_bucket: usize,
}

impl Emitter {
    /// Begins a table of `n` different strings.
    pub(crate) const fn begin(out: &mut [u32], n: u32) -> Result<Self, BuildError> {
        let bits = bucket_bits(n);
        let at = prefix_words(bits);
        if at > out.len() {
            return Err(BuildError::WrongSize);
        }
        out[COUNT_WORD] = n;
        out[BITS_WORD] = bits;
        out[BUCKETS] = at as u32;
        Ok(Self {
            bits,
            at,
            bucket: 0,
            in_bucket: 0,
        })
    }

    /// Appends one string and returns the word offset of its record.
    pub(crate) const fn push(
        &mut self,
        out: &mut [u32],
        text: &[u8],
        hash: u32,
    ) -> Result<u32, BuildError> {
        let bucket = bucket_of(hash, self.bits);
        if let Err(error) = self.advance(out, bucket) {
            return Err(error);
        }
        self.in_bucket += 1;
        if self.in_bucket > crate::rom::MAX_BUCKET {
            return Err(BuildError::BucketFull {
                bucket: bucket as u32,
            });
        }
        let Some((_, rest)) = out.split_at_mut_checked(self.at) else {
            return Err(BuildError::WrongSize);
        };
        let Some(words) = record::write(rest, text) else {
            return Err(BuildError::WrongSize);
        };
        let offset = self.at as u32;
        self.at += words;
        Ok(offset)
    }

    /// Ends the table; it must fill `out`.
    pub(crate) const fn finish(mut self, out: &mut [u32]) -> Result<(), BuildError> {
        if self.at != out.len() {
            return Err(BuildError::WrongSize);
        }
        self.advance(out, 1 << self.bits)
    }

    /// Ends the buckets before `bucket` where the records end so far.
    const fn advance(&mut self, out: &mut [u32], bucket: usize) -> Result<(), BuildError> {
        if self.at as u64 > u32::MAX as u64 {
            return Err(BuildError::TooLarge);
        }
        while self.bucket < bucket {
            self.bucket += 1;
            self.in_bucket = 0;
            if BUCKETS + self.bucket >= out.len() {
                return Err(BuildError::WrongSize);
            }
            out[BUCKETS + self.bucket] = self.at as u32;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_the_power_of_two_at_or_above_half() {
        let expected = [
            (0, 0),
            (1, 0),
            (2, 0),
            (3, 1),
            (4, 1),
            (5, 2),
            (8, 2),
            (9, 3),
            (500, 8),
            (513, 9),
        ];
        for (n, bits) in expected {
            assert_eq!(bucket_bits(n), bits, "{n}");
        }
        assert_eq!(bucket_bits(u32::MAX), 31);
    }
}
