//! Golden images: valid ones of both models, and one broken in each way the verifier names.
//!
//! After a wanted change of the format, write them anew with `LFS_GOLDEN=write cargo test -p lfs-format --test golden`.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use lfs_format::error::ErrorKind;
use lfs_format::function::StripLevel;
use lfs_format::header::Section;
use lfs_format::image::Image;
use lfs_format::isa::{Instruction, Op};
use lfs_format::model::Model;
use lfs_format::write::ImageWriter;
use rostrings::rom::TableErrorKind;
use support::{Editor, abc, abx, check_golden, extra, jmp, sample, seal_header};

const CHILD: usize = 0;
const MAIN: usize = 1;

#[test]
fn valid_images() {
    for (name, model, strip) in [
        ("num32.lfs", Model::Num32, StripLevel::None),
        ("num64.lfs", Model::Num64, StripLevel::None),
        ("num32-strip1.lfs", Model::Num32, StripLevel::Names),
        ("num64-strip2.lfs", Model::Num64, StripLevel::All),
    ] {
        let words = sample(model, strip);
        check_golden(name, &words);
        Image::new(&words).unwrap().verify().unwrap();
    }
    let empty = ImageWriter::new(Model::Num32)
        .finish(&Default::default())
        .unwrap();
    check_golden("empty.lfs", &empty);
}

type Break = fn(&mut Editor);

