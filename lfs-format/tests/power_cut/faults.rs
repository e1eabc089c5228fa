//! Flash that is not as it should be, and stores that are not.

use lfs_format::store::{Fault, sow};

use crate::Job;
use crate::scenarios::{scenarios, single, single_scenarios, tiny};
use crate::search::{Tally, few_outcomes};

/// A flash full of something else: the store comes up empty and takes it over.
pub fn foreign_contents(tally: &mut Tally) {
    let (rig, few) = (tiny(), few_outcomes());
    let random = |at: u32| at.wrapping_mul(0x9e37_79b9).rotate_left(at % 32);
    let contents: [fn(u32) -> u32; 2] = [|_| 0, |_| 0x6a53_464c];
    let words = rig.blocks as u32 * 128;
    let mut fills: Vec<Vec<u32>> = vec![(0..words).map(random).collect()];
    fills.extend(contents.map(|content| (0..words).map(content).collect()));
    for fill in fills {
        let mut flash = rig.flash();
        flash.fill(&fill);
        for scenario in scenarios().iter().take(2) {
            rig.run(scenario, flash.clone(), &[&few], tally);
        }
    }
}

/// Cells of the journal that do not take their value, which the driver does not notice.
pub fn bad_cells(tally: &mut Tally) {
    let (rig, few) = (tiny(), few_outcomes());
    for word in (0..384).step_by(7) {
        let mut flash = rig.flash();
        flash.stick(word * 4, 0x0001_0100).unwrap();
        for scenario in scenarios().iter().take(2) {
            rig.run(scenario, flash.clone(), &[&few], tally);
        }
    }
}

/// A search that every seeded fault is to fail in: first wide, then deep. It ends at the first loss.
fn hunt(tally: &mut Tally) {
    tally.stop = true;
    let few = few_outcomes();
    let (twin, one) = (tiny(), single());
    for depth in [&[][..], &[&few[..]], &[&few, &few]] {
        for scenario in scenarios() {
            twin.run(&scenario, twin.flash(), depth, tally);
        }
        for scenario in single_scenarios() {
            one.run(&scenario, one.flash(), depth, tally);
        }
        if depth.len() == 1 && tally.lost == 0 {
            bad_cells(tally);
        }
        if tally.lost > 0 {
            return;
        }
    }
}

/// One test for each fault: it is found.
pub fn jobs() -> Vec<Job> {
    let job = |fault: &Fault| {
        let fault = *fault;
        Job::new(&format!("power_cut_finds_{fault:?}"), move |tally| {
            sow(Some(fault));
            hunt(tally);
            sow(None);
        })
    };
    Fault::ALL.iter().map(job).collect()
}
