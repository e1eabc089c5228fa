//! Lua firmware for an rv32imc core (as in the ESP32-C3), on QEMU's machine `virt`: a prompt on the UART, code in place in
//! one CFI flash, images in place and files in another, booted as a device is.
#![no_std]
#![no_main]

mod board;
mod flash;
mod heap;
mod stack;
mod start;
mod uart;

use board::Virt;
use esp_port::Exit;
use esp_port::boot::{Firmware, Verification};
use esp_port::key::Key;
use firmware::layout::{self, Layout};
use firmware::lua_vm::Error;
use firmware::lua_vm::number::Num32;
use firmware::{Console, Machine};
use flash::CfiFlash;

/// Bytes of native stack for everything but nested source.
const STACK_RESERVE: usize = 12 * 1024;

/// The program, once memory is set up.
fn main() -> ! {
    heap::init();
    match serve() {
        Ok(Exit::Ended) => Virt::exit(0),
        Ok(Exit::Restart) => Virt::restart(),
        Err(error) => {
            Virt::write(error.message());
            Virt::write(b"\n");
            Virt::exit(1)
        }
    }
}

fn serve() -> Result<Exit, Error> {
    let table = layout::VIRT.table().unwrap_or_else(|error| {
        Console(Virt::write).print(format_args!("{error}\n"));
        Default::default()
    });
    let flash = CfiFlash::take();
    // SAFETY: what writes this flash is the boot sequence and its store, which leaves the slots alone that run.
    let window = unsafe { flash.window() };
    let firmware = Firmware::<Num32> {
        place: Layout::PLACE,
        table: &table,
        slots: Layout::SLOTS,
        system_slot: layout::VIRT.system_slot(),
        verification: Verification::Always,
        heap: Virt::heap().size,
        compiler_stack: Virt::stack().size.saturating_sub(STACK_RESERVE),
        key: Key::None,
        names: &[&board::NAMES],
        open: board::open,
    };
    firmware::serve::<Virt, _, _>(flash, window, &firmware)
}
