//! Loads of 8 and 16 bits from flash that takes whole-word loads only: the decoder of an exception handler.
//!
//! The ESP8266 (lx106) raises an exception when code loads a byte or a half word from mapped flash. A handler that gives
//! the processor's instruction to [`SubwordLoad::decode`] knows what was to be loaded and into which register, does it with
//! a load of the word around it, and goes on behind the instruction. It costs hundreds of cycles, so it is for what remains:
//! bytes of strings handed to Rust code, and the firmware's own constants. Nothing here is tied to the processor, so it is
//! tested on a PC against every form of such a load.

use core::ops::Range;

/// What a load makes of the bits it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Width {
    /// `L8UI`: 8 bits, zero extended.
    Byte,
    /// `L16UI`: 16 bits, zero extended.
    Half,
    /// `L16SI`: 16 bits, sign extended.
    SignedHalf,
}

/// A load of less than a word, taken from its instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SubwordLoad {
    /// What is loaded.
    pub width: Width,
    /// Number of the register that gets the value: `a0` to `a15`.
    pub target: u8,
    /// Number of the register that holds the address.
    pub base: u8,
    /// Bytes added to the address.
    pub offset: u32,
}

/// Length of these instructions in bytes.
pub const LENGTH: u32 = 3;

/// The lowest four bits of all three-byte loads and stores.
const LOAD_STORE: u32 = 2;

impl SubwordLoad {
    /// Decodes an instruction; its three bytes are the lowest of `word`. `None` if it is no such load.
    ///
    /// ```
    /// use esp_port::subword::{SubwordLoad, Width};
    /// // l8ui a2, a3, 5
    /// let load = SubwordLoad::decode(0x05_03_22);
    /// assert_eq!(load.map(|load| (load.width, load.target, load.base, load.offset)), Some((Width::Byte, 2, 3, 5)));
    /// ```
    #[must_use]
    #[inline(always)]
    pub fn decode(word: u32) -> Option<Self> {
        let nibble = |at: u32| (word >> (4 * at)) & 15;
        if nibble(0) != LOAD_STORE {
            return None;
        }
        let width = match nibble(3) {
            0 => Width::Byte,
            1 => Width::Half,
            9 => Width::SignedHalf,
            _ => return None,
        };
        let scale = if width == Width::Byte { 1 } else { 2 };
        Some(Self {
            width,
            target: nibble(1) as u8,
            base: nibble(2) as u8,
            offset: ((word >> 16) & 0xff) * scale,
        })
    }

    /// The address that is loaded from, given the base register's value.
    #[must_use]
    #[inline(always)]
    pub fn address(&self, base: u32) -> u32 {
        base.wrapping_add(self.offset)
    }

    /// The value of the load at `address`, taken out of the aligned word around it. `None` if the address is not aligned to
    /// what is loaded: the processor does not take such a load either.
    #[must_use]
    #[inline(always)]
    pub fn extract(&self, address: u32, word: u32) -> Option<u32> {
        let shifted = word >> (8 * (address & 3));
        match self.width {
            Width::Byte => Some(shifted & 0xff),
            _ if address & 1 != 0 => None,
            Width::Half => Some(shifted & 0xffff),
            // The casts keep the low half, then extend its sign.
            Width::SignedHalf => Some(shifted as u16 as i16 as u32),
        }
    }
}

/// A program at an instruction that the processor did not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Interrupted {
    /// Registers `a0` to `a15`.
    pub registers: [u32; 16],
    /// Address of the instruction.
    pub pc: u32,
}

impl Interrupted {
    /// Does the load that the program is at, and steps behind it. `false`, and nothing done, if it is at another instruction or the
    /// load is not from `flash`.
    ///
    /// `word` gives the word around an address, of the instruction or of flash. Nothing smaller is loaded here, so that a handler
    /// of exceptions may call this.
    #[inline(always)]
    pub fn load(&mut self, flash: Range<u32>, word: impl Fn(u32) -> u32) -> bool {
        let Some(load) = SubwordLoad::decode(self.instruction(&word)) else {
            return false;
        };
        let register = |number: u8| usize::from(number & 15);
        let address = load.address(self.registers[register(load.base)]);
        if !flash.contains(&address) {
            return false;
        }
        let Some(value) = load.extract(address, word(address)) else {
            return false;
        };
        self.registers[register(load.target)] = value;
        self.pc = self.pc.wrapping_add(LENGTH);
        true
    }

