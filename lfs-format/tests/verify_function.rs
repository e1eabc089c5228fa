//! The function verifier: each rule by example, and a second opinion on random code.
#![allow(clippy::unwrap_used)]

mod support;

use lfs_format::error::ErrorKind;
use lfs_format::function::{
    FunctionParts, FunctionRef, FunctionView, StringRef, StripLevel, UpvalueDesc, encode, flags,
    layout,
};
use lfs_format::isa::{FIELDS_PER_FLUSH, Form, Instruction, OP_COUNT, OPCODES, Op};
use lfs_format::verify::{Context, function};
use proptest::prelude::*;
use support::{abc, abx, extra, jmp};

const FRAME: u8 = 10;
const UPVALUES: u8 = 2;
/// The last one is a long string.
const STRINGS: u32 = 3;
const NUMBERS: u32 = 2;
const CHILDREN: u32 = 1;

/// One child that captures upvalue 1 of its parent.
struct World;

impl Context for World {
    fn is_short(&self, index: u32) -> bool {
        index + 1 < STRINGS
    }

    fn child_upvalues(&self, _child: u32) -> u32 {
        1
    }

    fn child_upvalue(&self, _child: u32, _upvalue: u32) -> UpvalueDesc {
        UpvalueDesc {
            in_stack: false,
            index: 1,
        }
    }
}

fn record(code: &[u32], function_flags: u8) -> Vec<u32> {
    let parts = FunctionParts {
        code,
        numbers: &[1, 2],
        strings: &[StringRef(0), StringRef(1), StringRef(2)],
        children: &[FunctionRef(0)],
        upvalues: &[UpvalueDesc {
            in_stack: false,
            index: 0,
        }; UPVALUES as usize],
        frame_size: FRAME,
        flags: function_flags,
        ..FunctionParts::default()
    };
    let layout = layout(&parts, 1, StripLevel::All).unwrap();
    let mut words = vec![0; layout.total as usize];
    encode(
        &parts,
        &layout,
        &mut words,
        &mut [],
        0,
        &mut |_| 0,
        &mut |_| 0,
    )
    .unwrap();
    words
}

fn check(code: &[u32], function_flags: u8) -> Result<(), (ErrorKind, usize)> {
    let words = record(code, function_flags);
    let view = FunctionView::new(&words, 0, 1).unwrap();
    function(&view, &World).map_err(|error| {
        let at = error.offset as usize;
        (error.kind, at.saturating_sub(view.code_at()))
    })
}

const RETURN: u32 = Op::Return0 as u32;

/// `code` followed by a return.
fn verdict(code: &[u32]) -> Result<(), ErrorKind> {
    let mut code = code.to_vec();
    code.push(RETURN);
    check(&code, flags::VARARG).map_err(|(kind, _)| kind)
}

#[test]
fn implied_registers_stay_in_the_frame() {
    let last = FRAME - 1;
    for (inside, outside) in [
        (
            vec![abc(Op::LoadNil, 5, 4, 0)],
            vec![abc(Op::LoadNil, 5, 5, 0)],
        ),
        (
            vec![abc(Op::SelfK, last - 1, 0, 0)],
            vec![abc(Op::SelfK, last, 0, 0)],
        ),
        (
            vec![abc(Op::SelfR, last - 1, 0, 0)],
            vec![abc(Op::SelfR, last, 0, 0)],
        ),
        (
            vec![abc(Op::Concat, 8, 2, 0)],
            vec![abc(Op::Concat, 9, 2, 0)],
        ),
        (vec![abc(Op::Call, 7, 3, 1)], vec![abc(Op::Call, 7, 4, 1)]),
        (vec![abc(Op::Call, 7, 1, 4)], vec![abc(Op::Call, 7, 1, 5)]),
        (
            vec![abc(Op::TailCall, 8, 2, 0), abc(Op::Return, 8, 0, 0)],
            vec![abc(Op::TailCall, 8, 3, 0), abc(Op::Return, 8, 0, 0)],
        ),
        (
            vec![abc(Op::Return, 8, 3, 0)],
            vec![abc(Op::Return, 8, 4, 0)],
        ),
        (
            vec![abx(Op::ForPrep, 6, 0), abx(Op::ForLoop, 6, 1)],
            vec![abx(Op::ForPrep, 7, 0), abx(Op::ForLoop, 6, 1)],
        ),
        (
            vec![abc(Op::TForCall, 4, 0, 1), abx(Op::TForLoop, 4, 2)],
            vec![abc(Op::TForCall, 5, 0, 1), abx(Op::TForLoop, 5, 2)],
        ),
        (
            vec![abc(Op::TForCall, 3, 0, 4), abx(Op::TForLoop, 3, 2)],
            vec![abc(Op::TForCall, 3, 0, 5), abx(Op::TForLoop, 3, 2)],
        ),
        (
            vec![abc(Op::SetList, 4, 5, 1)],
            vec![abc(Op::SetList, 4, 6, 1)],
        ),
        (
            vec![abc(Op::VarArg, 8, 0, 3)],
            vec![abc(Op::VarArg, 8, 0, 4)],
        ),
        (
            vec![abc(Op::Close, last, 0, 0)],
            vec![abc(Op::Close, FRAME, 0, 0)],
        ),
    ] {
        assert_eq!(verdict(&inside), Ok(()), "{inside:?}");
        assert_eq!(verdict(&outside), Err(ErrorKind::Register), "{outside:?}");
    }
}

