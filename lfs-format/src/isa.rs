//! The instruction set as data.
//!
//! One table, [`OPCODES`], says of every operation its name, the form of its word and what each operand
//! means. Encoder, decoder, verifier and listing are derived from it, so they cannot disagree.
//! The meaning of each operation is in `docs/architecture.md`, section 4.
//!
//! ```
//! use lfs_format::isa::{Instruction, Op};
//! let add = Instruction::abc(Op::Add, 2, 0, 1);
//! assert_eq!((add.op(), add.a(), add.b(), add.c()), (Some(Op::Add), 2, 0, 1));
//! assert_eq!(Op::Add.info().name, "ADD");
//! ```

/// How the 24 bits beside the opcode are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Three unsigned bytes A, B, C.
    Abc,
    /// A byte A and an unsigned 16-bit Bx.
    Abx,
    /// A byte A and a signed 16-bit sBx.
    Asbx,
    /// One unsigned 24-bit Ax.
    Ax,
    /// One signed 24-bit jump offset.
    Sj,
}

/// What an operand field denotes; the verifier's bounds follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Not used: must be zero.
    None,
    /// A register that is read.
    Read,
    /// A register that is written.
    Write,
    /// First register of a range whose extent the operation defines.
    Range,
    /// An upvalue of the running function.
    Upvalue,
    /// A string constant of any length.
    String,
    /// A short string constant (a field name).
    Field,
    /// An integer constant.
    Integer,
    /// A float constant.
    Float,
    /// A child prototype, as a slot counted from `k`.
    Child,
    /// An unsigned immediate.
    Unsigned,
    /// A signed immediate.
    Signed,
    /// A condition: 0 or 1.
    Flag,
    /// A basic value: 0 nil, 1 false, 2 true.
    Primitive,
    /// A number of values plus one; 0 means "up to top" or "open".
    Count,
    /// A jump distance.
    Jump,
}

/// What the table says of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpInfo {
    /// Name in listings.
    pub name: &'static str,
    /// Division of the word.
    pub form: Form,
    /// Meaning of A (or of Ax, sJ).
    pub a: Operand,
    /// Meaning of B (or of Bx, sBx).
    pub b: Operand,
    /// Meaning of C.
    pub c: Operand,
}

macro_rules! instruction_set {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $form:ident, $a:ident, $b:ident, $c:ident;)*) => {
        /// An operation. The discriminant is the low byte of the instruction word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op { $($(#[$doc])* $variant,)* }

        /// The instruction set: one entry an operation, indexed by opcode.
        pub const OPCODES: &[OpInfo] = &[
            $(OpInfo { name: $name, form: Form::$form, a: Operand::$a, b: Operand::$b, c: Operand::$c },)*
        ];

        impl Op {
            /// The operation with this opcode, if there is one.
            // Becomes a comparison. A table would lie in flash, from which an ESP8266 loads bytes slowly.
            #[inline]
            #[expect(non_upper_case_globals, reason = "named like the operations")]
            pub const fn from_u8(code: u8) -> Option<Op> {
                $(const $variant: u8 = Op::$variant as u8;)*
                match code {
                    $($variant => Some(Op::$variant),)*
                    _ => None,
                }
            }
        }

        #[cfg(test)]
        const ALL: &[Op] = &[$(Op::$variant,)*];
    };
}

