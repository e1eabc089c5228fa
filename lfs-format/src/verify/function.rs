//! Proof of one function: rules V1 to V9 of `docs/architecture.md`.

use rostrings::word;

use crate::error::{Error, ErrorKind};
use crate::function::{FunctionView, UpvalueDesc, flags};
use crate::isa::{Form, Instruction, MAX_FRAME, OP_COUNT, OPCODES, Op, Operand};

/// What the proof of a function needs to know of the world around it.
///
/// Strings and children must be known to be what their slots say before [`function`] is called.
pub trait Context {
    /// Whether string constant `index` is a short string. `index` is below the function's number of strings.
    fn is_short(&self, index: u32) -> bool;
    /// Number of upvalues of child `child`.
    fn child_upvalues(&self, child: u32) -> u32;
    /// Upvalue descriptor `upvalue` of child `child`.
    fn child_upvalue(&self, child: u32, upvalue: u32) -> UpvalueDesc;
}

/// Smallest frame: a call needs a function and an argument.
const MIN_FRAME: u8 = 2;

/// Largest exponent of a size hint: a table of 2^30 nodes or items.
const MAX_HINT: u8 = 30;
const MAX_HASH_HINT: u8 = 1 + MAX_HINT;
/// `64 << 24` items.
const MAX_ARRAY_HINT: u8 = 128 + MAX_HINT - 6;

/// What the instruction before the current one asks of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// Nothing.
    Any,
    /// A jump.
    Jump,
    /// The loop end of this TFORCALL register.
    LoopEnd(u8),
    /// An operand from the first number to below the second.
    Extra(u32, u32),
    /// A return of all results from this register on.
    ReturnAll(u8),
    /// A consumer of results that lie from this register on.
    Consumer(u8),
}

struct Checker<'a> {
    code: &'a [u32],
    /// Bound of each operand class, indexed by [`Operand`].
    bounds: [u32; OPERANDS],
    strings: u32,
    numbers: u32,
    frame: u32,
    flags: u8,
}

const OPERANDS: usize = Operand::Jump as usize + 1;

/// The part of the instruction table the pass needs: form and operands of an operation in the bytes of a word, for on a device
/// the table lies in flash.
const SHAPES: [u32; OP_COUNT] = {
    let mut shapes = [0; OP_COUNT];
    let mut i = 0;
    while i < OP_COUNT {
        let info = OPCODES[i];
        let bytes = [info.form as u8, info.a as u8, info.b as u8, info.c as u8];
        shapes[i] = u32::from_le_bytes(bytes);
        i += 1;
    }
    shapes
};

/// Proves the function record behind `view`.
///
/// # Errors
///
/// The first fault; its offset counts from the start of the words the view was made from.
pub fn function(view: &FunctionView<'_>, context: &impl Context) -> Result<(), Error> {
    check_head(view).map_err(|kind| Error::new(kind, view.at()))?;
    check_children(view, context).map_err(|kind| Error::new(kind, view.at()))?;
    let (strings, numbers) = (view.strings(), view.numbers());
    let (frame, upvalues) = (u32::from(view.frame_size()), u32::from(view.upvalues()));
    let mut bounds = [0; OPERANDS];
    for (operand, bound) in [
        (Operand::None, 1),
        (Operand::Read, frame),
        (Operand::Write, frame),
        (Operand::Range, frame),
        (Operand::Upvalue, upvalues),
        (Operand::String, strings),
        (Operand::Field, strings),
        (Operand::Integer, numbers),
        (Operand::Float, numbers),
        (Operand::Child, strings + view.children()),
        (Operand::Unsigned, u32::MAX),
        (Operand::Signed, u32::MAX),
        (Operand::Flag, 2),
        (Operand::Primitive, 3),
        (Operand::Count, u32::MAX),
        (Operand::Jump, u32::MAX),
    ] {
        bounds[operand as usize] = bound;
    }
    let checker = Checker {
        code: view.code(),
        bounds,
        strings,
        numbers,
        frame,
        flags: view.flags(),
    };
    checker
        .run(context)
        .map_err(|(kind, pc)| Error::new(kind, view.code_at() + pc))
}

fn check_head(view: &FunctionView<'_>) -> Result<(), ErrorKind> {
    let (frame, function_flags, upvalues) = (view.frame_size(), view.flags(), view.upvalues());
    if frame < MIN_FRAME || usize::from(frame) > MAX_FRAME {
        return Err(ErrorKind::FrameSize);
    }
    if view.params() > frame {
        return Err(ErrorKind::Params);
    }
    if function_flags & !flags::ALL != 0 {
        return Err(ErrorKind::Flags);
    }
    let halves = usize::from(upvalues).next_multiple_of(2);
    for index in 0..halves {
        let raw = view.raw_upvalue(index);
        let bits = if index < usize::from(upvalues) {
            0x1ff
        } else {
            0
        };
        if raw & !bits != 0 {
            return Err(ErrorKind::UpvalueBits);
        }
    }
    let first = view.upvalue(0);
    let outside = |desc: UpvalueDesc| !desc.in_stack;
    let captures = (0..u32::from(upvalues))
        .filter_map(|index| view.upvalue(index))
        .any(|desc| !outside(desc));
    if function_flags & flags::MAIN != 0 && captures {
        return Err(ErrorKind::Main);
    }
    if function_flags & flags::SHAREABLE != 0 && (upvalues > 1 || !first.is_none_or(outside)) {
        return Err(ErrorKind::Shareable);
    }
    Ok(())
}