    /// The instruction's three bytes, which may lie in two words.
    #[inline(always)]
    fn instruction(&self, word: impl Fn(u32) -> u32) -> u32 {
        let shift = 8 * (self.pc & 3);
        let low = word(self.pc) >> shift;
        match shift {
            0 | 8 => low,
            _ => low | word(self.pc.wrapping_add(4)) << (32 - shift),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The instruction as the assembler encodes it: offset, then operation, base, target and the nibble of all loads.
    fn encoded(operation: u32, target: u32, base: u32, offset: u32) -> u32 {
        offset << 16 | operation << 12 | base << 8 | target << 4 | LOAD_STORE
    }

    #[test]
    fn every_form_is_decoded() {
        let forms = [
            (0, Width::Byte, 1),
            (1, Width::Half, 2),
            (9, Width::SignedHalf, 2),
        ];
        for (operation, width, scale) in forms {
            for target in 0..16 {
                for base in 0..16 {
                    for offset in 0..256 {
                        // What follows the instruction in memory does not matter.
                        let word = encoded(operation, target, base, offset) | 0xa500_0000;
                        let load = SubwordLoad {
                            width,
                            target: target as u8,
                            base: base as u8,
                            offset: offset * scale,
                        };
                        assert_eq!(SubwordLoad::decode(word), Some(load));
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_else_is_decoded() {
        for word in 0..0x1_0000 {
            let is_load = word & 15 == LOAD_STORE && [0, 1, 9].contains(&(word >> 12));
            assert_eq!(SubwordLoad::decode(word).is_some(), is_load, "{word:#x}");
        }
    }

    /// Encodings printed by the GNU disassembler of this processor.
    #[test]
    fn encodings_are_those_of_the_assembler() {
        let decoded =
            |word| SubwordLoad::decode(word).map(|l| (l.width, l.target, l.base, l.offset));
        assert_eq!(decoded(0xff_0c_f2), Some((Width::Byte, 15, 12, 255)));
        assert_eq!(decoded(0x04_13_22), Some((Width::Half, 2, 3, 8)));
        assert_eq!(decoded(0x04_93_22), Some((Width::SignedHalf, 2, 3, 8)));
        // s8i, l32i
        assert_eq!(decoded(0x05_43_22), None);
        assert_eq!(decoded(0x05_23_22), None);
    }

    #[test]
    fn values_come_from_their_place_in_the_word() {
        let load = |width| SubwordLoad {
            width,
            target: 2,
            base: 3,
            offset: 0,
        };
        let word = 0x8f7e_6d5c;
        let bytes: [Option<u32>; 4] =
            core::array::from_fn(|at| load(Width::Byte).extract(0x4020_0000 + at as u32, word));
        assert_eq!(bytes, [Some(0x5c), Some(0x6d), Some(0x7e), Some(0x8f)]);
        assert_eq!(load(Width::Half).extract(2, word), Some(0x8f7e));
        assert_eq!(load(Width::SignedHalf).extract(2, word), Some(0xffff_8f7e));
        assert_eq!(load(Width::SignedHalf).extract(0, word), Some(0x6d5c));
        assert_eq!(load(Width::Half).extract(1, word), None);
    }

    #[test]
    fn addresses_wrap() {
        let load = SubwordLoad::decode(encoded(1, 2, 3, 255));
        assert_eq!(load.map(|load| load.address(0xffff_fffe)), Some(508));
    }

    /// A program at address `pc` with an instruction there, and four words of flash at 0x4020_0000.
    fn machine(pc: u32, instruction: u32) -> (Interrupted, impl Fn(u32) -> u32) {
        let word = move |address: u32| {
            let at = address & !3;
            match at.wrapping_sub(0x4020_0000) {
                offset @ 0..16 => 0x0302_0100 + 0x0404_0404 * (offset / 4),
                _ => {
                    let shift = 8 * i64::from(pc.wrapping_sub(at) as i32);
                    match shift {
                        0..32 => instruction << shift,
                        -31..0 => instruction >> -shift,
                        _ => panic!("no word at {at:#x}"),
                    }
                }
            }
        };
        let mut registers = [0; 16];
        registers[3] = 0x4020_0001;
        (Interrupted { registers, pc }, word)
    }

    #[test]
    fn the_program_goes_on_behind_the_load() {
        for pc in 0x4021_0000..0x4021_0004 {
            // l8ui a2, a3, 5
            let (mut program, word) = machine(pc, 0x05_03_22);
            let mut wanted = program;
            wanted.registers[2] = 6;
            wanted.pc += 3;
            assert!(program.load(0x4020_0000..0x4030_0000, word));
            assert_eq!(program, wanted);
        }
    }

    #[test]
    fn what_is_no_such_load_changes_nothing() {
        // l32i a2, a3, 0; l16ui a2, a3, 0 at an odd address; l8ui a2, a4, 0 from elsewhere.
        for instruction in [0x00_23_22, 0x00_13_22, 0x00_04_22] {
            let (mut program, word) = machine(0x4021_0002, instruction);
            let before = program;
            assert!(
                !program.load(0x4020_0000..0x4030_0000, word),
                "{instruction:#x}"
            );
            assert_eq!(program, before);
        }
    }
}
