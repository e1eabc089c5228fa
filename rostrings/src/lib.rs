//! String hash, string records and the two string tables (ROM and RAM) of a Lua that runs from flash.
#![no_std]
