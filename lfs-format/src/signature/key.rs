//! Keys, signing and checking: Ed25519ph of RFC 8032 over the bytes of the image.

use core::fmt;

use ed25519_dalek::{Digest, Sha512, Signature, SigningKey, VerifyingKey};
use rostrings::word;

use super::trailer::image_bytes;
use super::{KeyId, SignatureError, Trailer};
use crate::image::{Image, State};
use crate::store::Source;

/// The context of Ed25519ph: a signature of an image is none of anything else.
pub const CONTEXT: &[u8] = b"Lua Flash Store image 1";

/// Bytes read at a time.
const CHUNK: usize = 64;

/// The key signatures are checked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key of these bytes, as in RFC 8032.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Key`] if they are no key, or one that fits signatures of anything.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, SignatureError> {
        match VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() => Ok(Self(key)),
            _ => Err(SignatureError::Key),
        }
    }

    /// The bytes of the key.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// What trailers call the key.
    pub fn id(&self) -> KeyId {
        let [a, b, c, d, e, f, g, h, ..] = *self.0.as_bytes();
        KeyId([a, b, c, d, e, f, g, h])
    }

    fn check(&self, trailer: &Trailer, image: Sha512) -> Result<(), SignatureError> {
        if trailer.key != self.id() {
            return Err(SignatureError::WrongKey(trailer.key));
        }
        let signature = Signature::from_bytes(&trailer.signature);
        self.0
            .verify_prehashed_strict(image, Some(CONTEXT), &signature)
            .map_err(|_| SignatureError::Wrong)
    }
}

/// The key images are signed with. Not for devices.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key made of 32 bytes that nobody can guess.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

/// Signs the image at the start of `image`; what lies behind it, as another signature, is left out.
///
/// # Errors
///
/// [`SignatureError::Image`] if the header is broken or the image cut short. Nothing else is checked.
pub fn sign(image: &[u8], key: &SecretKey) -> Result<Trailer, SignatureError> {
    let mut source = image;
    let digest = digest(&mut source)?;
    let signature = key.0.sign_prehashed(digest, Some(CONTEXT));
    Ok(Trailer {
        key: key.public().id(),
        // The context is short enough, which is all that can be wrong.
        signature: signature.map_err(|_| SignatureError::Key)?.to_bytes(),
    })
}

/// Checks the signature of the image at the start of a source, reading it in small pieces.
///
/// A source that is read again afterwards may have changed: where that matters, check the image in its slot by
/// [`verify_image`].
///
/// # Errors
///
/// [`SignatureError`].
pub fn verify<S: Source>(source: &mut S, key: &PublicKey) -> Result<(), SignatureError> {
    let trailer = Trailer::read(source)?;
    // Said without reading the image.
    if trailer.key != key.id() {
        return Err(SignatureError::WrongKey(trailer.key));
    }
    key.check(&trailer, digest(source)?)
}

/// Checks the signature of an image in memory or mapped flash, whose trailer was read from where it came from.
///
/// # Errors
///
/// [`SignatureError::WrongKey`], [`SignatureError::Wrong`].
pub fn verify_image<S: State>(
    image: &Image<'_, S>,
    trailer: &Trailer,
    key: &PublicKey,
) -> Result<(), SignatureError> {
    let mut digest = Sha512::new();
    for word in image.words() {
        digest.update(word::read(word).to_le_bytes());
    }
    key.check(trailer, digest)
}

/// The prehash of the image at the start of a source.
fn digest<S: Source>(source: &mut S) -> Result<Sha512, SignatureError> {
    let length = image_bytes(source)?;
    let mut digest = Sha512::new();
    let mut chunk = [0; CHUNK];
    for offset in (0..length).step_by(CHUNK) {
        let count = (length - offset).min(CHUNK as u32) as usize;
        let chunk = chunk.get_mut(..count).unwrap_or_default();
        source.read(offset, chunk)?;
        digest.update(&*chunk);
    }
    Ok(digest)
}
