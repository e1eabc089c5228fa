//! Listings of functions, in the manner of `luac -l`.

use core::fmt::{self, Display};

use crate::function::FunctionView;
use crate::image::{Image, Verified};
use crate::inspect::{Quoted, Summary};
use crate::isa::{Form, Instruction, Op, Operand};
use crate::model::Model;

/// How much a [`Listing`] shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Figures and instructions.
    #[default]
    Code,
    /// Constants, local variables and upvalues too.
    Full,
}

/// The listing of one function, by `Display`.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    image: Image<'a, Verified>,
    function: FunctionView<'a>,
    detail: Detail,
}

impl<'a> Listing<'a> {
    /// A listing of `function` of `image`.
    pub fn new(image: Image<'a, Verified>, function: FunctionView<'a>, detail: Detail) -> Self {
        Self {
            image,
            function,
            detail,
        }
    }

    fn string(&self, f: &mut fmt::Formatter<'_>, slot: Option<i64>) -> fmt::Result {
        match slot.and_then(|slot| self.image.string(&self.function, slot)) {
            Some(record) => Quoted(record.bytes()).fmt(f),
            None => f.write_str("?"),
        }
    }

    fn name(&self, f: &mut fmt::Formatter<'_>, slot: Option<i64>) -> fmt::Result {
        match slot.and_then(|slot| self.image.string(&self.function, slot)) {
            Some(record) => record.bytes().escape_ascii().fmt(f),
            None => f.write_str("-"),
        }
    }

    fn integer(&self, f: &mut fmt::Formatter<'_>, bits: u64) -> fmt::Result {
        match self.image.model() {
            Model::Num32 => (bits as u32 as i32).fmt(f),
            Model::Num64 => (bits as i64).fmt(f),
        }
    }

    fn float(&self, f: &mut fmt::Formatter<'_>, bits: u64) -> fmt::Result {
        match self.image.model() {
            Model::Num32 => fmt::Debug::fmt(&f32::from_bits(bits as u32), f),
            Model::Num64 => fmt::Debug::fmt(&f64::from_bits(bits), f),
        }
    }

    /// What an operand says beyond its number.
    fn explain(&self, f: &mut fmt::Formatter<'_>, class: Operand, value: u32) -> fmt::Result {
        match class {
            Operand::String | Operand::Field => {
                f.write_str(" ")?;
                self.string(f, self.function.string_slot(value))
            }
            Operand::Integer => {
                f.write_str(" ")?;
                self.integer(f, self.function.number(value).unwrap_or_default())
            }
            Operand::Float => {
                f.write_str(" ")?;
                self.float(f, self.function.number(value).unwrap_or_default())
            }
            Operand::Upvalue => {
                let debug = self.function.debug();
                f.write_str(" ")?;
                self.name(f, debug.and_then(|debug| debug.upvalue_name(value)))
            }
            Operand::Child => {
                let index = value.checked_sub(self.function.strings());
                let child = index.and_then(|index| self.image.child(&self.function, index));
                write!(f, " {:#x}", child.map_or(0, |child| child.at()) * 4)
            }
            _ => Ok(()),
        }
    }

