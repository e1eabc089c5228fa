//! Threads: a value stack, call infos and the list of open upvalues.

use super::function::Upvalue;
use crate::number::NumberModel;
use crate::value::Val;
use core::alloc::Layout;
use core::mem::size_of;
use lua_gc::{Header, Memory, OutOfMemory};

/// Most slots a stack may have, as in the reference implementation.
pub const MAX_STACK: usize = 1_000_000;
/// Slots beyond [`MAX_STACK`] that handlers of a stack overflow may use.
pub const OVERFLOW_RESERVE: usize = 1_000;
/// Slots above a native function's arguments that it has at first; pushing more makes the stack longer.
pub const NATIVE_SLOTS: usize = 8;
/// Slots a new coroutine's stack has.
pub const INITIAL_STACK: usize = NATIVE_SLOTS + 4;
/// Slots from which on a stack that grows doubles; a shorter one, as most coroutines have, grows by half.
pub const DOUBLING_STACK: usize = 64;
/// Slots always kept beyond a frame's top, for metamethod calls' function and arguments.
pub const EXTRA_SLOTS: usize = 5;

/// Flags of a call info.
pub mod call {
    /// A Lua function (else a native one).
    pub const LUA: u16 = 1;
    /// First frame of a run or of a coroutine: returning from it leaves the interpreter or ends the coroutine.
    pub const ENTRY: u16 = 1 << 1;
    /// A native that catches errors of what it calls.
    pub const PROTECTED: u16 = 1 << 2;
    /// A metamethod call of the instruction before the caller's `pc`, to be finished with its result.
    pub const FINISH: u16 = 1 << 3;
    /// Called in place of its caller, which left no trace.
    pub const TAIL: u16 = 1 << 4;
    /// A message handler of `xpcall`.
    pub const HANDLER: u16 = 1 << 5;
    /// A `__gc` metamethod called by the collector.
    pub const FINALIZER: u16 = 1 << 6;
    /// A native that has yielded: resuming it delivers values, not call results.
    pub const YIELDED: u16 = 1 << 7;
    /// The native asked for a handler to be run before unwinding to it; the handler is its first slot.
    pub const HAS_HANDLER: u16 = 1 << 8;
    /// A native waiting for a thread it resumed.
    pub const RESUMING: u16 = 1 << 9;
    /// With FINISH: the comparison's result is to be negated (`a <= b` done as `not (b < a)`).
    pub const NEGATE: u16 = 1 << 10;
    /// Told on return only: all results were wanted, so the top of the stack counts.
    pub const OPEN: u16 = 1 << 11;
    /// A hook.
    pub const HOOK: u16 = 1 << 12;
    /// The hook was told of this call: of a Lua function its call, of a native its return.
    pub const TOLD: u16 = 1 << 13;
}

/// Call results wanted: all of them.
pub const ALL_RESULTS: i16 = -1;

/// One active call. Stack positions are indices, so that a stack may move.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CallInfo {
    /// Slot of the function.
    pub func: u32,
    /// First register or argument.
    pub base: u32,
    /// First slot the collector need not look at; Lua frames: `base` + frame size.
    pub top: u32,
    /// Lua: next instruction. Native: the state it is called with next.
    pub resume: Resume,
    /// Results the caller wants, or [`ALL_RESULTS`].
    pub results: i16,
    /// [`call`] flags.
    pub flags: u16,
}

/// Where a call goes on.
#[derive(Clone, Copy)]
#[repr(C)]
pub union Resume {
    /// Lua: next instruction.
    pub pc: *const u32,
    /// Native: the state it is called with next.
    pub state: usize,
}

impl CallInfo {
    /// Whether a Lua function runs here.
    #[inline(always)]
    pub fn is_lua(&self) -> bool {
        self.flags & call::LUA != 0
    }

    /// The next instruction of a Lua call.
    #[inline(always)]
    pub fn pc(&self) -> *const u32 {
        // SAFETY: both fields are one machine word without invalid values.
        unsafe { self.resume.pc }
    }

    /// Clears the registers from slot `from` on, temporaries whose use is over: what they refer to may be collected.
    ///
    /// # Safety
    /// This must be a Lua call of the live `thread`, `from` one of its slots.
    #[inline(never)]
    pub unsafe fn forget_above<N: NumberModel>(&self, thread: *mut Thread<N>, from: u32) {
        for slot in from..self.top {
            // SAFETY: caller; the frame's slots are within the stack.
            unsafe { *(*thread).stack.add(slot as usize) = Val::NIL }
        }
    }

