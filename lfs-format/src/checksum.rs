//! Checksums over words, fed with whole-word loads.

use crc::{CRC_32_ISO_HDLC, CRC_64_XZ, Crc, Digest, NoTable, Table};
use rostrings::word;

static CRC32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// Without a table: it would be 2 KB of firmware for a sum that is taken once an update.
static CRC64: Crc<u64, NoTable> = Crc::<u64, NoTable>::new(&CRC_64_XZ);

/// CRC-32 (ISO-HDLC, as in zip) of `words` as little-endian bytes.
pub(crate) fn crc32(words: &[u32]) -> u32 {
    let mut digest = CRC32.digest();
    for word in words {
        digest.update(&word::read(word).to_le_bytes());
    }
    digest.finalize()
}

/// Build id: CRC-64/XZ of the features word, the model word and the payload.
pub(crate) fn build_id(features: u32, model: u32, payload: &[u32]) -> u64 {
    let mut digest = CRC64.digest();
    digest.update(&features.to_le_bytes());
    digest.update(&model.to_le_bytes());
    for word in payload {
        digest.update(&word::read(word).to_le_bytes());
    }
    digest.finalize()
}

/// Both sums of a payload that comes in pieces.
#[derive(Clone)]
pub(crate) struct Sums {
    crc: Digest<'static, u32, Table<1>>,
    id: Digest<'static, u64, NoTable>,
}

impl Sums {
    /// Of an empty payload.
    pub(crate) fn new(features: u32, model: u32) -> Self {
        let mut id = CRC64.digest();
        id.update(&features.to_le_bytes());
        id.update(&model.to_le_bytes());
        Self {
            crc: CRC32.digest(),
            id,
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        self.id.update(bytes);
    }

    /// CRC-32 and build id.
    pub(crate) fn finish(self) -> (u32, u64) {
        (self.crc.finalize(), self.id.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_the_catalogued_ones() {
        // "123456789" is nine bytes; eight make two words.
        let words = [0x3433_3231, 0x3837_3635];
        assert_eq!(crc32(&words), CRC32.checksum(b"12345678"));
        assert_eq!(CRC32.checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(
            build_id(0x3433_3231, 0x3837_3635, &[]),
            CRC64.checksum(b"12345678")
        );
        assert_eq!(CRC64.checksum(b"123456789"), 0x995d_c9bb_df19_39fa);
    }
}
