//! Where the Lua Flash Store meets a chip: who has which duty, and the traits between them.
//!
//! | duty | who has it |
//! |---|---|
//! | erasing, programming and reading flash | [`drivers`]: [`NorFlash`](embedded_storage::nor_flash::NorFlash) of `embedded-storage` |
//! | showing flash in the address space, keeping the cache true | [`drivers`]: [`FlashMap`] |
//! | restart, time, watchdog | the chip: [`Board`] |
//! | where everything lies in flash | this crate: [`partition`] |
//! | putting one image into a region, reading it back, verifying it where it lies | this crate: [`FlashRegion`] |
//! | image format, verification, updates that survive a power cut | `lfs-format` |
//! | running what was verified | `lua-vm` |
//! | files in flash, and the interface to other file systems | `flash-files`, shared as [`files::Files`] |
//! | Lua modules of a device | this crate: [`lua`] |
//!
//! What is tied to a chip is in [`drivers`], behind features `esp8266` and `esp32`; everything else is tested on a PC.
//!
//! # Boot in three steps
//!
//! ```no_run
//! # use embedded_storage::nor_flash::NorFlash;
//! use esp_port::{Error, FlashMap, FlashRegion};
//!
//! fn boot<F: NorFlash + FlashMap>(flash: F) -> Result<(), Error> {
//!     let region = FlashRegion::new(flash, 0x10_0000, 0x2_0000)?;
//!     let image = region.image()?;
//!     let lua = lua_vm::num32::Lua::with_images(lua_vm::GcConfig::default(), &[image]);
//!     # drop(lua);
//!     Ok(())
//! }
//! ```
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

#[macro_use]
mod log;

pub mod board;
pub mod boot;
mod device;
pub mod drivers;
mod error;
pub mod files;
pub mod key;
pub mod lua;
pub mod partition;
mod region;
mod shared;
pub mod subword;

pub use board::Board;
pub use boot::boot;
pub use device::{Exit, Priority};
pub use error::Error;
pub use lfs_format::store::FlashMap;
pub use region::FlashRegion;
pub use shared::{Mapped, Shared, SharedError};
