//! The prompt, booted as a device is.

use crate::board::{self, Sim};
use crate::flash::MemoryFlash;
use esp_port::Exit;
use esp_port::boot::{Firmware, Verification};
use esp_port::key::Key;
use firmware::layout::{self, Layout};
use firmware::lua_vm::Error;
use firmware::lua_vm::number::Num32;
use firmware::{Console, Machine};

/// Bytes of native stack for everything but nested source.
const STACK_RESERVE: usize = 12 * 1024;

/// Serves the prompt until the terminal ends.
pub fn run() -> ! {
    match serve() {
        Ok(Exit::Ended) => Sim::exit(0),
        Ok(Exit::Restart) => Sim::restart(),
        Err(error) => {
            Sim::write(error.message());
            Sim::write(b"\n");
            Sim::exit(1)
        }
    }
}

fn serve() -> Result<Exit, Error> {
    let table = layout::SIM.table().unwrap_or_else(|error| {
        Console(Sim::write).print(format_args!("{error}\n"));
        Default::default()
    });
    let flash = MemoryFlash::take();
    // SAFETY: what writes this flash is the boot sequence and its store, which leaves the slots alone that run.
    let window = unsafe { flash.window() };
    let firmware = Firmware::<Num32> {
        place: Layout::PLACE,
        table: &table,
        slots: Layout::SLOTS,
        system_slot: layout::SIM.system_slot(),
        verification: Verification::Always,
        heap: Sim::heap().size,
        compiler_stack: Sim::stack().size.saturating_sub(STACK_RESERVE),
        key: Key::None,
        names: &[&board::NAMES],
        open: board::open,
    };
    firmware::serve::<Sim, _, _>(flash, window, &firmware)
}
