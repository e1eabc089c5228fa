//! Functions that wait to be run: `node.task.post`.

use alloc::collections::VecDeque;
use lua_vm::api::Stash;

/// Which of the functions that wait runs first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Priority {
    /// After everything else.
    Low,
    /// The usual one.
    Medium,
    /// Before everything else.
    High,
}

impl Priority {
    /// From the number that Lua has for it.
    pub(crate) fn of(number: i64) -> Option<Self> {
        match number {
            0 => Some(Priority::Low),
            1 => Some(Priority::Medium),
            2 => Some(Priority::High),
            _ => None,
        }
    }
}

/// Most functions that may wait with one priority.
const DEPTH: usize = 32;

/// Functions that wait, by their priorities.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: [VecDeque<Stash>; 3],
}

impl Queue {
    /// Whether another function may wait, with memory for it at hand.
    pub(crate) fn has_room(&mut self, priority: Priority) -> bool {
        let waiting = &mut self.waiting[priority as usize];
        waiting.len() < DEPTH && waiting.try_reserve(1).is_ok()
    }

    /// Puts a function last among those of its priority. To be called when there [is room](Self::has_room).
    pub(crate) fn post(&mut self, priority: Priority, function: Stash) {
        self.waiting[priority as usize].push_back(function);
    }

    /// The function that is next, if it has this priority or a higher one.
    pub(crate) fn next(&mut self, least: Priority) -> Option<(Priority, Stash)> {
        [Priority::High, Priority::Medium, Priority::Low]
            .into_iter()
            .filter(|priority| *priority as usize >= least as usize)
            .find_map(|priority| Some((priority, self.waiting[priority as usize].pop_front()?)))
    }
}
