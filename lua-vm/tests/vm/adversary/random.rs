//! Functions made of random instructions.

use super::{DRIVER, Parts, abc, add, captured, inherited, module};
use crate::mutation::{Random, effort, guarded, spend};
use lfs_format::function::{FunctionRef, UpvalueDesc, flags};
use lfs_format::image::Image;
use lfs_format::isa::{Form, Instruction, OPCODES, Op, Operand};
use lfs_format::write::ImageWriter;
use lua_vm::api::Value;
use lua_vm::number::NumberModel;

for_both_models!(random_functions_do_no_harm);

/// What a random function may refer to.
struct Shape {
    frame: u8,
    strings: usize,
    numbers: usize,
    children: usize,
    upvalues: usize,
    vararg: bool,
    closes: bool,
}

const NAMES: [&str; 8] = [
    "__index", "__call", "n", "print", "__gc", "pcall", "__concat", "field",
];

/// One field of an instruction, of the right class.
fn operand(class: Operand, shape: &Shape, random: &mut Random) -> Option<usize> {
    Some(match class {
        Operand::None => 0,
        Operand::Read | Operand::Write => random.below(shape.frame as usize),
        Operand::Range => random.below(shape.frame as usize - 7),
        Operand::Upvalue => (shape.upvalues > 0).then(|| random.below(shape.upvalues))?,
        Operand::String | Operand::Field => random.below(shape.strings),
        Operand::Integer | Operand::Float => random.below(shape.numbers),
        Operand::Child => {
            (shape.children > 0).then(|| shape.strings + random.below(shape.children))?
        }
        Operand::Unsigned => random.below(5),
        Operand::Signed => random.word() as u8 as usize,
        Operand::Flag => random.below(2),
        Operand::Primitive => random.below(3),
        Operand::Count => 1 + random.below(4),
        Operand::Jump => 0,
    })
}

/// A random instruction that stands for itself.
fn plain(shape: &Shape, random: &mut Random) -> Option<Instruction> {
    let code = random.below(OPCODES.len()) as u8;
    let op = Op::from_u8(code)?;
    let info = op.info();
    let barred = matches!(
        op,
        Op::Jmp
            | Op::ForPrep
            | Op::ForLoop
            | Op::TForCall
            | Op::TForLoop
            | Op::ExtraArg
            | Op::LoadX
            | Op::TailCall
            | Op::Return
            | Op::Return0
            | Op::Return1
            | Op::LFalseSkip
    );
    if barred || op.is_conditional() || (op == Op::VarArg && !shape.vararg) {
        return None;
    }
    let a = operand(info.a, shape, random)? as u8;
    let b = operand(info.b, shape, random)?;
    let c = operand(info.c, shape, random)? as u8;
    Some(match info.form {
        Form::Abc => match op {
            Op::Concat => abc(op, a, 2 + b as u8 % 4, 0),
            Op::SetList => abc(op, a, b as u8, 1 + c % 3),
            _ => abc(op, a, b as u8, c),
        },
        Form::Abx => Instruction::abx(op, a, b as u16),
        Form::Asbx => Instruction::asbx(op, a, random.below(200) as i16 - 100),
        _ => return None,
    })
}

/// A group of instructions, of which only the first may be jumped to. Jumps are filled in later: their place in the
/// group comes with it.
fn group(shape: &Shape, random: &mut Random) -> (Vec<Instruction>, Option<usize>) {
    let register = |random: &mut Random| random.below(shape.frame as usize - 7) as u8;
    let a = register(random);
    match random.below(24) {
        0 | 1 => (vec![Instruction::sj(Op::Jmp, 0)], Some(0)),
        2..=5 => loop {
            let code =
                Op::Eq as u8 + random.below(Op::TestSet as usize - Op::Eq as usize + 1) as u8;
            let Some(op) = Op::from_u8(code) else {
                continue;
            };
            let info = op.info();
            let fields = [info.a, info.b, info.c]
                .map(|class| operand(class, shape, random).unwrap_or(0) as u8);
            let condition = abc(op, fields[0], fields[1], fields[2]);
            return (vec![condition, Instruction::sj(Op::Jmp, 0)], Some(1));
        },
        6..=8 => {
            // Open results and who takes them.
            let producer = if shape.vararg && random.below(2) == 0 {
                abc(Op::VarArg, a + 1, 0, 0)
            } else {
                abc(Op::Call, a + 1, 1 + random.below(4) as u8, 0)
            };
            let closes = u8::from(shape.closes);
            let mut group = vec![producer];
            match random.below(4) {
                0 => group.push(abc(Op::SetList, a, 0, 1)),
                1 => group.push(abc(Op::Return, a + 1, 0, closes)),
                2 => group.extend([
                    abc(Op::TailCall, a, 0, closes),
                    abc(Op::Return, a, 0, closes),
                ]),
                _ => group.push(abc(Op::Call, a, 0, 1 + random.below(4) as u8)),
            }
            (group, None)
        }
        9 | 10 => (vec![Instruction::abx(Op::ForLoop, a, 1)], None),
        11 => (vec![Instruction::abx(Op::ForPrep, a, 0)], None),
        12 | 13 => (
            vec![
                abc(Op::TForCall, a, 0, 1 + random.below(3) as u8),
                Instruction::abx(Op::TForLoop, a, 1),
            ],
            None,
        ),
        14 => {
            let closes = u8::from(shape.closes);
            (
                vec![
                    abc(Op::TailCall, a, 1 + random.below(4) as u8, closes),
                    abc(Op::Return, a, 0, closes),
                ],
                None,
            )
        }
        15 if shape.children > 0 => {
            // Most closures are called at once.
            let child = Instruction::abx(
                Op::Closure,
                a,
                (shape.strings + random.below(shape.children)) as u16,
            );
            (
                vec![
                    child,
                    abc(
                        Op::Call,
                        a,
                        1 + random.below(4) as u8,
                        1 + random.below(4) as u8,
                    ),
                ],
                None,
            )
        }
        16 => (
            vec![
                abc(Op::LoadX, a, random.below(2) as u8, 0),
                Instruction::ax(Op::ExtraArg, 0),
            ],
            None,
        ),
        _ => loop {
            if let Some(instruction) = plain(shape, random) {
                return (vec![instruction], None);
            }
        },
    }
}