#[test]
fn open_results_are_consumed_where_they_lie() {
    let open = abc(Op::VarArg, 4, 0, 0);
    for (consumer, lowest_refused) in [
        (abc(Op::Call, 3, 0, 1), abc(Op::Call, 4, 0, 1)),
        (abc(Op::Return, 4, 0, 0), abc(Op::Return, 5, 0, 0)),
        (abc(Op::SetList, 3, 0, 1), abc(Op::SetList, 4, 0, 1)),
    ] {
        assert_eq!(verdict(&[open, consumer]), Ok(()));
        assert_eq!(
            verdict(&[open, lowest_refused]),
            Err(ErrorKind::OpenResults)
        );
        assert_eq!(verdict(&[consumer]), Err(ErrorKind::OpenOperands));
        // A jump past the producer.
        assert_eq!(
            verdict(&[jmp(1), open, consumer]),
            Err(ErrorKind::JumpTarget)
        );
    }
    let tail = abc(Op::Return, 3, 0, 0);
    assert_eq!(verdict(&[open, abc(Op::TailCall, 3, 0, 0), tail]), Ok(()));
    assert_eq!(
        verdict(&[open, abc(Op::TailCall, 4, 0, 0), tail]),
        Err(ErrorKind::OpenResults)
    );
    assert_eq!(
        verdict(&[open, abc(Op::Move, 0, 0, 0)]),
        Err(ErrorKind::OpenResults)
    );
    assert_eq!(
        verdict(&[abc(Op::TailCall, 3, 1, 0), abc(Op::Return, 2, 0, 0)]),
        Err(ErrorKind::Pair)
    );
}

#[test]
fn pairs_stay_together() {
    let test = abc(Op::Test, 0, 0, 1);
    assert_eq!(verdict(&[test, jmp(0)]), Ok(()));
    assert_eq!(verdict(&[test, RETURN]), Err(ErrorKind::Pair));
    // The way past the jump leads out of the code.
    assert_eq!(
        check(&[test, jmp(-2)], 0).map_err(|fault| fault.0),
        Err(ErrorKind::End)
    );
    let load = abc(Op::LoadX, 0, 0, 0);
    assert_eq!(verdict(&[load, extra(2)]), Ok(()));
    assert_eq!(verdict(&[load, extra(3)]), Err(ErrorKind::Constant));
    assert_eq!(
        verdict(&[abc(Op::LoadX, 0, 2, 0), extra(2)]),
        Err(ErrorKind::Constant)
    );
    let list = abc(Op::SetList, 0, 1, 0);
    assert_eq!(verdict(&[list, extra(1)]), Ok(()));
    assert_eq!(verdict(&[list, extra(0)]), Err(ErrorKind::Operand));
    assert_eq!(verdict(&[list]), Err(ErrorKind::Pair));
    let skip = abc(Op::LFalseSkip, 0, 0, 0);
    assert_eq!(verdict(&[skip, abc(Op::LoadTrue, 0, 0, 0)]), Ok(()));
    assert_eq!(verdict(&[skip]), Err(ErrorKind::Jump));
    assert_eq!(verdict(&[skip, load, extra(0)]), Err(ErrorKind::JumpTarget));
    let iterate = abc(Op::TForCall, 0, 0, 1);
    assert_eq!(
        verdict(&[iterate, abx(Op::TForLoop, 1, 1)]),
        Err(ErrorKind::Pair)
    );
}

#[test]
fn loops_go_the_right_way() {
    assert_eq!(verdict(&[abx(Op::ForLoop, 0, 0)]), Err(ErrorKind::Jump));
    assert_eq!(verdict(&[abx(Op::ForLoop, 0, 2)]), Err(ErrorKind::Jump));
    assert_eq!(verdict(&[abx(Op::TForLoop, 0, 0)]), Err(ErrorKind::Jump));
    assert_eq!(verdict(&[abx(Op::ForPrep, 0, 0)]), Err(ErrorKind::Jump));
    assert_eq!(
        check(&[abc(Op::Move, 0, 0, 0), jmp(-2)], 0),
        Ok(()),
        "a jump backwards may end the code"
    );
    assert_eq!(check(&[jmp(0)], 0), Err((ErrorKind::Jump, 0)));
    assert_eq!(check(&[jmp(i32::MIN >> 8)], 0), Err((ErrorKind::Jump, 0)));
}

