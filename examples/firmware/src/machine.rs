//! An emulated machine, as the rest of the firmware sees it.

use esp_port::board::{Input, Usage};

/// A machine. There is one, so its functions need no value: Lua calls them through plain `fn` pointers.
pub trait Machine: 'static {
    /// Name of the processor core.
    const CORE: &'static str;
    /// Whether the terminal shows what is typed only if it is sent back.
    const ECHO: bool;

    /// The next byte of the terminal.
    fn read() -> Input;

    /// Whether [`Machine::read`] has a byte at once. A terminal that cannot tell is not listened to while Lua runs.
    fn is_typed() -> bool {
        false
    }

    /// Puts bytes out on the terminal.
    fn write(bytes: &[u8]);

    /// Instructions executed since reset.
    fn instructions() -> u64;

    /// Microseconds since reset.
    fn microseconds() -> u64;

    /// The native stack.
    fn stack() -> Usage;

    /// The region of the global allocator.
    fn heap() -> Usage;

    /// Whether the machine runs because of [`Machine::restart`].
    fn is_restarted() -> bool;

    /// Starts the machine anew; flash stays as it is.
    fn restart() -> !;

    /// Ends the program; 0 means success.
    fn exit(code: u8) -> !;
}
