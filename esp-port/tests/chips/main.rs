//! The flash drivers on chips that this process plays: memory at the addresses of their registers and mapped flash, and in place
//! of the mask ROM functions that note how they are called.
#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]
#![cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]

mod esp32;
mod esp8266;
mod memory;
