//! Lists of objects, threaded through the links before their headers.

use crate::{ObjectRef, OutOfMemory};
use core::alloc::Layout;
use core::ptr::NonNull;

/// Next object of a list, or the end.
pub(crate) type Link = Option<ObjectRef>;

const LINK: usize = size_of::<Link>();

/// Layout of the block of an object of `size` bytes: its link, then the object.
#[inline(always)]
pub(crate) fn block_layout(size: usize) -> Result<Layout, OutOfMemory> {
    let bytes = size.checked_add(LINK).ok_or(OutOfMemory)?;
    Layout::from_size_align(bytes, align_of::<Link>()).map_err(|_| OutOfMemory)
}

/// The object in a fresh block.
///
/// # Safety
/// `block` is a block of at least `block_layout(size_of::<Header>())`.
#[inline(always)]
pub(crate) unsafe fn object_in(block: NonNull<u8>) -> ObjectRef {
    // SAFETY: the caller's promise: the block is larger than a link.
    unsafe { block.add(LINK).cast() }
}

/// The block of an object.
///
/// # Safety
/// `o` is an object of a heap.
#[inline(always)]
pub(crate) unsafe fn block_of(o: ObjectRef) -> NonNull<u8> {
    // SAFETY: invariant O: a RAM object lies `LINK` bytes into its block.
    unsafe { o.cast::<u8>().sub(LINK) }
}

/// The object after `o`.
///
/// # Safety
/// `o` is an object of a heap.
#[inline(always)]
pub(crate) unsafe fn next(o: ObjectRef) -> Link {
    // SAFETY: invariant O: the link lies at the start of the block.
    unsafe { block_of(o).cast::<Link>().read() }
}

/// Replaces the object after `o`.
///
/// # Safety
/// `o` is an object of a heap.
#[inline(always)]
pub(crate) unsafe fn set_next(o: ObjectRef, link: Link) {
    // SAFETY: invariant O: the link lies at the start of the block.
    unsafe { block_of(o).cast::<Link>().write(link) }
}

/// A place in a list: behind an object, or before the first. Unlike a pointer to a link it
/// survives moves of the heap.
pub(crate) type Place = Option<ObjectRef>;

/// The three lists of a heap; every object is in exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Without finalizer.
    Plain,
    /// With a finalizer, latest first.
    Finalizable,
    /// Found dead, or the heap is being closed: the finalizer is to be called. In calling order.
    Pending,
}

impl Which {
    /// The list a walk visits after this one.
    pub(crate) const fn following(self) -> Option<Self> {
        match self {
            Self::Plain => Some(Self::Finalizable),
            Self::Finalizable => Some(Self::Pending),
            Self::Pending => None,
        }
    }
}

/// Heads of the lists.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) plain: Link,
    finalizable: Link,
    pending: Link,
}

impl Lists {
    pub(crate) fn head(&self, which: Which) -> Link {
        match which {
            Which::Plain => self.plain,
            Which::Finalizable => self.finalizable,
            Which::Pending => self.pending,
        }
    }

    pub(crate) fn set_head(&mut self, which: Which, link: Link) {
        match which {
            Which::Plain => self.plain = link,
            Which::Finalizable => self.finalizable = link,
            Which::Pending => self.pending = link,
        }
    }

    /// The object behind a place.
    ///
    /// # Safety
    /// `place` is a place of this list.
    pub(crate) unsafe fn at(&self, which: Which, place: Place) -> Link {
        match place {
            None => self.head(which),
            // SAFETY: the caller's promise: an object of the list.
            Some(o) => unsafe { next(o) },
        }
    }

    /// Replaces the object behind a place.
    ///
    /// # Safety
    /// `place` is a place of this list.
    pub(crate) unsafe fn put(&mut self, which: Which, place: Place, link: Link) {
        match place {
            None => self.set_head(which, link),
            // SAFETY: the caller's promise: an object of the list.
            Some(o) => unsafe { set_next(o, link) },
        }
    }

    /// Links `o` in as the first of a list.
    ///
    /// # Safety
    /// `o` is an object of the heap, in no list.
    pub(crate) unsafe fn push(&mut self, which: Which, o: ObjectRef) {
        // SAFETY: the caller's promise.
        unsafe { set_next(o, self.head(which)) };
        self.set_head(which, Some(o));
    }

    /// The last place of a list.
    pub(crate) fn end(&self, which: Which) -> Place {
        let mut place = None;
        // SAFETY: `place` is a place of the list all along.
        while let Some(o) = unsafe { self.at(which, place) } {
            place = Some(o);
        }
        place
    }

    /// Visits every object of every list.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(ObjectRef)) {
        let mut list = Some(Which::Plain);
        while let Some(which) = list {
            let mut link = self.head(which);
            while let Some(o) = link {
                // SAFETY: `o` is an object of the list, alive until `visit` is done with it.
                link = unsafe { next(o) };
                visit(o);
            }
            list = which.following();
        }
    }
}