/// The valid image, broken in one place and sealed again.
const BROKEN: &[(ErrorKind, Break)] = &[
    (ErrorKind::Version, |e| e.words[1] = 2),
    (ErrorKind::Features, |e| e.words[2] = 1),
    (ErrorKind::Model, |e| e.words[3] = 3),
    (ErrorKind::Seed, |e| e.words[4] ^= 1),
    (ErrorKind::Length, |e| e.words[5] += 1),
    (ErrorKind::Sections, |e| {
        *e.section_start(Section::Functions) = 20;
    }),
    (ErrorKind::Strings(TableErrorKind::Hash), |e| {
        // Behind count, bits and bucket array: the first record.
        let first = *e.section(Section::Strings, 2) as usize;
        *e.section(Section::Strings, first + 1) ^= 0x8000_0000;
    }),
    (ErrorKind::Strings(TableErrorKind::BucketBits), |e| {
        *e.section(Section::Strings, 1) += 1;
    }),
    (ErrorKind::StringsEnd, |e| {
        *e.section_start(Section::Index) += 1
    }),
    (ErrorKind::Directory, |e| {
        *e.section(Section::Directory, 1) += 1
    }),
    (ErrorKind::DebugEnd, |e| e.grow(Section::Debug)),
    (ErrorKind::RecordBounds, |e| *e.field(CHILD, 5) = 0x7f_ffff),
    (ErrorKind::RecordHeader, |e| *e.field(MAIN, 0) ^= 0x0100),
    (ErrorKind::RecordConstants, |e| *e.field(MAIN, 2) = 6),
    (ErrorKind::RecordCode, |e| *e.field(MAIN, 4) += 1),
    (ErrorKind::StringSlot, |e| *e.slot(MAIN, 0) += 4),
    (ErrorKind::StringFlags, |e| *e.slot(MAIN, 1) ^= 1),
    (ErrorKind::ChildSlot, |e| *e.slot(MAIN, 2) -= 4),
    (ErrorKind::DebugPlace, |e| *e.field(CHILD, 6) += 1),
    (ErrorKind::DebugRecord, |e| {
        let stream = 1 + (*e.section(Section::Debug, 0) >> 16) as usize;
        *e.section(Section::Debug, stream) |= 8;
    }),
    (ErrorKind::FrameSize, |e| *e.field(MAIN, 1) = 251 | 1 << 16),
    (ErrorKind::Params, |e| *e.field(MAIN, 1) |= 9 << 8),
    (ErrorKind::Flags, |e| *e.field(MAIN, 0) |= 0x10 << 16),
    (ErrorKind::UpvalueBits, |e| *e.slot(MAIN, 3) |= 1 << 16),
    (ErrorKind::Main, |e| *e.slot(MAIN, 3) |= 1 << 8),
    (ErrorKind::Shareable, |e| *e.field(CHILD, 0) |= 2 << 16),
    (ErrorKind::Capture, |e| *e.slot(CHILD, 0) |= 8),
    (ErrorKind::NeedsClose, |e| *e.field(MAIN, 0) &= !(4 << 16)),
    (ErrorKind::NoCode, |e| *e.field(MAIN, 5) = 0),
    (ErrorKind::Opcode, |e| *e.code(MAIN, 0) |= 0xff),
    (ErrorKind::Unused, |e| *e.code(MAIN, 3) |= 1 << 24),
    (ErrorKind::Register, |e| {
        *e.code(MAIN, 3) = abc(Op::Move, 8, 1, 0)
    }),
    (ErrorKind::Upvalue, |e| {
        *e.code(MAIN, 3) = abc(Op::GetUpval, 3, 1, 0)
    }),
    (ErrorKind::Constant, |e| {
        *e.code(MAIN, 4) = abx(Op::LoadKI, 4, 2)
    }),
    (ErrorKind::LongField, |e| {
        *e.code(MAIN, 3) = abc(Op::GetField, 3, 1, 1)
    }),
    (ErrorKind::Child, |e| {
        *e.code(MAIN, 1) = abx(Op::Closure, 1, 1)
    }),
    (ErrorKind::Operand, |e| {
        *e.code(MAIN, 13) = abc(Op::Concat, 2, 1, 0)
    }),
    (ErrorKind::Jump, |e| *e.code(MAIN, 10) = jmp(5)),
    (ErrorKind::JumpTarget, |e| *e.code(MAIN, 10) = jmp(1)),
    (ErrorKind::Pair, |e| {
        *e.code(MAIN, 12) = abc(Op::Move, 0, 0, 0)
    }),
    (ErrorKind::StrayExtraArg, |e| *e.code(MAIN, 8) = extra(0)),
    (ErrorKind::OpenResults, |e| {
        *e.code(MAIN, 6) = abc(Op::Call, 3, 0, 1)
    }),
    (ErrorKind::OpenOperands, |e| {
        *e.code(MAIN, 5) = abc(Op::Call, 3, 0, 0)
    }),
    (ErrorKind::ReturnCloses, |e| {
        *e.code(MAIN, 14) = abc(Op::Return, 0, 1, 0)
    }),
    (ErrorKind::VarArg, |e| *e.field(MAIN, 0) &= !(1 << 16)),
    (ErrorKind::End, |e| {
        *e.code(MAIN, 14) = abc(Op::Move, 0, 0, 0)
    }),
    (ErrorKind::IndexSize, |e| {
        *e.section(Section::Index, 0) += 1 << 16
    }),
    (ErrorKind::ModuleName, |e| {
        *e.section(Section::Index, 1) += 1
    }),
    (ErrorKind::ModuleOrder, |e| {
        *e.section(Section::Index, 3) = *e.section(Section::Index, 1);
    }),
    (ErrorKind::ModuleFunction, |e| {
        *e.section(Section::Index, 2) = *e.section(Section::Directory, CHILD);
    }),
    (ErrorKind::IndexSlot, |e| {
        *e.section(Section::Index, 5) = 0;
        *e.section(Section::Index, 6) = 0;
    }),
    (ErrorKind::ResourceSize, |e| {
        *e.section(Section::Resources, 0) = 0
    }),
    (ErrorKind::ResourceName, |e| {
        *e.section(Section::Resources, 1) -= 1
    }),
    (ErrorKind::ResourceOrder, |e| {
        *e.section(Section::Resources, 4) = *e.section(Section::Resources, 1);
    }),
    (ErrorKind::ResourcePlace, |e| {
        *e.section(Section::Resources, 5) += 1
    }),
    (ErrorKind::ResourcePadding, |e| {
        *e.section(Section::Resources, 8) |= 0x0100;
    }),
];

