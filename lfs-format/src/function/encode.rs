//! From parts to words.

use rostrings::word::load;

use super::{
    FunctionParts, FunctionRef, MAX_CODE, MAX_NUMBERS, MAX_REFERENCES, StringRef, StripLevel,
    record, upvalue_words,
};
use crate::debug;
use crate::stream::{self, Counter, Packer};

/// Why a function cannot be laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum LayoutError {
    /// More than [`MAX_CODE`] instructions.
    Code,
    /// More than [`MAX_NUMBERS`] number constants.
    Numbers,
    /// More than [`MAX_REFERENCES`] strings and children.
    References,
    /// More than 255 upvalues.
    Upvalues,
    /// `lines` is neither empty nor as long as the code.
    Lines,
    /// The words given are not as many as the layout asks for.
    Space,
}

impl core::fmt::Display for LayoutError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            LayoutError::Code => "function has too many instructions",
            LayoutError::Numbers => "function has too many number constants",
            LayoutError::References => "function has too many string constants",
            LayoutError::Upvalues => "function has too many upvalues",
            LayoutError::Lines => "line information does not fit the code",
            LayoutError::Space => "record has another size than its layout",
        })
    }
}

impl core::error::Error for LayoutError {}

/// Sizes of one record. All in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Offset of the constant base.
    pub k: u32,
    /// Offset of the code.
    pub code: u32,
    /// Length of the record without the debug record.
    pub total: u32,
    /// Length of the debug record, 0 for none.
    pub debug: u32,
    /// References of the debug record.
    references: u32,
    /// Words of a slot.
    slot_words: u32,
    /// What is kept of the debug information: at least what was asked for is stripped, and more if the
    /// debug record would exceed its limits of 65535 words and references.
    pub strip: StripLevel,
}

/// Computes the sizes of the record of `parts`. `slot_words` (1 or 2) is the width of a constant slot.
pub fn layout(
    parts: &FunctionParts<'_>,
    slot_words: u32,
    strip: StripLevel,
) -> Result<Layout, LayoutError> {
    if parts.code.len() > MAX_CODE {
        return Err(LayoutError::Code);
    }
    if parts.numbers.len() > MAX_NUMBERS {
        return Err(LayoutError::Numbers);
    }
    if parts.strings.len() + parts.children.len() > MAX_REFERENCES {
        return Err(LayoutError::References);
    }
    if parts.upvalues.len() > 255 {
        return Err(LayoutError::Upvalues);
    }
    if !parts.lines.is_empty() && parts.lines.len() != parts.code.len() {
        return Err(LayoutError::Lines);
    }
    let width = slot_words as usize;
    let k = record::HEADER_WORDS + parts.numbers.len() * width;
    let code = k
        + (parts.strings.len() + parts.children.len()) * width
        + upvalue_words(parts.upvalues.len());
    let mut layout = Layout {
        k: k as u32,
        code: code as u32,
        total: (code + parts.code.len()) as u32,
        debug: 0,
        references: 0,
        slot_words,
        strip,
    };
    for level in [StripLevel::None, StripLevel::Names] {
        if level < strip {
            continue;
        }
        let mut bytes = Counter::default();
        let mut references = 1;
        debug::write(&mut bytes, parts, level, &mut |_| references += 1);
        let words = 1 + references * width + bytes.0.div_ceil(4);
        if words <= 0xffff && references <= 0xffff {
            layout.debug = words as u32;
            layout.references = references as u32;
            layout.strip = level;
            return Ok(layout);
        }
    }
    layout.strip = StripLevel::All;
    Ok(layout)
}

/// Encodes `parts` as `layout` says into `record` ([`Layout::total`] words) and `debug` ([`Layout::debug`]
/// words), which lies `debug_offset` words from the start of `record`.
///
/// `string` and `child` give the slots: byte offset from `k` with its flag bits (see [`record`]); a
/// slot of one word keeps the low half. The colour byte found in the header word is left as it is.
///
/// # Errors
///
/// [`LayoutError::Space`] if the words are not as many as the layout says.
pub fn encode(
    parts: &FunctionParts<'_>,
    layout: &Layout,
    record: &mut [u32],
    debug: &mut [u32],
    debug_offset: i32,
    string: &mut dyn FnMut(StringRef) -> u64,
    child: &mut dyn FnMut(FunctionRef) -> u64,
) -> Result<(), LayoutError> {
    if record.len() != layout.total as usize || debug.len() != layout.debug as usize {
        return Err(LayoutError::Space);
    }
    let width = layout.slot_words as usize;
    let mut header = [0; record::HEADER_WORDS];
    let colour = load(record, record::HEADER).unwrap_or(0) & 0xff00;
    header[record::HEADER] = record::KIND | colour | u32::from(parts.flags) << record::FLAGS_SHIFT;
    header[record::SIZES] = u32::from(parts.frame_size)
        | u32::from(parts.params) << 8
        | (parts.upvalues.len() as u32) << 16;
    header[record::K] = layout.k;
    header[record::COUNTS] = parts.strings.len() as u32 | (parts.children.len() as u32) << 16;
    header[record::CODE] = layout.code;
    header[record::CODE_LENGTH] = parts.code.len() as u32;
    header[record::DEBUG] = if layout.debug == 0 {
        0
    } else {
        debug_offset as u32
    };
    for (word, value) in record.iter_mut().zip(header) {
        *word = value;
    }
    let k = layout.k as usize;
    for (i, bits) in parts.numbers.iter().enumerate() {
        stream::put_slot(record, k - (i + 1) * width, width, *bits);
    }
    let references = parts.strings.iter().map(|s| string(*s));
    let references = references.chain(parts.children.iter().map(|p| child(*p)));
    let mut at = k;
    for bits in references {
        stream::put_slot(record, at, width, bits);
        at += width;
    }
    for (word, pair) in record.iter_mut().skip(at).zip(parts.upvalues.chunks(2)) {
        let high = pair.get(1).map_or(0, |u| u.raw());
        *word = u32::from(pair[0].raw()) | u32::from(high) << 16;
    }
    for (word, code) in record.iter_mut().skip(layout.code as usize).zip(parts.code) {
        *word = *code;
    }
    if layout.debug > 0 {
        encode_debug(parts, layout, debug, string);
    }
    Ok(())
}

fn encode_debug(
    parts: &FunctionParts<'_>,
    layout: &Layout,
    debug: &mut [u32],
    string: &mut dyn FnMut(StringRef) -> u64,
) {
    let width = layout.slot_words as usize;
    debug.fill(0);
    let bytes = 1 + layout.references as usize * width;
    let (references, stream) = debug.split_at_mut(bytes.min(debug.len()));
    if let Some(first) = references.first_mut() {
        *first = layout.debug | layout.references << 16;
    }
    stream::put_slot(references, 1, width, parts.source.map_or(0, &mut *string));
    let mut at = 1 + width;
    let mut introduce = |name| {
        stream::put_slot(references, at, width, string(name));
        at += width;
    };
    let mut packer = Packer::new(stream);
    debug::write(&mut packer, parts, layout.strip, &mut introduce);
}
