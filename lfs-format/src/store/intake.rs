//! Checks an image while it passes by, header first.

use super::Error;
use super::fault::{Fault, sown};
use crate::checksum::Sums;
use crate::error::{Error as ImageError, ErrorKind};
use crate::header::{Header, WORDS};
use crate::model::Model;

/// Bytes of an image header.
pub(super) const HEAD: usize = WORDS * 4;

/// What an image must be to be taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) model: Model,
    /// Bytes of the slot.
    pub(super) room: u32,
    /// Bytes the source has, where that is known.
    pub(super) length: Option<u32>,
}

/// The image so far.
pub(super) struct Intake {
    terms: Terms,
    head: [u8; HEAD],
    taken: u32,
    /// Once the header is there and right: it, and the sums of what came behind it.
    body: Option<(Header, Sums)>,
}

impl Intake {
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            terms,
            head: [0; HEAD],
            taken: 0,
            body: None,
        }
    }

    /// The header's bytes, once it is there and right.
    pub(super) fn head(&self) -> Option<&[u8; HEAD]> {
        self.body.as_ref().map(|_| &self.head)
    }

    /// Bytes of the image; 0 before the header is there.
    pub(super) fn length(&self) -> u32 {
        self.body
            .as_ref()
            .map_or(0, |(header, _)| header.length * 4)
    }

    /// Takes the next bytes; gives those of them that lie behind the header.
    pub(super) fn take<'b>(&mut self, mut bytes: &'b [u8]) -> Result<&'b [u8], Error> {
        if self.body.is_none() {
            let have = self.taken as usize;
            let (head, behind) = bytes.split_at(bytes.len().min(HEAD - have));
            self.head[have..have + head.len()].copy_from_slice(head);
            self.taken += head.len() as u32;
            if (self.taken as usize) < HEAD {
                return Ok(&[]);
            }
            let header = self.check_head()?;
            let sums = Sums::new(header.features, header.model);
            self.body = Some((header, sums));
            bytes = behind;
        }
        if let Some((header, sums)) = &mut self.body {
            let given = u64::from(self.taken) + bytes.len() as u64;
            let needed = header.length * 4;
            if given > u64::from(needed) {
                let given = given.min(u64::from(u32::MAX)) as u32;
                return Err(Error::Length { given, needed });
            }
            sums.update(bytes);
            self.taken = given as u32;
        }
        Ok(bytes)
    }

    fn words(&self) -> [u32; WORDS] {
        let mut words = [0; WORDS];
        for (word, bytes) in words.iter_mut().zip(self.head.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        words
    }

    fn check_head(&self) -> Result<Header, Error> {
        let room = self.terms.room;
        let (header, model) = Header::checked_within(&self.words(), u32::MAX as usize / 4)?;
        if model != self.terms.model {
            return Err(Error::Image(ImageError::new(ErrorKind::Model, 3)));
        }
        let needed = header.length * 4;
        if needed > room {
            return Err(Error::TooLarge {
                needed,
                limit: room,
            });
        }
        match self.terms.length {
            Some(given) if given != needed => Err(Error::Length { given, needed }),
            _ => Ok(header),
        }
    }

    /// The image came to its end: its header, if it is whole.
    pub(super) fn finish(self) -> Result<Header, Error> {
        let Some((header, sums)) = self.body else {
            // Too short for a header; what there is says whether it is an image at all.
            let words = self.words();
            let have = self.taken as usize / 4;
            return Err(match Header::checked_within(&words[..have], 0) {
                Err(error) => Error::Image(error),
                Ok(_) => Error::Image(ImageError::new(ErrorKind::Truncated, have)),
            });
        };
        let needed = header.length * 4;
        if self.taken != needed {
            return Err(Error::Length {
                given: self.taken,
                needed,
            });
        }
        if sown(Fault::ForgetChecksum) {
            return Ok(header);
        }
        let (crc, id) = sums.finish();
        if crc != header.payload_crc {
            return Err(Error::Image(ImageError::new(
                ErrorKind::PayloadChecksum,
                16,
            )));
        }
        if id != header.build_id() {
            return Err(Error::Image(ImageError::new(ErrorKind::BuildId, 8)));
        }
        Ok(header)
    }
}
