//! Flash: 4 MiB, of which the first is mapped.
//!
//! | offset | what |
//! |---|---|
//! | 0x00000 | what the boot ROM copies to RAM |
//! | 0x0f000 | the partition table |
//! | 0x10000 | the firmware's code and constants |
//! | 0xc0000 | the store |
//! | 0x100000 | the file system |

use esp_port::drivers::esp8266::{Bank, ChipRom, Esp8266Flash};
use esp_port::partition::{Error, Partition, Place, Role, Table};

/// Bytes of flash of the usual boards.
const CAPACITY: u32 = 0x40_0000;

/// Where the partition table lies.
pub const TABLE: Place = Place::Esp8266(0xf000);

/// The flash of this chip.
pub type Flash = Esp8266Flash<ChipRom>;

/// The table of a flash that has none.
pub fn default_table() -> Result<Table, Error> {
    let mut table = Table::new();
    for (role, offset, size) in [
        (Role::Firmware, 0x1_0000, 0xb_0000),
        (Role::Lfs, 0xc_0000, 0x4_0000),
        (Role::FileSystem, 0x10_0000, 0x2f_b000),
    ] {
        table.add(Partition::new(role, offset, size)?)?;
    }
    Ok(table)
}

/// Takes the flash.
pub fn take() -> Flash {
    // SAFETY: this firmware is built for the chip, whose boot code has mapped the first bank; called once, and there are no
    // interrupt handlers.
    unsafe { Flash::take(CAPACITY, Bank::FIRST) }
}
