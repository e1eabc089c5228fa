//! From the chip's start to the prompt, and what ends a program.

use crate::board::Board;
use crate::{bus, flash, heap, stack, terminal};
use core::panic::PanicInfo;
use esp_hal::clock::CpuClock;
use firmware::{Console, Machine};

/// Takes the chip, mounts the image of its flash, and serves the prompt; starts the chip anew when the terminal ends.
pub fn run() -> ! {
    stack::paint();
    let chip = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    heap::init();
    terminal::init(chip.UART0, chip.USB_DEVICE);
    bus::init(chip.I2C0);
    let image = flash::image(chip.FLASH).unwrap_or_else(|error| {
        Console::<Board>::print(format_args!("flash: {error}\n"));
        &[]
    });
    Board::exit(firmware::run::<Board>(image))
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    Console::<Board>::print(format_args!("{info}\n"));
    Board::exit(1)
}
