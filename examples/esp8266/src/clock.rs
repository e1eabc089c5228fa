//! Time, from the cycle counter.

use core::cell::Cell;
use critical_section::Mutex;

/// The clock that the boot ROM leaves, of processor and peripherals: twice a crystal of 26 MHz.
pub const HERTZ: u32 = 52_000_000;

/// The counter when it was read last, and how often it had begun anew.
static COUNTER: Mutex<Cell<(u32, u32)>> = Mutex::new(Cell::new((0, 0)));

/// Microseconds since reset. To be called more often than the counter begins anew, which is every 82 s.
pub fn microseconds() -> u64 {
    let cycles = critical_section::with(|section| {
        let counter = COUNTER.borrow(section);
        let (last, turns) = counter.get();
        let now = lx106::cycles();
        let turns = turns.wrapping_add(u32::from(now < last));
        counter.set((now, turns));
        u64::from(turns) << 32 | u64::from(now)
    });
    cycles / u64::from(HERTZ / 1_000_000)
}

/// Waits.
pub fn delay(microseconds: u32) {
    let end = self::microseconds() + u64::from(microseconds);
    while self::microseconds() < end {}
}
