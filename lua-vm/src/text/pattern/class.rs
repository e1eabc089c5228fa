//! Single-character items: `.`, a byte, `%a`, `[set]`.

use super::PatternError;

/// A set of ASCII characters, one bit each.
type Mask = [u32; 4];

const fn ranges<const R: usize>(ranges: [(u8, u8); R]) -> Mask {
    let mut mask = [0; 4];
    let mut index = 0;
    while index < R {
        let (mut byte, last) = ranges[index];
        while byte <= last {
            mask[(byte >> 5) as usize] |= 1 << (byte & 31);
            byte += 1;
        }
        index += 1;
    }
    mask
}

static ALPHA: Mask = ranges([(b'A', b'Z'), (b'a', b'z')]);
static CONTROL: Mask = ranges([(0, 31), (127, 127)]);
static DIGIT: Mask = ranges([(b'0', b'9')]);
static GRAPH: Mask = ranges([(33, 126)]);
static LOWER: Mask = ranges([(b'a', b'z')]);
static PUNCTUATION: Mask = ranges([(33, 47), (58, 64), (91, 96), (123, 126)]);
static SPACE: Mask = ranges([(9, 13), (32, 32)]);
static UPPER: Mask = ranges([(b'A', b'Z')]);
static ALNUM: Mask = ranges([(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')]);
static HEX: Mask = ranges([(b'0', b'9'), (b'A', b'F'), (b'a', b'f')]);
static ZERO: Mask = ranges([(0, 0)]);

/// A character class: a letter after `%`.
#[derive(Clone, Copy)]
pub struct Class {
    mask: &'static Mask,
    negated: bool,
}

impl Class {
    /// The class of a letter, if it names one.
    fn of(letter: u8) -> Option<Class> {
        let mask = match letter | 0x20 {
            b'a' => &ALPHA,
            b'c' => &CONTROL,
            b'd' => &DIGIT,
            b'g' => &GRAPH,
            b'l' => &LOWER,
            b'p' => &PUNCTUATION,
            b's' => &SPACE,
            b'u' => &UPPER,
            b'w' => &ALNUM,
            b'x' => &HEX,
            b'z' => &ZERO,
            _ => return None,
        };
        // Setting bit 5 turns capital letters into small ones, and other bytes into no letter but for
        // these: 0x40..0x5F only.
        if !letter.is_ascii_alphabetic() {
            return None;
        }
        Some(Class {
            mask,
            negated: letter.is_ascii_uppercase(),
        })
    }

    #[inline(always)]
    fn contains(self, byte: u8) -> bool {
        let word = self.mask.get(usize::from(byte >> 5)).copied().unwrap_or(0);
        (word >> (byte & 31) & 1 == 1) != self.negated
    }
}

/// A set of bytes, one bit each.
pub struct ByteSet([u32; 8]);

impl ByteSet {
    fn of(body: &[u8]) -> ByteSet {
        let (negated, body) = split_negation(body);
        let mut set = ByteSet([0; 8]);
        for item in SetItems(body) {
            match item {
                SetItem::Class(class) => {
                    let flip = if class.negated { u32::MAX } else { 0 };
                    for (index, word) in set.0.iter_mut().enumerate() {
                        *word |= class.mask.get(index).copied().unwrap_or(0) ^ flip;
                    }
                }
                SetItem::Byte(byte) => set.insert(byte),
                SetItem::Range(first, last) => (first..=last).for_each(|byte| set.insert(byte)),
            }
        }
        if negated {
            set.0.iter_mut().for_each(|word| *word = !*word);
        }
        set
    }

    #[inline(always)]
    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 5)] |= 1 << (byte & 31);
    }

    #[inline(always)]
    fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 5)] >> (byte & 31) & 1 == 1
    }
}

enum SetItem {
    Byte(u8),
    Class(Class),
    /// From the first to the last, both included.
    Range(u8, u8),
}

/// The items of a set's body, what stands between the brackets after a `^`.
struct SetItems<'p>(&'p [u8]);

impl Iterator for SetItems<'_> {
    type Item = SetItem;

    #[inline(always)]
    fn next(&mut self) -> Option<SetItem> {
        let (item, rest) = match *self.0 {
            [b'%', escaped, ref rest @ ..] => {
                let item = match Class::of(escaped) {
                    Some(class) => SetItem::Class(class),
                    None => SetItem::Byte(escaped),
                };
                (item, rest)
            }
            // Only after a range that ends with `%` (as in `[a-%%]`): the reference implementation then takes
            // the closing bracket for the escaped character.
            [b'%'] => (SetItem::Byte(b']'), &[][..]),
            [first, b'-', last, ref rest @ ..] => (SetItem::Range(first, last), rest),
            [byte, ref rest @ ..] => (SetItem::Byte(byte), rest),
            [] => return None,
        };
        self.0 = rest;
        Some(item)
    }
}

fn split_negation(body: &[u8]) -> (bool, &[u8]) {
    match body {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, body),
    }
}

/// Whether a set, given by what stands between its brackets, has a byte.
pub fn set_contains(body: &[u8], byte: u8) -> bool {
    let (negated, body) = split_negation(body);
    let found = SetItems(body).any(|item| match item {
        SetItem::Byte(own) => own == byte,
        SetItem::Class(class) => class.contains(byte),
        SetItem::Range(first, last) => first <= byte && byte <= last,
    });
    found != negated
}