fn check_children(view: &FunctionView<'_>, context: &impl Context) -> Result<(), ErrorKind> {
    for child in 0..view.children() {
        for upvalue in 0..context.child_upvalues(child) {
            let desc = context.child_upvalue(child, upvalue);
            let bound = if desc.in_stack {
                view.frame_size()
            } else {
                view.upvalues()
            };
            if desc.index >= bound {
                return Err(ErrorKind::Capture);
            }
            if desc.in_stack && view.flags() & flags::NEEDS_CLOSE == 0 {
                return Err(ErrorKind::NeedsClose);
            }
        }
    }
    Ok(())
}

/// The kind of fault of an operand that is out of its bound.
fn operand_fault(class: u8) -> ErrorKind {
    const NONE: u8 = Operand::None as u8;
    const UPVALUE: u8 = Operand::Upvalue as u8;
    const READ: u8 = Operand::Read as u8;
    const WRITE: u8 = Operand::Write as u8;
    const RANGE: u8 = Operand::Range as u8;
    const STRING: u8 = Operand::String as u8;
    const FLOAT: u8 = Operand::Float as u8;
    const CHILD: u8 = Operand::Child as u8;
    match class {
        NONE => ErrorKind::Unused,
        READ | WRITE | RANGE => ErrorKind::Register,
        UPVALUE => ErrorKind::Upvalue,
        STRING..=FLOAT => ErrorKind::Constant,
        CHILD => ErrorKind::Child,
        _ => ErrorKind::Operand,
    }
}

/// Whether the instruction takes results up to the top of the stack.
fn is_consumer(instruction: Instruction, op: Op) -> bool {
    matches!(op, Op::Call | Op::TailCall | Op::Return | Op::SetList) && instruction.b() == 0
}

type Fault = (ErrorKind, usize);

