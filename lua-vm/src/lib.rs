//! Lua 5.3 for microcontrollers: runs code, constants and strings in place from flash.
#![no_std]
