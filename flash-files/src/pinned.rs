//! Objects that stay where they are.

use crate::Error;
use alloc::alloc::{Layout, alloc, dealloc};
use core::ptr::NonNull;

/// An object on the heap that is reached by its pointer alone.
///
/// The core keeps pointers into such objects between calls. No reference to the whole object is ever made while it is
/// in use, so those pointers stay good.
pub(crate) struct Pinned<T>(NonNull<T>);

impl<T> Pinned<T> {
    const LAYOUT: Layout = {
        assert!(size_of::<T>() > 0);
        Layout::new::<T>()
    };

    pub(crate) fn new(value: T) -> Result<Self, Error> {
        // SAFETY: the layout is not of size zero.
        let place = unsafe { alloc(Self::LAYOUT) }.cast::<T>();
        let place = NonNull::new(place).ok_or(Error::OutOfMemory)?;
        // SAFETY: fresh memory of the type's layout.
        unsafe { place.write(value) };
        Ok(Self(place))
    }

    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }

    /// Takes the object out.
    pub(crate) fn into_inner(self) -> T {
        let place = self.0;
        core::mem::forget(self);
        // SAFETY: the object is read once, then its memory is freed without dropping it; `new` allocated it so.
        unsafe {
            let value = place.read();
            dealloc(place.as_ptr().cast(), Self::LAYOUT);
            value
        }
    }
}

impl<T> Drop for Pinned<T> {
    fn drop(&mut self) {
        // SAFETY: the object is live and owned; `new` allocated its memory with this layout.
        unsafe {
            self.0.drop_in_place();
            dealloc(self.0.as_ptr().cast(), Self::LAYOUT);
        }
    }
}
