//! Signatures of images, and installing images that carry one.
#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod support;

use lfs_format::error::ErrorKind;
use lfs_format::function::StripLevel;
use lfs_format::image::Image;
use lfs_format::model::Model;
use lfs_format::nor::NorModel;
use lfs_format::signature::{
    ImageOnly, KeyId, PublicKey, SecretKey, SignatureError, TRAILER, Trailer, sign, verify,
    verify_image,
};
use lfs_format::store::{Acceptance, Error, Layout, ReadError, Region, Source, Store};
use proptest::prelude::*;

fn image() -> Vec<u8> {
    let words = support::sample(Model::Num32, StripLevel::Names);
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

fn signed(image: &[u8], key: &SecretKey) -> Vec<u8> {
    let mut bytes = image.to_vec();
    bytes.extend(sign(image, key).unwrap().to_bytes());
    bytes
}

fn checked(bytes: &[u8], key: &SecretKey) -> Result<(), SignatureError> {
    verify(&mut &*bytes, &key.public())
}

#[test]
fn a_signature_is_good_for_its_image_and_key() {
    let bytes = signed(&image(), &key(7));
    assert_eq!(checked(&bytes, &key(7)), Ok(()));
    assert_eq!(
        checked(&bytes, &key(8)),
        Err(SignatureError::WrongKey(key(7).public().id()))
    );
    // Signing again leaves the old signature out.
    assert_eq!(sign(&bytes, &key(7)), sign(&image(), &key(7)));
    // A slot is longer than what was written to it.
    let slot = [&bytes[..], &[0xff; 100]].concat();
    assert_eq!(checked(&slot, &key(7)), Ok(()));
}

#[test]
fn every_changed_byte_is_noticed() {
    let bytes = signed(&image(), &key(7));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(checked(&changed, &key(7)).is_err(), "byte {at}");
    }
}

#[test]
fn an_image_of_right_sums_with_the_signature_of_another_is_refused() {
    let other = support::sample(Model::Num32, StripLevel::None);
    let other: Vec<u8> = other.iter().flat_map(|word| word.to_le_bytes()).collect();
    let trailer = sign(&image(), &key(7)).unwrap().to_bytes();
    let bytes = [&other[..], &trailer].concat();
    assert_eq!(checked(&bytes, &key(7)), Err(SignatureError::Wrong));
}

#[test]
fn what_is_missing_or_foreign_is_told_apart() {
    let (image, bytes) = (image(), signed(&image(), &key(7)));
    assert_eq!(checked(&image, &key(7)), Err(SignatureError::Missing));
    for length in image.len()..bytes.len() {
        assert_eq!(
            checked(&bytes[..length], &key(7)),
            Err(SignatureError::Missing)
        );
    }
    let broken = |length: usize| match checked(&bytes[..length], &key(7)) {
        Err(SignatureError::Image(error)) => error.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(broken(image.len() - 4), ErrorKind::Length);
    assert_eq!(broken(71), ErrorKind::Truncated);
    assert_eq!(broken(0), ErrorKind::Truncated);

    let mut newer = bytes.clone();
    newer[image.len() + 4] = 2;
    assert_eq!(checked(&newer, &key(7)), Err(SignatureError::Version(2)));
    let mut longer = bytes.clone();
    longer[image.len() + 6] = 24;
    assert_eq!(checked(&longer, &key(7)), Err(SignatureError::Missing));
    let mut foreign = bytes;
    foreign[image.len()] = b'M';
    assert_eq!(checked(&foreign, &key(7)), Err(SignatureError::Missing));
}

#[test]
fn trailers_are_what_the_format_says() {
    let trailer = Trailer {
        key: KeyId(*b"01234567"),
        signature: core::array::from_fn(|at| at as u8),
    };
    let bytes = trailer.to_bytes();
    assert_eq!(bytes[..16], *b"LFSs\x01\0\x14\x0001234567");
    assert_eq!(bytes[16..], trailer.signature);
    assert_eq!(Trailer::from_bytes(&bytes), Ok(trailer));
}

#[test]
fn bytes_that_are_no_key_are_refused() {
    let key = key(7).public();
    assert_eq!(PublicKey::from_bytes(&key.to_bytes()), Ok(key));
    // Not a point; the neutral element, which fits signatures of anything.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    for bytes in [[2; 32], neutral] {
        assert_eq!(PublicKey::from_bytes(&bytes), Err(SignatureError::Key));
    }
}

/// A source that counts, and fails from some read on.
struct Meter<'b> {
    bytes: &'b [u8],
    largest: usize,
    left: usize,
}

impl Source for Meter<'_> {
    fn length(&mut self) -> Result<u32, ReadError> {
        Ok(self.bytes.len() as u32)
    }

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ReadError> {
        self.left = self.left.checked_sub(1).ok_or(ReadError)?;
        self.largest = self.largest.max(bytes.len());
        self.bytes.read(offset, bytes)
    }
}

