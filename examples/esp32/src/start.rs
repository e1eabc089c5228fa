//! From the chip's start to the prompt, and what ends a program.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::panic::PanicInfo;

use esp_hal::clock::CpuClock;
use esp_port::boot::{Firmware, Verification};
use esp_port::key::Key;
use esp_port::partition::Place;
use firmware::lua_vm::number::Num32;

use crate::board::{self, Devkit};
use crate::{bus, flash, heap, stack, terminal};

/// Bytes of native stack for everything but nested source.
const STACK_RESERVE: usize = 16 * 1024;
/// A partition for System images that is larger has two slots.
const SYSTEM_SLOT: u32 = 0x4_0000;

/// Takes the chip and boots; starts the chip anew when a program asks for it.
pub fn run() -> ! {
    stack::paint();
    let chip = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    heap::init();
    terminal::init(chip.UART0, chip.USB_DEVICE);
    bus::init(chip.I2C0);
    if let Err(error) = serve(chip.FLASH) {
        board::say(format_args!("{error}\n"));
    }
    terminal::flush();
    esp_hal::system::software_reset()
}

fn serve(flash: esp_hal::peripherals::FLASH<'static>) -> Result<(), flash::Error> {
    let table = flash::default_table()?;
    let flash = flash::open(flash, &table)?;
    // SAFETY: what writes this flash is the boot sequence and its store, which leaves the slots alone that run.
    let map = unsafe { flash.window() };
    let firmware = Firmware::<Num32> {
        place: Place::ESP_IDF,
        table: &table,
        slots: 2,
        system_slot: SYSTEM_SLOT,
        verification: Verification::Always,
        key: Key::None,
        heap: heap::SIZE,
        compiler_stack: stack::usage().size.saturating_sub(STACK_RESERVE),
        names: &[&board::NAMES],
        open: board::open,
    };
    let board = Rc::new(RefCell::new(Devkit::default()));
    esp_port::boot(board, flash, map, &firmware).map_err(flash::Error::Lua)?;
    Ok(())
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    board::say(format_args!("{info}\n"));
    terminal::flush();
    esp_hal::system::software_reset()
}
