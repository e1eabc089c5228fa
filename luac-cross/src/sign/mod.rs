//! Signing: keys, signatures, and checking both images and signatures.

mod keys;
mod options;

use crate::failure::Failure;
use crate::mapped::MappedImage;
use crate::output;
use lfs_format::signature::{ImageOnly, SignatureError, Trailer, sign, verify};
use lfs_format::store::Source;
use std::path::Path;

pub use keys::{generate, read_public};
pub use options::{Sign, Verify, parse_keygen, parse_sign, parse_verify};

/// What lies behind an image in its file.
enum Behind {
    Nothing,
    Signature(Trailer),
    /// So many bytes of something else, or a signature that cannot be read.
    Other(u64, SignatureError),
}

impl Behind {
    /// Looks behind an image of `length` bytes.
    fn of(mut file: &[u8], length: usize) -> Self {
        let rest = file.len().saturating_sub(length);
        if rest == 0 {
            return Behind::Nothing;
        }
        match (Trailer::read(&mut file), ImageOnly(file).length()) {
            (Ok(trailer), Ok(image)) if image as usize == length => Behind::Signature(trailer),
            (Err(error), _) => Behind::Other(rest as u64, error),
            (Ok(_), _) => Behind::Other(rest as u64, SignatureError::Missing),
        }
    }

    fn refuse(path: &Path, bytes: u64, error: SignatureError) -> Failure {
        match error {
            SignatureError::Missing => Failure::of_file(
                path,
                format_args!("{bytes} bytes behind the image are not a signature"),
            ),
            error => Failure::of_file(path, error),
        }
    }
}

/// Signs an image. One that has this very signature is left alone.
pub fn perform(job: &Sign) -> Result<(), Failure> {
    let key = keys::read_secret(&job.key)?;
    let (bytes, done) = {
        let mapped = MappedImage::open(&job.image)?;
        let length = mapped.verified()?.words().len() * 4;
        let file = mapped.bytes();
        let old = match Behind::of(file, length) {
            Behind::Nothing => None,
            Behind::Signature(trailer) => Some(trailer),
            Behind::Other(bytes, error) => return Err(Behind::refuse(&job.image, bytes, error)),
        };
        let image = file.get(..length).unwrap_or_default();
        let trailer = sign(image, &key).map_err(|error| Failure::of_file(&job.image, error))?;
        let mut bytes = image.to_vec();
        bytes.extend(trailer.to_bytes());
        (bytes, old == Some(trailer))
    };
    let output = job.output.as_ref().unwrap_or(&job.image);
    if output == &job.image && done {
        return Ok(());
    }
    output::write(output, &bytes)
}

/// Checks images, and their signatures if a key is given; the first bad one is an error.
pub fn check(job: &Verify) -> Result<(), Failure> {
    let key = match &job.key {
        Some(path) => Some(keys::read_public(path)?),
        None => None,
    };
    for path in &job.images {
        let mapped = MappedImage::open(path)?;
        let image = mapped.verified()?;
        let (modules, functions) = (image.module_count(), image.function_count());
        let mut file = mapped.bytes();
        let signed = match (&key, Behind::of(file, image.words().len() * 4)) {
            (_, Behind::Other(bytes, error)) => return Err(Behind::refuse(path, bytes, error)),
            (Some(key), _) => {
                verify(&mut file, key).map_err(|error| Failure::of_file(path, error))?;
                format!(", signed by {}", key.id())
            }
            (None, Behind::Nothing) => String::new(),
            (None, Behind::Signature(trailer)) => {
                format!(", signed by {} (not checked)", trailer.key)
            }
        };
        let line = format!(
            "{}: valid, {modules} modules, {functions} functions{signed}\n",
            path.display()
        );
        output::print(line.as_bytes())?;
    }
    Ok(())
}
