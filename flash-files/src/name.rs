//! Names as the core takes them.

use crate::Error;

/// Longest name in bytes, directories included.
pub(crate) const MAX_NAME: usize = 255;

/// A name that ends with a zero byte.
pub(crate) struct Name {
    bytes: [u8; MAX_NAME + 1],
    len: usize,
}

impl Name {
    pub(crate) fn new(name: &[u8]) -> Result<Self, Error> {
        if name.is_empty() || name.contains(&0) {
            return Err(Error::InvalidName);
        }
        let mut bytes = [0; MAX_NAME + 1];
        bytes
            .get_mut(..name.len().min(MAX_NAME + 1))
            .filter(|_| name.len() <= MAX_NAME)
            .ok_or(Error::NameTooLong)?
            .copy_from_slice(name);
        Ok(Self {
            bytes,
            len: name.len(),
        })
    }

    /// The first byte, for the core: a zero byte is within reach.
    pub(crate) fn as_ptr(&self) -> *const u8 {
        self.bytes.as_ptr()
    }

    /// The first slash from position `from` on; what lies before it is a directory.
    pub(crate) fn slash_from(&self, from: usize) -> Option<usize> {
        let rest = self.bytes.get(from..self.len)?;
        rest.iter()
            .position(|byte| *byte == b'/')
            .map(|at| from + at)
    }

    /// The last slash before position `end`.
    pub(crate) fn slash_before(&self, end: usize) -> Option<usize> {
        let start = self.bytes.get(..end.min(self.len))?;
        start.iter().rposition(|byte| *byte == b'/')
    }

    /// Length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Runs `f` on the directory that ends at the slash at `at`, as the core takes it.
    pub(crate) fn with_parent<R>(&mut self, at: usize, f: impl FnOnce(*const u8) -> R) -> R {
        // The core reads up to the zero byte. In place, for stacks are small where it runs.
        self.put(at, 0);
        let result = f(self.bytes.as_ptr());
        self.put(at, b'/');
        result
    }

    fn put(&mut self, at: usize, byte: u8) {
        if let Some(place) = self.bytes.get_mut(at) {
            *place = byte;
        }
    }
}
