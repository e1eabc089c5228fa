//! Key files: PEM, PKCS #8 and SubjectPublicKeyInfo (RFC 8410), which other tools read and write.

use crate::failure::Failure;
use crate::output;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes,
    PublicKeyBytes,
};
use lfs_format::signature::{PublicKey, SecretKey};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Makes a pair of keys: `name.key`, which is to be kept secret, and `name.pub`. Files that exist are left alone.
pub fn generate(name: &Path) -> Result<(), Failure> {
    let (secret, public) = (with_suffix(name, ".key"), with_suffix(name, ".pub"));
    for path in [&secret, &public] {
        if path.symlink_metadata().is_ok() {
            return Err(exists(path));
        }
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| Failure::new(format_args!("keygen: {error}")))?;
    let key = SecretKey::from_seed(&seed).public();
    let pair = KeypairBytes {
        secret_key: seed,
        // Without it the file is of the version that all tools read.
        public_key: None,
    };
    let text = pair.to_pkcs8_pem(LineEnding::LF).map_err(Failure::new)?;
    create(&secret, text.as_bytes(), 0o600)?;
    let text = PublicKeyBytes(key.to_bytes()).to_public_key_pem(LineEnding::LF);
    let written = text
        .map_err(Failure::new)
        .and_then(|text| create(&public, text.as_bytes(), 0o644));
    if let Err(failure) = written {
        // Half a pair is of no use, and in the way of the next attempt.
        let _ = std::fs::remove_file(&secret);
        return Err(failure);
    }
    let line = format!(
        "{}, {}: key {}\n",
        secret.display(),
        public.display(),
        key.id()
    );
    output::print(line.as_bytes())
}

fn with_suffix(name: &Path, suffix: &str) -> PathBuf {
    let mut path = name.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn exists(path: &Path) -> Failure {
    Failure::of_file(path, "exists already; keys are not overwritten")
}

/// Writes a new file.
fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => Failure::of_file(path, error),
    })?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|error| {
        let _ = std::fs::remove_file(path);
        Failure::of_file(path, error)
    })
}

/// Reads the key to sign with.
pub fn read_secret(path: &Path) -> Result<SecretKey, Failure> {
    let text = read(path)?;
    match KeypairBytes::from_pkcs8_pem(&text) {
        Ok(pair) => Ok(SecretKey::from_seed(&pair.secret_key)),
        Err(_) if text.contains("PUBLIC KEY") => Err(Failure::of_file(
            path,
            "is a public key; signing takes the secret one",
        )),
        Err(_) => Err(Failure::of_file(path, "not a secret Ed25519 key in PEM")),
    }
}

/// Reads the key to check with.
pub fn read_public(path: &Path) -> Result<PublicKey, Failure> {
    let text = read(path)?;
    match PublicKeyBytes::from_public_key_pem(&text) {
        Ok(key) => {
            PublicKey::from_bytes(&key.to_bytes()).map_err(|error| Failure::of_file(path, error))
        }
        Err(_) if text.contains("PRIVATE KEY") => Err(Failure::of_file(
            path,
            "is a secret key; checking takes the public one",
        )),
        Err(_) => Err(Failure::of_file(path, "not a public Ed25519 key in PEM")),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => Failure::of_file(path, "not a key in PEM"),
        _ => Failure::of_file(path, error),
    })
}
