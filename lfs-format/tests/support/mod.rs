//! Images assembled by hand, and an editor that breaks them.
#![allow(dead_code, clippy::unwrap_used)]

pub mod modules;

use std::path::{Path, PathBuf};

use lfs_format::function::{
    FunctionParts, FunctionRef, FunctionView, LocalVar, Sink, StripLevel, UpvalueDesc, flags,
};
use lfs_format::header::Section;
use lfs_format::image::{Image, words_from_bytes};
use lfs_format::isa::{Instruction, Op};
use lfs_format::model::Model;
use lfs_format::write::{BuildInfo, ImageWriter, seal};

pub const LONG: &[u8] = b"a string of more than forty bytes, so a long one";

pub fn abc(op: Op, a: u8, b: u8, c: u8) -> u32 {
    Instruction::abc(op, a, b, c).0
}

pub fn abx(op: Op, a: u8, bx: u16) -> u32 {
    Instruction::abx(op, a, bx).0
}

pub fn jmp(offset: i32) -> u32 {
    Instruction::sj(Op::Jmp, offset).0
}

pub fn extra(value: u32) -> u32 {
    Instruction::ax(Op::ExtraArg, value).0
}

/// The code of the main function of [`sample`].
pub fn main_code() -> Vec<u32> {
    vec![
        Instruction::asbx(Op::LoadI, 0, -3).0,
        abx(Op::Closure, 1, 2),
        abc(Op::GetTabUp, 2, 0, 0),
        abc(Op::Move, 3, 1, 0),
        abx(Op::LoadKI, 4, 0),
        abc(Op::Call, 3, 2, 0),
        abc(Op::Call, 2, 0, 1),
        abc(Op::VarArg, 2, 0, 2),
        abx(Op::LoadKS, 3, 1),
        abc(Op::EqI, 2, 5, 1),
        jmp(2),
        abc(Op::LoadX, 2, 2, 0),
        extra(1),
        abc(Op::Concat, 2, 2, 0),
        abc(Op::Return, 0, 1, 1),
    ]
}

/// Adds the two functions of the samples; gives the main one.
pub fn add_sample(writer: &mut ImageWriter, model: Model) -> FunctionRef {
    let mut text = |text: &str| writer.string(text.as_bytes()).unwrap();
    let source = text("@sample.lua");
    let (print, long) = (text("print"), text(std::str::from_utf8(LONG).unwrap()));
    let (env, x, n, count) = (text("_ENV"), text("x"), text("n"), text("count"));
    let child = writer
        .function(&FunctionParts {
            code: &[
                abc(Op::GetUpval, 1, 0, 0),
                abc(Op::Add, 1, 1, 0),
                abc(Op::Return1, 1, 0, 0),
            ],
            upvalues: &[UpvalueDesc {
                in_stack: true,
                index: 0,
            }],
            upvalue_names: &[Some(count)],
            frame_size: 3,
            params: 1,
            source: Some(source),
            line_defined: 2,
            last_line_defined: 4,
            lines: &[3, 3, 3],
            locals: &[LocalVar {
                name: n,
                start: 0,
                end: 3,
            }],
            ..FunctionParts::default()
        })
        .unwrap();
    let code = main_code();
    let lines: Vec<u32> = [1, 4, 5, 5, 5, 5, 5, 6, 7, 8, 8, 20, 20, 9, 10].to_vec();
    let half = match model {
        Model::Num32 => u64::from(0.5f32.to_bits()),
        Model::Num64 => 0.5f64.to_bits(),
    };
    let big = match model {
        Model::Num32 => 0x7fff_ffff,
        Model::Num64 => 0x7fff_ffff_ffff_ffff,
    };
    writer
        .function(&FunctionParts {
            code: &code,
            numbers: &[big, half],
            strings: &[print, long],
            children: &[child],
            upvalues: &[UpvalueDesc {
                in_stack: false,
                index: 0,
            }],
            upvalue_names: &[Some(env)],
            frame_size: 8,
            flags: flags::MAIN | flags::VARARG | flags::NEEDS_CLOSE,
            source: Some(source),
            lines: &lines,
            locals: &[
                LocalVar {
                    name: count,
                    start: 1,
                    end: 15,
                },
                LocalVar {
                    name: x,
                    start: 2,
                    end: 15,
                },
                LocalVar {
                    name: count,
                    start: 8,
                    end: 9,
                },
            ],
            ..FunctionParts::default()
        })
        .unwrap()
}

