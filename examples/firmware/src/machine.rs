//! The board, as the rest of the firmware sees it.

/// How much of a resource is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes in use; of a stack, the most ever used.
    pub used: usize,
    /// Bytes there are.
    pub size: usize,
}

/// A board. There is one, so its functions need no value: Lua calls them through plain `fn` pointers.
pub trait Machine: 'static {
    /// Name of the processor core.
    const CORE: &'static str;
    /// Whether the terminal shows what is typed only if it is sent back.
    const ECHO: bool;

    /// Waits for the next byte of the terminal; `None` once there will be none.
    fn read() -> Option<u8>;

    /// Puts bytes out on the terminal.
    fn write(bytes: &[u8]);

    /// Instructions executed since reset.
    fn instructions() -> u64;

    /// The native stack.
    fn stack() -> Usage;

    /// The region of the global allocator.
    fn heap() -> Usage;

    /// Ends the program; 0 means success.
    fn exit(code: u8) -> !;
}