    fn instruction(&self, f: &mut fmt::Formatter<'_>, pc: u32, word: u32) -> fmt::Result {
        let instruction = Instruction(word);
        let Some(op) = instruction.op() else {
            return write!(f, "?{word:#010x}");
        };
        let info = op.info();
        let (a, b, c) = (instruction.a(), instruction.b(), instruction.c());
        write!(f, "{:10}", info.name)?;
        let byte = |class, value: u8| match class {
            Operand::Signed => i32::from(value as i8),
            _ => i32::from(value),
        };
        let all = [
            (info.a, byte(info.a, a)),
            (info.b, byte(info.b, b)),
            (info.c, byte(info.c, c)),
        ];
        let long = match info.form {
            Form::Abc => None,
            Form::Abx => Some((info.b, i32::from(instruction.bx()))),
            Form::Asbx => Some((info.b, i32::from(instruction.sbx()))),
            Form::Ax => Some((info.a, instruction.extra() as i32)),
            Form::Sj => Some((info.a, instruction.jump())),
        };
        let mut operands = [(Operand::None, 0); 3];
        match (info.form, long) {
            (Form::Abx | Form::Asbx, Some(long)) => operands = [all[0], long, operands[2]],
            (_, Some(long)) => operands[0] = long,
            (_, None) => operands = all,
        }
        let shown = || operands.iter().filter(|(class, _)| *class != Operand::None);
        for (_, value) in shown() {
            write!(f, " {value}")?;
        }
        let start = pc as i32;
        let target = match op {
            Op::Jmp => Some(start + 1 + instruction.jump()),
            Op::ForPrep => Some(start + 2 + i32::from(instruction.bx())),
            Op::ForLoop | Op::TForLoop => Some(start + 1 - i32::from(instruction.bx())),
            Op::LFalseSkip => Some(start + 2),
            _ => None,
        };
        if let Some(target) = target {
            return write!(f, "\t; to {}", target + 1);
        }
        if shown().any(|(class, _)| explains(*class)) {
            f.write_str("\t;")?;
            for (class, value) in shown() {
                self.explain(f, *class, *value as u32)?;
            }
        }
        Ok(())
    }

    fn code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let debug = self.function.debug();
        let mut runs = debug.map(|debug| debug.lines());
        let (mut line, mut left) = (None, 0);
        for (pc, word) in (0..).zip(self.function.code()) {
            if left == 0
                && let Some(run) = runs.as_mut().and_then(Iterator::next)
            {
                line = Some(run.line);
                left = run.length;
            }
            left = u32::saturating_sub(left, 1);
            write!(f, "\n\t{}\t", pc + 1)?;
            match line {
                Some(line) => write!(f, "[{line}]\t")?,
                None => f.write_str("[-]\t")?,
            }
            self.instruction(f, pc, rostrings::word::read(word))?;
        }
        Ok(())
    }

    fn tables(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = &self.function;
        write!(f, "\nnumbers ({})", function.numbers())?;
        for index in 0..function.numbers() {
            let bits = function.number(index).unwrap_or_default();
            write!(f, "\n\t{index}\t{bits:#x}\t")?;
            self.integer(f, bits)?;
            f.write_str("\t")?;
            self.float(f, bits)?;
        }
        write!(f, "\nstrings ({})", function.strings())?;
        for index in 0..function.strings() {
            write!(f, "\n\t{index}\t")?;
            self.string(f, function.string_slot(index))?;
        }
        let debug = function.debug();
        let locals = debug.map(|debug| debug.locals());
        let count = locals.clone().map_or(0, Iterator::count);
        write!(f, "\nlocals ({count})")?;
        for (index, local) in locals.into_iter().flatten().enumerate() {
            write!(f, "\n\t{index}\t")?;
            self.name(f, Some(local.name))?;
            write!(
                f,
                "\t{}\t{}",
                u64::from(local.start) + 1,
                u64::from(local.end) + 1
            )?;
        }
        write!(f, "\nupvalues ({})", function.upvalues())?;
        for index in 0..u32::from(function.upvalues()) {
            write!(f, "\n\t{index}\t")?;
            self.name(f, debug.and_then(|debug| debug.upvalue_name(index)))?;
            if let Some(desc) = function.upvalue(index) {
                write!(f, "\t{}\t{}", u8::from(desc.in_stack), desc.index)?;
            }
        }
        Ok(())
    }
}

/// Whether [`Listing::explain`] may have something to say.
fn explains(class: Operand) -> bool {
    matches!(
        class,
        Operand::String
            | Operand::Field
            | Operand::Integer
            | Operand::Float
            | Operand::Upvalue
            | Operand::Child
    )
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Summary::of(&self.image, &self.function).fmt(f)?;
        self.code(f)?;
        if self.detail == Detail::Full {
            self.tables(f)?;
        }
        Ok(())
    }
}
