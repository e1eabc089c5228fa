//! From words to parts.

use rostrings::word::load;

use super::{MAX_CODE, UpvalueDesc, record, upvalue_words};
use crate::debug::DebugView;
use crate::stream;

/// Why words are not a function record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RecordError {
    /// The record does not lie inside the words given.
    Bounds,
    /// The header word is not one of a function.
    Header,
    /// The constant base is not behind whole number slots.
    Constants,
    /// The code does not follow the upvalue descriptors.
    Code,
}

/// A function record in a slice of words. Reading never fails: what lies outside reads as zero or `None`.
#[derive(Clone, Copy)]
pub struct FunctionView<'a> {
    words: &'a [u32],
    at: usize,
    slot_words: usize,
    k: usize,
    strings: usize,
    children: usize,
    code: usize,
    length: usize,
}

impl core::fmt::Debug for FunctionView<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FunctionView")
            .field("at", &self.at)
            .field("numbers", &self.numbers())
            .field("strings", &self.strings)
            .field("children", &self.children)
            .field("code", &self.length)
            .finish()
    }
}

impl<'a> FunctionView<'a> {
    /// The record at word `at` of `words`, with constant slots of `slot_words` (1 or 2) words. Constant time.
    ///
    /// # Errors
    ///
    /// If its parts do not lie one behind the other inside `words`. Nothing is said of the parts' contents.
    pub fn new(words: &'a [u32], at: usize, slot_words: u32) -> Result<Self, RecordError> {
        let end = at
            .checked_add(record::HEADER_WORDS)
            .ok_or(RecordError::Bounds)?;
        if end > words.len() {
            return Err(RecordError::Bounds);
        }
        let field = |index| load(words, at + index).unwrap_or(0) as usize;
        if field(record::HEADER) & 0xff != record::KIND as usize {
            return Err(RecordError::Header);
        }
        let width = slot_words as usize;
        let k = field(record::K);
        let numbers = k
            .checked_sub(record::HEADER_WORDS)
            .ok_or(RecordError::Constants)?;
        if !numbers.is_multiple_of(width) {
            return Err(RecordError::Constants);
        }
        let (strings, children) = (field(record::COUNTS) & 0xffff, field(record::COUNTS) >> 16);
        let upvalues = field(record::SIZES) >> 16 & 0xff;
        let (code, length) = (field(record::CODE), field(record::CODE_LENGTH));
        let behind = (strings + children) * width + upvalue_words(upvalues);
        if k > words.len() || code != k + behind {
            return Err(RecordError::Code);
        }
        if length > MAX_CODE || code > words.len() || code + length > words.len() - at {
            return Err(RecordError::Bounds);
        }
        Ok(Self {
            words,
            at,
            slot_words: width,
            k,
            strings,
            children,
            code,
            length,
        })
    }

    fn field(&self, index: usize) -> u32 {
        load(self.words, self.at + index).unwrap_or(0)
    }

    /// Position of the record in its words.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Position of the constant base in the same words.
    pub fn k(&self) -> usize {
        self.at + self.k
    }

    /// Words of a constant slot.
    pub fn slot_words(&self) -> u32 {
        self.slot_words as u32
    }

    /// Length of the record in words, without debug record.
    pub fn words(&self) -> u32 {
        (self.code + self.length) as u32
    }

    /// The header word.
    pub fn header(&self) -> u32 {
        self.field(record::HEADER)
    }

    /// Bits of [`flags`](super::flags).
    pub fn flags(&self) -> u8 {
        (self.header() >> record::FLAGS_SHIFT) as u8
    }

    /// Index of the record in the function directory of its image.
    pub fn index(&self) -> u16 {
        (self.header() >> 24 | (self.field(record::SIZES) >> 24) << 8) as u16
    }

    /// Registers of a frame.
    pub fn frame_size(&self) -> u8 {
        self.field(record::SIZES) as u8
    }

    /// Fixed parameters.
    pub fn params(&self) -> u8 {
        (self.field(record::SIZES) >> 8) as u8
    }

    /// Number of upvalues.
    pub fn upvalues(&self) -> u8 {
        (self.field(record::SIZES) >> 16) as u8
    }

    /// Number of number constants.
    pub fn numbers(&self) -> u32 {
        ((self.k - record::HEADER_WORDS) / self.slot_words) as u32
    }

    /// Number of string constants.
    pub fn strings(&self) -> u32 {
        self.strings as u32
    }

    /// Number of children.
    pub fn children(&self) -> u32 {
        self.children as u32
    }

    /// The instructions.
    pub fn code(&self) -> &'a [u32] {
        let start = self.at + self.code;
        self.words
            .get(start..start + self.length)
            .unwrap_or_default()
    }

    /// Position of the code in the words of the record.
    pub fn code_at(&self) -> usize {
        self.at + self.code
    }

    /// Bits of number constant `index`; one word wide constants are zero extended.
    pub fn number(&self, index: u32) -> Option<u64> {
        if index >= self.numbers() {
            return None;
        }
        let at = self.k() - (index as usize + 1) * self.slot_words;
        let bits = stream::slot(self.words, at, self.slot_words)?;
        Some(if self.slot_words == 1 {
            u64::from(bits as u32)
        } else {
            bits as u64
        })
    }

    /// String constant `index`: byte offset from `k` and flag bits, sign extended.
    pub fn string_slot(&self, index: u32) -> Option<i64> {
        if index >= self.strings() {
            return None;
        }
        self.slot(index as usize)
    }

    /// Child `index`: byte offset from `k` and flag bits, sign extended.
    pub fn child_slot(&self, index: u32) -> Option<i64> {
        if index >= self.children() {
            return None;
        }
        self.slot(self.strings + index as usize)
    }

    fn slot(&self, index: usize) -> Option<i64> {
        stream::slot(
            self.words,
            self.k() + index * self.slot_words,
            self.slot_words,
        )
    }

    /// Position, in the words of the record, of the target of a slot with both flag bits taken away;
    /// `None` if it lies before them.
    pub fn target(&self, slot: i64) -> Option<usize> {
        let offset = isize::try_from(slot >> 2).ok()?;
        self.k().checked_add_signed(offset)
    }

    /// Descriptor of upvalue `index`.
    pub fn upvalue(&self, index: u32) -> Option<UpvalueDesc> {
        if index >= u32::from(self.upvalues()) {
            return None;
        }
        Some(UpvalueDesc::from_raw(self.raw_upvalue(index as usize)))
    }

    /// The stored half word of descriptor `index`, which may be that of the padding.
    pub(crate) fn raw_upvalue(&self, index: usize) -> u16 {
        let at = (self.strings + self.children) * self.slot_words + index / 2;
        let word = load(self.words, self.k() + at).unwrap_or(0);
        (word >> (16 * (index % 2))) as u16
    }

    /// Offset of the debug record from this one, in words; 0 for none.
    pub fn debug_offset(&self) -> i32 {
        self.field(record::DEBUG) as i32
    }

    /// The debug record; `None` without one, or if it is out of bounds.
    pub fn debug(&self) -> Option<DebugView<'a>> {
        let offset = self.debug_offset();
        if offset == 0 {
            return None;
        }
        let at = self.at.checked_add_signed(isize::try_from(offset).ok()?)?;
        DebugView::new(
            self.words,
            at,
            self.slot_words,
            self.length as u32,
            self.upvalues(),
        )
    }
}
