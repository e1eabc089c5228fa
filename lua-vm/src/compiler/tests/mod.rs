//! Tests of the compiler: what it emits, what it says, and that what it emits can be proved.

extern crate std;

mod limits;
mod listings;
mod messages;
mod random;
mod records;

use std::collections::HashMap;
use std::fmt::Write;
use std::string::{String, ToString};
use std::vec::Vec;

use lfs_format::function::{FunctionParts, FunctionRef, Sink, StringRef, UpvalueDesc};
use lfs_format::isa::{Form, Instruction, Operand};
use lfs_format::model::Model;
use lfs_format::write::{BuildInfo, ImageWriter};

use super::{CompileError, Limits, compile};
use crate::number::{Num32, Num64, NumberModel};

/// A function as it arrived at the sink.
struct Compiled {
    code: Vec<Instruction>,
    lines: Vec<u32>,
    numbers: Vec<u64>,
    strings: Vec<usize>,
    children: Vec<usize>,
    upvalues: Vec<UpvalueDesc>,
    upvalue_names: Vec<Option<usize>>,
    locals: Vec<(usize, u32, u32)>,
    frame_size: u8,
    params: u8,
    flags: u8,
    line_defined: u32,
    last_line_defined: u32,
}

/// A sink that keeps everything; handles are positions.
#[derive(Default)]
struct Heap {
    strings: Vec<Vec<u8>>,
    known: HashMap<Vec<u8>, usize>,
    functions: Vec<Compiled>,
}

impl Sink for Heap {
    type Error = core::convert::Infallible;

    fn string(&mut self, text: &[u8]) -> Result<StringRef, Self::Error> {
        if let Some(&string) = self.known.get(text) {
            return Ok(StringRef(string));
        }
        self.strings.push(text.to_vec());
        self.known.insert(text.to_vec(), self.strings.len() - 1);
        Ok(StringRef(self.strings.len() - 1))
    }

    fn text(&self, string: StringRef) -> &[u8] {
        &self.strings[string.0]
    }

    fn function(&mut self, parts: &FunctionParts<'_>) -> Result<FunctionRef, Self::Error> {
        assert_eq!(parts.lines.len(), parts.code.len());
        assert_eq!(parts.upvalues.len(), parts.upvalue_names.len());
        assert!(
            parts
                .children
                .iter()
                .all(|&child| child.0 < self.functions.len())
        );
        self.functions.push(Compiled {
            code: parts.code.iter().map(|&word| Instruction(word)).collect(),
            lines: parts.lines.to_vec(),
            numbers: parts.numbers.to_vec(),
            strings: parts.strings.iter().map(|string| string.0).collect(),
            children: parts.children.iter().map(|child| child.0).collect(),
            upvalues: parts.upvalues.to_vec(),
            upvalue_names: parts
                .upvalue_names
                .iter()
                .map(|name| name.map(|name| name.0))
                .collect(),
            locals: parts
                .locals
                .iter()
                .map(|local| (local.name.0, local.start, local.end))
                .collect(),
            frame_size: parts.frame_size,
            params: parts.params,
            flags: parts.flags,
            line_defined: parts.line_defined,
            last_line_defined: parts.last_line_defined,
        });
        Ok(FunctionRef(self.functions.len() - 1))
    }
}

impl Heap {
    fn name(&self, string: usize) -> String {
        String::from_utf8_lossy(&self.strings[string]).into_owned()
    }
}

/// Compiles for the sink above, and for an image, whose writer proves what it wrote.
fn heap<N: NumberModel>(source: &[u8]) -> Result<Heap, String> {
    let mut heap = Heap::default();
    let result = compile::<N, _>(source, b"=test", &mut heap, &Limits::DEFAULT);
    let image = prove::<N>(source);
    assert_eq!(result.is_ok(), image.is_ok());
    match result {
        Ok(main) => {
            assert_eq!(main.0, heap.functions.len() - 1);
            Ok(heap)
        }
        Err(CompileError::Syntax(error)) => Err(error.to_string()),
        Err(other) => panic!("{other}"),
    }
}

/// Compiles for an image and proves that.
fn prove<N: NumberModel>(source: &[u8]) -> Result<(), String> {
    let model = if N::SLOT_WORDS == 1 {
        Model::Num32
    } else {
        Model::Num64
    };
    let mut image = ImageWriter::new(model);
    let main = compile::<N, _>(source, b"=test", &mut image, &Limits::DEFAULT);
    let main = main.map_err(|error| match error {
        CompileError::Syntax(error) => error.to_string(),
        other => panic!("{other}"),
    })?;
    image.add_module(b"test", main).expect("a first module");
    let build = BuildInfo::default();
    image.finish(&build).expect("code that can be proved");
    Ok(())
}

/// The message about a source that does not compile.
fn message(source: &str) -> String {
    match heap::<Num64>(source.as_bytes()) {
        Ok(_) => panic!("compiles: {source}"),
        Err(message) => message,
    }
}

/// All functions of a source, children first: their instructions with the operands they use.
fn listing<N: NumberModel>(source: &str) -> String {
    let heap = heap::<N>(source.as_bytes()).expect("a valid source");
    let mut text = String::new();
    for function in &heap.functions {
        for (pc, word) in function.code.iter().enumerate() {
            let info = word.op().expect("a known operation").info();
            write!(text, "{}", info.name).expect("room");
            let operands = match info.form {
                Form::Abc => [word.a().into(), word.b().into(), word.c().into()],
                Form::Abx => [word.a().into(), word.bx().into(), 0],
                Form::Asbx => [word.a().into(), word.sbx().into(), 0],
                Form::Ax => [word.extra() as i32, 0, 0],
                Form::Sj => [pc as i32 + 1 + word.jump(), 0, 0],
            };
            for (class, value) in [info.a, info.b, info.c].into_iter().zip(operands) {
                match class {
                    Operand::None => assert_eq!(value, 0),
                    Operand::Signed if info.form == Form::Abc => {
                        write!(text, " {}", value as i8).expect("room");
                    }
                    _ => write!(text, " {value}").expect("room"),
                }
            }
            text.push('\n');
        }
        text.push('\n');
    }
    text.trim_end().to_string()
}

/// Compares a listing with the expected one, whose lines may be indented.
#[track_caller]
fn lists(source: &str, expected: &str) {
    let expected: Vec<_> = expected.trim().lines().map(str::trim).collect();
    assert_eq!(
        listing::<Num64>(source),
        expected.join("\n"),
        "\nsource: {source}"
    );
    prove::<Num32>(source.as_bytes()).expect("a valid source");
}
