//! Names for registers, upvalues and called functions, for error messages and tracebacks.
//!
//! What a register holds is found by looking backwards, over the code of the function, for the instruction that
//! set it: a local variable, a field, a method. This is guesswork over verified code: it never fails, at worst
//! it finds nothing. Texts of names lie outside the function record, so names are given as string slots (byte
//! offsets from the constant base, see `docs/format.md`) that the caller resolves.

use lfs_format::function::{FunctionView, flags};
use lfs_format::isa::{Instruction, Op, Operand};

/// What kind of thing a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// A local variable.
    Local,
    /// A variable of an enclosing function.
    Upvalue,
    /// A global variable.
    Global,
    /// A field of a table.
    Field,
    /// A method.
    Method,
    /// A constant string.
    Constant,
    /// The iterator of a generic `for`.
    ForIterator,
    /// A metamethod.
    Metamethod,
    /// A hook.
    Hook,
}

impl NameKind {
    /// The words for it in messages and in `namewhat` of `debug.getinfo`.
    pub const fn text(self) -> &'static str {
        match self {
            NameKind::Local => "local",
            NameKind::Upvalue => "upvalue",
            NameKind::Global => "global",
            NameKind::Field => "field",
            NameKind::Method => "method",
            NameKind::Constant => "constant",
            NameKind::ForIterator => "for iterator",
            NameKind::Metamethod => "metamethod",
            NameKind::Hook => "hook",
        }
    }
}

/// A name: text of the firmware, or a string the function refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolName {
    /// A string slot: byte offset from the function's constant base and flag bits.
    Slot(i64),
    /// A text known beforehand.
    Text(&'static str),
}

/// A name and what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What it names.
    pub kind: NameKind,
    /// The name.
    pub name: SymbolName,
}

/// The name of what is not known.
const UNKNOWN: SymbolName = SymbolName::Text("?");

impl Symbol {
    const fn slot(kind: NameKind, slot: i64) -> Self {
        Self {
            kind,
            name: SymbolName::Slot(slot),
        }
    }

    const fn text(kind: NameKind, text: &'static str) -> Self {
        Self {
            kind,
            name: SymbolName::Text(text),
        }
    }
}

/// Names what register `reg` holds when the instruction at `pc` uses it. `is_env` tells whether a string slot
/// holds the text `_ENV`: what is indexed there is a global.
pub fn register(
    view: &FunctionView<'_>,
    pc: usize,
    reg: u8,
    is_env: &dyn Fn(i64) -> bool,
) -> Option<Symbol> {
    let symbol = search(view, pc, reg, is_env)?;
    // A constant operand of a binary operation is not named, wherever the compiler has put it.
    let binary = instruction(view, pc)
        .and_then(Instruction::op)
        .is_some_and(is_binary);
    (symbol.kind != NameKind::Constant || !binary).then_some(symbol)
}

fn search(
    view: &FunctionView<'_>,
    pc: usize,
    reg: u8,
    is_env: &dyn Fn(i64) -> bool,
) -> Option<Symbol> {
    let (mut pc, mut reg) = (pc, reg);
    loop {
        if let Some(slot) = local_name(view, pc, reg) {
            return Some(Symbol::slot(NameKind::Local, slot));
        }
        pc = last_set(view, pc, reg)?;
        let word = instruction(view, pc)?;
        let op = word.op()?;
        match op {
            // A move upwards gives a temporary its name; one downwards assigns to what ceased to be a local.
            Op::Move if word.b() < word.a() => reg = word.b(),
            Op::GetUpval => return upvalue(view, u32::from(word.b())),
            Op::LoadKS => return constant(view, word.bx().into()),
            Op::LoadX => return wide_constant(view, pc, word),
            Op::GetTabUp => {
                let kind = global_if(upvalue_is_env(view, word.b().into(), is_env));
                return Some(Symbol {
                    kind,
                    name: constant_name(view, word.c().into()),
                });
            }
            Op::GetField | Op::GetTable | Op::GetI => {
                let env = match local_name(view, pc, word.b()) {
                    Some(slot) => is_env(slot),
                    // Where there are too many constants the environment is put in a register first.
                    None => last_set(view, pc, word.b())
                        .and_then(|at| instruction(view, at))
                        .is_some_and(|set| {
                            set.op() == Some(Op::GetUpval)
                                && upvalue_is_env(view, set.b().into(), is_env)
                        }),
                };
                let name = match op {
                    Op::GetField => constant_name(view, word.c().into()),
                    Op::GetTable => register_constant(view, pc, word.c()),
                    _ => UNKNOWN,
                };
                return Some(Symbol {
                    kind: global_if(env),
                    name,
                });
            }
            Op::SelfK if reg == word.a() => {
                return Some(Symbol {
                    kind: NameKind::Method,
                    name: constant_name(view, word.c().into()),
                });
            }
            Op::SelfR if reg == word.a() => {
                return Some(Symbol {
                    kind: NameKind::Method,
                    name: register_constant(view, pc, word.c()),
                });
            }
            _ => return None,
        }
    }
}

