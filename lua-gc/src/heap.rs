//! The heap: allocation, barriers, and the collector's state machine.

use crate::header::{self, COLOURS, FIXED, USER_SHIFT, WHITE0, WHITES};
use crate::list::{self, Lists};
use crate::mark::Search;
use crate::pace::Pace;
use crate::sweep::{self, Cursor};
use crate::tracer::{Marks, Tracer};
use crate::{Client, Config, Memory, ObjectRef, OutOfMemory};
use core::marker::PhantomData;

/// Where a cycle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Phase {
    /// Between cycles.
    Pause,
    /// Visiting grey objects.
    Mark,
    /// Freeing the dead.
    Sweep,
}

#[derive(Debug)]
enum State {
    Pause,
    Mark,
    Sweep(Cursor),
}

/// A collected heap. Dropping it frees its own stacks; the objects go with [`Heap::free_all`].
///
/// The order of the fields is kept: what an allocation touches lies together.
#[derive(Debug)]
#[repr(C)]
pub struct Heap<C: Client> {
    /// Accounting, and buffers owned by objects.
    pub memory: Memory,
    /// A step is due when more bytes are in use.
    threshold: usize,
    /// The white of new objects.
    pub(crate) white: u32,
    pub(crate) lists: Lists,
    state: State,
    pub(crate) marks: Marks,
    pub(crate) search: Search,
    pace: Pace,
    cycles: usize,
    client: PhantomData<fn(&mut C)>,
}

impl<C: Client> Heap<C> {
    /// An empty heap.
    ///
    /// # Errors
    /// [`OutOfMemory`] if there is none for the first entries of the mark stack.
    pub fn new(config: Config) -> Result<Self, OutOfMemory> {
        let mut memory = Memory::new(config.limit);
        let mut marks = Marks::new(config.mark_stack_limit);
        marks.reserve(&mut memory)?;
        Ok(Self {
            threshold: memory.bytes().saturating_add(config.step_bytes),
            memory,
            white: WHITE0,
            lists: Lists::default(),
            state: State::Pause,
            marks,
            search: Search::default(),
            pace: Pace::new(&config),
            cycles: 0,
            client: PhantomData,
        })
    }

    /// Allocates an object of `size` bytes from its header on, writes the header and links it in.
    /// The body is not initialised. Never collects.
    ///
    /// # Safety
    /// `size` is at least that of [`Header`](crate::Header). Invariant I: the body is initialised
    /// before the next step or collection.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the limit would be exceeded or the allocator refuses.
    #[inline]
    pub unsafe fn allocate(
        &mut self,
        kind: u8,
        user: u16,
        size: usize,
    ) -> Result<ObjectRef, OutOfMemory> {
        debug_assert!(size >= size_of::<header::Header>(), "no room for a header");
        let block = self.memory.alloc(list::block_layout(size)?)?;
        let word = u32::from(kind) | self.white | (u32::from(user) << USER_SHIFT);
        // SAFETY: the fresh block holds a link and at least a header.
        unsafe {
            let o = list::object_in(block);
            list::set_next(o, self.lists.plain);
            header::init(o, word);
            self.lists.plain = Some(o);
            Ok(o)
        }
    }

    /// Enough was allocated that a step should be made at the next opportunity.
    #[inline(always)]
    #[must_use]
    pub fn debt_due(&self) -> bool {
        self.memory.bytes() > self.threshold
    }

    /// Makes one increment, as large as what was allocated since the last one demands.
    ///
    /// # Safety
    /// Invariants I, R and B hold, as at a safe point of the client.
    #[cold]
    #[inline(never)]
    pub unsafe fn step(&mut self, c: &mut C) {
        if !self.pace.running {
            return;
        }
        // SAFETY: the caller's promise.
        unsafe {
            if self.pace.stress {
                self.collect(c);
                return;
            }
            let debt = self.memory.bytes().saturating_sub(self.threshold);
            self.advance(c, debt.saturating_add(self.pace.step_bytes));
        }
    }

    /// Makes an increment as if `kilobytes` had been allocated (0: a small one, of a kilobyte at most), also while
    /// stopped. True if it finished a cycle.
    ///
    /// # Safety
    /// As for [`step`](Self::step).
    pub unsafe fn step_by(&mut self, c: &mut C, kilobytes: usize) -> bool {
        let bytes = kilobytes
            .saturating_mul(1024)
            .max(self.pace.step_bytes.min(1024));
        let before = self.cycles;
        // SAFETY: the caller's promise.
        unsafe { self.advance(c, bytes) };
        self.cycles != before
    }

