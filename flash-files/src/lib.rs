//! Files in NOR flash that survive power cuts.
//!
//! A [`Volume`] keeps files in a range of erase blocks of any [`NorFlash`](embedded_storage::nor_flash::NorFlash), in
//! the littlefs format, version 2.1: tools for a PC read and write the same bytes. What was flushed or closed stays;
//! a power cut in the middle of a change leaves the old content or the new one.
//!
//! Names are flat to users of a volume: a slash in one is a directory in the format, made when the first file in it is
//! and removed with the last.
//!
//! The format is the work of the crate `littlefs-rust-core`, a port that keeps the interface of C: raw pointers, numbers
//! as errors. All `unsafe` code is here to keep its demands: what it points at does not move, nothing it points at
//! is freed, and its loop limits, which end in a panic on sound volumes, are switched off. Its arithmetic wraps, as C's does: a profile
//! with overflow checks needs them off for that crate:
//!
//! ```toml
//! [profile.dev.package.littlefs-rust-core]
//! overflow-checks = false
//! ```
//!
//! Inside the core references are made where C has pointers, more than Rust's models of aliasing allow: Miri rejects it with
//! them, so it does not run over this crate; the address sanitizer does. Its functions hand pointers to each other, not
//! references, so the compiler draws no conclusions; the tests of this crate are what shows it.
//!
//! On a 32-bit RISC core the whole takes 28 KB of code and at most 2.5 KB of stack.
//!
//! ```
//! # use lfs_format::nor::NorModel;
//! use flash_files::{Mode, Volume};
//!
//! # let flash = NorModel::<4096>::new(16).expect("memory");
//! let mut volume = Volume::new(flash, 0, 16 * 4096)?;
//! volume.format()?;
//! volume.mount()?;
//! let file = volume.open(b"greeting", Mode::WRITE)?;
//! volume.write(file, b"hello")?;
//! volume.close(file)?;
//! assert_eq!(volume.stat(b"greeting")?.size, 5);
//! # Ok::<(), flash_files::Error>(())
//! ```
#![no_std]

extern crate alloc;

mod disk;
mod error;
mod name;
mod open;
mod pinned;
mod volume;
mod walk;

pub use error::Error;
pub use open::{Handle, MAX_OPEN, Mode, Whence};
pub use volume::{Stat, Usage, Volume};
pub use walk::Visit;