const fn global_if(env: bool) -> NameKind {
    if env {
        NameKind::Global
    } else {
        NameKind::Field
    }
}

/// Names upvalue `index` of the function: "?" if names were stripped.
pub fn upvalue(view: &FunctionView<'_>, index: u32) -> Option<Symbol> {
    if index >= u32::from(view.upvalues()) {
        return None;
    }
    let name = view.debug().and_then(|debug| debug.upvalue_name(index));
    Some(Symbol {
        kind: NameKind::Upvalue,
        name: name.map_or(UNKNOWN, SymbolName::Slot),
    })
}

/// Names the function that the instruction at `pc` calls, a metamethod included.
pub fn callee(view: &FunctionView<'_>, pc: usize, is_env: &dyn Fn(i64) -> bool) -> Option<Symbol> {
    let word = instruction(view, pc)?;
    match word.op()? {
        Op::Call | Op::TailCall => search(view, pc, word.a(), is_env),
        Op::TForCall => Some(Symbol::text(NameKind::ForIterator, "for iterator")),
        op => metamethod(op).map(|name| Symbol::text(NameKind::Metamethod, name)),
    }
}

/// The metamethod that an operation falls back to.
const fn metamethod(op: Op) -> Option<&'static str> {
    Some(match op {
        Op::GetTabUp | Op::GetTable | Op::GetI | Op::GetField | Op::SelfK | Op::SelfR => "__index",
        Op::SetTabUp | Op::SetTable | Op::SetI | Op::SetField => "__newindex",
        Op::Add | Op::AddI | Op::RAddI | Op::AddKI | Op::AddKF | Op::RAddKI | Op::RAddKF => "__add",
        Op::Sub | Op::SubI | Op::SubKI | Op::SubKF => "__sub",
        Op::Mul | Op::MulKI | Op::MulKF | Op::RMulKI | Op::RMulKF => "__mul",
        Op::Mod | Op::ModKI | Op::ModKF => "__mod",
        Op::Pow | Op::PowKI | Op::PowKF => "__pow",
        Op::Div | Op::DivKI | Op::DivKF => "__div",
        Op::IDiv | Op::IDivKI | Op::IDivKF => "__idiv",
        Op::BAnd | Op::BAndKI => "__band",
        Op::BOr | Op::BOrKI => "__bor",
        Op::BXor | Op::BXorKI => "__bxor",
        Op::Shl | Op::ShlI => "__shl",
        Op::Shr | Op::ShrI => "__shr",
        Op::Unm => "__unm",
        Op::BNot => "__bnot",
        Op::Len => "__len",
        Op::Concat => "__concat",
        Op::Eq => "__eq",
        Op::Lt | Op::LtI | Op::GtI => "__lt",
        Op::Le | Op::LeI | Op::GeI => "__le",
        _ => return None,
    })
}

fn is_binary(op: Op) -> bool {
    (Op::Add as u8..=Op::RMulKF as u8).contains(&(op as u8))
}

fn instruction(view: &FunctionView<'_>, pc: usize) -> Option<Instruction> {
    rostrings::word::load(view.code(), pc).map(Instruction)
}

fn local_name(view: &FunctionView<'_>, pc: usize, reg: u8) -> Option<i64> {
    view.debug()?
        .local_name_at(reg.into(), u32::try_from(pc).ok()?)
}

fn constant(view: &FunctionView<'_>, index: u32) -> Option<Symbol> {
    view.string_slot(index)
        .map(|slot| Symbol::slot(NameKind::Constant, slot))
}

fn constant_name(view: &FunctionView<'_>, index: u32) -> SymbolName {
    view.string_slot(index).map_or(UNKNOWN, SymbolName::Slot)
}