    /// Makes the increment that pays for `bytes` of allocation, and sets the next threshold.
    unsafe fn advance(&mut self, c: &mut C, bytes: usize) {
        let mut budget = self.pace.work(bytes);
        // SAFETY: the caller's promise: a safe point.
        let finished = unsafe { self.run(c, &mut budget) };
        let at = if finished {
            self.next_cycle()
        } else {
            let overdone = self.pace.allowance(budget.saturating_neg());
            let bytes = self.memory.bytes().saturating_add(self.pace.step_bytes);
            bytes.saturating_add(overdone)
        };
        self.set_threshold(at);
    }

    /// Runs the state machine until a cycle is finished (true) or the budget is spent (false).
    unsafe fn run(&mut self, c: &mut C, budget: &mut isize) -> bool {
        while *budget > 0 {
            // SAFETY: the caller's promise: a safe point.
            unsafe {
                match self.state {
                    State::Pause => {
                        self.begin_marking(c);
                        self.state = State::Mark;
                    }
                    State::Mark => {
                        if self.propagate(c, budget) {
                            self.atomic(c);
                            self.pace.estimate = self.memory.bytes();
                            self.state = State::Sweep(Cursor::START);
                        }
                    }
                    State::Sweep(mut cursor) => {
                        let before = self.memory.bytes();
                        let finished = self.sweep(c, &mut cursor, budget);
                        let freed = before.saturating_sub(self.memory.bytes());
                        self.pace.estimate = self.pace.estimate.saturating_sub(freed);
                        if finished {
                            self.state = State::Pause;
                            self.cycles = self.cycles.wrapping_add(1);
                            return true;
                        }
                        self.state = State::Sweep(cursor);
                    }
                }
            }
        }
        false
    }