impl Checker<'_> {
    fn run(&self, context: &impl Context) -> Result<(), Fault> {
        let mut expect = Expect::Any;
        let mut last = None;
        for (pc, value) in self.code.iter().enumerate() {
            let instruction = Instruction(word::read(value));
            let step = || {
                let op = instruction.op().ok_or(ErrorKind::Opcode)?;
                self.check_operands(instruction, op, context)?;
                self.check_expected(instruction, op, expect)?;
                self.check_rules(instruction, op, pc)
            };
            expect = step().map_err(|kind| (kind, pc))?;
            last = Some((instruction, pc));
        }
        let (instruction, pc) = last.ok_or((ErrorKind::NoCode, 0))?;
        let ends = match instruction.op() {
            Some(Op::Return | Op::Return0 | Op::Return1) => true,
            Some(Op::Jmp) => instruction.jump() < 0,
            _ => false,
        };
        if ends {
            Ok(())
        } else {
            Err((ErrorKind::End, pc))
        }
    }

    fn check_operands(
        &self,
        instruction: Instruction,
        op: Op,
        context: &impl Context,
    ) -> Result<(), ErrorKind> {
        const ABC: u8 = Form::Abc as u8;
        const ABX: u8 = Form::Abx as u8;
        const ASBX: u8 = Form::Asbx as u8;
        let [form, operands @ ..] = word::read(&SHAPES[op as usize]).to_le_bytes();
        let (a, b, c) = (instruction.a(), instruction.b(), instruction.c());
        let values = match form {
            ABC => [u32::from(a), u32::from(b), u32::from(c)],
            ABX | ASBX => [u32::from(a), u32::from(instruction.bx()), 0],
            _ => [instruction.extra(), 0, 0],
        };
        for (value, class) in values.iter().zip(operands) {
            if *value >= self.bounds[usize::from(class) % OPERANDS] {
                return Err(operand_fault(class));
            }
            if class == Operand::Field as u8 && !context.is_short(*value) {
                return Err(ErrorKind::LongField);
            }
        }
        Ok(())
    }

    /// Checks that this instruction is what the one before it asks for, and that it has what it
    /// asks of the one before.
    fn check_expected(
        &self,
        instruction: Instruction,
        op: Op,
        expect: Expect,
    ) -> Result<(), ErrorKind> {
        let a = instruction.a();
        let consumer = is_consumer(instruction, op);
        if op == Op::ExtraArg && !matches!(expect, Expect::Extra(..)) {
            return Err(ErrorKind::StrayExtraArg);
        }
        if consumer && !matches!(expect, Expect::Consumer(_) | Expect::ReturnAll(_)) {
            return Err(ErrorKind::OpenOperands);
        }
        match expect {
            Expect::Any => Ok(()),
            Expect::Jump if op == Op::Jmp => Ok(()),
            Expect::LoopEnd(register) if op == Op::TForLoop && a == register => Ok(()),
            Expect::ReturnAll(register) if op == Op::Return && consumer && a == register => Ok(()),
            Expect::Extra(low, high) if op == Op::ExtraArg => match instruction.extra() {
                extra if extra < low => Err(ErrorKind::Operand),
                extra if extra >= high => Err(ErrorKind::Constant),
                _ => Ok(()),
            },
            Expect::Consumer(register) => {
                // RETURN takes R[A] itself; the others have a function or a table there, and the
                // results lie above it.
                let first = if op == Op::Return {
                    a
                } else {
                    a.saturating_add(1)
                };
                if consumer && first <= register {
                    Ok(())
                } else {
                    Err(ErrorKind::OpenResults)
                }
            }
            _ => Err(ErrorKind::Pair),
        }
    }

    /// Fails unless `registers` of them, from `first` on, lie inside the frame.
    fn range(&self, first: u8, registers: u32) -> Result<(), ErrorKind> {
        if u32::from(first) + registers <= self.frame {
            Ok(())
        } else {
            Err(ErrorKind::Register)
        }
    }

    /// Fails unless the instruction `distance` after `pc` exists and may be jumped to.
    fn target(&self, pc: usize, distance: i32) -> Result<(), ErrorKind> {
        let target = isize::try_from(distance)
            .ok()
            .and_then(|distance| pc.checked_add_signed(distance))
            .and_then(|target| word::load(self.code, target))
            .ok_or(ErrorKind::Jump)?;
        let instruction = Instruction(target);
        match instruction.op() {
            Some(op) if op == Op::ExtraArg || is_consumer(instruction, op) => {
                Err(ErrorKind::JumpTarget)
            }
            _ => Ok(()),
        }
    }

    fn closes(&self, flag: u8) -> Result<(), ErrorKind> {
        if self.flags & flags::NEEDS_CLOSE != 0 && flag == 0 {
            Err(ErrorKind::ReturnCloses)
        } else {
            Ok(())
        }
    }

    /// The rules of single operations. Gives what the instruction asks of its successor.
    fn check_rules(
        &self,
        instruction: Instruction,
        op: Op,
        pc: usize,
    ) -> Result<Expect, ErrorKind> {
        let (a, b, c) = (instruction.a(), instruction.b(), instruction.c());
        let bx = i32::from(instruction.bx());
        match op {
            Op::LoadX => {
                let bound = if b == 0 { self.strings } else { self.numbers };
                return Ok(Expect::Extra(0, bound));
            }
            Op::LFalseSkip => self.target(pc, 2)?,
            Op::LoadNil => self.range(a, u32::from(b) + 1)?,
            Op::SelfK | Op::SelfR => self.range(a, 2)?,
            Op::NewTable if b > MAX_HASH_HINT || c > MAX_ARRAY_HINT => {
                return Err(ErrorKind::Operand);
            }
            Op::Concat if b < 2 => return Err(ErrorKind::Operand),
            Op::Concat => self.range(a, u32::from(b))?,
            Op::Jmp => self.target(pc, instruction.jump() + 1)?,
            _ if op.is_conditional() => {
                // The way past the jump; the jump itself is checked in its turn.
                if pc + 2 >= self.code.len() {
                    return Err(ErrorKind::End);
                }
                return Ok(Expect::Jump);
            }
            Op::Call => {
                self.range(a, u32::from(b.max(c.saturating_sub(1))))?;
                if c == 0 {
                    return Ok(Expect::Consumer(a));
                }
            }
            Op::TailCall => {
                self.range(a, u32::from(b))?;
                self.closes(c)?;
                return Ok(Expect::ReturnAll(a));
            }
            Op::Return => {
                self.range(a, u32::from(b.saturating_sub(1)))?;
                self.closes(c)?;
            }
            Op::Return0 | Op::Return1 => self.closes(0)?,
            Op::ForPrep => {
                self.range(a, 4)?;
                self.target(pc, bx + 2)?;
            }
            Op::ForLoop | Op::TForLoop => {
                self.range(a, 4)?;
                if bx == 0 {
                    return Err(ErrorKind::Jump);
                }
                self.target(pc, 1 - bx)?;
            }
            Op::TForCall => {
                if c == 0 {
                    return Err(ErrorKind::Operand);
                }
                // The call happens on copies of the iterator, the state and the control variable.
                self.range(a, 3 + u32::from(c.max(3)))?;
                return Ok(Expect::LoopEnd(a));
            }
            Op::SetList => {
                self.range(a, u32::from(b) + 1)?;
                if c == 0 {
                    return Ok(Expect::Extra(1, u32::MAX));
                }
            }
            Op::Closure if u32::from(instruction.bx()) < self.strings => {
                return Err(ErrorKind::Child);
            }
            Op::VarArg => {
                if self.flags & flags::VARARG == 0 {
                    return Err(ErrorKind::VarArg);
                }
                self.range(a, u32::from(c.saturating_sub(1)))?;
                if c == 0 {
                    return Ok(Expect::Consumer(a));
                }
            }
            _ => {}
        }
        Ok(Expect::Any)
    }
}