/// A small image with something of everything.
pub fn sample(model: Model, strip: StripLevel) -> Vec<u32> {
    let mut writer = ImageWriter::new(model);
    writer.set_strip(strip);
    let main = add_sample(&mut writer, model);
    writer.add_module(b"sample", main).unwrap();
    writer.add_module(b"alias", main).unwrap();
    writer.add_resource(b"web/index.html", b"<p>hello").unwrap();
    writer.add_resource(b"cert", b"12345").unwrap();
    writer.add_string(b"dummy").unwrap();
    writer
        .finish(&BuildInfo {
            time: 1_700_000_000,
        })
        .unwrap()
}

/// Changes words of an image.
pub struct Editor {
    pub words: Vec<u32>,
    starts: Vec<usize>,
    slot_words: u32,
}

impl Editor {
    pub fn new(words: Vec<u32>) -> Self {
        let image = Image::new(&words).unwrap().verify().unwrap();
        let starts = image.functions().map(|function| function.at()).collect();
        let slot_words = image.model().slot_words();
        Self {
            words,
            starts,
            slot_words,
        }
    }

    /// Function `number` as it is now.
    pub fn function(&self, number: usize) -> FunctionView<'_> {
        FunctionView::new(&self.words, self.starts[number], self.slot_words).unwrap()
    }

    /// Word `field` of the record of function `number`.
    pub fn field(&mut self, number: usize, field: usize) -> &mut u32 {
        &mut self.words[self.starts[number] + field]
    }

    /// Instruction `pc` of function `number`.
    pub fn code(&mut self, number: usize, pc: usize) -> &mut u32 {
        let at = self.function(number).code_at() + pc;
        &mut self.words[at]
    }

    /// Slot `index` above `k` of function `number`.
    pub fn slot(&mut self, number: usize, index: usize) -> &mut u32 {
        let view = self.function(number);
        let at = view.k() + index * view.slot_words() as usize;
        &mut self.words[at]
    }

    /// The word of the header that holds the start of a section.
    pub fn section_start(&mut self, section: Section) -> &mut u32 {
        &mut self.words[10 + section as usize]
    }

    /// Word `index` of a section.
    pub fn section(&mut self, section: Section, index: usize) -> &mut u32 {
        let start = *self.section_start(section) as usize;
        &mut self.words[start + index]
    }

    /// Inserts a zero word at the end of a section, and moves the sections behind it.
    pub fn grow(&mut self, section: Section) {
        let next = self.words[10 + section as usize + 1] as usize;
        self.words.insert(next, 0);
        for start in &mut self.words[10 + section as usize + 1..16] {
            *start += 1;
        }
        self.words[5] += 1;
    }

    pub fn seal(&mut self) {
        seal(&mut self.words);
    }
}

/// Makes only the header's checksum right again.
pub fn seal_header(words: &mut [u32]) {
    let mut copy = words[..18].to_vec();
    // An image that is nothing but a header has the same header checksum algorithm.
    let bytes: Vec<u8> = copy[..17]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    copy[17] = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&bytes);
    words[..18].copy_from_slice(&copy);
}

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// Compares words to a golden file; with `LFS_GOLDEN=write` in the environment the file is written.
pub fn check_golden(name: &str, words: &[u32]) {
    let path = golden_path(name);
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    if std::env::var_os("LFS_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &bytes).unwrap();
    }
    let stored = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(stored == bytes, "{name} differs from its golden file");
    assert_eq!(words_from_bytes(&stored).unwrap(), words);
}
