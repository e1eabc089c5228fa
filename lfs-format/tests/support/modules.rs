//! Modules made of dice.

use lfs_format::function::{FunctionParts, FunctionRef, LocalVar, Sink, UpvalueDesc, flags};
use lfs_format::isa::Op;
use lfs_format::write::ImageWriter;

use super::{abc, abx};

/// Numbers that look random: Marsaglia's xorshift.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides.max(1)
    }

    /// A name that no other number has.
    pub fn name(&mut self, number: u64) -> Vec<u8> {
        let mut name = vec![b'a' + self.roll(26) as u8; self.roll(60) as usize];
        name.extend(number.to_string().bytes());
        name
    }
}

/// What strings there are.
pub enum Texts {
    /// So many, short and long.
    Numbered(u64),
    /// These.
    Listed(Vec<Vec<u8>>),
}

impl Texts {
    fn pick(&self, dice: &mut Dice) -> Vec<u8> {
        match self {
            Texts::Numbered(count) => {
                let number = dice.roll(*count);
                let mut text = format!("text {number}").into_bytes();
                if number.is_multiple_of(7) {
                    text.resize(text.len() + number as usize % 100, b'~');
                }
                match number {
                    0 => Vec::new(),
                    _ => text,
                }
            }
            Texts::Listed(texts) => texts[dice.roll(texts.len() as u64) as usize].clone(),
        }
    }
}

/// Adds the functions of a module; gives the main one.
pub fn add_module(writer: &mut ImageWriter, dice: &mut Dice, texts: &Texts) -> FunctionRef {
    let source = (dice.roll(4) > 0).then(|| texts.pick(dice));
    add(writer, dice, texts, source.as_deref(), 3)
}

fn add(
    writer: &mut ImageWriter,
    dice: &mut Dice,
    texts: &Texts,
    source: Option<&[u8]>,
    depth: u64,
) -> FunctionRef {
    let main = depth == 3;
    let children: Vec<FunctionRef> = (0..dice.roll(depth + 1))
        .map(|_| add(writer, dice, texts, source, depth - 1))
        .collect();
    let mut pick = |writer: &mut ImageWriter, most| {
        let count = dice.roll(most);
        (0..count)
            .map(|_| writer.string(&texts.pick(dice)).unwrap())
            .collect::<Vec<_>>()
    };
    let mut strings = pick(writer, 40);
    // In the order they came: handles of another writer have another order.
    let mut seen = std::collections::HashSet::new();
    strings.retain(|string| seen.insert(*string));
    let names = pick(writer, 12);
    let numbers: Vec<u64> = (0..dice.roll(5)).map(|_| dice.roll(1 << 31)).collect();
    let mut code = Vec::new();
    code.extend((0..strings.len()).map(|at| abx(Op::LoadKS, 1, at as u16)));
    code.extend((0..numbers.len()).map(|at| abx(Op::LoadKI, 0, at as u16)));
    code.extend((0..children.len()).map(|at| abx(Op::Closure, 1, (strings.len() + at) as u16)));
    code.push(abc(Op::Return0, 0, 0, 0));
    let lines: Vec<u32> = (0..code.len()).map(|at| 1 + at as u32 / 3).collect();
    let locals: Vec<_> = names
        .iter()
        .map(|name| LocalVar {
            name: *name,
            start: 0,
            end: code.len() as u32,
        })
        .collect();
    let upvalue = writer.string(b"_ENV").unwrap();
    let source = source.map(|source| writer.string(source).unwrap());
    writer
        .function(&FunctionParts {
            code: &code,
            numbers: &numbers,
            strings: &strings,
            children: &children,
            upvalues: &[UpvalueDesc {
                in_stack: false,
                index: 0,
            }],
            upvalue_names: &[Some(upvalue)],
            flags: if main { flags::MAIN } else { flags::SHAREABLE },
            source,
            lines: if dice.roll(5) > 0 { &lines } else { &[] },
            locals: &locals,
            ..FunctionParts::default()
        })
        .unwrap()
}

/// Adds a main function that has these strings and nothing else.
pub fn add_texts(writer: &mut ImageWriter, texts: &[Vec<u8>]) -> FunctionRef {
    let strings: Vec<_> = texts
        .iter()
        .map(|text| writer.string(text).unwrap())
        .collect();
    writer
        .function(&FunctionParts {
            code: &[abc(Op::Return0, 0, 0, 0)],
            strings: &strings,
            flags: flags::MAIN | flags::SHAREABLE,
            ..FunctionParts::default()
        })
        .unwrap()
}
