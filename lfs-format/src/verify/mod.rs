//! The verifier: what the interpreter relies on is proved here.
//!
//! [`function`](fn@function) proves one function record, in an image or in RAM, in one pass over its code. A whole image is
//! verified by [`Image::verify`](crate::image::Image::verify). Both take linear time, no allocation and no
//! recursion.

mod function;
mod image;

pub use function::{Context, function};
pub(crate) use image::{checksums, sections};
