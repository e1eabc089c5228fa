//! What the store needs of a chip besides its flash.

/// A chip. One value of this type exists; it owns what it gives access to.
pub trait Chip {
    /// Microseconds since the chip started. Never goes back.
    fn microseconds(&self) -> u64;

    /// Tells the watchdog that the program is alive. Called between slices of Lua code, each of which a fuel budget
    /// bounds.
    fn feed_watchdog(&mut self);

    /// Starts the chip anew. An update takes effect by this: images are borrowed for as long as a Lua state lives, so
    /// none is replaced under a running one.
    fn restart(&mut self) -> !;
}
