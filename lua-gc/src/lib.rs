//! Incremental tri-colour collector for small heaps, with a ROM boundary hook.
#![no_std]