/// Index of the byte after a set that starts at `start` (the index of its `[`).
pub fn set_end(pattern: &[u8], start: usize) -> Result<usize, PatternError> {
    let mut index = start + 1;
    if pattern.get(index) == Some(&b'^') {
        index += 1;
    }
    // The first character belongs to the set even if it is `]`.
    loop {
        match pattern.get(index) {
            None => return Err(PatternError::MissingBracket),
            Some(b'%') => index += 2,
            Some(_) => index += 1,
        }
        if pattern.get(index) == Some(&b']') {
            return Ok(index + 1);
        }
    }
}

/// Bytes looked up in the text of a set before its bits are made, which costs as much as a few look-ups.
const FEW: usize = 4;

/// An item that matches one byte.
#[derive(Clone, Copy)]
pub enum Single<'p> {
    /// `.`
    Any,
    /// A byte that stands for itself.
    Byte(u8),
    /// `%a`
    Class(Class),
    /// `[...]`, without the brackets.
    Set(&'p [u8]),
}

impl<'p> Single<'p> {
    /// The item at `start` and the index after it. The pattern must not end at `start`.
    #[inline(always)]
    pub fn parse(pattern: &'p [u8], start: usize) -> Result<(Self, usize), PatternError> {
        match pattern.get(start) {
            Some(b'%') => match pattern.get(start + 1) {
                None => Err(PatternError::EndsWithPercent),
                Some(&letter) => {
                    let single = match Class::of(letter) {
                        Some(class) => Single::Class(class),
                        None => Single::Byte(letter),
                    };
                    Ok((single, start + 2))
                }
            },
            Some(b'[') => {
                let end = set_end(pattern, start)?;
                let body = pattern.get(start + 1..end - 1).unwrap_or_default();
                Ok((Single::Set(body), end))
            }
            Some(b'.') => Ok((Single::Any, start + 1)),
            Some(&byte) => Ok((Single::Byte(byte), start + 1)),
            None => Err(PatternError::EndsWithPercent),
        }
    }

    /// Whether the item matches a byte; `None` is the end of the source, which nothing matches.
    #[inline(always)]
    pub fn matches(self, byte: Option<&u8>) -> bool {
        let Some(&byte) = byte else { return false };
        match self {
            Single::Any => true,
            Single::Byte(own) => own == byte,
            Single::Class(class) => class.contains(byte),
            Single::Set(body) => set_contains(body, byte),
        }
    }

    /// How many bytes from the start on match.
    #[inline]
    pub fn span(self, source: &[u8]) -> usize {
        let end = match self {
            Single::Any => None,
            Single::Byte(own) => source.iter().position(|&byte| byte != own),
            Single::Class(class) => source.iter().position(|&byte| !class.contains(byte)),
            Single::Set(body) => first_not_in_set(body, source),
        };
        end.unwrap_or(source.len())
    }

    /// Index of the first byte that matches; 0 for any, which may be none. `bits` keeps the bytes of a set that was looked
    /// up often.
    #[inline]
    pub fn find(self, source: &[u8], bits: &mut Option<ByteSet>) -> Option<usize> {
        match self {
            Single::Any => Some(0),
            Single::Byte(own) => crate::text::find_byte(own, source),
            Single::Class(class) => source.iter().position(|&byte| class.contains(byte)),
            Single::Set(body) => {
                let mut passed = 0;
                if bits.is_none() {
                    let mut few = source.iter().take(FEW);
                    if let Some(index) = few.position(|&byte| set_contains(body, byte)) {
                        return Some(index);
                    }
                    passed = FEW;
                }
                let rest = source.get(passed..)?;
                let set = bits.get_or_insert_with(|| ByteSet::of(body));
                let index = rest.iter().position(|&byte| set.contains(byte))?;
                Some(passed + index)
            }
        }
    }
}

/// Index of the first byte that is not in a set.
fn first_not_in_set(body: &[u8], source: &[u8]) -> Option<usize> {
    let mut few = source.iter().take(FEW);
    if let Some(index) = few.position(|&byte| !set_contains(body, byte)) {
        return Some(index);
    }
    let rest = source.get(FEW..)?;
    let set = ByteSet::of(body);
    let index = rest.iter().position(|&byte| !set.contains(byte))?;
    Some(FEW + index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_the_c_locale() {
        for byte in 0..=255u8 {
            let tests: [(u8, bool); 11] = [
                (b'a', byte.is_ascii_alphabetic()),
                (b'c', byte.is_ascii_control()),
                (b'd', byte.is_ascii_digit()),
                (b'g', byte.is_ascii_graphic()),
                (b'l', byte.is_ascii_lowercase()),
                (b'p', byte.is_ascii_punctuation()),
                (b's', matches!(byte, b' ' | 9..=13)),
                (b'u', byte.is_ascii_uppercase()),
                (b'w', byte.is_ascii_alphanumeric()),
                (b'x', byte.is_ascii_hexdigit()),
                (b'z', byte == 0),
            ];
            for (letter, expected) in tests {
                for (letter, expected) in [(letter, expected), (letter - 32, !expected)] {
                    let class = Class::of(letter).unwrap();
                    assert_eq!(class.contains(byte), expected, "%{} {byte}", letter as char);
                }
            }
            if !b"acdglpsuwxzACDGLPSUWXZ".contains(&byte) {
                assert!(Class::of(byte).is_none(), "{byte}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn bit_sets_agree_with_the_text_of_the_set(
            body in proptest::collection::vec(proptest::sample::select(b"^%-]adwS.xz\xff\x01".to_vec()), 1..8),
        ) {
            let mut pattern = std::vec![b'['];
            pattern.extend(&body);
            pattern.push(b']');
            if let Ok((Single::Set(body), _)) = Single::parse(&pattern, 0) {
                let set = ByteSet::of(body);
                for byte in 0..=255 {
                    proptest::prop_assert_eq!(set.contains(byte), set_contains(body, byte));
                }
            }
        }
    }
}
