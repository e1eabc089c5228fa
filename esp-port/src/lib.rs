//! Flash drivers, partition tables and boot sequence of the Lua Flash Store on ESP8266 and ESP32.
#![no_std]
