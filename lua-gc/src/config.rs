//! Parameters a heap is created with.

/// Parameters of a [`Heap`](crate::Heap); [`Default`] suits the target's size.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Percentage of the live bytes at which the next cycle starts; 200 waits until the heap has
    /// doubled.
    pub pause: u32,
    /// Speed of the collector relative to allocation, in percent; 200 visits a byte for each byte
    /// allocated.
    pub step_multiplier: u32,
    /// Bytes allocated between two steps while a cycle runs.
    pub step_bytes: usize,
    /// Upper bound of the entries of each internal stack. Smaller saves memory, and costs walks
    /// over the heap where the graph is wide.
    pub mark_stack_limit: usize,
    /// Memory limit in bytes, see [`Memory::set_limit`](crate::Memory::set_limit).
    pub limit: usize,
}

impl Default for Config {
    fn default() -> Self {
        let large = cfg!(target_pointer_width = "64");
        Self {
            pause: 200,
            step_multiplier: 200,
            step_bytes: if large { 8192 } else { 1024 },
            mark_stack_limit: if large { 1 << 24 } else { 256 },
            limit: usize::MAX,
        }
    }
}
