//! One record of the journal: the whole state of the store.

use super::fault::{Fault, sown};
use super::layout::{Layout, Region};
use super::{Error, MAX_SOURCE};
use crate::checksum;
use crate::header;

/// First word of a record: the bytes `LFSj`.
pub(super) const MAGIC: u32 = u32::from_le_bytes(*b"LFSj");
/// Version of the journal.
pub(super) const VERSION: u16 = 1;
/// Bytes of a record that its checksum covers, checksum included.
pub(super) const BODY: u32 = 128;
/// Bytes kept for the seal, of which one write unit is programmed.
pub(super) const SEAL_ROOM: u32 = 32;
/// Bytes from one record to the next.
pub(super) const STRIDE: u32 = BODY + SEAL_ROOM;

const WORDS: usize = BODY as usize / 4;
const CRC_WORD: usize = WORDS - 1;
const CURRENT: usize = 4;
const PREVIOUS: usize = 10;
const NOTE: usize = 16;
const CURSORS: usize = 19;
const SOURCE: usize = 20;
const RESERVED: usize = SOURCE + MAX_SOURCE / 4;

const HAS_PREVIOUS: u32 = 1 << 16;
const LENGTH_BITS: u32 = 24;
const VERIFIED: u32 = 1 << 31;

/// An image in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) slot: u8,
    /// The image was verified where it lies.
    pub(super) verified: bool,
    pub(super) words: u32,
    pub(super) build_id: u64,
}

impl Placed {
    /// Whether both are the same image in the same slot.
    pub(super) fn is(&self, other: &Placed) -> bool {
        self.slot == other.slot && self.build_id == other.build_id
    }

    fn encode(placed: Option<&Placed>) -> [u32; 3] {
        placed.map_or([0; 3], |placed| {
            let verified = if placed.verified { VERIFIED } else { 0 };
            [
                verified | u32::from(placed.slot) << LENGTH_BITS | placed.words,
                placed.build_id as u32,
                (placed.build_id >> 32) as u32,
            ]
        })
    }

    /// `None` if the words are no record of an image that fits its slot.
    fn decode(words: [u32; 3], region: Region, layout: &Layout) -> Option<Option<Placed>> {
        if words == [0; 3] {
            return Some(None);
        }
        let placed = Placed {
            slot: (words[0] >> LENGTH_BITS) as u8 & 0x7f,
            verified: words[0] & VERIFIED != 0,
            words: words[0] & ((1 << LENGTH_BITS) - 1),
            build_id: u64::from(words[2]) << 32 | u64::from(words[1]),
        };
        let place = layout.place(region, placed.slot).ok()?;
        let fits =
            placed.words >= header::WORDS as u32 && placed.words * 4 <= place.end - place.start;
        fits.then_some(Some(placed))
    }
}

/// The images of both regions that belong together.
pub(super) type Pair = [Option<Placed>; 2];

/// An image that is to replace the one in a region of one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Request {
    pub(super) region: Region,
    pub(super) words: u32,
    pub(super) build_id: u64,
    /// Zero padded.
    pub(super) source: [u8; MAX_SOURCE],
}

/// What there is to know besides the selection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Note {
    #[default]
    Nothing,
    /// Nothing is erased yet.
    Requested(Request),
    /// The slot is being erased and written.
    Installing(Request),
    /// The region is empty because an installation was given up.
    Interrupted(Request),
    /// This image was not confirmed in time.
    Rejected(Region, u64),
}

/// State of the store: what each record holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) current: Pair,
    /// What a rollback selects.
    pub(super) previous: Option<Pair>,
    /// Boots an unconfirmed selection has left; `None` if it is confirmed.
    pub(super) trial: Option<u8>,
    /// Slot of each region that was written last.
    pub(super) cursors: [u8; 2],
    pub(super) note: Note,
}

/// What the words of a record are.
pub(super) enum Decoded {
    /// Not a whole record.
    Invalid,
    /// Whole, of another version.
    Version(u16),
    /// Whole, but made for another layout.
    Foreign {
        sequence: u32,
    },
    Record {
        sequence: u32,
        state: State,
    },
}

impl Note {
    /// Kind, region, length, build id, source.
    fn parts(&self) -> (u32, Region, u32, u64, [u8; MAX_SOURCE]) {
        let (kind, request) = match self {
            Note::Nothing => return (0, Region::System, 0, 0, [0; MAX_SOURCE]),
            Note::Rejected(region, id) => return (4, *region, 0, *id, [0; MAX_SOURCE]),
            Note::Requested(request) => (1, request),
            Note::Installing(request) => (2, request),
            Note::Interrupted(request) => (3, request),
        };
        (
            kind,
            request.region,
            request.words,
            request.build_id,
            request.source,
        )
    }

