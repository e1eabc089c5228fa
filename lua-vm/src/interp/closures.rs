//! Making closures and the open upvalues they share.

use crate::frame::Throw;
use crate::number::NumberModel;
use crate::object::function::{Closure, Record, Upvalue, UpvalueLinks};
use crate::object::thread::Thread;
use crate::state::State;
use crate::value::{Val, tag};
use lfs_format::function::flags;
use lua_gc::header;

/// The value `CLOSURE` yields: the record itself where it is shareable and its environment is the globals, else a
/// new closure.
///
/// # Safety
/// `child` must be a child of the running function, `registers` and `upvalues` its own.
pub(super) unsafe fn make_closure<N: NumberModel>(
    state: &mut State<N>,
    thread: *mut Thread<N>,
    child: *const Record,
    registers: *mut Val<N>,
    upvalues: *const *mut Upvalue<N>,
) -> Result<Val<N>, Throw> {
    // SAFETY: descriptors are in range (V7).
    unsafe {
        let count = Record::shape(child).upvalues();
        if Record::flags(child) & flags::SHAREABLE != 0 {
            let globals = count == 0 || {
                let descriptor = Record::upvalue_descriptor::<N>(child, 0);
                *upvalues.add((descriptor & 0xff) as usize) == state.roots.globals_upvalue()
            };
            if globals {
                let kind = if Record::is_rom(child) {
                    tag::RECORD_ROM
                } else {
                    tag::RECORD_RAM
                };
                return Ok(Val::pointer(child as *mut u8, kind));
            }
        }
        if let Some(closure) = state.same_closure(child, registers, upvalues) {
            return Ok(Val::pointer(closure as *mut u8, tag::CLOSURE));
        }
        // Captured variables first: all allocations are made before anything refers to the new closure.
        for index in 0..count {
            let descriptor = Record::upvalue_descriptor::<N>(child, index);
            if descriptor & 0x100 != 0 {
                state.find_upvalue(thread, registers.add((descriptor & 0xff) as usize))?;
            }
        }
        let closure = state.new_closure(child, count)?;
        for index in 0..count {
            let descriptor = Record::upvalue_descriptor::<N>(child, index);
            let from = (descriptor & 0xff) as usize;
            let upvalue = if descriptor & 0x100 != 0 {
                state.find_upvalue(thread, registers.add(from))?
            } else {
                *upvalues.add(from)
            };
            Closure::upvalues(closure).add(index).write(upvalue);
        }
        debug_assert!(
            header::kind(core::ptr::NonNull::new_unchecked(closure as *mut _))
                == crate::object::kind::CLOSURE
        );
        state.roots.last_closure = closure;
        Ok(Val::pointer(closure as *mut u8, tag::CLOSURE))
    }
}

impl<N: NumberModel> State<N> {
    /// The closure made last, if another one of `child` would have the same variables: the two need not be told apart
    /// (manual section 3.4.4).
    ///
    /// # Safety
    /// As for [`make_closure`].
    unsafe fn same_closure(
        &self,
        child: *const Record,
        registers: *mut Val<N>,
        upvalues: *const *mut Upvalue<N>,
    ) -> Option<*mut Closure<N>> {
        let closure = self.roots.last_closure;
        // SAFETY: the collector forgets the closure before it could free it; descriptors are in range (V7).
        unsafe {
            if closure.is_null() || (*closure).record != child {
                return None;
            }
            let same = (0..Record::shape(child).upvalues()).all(|index| {
                let descriptor = Record::upvalue_descriptor::<N>(child, index);
                let from = (descriptor & 0xff) as usize;
                let variable = if descriptor & 0x100 != 0 {
                    registers.add(from)
                } else {
                    (**upvalues.add(from)).v
                };
                (**Closure::upvalues(closure).add(index)).v == variable
            });
            same.then_some(closure)
        }
    }

    /// The open upvalue of a stack slot, made if there is none.
    ///
    /// # Safety
    /// `slot` must be in the stack of the live `thread`.
    pub(crate) unsafe fn find_upvalue(
        &mut self,
        thread: *mut Thread<N>,
        slot: *mut Val<N>,
    ) -> Result<*mut Upvalue<N>, Throw> {
        // SAFETY: caller; the list holds live upvalues sorted by falling address.
        unsafe {
            let mut link: *mut *mut Upvalue<N> = &raw mut (*thread).open;
            while !(*link).is_null() && (**link).v >= slot {
                if (**link).v == slot {
                    return Ok(*link);
                }
                link = &raw mut (**link).store.links.next;
            }
            let upvalue = self.new_upvalue(Val::NIL)?;
            let next = *link;
            (*upvalue).v = slot;
            (*upvalue).store.links = UpvalueLinks {
                next,
                previous: link,
            };
            if !next.is_null() {
                (*next).store.links.previous = &raw mut (*upvalue).store.links.next;
            }
            *link = upvalue;
            self.roots.last_captured = upvalue;
            Ok(upvalue)
        }
    }
}
