//! Exceptions.
//!
//! The chip raises LoadStoreErrorCause when code loads a byte or a half word from mapped flash: bytes of strings handed to Rust code,
//! and the firmware's own constants. The handler does such a load by the word around it, and the program goes on behind it. It lies in
//! instruction RAM, and itself loads whole words only, which the build checks.

use core::ops::Range;
use esp_port::subword::Interrupted;

/// The program did something that the handler does not mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Fatal {
    /// Number of the cause: EXCCAUSE.
    pub cause: u32,
    /// Address of the instruction.
    pub pc: u32,
    /// Address it wanted: EXCVADDR.
    pub address: u32,
}

/// What `vectors.S` saves, in this order.
#[repr(C)]
struct Frame {
    program: Interrupted,
    shift: u32,
    state: u32,
    cause: u32,
    address: u32,
}

unsafe extern "Rust" {
    /// Ends the program; every firmware defines it.
    safe fn lx106_fatal(fatal: Fatal) -> !;
}

/// The cause of a load of less than a word from flash.
#[cfg(not(feature = "fabricated-faults"))]
const CAUSE: u32 = 3;
/// LoadStorePIFAddrErrorCause: nobody answers.
#[cfg(feature = "fabricated-faults")]
const CAUSE: u32 = 15;

const FLASH: u32 = 0x4020_0000;
const FLASH_BYTES: u32 = 0x10_0000;

/// Where such loads are taken for loads from flash.
#[cfg(not(feature = "fabricated-faults"))]
const SERVED: Range<u32> = FLASH..FLASH + FLASH_BYTES;
#[cfg(feature = "fabricated-faults")]
const SERVED: Range<u32> = 0x1000_0000..0x1000_0000 + FLASH_BYTES;

/// The word around an address of an instruction, or of flash.
#[inline(always)]
fn word(address: u32) -> u32 {
    let address = match address.wrapping_sub(SERVED.start) {
        offset if offset < FLASH_BYTES => FLASH + offset,
        _ => address,
    };
    // SAFETY: the handler asks for words around an instruction that ran, and for words of mapped flash; both are readable.
    unsafe { ((address & !3) as usize as *const u32).read_volatile() }
}

/// Called by `vectors.S` with what was interrupted; when it returns, the program goes on with what the frame then says.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".iram.text.lx106_exception")]
extern "C" fn lx106_exception(frame: &mut Frame) {
    if frame.cause == CAUSE && frame.program.load(SERVED, word) {
        return;
    }
    lx106_fatal(Fatal {
        cause: frame.cause,
        pc: frame.program.pc,
        address: frame.address,
    })
}

/// Called by `vectors.S` for what has no way back.
#[unsafe(no_mangle)]
extern "C" fn lx106_unexpected(cause: u32, pc: u32, address: u32) -> ! {
    lx106_fatal(Fatal { cause, pc, address })
}
