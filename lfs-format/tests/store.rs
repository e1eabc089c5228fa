//! The region store without power cuts: updates, trials, refusals.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use lfs_format::error::ErrorKind;
use lfs_format::model::Model;
use lfs_format::nor::NorModel;
use lfs_format::store::{Acceptance, Boot, Error, Layout, Region, Store};
use lfs_format::write::{BuildInfo, ImageWriter};

type Flash = NorModel<4096>;

fn image(text: &str, bytes: usize) -> Vec<u8> {
    let mut writer = ImageWriter::new(Model::Num32);
    let mut data = text.as_bytes().to_vec();
    data.resize(bytes, b'.');
    writer.add_resource(b"text", &data).unwrap();
    let words = writer.finish(&BuildInfo::default()).unwrap();
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn layout() -> Layout {
    Layout::new(0..0x3000)
        .region(Region::System, 0x3000..0x6000, 2)
        .region(Region::Application, 0x6000..0xe000, 2)
}

fn boot(mut flash: Flash) -> (Store<Flash>, Boot) {
    flash.power_up();
    let mut store = Store::open(flash, layout(), Model::Num32).unwrap();
    let boot = store.boot().unwrap();
    (store, boot)
}

fn restart(store: Store<Flash>) -> (Store<Flash>, Boot) {
    boot(store.into_inner())
}

fn text(store: &Store<Flash>, region: Region) -> Option<String> {
    let image = store.image(region).unwrap()?;
    let bytes: Vec<u8> = image.resource(b"text").unwrap().bytes().to_vec();
    let text = String::from_utf8(bytes).unwrap();
    Some(text.trim_end_matches('.').to_owned())
}

fn install(
    store: &mut Store<Flash>,
    region: Region,
    bytes: &[u8],
    acceptance: Acceptance,
) -> Result<(), Error> {
    let mut update = store.update()?;
    update.install(region, bytes)?;
    update.commit(acceptance)
}

#[test]
fn an_update_is_mounted_at_the_next_boot_and_stays_once_confirmed() {
    let (mut store, found) = boot(Flash::new(16).unwrap());
    assert_eq!(found, Boot::Confirmed);
    assert_eq!(text(&store, Region::Application), None);
    install(
        &mut store,
        Region::Application,
        &image("one", 9000),
        Acceptance::AtOnce,
    )
    .unwrap();
    let (mut store, _) = restart(store);
    assert_eq!(text(&store, Region::Application).unwrap(), "one");
    install(
        &mut store,
        Region::Application,
        &image("two", 5000),
        Acceptance::Trial(2),
    )
    .unwrap();
    assert_eq!(store.confirm(), Err(Error::NotStarted));
    let (mut store, found) = restart(store);
    assert_eq!(found, Boot::Trial { left: 1 });
    assert_eq!(text(&store, Region::Application).unwrap(), "two");
    store.confirm().unwrap();
    for _ in 0..4 {
        let found;
        (store, found) = restart(store);
        assert_eq!(found, Boot::Confirmed);
        assert_eq!(text(&store, Region::Application).unwrap(), "two");
    }
    assert_eq!(store.flash().violation(), None);
}

#[test]
fn a_broken_stream_is_refused_and_nothing_is_erased() {
    let (mut store, _) = boot(Flash::new(16).unwrap());
    let before = store.flash().operations();
    let mut broken = image("one", 300);
    broken[0] ^= 1;
    let refused = install(&mut store, Region::Application, &broken, Acceptance::AtOnce);
    assert!(matches!(refused, Err(Error::Image(error)) if error.kind == ErrorKind::Magic));
    assert_eq!(store.flash().operations(), before);
}
