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

    /// Positions of the slashes that divide the name.
    pub(crate) fn slashes(&self) -> impl DoubleEndedIterator<Item = usize> + use<> {
        let (bytes, len) = (self.bytes, self.len);
        (1..len).filter(move |at| bytes.get(*at) == Some(&b'/'))
    }

    /// The name up to the slash at `at`, which is the directory that it lies in.
    pub(crate) fn parent(&self, at: usize) -> Self {
        let mut parent = Self {
            bytes: self.bytes,
            len: at,
        };
        if let Some(tail) = parent.bytes.get_mut(at..) {
            tail.fill(0);
        }
        parent
    }
}
