//! Lua firmware for the ESP32-C6: a prompt on the UART and on USB, code and images in place in flash.
#![no_std]
#![no_main]

#[cfg(feature = "defmt")]
use esp_println as _;

esp_bootloader_esp_idf::esp_app_desc!();

#[esp_hal::main]
fn main() -> ! {
    esp32_firmware::run()
}
