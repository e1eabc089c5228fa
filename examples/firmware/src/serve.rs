//! A machine as a board, and the boot sequence on it.

use crate::{Console, Machine, Typing};
use alloc::rc::Rc;
use core::cell::RefCell;
use core::marker::PhantomData;
use embedded_storage::nor_flash::NorFlash;
use esp_port::board::{Facts, Input, ResetCause, Usage};
use esp_port::boot::Firmware;
use esp_port::{Board, Exit, FlashMap};
use lua_vm::number::Num32;

/// The machine as the boot sequence sees it.
struct Emulated<M> {
    typing: Typing,
    machine: PhantomData<M>,
}

impl<M: Machine> Emulated<M> {
    /// Takes what is typed as far as there is room; the rest stays in the machine.
    fn listen(&mut self) {
        let mut room = self.typing.room();
        self.typing.listen(|| {
            room = room.checked_sub(1)?;
            match M::is_typed().then(M::read)? {
                Input::Byte(byte) => Some(byte),
                Input::Nothing | Input::Ended => None,
            }
        });
    }
}

impl<M: Machine> Board for Emulated<M> {
    fn facts(&self) -> Facts {
        Facts {
            chip: M::CORE,
            chip_id: u32::from_le_bytes(*b"QEMU"),
            flash_id: 0,
            mhz: 1000,
        }
    }

    fn reset_cause(&self) -> ResetCause {
        match M::is_restarted() {
            true => ResetCause::Software,
            false => ResetCause::PowerOn,
        }
    }

    fn microseconds(&self) -> u64 {
        M::microseconds()
    }

    fn heap(&self) -> Option<Usage> {
        Some(M::heap())
    }

    fn read(&mut self) -> Input {
        match self.typing.read() {
            Input::Nothing => M::read(),
            typed => typed,
        }
    }

    fn interrupted(&mut self) -> bool {
        self.listen();
        self.typing.interrupted()
    }

    fn write(&mut self, bytes: &[u8]) {
        M::write(bytes);
    }

    fn echoes(&self) -> bool {
        M::ECHO
    }
}

/// Boots and serves the prompt; says before it what memory there is, and behind it how much of the stack was used.
///
/// # Errors
/// Out of memory before the prompt.
pub fn serve<M, F, W>(
    flash: F,
    window: W,
    firmware: &Firmware<'_, Num32>,
) -> Result<Exit, lua_vm::Error>
where
    M: Machine,
    F: NorFlash + 'static,
    W: FlashMap + Clone + 'static,
{
    Console(M::write).print(format_args!(
        "Lua 5.3 on {}: heap {} bytes, stack {} bytes\n",
        M::CORE,
        M::heap().size,
        M::stack().size
    ));
    let board = Rc::new(RefCell::new(Emulated::<M> {
        typing: Typing::default(),
        machine: PhantomData,
    }));
    let exit = esp_port::boot(board, flash, window, firmware);
    let stack = M::stack();
    Console(M::write).print(format_args!(
        "stack used {} of {} bytes\n",
        stack.used, stack.size
    ));
    exit
}
