//! Lua firmware for the ESP8266, without its SDK: a prompt on the UART, code and images in place in mapped flash.
//!
//! | module | idea |
//! |---|---|
//! | `board` | the chip as the boot sequence and the libraries see it |
//! | `register`, `rom` | registers of peripherals, a routine of the mask ROM |
//! | `uart`, `pins`, `bus`, `clock`, `watchdog` | its peripherals |
//! | `flash` | where everything lies in flash |
//! | `heap`, `stack` | memory |
//! | `start` | from the boot ROM to the prompt |
//!
//! Sources of addresses and meanings of registers: Espressif's "ESP8266 Technical Reference" with its list of pins, and the headers
//! `eagle_soc.h`, `uart_register.h` and `gpio_register.h` of its SDKs; for the watchdog, `esp_task_wdt.c` of ESP8266_RTOS_SDK.
#![no_std]

extern crate alloc;

mod board;
mod bus;
mod clock;
mod flash;
mod heap;
mod pins;
mod register;
mod rom;
mod stack;
mod start;
#[cfg_attr(feature = "emulated", path = "emulated/uart.rs")]
mod uart;
#[cfg_attr(feature = "emulated", path = "emulated/watchdog.rs")]
mod watchdog;
