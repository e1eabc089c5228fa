//! Values that an instruction spreads: over a new table (`SETLIST`), or over registers (`VARARG`).

use super::Operand;
use crate::frame::Throw;
use crate::number::{LuaInt, NumberModel};
use crate::object::table::Table;
use crate::object::thread::Thread;
use crate::state::State;
use crate::value::{Val, tag};
use lfs_format::isa::FIELDS_PER_FLUSH;

impl<N: NumberModel> State<N> {
    /// Stores `count` values above `ra` into the table at `ra`.
    ///
    /// # Safety
    /// The registers must be initialised.
    pub(super) unsafe fn set_list(
        &mut self,
        ra: *mut Val<N>,
        count: usize,
        batch: usize,
    ) -> Result<(), Throw> {
        // SAFETY: caller. A constructor's register holds its table; other code may have put anything there.
        unsafe {
            let table = *ra;
            if table.tag != tag::TABLE {
                return Err(self.operand_error("index", &table, Operand::None));
            }
            let table = table.as_ptr() as *mut Table<N>;
            let first = batch.saturating_sub(1).saturating_mul(FIELDS_PER_FLUSH);
            let last = first.saturating_add(count);
            if last > (*table).array_cap as usize {
                Table::resize(table, &mut self.heap.memory, last, 0)?;
            }
            for index in 0..count {
                let key = N::Int::wrap((first + index + 1) as i64);
                self.table_set_int(table, key, *ra.add(1 + index))?;
            }
        }
        Ok(())
    }

    /// Copies the extra arguments of the frame on top to register `target` and above, filled up with nil to `wanted`;
    /// without a number all of them, and the thread's top is behind the last. The stack may move.
    ///
    /// # Safety
    /// `thread` must be the current one; its top frame a Lua frame of a function with `params` parameters, `target`
    /// and `wanted` in range of its registers.
    pub(super) unsafe fn spread_varargs(
        &mut self,
        thread: *mut Thread<N>,
        params: usize,
        target: u8,
        wanted: Option<usize>,
    ) -> Result<(), Throw> {
        // SAFETY: caller; room for all is made before anything is copied.
        unsafe {
            let (func, base) = {
                let ci = Thread::frame(thread);
                ((*ci).func as usize, (*ci).base as usize)
            };
            let extra = (base - func - 1).saturating_sub(params);
            let at = base + target as usize;
            if wanted.is_none() {
                self.need_stack((at + extra) as u32)?;
                (*thread).top = (at + extra) as u32;
            }
            let wanted = wanted.unwrap_or(extra);
            let to = (*thread).stack.add(at);
            let from = (*thread).stack.add(func + 1 + params);
            let given = extra.min(wanted);
            from.copy_to(to, given);
            for index in given..wanted {
                *to.add(index) = Val::NIL;
            }
            Ok(())
        }
    }
}
