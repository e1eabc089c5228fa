//! The key that new images must be signed with.
//!
//! A firmware has it built in, or reads it from a partition of its own ([`Role::LfsKey`](crate::partition::Role::LfsKey)): the bytes
//! `LFSk`, the 32 bytes of the key, and the CRC-32 of both. An erased partition is no key; anything else is a key that cannot
//! be read, and then no image is taken.

use core::fmt;

use embedded_storage::nor_flash::ReadNorFlash;
#[cfg(feature = "signature")]
use lfs_format::signature::PublicKey;
use lfs_format::signature::SignatureError;
use lfs_format::store::Source;

const MAGIC: [u8; 4] = *b"LFSk";
/// Bytes of a key's partition that mean something.
pub const KEY_BYTES: usize = 40;
const SUM: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// What new images must be signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Nothing: every image is taken.
    None,
    /// This key.
    #[cfg(feature = "signature")]
    Public(PublicKey),
    /// There is a key and it cannot be used: no image is taken.
    Unusable,
}

/// Why an image is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum KeyError {
    /// Its signature is not good.
    Signature(SignatureError),
    /// The key of the device cannot be used.
    Unusable,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::Signature(error) => error.fmt(f),
            KeyError::Unusable => f.write_str("the key of this device cannot be used"),
        }
    }
}

impl core::error::Error for KeyError {}

impl Key {
    /// Reads the key of a partition that begins at `offset`.
    pub fn read<F: ReadNorFlash>(flash: &mut F, offset: u32) -> Self {
        // Whole read units: they divide 32 bytes.
        let mut bytes = [0; 64];
        if flash.read(offset, &mut bytes).is_err() {
            return Key::Unusable;
        }
        if bytes.iter().all(|byte| *byte == 0xff) {
            return Key::None;
        }
        let covered = bytes.get(..KEY_BYTES - 4).unwrap_or_default();
        let sum = bytes
            .get(KEY_BYTES - 4..)
            .and_then(|rest| rest.first_chunk());
        if !covered.starts_with(&MAGIC) || sum != Some(&SUM.checksum(covered).to_le_bytes()) {
            return Key::Unusable;
        }
        Self::of(covered.get(MAGIC.len()..).unwrap_or_default())
    }

    #[cfg(feature = "signature")]
    fn of(bytes: &[u8]) -> Self {
        let key = bytes.first_chunk().map(PublicKey::from_bytes);
        match key {
            Some(Ok(key)) => Key::Public(key),
            _ => Key::Unusable,
        }
    }

    #[cfg(not(feature = "signature"))]
    fn of(_: &[u8]) -> Self {
        Key::Unusable
    }

    /// The bytes of a key's partition.
    pub fn to_partition(key: &[u8; 32]) -> [u8; KEY_BYTES] {
        let mut bytes = [0; KEY_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..36].copy_from_slice(key);
        let sum = SUM.checksum(&bytes[..36]);
        bytes[36..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// Whether images must be signed.
    pub fn is_set(&self) -> bool {
        *self != Key::None
    }

    /// Checks that the image of a source is signed as it must be.
    ///
    /// # Errors
    ///
    /// [`KeyError`].
    pub fn check(&self, source: &mut dyn Source) -> Result<(), KeyError> {
        match self {
            Key::None => Ok(()),
            #[cfg(feature = "signature")]
            Key::Public(key) => {
                let mut source = source;
                lfs_format::signature::verify(&mut source, key).map_err(KeyError::Signature)
            }
            Key::Unusable => {
                // Without a key that can be used there is nothing to read the source for.
                let _ = source;
                Err(KeyError::Unusable)
            }
        }
    }
}