#[test]
fn sources_are_read_in_small_pieces_and_may_fail() {
    let bytes = signed(&image(), &key(7));
    let mut reads = 0;
    loop {
        let mut meter = Meter {
            bytes: &bytes,
            largest: 0,
            left: reads,
        };
        let result = verify(&mut meter, &key(7).public());
        assert!(meter.largest <= TRAILER);
        match result {
            Ok(()) => break,
            Err(error) => assert_eq!(error, SignatureError::Source),
        }
        reads += 1;
    }
    assert!(reads > bytes.len() / 64, "{reads}");
}

proptest! {
    #[test]
    fn any_bytes_behind_an_image_are_read_without_a_fault(
        start in 0usize..9,
        behind in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        // The more of a trailer's beginning is right, the further a reader goes.
        let mut bytes = signed(&image(), &key(7));
        bytes.truncate(image().len() + start);
        bytes.extend(behind);
        prop_assert!(checked(&bytes, &key(7)).is_err());
        let length = ImageOnly(&bytes[..]).length().unwrap() as usize;
        prop_assert!(length == bytes.len() || length == image().len());
    }
}

type Flash = NorModel<4096>;

fn with_store<R>(f: impl FnOnce(&mut Store<&mut Flash>) -> R) -> R {
    let mut flash = Flash::new(9).unwrap();
    let layout = Layout::application(0..9 * 4096, 4096, 2);
    let mut store = Store::open(&mut flash, layout, Model::Num32).unwrap();
    store.boot().unwrap();
    f(&mut store)
}

#[test]
fn signed_images_are_installed_without_their_trailer() {
    let (image, bytes) = (image(), signed(&image(), &key(7)));
    let length = image.len() as u32;
    with_store(|store| {
        let mut update = store.update().unwrap();
        let error = Error::Length {
            given: length + 80,
            needed: length,
        };
        assert_eq!(update.install(Region::Application, &bytes[..]), Err(error));
        let mut source = &bytes[..];
        update
            .install(Region::Application, ImageOnly(&mut source))
            .unwrap();
        let trailer = Trailer::read(&mut source).unwrap();
        let installed = update.image(Region::Application).unwrap().unwrap();
        let check = |number| verify_image(&installed, &trailer, &key(number).public());
        assert_eq!(check(7), Ok(()));
        assert_eq!(
            check(8),
            Err(SignatureError::WrongKey(key(7).public().id()))
        );
        update.commit(Acceptance::AtOnce).unwrap();
        let installed = store.image(Region::Application).unwrap().unwrap();
        let words: Vec<u8> = installed
            .words()
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        assert_eq!(words, image);
    });
}

#[test]
fn what_else_is_behind_an_image_is_not_taken_for_a_trailer() {
    let (image, bytes) = (image(), signed(&image(), &key(7)));
    let mut foreign = bytes.clone();
    foreign[image.len()] = 0;
    let mut newer = bytes.clone();
    newer[image.len() + 4] = 2;
    let longer = [&bytes[..], &[0; 4]].concat();
    let shorter = bytes[..bytes.len() - 4].to_vec();
    for bytes in [foreign, newer, longer, shorter] {
        let given = bytes.len() as u32;
        let result = with_store(|store| {
            let mut update = store.update().unwrap();
            update.install(Region::Application, ImageOnly(&bytes[..]))
        });
        let needed = image.len() as u32;
        assert_eq!(result, Err(Error::Length { given, needed }));
    }
    // Plain images pass; broken ones are refused for what they are.
    assert_eq!(ImageOnly(&image[..]).length(), Ok(image.len() as u32));
    let result = with_store(|store| {
        let mut update = store.update().unwrap();
        update.install(Region::Application, ImageOnly(&b"nothing of the kind"[..]))
    });
    assert!(matches!(result, Err(Error::Image(error)) if error.kind == ErrorKind::Magic));
}

#[test]
fn a_source_that_shows_another_image_later_is_found_out_in_the_slot() {
    let words = support::sample(Model::Num32, StripLevel::None);
    let trailer = sign(&image(), &key(7)).unwrap();
    let other = Image::new(&words).unwrap();
    assert_eq!(
        verify_image(&other, &trailer, &key(7).public()),
        Err(SignatureError::Wrong)
    );
}

/// Key [7; 32], computed by another implementation of RFC 8032.
const GOLDEN: &str = concat!(
    "4c46537301001400ea4a6c63e29c520aab7467a82b814a5ca13c94e2597695f3",
    "f60e02001f5964d0e53d8b499e2bf216d2e0114eaa5dcff532faed4f04f8f3f3",
    "b47275cd9df80796c2dae1612df3450a",
);

#[test]
fn the_golden_image_has_the_golden_signature() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/num32-strip1.lfs");
    let image = std::fs::read(golden).unwrap();
    let trailer = sign(&image, &key(7)).unwrap();
    let hex: String = trailer
        .to_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(hex, GOLDEN);
}
