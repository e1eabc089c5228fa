//! Flash in the processor's address space.
#![allow(unsafe_code)]

use core::ops::Range;

use lfs_format::store::FlashMap;

/// A range of flash that is mapped for as long as the program runs.
///
/// A copy of it is a map beside a store: images are mounted through the copy, while the store writes other slots.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The word at the start of the range.
    first: *const u32,
    /// Offset of the range in flash, in bytes.
    start: u32,
    /// Its length in bytes.
    length: u32,
}

// SAFETY: the words are only read, and whoever made the window vouches that they do not change under a view.
unsafe impl Send for Window {}
// SAFETY: as above; a window has no state.
unsafe impl Sync for Window {}

impl Window {
    /// A window that shows the bytes `range` of flash from address `first` on.
    ///
    /// # Safety
    ///
    /// For as long as the program runs, the words of the range are readable from `first` on, which is aligned to words; and no word
    /// changes that is inside a slice that [`FlashMap::mapped`] or [`Window::for_ever`] gave out and that is still in use. A
    /// [`Store`](lfs_format::store::Store) over the same flash keeps the second part for images that it had selected when it was opened.
    #[must_use]
    pub const unsafe fn new(first: *const u32, range: Range<u32>) -> Self {
        Self {
            first,
            start: range.start,
            length: range.end.saturating_sub(range.start),
        }
    }

    /// The range of flash it shows, in bytes.
    #[must_use]
    pub fn range(&self) -> Range<u32> {
        self.start..self.start.saturating_add(self.length)
    }

    /// The address at which the processor sees an offset of flash; `None` if it is not in the window.
    #[must_use]
    pub fn address(&self, offset: u32) -> Option<usize> {
        let inside = offset.checked_sub(self.start)?;
        (inside < self.length).then(|| self.first.addr() + inside as usize)
    }

    /// The words of a range of flash where they lie, for as long as the program runs; `None` if the range is not aligned to
    /// words or not wholly in the window.
    #[must_use]
    pub fn for_ever(&self, range: Range<u32>) -> Option<&'static [u32]> {
        let from = range.start.checked_sub(self.start)?;
        let length = range.end.checked_sub(range.start)?;
        let aligned = from.is_multiple_of(4) && length.is_multiple_of(4);
        if !aligned || from.checked_add(length)? > self.length {
            return None;
        }
        // SAFETY: the words lie in the window, which `new`'s caller vouches for: readable, aligned, not changed under a view.
        Some(unsafe {
            core::slice::from_raw_parts(self.first.add(from as usize / 4), length as usize / 4)
        })
    }
}

impl Window {
    /// Fills `words` from an offset of flash, by whole words; `false`, and nothing done, if not all of it is in the window.
    #[must_use]
    pub fn copy(&self, offset: u32, words: &mut [u32]) -> bool {
        let end = u32::try_from(size_of_val(words))
            .ok()
            .and_then(|length| offset.checked_add(length));
        let Some(shown) = end.and_then(|end| self.for_ever(offset..end)) else {
            return false;
        };
        for (to, from) in words.iter_mut().zip(shown) {
            // SAFETY: a reference; volatile, so that no part of a word is loaded alone, which some flash does not take.
            *to = unsafe { core::ptr::from_ref(from).read_volatile() };
        }
        true
    }
}

impl FlashMap for Window {
    fn mapped(&self, range: Range<u32>) -> Option<&[u32]> {
        self.for_ever(range)
    }

    // Nothing is written through a window; the driver that writes keeps the cache true.
    fn invalidate(&mut self, _: Range<u32>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    static WORDS: [u32; 4] = [1, 2, 3, 4];

    fn window() -> Window {
        // SAFETY: a static array that nothing writes.
        unsafe { Window::new(WORDS.as_ptr(), 0x1000..0x1010) }
    }

    #[test]
    fn ranges_inside_are_shown() {
        assert_eq!(window().for_ever(0x1000..0x1010), Some(&WORDS[..]));
        assert_eq!(window().for_ever(0x1004..0x100c), Some(&[2, 3][..]));
        assert_eq!(window().mapped(0x1010..0x1010), Some(&[][..]));
        assert_eq!(window().range(), 0x1000..0x1010);
    }

    #[test]
    #[allow(clippy::reversed_empty_ranges, reason = "such a range must be refused")]
    fn other_ranges_are_refused() {
        for range in [
            0xffc..0x1000,
            0x1000..0x1014,
            0x1002..0x1006,
            0x1000..0x1002,
            0x1008..0x1004,
            0x1014..0x1018,
            0x1004..u32::MAX,
        ] {
            assert_eq!(window().for_ever(range.clone()), None, "{range:#x?}");
        }
    }

    #[test]
    fn words_are_copied_from_inside_only() {
        let mut words = [0; 2];
        assert!(window().copy(0x1008, &mut words));
        assert_eq!(words, [3, 4]);
        assert!(!window().copy(0x100c, &mut words));
        assert_eq!(words, [3, 4]);
    }

    #[test]
    fn addresses_are_those_of_the_words() {
        assert_eq!(window().address(0x1004), Some((&raw const WORDS[1]).addr()));
        assert_eq!(window().address(0x1010), None);
        assert_eq!(window().address(0xfff), None);
    }
}
