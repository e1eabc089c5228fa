//! Signatures of images: who an image is from. Build id and checksums guard against mix-ups, a signature against forgery.
//!
//! A signature is a [`Trailer`] of 80 bytes behind the image in its file; the image itself is the same with and without it. The
//! store takes images without their trailers: [`ImageOnly`]. Signing and checking, by Ed25519ph, need the feature `signature`.
//! `docs/format.md`, section 9, has every byte.
//!
//! An update that takes nothing but signed images checks the image where it lies in its slot, so that no source can show one image and
//! install another:
//!
//! ```
//! # #[cfg(feature = "signature")] {
//! use embedded_storage::nor_flash::NorFlash;
//! use lfs_format::signature::{ImageOnly, PublicKey, SignatureError, Trailer, verify_image};
//! use lfs_format::store::{Acceptance, Error, FlashMap, Region, Source, Store};
//!
//! enum Refused {
//!     Signature(SignatureError),
//!     Store(Error),
//! }
//! # impl From<SignatureError> for Refused { fn from(error: SignatureError) -> Self { Refused::Signature(error) } }
//! # impl From<Error> for Refused { fn from(error: Error) -> Self { Refused::Store(error) } }
//!
//! fn install<F: NorFlash + FlashMap>(
//!     store: &mut Store<F>,
//!     source: &mut impl Source,
//!     key: &PublicKey,
//! ) -> Result<(), Refused> {
//!     let trailer = Trailer::read(source)?;
//!     let mut update = store.update()?;
//!     update.install(Region::Application, ImageOnly(source))?;
//!     if let Some(image) = update.image(Region::Application)? {
//!         verify_image(&image, &trailer, key)?;
//!     }
//!     update.commit(Acceptance::Trial(3))?;
//!     Ok(())
//! }
//! # }
//! ```
//!
//! # Cost
//!
//! On rv32imc at `opt-level = "s"` checking takes 29 KB of flash if the program is compiled with `--cfg sha2_backend_soft="compact"`, else
//! 78 KB; and 9 KB of stack. Nothing is allocated, and a source is read in pieces of at most 80 bytes.

mod error;
#[cfg(feature = "signature")]
mod key;
mod trailer;

pub use error::SignatureError;
#[cfg(feature = "signature")]
pub use key::{CONTEXT, PublicKey, SecretKey, sign, verify, verify_image};
pub use trailer::{ImageOnly, KeyId, MAGIC, TRAILER, Trailer, VERSION};