    /// Notes that a native call waits, in `state`, for values that will be put at slot `place`.
    pub fn await_call(&mut self, place: u32, state: usize, flags: u16) {
        self.top = place;
        self.resume = Resume { state };
        self.flags |= flags;
    }

    /// The state of a native call.
    #[inline(always)]
    pub fn state(&self) -> usize {
        // SAFETY: both fields are one machine word without invalid values.
        unsafe { self.resume.state }
    }
}

/// What a thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Not started or yielded: may be resumed.
    Suspended,
    /// The current thread.
    Running,
    /// Has resumed another thread.
    Normal,
    /// Finished or failed.
    Dead,
}

/// A thread.
#[repr(C)]
pub struct Thread<N: NumberModel> {
    header: Header,
    /// What it is doing.
    pub status: Status,
    /// Message handlers running now, one inside the other.
    pub handlers: u8,
    /// Events its hook is told of ([`crate::hook::event`]); 0 without a hook.
    pub hooks: u8,
    /// Whether it counts as a main thread: no coroutine, so nothing on it can yield.
    pub main: bool,
    /// The stack.
    pub stack: *mut Val<N>,
    /// Slots of the stack.
    pub stack_size: u32,
    /// First free slot, while no Lua function runs on top.
    pub top: u32,
    /// Call infos.
    pub frames: *mut CallInfo,
    /// Capacity of `frames`.
    pub frame_capacity: u32,
    /// Active calls.
    pub depth: u32,
    /// Open upvalues, highest slot first.
    pub open: *mut Upvalue<N>,
    /// The thread that resumed this one.
    pub resumer: *mut Thread<N>,
}

impl<N: NumberModel> Thread<N> {
    /// Fills a fresh object.
    ///
    /// # Safety
    /// `thread` must be an allocated object of this size.
    pub unsafe fn init(thread: *mut Self) {
        // SAFETY: every field behind the header is written.
        unsafe {
            (*thread).status = Status::Suspended;
            (*thread).handlers = 0;
            (*thread).hooks = 0;
            (*thread).main = false;
            (*thread).stack = core::ptr::null_mut();
            (*thread).stack_size = 0;
            (*thread).top = 0;
            (*thread).frames = core::ptr::null_mut();
            (*thread).frame_capacity = 0;
            (*thread).depth = 0;
            (*thread).open = core::ptr::null_mut();
            (*thread).resumer = core::ptr::null_mut();
        }
    }

    fn stack_layout(slots: usize) -> Result<Layout, OutOfMemory> {
        Layout::array::<Val<N>>(slots).map_err(|_| OutOfMemory)
    }

    fn frames_layout(frames: usize) -> Result<Layout, OutOfMemory> {
        Layout::array::<CallInfo>(frames).map_err(|_| OutOfMemory)
    }

    /// Gives the stack `slots` slots, no fewer than hold values; new ones are nil. Open upvalues follow.
    ///
    /// # Safety
    /// `thread` must be live.
    ///
    /// # Errors
    /// Out of memory; nothing has changed then.
    pub unsafe fn resize_stack(
        thread: *mut Self,
        memory: &mut Memory,
        slots: usize,
    ) -> Result<(), OutOfMemory> {
        // SAFETY: the stack block was allocated here with the recorded size; open upvalues point into it.
        unsafe {
            let old = (*thread).stack_size as usize;
            let layout = Self::stack_layout(slots)?;
            let fresh = memory.alloc(layout)?.cast::<Val<N>>().as_ptr();
            let kept = old.min(slots);
            if kept > 0 {
                fresh.copy_from_nonoverlapping((*thread).stack, kept);
            }
            for slot in kept..slots {
                fresh.add(slot).write(Val::NIL);
            }
            let mut upvalue = (*thread).open;
            while !upvalue.is_null() {
                let index = (*upvalue).v.offset_from((*thread).stack);
                (*upvalue).v = fresh.offset(index);
                upvalue = (*upvalue).store.links.next;
            }
            if let Some(block) = core::ptr::NonNull::new((*thread).stack as *mut u8) {
                memory.free(block, Self::stack_layout(old)?);
            }
            (*thread).stack = fresh;
            (*thread).stack_size = slots as u32;
            Ok(())
        }
    }

