//! From the boot ROM to the prompt, and what ends a program.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::panic::PanicInfo;

use esp_port::boot::{Firmware, Verification};
use esp_port::key::Key;
use firmware::lua_vm::number::Num32;
use lx106::Fatal;

use crate::board::{self, Devkit};
use crate::{flash, heap, stack, uart, watchdog};

/// Bytes of native stack for everything but nested source.
const STACK_RESERVE: usize = 6 * 1024;
/// A partition for System images that is larger has two slots.
const SYSTEM_SLOT: u32 = 0x4_0000;

/// Called by `start.S`, once memory is set up.
#[unsafe(no_mangle)]
extern "C" fn rust_start() -> ! {
    let requested = watchdog::init();
    uart::init();
    heap::init();
    serve(requested);
    uart::flush();
    watchdog::restart()
}

fn serve(requested: bool) {
    let table = match flash::default_table() {
        Ok(table) => table,
        Err(error) => return board::say(format_args!("{error}\n")),
    };
    let flash = flash::take();
    // SAFETY: what writes this flash is the boot sequence and its store, which leaves the slots alone that run.
    let map = unsafe { flash.window() };
    let firmware = Firmware::<Num32> {
        place: flash::TABLE,
        table: &table,
        slots: 2,
        system_slot: SYSTEM_SLOT,
        verification: Verification::Always,
        key: Key::None,
        heap: heap::usage().size,
        compiler_stack: stack::usage().size.saturating_sub(STACK_RESERVE),
        names: &[&board::NAMES],
        open: board::open,
    };
    let board = Rc::new(RefCell::new(Devkit::new(requested)));
    if let Err(error) = esp_port::boot(board, flash, map, &firmware) {
        board::say(format_args!("{error}\n"));
    }
}

/// Called by the exception handler for what it does not mend.
#[unsafe(no_mangle)]
fn lx106_fatal(fatal: Fatal) -> ! {
    let Fatal { cause, pc, address } = fatal;
    board::say(format_args!(
        "\nexception: cause {cause}, at {pc:#x}, address {address:#x}\n"
    ));
    uart::flush();
    watchdog::restart()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    board::say(format_args!("\n{info}\n"));
    uart::flush();
    watchdog::restart()
}
