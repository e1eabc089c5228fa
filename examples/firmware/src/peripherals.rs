//! Pins, time and the I2C bus as Lua sees them: the libraries `gpio`, `tmr` and `i2c`, with NodeMCU's names where it has them.
//!
//! The natives are generic over the board, so a PC runs them in tests. Their tables lie in ROM, made for one board by
//! [`peripherals!`](crate::peripherals!).

use lua_vm::api::Value;
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::{LuaInt, NumberModel};

/// How a pin is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Read, floating.
    Input,
    /// Read, pulled up.
    InputPullUp,
    /// Driven high and low.
    Output,
    /// Driven low; high when nobody else drives it low.
    OpenDrain,
}

impl Mode {
    const ALL: [Mode; 4] = [
        Mode::Input,
        Mode::InputPullUp,
        Mode::Output,
        Mode::OpenDrain,
    ];

    /// Its number in Lua.
    pub const fn number(self) -> i32 {
        self as i32
    }
}

/// A slave did not answer, or the bus is not set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusError;

/// Pins and clocks of a board.
pub trait Peripherals: 'static {
    /// The pins that programs may use, one bit each.
    const PINS: u64;

    /// Sets how a pin is used.
    fn set_mode(pin: u8, mode: Mode);
    /// Drives a pin.
    fn set_level(pin: u8, high: bool);
    /// Reads a pin.
    fn level(pin: u8) -> bool;

    /// Microseconds since reset.
    fn microseconds() -> u64;
    /// Waits, and keeps the watchdog quiet.
    fn delay(microseconds: u32);

    /// Makes two pins the I2C bus, at so many hertz.
    ///
    /// # Errors
    /// A speed that the board does not have.
    fn i2c_setup(sda: u8, scl: u8, hertz: u32) -> Result<(), BusError>;
    /// Writes to a slave.
    ///
    /// # Errors
    /// No answer.
    fn i2c_write(address: u8, bytes: &[u8]) -> Result<(), BusError>;
    /// Reads from a slave.
    ///
    /// # Errors
    /// No answer.
    fn i2c_read(address: u8, bytes: &mut [u8]) -> Result<(), BusError>;
}

/// Most bytes of one read.
const MAX_READ: usize = 128;

/// What a native gives.
type Outcome = Result<Step, Throw>;

fn integer<'gc, N: NumberModel>(value: i64) -> Value<'gc, N> {
    Value::Integer(N::Int::wrap(value))
}

/// Argument `at`: a pin that programs may use.
fn pin<B: Peripherals, N: NumberModel>(frame: &mut Frame<'_, N>, at: usize) -> Result<u8, Throw> {
    match frame.check_i64(at)? {
        pin @ 0..64 if B::PINS >> pin & 1 == 1 => Ok(pin as u8),
        _ => Err(frame.arg_error(at, format_args!("no such pin"))),
    }
}

/// Argument `at`: an unsigned number of at most `most`.
fn unsigned<N: NumberModel>(frame: &mut Frame<'_, N>, at: usize, most: u32) -> Result<u32, Throw> {
    match u32::try_from(frame.check_i64(at)?) {
        Ok(value) if value <= most => Ok(value),
        _ => Err(frame.arg_error(at, format_args!("out of range"))),
    }
}

/// `gpio.mode(pin, mode)`: `gpio.INPUT`, `gpio.INPUT_PULLUP`, `gpio.OUTPUT` or `gpio.OPENDRAIN`.
pub fn gpio_mode<B: Peripherals, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    let pin = pin::<B, N>(frame, 0)?;
    let number = unsigned(frame, 1, Mode::ALL.len() as u32 - 1)?;
    if let Some(mode) = Mode::ALL.get(number as usize) {
        B::set_mode(pin, *mode);
    }
    frame.ret0()
}

/// `gpio.write(pin, level)`: `gpio.LOW` or `gpio.HIGH`.
pub fn gpio_write<B: Peripherals, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    let pin = pin::<B, N>(frame, 0)?;
    let level = unsigned(frame, 1, 1)?;
    B::set_level(pin, level == 1);
    frame.ret0()
}

/// `gpio.read(pin)`: the level of the pin.
pub fn gpio_read<B: Peripherals, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    let pin = pin::<B, N>(frame, 0)?;
    frame.ret1(integer(B::level(pin).into()))
}

/// Bits of time that are positive integers of 32-bit Lua.
const TIME_BITS: u32 = 31;

/// `tmr.now()`: microseconds since reset, modulo 2^31.
pub fn tmr_now<B: Peripherals, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    let now = B::microseconds() & ((1 << TIME_BITS) - 1);
    frame.ret1(integer(now as i64))
}

/// `tmr.time()`: seconds since reset.
pub fn tmr_time<B: Peripherals, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    frame.ret1(integer((B::microseconds() / 1_000_000) as i64))
}

/// `tmr.delay(microseconds)`: waits; nothing else runs meanwhile.
pub fn tmr_delay<B: Peripherals, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    B::delay(unsigned(frame, 0, u32::MAX)?);
    frame.ret0()
}