    /// Makes room for one more call info.
    ///
    /// # Safety
    /// `thread` must be live.
    ///
    /// # Errors
    /// Out of memory; nothing has changed then.
    pub unsafe fn grow_frames(thread: *mut Self, memory: &mut Memory) -> Result<(), OutOfMemory> {
        // SAFETY: the block was allocated here with the recorded capacity.
        unsafe {
            let old = (*thread).frame_capacity as usize;
            let new = if old == 0 { 3 } else { old.saturating_mul(2) };
            let layout = Self::frames_layout(new)?;
            let block = match core::ptr::NonNull::new((*thread).frames as *mut u8) {
                None => memory.alloc(layout)?,
                Some(block) => memory.resize(block, Self::frames_layout(old)?, layout.size())?,
            };
            (*thread).frames = block.as_ptr() as *mut CallInfo;
            (*thread).frame_capacity = new as u32;
            Ok(())
        }
    }

    /// Gives back most of a stack and of calls that are far larger than what is in use: a deep recursion has ended.
    /// Without memory for the smaller blocks the larger ones stay. True if anything moved.
    ///
    /// # Safety
    /// `thread` must be live, and nothing holds pointers into its stack or to its calls.
    pub unsafe fn trim(thread: *mut Self, memory: &mut Memory) -> bool {
        // SAFETY: caller; the blocks were allocated here with the recorded sizes.
        unsafe {
            let mut moved = false;
            let slots = Self::extent(thread) + 2 * NATIVE_SLOTS;
            if (*thread).stack_size as usize > 4 * slots {
                moved |= Self::resize_stack(thread, memory, 2 * slots).is_ok();
            }
            let frames = (*thread).depth as usize + 4;
            let old = (*thread).frame_capacity as usize;
            if old > 4 * frames
                && let Some(block) = core::ptr::NonNull::new((*thread).frames as *mut u8)
                && let (Ok(from), Ok(to)) =
                    (Self::frames_layout(old), Self::frames_layout(2 * frames))
                && let Ok(block) = memory.resize(block, from, to.size())
            {
                (*thread).frames = block.as_ptr() as *mut CallInfo;
                (*thread).frame_capacity = 2 * frames as u32;
                moved = true;
            }
            moved
        }
    }

    /// The running call.
    ///
    /// # Safety
    /// `thread` must be live with at least one call.
    #[inline(always)]
    pub unsafe fn frame(thread: *const Self) -> *mut CallInfo {
        // SAFETY: caller.
        unsafe { (*thread).frames.add((*thread).depth as usize - 1) }
    }

    /// Slots that hold values: up to the running call's top.
    ///
    /// # Safety
    /// `thread` must be live.
    pub unsafe fn extent(thread: *const Self) -> usize {
        // SAFETY: caller.
        unsafe {
            let top = (*thread).top as usize;
            if (*thread).depth == 0 {
                return top;
            }
            let frame = Self::frame(thread);
            if (*frame).is_lua() {
                top.max((*frame).top as usize)
            } else {
                top
            }
        }
    }

    /// Closes all open upvalues at or above slot `level`, calling `closed` for each.
    ///
    /// # Safety
    /// `thread` must be live.
    pub unsafe fn close_upvalues(
        thread: *mut Self,
        level: *mut Val<N>,
        mut closed: impl FnMut(*mut Upvalue<N>),
    ) {
        // SAFETY: the open list holds live upvalues (a freed one unlinks itself).
        unsafe {
            loop {
                let upvalue = (*thread).open;
                if upvalue.is_null() || (*upvalue).v < level {
                    return;
                }
                Upvalue::close(upvalue);
                closed(upvalue);
            }
        }
    }

    /// Frees what the thread owns; live closures keep the values of their upvalues.
    ///
    /// # Safety
    /// `thread` must be about to be freed.
    pub unsafe fn release(thread: *mut Self, memory: &mut Memory) {
        // SAFETY: the blocks were allocated here with the recorded sizes.
        unsafe {
            Self::close_upvalues(thread, (*thread).stack, |_| {});
            if let Some(block) = core::ptr::NonNull::new((*thread).stack as *mut u8)
                && let Ok(layout) = Self::stack_layout((*thread).stack_size as usize)
            {
                memory.free(block, layout);
            }
            if let Some(block) = core::ptr::NonNull::new((*thread).frames as *mut u8)
                && let Ok(layout) = Self::frames_layout((*thread).frame_capacity as usize)
            {
                memory.free(block, layout);
            }
        }
    }

    /// Bytes the thread owns beside its object.
    ///
    /// # Safety
    /// `thread` must be live.
    pub unsafe fn buffer_bytes(thread: *const Self) -> usize {
        // SAFETY: caller.
        unsafe {
            (*thread).stack_size as usize * size_of::<Val<N>>()
                + (*thread).frame_capacity as usize * size_of::<CallInfo>()
        }
    }
}
