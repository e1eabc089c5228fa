//! The interpreter loop: runs the Lua function on top until something else is on top.
//!
//! Everything a verified function can name is in range (`docs/architecture.md`, section 5), so registers, constants
//! and upvalues are accessed without checks; the feature `checked-registers` puts them back. What is not
//! common is done elsewhere, out of line.
//!
//! `pc`, the register base and the constant base live in locals. Whatever may move the stack or push a frame is
//! followed by a reload.
//!
//! There are two copies of the loop: one asks for hooks before every instruction, the other knows of none.

use super::arith::{Arith, ints};
use super::call::record_of;
use super::closures::make_closure;
use super::compare::{Comparison, numbers_below};
use super::index::{Lookup, Store};
use super::{Event, Operand, Outcome, natives, numeric_for};
use crate::builtin::Event as Metamethod;
use crate::frame::{Step, Throw};
use crate::number::{LuaFloat, LuaInt, NumberModel};
use crate::object::function::{Closure, Consts, Record, Upvalue};
use crate::object::string::{Str, raw_equal, word};
use crate::object::table::Table;
use crate::object::thread::{ALL_RESULTS, Thread, call};
use crate::state::State;
use crate::value::{Val, tag};
use lfs_format::isa::{Instruction, Op};

/// The registers of one frame.
#[derive(Clone, Copy)]
struct Registers<N: NumberModel> {
    base: *mut Val<N>,
    #[cfg(feature = "checked-registers")]
    size: usize,
}

impl<N: NumberModel> Registers<N> {
    #[inline(always)]
    unsafe fn new(base: *mut Val<N>, _record: *const Record) -> Self {
        Self {
            base,
            #[cfg(feature = "checked-registers")]
            // SAFETY: caller gives the record of the running function.
            size: unsafe { Record::shape(_record).frame_size() },
        }
    }

    /// Register `index`.
    #[inline(always)]
    unsafe fn at(self, index: u8) -> *mut Val<N> {
        #[cfg(feature = "checked-registers")]
        assert!(
            (index as usize) < self.size,
            "register {index} of a frame of {}",
            self.size
        );
        // SAFETY: the verifier proved the index (V1).
        unsafe { self.base.add(index as usize) }
    }
}

/// The operation of a verified instruction.
#[inline(always)]
unsafe fn op_of(instruction: Instruction) -> Op {
    debug_assert!(instruction.op().is_some());
    // SAFETY: the verifier knows every opcode of the function; `Op` is one byte wide.
    unsafe { core::mem::transmute::<u8, Op>(instruction.opcode()) }
}

/// Stores what a float operation gives for two numbers, converted where they are integers. False if one is no number.
///
/// Out of line where conversions are calls: in the loop they would take registers from its locals. Callers read the
/// operands again for what is left to do, so that they need not outlive the call either.
///
/// # Safety
/// `target` must be a register.
#[cfg_attr(target_os = "none", inline(never))]
#[cfg_attr(not(target_os = "none"), inline(always))]
unsafe fn floats<N: NumberModel>(
    operation: Arith,
    x: Val<N>,
    y: Val<N>,
    target: *mut Val<N>,
) -> bool {
    let (Some(x), Some(y)) = (x.to_float(), y.to_float()) else {
        return false;
    };
    // SAFETY: caller.
    unsafe { *target = Val::float(operation.floats(x, y)) };
    true
}