/// The constant that the `LOADX` at `pc` loads, if it is a string.
fn wide_constant(view: &FunctionView<'_>, pc: usize, word: Instruction) -> Option<Symbol> {
    if word.b() != 0 {
        return None;
    }
    constant(view, instruction(view, pc + 1)?.extra())
}

/// The name of a key in a register: the text of a constant, as other keys have no one name.
fn register_constant(view: &FunctionView<'_>, pc: usize, reg: u8) -> SymbolName {
    let (mut pc, mut reg) = (pc, reg);
    loop {
        if local_name(view, pc, reg).is_some() {
            return UNKNOWN;
        }
        let Some((at, word)) =
            last_set(view, pc, reg).and_then(|at| Some((at, instruction(view, at)?)))
        else {
            return UNKNOWN;
        };
        pc = at;
        match word.op() {
            Some(Op::Move) if word.b() < word.a() => reg = word.b(),
            Some(Op::LoadKS) => return constant_name(view, word.bx().into()),
            Some(Op::LoadX) => {
                return wide_constant(view, pc, word).map_or(UNKNOWN, |symbol| symbol.name);
            }
            _ => return UNKNOWN,
        }
    }
}

/// Whether upvalue `index` is the environment. Of functions without names only those are known that have no
/// other upvalue.
fn upvalue_is_env(view: &FunctionView<'_>, index: u32, is_env: &dyn Fn(i64) -> bool) -> bool {
    match view.debug().and_then(|debug| debug.upvalue_name(index)) {
        Some(slot) => is_env(slot),
        None => index == 0 && view.flags() & (flags::MAIN | flags::SHAREABLE) != 0,
    }
}

/// The last instruction before `end` that sets `reg`; `None` also if whether it ran depends on a condition.
fn last_set(view: &FunctionView<'_>, end: usize, reg: u8) -> Option<usize> {
    let mut found = None;
    // Code before this may have been jumped over.
    let mut target = 0;
    for (pc, word) in view.code().iter().enumerate().take(end) {
        let word = Instruction(rostrings::word::read(word));
        let Some(op) = word.op() else { continue };
        if op == Op::Jmp {
            let to = pc
                .saturating_add_signed(word.jump() as isize)
                .saturating_add(1);
            if pc < to && to <= end {
                target = target.max(to);
            }
        } else if sets(op, word, reg) {
            found = (pc >= target).then_some(pc);
        }
    }
    found
}