fn kebab(kind: ErrorKind) -> String {
    let mut name = String::new();
    for c in format!("{kind:?}").chars() {
        match c {
            'A'..='Z' if name.ends_with(|c: char| c.is_ascii_lowercase()) => {
                name.push('-');
                name.push(c.to_ascii_lowercase());
            }
            'A'..='Z' => name.push(c.to_ascii_lowercase()),
            'a'..='z' => name.push(c),
            '(' => name.push('-'),
            _ => {}
        }
    }
    name
}

fn refusal(words: &[u32]) -> ErrorKind {
    match Image::new(words).and_then(|image| image.verify()) {
        Ok(_) => panic!("accepted"),
        Err(error) => error.kind,
    }
}

fn check_broken(kind: ErrorKind, words: &[u32]) {
    assert_eq!(refusal(words), kind);
    check_golden(&format!("broken/{}.lfs", kebab(kind)), words);
}

#[test]
fn broken_images_are_refused_for_their_fault() {
    let mut seen = BTreeSet::new();
    for (kind, damage) in BROKEN {
        let mut editor = Editor::new(sample(Model::Num32, StripLevel::None));
        damage(&mut editor);
        editor.seal();
        check_broken(*kind, &editor.words);
        seen.insert(kind.to_string());
    }
    let valid = sample(Model::Num32, StripLevel::None);
    let mut other = |kind, words: &[u32]| {
        check_broken(kind, words);
        seen.insert(kind.to_string());
    };

    other(ErrorKind::Truncated, &valid[..17]);
    let mut words = valid.clone();
    words[0] ^= 1;
    other(ErrorKind::Magic, &words);
    let mut words = valid.clone();
    words[17] ^= 1;
    other(ErrorKind::HeaderChecksum, &words);
    let mut words = valid.clone();
    *words.last_mut().unwrap() ^= 1;
    other(ErrorKind::PayloadChecksum, &words);
    let mut words = valid.clone();
    words[8] ^= 1;
    seal_header(&mut words);
    other(ErrorKind::BuildId, &words);
    let mut stripped = Editor::new(sample(Model::Num32, StripLevel::All));
    stripped.grow(Section::Functions);
    stripped.seal();
    other(ErrorKind::FunctionsEnd, &stripped.words);

    let missing: Vec<_> = ErrorKind::ALL
        .iter()
        .filter(|kind| !seen.contains(&kind.to_string()))
        .collect();
    assert_eq!(
        missing,
        [&ErrorKind::DirectorySize],
        "kinds without a golden image"
    );
}

/// Too large to be kept as a file.
#[test]
fn too_many_functions() {
    let mut words = ImageWriter::new(Model::Num32)
        .finish(&Default::default())
        .unwrap();
    let directory = words[10 + Section::Directory as usize] as usize;
    words.extend(std::iter::repeat_n(directory as u32 + 65537, 65537));
    words[5] += 65537;
    for start in &mut words[10 + Section::Functions as usize..16] {
        *start += 65537;
    }
    lfs_format::write::seal(&mut words);
    assert_eq!(refusal(&words), ErrorKind::DirectorySize);
}

#[test]
fn faults_are_located() {
    let mut editor = Editor::new(sample(Model::Num32, StripLevel::None));
    let at = editor.function(MAIN).code_at() + 3;
    *editor.code(MAIN, 3) = Instruction::abc(Op::Move, 8, 0, 0).0;
    editor.seal();
    let error = Image::new(&editor.words).unwrap().verify().unwrap_err();
    assert_eq!(error.offset as usize, at);
    assert_eq!(
        error.to_string(),
        format!("register outside of the frame at word {at}")
    );
}