/// Runs the Lua frame on top of the current thread.
///
/// # Safety
/// The current thread's top frame must be that of a verified Lua function.
pub(super) unsafe fn run<N: NumberModel, const HOOKED: bool>(
    state: &mut State<N>,
) -> Result<Event, Throw> {
    // SAFETY: one block for the whole loop. Registers, constants, upvalues and jumps are in range by V1-V8; objects
    // reached from registers are live (G1-G5); a frame's slots stay inside the stack by `need_stack`; pointers
    // into stack and frames are reloaded after whatever may move them.
    unsafe {
        'frame: loop {
            // What is on top now, or went wrong; another Lua function is gone on with here.
            let left: Result<Event, Throw> = 'leave: {
                let thread = state.thread();
                let mut ci = Thread::frame(thread);
                let callee = *(*thread).stack.add((*ci).func as usize);
                let record = record_of(&callee);
                let mut upvalues: *const *mut Upvalue<N> = if callee.tag == tag::CLOSURE {
                    Closure::upvalues(callee.as_ptr() as *mut Closure<N>)
                } else {
                    state.roots.globals_upvalues()
                };
                let mut k: Consts<N> = Record::consts(record);
                let mut regs = Registers::new((*thread).stack.add((*ci).base as usize), record);
                let mut pc = (*ci).pc();

                macro_rules! save {
                    () => {
                        (*ci).resume.pc = pc
                    };
                }
                macro_rules! leave {
                    ($event:expr) => {
                        break 'leave Ok($event)
                    };
                }
                // An operation that may fail; the error leaves the loop.
                macro_rules! attempt {
                    ($operation:expr) => {
                        match $operation {
                            Ok(value) => value,
                            Err(throw) => break 'leave Err(throw.into()),
                        }
                    };
                }
                // Stores the result of an operation, or calls the metamethod that gives it.
                macro_rules! finish {
                    ($target:expr, $lookup:expr) => {
                        match $lookup {
                            Lookup::Value(value) => *$target = value,
                            Lookup::Call(function, arguments) => {
                                break 'leave state.call_metamethod(function, &arguments, 0)
                            }
                        }
                    };
                }
                macro_rules! stored {
                    ($store:expr, $key:expr, $value:expr) => {
                        match $store {
                            Store::Done => {}
                            Store::Call(function, object) => {
                                break 'leave state.call_metamethod(
                                    function,
                                    &[object, $key, $value],
                                    0,
                                )
                            }
                        }
                    };
                }
                // Does or skips the jump that follows a condition.
                macro_rules! conditional {
                    ($instruction:expr, $answer:expr) => {
                        if ($answer) == ($instruction.c() != 0) {
                            let jump = Instruction(word(pc)).jump();
                            pc = pc.offset(jump as isize + 1);
                            if jump < 0 {
                                fuel!();
                            }
                        } else {
                            pc = pc.add(1);
                        }
                    };
                }
                macro_rules! compared {
                    ($instruction:expr, $comparison:expr) => {
                        match $comparison {
                            Comparison::Known(answer) => conditional!($instruction, answer),
                            Comparison::Call(function, arguments, negate) => {
                                let flags = if negate { call::NEGATE } else { 0 };
                                break 'leave state.call_metamethod(function, &arguments, flags);
                            }
                        }
                    };
                }
                // One unit of work; at the last one control goes back to the host, before the next instruction.
                macro_rules! fuel {
                    () => {
                        state.fuel -= 1;
                        if state.fuel == 0 && state.is_out_of_fuel() {
                            save!();
                            leave!(Event::Finished(Outcome::OutOfFuel));
                        }
                    };
                }
                // A safe point after an allocation: everything live is in the frame.
                macro_rules! collect {
                    () => {
                        if state.heap.debt_due() {
                            save!();
                            (*thread).top = (*ci).top;
                            if let Some(event) = state.safe_point(true) {
                                leave!(event)
                            }
                        }
                    };
                    // The same after an instruction whose result is the topmost temporary.
                    ($top:expr) => {
                        if state.heap.debt_due() {
                            (*ci).forget_above(thread, (*ci).base + u32::from($top) + 1);
                            collect!();
                        }
                    };
                }
                macro_rules! arith {
                    ($instruction:expr, $op:expr, $a:expr, $b:expr, $operands:expr) => {{
                        save!();
                        let lookup = attempt!(state.arith($op, $a, $b, $operands));
                        finish!(regs.at($instruction.a()), lookup)
                    }};
                }
                macro_rules! both {
                    ($i:expr) => {
                        [Operand::Register($i.b()), Operand::Register($i.c())]
                    };
                }
                macro_rules! left {
                    ($i:expr) => {
                        [Operand::Register($i.b()), Operand::None]
                    };
                }
                macro_rules! right {
                    ($i:expr) => {
                        [Operand::None, Operand::Register($i.b())]
                    };
                }
                // Arithmetic on a register and an integer constant; `$int` gives None where the slow path must decide.
                macro_rules! numeric_int {
                    ($i:expr, $op:expr, $constant:expr, $reverse:expr, $int:expr) => {{
                        let x: Val<N> = *regs.at($i.b());
                        let c: N::Int = $constant;
                        if x.tag == tag::INT {
                            match $int(x.as_int(), c) {
                                Some(int) => *regs.at($i.a()) = Val::int(int),
                                None => arith!($i, $op, x, Val::int(c), left!($i)),
                            }
                        } else if floats($op, x, Val::int(c), regs.at($i.a())) {
                        } else if $reverse {
                            arith!($i, $op, Val::int($constant), *regs.at($i.b()), right!($i))
                        } else {
                            arith!($i, $op, *regs.at($i.b()), Val::int($constant), left!($i))
                        }
                    }};
                }
                // The same on two registers.
                macro_rules! binary {
                    ($i:expr, $op:expr, $int:expr, $float:expr) => {{
                        let (x, y): (Val<N>, Val<N>) = (*regs.at($i.b()), *regs.at($i.c()));
                        if x.tag == tag::INT && y.tag == tag::INT {
                            match $int(x.as_int(), y.as_int()) {
                                Some(int) => *regs.at($i.a()) = Val::int(int),
                                None => arith!($i, $op, x, y, both!($i)),
                            }
                        } else if x.tag == tag::FLOAT && y.tag == tag::FLOAT {
                            *regs.at($i.a()) = Val::float($float(x.as_float(), y.as_float()));
                        } else if !floats($op, x, y, regs.at($i.a())) {
                            arith!($i, $op, *regs.at($i.b()), *regs.at($i.c()), both!($i))
                        }
                    }};
                }
                macro_rules! immediate {
                    ($i:expr, $op:expr, $reverse:expr, $int:expr) => {{ numeric_int!($i, $op, N::Int::wrap($i.sc() as i64), $reverse, $int) }};
                }
                macro_rules! constant {
                    ($i:expr, $op:expr, $reverse:expr, $int:expr) => {{ numeric_int!($i, $op, k.int($i.c() as usize), $reverse, $int) }};
                }
                macro_rules! numeric_float {
                    ($i:expr, $op:expr, $reverse:expr, $float:expr) => {{
                        let x: Val<N> = *regs.at($i.b());
                        let c: N::Float = k.float($i.c() as usize);
                        if x.tag == tag::FLOAT {
                            *regs.at($i.a()) = Val::float($float(x.as_float(), c));
                        } else if floats($op, x, Val::float(c), regs.at($i.a())) {
                        } else if $reverse {
                            let c = Val::float(k.float($i.c() as usize));
                            arith!($i, $op, c, *regs.at($i.b()), right!($i))
                        } else {
                            let c = Val::float(k.float($i.c() as usize));
                            arith!($i, $op, *regs.at($i.b()), c, left!($i))
                        }
                    }};
                }
                macro_rules! bitwise {
                    ($i:expr, $op:expr, $y:expr, $operands:expr, $int:expr) => {{
                        let (x, y): (Val<N>, Val<N>) = (*regs.at($i.b()), $y);
                        if x.tag == tag::INT && y.tag == tag::INT {
                            *regs.at($i.a()) = Val::int($int(x.as_int(), y.as_int()));
                        } else {
                            arith!($i, $op, x, y, $operands)
                        }
                    }};
                }
                macro_rules! order_immediate {
                    ($i:expr, $int:expr, $float:expr, $swap:expr, $or_equal:expr) => {{
                        let x: Val<N> = *regs.at($i.a());
                        let c = N::Int::wrap($i.sb() as i64);
                        if x.tag == tag::INT {
                            conditional!($i, $int(&x.as_int(), &c));
                        } else if x.tag == tag::FLOAT {
                            conditional!($i, $float(&x.as_float(), &N::int_to_float(c)));
                        } else {
                            save!();
                            let c = Val::int(c);
                            let (a, b) = if $swap { (c, x) } else { (x, c) };
                            compared!($i, attempt!(state.less(a, b, $or_equal)))
                        }
                    }};
                }
                // Reads a field of a value by a constant key.
                macro_rules! get_field {
                    ($i:expr, $object:expr, $key:expr, $target:expr, $operand:expr) => {{
                        let (object, key): (Val<N>, Val<N>) = ($object, $key);
                        if object.tag == tag::TABLE {
                            let table = object.as_ptr() as *mut Table<N>;
                            let value =
                                Table::get_short(table, key.as_ptr() as *const Str, key.tag);
                            if !value.is_nil() || (*table).metatable.is_null() {
                                *$target = value;
                                continue;
                            }
                        }
                        save!();
                        let lookup = attempt!(state.index_beyond(object, &key, $operand));
                        finish!($target, lookup)
                    }};
                }
                macro_rules! set_field {
                    ($object:expr, $key:expr, $value:expr, $operand:expr) => {{
                        let (object, key, value): (Val<N>, Val<N>, Val<N>) =
                            ($object, $key, $value);
                        if object.tag == tag::TABLE {
                            let table = object.as_ptr() as *mut Table<N>;
                            if let Some(slot) =
                                Table::slot_short(table, key.as_ptr() as *const Str, key.tag)
                            {
                                slot.set(value);
                                state.barrier_back(table as *mut u8, &value);
                                continue;
                            }
                            if (*table).metatable.is_null()
                                && Table::insert_at_once(table, key, value)
                            {
                                state.barrier_back(table as *mut u8, &value);
                                state.barrier_back(table as *mut u8, &key);
                                continue;
                            }
                        }
                        save!();
                        let store = attempt!(state.set_index(object, &key, value, $operand));
                        stored!(store, key, value);
                        collect!();
                    }};
                }

                loop {
                    if HOOKED {
                        save!();
                        if let Some(event) = attempt!(state.trace()) {
                            // Even to a Lua function: a hook runs in the other loop.
                            return Ok(event);
                        }
                    }
                    let i = Instruction(word(pc));
                    pc = pc.add(1);
                    match op_of(i) {
                        Op::Move => *regs.at(i.a()) = *regs.at(i.b()),
                        Op::LoadI => *regs.at(i.a()) = Val::int(N::Int::wrap(i.sbx() as i64)),
                        Op::LoadF => {
                            *regs.at(i.a()) =
                                Val::float(N::int_to_float(N::Int::wrap(i.sbx() as i64)));
                        }
                        Op::LoadKS => *regs.at(i.a()) = k.string(i.bx() as usize),
                        Op::LoadKI => *regs.at(i.a()) = Val::int(k.int(i.bx() as usize)),
                        Op::LoadKF => *regs.at(i.a()) = Val::float(k.float(i.bx() as usize)),
                        Op::LoadX => {
                            let index = Instruction(word(pc)).extra() as usize;
                            pc = pc.add(1);
                            *regs.at(i.a()) = match i.b() {
                                0 => k.string(index),
                                1 => Val::int(k.int(index)),
                                _ => Val::float(k.float(index)),
                            };
                        }
                        Op::LoadFalse => *regs.at(i.a()) = Val::FALSE,
                        Op::LFalseSkip => {
                            *regs.at(i.a()) = Val::FALSE;
                            pc = pc.add(1);
                        }
                        Op::LoadTrue => *regs.at(i.a()) = Val::TRUE,
                        Op::LoadNil => {
                            for register in 0..=i.b() as usize {
                                *regs.at(i.a()).add(register) = Val::NIL;
                            }
                        }
                        Op::GetUpval => *regs.at(i.a()) = *(**upvalues.add(i.b() as usize)).v,
                        Op::SetUpval => {
                            let upvalue = *upvalues.add(i.b() as usize);
                            let value = *regs.at(i.a());
                            *(*upvalue).v = value;
                            state.barrier(upvalue as *mut u8, &value);
                        }
                        Op::GetTabUp => {
                            let object = *(**upvalues.add(i.b() as usize)).v;
                            get_field!(
                                i,
                                object,
                                k.string(i.c() as usize),
                                regs.at(i.a()),
                                Operand::Upvalue(i.b())
                            )
                        }
                        Op::SetTabUp => {
                            let object = *(**upvalues.add(i.a() as usize)).v;
                            let key = k.string(i.b() as usize);
                            set_field!(object, key, *regs.at(i.c()), Operand::Upvalue(i.a()))
                        }
                        Op::GetField => {
                            let key = k.string(i.c() as usize);
                            get_field!(
                                i,
                                *regs.at(i.b()),
                                key,
                                regs.at(i.a()),
                                Operand::Register(i.b())
                            )
                        }
                        Op::SetField => {
                            let key = k.string(i.b() as usize);
                            set_field!(
                                *regs.at(i.a()),
                                key,
                                *regs.at(i.c()),
                                Operand::Register(i.a())
                            )
                        }
                        Op::GetTable => {
                            let object = *regs.at(i.b());
                            let key = *regs.at(i.c());
                            if object.tag == tag::TABLE {
                                let table = object.as_ptr() as *mut Table<N>;
                                let value = if key.tag == tag::INT {
                                    Table::get_int(table, key.as_int())
                                } else if key.is_short_string() {
                                    Table::get_short(table, key.as_ptr() as *const Str, key.tag)
                                } else {
                                    Table::get(table, &key)
                                };
                                if !value.is_nil() || (*table).metatable.is_null() {
                                    *regs.at(i.a()) = value;
                                    continue;
                                }
                            }
                            save!();
                            let lookup = attempt!(state.index_beyond(
                                object,
                                &key,
                                Operand::Register(i.b())
                            ));
                            finish!(regs.at(i.a()), lookup)
                        }
                        Op::GetI => {
                            let object = *regs.at(i.b());
                            let key = N::Int::wrap(i.c() as i64);
                            if object.tag == tag::TABLE {
                                let table = object.as_ptr() as *mut Table<N>;
                                let value = Table::get_int(table, key);
                                if !value.is_nil() || (*table).metatable.is_null() {
                                    *regs.at(i.a()) = value;
                                    continue;
                                }
                            }
                            save!();
                            let lookup = attempt!(state.index_beyond(
                                object,
                                &Val::int(key),
                                Operand::Register(i.b())
                            ));
                            finish!(regs.at(i.a()), lookup)
                        }
                        op @ (Op::SetTable | Op::SetI) => {
                            let object = *regs.at(i.a());
                            let key = if matches!(op, Op::SetI) {
                                Val::int(N::Int::wrap(i.b() as i64))
                            } else {
                                *regs.at(i.b())
                            };
                            let value = *regs.at(i.c());
                            if object.tag == tag::TABLE {
                                let table = object.as_ptr() as *mut Table<N>;
                                let slot = if key.tag == tag::INT {
                                    match Table::array_slot_any(table, key.as_int()) {
                                        Some(slot)
                                            if (*table).metatable.is_null() || !slot.is_nil() =>
                                        {
                                            Some(slot)
                                        }
                                        Some(_) => None,
                                        None => Table::slot_int(table, key.as_int()),
                                    }
                                } else if key.is_short_string() {
                                    Table::slot_short(table, key.as_ptr() as *const Str, key.tag)
                                } else {
                                    Table::slot(table, &key)
                                };
                                if let Some(slot) = slot {
                                    slot.set(value);
                                    state.barrier_back(table as *mut u8, &value);
                                    continue;
                                }
                                if (*table).metatable.is_null()
                                    && Table::insert_at_once(table, key, value)
                                {
                                    state.barrier_back(table as *mut u8, &value);
                                    state.barrier_back(table as *mut u8, &key);
                                    continue;
                                }
                            }
                            save!();
                            let store = attempt!(state.set_index(
                                object,
                                &key,
                                value,
                                Operand::Register(i.a())
                            ));
                            stored!(store, key, value);
                            collect!();
                        }
                        op @ (Op::SelfK | Op::SelfR) => {
                            let object = *regs.at(i.b());
                            let key = if matches!(op, Op::SelfK) {
                                k.string(i.c() as usize)
                            } else {
                                *regs.at(i.c())
                            };
                            let target = regs.at(i.a());
                            *target.add(1) = object;
                            if key.is_short_string() {
                                // The object's own field, else one step along `__index`: to its class, from a string to the library.
                                let text = key.as_ptr() as *const Str;
                                let metatable = if object.tag == tag::TABLE {
                                    let table = object.as_ptr() as *mut Table<N>;
                                    let value = Table::get_short(table, text, key.tag);
                                    if !value.is_nil() {
                                        *target = value;
                                        continue;
                                    }
                                    (*table).metatable
                                } else {
                                    state.metatable_of(&object)
                                };
                                if !metatable.is_null()
                                    && let Some(class) =
                                        crate::metatable::cached(metatable, Metamethod::Index)
                                    && class.tag == tag::TABLE
                                {
                                    let class = class.as_ptr() as *mut Table<N>;
                                    let value = Table::get_short(class, text, key.tag);
                                    if !value.is_nil() {
                                        *target = value;
                                        continue;
                                    }
                                }
                            }
                            save!();
                            let lookup =
                                attempt!(state.index(object, &key, Operand::Register(i.b())));
                            finish!(target, lookup)
                        }
                        Op::NewTable => {
                            save!();
                            let hash = if i.b() == 0 {
                                0
                            } else {
                                1usize << (i.b() - 1).min(30)
                            };
                            let array = match i.c() {
                                exact @ 0..=127 => exact as usize,
                                exponent => 64usize << (exponent - 128).min(24),
                            };
                            *regs.at(i.a()) = attempt!(state.new_table(array, hash));
                            collect!(i.a());
                        }
                        Op::Add => binary!(i, Arith::Add, ints::add::<N>, LuaFloat::add),
                        Op::Sub => binary!(i, Arith::Sub, ints::sub::<N>, LuaFloat::sub),
                        Op::Mul => binary!(i, Arith::Mul, ints::mul::<N>, LuaFloat::mul),
                        Op::Mod => {
                            binary!(i, Arith::Mod, ints::floor_mod::<N>, LuaFloat::floor_mod)
                        }
                        Op::IDiv => {
                            binary!(i, Arith::IDiv, ints::floor_div::<N>, LuaFloat::floor_div)
                        }
                        Op::Div => {
                            let (x, y) = (*regs.at(i.b()), *regs.at(i.c()));
                            if x.tag == tag::FLOAT && y.tag == tag::FLOAT {
                                *regs.at(i.a()) = Val::float(x.as_float().div(y.as_float()));
                            } else if !floats(Arith::Div, x, y, regs.at(i.a())) {
                                arith!(i, Arith::Div, *regs.at(i.b()), *regs.at(i.c()), both!(i))
                            }
                        }
                        Op::Pow => {
                            let (x, y) = (*regs.at(i.b()), *regs.at(i.c()));
                            if !floats(Arith::Pow, x, y, regs.at(i.a())) {
                                arith!(i, Arith::Pow, *regs.at(i.b()), *regs.at(i.c()), both!(i))
                            }
                        }
                        Op::BAnd => {
                            bitwise!(i, Arith::BAnd, *regs.at(i.c()), both!(i), LuaInt::and)
                        }
                        Op::BOr => bitwise!(i, Arith::BOr, *regs.at(i.c()), both!(i), LuaInt::or),
                        Op::BXor => {
                            bitwise!(i, Arith::BXor, *regs.at(i.c()), both!(i), LuaInt::xor)
                        }
                        Op::Shl => {
                            bitwise!(i, Arith::Shl, *regs.at(i.c()), both!(i), LuaInt::shift_left)
                        }
                        Op::Shr => bitwise!(
                            i,
                            Arith::Shr,
                            *regs.at(i.c()),
                            both!(i),
                            LuaInt::shift_right
                        ),
                        Op::AddI => immediate!(i, Arith::Add, false, ints::add::<N>),
                        Op::RAddI => immediate!(i, Arith::Add, true, ints::add::<N>),
                        Op::SubI => immediate!(i, Arith::Sub, false, ints::sub::<N>),
                        Op::ShlI => {
                            let c = Val::int(N::Int::wrap(i.sc() as i64));
                            bitwise!(i, Arith::Shl, c, left!(i), LuaInt::shift_left)
                        }
                        Op::ShrI => {
                            let c = Val::int(N::Int::wrap(i.sc() as i64));
                            bitwise!(i, Arith::Shr, c, left!(i), LuaInt::shift_right)
                        }
                        Op::AddKI => constant!(i, Arith::Add, false, ints::add::<N>),
                        Op::RAddKI => constant!(i, Arith::Add, true, ints::add::<N>),
                        Op::SubKI => constant!(i, Arith::Sub, false, ints::sub::<N>),
                        Op::MulKI => constant!(i, Arith::Mul, false, ints::mul::<N>),
                        Op::RMulKI => constant!(i, Arith::Mul, true, ints::mul::<N>),
                        Op::ModKI => constant!(i, Arith::Mod, false, ints::floor_mod::<N>),
                        Op::IDivKI => constant!(i, Arith::IDiv, false, ints::floor_div::<N>),
                        op @ (Op::DivKI | Op::PowKI) => {
                            let x = *regs.at(i.b());
                            let c = Val::int(k.int(i.c() as usize));
                            let op = match op {
                                Op::DivKI => Arith::Div,
                                _ => Arith::Pow,
                            };
                            if !floats(op, x, c, regs.at(i.a())) {
                                let c = Val::int(k.int(i.c() as usize));
                                arith!(i, op, *regs.at(i.b()), c, left!(i))
                            }
                        }
                        op @ (Op::BAndKI | Op::BOrKI | Op::BXorKI) => {
                            let c = Val::int(k.int(i.c() as usize));
                            let operands = left!(i);
                            match op {
                                Op::BAndKI => bitwise!(i, Arith::BAnd, c, operands, LuaInt::and),
                                Op::BOrKI => bitwise!(i, Arith::BOr, c, operands, LuaInt::or),
                                _ => bitwise!(i, Arith::BXor, c, operands, LuaInt::xor),
                            }
                        }
                        Op::AddKF => numeric_float!(i, Arith::Add, false, LuaFloat::add),
                        Op::RAddKF => numeric_float!(i, Arith::Add, true, LuaFloat::add),
                        Op::SubKF => numeric_float!(i, Arith::Sub, false, LuaFloat::sub),
                        Op::MulKF => numeric_float!(i, Arith::Mul, false, LuaFloat::mul),
                        Op::RMulKF => numeric_float!(i, Arith::Mul, true, LuaFloat::mul),
                        Op::ModKF => numeric_float!(i, Arith::Mod, false, LuaFloat::floor_mod),
                        Op::PowKF => numeric_float!(i, Arith::Pow, false, LuaFloat::pow),
                        Op::DivKF => numeric_float!(i, Arith::Div, false, LuaFloat::div),
                        Op::IDivKF => numeric_float!(i, Arith::IDiv, false, LuaFloat::floor_div),
                        Op::Unm => {
                            let x = *regs.at(i.b());
                            match x.tag {
                                tag::INT => *regs.at(i.a()) = Val::int(x.as_int().neg()),
                                tag::FLOAT => *regs.at(i.a()) = Val::float(x.as_float().neg()),
                                _ => arith!(i, Arith::Unm, x, x, [Operand::Register(i.b()); 2]),
                            }
                        }
                        Op::BNot => {
                            let x = *regs.at(i.b());
                            if x.tag == tag::INT {
                                *regs.at(i.a()) = Val::int(x.as_int().not());
                            } else {
                                arith!(i, Arith::BNot, x, x, [Operand::Register(i.b()); 2])
                            }
                        }
                        Op::Not => *regs.at(i.a()) = Val::boolean((*regs.at(i.b())).is_falsy()),
                        Op::Len => {
                            let x = *regs.at(i.b());
                            if x.tag == tag::TABLE {
                                let table = x.as_ptr() as *mut Table<N>;
                                if (*table).metatable.is_null() {
                                    *regs.at(i.a()) = Val::int(Table::len(table));
                                    continue;
                                }
                            }
                            save!();
                            let lookup = attempt!(state.length(x, Operand::Register(i.b())));
                            finish!(regs.at(i.a()), lookup)
                        }
                        Op::Concat => {
                            save!();
                            if let Some(event) =
                                attempt!(state.concat(regs.at(i.a()), i.b() as usize, i.a()))
                            {
                                leave!(event)
                            }
                            collect!(i.a());
                        }
                        Op::Close => {
                            let level = regs.at(i.a()).offset_from((*thread).stack) as u32;
                            state.close_upvalues(thread, level);
                        }
                        Op::Jmp => {
                            let jump = i.jump();
                            pc = pc.offset(jump as isize);
                            if jump < 0 {
                                fuel!();
                            }
                        }
                        Op::Eq => {
                            let (x, y) = (*regs.at(i.a()), *regs.at(i.b()));
                            if x.tag == tag::TABLE || x.tag == tag::USERDATA {
                                save!();
                                compared!(i, state.equal(x, y))
                            } else {
                                conditional!(i, raw_equal(&x, &y))
                            }
                        }
                        op @ (Op::Lt | Op::Le) => {
                            let (x, y) = (*regs.at(i.a()), *regs.at(i.b()));
                            let or_equal = matches!(op, Op::Le);
                            if x.tag == tag::INT && y.tag == tag::INT {
                                let answer = if or_equal {
                                    x.as_int() <= y.as_int()
                                } else {
                                    x.as_int() < y.as_int()
                                };
                                conditional!(i, answer);
                            } else if let Some(answer) = numbers_below(&x, &y, or_equal) {
                                conditional!(i, answer);
                            } else {
                                save!();
                                compared!(i, attempt!(state.less(x, y, or_equal)))
                            }
                        }
                        Op::EqKS => {
                            let (x, y) = (*regs.at(i.a()), k.string(i.b() as usize));
                            conditional!(i, raw_equal(&x, &y))
                        }
                        Op::EqKI => {
                            let x = *regs.at(i.a());
                            conditional!(i, x.same_bits(&Val::int(k.int(i.b() as usize))))
                        }
                        Op::EqKF => {
                            let x = *regs.at(i.a());
                            conditional!(i, x.same_bits(&Val::float(k.float(i.b() as usize))))
                        }
                        Op::EqI => {
                            let x = *regs.at(i.a());
                            let c = N::Int::wrap(i.sb() as i64);
                            let answer = if x.tag == tag::INT {
                                x.as_int() == c
                            } else {
                                x.tag == tag::FLOAT && x.as_float() == N::int_to_float(c)
                            };
                            conditional!(i, answer)
                        }
                        Op::LtI => order_immediate!(i, N::Int::lt, N::Float::lt, false, false),
                        Op::LeI => order_immediate!(i, N::Int::le, N::Float::le, false, true),
                        Op::GtI => order_immediate!(i, N::Int::gt, N::Float::gt, true, false),
                        Op::GeI => order_immediate!(i, N::Int::ge, N::Float::ge, true, true),
                        Op::EqP => {
                            const PRIMITIVES: [u32; 3] = [tag::NIL, tag::FALSE, tag::TRUE];
                            let wanted = PRIMITIVES[i.b() as usize % 3];
                            conditional!(i, (*regs.at(i.a())).tag == wanted)
                        }
                        Op::Test => conditional!(i, !(*regs.at(i.a())).is_falsy()),
                        Op::TestSet => {
                            let x = *regs.at(i.b());
                            let answer = !x.is_falsy();
                            if answer == (i.c() != 0) {
                                *regs.at(i.a()) = x;
                            }
                            conditional!(i, answer)
                        }
                        Op::Call => {
                            let at = regs.at(i.a());
                            let function = *at;
                            let func = at.offset_from((*thread).stack) as u32;
                            let args = if i.b() != 0 {
                                i.b() as u32 - 1
                            } else {
                                (*thread).top - func - 1
                            };
                            let results = i.c() as i16 - 1;
                            save!();
                            match function.tag {
                                tag::CLOSURE | tag::RECORD_ROM | tag::RECORD_RAM => {
                                    let record = record_of(&function);
                                    upvalues = if function.tag == tag::CLOSURE {
                                        Closure::upvalues(function.as_ptr() as *mut Closure<N>)
                                    } else {
                                        state.roots.globals_upvalues()
                                    };
                                    ci = attempt!(
                                        state.push_lua(thread, record, func, args, results, 0)
                                    );
                                    k = Record::consts(record);
                                    regs = Registers::new(
                                        (*thread).stack.add((*ci).base as usize),
                                        record,
                                    );
                                    pc = (*ci).pc();
                                    fuel!();
                                }
                                tag::NATIVE if !HOOKED => {
                                    let native =
                                        core::mem::transmute::<*mut u8, crate::frame::NativeFn<N>>(
                                            function.as_ptr(),
                                        );
                                    let step = attempt!(
                                        state.call_native(thread, native, func, args, results, 0)
                                    );
                                    let Step::Return(count) = step else {
                                        break 'leave state.switch(step);
                                    };
                                    let top = (*thread).stack.add((*thread).top as usize);
                                    state.return_values(
                                        thread,
                                        top.sub(count as usize),
                                        count as usize,
                                    );
                                    ci = Thread::frame(thread);
                                    regs.base = (*thread).stack.add((*ci).base as usize);
                                    if state.heap.debt_due() {
                                        if results >= 0 {
                                            (*ci).forget_above(thread, (*thread).top);
                                            (*thread).top = (*ci).top;
                                        }
                                        if let Some(event) = state.safe_point(results >= 0) {
                                            leave!(event)
                                        }
                                    }
                                }
                                _ => break 'leave state.call_from_lua(func, args, results, 0),
                            }
                        }
                        Op::TailCall => {
                            let at = regs.at(i.a());
                            let func = at.offset_from((*thread).stack) as u32;
                            let args = if i.b() != 0 {
                                i.b() as u32 - 1
                            } else {
                                (*thread).top - func - 1
                            };
                            save!();
                            if i.c() != 0 {
                                state.close_upvalues(thread, (*ci).base);
                            }
                            let function = *at;
                            if !matches!(
                                function.tag,
                                tag::CLOSURE | tag::RECORD_ROM | tag::RECORD_RAM
                            ) {
                                // Not a Lua function: an ordinary call, the RETURN that follows passes all results on.
                                break 'leave state.call_from_lua(func, args, ALL_RESULTS, 0);
                            }
                            let record = record_of(&function);
                            let shape = Record::shape(record);
                            let to = (*ci).func;
                            attempt!(
                                state.need_stack(to + 1 + args + shape.frame_size() as u32 + args)
                            );
                            // Room is there for certain: the frame may go.
                            let stack = (*thread).stack;
                            stack
                                .add(func as usize)
                                .copy_to(stack.add(to as usize), args as usize + 1);
                            let results = (*ci).results;
                            let kept = (*ci).flags & !(call::LUA | call::TOLD);
                            (*thread).depth -= 1;
                            attempt!(state.push_lua(
                                thread,
                                record,
                                to,
                                args,
                                results,
                                kept | call::TAIL
                            ));
                            state.fuel -= 1;
                            if state.fuel == 0 && state.is_out_of_fuel() {
                                leave!(Event::Finished(Outcome::OutOfFuel));
                            }
                            continue 'frame;
                        }
                        op @ (Op::Return | Op::Return0 | Op::Return1) => {
                            let (from, count) = match op {
                                Op::Return0 => (regs.base, 0),
                                Op::Return1 => (regs.at(i.a()), 1),
                                _ => {
                                    if i.c() != 0 {
                                        state.close_upvalues(thread, (*ci).base);
                                    }
                                    let from = regs.base.add(i.a() as usize);
                                    let count = if i.b() != 0 {
                                        i.b() as usize - 1
                                    } else {
                                        (*thread).top as usize
                                            - from.offset_from((*thread).stack) as usize
                                    };
                                    (from, count)
                                }
                            };
                            let flags = state.return_values(thread, from, count);
                            let special = call::ENTRY
                                | call::FINISH
                                | call::HANDLER
                                | call::FINALIZER
                                | call::HOOK;
                            if flags & special != 0 {
                                leave!(Event::Returned(flags));
                            }
                            ci = Thread::frame(thread);
                            if !(*ci).is_lua() {
                                leave!(Event::Native);
                            }
                            continue 'frame;
                        }
                        Op::ForPrep => {
                            save!();
                            if attempt!(numeric_for::prepare(state, regs.at(i.a()))) {
                                pc = pc.add(i.bx() as usize + 1);
                            }
                        }
                        Op::ForLoop => {
                            if numeric_for::step(regs.at(i.a())) {
                                pc = pc.sub(i.bx() as usize);
                                fuel!();
                            }
                        }
                        Op::TForCall => {
                            let ra = regs.at(i.a());
                            let function = *ra;
                            if !HOOKED
                                && function.tag == tag::NATIVE
                                && natives::step_inline(&function, ra, i.c())
                            {
                                continue;
                            }
                            for offset in 0..3 {
                                *ra.add(3 + offset) = *ra.add(offset);
                            }
                            save!();
                            let func = ra.add(3).offset_from((*thread).stack) as u32;
                            break 'leave state.call_from_lua(func, 2, i.c() as i16, 0);
                        }
                        Op::TForLoop => {
                            let ra = regs.at(i.a());
                            let control = *ra.add(3);
                            if !control.is_nil() {
                                *ra.add(2) = control;
                                pc = pc.sub(i.bx() as usize);
                                fuel!();
                            }
                        }
                        Op::SetList => {
                            let ra = regs.at(i.a());
                            let count = if i.b() != 0 {
                                i.b() as usize
                            } else {
                                (*thread).top as usize
                                    - ra.offset_from((*thread).stack) as usize
                                    - 1
                            };
                            save!();
                            let batch = match i.c() {
                                0 => Instruction(word(pc)).extra() as usize,
                                batch => batch as usize,
                            };
                            attempt!(state.set_list(ra, count, batch));
                            if i.c() == 0 {
                                pc = pc.add(1);
                            }
                            collect!(i.a());
                        }
                        Op::Closure => {
                            save!();
                            let child = k.child(i.bx() as usize);
                            *regs.at(i.a()) =
                                attempt!(make_closure(state, thread, child, regs.base, upvalues));
                            collect!(i.a());
                        }
                        Op::VarArg => {
                            save!();
                            let callee = *(*thread).stack.add((*ci).func as usize);
                            let params = Record::shape(record_of(&callee)).params();
                            let wanted = (i.c() as usize).checked_sub(1);
                            attempt!(state.spread_varargs(thread, params, i.a(), wanted));
                            regs.base = (*thread).stack.add((*ci).base as usize);
                        }
                        Op::ExtraArg => {}
                    }
                }
            };
            match left {
                Ok(Event::Lua) => {}
                left => return left,
            }
        }
    }
}
