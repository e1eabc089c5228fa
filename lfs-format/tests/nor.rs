//! The NOR model holds its user to the contract of flash.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use embedded_storage::nor_flash::{MultiwriteNorFlash, NorFlash, ReadNorFlash};
use lfs_format::nor::{Cut, Error, NorModel, Outcome, Violation};
use lfs_format::store::FlashMap;
use proptest::prelude::*;

type Flash = NorModel<256, 4, 4>;

fn read(flash: &mut Flash, at: u32) -> u32 {
    let mut bytes = [0; 4];
    flash.read(at, &mut bytes).unwrap();
    u32::from_le_bytes(bytes)
}

#[test]
fn units_and_bounds_are_enforced() {
    let mut flash = Flash::new(2).unwrap();
    assert_eq!(flash.write(2, &[0; 4]), Err(Error::NotAligned));
    assert_eq!(flash.write(4, &[0; 3]), Err(Error::NotAligned));
    assert_eq!(flash.write(508, &[0; 8]), Err(Error::OutOfBounds));
    assert_eq!(flash.read(1, &mut [0; 4]), Err(Error::NotAligned));
    assert_eq!(flash.erase(0, 128), Err(Error::NotAligned));
    assert_eq!(flash.erase(256, 1024), Err(Error::OutOfBounds));
    assert_eq!(flash.violation(), None);
}

#[test]
fn a_program_sets_no_bit_and_a_unit_is_programmed_once() {
    let mut flash = Flash::new(1).unwrap();
    flash.write(0, &[0xf0; 4]).unwrap();
    let twice = Violation::Reprogrammed(0);
    assert_eq!(flash.write(0, &[0x30; 4]), Err(Error::Violation(twice)));
    assert_eq!(flash.violation(), Some(twice));
    assert_eq!(read(&mut flash, 0), 0xf0f0_f0f0);

    let mut flash = NorModel::<256, 4, 4, true>::new(1).unwrap();
    fn takes_more(_: &impl MultiwriteNorFlash) {}
    takes_more(&flash);
    flash.write(0, &[0xf0; 4]).unwrap();
    flash.write(0, &[0x30; 4]).unwrap();
    let sets = Violation::SetsBit(0);
    assert_eq!(flash.write(0, &[0x31; 4]), Err(Error::Violation(sets)));
}

#[test]
fn wear_is_counted_and_guards_hold_until_the_next_start() {
    let mut flash = Flash::new(3).unwrap();
    flash.erase(0, 512).unwrap();
    flash.erase(256, 512).unwrap();
    assert_eq!([0, 1, 2, 3].map(|block| flash.wear(block)), [1, 2, 0, 0]);
    flash.guard([300..304, 0..0, 0..0, 0..0]);
    assert!(flash.erase(256, 512).is_err());
    assert!(flash.write(300, &[0; 4]).is_err());
    flash.write(304, &[0; 4]).unwrap();
    assert_eq!(flash.violation(), Some(Violation::Guarded(256)));
    flash.power_up();
    flash.erase(256, 512).unwrap();
}

#[test]
fn the_view_is_a_cache() {
    let mut flash = Flash::new(1).unwrap();
    flash.write(8, &[0; 4]).unwrap();
    assert_eq!(flash.mapped(8..12), Some(&[!0][..]));
    flash.invalidate(8..12);
    assert_eq!(flash.mapped(8..12), Some(&[0][..]));
    assert_eq!(flash.mapped(6..10), None);
    assert_eq!(flash.mapped(0..260), None);
}

#[test]
fn a_cut_leaves_what_its_outcome_says() {
    let torn = |outcome| {
        let mut flash = Flash::new(1).unwrap();
        flash.cut(Cut {
            operation: 0,
            outcome,
        });
        assert_eq!(flash.write(0, &[0; 8]), Err(Error::PowerOff));
        assert_eq!(flash.read(0, &mut [0; 4]), Err(Error::PowerOff));
        flash.power_up();
        [read(&mut flash, 0), read(&mut flash, 4)]
    };
    assert_eq!(torn(Outcome::Untouched), [!0, !0]);
    assert_eq!(torn(Outcome::Complete), [0, 0]);
    assert_eq!(torn(Outcome::Prefix(36)), [0, 0xffff_fff0]);
    let mask = torn(Outcome::Mask(1));
    assert!(mask != [0, 0] && mask != [!0, !0] && mask == torn(Outcome::Mask(1)));
}

#[test]
fn unstable_cells_read_anew_at_each_start_until_they_are_erased() {
    let mut flash = Flash::new(1).unwrap();
    flash.write(0, &[0x55; 64]).unwrap();
    flash.cut(Cut {
        operation: 0,
        outcome: Outcome::UnstableComplete(7),
    });
    assert!(flash.erase(0, 256).is_err());
    let mut seen = Vec::new();
    for _ in 0..4 {
        flash.power_up();
        seen.push(flash.words().to_vec());
    }
    assert!(
        seen[0].iter().all(|word| *word == !0),
        "erased, for one start"
    );
    assert!(seen[1] != seen[0] && seen[2] != seen[1] && seen[3] != seen[2]);
    flash.write(128, &[0; 4]).ok();
    assert!(matches!(
        flash.violation(),
        Some(Violation::TornBlock(0) | Violation::SetsBit(_))
    ));
    flash.erase(0, 256).unwrap();
    flash.power_up();
    assert!(flash.words().iter().all(|word| *word == !0));
}

proptest! {
    /// Whatever the outcome, a program clears only bits that it was to clear.
    #[test]
    fn a_torn_program_clears_no_other_bit(
        before in any::<u32>(), data in any::<u32>(), seed in any::<u64>(), class in 0..9,
    ) {
        let outcome = match class {
            0 => Outcome::Untouched,
            1 => Outcome::Complete,
            2 => Outcome::Prefix(seed as u32 % 40),
            3 => Outcome::Mask(seed),
            4 => Outcome::Garbage(seed),
            5 => Outcome::Unstable(seed),
            6 => Outcome::UnstableUntouched(seed),
            7 => Outcome::Flicker(seed),
            _ => Outcome::OneUnstable(seed as u32 % 40),
        };
        let mut flash = NorModel::<256, 4, 4, true>::new(1).unwrap();
        flash.write(0, &before.to_le_bytes()).unwrap();
        let data = data & before;
        flash.cut(Cut { operation: 0, outcome });
        prop_assert!(flash.write(0, &data.to_le_bytes()).is_err());
        for _ in 0..5 {
            flash.power_up();
            let word = flash.words()[0];
            prop_assert_eq!(word & !before, 0);
            prop_assert_eq!(!word & data, 0);
        }
    }
}
