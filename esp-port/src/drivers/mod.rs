//! Flash of real chips: erasing, programming, reading, and where the processor sees it.
//!
//! | module | feature | idea |
//! |---|---|---|
//! | [`window`] | | a range of flash that the processor reads in its address space |
//! | `esp8266` | `esp8266` | the routines in the ESP8266's mask ROM, with the cache out of the way |
//! | `esp32` | `esp32` | the ESP32 family: any `NorFlash` (`esp-storage`), with a window through the flash cache |
//!
//! Everything that is not an address or a register is generic over a small trait, so it is tested on a PC. So are addresses and
//! registers, in `tests/chips`, against memory and functions at these addresses; the ESP8266's calls on the emulated core too. Features add up: with all of them the crate
//! builds for any target.

#[cfg(feature = "esp32")]
pub mod esp32;
#[cfg(feature = "esp8266")]
pub mod esp8266;
pub mod window;

pub use window::Window;