fn random_code(shape: &Shape, random: &mut Random) -> Vec<Instruction> {
    let mut code = Vec::new();
    let (mut starts, mut jumps) = (Vec::new(), Vec::new());
    for _ in 0..8 + random.below(30) {
        let (group, jump) = group(shape, random);
        starts.push(code.len());
        jumps.extend(jump.map(|at| code.len() + at));
        code.extend(group);
    }
    starts.push(code.len());
    code.push(abc(
        Op::Return,
        0,
        1 + random.below(4) as u8,
        u8::from(shape.closes),
    ));
    for at in jumps {
        // Forwards more often than back.
        let choice = (0..2)
            .map(|_| starts[random.below(starts.len())])
            .max()
            .unwrap_or(0);
        code[at] = Instruction::sj(Op::Jmp, choice as i32 - at as i32 - 1);
    }
    for (at, instruction) in code.iter_mut().enumerate() {
        *instruction = with_target(*instruction, at, &starts, random);
    }
    code
}

/// Sends a loop back to some start before it, and a loop's beginning past some instructions.
fn with_target(
    loop_end: Instruction,
    at: usize,
    starts: &[usize],
    random: &mut Random,
) -> Instruction {
    match loop_end.op() {
        Some(op @ (Op::ForLoop | Op::TForLoop)) => {
            let back: Vec<usize> = starts.iter().copied().filter(|start| *start < at).collect();
            let to = back.get(random.below(back.len())).copied().unwrap_or(0);
            Instruction::abx(op, loop_end.a(), (at + 1 - to) as u16)
        }
        Some(Op::ForPrep) => {
            let on: Vec<usize> = starts
                .iter()
                .copied()
                .filter(|start| *start >= at + 2)
                .collect();
            match on.get(random.below(on.len())) {
                Some(to) => Instruction::abx(Op::ForPrep, loop_end.a(), (to - at - 2) as u16),
                None => abc(Op::LoadTrue, 0, 0, 0),
            }
        }
        _ => loop_end,
    }
}

fn random_function(
    writer: &mut ImageWriter,
    depth: u32,
    parent_frame: u8,
    parent_upvalues: usize,
    random: &mut Random,
) -> Parts<'static> {
    let frame = 10 + random.below(6) as u8;
    let upvalues: Vec<UpvalueDesc> = (0..random.below(4))
        .map(|_| {
            if parent_upvalues > 0 && random.below(3) == 0 {
                inherited(random.below(parent_upvalues) as u8)
            } else {
                captured(random.below(parent_frame as usize) as u8)
            }
        })
        .collect();
    let upvalues = if depth == 0 {
        vec![inherited(0)]
    } else {
        upvalues
    };
    let children: Vec<FunctionRef> = if depth < 2 {
        (0..1 + random.below(3))
            .map(|_| {
                let child = random_function(writer, depth + 1, frame, upvalues.len(), random);
                add(writer, &child)
            })
            .collect()
    } else {
        Vec::new()
    };
    let mut shape = Shape {
        frame,
        strings: NAMES.len(),
        numbers: 4,
        children: children.len(),
        upvalues: upvalues.len(),
        vararg: random.below(2) == 0,
        closes: !children.is_empty(),
    };
    shape.closes |= random.below(4) == 0;
    let mut bits = 0;
    for (flag, on) in [
        (flags::VARARG, shape.vararg),
        (flags::NEEDS_CLOSE, shape.closes),
    ] {
        bits |= if on { flag } else { 0 };
    }
    Parts {
        code: random_code(&shape, random),
        strings: NAMES.to_vec(),
        numbers: vec![1, 0x7fff_ffff, 0x4000_0000, 3],
        children,
        upvalues,
        frame,
        params: random.below(9) as u8,
        flags: bits,
        locals: Vec::new(),
    }
}

fn random_functions_do_no_harm<N: NumberModel>() {
    let mut accepted = 0;
    let cases = 1500 * effort();
    for case in 0..cases {
        let mut random =
            Random(0x9E37_79B9_7F4A_7C15 ^ (case as u64 + 1).wrapping_mul(0xD134_2543_DE82_EF95));
        let words = module::<N>(|writer| random_function(writer, 0, 10, 1, &mut random));
        let image = Image::new(&words).and_then(|image| image.verify());
        let Ok(image) = image else {
            continue;
        };
        accepted += 1;
        let mut lua = guarded::<N>(&[image]);
        lua.set_gc_stress(case % 2 == 0);
        let driver = lua.load(DRIVER, "=driver").unwrap();
        spend(&mut lua, &driver);
        lua.collect_garbage();
        // Nothing that ran may have broken the state.
        assert!(lua.enter(|ctx| matches!(ctx.fetch(&driver), Some(Value::Function(_)))));
    }
    println!(
        "{}: {accepted} random functions of {cases} accepted",
        N::NAME
    );
    assert!(accepted * 2 > cases, "{accepted} of {cases}");
}
