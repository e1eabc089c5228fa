//! How much of the native stack was ever used.
//!
//! A firmware fills what is not used yet with a pattern, at its start; what does not have it any more has been used.

use esp_port::board::Usage;

/// What the start-up code fills the stack with.
const PAINT: u32 = 0x5A5A_A5A5;

/// Fills the words from `bottom` up to `top` with the pattern.
///
/// # Safety
/// The words between are writable, aligned, and not in use.
pub unsafe fn paint_stack(bottom: *mut u32, top: *mut u32) {
    let mut word = bottom;
    while word < top {
        // SAFETY: `word` lies between the two (caller's promise).
        unsafe { word.write_volatile(PAINT) };
        word = word.wrapping_add(1);
    }
}

/// The size of a stack that grows down from `top` to `bottom`, and the most of it ever used: what is not painted any more.
///
/// # Safety
/// The words between are readable and aligned.
pub unsafe fn stack_usage(bottom: *const u32, top: *const u32) -> Usage {
    let mut word = bottom;
    // SAFETY: `word` lies between the two (caller's promise).
    while word < top && unsafe { word.read_volatile() } == PAINT {
        word = word.wrapping_add(1);
    }
    Usage {
        used: top.addr() - word.addr(),
        size: top.addr() - bottom.addr(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paint_ends_where_the_stack_was_used() {
        let stack = [PAINT, PAINT, 7, PAINT];
        let ends = stack.as_ptr_range();
        // SAFETY: the two ends of an array.
        let usage = unsafe { stack_usage(ends.start, ends.end) };
        assert_eq!((usage.used, usage.size), (8, 16));
    }

    #[test]
    fn what_was_painted_counts_as_unused() {
        let mut stack = [7; 4];
        let ends = stack.as_mut_ptr_range();
        // SAFETY: the two ends of a part of an array, then of all of it.
        let usage = unsafe {
            paint_stack(ends.start, ends.end.sub(1));
            stack_usage(ends.start, ends.end)
        };
        assert_eq!((usage.used, usage.size), (4, 16));
    }
}