/// Most of what an address of seven bits is.
const MAX_ADDRESS: u32 = 0x7f;
/// Speeds of the bus.
const MAX_HERTZ: u32 = 1_000_000;

/// `i2c.setup(id, sda, scl, speed)`: the speed in hertz, `i2c.SLOW` or `i2c.FAST`; returns it. There is one bus, 0.
pub fn i2c_setup<B: Peripherals, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    unsigned(frame, 0, 0)?;
    let (sda, scl) = (pin::<B, N>(frame, 1)?, pin::<B, N>(frame, 2)?);
    let hertz = unsigned(frame, 3, MAX_HERTZ)?;
    match B::i2c_setup(sda, scl, hertz) {
        Ok(()) => frame.ret1(integer(hertz.into())),
        Err(BusError) => Err(frame.arg_error(3, format_args!("no such speed"))),
    }
}

/// `i2c.write(id, address, data)`: whether the slave took the string.
pub fn i2c_write<B: Peripherals, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    unsigned(frame, 0, 0)?;
    let address = unsigned(frame, 1, MAX_ADDRESS)?;
    let bytes = frame.check_bytes(2)?;
    frame.ret1(B::i2c_write(address as u8, bytes).is_ok())
}

/// `i2c.read(id, address, count)`: a string of at most 128 bytes, or nothing if no slave answers.
pub fn i2c_read<B: Peripherals, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    unsigned(frame, 0, 0)?;
    let address = unsigned(frame, 1, MAX_ADDRESS)?;
    let count = unsigned(frame, 2, MAX_READ as u32)?;
    let mut bytes = [0; MAX_READ];
    let bytes = bytes.get_mut(..count as usize).unwrap_or_default();
    match B::i2c_read(address as u8, bytes) {
        Ok(()) => frame.ret_bytes(bytes),
        Err(BusError) => frame.ret0(),
    }
}

/// Defines the libraries of a board: `NAMES`, their names in ROM, and `open(lua)`.
#[macro_export]
macro_rules! peripherals {
    ($board:ty) => {
        $crate::lua_vm::names! {
            /// Names of the board's libraries and of what is in them.
            pub static NAMES = &[
                "gpio", "mode", "write", "read", "INPUT", "INPUT_PULLUP", "OUTPUT", "OPENDRAIN", "LOW", "HIGH",
                "tmr", "now", "time", "delay", "i2c", "setup", "SLOW", "FAST",
            ];
        }

        $crate::lua_vm::library! {
            /// The library `gpio`.
            struct Gpio in NAMES {
                "mode" => $crate::lua_vm::layer::RomValue::Native($crate::peripherals::gpio_mode::<$board, N>),
                "write" => $crate::lua_vm::layer::RomValue::Native($crate::peripherals::gpio_write::<$board, N>),
                "read" => $crate::lua_vm::layer::RomValue::Native($crate::peripherals::gpio_read::<$board, N>),
                "INPUT" => $crate::lua_vm::layer::RomValue::Int($crate::peripherals::Mode::Input.number()),
                "INPUT_PULLUP" => $crate::lua_vm::layer::RomValue::Int($crate::peripherals::Mode::InputPullUp.number()),
                "OUTPUT" => $crate::lua_vm::layer::RomValue::Int($crate::peripherals::Mode::Output.number()),
                "OPENDRAIN" => $crate::lua_vm::layer::RomValue::Int($crate::peripherals::Mode::OpenDrain.number()),
                "LOW" => $crate::lua_vm::layer::RomValue::Int(0),
                "HIGH" => $crate::lua_vm::layer::RomValue::Int(1),
            }
        }

        $crate::lua_vm::library! {
            /// The library `tmr`.
            struct Tmr in NAMES {
                "now" => $crate::lua_vm::layer::RomValue::Native($crate::peripherals::tmr_now::<$board, N>),
                "time" => $crate::lua_vm::layer::RomValue::Native($crate::peripherals::tmr_time::<$board, N>),
                "delay" => $crate::lua_vm::layer::RomValue::Native($crate::peripherals::tmr_delay::<$board, N>),
            }
        }

        $crate::lua_vm::library! {
            /// The library `i2c`.
            struct I2c in NAMES {
                "setup" => $crate::lua_vm::layer::RomValue::Native($crate::peripherals::i2c_setup::<$board, N>),
                "write" => $crate::lua_vm::layer::RomValue::Native($crate::peripherals::i2c_write::<$board, N>),
                "read" => $crate::lua_vm::layer::RomValue::Native($crate::peripherals::i2c_read::<$board, N>),
                "SLOW" => $crate::lua_vm::layer::RomValue::Int(100_000),
                "FAST" => $crate::lua_vm::layer::RomValue::Int(400_000),
            }
        }

        /// Opens the libraries.
        ///
        /// # Errors
        /// Out of memory; a state without the names.
        pub fn open(lua: &mut $crate::lua_vm::num32::Lua<'_>) -> Result<(), $crate::lua_vm::Error> {
            lua.open_library("gpio", Gpio::layer())?;
            lua.open_library("tmr", Tmr::layer())?;
            lua.open_library("i2c", I2c::layer())
        }
    };
}
