//! Boxes whose allocation may fail.

use alloc::boxed::Box;
use core::alloc::Layout;
use core::ptr::NonNull;
use lua_gc::OutOfMemory;

/// A value on the heap.
///
/// # Errors
/// Out of memory.
pub fn try_box<T>(value: T) -> Result<Box<T>, OutOfMemory> {
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        // Takes no memory.
        return Ok(Box::new(value));
    }
    // SAFETY: the block has the layout of the value and is written before the box owns it.
    unsafe {
        let block = NonNull::new(alloc::alloc::alloc(layout)).ok_or(OutOfMemory)?;
        let block = block.cast::<T>();
        block.write(value);
        Ok(Box::from_raw(block.as_ptr()))
    }
}
