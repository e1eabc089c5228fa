//! Partition tables: the tools of both families, NodeMCU's settings, and bytes of any kind.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use embedded_storage::nor_flash::NorFlashErrorKind;
use esp_port::partition::{Error, Partition, Place, Role, Setting, Settings, TABLE_BYTES, Table};
use lfs_format::nor::{Cut, NorModel, Outcome};
use proptest::prelude::*;

fn sample() -> Table {
    let mut table = Table::new();
    let nvs = Role::Other {
        kind: 1,
        subtype: 2,
    };
    let partitions = [
        Partition::new(nvs, 0x9000, 0x6000)
            .unwrap()
            .named("nvs")
            .unwrap(),
        Partition::new(Role::Firmware, 0x1_0000, 0x10_0000).unwrap(),
        Partition::new(Role::LfsJournal, 0x11_0000, 0x3000).unwrap(),
        Partition::new(Role::LfsSystem, 0x12_0000, 0x2_0000).unwrap(),
        Partition::new(Role::Lfs, 0x14_0000, 0x4_0000).unwrap(),
        Partition::new(Role::FileSystem, 0x18_0000, 0x8_0000).unwrap(),
    ];
    partitions
        .iter()
        .for_each(|partition| table.add(*partition).unwrap());
    table
}

#[test]
fn the_tools_of_esp_idf_read_what_is_written() {
    let table = sample();
    table.check(0x40_0000).unwrap();
    let theirs = esp_idf_part::PartitionTable::try_from_bytes(table.to_idf().unwrap()).unwrap();
    theirs.validate().unwrap();
    let seen: Vec<_> = theirs
        .partitions()
        .iter()
        .map(|partition| (partition.name(), partition.offset(), partition.size()))
        .collect();
    let ours = table.partitions().iter().map(|partition| {
        let name = String::from_utf8(partition.name().to_vec()).unwrap();
        (name, partition.range().start, partition.size())
    });
    assert_eq!(seen, ours.collect::<Vec<_>>());
}

#[test]
fn what_the_tools_of_esp_idf_write_is_read() {
    let csv = "# a table\n\
               nvs,      data, nvs,      0x9000,  0x6000,\n\
               factory,  app,  factory,  0x10000, 1M,\n\
               lfs,      0xC2, 0x01,     ,        256K,\n\
               files,    data, littlefs, ,        1M,\n";
    let theirs = esp_idf_part::PartitionTable::try_from_str(csv).unwrap();
    let bytes = theirs.to_bin().unwrap();
    let table = Table::from_idf(&bytes).unwrap();
    assert_eq!(table.find(Role::Lfs).unwrap().size(), 0x4_0000);
    assert_eq!(table.find(Role::FileSystem).unwrap().name(), b"files");
    assert_eq!(
        table.find(Role::Firmware).unwrap().range(),
        0x1_0000..0x11_0000
    );
    assert_eq!(table.to_idf().unwrap()[..bytes.len()], bytes);
}

#[test]
fn a_damaged_table_is_refused() {
    let whole = sample().to_idf().unwrap();
    assert_eq!(whole.len(), TABLE_BYTES);
    let damaged = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        Table::from_idf(&bytes)
    };
    assert_eq!(damaged(0), Err(Error::Magic(0)));
    assert_eq!(damaged(6 * 32 + 20), Err(Error::Checksum));
    assert_eq!(damaged(13), Err(Error::Checksum));
    assert_eq!(damaged(4), Err(Error::Alignment(0x9001)));
    assert_eq!(Table::from_idf(&whole[..6 * 32]), Err(Error::Truncated));
    assert_eq!(Table::from_idf(&[0xff; TABLE_BYTES]), Err(Error::Magic(0)));

    let whole = sample().to_esp8266().unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        assert!(Table::from_esp8266(&bytes).is_err(), "byte {at}");
        assert!(Table::from_esp8266(&whole[..at]).is_err(), "length {at}");
    }
}