instruction_set! {
    /// `R[A] := R[B]`
    Move = "MOVE", Abc, Write, Read, None;
    /// `R[A] := integer sBx`
    LoadI = "LOADI", Asbx, Write, Signed, None;
    /// `R[A] := float(sBx)`
    LoadF = "LOADF", Asbx, Write, Signed, None;
    /// `R[A] := KS[Bx]`
    LoadKS = "LOADKS", Abx, Write, String, None;
    /// `R[A] := integer KN[Bx]`
    LoadKI = "LOADKI", Abx, Write, Integer, None;
    /// `R[A] := float KN[Bx]`
    LoadKF = "LOADKF", Abx, Write, Float, None;
    /// `R[A] :=` the constant whose index the next word holds; B: 0 string, 1 integer, 2 float
    LoadX = "LOADX", Abc, Write, Primitive, None;
    /// `R[A] := false`
    LoadFalse = "LOADFALSE", Abc, Write, None, None;
    /// `R[A] := false; pc++`
    LFalseSkip = "LFALSESKIP", Abc, Write, None, None;
    /// `R[A] := true`
    LoadTrue = "LOADTRUE", Abc, Write, None, None;
    /// `R[A], ..., R[A+B] := nil`
    LoadNil = "LOADNIL", Abc, Range, Unsigned, None;
    /// `R[A] := U[B]`
    GetUpval = "GETUPVAL", Abc, Write, Upvalue, None;
    /// `U[B] := R[A]`
    SetUpval = "SETUPVAL", Abc, Read, Upvalue, None;
    /// `R[A] := U[B][KS[C]]`
    GetTabUp = "GETTABUP", Abc, Write, Upvalue, Field;
    /// `U[A][KS[B]] := R[C]`
    SetTabUp = "SETTABUP", Abc, Upvalue, Field, Read;
    /// `R[A] := R[B][R[C]]`
    GetTable = "GETTABLE", Abc, Write, Read, Read;
    /// `R[A] := R[B][C]`
    GetI = "GETI", Abc, Write, Read, Unsigned;
    /// `R[A] := R[B][KS[C]]`
    GetField = "GETFIELD", Abc, Write, Read, Field;
    /// `R[A][R[B]] := R[C]`
    SetTable = "SETTABLE", Abc, Read, Read, Read;
    /// `R[A][B] := R[C]`
    SetI = "SETI", Abc, Read, Unsigned, Read;
    /// `R[A][KS[B]] := R[C]`
    SetField = "SETFIELD", Abc, Read, Field, Read;
    /// `R[A+1] := R[B]; R[A] := R[B][KS[C]]`
    SelfK = "SELF", Abc, Range, Read, Field;
    /// `R[A+1] := R[B]; R[A] := R[B][R[C]]`
    SelfR = "SELFR", Abc, Range, Read, Read;
    /// `R[A] := {}`
    NewTable = "NEWTABLE", Abc, Write, Unsigned, Unsigned;
    /// `R[A] := R[B] + R[C]`
    Add = "ADD", Abc, Write, Read, Read;
    /// `R[A] := R[B] - R[C]`
    Sub = "SUB", Abc, Write, Read, Read;
    /// `R[A] := R[B] * R[C]`
    Mul = "MUL", Abc, Write, Read, Read;
    /// `R[A] := R[B] % R[C]`
    Mod = "MOD", Abc, Write, Read, Read;
    /// `R[A] := R[B] ^ R[C]`
    Pow = "POW", Abc, Write, Read, Read;
    /// `R[A] := R[B] / R[C]`
    Div = "DIV", Abc, Write, Read, Read;
    /// `R[A] := R[B] // R[C]`
    IDiv = "IDIV", Abc, Write, Read, Read;
    /// `R[A] := R[B] & R[C]`
    BAnd = "BAND", Abc, Write, Read, Read;
    /// `R[A] := R[B] | R[C]`
    BOr = "BOR", Abc, Write, Read, Read;
    /// `R[A] := R[B] ~ R[C]`
    BXor = "BXOR", Abc, Write, Read, Read;
    /// `R[A] := R[B] << R[C]`
    Shl = "SHL", Abc, Write, Read, Read;
    /// `R[A] := R[B] >> R[C]`
    Shr = "SHR", Abc, Write, Read, Read;
    /// `R[A] := R[B] + sC`
    AddI = "ADDI", Abc, Write, Read, Signed;
    /// `R[A] := sC + R[B]`
    RAddI = "RADDI", Abc, Write, Read, Signed;
    /// `R[A] := R[B] - sC`
    SubI = "SUBI", Abc, Write, Read, Signed;
    /// `R[A] := R[B] << sC`
    ShlI = "SHLI", Abc, Write, Read, Signed;
    /// `R[A] := R[B] >> sC`
    ShrI = "SHRI", Abc, Write, Read, Signed;
    /// `R[A] := R[B] + integer KN[C]`
    AddKI = "ADDKI", Abc, Write, Read, Integer;
    /// `R[A] := R[B] - integer KN[C]`
    SubKI = "SUBKI", Abc, Write, Read, Integer;
    /// `R[A] := R[B] * integer KN[C]`
    MulKI = "MULKI", Abc, Write, Read, Integer;
    /// `R[A] := R[B] % integer KN[C]`
    ModKI = "MODKI", Abc, Write, Read, Integer;
    /// `R[A] := R[B] ^ integer KN[C]`
    PowKI = "POWKI", Abc, Write, Read, Integer;
    /// `R[A] := R[B] / integer KN[C]`
    DivKI = "DIVKI", Abc, Write, Read, Integer;
    /// `R[A] := R[B] // integer KN[C]`
    IDivKI = "IDIVKI", Abc, Write, Read, Integer;
    /// `R[A] := R[B] & integer KN[C]`
    BAndKI = "BANDKI", Abc, Write, Read, Integer;
    /// `R[A] := R[B] | integer KN[C]`
    BOrKI = "BORKI", Abc, Write, Read, Integer;
    /// `R[A] := R[B] ~ integer KN[C]`
    BXorKI = "BXORKI", Abc, Write, Read, Integer;
    /// `R[A] := R[B] + float KN[C]`
    AddKF = "ADDKF", Abc, Write, Read, Float;
    /// `R[A] := R[B] - float KN[C]`
    SubKF = "SUBKF", Abc, Write, Read, Float;
    /// `R[A] := R[B] * float KN[C]`
    MulKF = "MULKF", Abc, Write, Read, Float;
    /// `R[A] := R[B] % float KN[C]`
    ModKF = "MODKF", Abc, Write, Read, Float;
    /// `R[A] := R[B] ^ float KN[C]`
    PowKF = "POWKF", Abc, Write, Read, Float;
    /// `R[A] := R[B] / float KN[C]`
    DivKF = "DIVKF", Abc, Write, Read, Float;
    /// `R[A] := R[B] // float KN[C]`
    IDivKF = "IDIVKF", Abc, Write, Read, Float;
    /// `R[A] := integer KN[C] + R[B]`
    RAddKI = "RADDKI", Abc, Write, Read, Integer;
    /// `R[A] := integer KN[C] * R[B]`
    RMulKI = "RMULKI", Abc, Write, Read, Integer;
    /// `R[A] := float KN[C] + R[B]`
    RAddKF = "RADDKF", Abc, Write, Read, Float;
    /// `R[A] := float KN[C] * R[B]`
    RMulKF = "RMULKF", Abc, Write, Read, Float;
    /// `R[A] := -R[B]`
    Unm = "UNM", Abc, Write, Read, None;
    /// `R[A] := ~R[B]`
    BNot = "BNOT", Abc, Write, Read, None;
    /// `R[A] := not R[B]`
    Not = "NOT", Abc, Write, Read, None;
    /// `R[A] := #R[B]`
    Len = "LEN", Abc, Write, Read, None;
    /// `R[A] := R[A] .. ... .. R[A+B-1]`
    Concat = "CONCAT", Abc, Range, Unsigned, None;
    /// close upvalues `>= R[A]`
    Close = "CLOSE", Abc, Read, None, None;
    /// `pc += sJ`
    Jmp = "JMP", Sj, Jump, None, None;
    /// `if (R[A] == R[B]) == k` do the jump that follows
    Eq = "EQ", Abc, Read, Read, Flag;
    /// `if (R[A] < R[B]) == k`
    Lt = "LT", Abc, Read, Read, Flag;
    /// `if (R[A] <= R[B]) == k`
    Le = "LE", Abc, Read, Read, Flag;
    /// `if (R[A] == KS[B]) == k`
    EqKS = "EQKS", Abc, Read, String, Flag;
    /// `if (R[A] == integer KN[B]) == k`
    EqKI = "EQKI", Abc, Read, Integer, Flag;
    /// `if (R[A] == float KN[B]) == k`
    EqKF = "EQKF", Abc, Read, Float, Flag;
    /// `if (R[A] == sB) == k`
    EqI = "EQI", Abc, Read, Signed, Flag;
    /// `if (R[A] < sB) == k`
    LtI = "LTI", Abc, Read, Signed, Flag;
    /// `if (R[A] <= sB) == k`
    LeI = "LEI", Abc, Read, Signed, Flag;
    /// `if (R[A] > sB) == k`
    GtI = "GTI", Abc, Read, Signed, Flag;
    /// `if (R[A] >= sB) == k`
    GeI = "GEI", Abc, Read, Signed, Flag;
    /// `if (R[A] is the primitive B) == k`
    EqP = "EQP", Abc, Read, Primitive, Flag;
    /// `if truth(R[A]) == k`
    Test = "TEST", Abc, Read, None, Flag;
    /// `if truth(R[B]) == k` then `R[A] := R[B]` and jump
    TestSet = "TESTSET", Abc, Write, Read, Flag;
    /// `R[A], ... := R[A](R[A+1], ...)`
    Call = "CALL", Abc, Range, Count, Count;
    /// `return R[A](R[A+1], ...)`
    TailCall = "TAILCALL", Abc, Range, Count, Flag;
    /// `return R[A], ..., R[A+B-2]`
    Return = "RETURN", Abc, Range, Count, Flag;
    /// `return`
    Return0 = "RETURN0", Abc, None, None, None;
    /// `return R[A]`
    Return1 = "RETURN1", Abc, Read, None, None;
    /// prepare a numeric loop
    ForPrep = "FORPREP", Abx, Range, Jump, None;
    /// step a numeric loop
    ForLoop = "FORLOOP", Abx, Range, Jump, None;
    /// call the iterator of a generic loop
    TForCall = "TFORCALL", Abc, Range, None, Unsigned;
    /// go on with a generic loop unless `R[A+3]` is nil
    TForLoop = "TFORLOOP", Abx, Range, Jump, None;
    /// `R[A][(C-1)*50+i] := R[A+i]`
    SetList = "SETLIST", Abc, Range, Count, Unsigned;
    /// `R[A] := closure(P[Bx])`
    Closure = "CLOSURE", Abx, Write, Child, None;
    /// `R[A], ... := ...`
    VarArg = "VARARG", Abc, Range, None, Count;
    /// operand of the instruction before it
    ExtraArg = "EXTRAARG", Ax, Unsigned, None, None;
}

