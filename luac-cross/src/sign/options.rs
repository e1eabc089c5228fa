//! The command lines of `keygen`, `sign` and `verify`.

use crate::failure::Failure;
use crate::options::usage;
use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;

/// A signature to make.
#[derive(Debug)]
pub struct Sign {
    /// File of the secret key.
    pub key: PathBuf,
    /// The image.
    pub image: PathBuf,
    /// Where the signed image goes; else it takes the image's place.
    pub output: Option<PathBuf>,
}

/// Images to check.
#[derive(Debug)]
pub struct Verify {
    /// File of the public key, if signatures are to be checked.
    pub key: Option<PathBuf>,
    /// The images.
    pub images: Vec<PathBuf>,
}

/// Reads the words behind `keygen`: the name of the new key.
pub fn parse_keygen(words: &[OsString]) -> Result<PathBuf, Failure> {
    let mut name = None;
    let mut parser = lexopt::Parser::from_args(words.iter().cloned());
    while let Some(argument) = parser.next()? {
        match argument {
            Value(word) if name.is_none() && !word.is_empty() => name = Some(PathBuf::from(word)),
            other => return Err(other.unexpected().into()),
        }
    }
    name.ok_or_else(|| usage("keygen: what is the key called?"))
}

/// Reads the words behind `sign`.
pub fn parse_sign(words: &[OsString]) -> Result<Sign, Failure> {
    let (mut key, mut image, mut output) = (None, None, None);
    let mut parser = lexopt::Parser::from_args(words.iter().cloned());
    while let Some(argument) = parser.next()? {
        match argument {
            Long("key") => key = Some(PathBuf::from(parser.value()?)),
            Short('o') => output = Some(PathBuf::from(parser.value()?)),
            Value(path) if image.is_none() => image = Some(PathBuf::from(path)),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Sign {
        key: key.ok_or_else(|| usage("sign: which key? --key name.key"))?,
        image: image.ok_or_else(|| usage("sign: which image?"))?,
        output,
    })
}

/// Reads the words behind `verify`.
pub fn parse_verify(words: &[OsString]) -> Result<Verify, Failure> {
    let mut job = Verify {
        key: None,
        images: Vec::new(),
    };
    let mut parser = lexopt::Parser::from_args(words.iter().cloned());
    while let Some(argument) = parser.next()? {
        match argument {
            Long("key") => job.key = Some(parser.value()?.into()),
            Value(path) => job.images.push(path.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    match job.images.is_empty() {
        true => Err(usage("verify: which image?")),
        false => Ok(job),
    }
}