#[test]
fn sizes_of_tables_are_bounded() {
    for (b, c, right) in [(31, 152, true), (32, 0, false), (0, 153, false)] {
        let expected = if right {
            Ok(())
        } else {
            Err(ErrorKind::Operand)
        };
        assert_eq!(verdict(&[abc(Op::NewTable, 0, b, c)]), expected);
    }
}

#[test]
fn closing_functions_close() {
    for code in [
        vec![RETURN],
        vec![abc(Op::Return1, 0, 0, 0)],
        vec![abc(Op::Return, 0, 1, 0)],
        vec![abc(Op::TailCall, 0, 1, 0), abc(Op::Return, 0, 0, 1)],
    ] {
        assert_eq!(
            check(&code, flags::NEEDS_CLOSE),
            Err((ErrorKind::ReturnCloses, 0))
        );
    }
    assert_eq!(
        check(&[abc(Op::Return, 0, 1, 1)], flags::NEEDS_CLOSE),
        Ok(())
    );
}

/// Executes verified code on a toy machine that knows nothing but which registers and constants each
/// instruction touches, written from the instruction table of `docs/architecture.md`.
struct Toy<'a> {
    code: &'a [u32],
    pc: usize,
    /// Where open results lie, if there are any.
    open: Option<u32>,
}

impl Toy<'_> {
    fn fetch(&self, pc: usize) -> Instruction {
        Instruction(*self.code.get(pc).expect("pc in the code"))
    }

    fn register(&self, register: u32) {
        assert!(
            register < u32::from(FRAME),
            "register {register} at {}",
            self.pc
        );
    }

    fn registers(&self, first: u32, count: u32) {
        for register in first..first + count {
            self.register(register);
        }
    }

    /// Executes one instruction; `choice` decides conditions. False at a return.
    fn step(&mut self, choice: bool) -> bool {
        let i = self.fetch(self.pc);
        let (a, b, c) = (u32::from(i.a()), u32::from(i.b()), u32::from(i.c()));
        let bx = usize::from(i.bx());
        let op = i.op().expect("known opcode");
        let open = self.open.take();
        let mut next = self.pc + 1;
        let arguments = |toy: &Self| {
            if b == 0 {
                assert!(open.expect("open arguments") > a);
            } else {
                toy.registers(a + 1, b - 1);
            }
        };
        match op {
            Op::LoadNil => self.registers(a, b + 1),
            Op::SelfK | Op::SelfR => self.registers(a, 2),
            Op::LoadX => {
                let index = self.fetch(next);
                assert_eq!(index.op(), Some(Op::ExtraArg));
                assert!(index.extra() < if b == 0 { STRINGS } else { NUMBERS });
                next += 1;
            }
            Op::LFalseSkip => next += 1,
            Op::Concat => {
                assert!(b >= 2);
                self.registers(a, b);
            }
            Op::Jmp => next = next.checked_add_signed(i.jump() as isize).unwrap(),
            _ if op.is_conditional() => {
                let jump = self.fetch(next);
                assert_eq!(jump.op(), Some(Op::Jmp));
                next += 1;
                if choice {
                    next = next.checked_add_signed(jump.jump() as isize).unwrap();
                }
            }
            Op::Call => {
                self.register(a);
                arguments(self);
                if c == 0 {
                    self.open = Some(a);
                } else {
                    self.registers(a, c - 1);
                }
            }
            Op::TailCall => {
                self.register(a);
                arguments(self);
                self.open = Some(a);
                assert_eq!(
                    self.fetch(next).0 & 0x00ff_ffff,
                    abc(Op::Return, i.a(), 0, 0)
                );
            }
            Op::Return if b == 0 => {
                assert!(open.expect("open results") >= a);
                return false;
            }
            Op::Return => {
                self.registers(a, b - 1);
                return false;
            }
            Op::Return0 | Op::Return1 => return false,
            Op::ForPrep => {
                self.registers(a, 4);
                if choice {
                    next += bx + 1;
                }
            }
            Op::ForLoop => {
                self.registers(a, 4);
                if choice {
                    next -= bx;
                }
            }
            Op::TForCall => {
                self.registers(a, 6);
                self.registers(a + 3, c);
                assert_eq!(self.fetch(next).op(), Some(Op::TForLoop));
            }
            Op::TForLoop => {
                self.registers(a + 2, 2);
                if choice {
                    next -= bx;
                }
            }
            Op::SetList => {
                arguments(self);
                if b > 0 {
                    self.registers(a, b + 1);
                }
                let mut batch = c;
                if c == 0 {
                    let operand = self.fetch(next);
                    assert_eq!(operand.op(), Some(Op::ExtraArg));
                    batch = operand.extra();
                    next += 1;
                }
                assert!((batch.checked_sub(1).unwrap() as usize) < usize::MAX / FIELDS_PER_FLUSH);
            }
            Op::Closure => assert!((STRINGS..STRINGS + CHILDREN).contains(&(bx as u32))),
            Op::VarArg if c == 0 => self.open = Some(a),
            Op::VarArg => self.registers(a, c - 1),
            Op::ExtraArg => panic!("EXTRAARG executed"),
            _ => {}
        }
        self.explicit(i, op);
        self.pc = next;
        true
    }

    /// The operands of the table.
    fn explicit(&self, i: Instruction, op: Op) {
        use lfs_format::isa::Operand;
        let info = op.info();
        let b = match info.form {
            Form::Abx | Form::Asbx => u32::from(i.bx()),
            _ => u32::from(i.b()),
        };
        let fields = match info.form {
            Form::Abc => vec![(info.a, i.a().into()), (info.b, b), (info.c, i.c().into())],
            Form::Abx | Form::Asbx => vec![(info.a, i.a().into()), (info.b, b)],
            _ => vec![],
        };
        for (class, value) in fields {
            match class {
                Operand::Read | Operand::Write | Operand::Range => self.register(value),
                Operand::Upvalue => assert!(value < u32::from(UPVALUES)),
                Operand::String => assert!(value < STRINGS),
                Operand::Field => assert!(value < STRINGS && World.is_short(value)),
                Operand::Integer | Operand::Float => assert!(value < NUMBERS),
                _ => {}
            }
        }
    }
}

