//! Reset, exceptions and panics, as far as they are Rust.

use crate::board::Board;
use core::panic::PanicInfo;
use firmware::{Console, Machine};

/// Exit codes that no Lua program chooses by itself.
const PANIC: u8 = 101;
const EXCEPTION: u8 = 102;

#[unsafe(no_mangle)]
extern "C" fn rust_start() -> ! {
    crate::main()
}

#[unsafe(no_mangle)]
extern "C" fn rust_exception(cause: u32, address: u32, value: u32) -> ! {
    Console::<Board>::print(format_args!(
        "exception: cause {cause}, at {address:#x}, address {value:#x}\n"
    ));
    Board::exit(EXCEPTION)
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    Console::<Board>::print(format_args!("{info}\n"));
    Board::exit(PANIC)
}
