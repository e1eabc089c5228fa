//! Lua drives the pins and the bus of a board that is an array.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use firmware::peripherals::{BusError, Mode, Peripherals};
use lua_vm::GcConfig;
use lua_vm::num32::Lua;
use std::cell::RefCell;

thread_local! {
    static DONE: RefCell<Vec<String>> = RefCell::default();
}

fn note(what: String) {
    DONE.with_borrow_mut(|done| done.push(what));
}

enum Bench {}

firmware::peripherals!(Bench);

impl Peripherals for Bench {
    const PINS: u64 = 0b1111;

    fn set_mode(pin: u8, mode: Mode) {
        note(format!("{pin} {mode:?}"));
    }

    fn set_level(pin: u8, high: bool) {
        note(format!("{pin} {high}"));
    }

    fn level(pin: u8) -> bool {
        pin == 2
    }

    fn microseconds() -> u64 {
        (1 << 31) + 3_000_000
    }

    fn delay(microseconds: u32) {
        note(format!("wait {microseconds}"));
    }

    fn i2c_setup(sda: u8, scl: u8, hertz: u32) -> Result<(), BusError> {
        note(format!("bus {sda} {scl} {hertz}"));
        Ok(())
    }

    fn i2c_write(address: u8, bytes: &[u8]) -> Result<(), BusError> {
        note(format!("{address:#x} {bytes:?}"));
        (address == 0x48).then_some(()).ok_or(BusError)
    }

    fn i2c_read(address: u8, bytes: &mut [u8]) -> Result<(), BusError> {
        bytes.fill(b'x');
        (address == 0x48).then_some(()).ok_or(BusError)
    }
}

/// What a program did to the board.
fn done(program: &str) -> Vec<String> {
    DONE.take();
    let mut lua = Lua::with_names(GcConfig::default(), &[&NAMES], &[]).unwrap();
    open(&mut lua).unwrap();
    lua.exec(program).unwrap();
    DONE.take()
}

#[test]
fn pins_are_driven_and_read() {
    let program =
        "gpio.mode(1, gpio.OUTPUT) gpio.write(1, gpio.HIGH) gpio.mode(2, gpio.INPUT_PULLUP)
        assert(gpio.read(2) == gpio.HIGH and gpio.read(3) == gpio.LOW)";
    assert_eq!(done(program), ["1 Output", "1 true", "2 InputPullUp"]);
}

#[test]
fn pins_that_the_board_needs_are_refused() {
    let program = "for _, pin in ipairs {-1, 4, 63, 64, 1 << 30} do
            local ok, message = pcall(gpio.write, pin, 1)
            assert(not ok and message:find('no such pin'), pin)
        end
        assert(not pcall(gpio.mode, 1, 4) and not pcall(gpio.write, 1, 2))";
    assert_eq!(done(program), [""; 0]);
}

#[test]
fn time_stays_positive() {
    let program = "assert(tmr.now() == 3000000 and tmr.time() == 2150) tmr.delay(50)";
    assert_eq!(done(program), ["wait 50"]);
}

#[test]
fn the_bus_is_set_up_written_and_read() {
    let program = "assert(i2c.setup(0, 0, 1, i2c.SLOW) == 100000)
        assert(i2c.write(0, 0x48, 'ab') and not i2c.write(0, 0x49, ''))
        assert(i2c.read(0, 0x48, 3) == 'xxx' and i2c.read(0, 0x49, 3) == nil)
        assert(not pcall(i2c.read, 0, 0x48, 129) and not pcall(i2c.write, 1, 0x48, 'a'))";
    assert_eq!(
        done(program),
        ["bus 0 1 100000", "0x48 [97, 98]", "0x49 []"]
    );
}

#[test]
fn libraries_are_tables_like_any_other() {
    assert_eq!(
        done("gpio.RED = 7 assert(gpio.RED == 7 and require 'gpio' == gpio)"),
        [""; 0]
    );
}