#[test]
fn the_esp8266_has_the_same_partitions() {
    let table = sample();
    let back = Table::from_esp8266(&table.to_esp8266().unwrap()).unwrap();
    let places = |table: &Table| {
        let place = |partition: &Partition| (partition.role(), partition.range());
        table.partitions().iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(places(&back), places(&table));
}

#[test]
fn partitions_lie_apart_and_inside_the_flash() {
    let mut table = sample();
    assert_eq!(table.check(0x1f_0000), Err(Error::Range(0x18_0000)));
    table
        .add(Partition::new(Role::Lfs, 0x13_f000, 0x2000).unwrap())
        .unwrap();
    assert_eq!(table.check(0x40_0000), Err(Error::Overlap(0x12_0000)));
    assert_eq!(
        Partition::new(Role::Lfs, 0x100, 0x1000),
        Err(Error::Alignment(0x100))
    );
    assert_eq!(Partition::new(Role::Lfs, 0, 0), Err(Error::Range(0)));
    assert_eq!(
        Partition::new(Role::Lfs, 0xffff_f000, 0x1000),
        Err(Error::Range(0xffff_f000))
    );
}

#[test]
fn a_table_that_does_not_reach_flash_is_an_error() {
    let offset = Place::ESP_IDF.offset();
    let blank = || NorModel::<4096>::new(16).unwrap();
    let mut flash = blank();
    sample().write(&mut flash, Place::ESP_IDF).unwrap();
    let found = Table::read(&mut flash, Place::ESP_IDF).unwrap();
    assert_eq!(found.partitions(), sample().partitions());
    let operations = flash.operations();
    sample().write(&mut flash, Place::ESP_IDF).unwrap();
    assert_eq!(flash.operations(), operations, "it is there already");

    for operation in 0..operations {
        let mut flash = blank();
        let outcome = Outcome::Untouched;
        flash.cut(Cut { operation, outcome });
        let written = sample().write(&mut flash, Place::ESP_IDF);
        assert_eq!(written, Err(Error::Flash(NorFlashErrorKind::Other)));
        flash.power_up();
        sample().write(&mut flash, Place::ESP_IDF).unwrap();
    }

    let mut flash = blank();
    flash.stick(offset + 4, 1 << 16).unwrap();
    let written = sample().write(&mut flash, Place::ESP_IDF);
    assert_eq!(written, Err(Error::ReadBack));

    let mut small = NorModel::<4096>::new(8).unwrap();
    let written = sample().write(&mut small, Place::ESP_IDF);
    assert_eq!(written, Err(Error::Flash(NorFlashErrorKind::OutOfBounds)));
}

fn changed(changes: &[(&str, i64)]) -> Result<Table, Error> {
    let mut settings = Settings::default();
    for (name, value) in changes {
        settings.set(name.as_bytes(), *value)?;
    }
    sample().with_settings(&settings, 0x40_0000)
}

#[test]
fn nodemcu_settings_move_grow_and_delete() {
    let table = changed(&[("lfs_size", 0x2_0000), ("spiffs_addr", 0x20_0000)]).unwrap();
    assert_eq!(table.find(Role::Lfs).unwrap().range(), 0x14_0000..0x16_0000);
    assert_eq!(table.settings().get(Setting::SpiffsAddr), Some(0x20_0000));
    assert_eq!(table.settings().get(Setting::SpiffsSize), Some(0x8_0000));
    let without = changed(&[("lfs_size", 0)]).unwrap();
    assert_eq!(without.find(Role::Lfs), None);
    assert_eq!(without.settings().get(Setting::LfsSize), Some(0));
}

#[test]
fn nodemcu_settings_are_refused_in_its_words() {
    let text = |changes: &[(&str, i64)]| changed(changes).unwrap_err().to_string();
    for invalid in [("lfs_addr", 0x100), ("lfs_start", 0x1000)] {
        assert_eq!(text(&[invalid]), "invalid partition setting");
    }
    for out in [
        ("lfs_size", 0x5_0000),
        ("spiffs_addr", 0x15_0000),
        ("spiffs_size", 0x40_0000),
        ("lfs_addr", 0x12_0000),
        ("lfs_addr", -0x1000),
        ("lfs_addr", 1 << 33),
    ] {
        assert_eq!(text(&[out]), "Partition value out of range", "{out:?}");
    }
}

#[test]
fn the_store_has_its_layout_from_the_table() {
    let layout = sample().layout(0x1000, 2, 0x1_8000).unwrap();
    use lfs_format::store::Region;
    assert_eq!(layout.slots(Region::Application), 2);
    assert_eq!(layout.slots(Region::System), 2);
    assert_eq!(Table::new().layout(0x1000, 2, 0), None);
}

proptest! {
    #[test]
    fn any_bytes_are_a_table_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Table::from_idf(&bytes);
        let _ = Table::from_esp8266(&bytes);
    }

    #[test]
    fn what_is_read_is_written_the_same(mut entries in proptest::collection::vec(any::<[u8; 32]>(), 1..6)) {
        for entry in &mut entries {
            entry[..2].copy_from_slice(&[0xaa, 0x50]);
            entry[4..6].copy_from_slice(&[0, 0x10]);
            entry[8..10].copy_from_slice(&[0, 0x10]);
        }
        let mut bytes = entries.concat();
        bytes.extend([0xff; 32]);
        if let Ok(table) = Table::from_idf(&bytes) {
            let written = table.to_idf().unwrap();
            prop_assert_eq!(&written[..entries.len() * 32], &bytes[..entries.len() * 32]);
            prop_assert_eq!(Table::from_idf(&written), Ok(table));
        }
    }
}
