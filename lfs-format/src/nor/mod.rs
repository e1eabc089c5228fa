//! NOR flash in RAM that holds its user to the contract of flash, and whose power can be cut.
//!
//! [`NorModel`] implements the traits of `embedded-storage` and [`FlashMap`]. It is meant for tests of whatever keeps
//! data in flash, not of this crate alone:
//!
//! - erasing sets all bits of whole blocks, programming only clears bits: to set one is an error;
//! - alignment and bounds are those of the geometry, which is a parameter;
//! - a write unit is programmed once between two erases, unless the model is made for chips that allow more;
//! - [wear](NorModel::wear) is counted for each block;
//! - cells may be [stuck](NorModel::stick), ranges [guarded](NorModel::guard);
//! - the mapped view is a cache: it shows a change once it is invalidated;
//! - [power is cut](NorModel::cut) at any operation, with each [`Outcome`] that a chip may leave behind.
//!
//! Whatever breaks the contract is remembered as a [`Violation`], even if the user ignores the error it got.
//!
//! ```
//! use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
//! use lfs_format::nor::{Cut, NorModel, Outcome};
//!
//! # fn main() -> Result<(), lfs_format::nor::Error> {
//! let mut flash = NorModel::<4096>::new(2)?;
//! flash.cut(Cut { operation: 1, outcome: Outcome::Prefix(12) });
//! flash.erase(0, 4096)?;
//! assert!(flash.write(0, &[0; 4]).is_err()); // the power goes: the first 12 bits are programmed
//! flash.power_up();
//! let mut bytes = [0; 4];
//! flash.read(0, &mut bytes)?;
//! assert_eq!(bytes, [0x00, 0xf0, 0xff, 0xff]);
//! assert_eq!(flash.violation(), None);
//! # Ok(())
//! # }
//! ```

mod cut;
mod model;

pub use cut::{Cut, Outcome};
pub use model::{Error, NorModel, Violation};

#[cfg(doc)]
use crate::store::FlashMap;