/// An instruction that is often right, with what should follow it.
fn group() -> impl Strategy<Value = Vec<u32>> {
    let operand = prop_oneof![4 => 0u8..3, 3 => 0u8..12, 1 => any::<u8>()];
    let follow = prop_oneof![8 => Just(true), 1 => Just(false)];
    (
        0..OP_COUNT as u8,
        (operand.clone(), operand.clone(), operand),
        follow,
        -6i32..6,
        0u32..4,
    )
        .prop_map(|(op, (a, b, c), follow, offset, index)| {
            let op = Op::from_u8(op).unwrap();
            let info = OPCODES[op as usize];
            let unused = |class, value| {
                if class == lfs_format::isa::Operand::None && follow {
                    0
                } else {
                    value
                }
            };
            let word = match info.form {
                Form::Abc => abc(op, a, unused(info.b, b), unused(info.c, c)),
                Form::Abx | Form::Asbx => abx(op, a, u16::from(b)),
                Form::Ax => extra(index),
                Form::Sj => jmp(offset),
            };
            let mut group = vec![word];
            if follow {
                match op {
                    _ if op.is_conditional() => group.push(jmp(offset)),
                    Op::TailCall => group.push(abc(Op::Return, a, 0, 0)),
                    Op::LoadX => group.push(extra(index)),
                    Op::TForCall => group.push(abx(Op::TForLoop, a, u16::from(b))),
                    Op::SetList if c == 0 => group.push(extra(index)),
                    Op::Call | Op::VarArg if c == 0 => {
                        group.push(abc(Op::Return, a.saturating_sub(1), 0, 0));
                    }
                    _ => {}
                }
            }
            group
        })
}

/// Runs accepted code with every condition decided by the next bit of `choices`.
fn run(code: &[u32], mut choices: u64) {
    let mut toy = Toy {
        code,
        pc: 0,
        open: None,
    };
    for _ in 0..200 {
        if !toy.step(choices & 1 == 1) {
            return;
        }
        choices = choices.rotate_right(1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn accepted_code_stays_in_its_bounds(
        groups in prop::collection::vec(group(), 1..5),
        choices: u64,
    ) {
        let mut code = groups.concat();
        code.push(RETURN);
        if check(&code, flags::VARARG).is_ok() {
            run(&code, choices);
        }
    }

    #[test]
    fn random_words_are_judged_without_harm(code in prop::collection::vec(any::<u32>(), 0..12), choices: u64) {
        if check(&code, flags::VARARG).is_ok() {
            run(&code, choices);
        }
    }
}

/// The property above would prove nothing if hardly any code were accepted.
#[test]
fn enough_random_code_is_accepted() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let accepted = (0..2000)
        .filter(|_| {
            let code = group().new_tree(&mut runner).unwrap().current();
            verdict(&code).is_ok()
        })
        .count();
    assert!(accepted > 400, "{accepted} of 2000");
}