    fn from_parts(kind: u32, request: Request) -> Option<Note> {
        Some(match kind {
            0 => Note::Nothing,
            1 => Note::Requested(request),
            2 => Note::Installing(request),
            3 => Note::Interrupted(request),
            4 => Note::Rejected(request.region, request.build_id),
            _ => return None,
        })
    }
}

/// The bytes of a record.
pub(super) fn encode(state: &State, sequence: u32, fingerprint: u32) -> [u8; BODY as usize] {
    let mut words = encode_words(state, sequence, fingerprint);
    words[CRC_WORD] = checksum::crc32(&words[..CRC_WORD]);
    let mut bytes = [0; BODY as usize];
    for (to, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(&words) {
        *to = word.to_le_bytes();
    }
    bytes
}

/// The words of a record, without its checksum.
fn encode_words(state: &State, sequence: u32, fingerprint: u32) -> [u32; WORDS] {
    let mut words = [0; WORDS];
    let phase = state.trial.map_or(0, |left| u32::from(left.min(254)) + 1);
    let (kind, region, length, build_id, source) = state.note.parts();
    let region = region.index() as u32;
    words[..CURRENT].copy_from_slice(&[
        MAGIC,
        u32::from(VERSION) | phase << 16 | kind << 24 | region << 28,
        sequence,
        fingerprint,
    ]);
    for index in 0..2 {
        let at = CURRENT + index * 3;
        words[at..at + 3].copy_from_slice(&Placed::encode(state.current[index].as_ref()));
        let previous = state
            .previous
            .as_ref()
            .and_then(|pair| pair[index].as_ref());
        let at = PREVIOUS + index * 3;
        words[at..at + 3].copy_from_slice(&Placed::encode(previous));
    }
    words[NOTE..NOTE + 3].copy_from_slice(&[length, build_id as u32, (build_id >> 32) as u32]);
    let has_previous = if state.previous.is_some() {
        HAS_PREVIOUS
    } else {
        0
    };
    words[CURSORS] = u32::from(u16::from_le_bytes(state.cursors)) | has_previous;
    for (word, bytes) in words[SOURCE..RESERVED]
        .iter_mut()
        .zip(source.as_chunks::<4>().0)
    {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}

/// Reads a record. Whatever the bytes are, the state it gives fits the layout.
pub(super) fn decode(bytes: &[u8; BODY as usize], layout: &Layout, fingerprint: u32) -> Decoded {
    let mut words = [0; WORDS];
    for (word, from) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*from);
    }
    let whole =
        sown(Fault::MagicWithoutChecksum) || checksum::crc32(&words[..CRC_WORD]) == words[CRC_WORD];
    if words[0] != MAGIC || !whole {
        return Decoded::Invalid;
    }
    let version = words[1] as u16;
    if version != VERSION {
        return Decoded::Version(version);
    }
    let sequence = words[2];
    if words[3] != fingerprint {
        return Decoded::Foreign { sequence };
    }
    match decode_state(&words, layout) {
        Some(state) => Decoded::Record { sequence, state },
        None => Decoded::Invalid,
    }
}

fn decode_pair(words: &[u32; WORDS], at: usize, layout: &Layout) -> Option<Pair> {
    let mut pair = [None; 2];
    for region in Region::ALL {
        let at = at + region.index() * 3;
        let words = [words[at], words[at + 1], words[at + 2]];
        pair[region.index()] = Placed::decode(words, region, layout)?;
    }
    Some(pair)
}

fn decode_state(words: &[u32; WORDS], layout: &Layout) -> Option<State> {
    let mut source = [0; MAX_SOURCE];
    for (to, word) in source
        .as_chunks_mut::<4>()
        .0
        .iter_mut()
        .zip(&words[SOURCE..RESERVED])
    {
        *to = word.to_le_bytes();
    }
    let request = Request {
        region: Region::from_index(words[1] >> 28)?,
        words: words[NOTE],
        build_id: u64::from(words[NOTE + 2]) << 32 | u64::from(words[NOTE + 1]),
        source,
    };
    let previous = decode_pair(words, PREVIOUS, layout)?;
    let state = State {
        current: decode_pair(words, CURRENT, layout)?,
        previous: (words[CURSORS] & HAS_PREVIOUS != 0).then_some(previous),
        trial: ((words[1] >> 16) as u8).checked_sub(1),
        cursors: [words[CURSORS] as u8, (words[CURSORS] >> 8) as u8],
        note: Note::from_parts(words[1] >> 24 & 0xf, request)?,
    };
    // What encodes to other words has something in it that this version does not know.
    let same = encode_words(&state, words[2], words[3]);
    (same[..CRC_WORD] == words[..CRC_WORD]).then_some(state)
}

/// The name of a source, zero padded.
pub(super) fn source_name(name: &[u8]) -> Result<[u8; MAX_SOURCE], Error> {
    let mut padded = [0; MAX_SOURCE];
    padded
        .get_mut(..name.len())
        .ok_or(Error::SourceName)?
        .copy_from_slice(name);
    Ok(padded)
}
