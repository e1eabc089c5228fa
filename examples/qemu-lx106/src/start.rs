//! Reset, exceptions and panics, as far as they are Rust.

use crate::board::Sim;
use core::panic::PanicInfo;
use firmware::{Console, Machine};
use lx106::Fatal;

/// Exit codes that no Lua program chooses by itself.
const PANIC: u8 = 101;
const EXCEPTION: u8 = 102;

#[unsafe(no_mangle)]
extern "C" fn rust_start() -> ! {
    crate::main()
}

#[unsafe(no_mangle)]
fn lx106_fatal(fatal: Fatal) -> ! {
    let Fatal { cause, pc, address } = fatal;
    Console(Sim::write).print(format_args!(
        "exception: cause {cause}, at {pc:#x}, address {address:#x}\n"
    ));
    Sim::exit(EXCEPTION)
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    Console(Sim::write).print(format_args!("{info}\n"));
    Sim::exit(PANIC)
}
