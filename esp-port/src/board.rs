//! What a firmware gives of its chip and board, besides flash.

/// What came from the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Input {
    /// A byte that was typed.
    Byte(u8),
    /// Nothing now.
    Nothing,
    /// Nothing any more: the device is to end.
    Ended,
}

/// Why the chip started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ResetCause {
    /// Power came on.
    PowerOn,
    /// The watchdog of the chip.
    HardwareWatchdog,
    /// A processor exception.
    Exception,
    /// The watchdog of the firmware.
    SoftwareWatchdog,
    /// The firmware restarted the chip.
    Software,
    /// The chip woke from deep sleep.
    DeepSleep,
    /// The reset pin.
    Pin,
}

/// How much of a resource is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Usage {
    /// Bytes in use; of a stack, the most ever used.
    pub used: usize,
    /// Bytes there are.
    pub size: usize,
}

/// What is fixed about a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Facts {
    /// Name of the chip.
    pub chip: &'static str,
    /// Number of this chip.
    pub chip_id: u32,
    /// Number of the kind of its flash.
    pub flash_id: u32,
    /// Clock of the processor in MHz.
    pub mhz: u32,
}

/// A board. The firmware makes one value of such a type and hands it to the boot sequence.
///
/// Nothing here may wait for Lua code, which may be what calls it.
pub trait Board {
    /// What is fixed about it.
    fn facts(&self) -> Facts;

    /// Why it started.
    fn reset_cause(&self) -> ResetCause;

    /// Microseconds since it started. Never goes back.
    fn microseconds(&self) -> u64;

    /// Seconds since 1970, if it has a clock that knows.
    fn unix_time(&self) -> Option<u64> {
        None
    }

    /// Sets the clock of the processor; whether it can have that many MHz.
    fn set_mhz(&mut self, mhz: u32) -> bool {
        mhz == self.facts().mhz
    }

    /// The region of the global allocator, if that is what limits the heap.
    fn heap(&self) -> Option<Usage> {
        None
    }

    /// Tells the watchdog that the program is alive. Called between slices of Lua code, each of which a fuel budget
    /// bounds.
    fn feed_watchdog(&mut self) {}

    /// The next byte of the terminal. Does not wait. What is typed while nobody reads is kept, as far as there is room.
    fn read(&mut self) -> Input;

    /// Whether Ctrl-C was typed since this was asked last: Lua code that runs is interrupted. Called between slices of
    /// Lua code.
    fn interrupted(&mut self) -> bool {
        false
    }

    /// Puts bytes out on the terminal.
    fn write(&mut self, bytes: &[u8]);

    /// Whether the terminal shows what is typed only if it is sent back.
    fn echoes(&self) -> bool {
        true
    }

    /// Asks for input: `> `, or `>> ` for more of a statement.
    fn prompt(&mut self, prompt: &str) {
        self.write(prompt.as_bytes());
    }

    /// There is nothing to do until something comes from the terminal or `until` microseconds have passed: time to
    /// save power. May return early.
    fn idle(&mut self, until: Option<u64>) {
        let _ = until;
    }
}