    /// Runs a whole cycle: everything unreachable now is freed, or pending if it has a finalizer.
    /// Needs no memory.
    ///
    /// # Safety
    /// As for [`step`](Self::step).
    pub unsafe fn collect(&mut self, c: &mut C) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.state {
                State::Pause => {}
                State::Mark => {
                    self.abandon();
                    self.state = State::Pause;
                }
                State::Sweep(_) => self.finish_cycle(c),
            }
            self.finish_cycle(c);
        }
        self.set_threshold(self.next_cycle());
    }

    unsafe fn finish_cycle(&mut self, c: &mut C) {
        // SAFETY: the caller's promise: a safe point.
        while !unsafe { self.run(c, &mut { isize::MAX }) } {}
    }

    /// Bytes in use at which the next cycle starts.
    fn next_cycle(&self) -> usize {
        let soonest = self.memory.bytes().saturating_add(self.pace.step_bytes);
        self.pace.next_cycle().max(soonest)
    }

    fn set_threshold(&mut self, bytes: usize) {
        self.threshold = if !self.pace.running {
            usize::MAX
        } else if self.pace.stress {
            0
        } else {
            bytes
        };
    }

    /// A store of `child` into `parent` needs a barrier: the parent is black, the child white.
    ///
    /// # Safety
    /// Both are live objects of a heap, or ROM objects.
    #[inline(always)]
    #[must_use]
    pub unsafe fn needs_barrier(parent: ObjectRef, child: ObjectRef) -> bool {
        // SAFETY: the caller's promise.
        unsafe { header::crosses(parent, child) }
    }

    /// Forward barrier, after `child` was stored into `parent`: marks the child.
    ///
    /// # Safety
    /// Both are live objects of this heap, or ROM objects.
    #[cold]
    pub unsafe fn barrier(&mut self, _c: &mut C, parent: ObjectRef, child: ObjectRef) {
        // SAFETY: the caller's promise. Only a black object, hence one of the heap, is written.
        unsafe {
            if !header::crosses(parent, child) {
                return;
            }
            if matches!(self.state, State::Mark) {
                Tracer::<C>::new(&mut self.marks, &mut self.memory).mark(child);
            } else {
                self.whiten(parent);
            }
        }
    }

    /// Backward barrier, for objects stored into often: `parent` is visited again in the atomic
    /// phase and needs no further barrier until then.
    ///
    /// # Safety
    /// `parent` is a live object of this heap.
    #[cold]
    pub unsafe fn barrier_back(&mut self, parent: ObjectRef) {
        // SAFETY: the caller's promise. Only a black object is written.
        unsafe {
            if matches!(self.state, State::Mark) {
                self.marks.postpone(parent, &mut self.memory);
            } else if header::is_black(parent) {
                self.whiten(parent);
            }
        }
    }

    unsafe fn whiten(&mut self, o: ObjectRef) {
        // SAFETY: the caller's promise: a live object of this heap.
        unsafe { header::set_word(o, (header::word(o) & !COLOURS) | self.white) }
    }

    /// Saves an object found in an intern table: if it is dead and not swept yet it lives on.
    ///
    /// # Safety
    /// `o` is an object of this heap that was not freed, and a leaf (its children might be freed).
    #[inline]
    pub unsafe fn revive(&mut self, o: ObjectRef) {
        // SAFETY: the caller's promise.
        unsafe {
            if header::word(o) & self.other_white() != 0 {
                self.whiten(o);
            }
        }
    }

    /// Never frees `o` from here on. Not a root: what it refers to is not kept, so it is a leaf.
    ///
    /// # Safety
    /// `o` is a live object of this heap.
    pub unsafe fn fix(&mut self, o: ObjectRef) {
        // SAFETY: the caller's promise.
        unsafe {
            debug_assert!(C::is_leaf(header::kind(o)), "only leaves can be fixed");
            header::set_word(o, header::word(o) | FIXED);
        }
    }

    /// Frees all objects and the collector's own memory. No finalizer is called.
    ///
    /// # Safety
    /// No object of this heap is used again.
    pub unsafe fn free_all(&mut self, c: &mut C) {
        self.state = State::Pause;
        self.search = Search::default();
        let lists = core::mem::take(&mut self.lists);
        // SAFETY: every object is in exactly one list, and a list is walked ahead of the frees.
        lists.for_each(|o| unsafe { sweep::free(c, o, &mut self.memory) });
        self.marks.release(&mut self.memory);
        self.pace.estimate = 0;
        self.set_threshold(self.memory.bytes().saturating_add(self.pace.step_bytes));
    }

    /// Visits all objects that are not known to be dead. The visitor must not use the heap.
    pub fn for_each(&self, mut f: impl FnMut(ObjectRef)) {
        let dead = self.other_white();
        self.lists.for_each(|o| {
            // SAFETY: an object of the lists.
            let word = unsafe { header::word(o) };
            if word & dead == 0 || word & FIXED != 0 {
                f(o);
            }
        });
    }

    /// The white that new objects do not have: after marking, that of the dead.
    #[inline(always)]
    pub(crate) fn other_white(&self) -> u32 {
        self.white ^ WHITES
    }

    pub(crate) fn cursor_mut(&mut self) -> Option<&mut Cursor> {
        match &mut self.state {
            State::Sweep(cursor) => Some(cursor),
            State::Pause | State::Mark => None,
        }
    }

    /// Where the current cycle is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.state {
            State::Pause => Phase::Pause,
            State::Mark => Phase::Mark,
            State::Sweep(_) => Phase::Sweep,
        }
    }

    /// Cycles completed.
    #[must_use]
    pub fn cycles(&self) -> usize {
        self.cycles
    }

    /// Times the marker was stopped by the ROM boundary so far.
    #[must_use]
    pub fn boundary_hits(&self) -> usize {
        self.marks.boundary_hits
    }

    /// The pause in percent, see [`Config::pause`].
    #[must_use]
    pub fn pause(&self) -> u32 {
        self.pace.pause
    }

    /// Sets the pause; the old one. Takes effect at the end of a cycle.
    pub fn set_pause(&mut self, percent: u32) -> u32 {
        core::mem::replace(&mut self.pace.pause, percent)
    }

    /// The step multiplier in percent, see [`Config::step_multiplier`].
    #[must_use]
    pub fn step_multiplier(&self) -> u32 {
        self.pace.step_multiplier
    }

    /// Sets the step multiplier; the old one.
    pub fn set_step_multiplier(&mut self, percent: u32) -> u32 {
        core::mem::replace(&mut self.pace.step_multiplier, percent)
    }

    /// Bytes that were in use after the last cycle; those in use now if there was none.
    #[must_use]
    pub fn estimate(&self) -> usize {
        match self.cycles {
            0 => self.memory.bytes(),
            _ => self.pace.estimate,
        }
    }

    /// No step is due until [`restart`](Self::restart).
    pub fn stop(&mut self) {
        self.pace.running = false;
        self.set_threshold(0);
    }

    /// Ends a [`stop`](Self::stop): the next allocation makes a step due.
    pub fn restart(&mut self) {
        self.pace.running = true;
        self.set_threshold(self.memory.bytes());
    }

    /// Not [stopped](Self::stop).
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.pace.running
    }

    /// For tests: a step is always due, and is a full collection.
    pub fn set_debug_stress(&mut self, on: bool) {
        self.pace.stress = on;
        self.set_threshold(self.memory.bytes());
    }
}