/// Number of operations.
pub const OP_COUNT: usize = OPCODES.len();

/// Largest frame a function may have, in registers.
pub const MAX_FRAME: usize = 250;

/// Items a `SETLIST` batch stores at most.
pub const FIELDS_PER_FLUSH: usize = 50;

impl Op {
    /// The table entry of this operation.
    #[inline]
    pub const fn info(self) -> &'static OpInfo {
        &OPCODES[self as usize]
    }

    /// Whether the operation decides over the jump that must follow it.
    pub const fn is_conditional(self) -> bool {
        let code = self as u8;
        code >= Op::Eq as u8 && code <= Op::TestSet as u8
    }
}

/// One 32-bit instruction word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub struct Instruction(pub u32);

impl Instruction {
    /// A word of form [`Form::Abc`].
    #[inline]
    pub const fn abc(op: Op, a: u8, b: u8, c: u8) -> Self {
        Self(op as u32 | (a as u32) << 8 | (b as u32) << 16 | (c as u32) << 24)
    }

    /// A word of form [`Form::Abx`].
    #[inline]
    pub const fn abx(op: Op, a: u8, bx: u16) -> Self {
        Self(op as u32 | (a as u32) << 8 | (bx as u32) << 16)
    }

    /// A word of form [`Form::Asbx`].
    #[inline]
    pub const fn asbx(op: Op, a: u8, sbx: i16) -> Self {
        Self::abx(op, a, sbx as u16)
    }