/// Whether an instruction writes a register.
fn sets(op: Op, word: Instruction, reg: u8) -> bool {
    let (first, reg) = (u16::from(word.a()), u16::from(reg));
    match op {
        Op::LoadNil => (first..=first + u16::from(word.b())).contains(&reg),
        Op::Concat => (first..first + u16::from(word.b())).contains(&reg),
        Op::SelfK | Op::SelfR => reg == first || reg == first + 1,
        Op::Call | Op::TailCall | Op::VarArg => reg >= first,
        Op::TForCall => reg >= first + 3,
        Op::TForLoop => reg == first + 2,
        Op::ForPrep | Op::ForLoop => (first..=first + 3).contains(&reg),
        _ => op.info().a == Operand::Write && reg == first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use lfs_format::function::{
        FunctionParts, LocalVar, StringRef, StripLevel, UpvalueDesc, encode, layout,
    };
    use proptest::prelude::*;

    /// String `n` has the slot `4 * n + 4`; string 0 is `_ENV`.
    const ENV: i64 = 4;

    fn slot(n: i64) -> SymbolName {
        SymbolName::Slot(4 * n + 4)
    }

    fn is_env(slot: i64) -> bool {
        slot == ENV
    }

    struct Function {
        code: Vec<Instruction>,
        locals: Vec<LocalVar>,
        upvalue_names: Vec<Option<StringRef>>,
        flags: u8,
        strip: StripLevel,
    }

    impl Function {
        fn new(code: Vec<Instruction>) -> Self {
            let names = vec![Some(StringRef(0)), Some(StringRef(5))];
            Self {
                code,
                locals: vec![],
                upvalue_names: names,
                flags: 0,
                strip: StripLevel::None,
            }
        }

        fn local(mut self, name: usize, start: u32, end: u32) -> Self {
            let name = StringRef(name);
            self.locals.push(LocalVar { name, start, end });
            self
        }

        fn with<R>(&self, f: impl FnOnce(&FunctionView<'_>) -> R) -> R {
            let code: Vec<u32> = self.code.iter().map(|word| word.0).collect();
            let parts = FunctionParts {
                code: &code,
                numbers: &[],
                strings: &[0, 1, 2, 3].map(StringRef),
                children: &[],
                upvalues: &[UpvalueDesc {
                    in_stack: false,
                    index: 0,
                }; 2],
                upvalue_names: &self.upvalue_names,
                frame_size: 20,
                params: 0,
                flags: self.flags,
                source: None,
                line_defined: 0,
                last_line_defined: 0,
                lines: &[],
                locals: &self.locals,
            };
            let layout = layout(&parts, 1, self.strip).unwrap();
            let mut words = vec![0; (layout.total + layout.debug) as usize];
            let (record, debug) = words.split_at_mut(layout.total as usize);
            let mut string = |n: StringRef| n.0 as u64 * 4 + 4;
            encode(
                &parts,
                &layout,
                record,
                debug,
                layout.total as i32,
                &mut string,
                &mut |_| 0,
            )
            .unwrap();
            f(&FunctionView::new(&words, 0, 1).unwrap())
        }

        fn register(&self, pc: usize, reg: u8) -> Option<Symbol> {
            self.with(|view| register(view, pc, reg, &is_env))
        }

        fn callee(&self, pc: usize) -> Option<Symbol> {
            self.with(|view| callee(view, pc, &is_env))
        }
    }

    fn abc(op: Op, a: u8, b: u8, c: u8) -> Instruction {
        Instruction::abc(op, a, b, c)
    }

    fn symbol(kind: NameKind, name: SymbolName) -> Option<Symbol> {
        Some(Symbol { kind, name })
    }

    #[test]
    fn globals_and_fields_of_upvalues() {
        let f = Function::new(vec![abc(Op::GetTabUp, 0, 0, 1), abc(Op::Call, 0, 1, 1)]);
        assert_eq!(f.callee(1), symbol(NameKind::Global, slot(1)));
        let f = Function::new(vec![abc(Op::GetTabUp, 0, 1, 1), abc(Op::Call, 0, 1, 1)]);
        assert_eq!(f.callee(1), symbol(NameKind::Field, slot(1)));
    }

    #[test]
    fn stripped_functions_with_one_upvalue_have_globals() {
        let mut f = Function::new(vec![abc(Op::GetTabUp, 0, 0, 1), abc(Op::Call, 0, 1, 1)]);
        f.strip = StripLevel::All;
        assert_eq!(f.callee(1), symbol(NameKind::Field, slot(1)));
        f.flags = flags::MAIN;
        assert_eq!(f.callee(1), symbol(NameKind::Global, slot(1)));
    }

    #[test]
    fn upvalues() {
        let mut f = Function::new(vec![abc(Op::GetUpval, 3, 1, 0), abc(Op::Call, 3, 1, 1)]);
        assert_eq!(f.callee(1), symbol(NameKind::Upvalue, slot(5)));
        f.strip = StripLevel::Names;
        assert_eq!(f.callee(1), symbol(NameKind::Upvalue, UNKNOWN));
        assert_eq!(f.with(|view| upvalue(view, 2)), None);
    }

    #[test]
    fn locals_and_moves() {
        let f = Function::new(vec![
            abc(Op::NewTable, 0, 0, 0),
            abc(Op::Move, 1, 0, 0),
            abc(Op::Call, 1, 1, 1),
        ]);
        assert_eq!(f.callee(2), None);
        let f = f.local(2, 1, 3);
        assert_eq!(f.callee(2), symbol(NameKind::Local, slot(2)));
        assert_eq!(f.register(0, 0), None);
    }

    #[test]
    fn fields_by_constant_register_and_integer() {
        let code = vec![
            abc(Op::NewTable, 0, 0, 0),
            abc(Op::GetField, 1, 0, 2),
            Instruction::abx(Op::LoadKS, 2, 3),
            abc(Op::GetTable, 3, 0, 2),
            abc(Op::GetI, 4, 0, 7),
            abc(Op::Unm, 5, 4, 0),
        ];
        let f = Function::new(code).local(5, 1, 6);
        assert_eq!(f.register(5, 1), symbol(NameKind::Field, slot(2)));
        assert_eq!(f.register(5, 3), symbol(NameKind::Field, slot(3)));
        assert_eq!(f.register(5, 4), symbol(NameKind::Field, UNKNOWN));
        let f = f.local(6, 1, 6).local(7, 3, 6);
        assert_eq!(
            f.register(5, 3),
            symbol(NameKind::Field, UNKNOWN),
            "a key in a local variable is no name"
        );
    }

    #[test]
    fn fields_of_a_local_environment_are_globals() {
        let f = Function::new(vec![
            abc(Op::NewTable, 0, 0, 0),
            abc(Op::GetField, 1, 0, 2),
            abc(Op::Call, 1, 1, 1),
        ]);
        assert_eq!(
            f.local(0, 1, 3).callee(2),
            symbol(NameKind::Global, slot(2))
        );
    }

    #[test]
    fn methods() {
        let f = Function::new(vec![abc(Op::SelfK, 2, 0, 3), abc(Op::Call, 2, 2, 1)]);
        assert_eq!(f.callee(1), symbol(NameKind::Method, slot(3)));
        assert_eq!(
            f.callee(0),
            symbol(NameKind::Metamethod, SymbolName::Text("__index"))
        );
        assert_eq!(f.register(1, 3), None);
        let wide = vec![
            Instruction::abx(Op::LoadKS, 3, 1),
            abc(Op::SelfR, 2, 0, 3),
            abc(Op::Call, 2, 2, 1),
        ];
        assert_eq!(
            Function::new(wide).callee(2),
            symbol(NameKind::Method, slot(1))
        );
    }

    #[test]
    fn constants_are_named_but_not_as_operands() {
        let load = Instruction::abx(Op::LoadKS, 0, 1);
        let f = Function::new(vec![load, abc(Op::Call, 0, 1, 1)]);
        assert_eq!(f.callee(1), symbol(NameKind::Constant, slot(1)));
        let f = Function::new(vec![load, abc(Op::Unm, 0, 0, 0)]);
        assert_eq!(f.register(1, 0), symbol(NameKind::Constant, slot(1)));
        let f = Function::new(vec![load, abc(Op::AddI, 0, 0, 1)]);
        assert_eq!(f.register(1, 0), None);
        let wide = vec![
            abc(Op::LoadX, 0, 0, 0),
            Instruction::ax(Op::ExtraArg, 2),
            abc(Op::Call, 0, 1, 1),
        ];
        assert_eq!(
            Function::new(wide).callee(2),
            symbol(NameKind::Constant, slot(2))
        );
    }

    #[test]
    fn values_of_conditions_have_no_name() {
        let code = vec![
            abc(Op::GetTabUp, 0, 0, 1),
            abc(Op::Test, 0, 0, 1),
            Instruction::sj(Op::Jmp, 1),
            abc(Op::GetTabUp, 0, 0, 2),
            abc(Op::Call, 0, 1, 1),
        ];
        assert_eq!(Function::new(code).callee(4), None);
    }

    #[test]
    fn calls_clobber_what_lies_above() {
        let code = vec![
            abc(Op::GetTabUp, 4, 0, 1),
            abc(Op::Call, 2, 1, 2),
            abc(Op::Call, 4, 1, 1),
        ];
        assert_eq!(Function::new(code).callee(2), None);
    }

    #[test]
    fn metamethods_by_operation() {
        let names = [
            (Op::SetField, "__newindex"),
            (Op::RAddKF, "__add"),
            (Op::ShrI, "__shr"),
            (Op::GtI, "__lt"),
            (Op::GeI, "__le"),
            (Op::Concat, "__concat"),
            (Op::Eq, "__eq"),
        ];
        for (op, name) in names {
            let f = Function::new(vec![abc(op, 0, 0, 0)]);
            assert_eq!(
                f.callee(0),
                symbol(NameKind::Metamethod, SymbolName::Text(name))
            );
        }
        assert_eq!(Function::new(vec![abc(Op::Move, 0, 0, 0)]).callee(0), None);
        let iterator = Function::new(vec![abc(Op::TForCall, 0, 0, 1)]);
        assert_eq!(
            iterator.callee(0).map(|found| found.kind.text()),
            Some("for iterator")
        );
    }

    proptest! {
        #[test]
        fn any_code_is_searched_without_harm(code in prop::collection::vec(any::<u32>(), 0..60), pc in 0usize..70, reg: u8) {
            let f = Function::new(code.into_iter().map(Instruction).collect()).local(1, 2, 9);
            f.register(pc, reg);
            f.callee(pc);
        }
    }
}
