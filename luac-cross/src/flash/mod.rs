//! Flash on a PC: a chip whose cells are a file, and what goes into it before a device starts.

pub mod chip;
pub mod fill;
pub mod table;

pub use chip::{Chip, Power, Window};
