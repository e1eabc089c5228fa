//! Instead of the prompt: the ESP8266's flash driver and the exception handler, tested on the emulated core.
//!
//! | module | idea |
//! |---|---|
//! | `flash` | the driver, and a store over it, against the stand-ins of ../../lx106 |
//! | `loads` | loads of less than a word, of which the emulator traps some |

mod flash;
mod loads;

use crate::board::Sim;
use firmware::{Console, Machine};

/// Exit code of a test that fails.
const FAILED: u8 = 1;

/// Runs the tests; ends the program with 0 if all passed.
pub fn run() -> ! {
    flash::run();
    loads::run();
    say(format_args!("selftest passed"));
    Sim::exit(0)
}

fn say(text: core::fmt::Arguments<'_>) {
    Console(Sim::write).print(text);
    Sim::write(b"\n");
}

/// Ends the program unless something holds.
#[track_caller]
fn demand(holds: bool, what: &str) {
    if !holds {
        let place = core::panic::Location::caller();
        say(format_args!(
            "selftest failed: {what} (line {})",
            place.line()
        ));
        Sim::exit(FAILED)
    }
}
