//! What follows a return: finishing the instruction a metamethod was called for, leaving threads, going on.

use super::{Event, Outcome, concat};
use crate::frame::Throw;
use crate::number::NumberModel;
use crate::object::string::word;
use crate::object::thread::{Status, Thread, call};
use crate::state::State;
use crate::value::tag;
use lfs_format::isa::{Instruction, Op};

impl<N: NumberModel> State<N> {
    /// Goes on after a call with these flags was popped and its results put in place.
    ///
    /// # Safety
    /// The current thread's values must be as `return_values` left them.
    pub(super) unsafe fn after_return(&mut self, flags: u16) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: caller.
        unsafe {
            if flags & call::ENTRY != 0 {
                return self.thread_ended();
            }
            if flags & call::HANDLER != 0 {
                return Ok(self.handler_returned());
            }
            if flags & call::HOOK != 0 {
                return Ok(self.hook_returned());
            }
            if flags & call::FINALIZER != 0 {
                self.finalizing = false;
            }
            if flags & call::FINISH != 0 {
                self.finish_instruction(flags);
                if self.is_out_of_fuel() {
                    return Ok(Event::Finished(Outcome::OutOfFuel));
                }
            }
            if self.heap.debt_due()
                || (flags & call::FINALIZER != 0 && self.heap.has_pending_finalizers())
            {
                let info = Thread::frame(thread);
                let open = (*info).is_lua() && flags & call::OPEN != 0;
                if (*info).is_lua() && flags & (call::OPEN | call::FINISH | call::FINALIZER) == 0 {
                    (*info).forget_above(thread, (*thread).top);
                }
                if let Some(event) = self.safe_point(!open) {
                    return Ok(event);
                }
            }
            Ok(self.top_event())
        }
    }

    /// The first function of the current thread has returned: its results go to whoever resumed it.
    unsafe fn thread_ended(&mut self) -> Result<Event, Throw> {
        let thread = self.thread();
        // SAFETY: the current thread is live; its results lie from slot 0 to its top.
        unsafe {
            (*thread).status = Status::Dead;
            if (*thread).resumer.is_null() {
                return Ok(Event::Finished(Outcome::Returned));
            }
            let count = (*thread).top;
            self.hand_over(0, count)
        }
    }

    /// Completes the instruction before the `pc` of the Lua frame on top with the result of its metamethod.
    ///
    /// # Safety
    /// A call with [`call::FINISH`] has returned to that frame.
    pub(super) unsafe fn finish_instruction(&mut self, flags: u16) {
        let thread = self.thread();
        // SAFETY: a FINISH call is made by a Lua frame, its result lies at that frame's top.
        unsafe {
            let info = Thread::frame(thread);
            let stack = (*thread).stack;
            let result = *stack.add((*info).top as usize);
            let base = stack.add((*info).base as usize);
            let pc = (*info).pc();
            let instruction = Instruction(word(pc.sub(1)));
            let a = base.add(instruction.a() as usize);
            match instruction.op() {
                Some(op) if op.is_conditional() => {
                    let answer = result.is_falsy() == (flags & call::NEGATE != 0);
                    let jump = Instruction(word(pc)).jump();
                    (*info).resume.pc = if answer == (instruction.c() != 0) {
                        if jump < 0 {
                            self.fuel = self.fuel.saturating_sub(1);
                        }
                        pc.offset(jump as isize + 1)
                    } else {
                        pc.add(1)
                    };
                }
                Some(Op::Concat) => {
                    let left = concat::remaining(a, instruction.b() as usize).max(2);
                    *a.add(left - 2) = result;
                    (*a.add(left - 1)).tag = tag::JOINED;
                    // Executed again for the operands that are left.
                    (*info).resume.pc = pc.sub(1);
                    self.skip_trace();
                }
                Some(Op::SetTabUp | Op::SetTable | Op::SetI | Op::SetField) => {}
                _ => *a = result,
            }
        }
    }
}
