//! Reset, traps and panics.

use crate::board::Virt;
use core::panic::PanicInfo;
use firmware::{Console, Machine};

core::arch::global_asm!(include_str!("start.s"));

/// Exit codes that no Lua program chooses by itself.
const PANIC: u8 = 101;
const TRAP: u8 = 102;

#[unsafe(no_mangle)]
extern "C" fn rust_start() -> ! {
    crate::main()
}

#[unsafe(no_mangle)]
extern "C" fn rust_trap(cause: u32, address: u32, value: u32) -> ! {
    Console(Virt::write).print(format_args!(
        "trap: cause {cause}, at {address:#x}, value {value:#x}\n"
    ));
    Virt::exit(TRAP)
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    Console(Virt::write).print(format_args!("{info}\n"));
    Virt::exit(PANIC)
}