    /// A word of form [`Form::Ax`]; the high byte of `ax` is dropped.
    #[inline]
    pub const fn ax(op: Op, ax: u32) -> Self {
        Self(op as u32 | ax << 8)
    }

    /// A word of form [`Form::Sj`]; `offset` must fit 24 bits signed.
    #[inline]
    pub const fn sj(op: Op, offset: i32) -> Self {
        Self(op as u32 | (offset as u32) << 8)
    }

    /// The opcode byte.
    #[inline(always)]
    pub const fn opcode(self) -> u8 {
        self.0 as u8
    }

    /// The operation, or `None` for an unknown opcode.
    #[inline]
    pub const fn op(self) -> Option<Op> {
        Op::from_u8(self.opcode())
    }

    /// Operand A.
    #[inline(always)]
    pub const fn a(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// Operand B.
    #[inline(always)]
    pub const fn b(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// Operand C.
    #[inline(always)]
    pub const fn c(self) -> u8 {
        (self.0 >> 24) as u8
    }

    /// Operand B, signed.
    #[inline(always)]
    pub const fn sb(self) -> i8 {
        self.b() as i8
    }

    /// Operand C, signed.
    #[inline(always)]
    pub const fn sc(self) -> i8 {
        self.c() as i8
    }

    /// Operand Bx, unsigned 16 bits.
    #[inline(always)]
    pub const fn bx(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// Operand sBx, signed 16 bits.
    #[inline(always)]
    pub const fn sbx(self) -> i16 {
        (self.0 >> 16) as i16
    }

    /// Operand Ax, unsigned 24 bits.
    #[inline(always)]
    pub const fn extra(self) -> u32 {
        self.0 >> 8
    }

    /// Jump offset sJ, signed 24 bits.
    #[inline(always)]
    pub const fn jump(self) -> i32 {
        (self.0 as i32) >> 8
    }
}

impl core::fmt::Debug for Instruction {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.op() {
            Some(op) => write!(
                f,
                "{} {} {} {}",
                op.info().name,
                self.a(),
                self.b(),
                self.c()
            ),
            None => write!(f, "?{:#010x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opcodes_and_table_agree() {
        for (code, op) in ALL.iter().enumerate() {
            assert_eq!(*op as usize, code);
            assert_eq!(Op::from_u8(code as u8), Some(*op));
        }
        assert_eq!(Op::from_u8(OP_COUNT as u8), None);
    }

    #[test]
    fn fields_survive_encoding() {
        let word = Instruction::asbx(Op::LoadI, 7, -2);
        assert_eq!((word.a(), word.sbx(), word.bx()), (7, -2, 0xfffe));
        assert_eq!(Instruction::sj(Op::Jmp, -5).jump(), -5);
        assert_eq!(Instruction::ax(Op::ExtraArg, 0xabcdef).extra(), 0xabcdef);
        assert_eq!(Instruction::abc(Op::AddI, 1, 2, 0xff).sc(), -1);
    }

    #[test]
    fn conditionals_are_the_ones_with_a_condition_and_two_exits() {
        for op in ALL {
            let listed = op.info().c == Operand::Flag && !matches!(op, Op::TailCall | Op::Return);
            assert_eq!(op.is_conditional(), listed, "{}", op.info().name);
        }
    }
}
