//! Every cut point, every outcome, and the same again in the recovery from it.

use lfs_format::nor::{Cut, NorModel, Outcome};

use crate::expected::{Expected, Step};
use crate::rig::{End, Loss, Rig};

/// Cuts tried and images lost.
#[derive(Debug, Default)]
pub struct Tally {
    pub cuts: u64,
    pub lost: u64,
    /// The first losses, for people.
    pub reports: Vec<String>,
    /// Whether the search stops at the first loss.
    pub stop: bool,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.cuts += other.cuts;
        self.lost += other.lost;
        self.reports.extend(other.reports);
        self.reports.truncate(5);
    }

    pub fn note(&mut self, path: &[Cut], loss: Loss) {
        self.lost += 1;
        if self.reports.len() < 5 {
            self.reports.push(format!("after {path:?}: {}", loss.0));
        }
    }

    fn is_over(&self) -> bool {
        self.stop && self.lost > 0
    }
}

/// All classes, and programs of up to 64 words torn at every second word and within it.
pub fn every_outcome() -> Vec<Outcome> {
    let mut outcomes = few_outcomes();
    outcomes.extend((0..32).map(|word| Outcome::Prefix(word * 64 + word)));
    outcomes.extend((0..3).map(|seed| Outcome::Mask(100 + seed)));
    outcomes.extend((0..2).map(|seed| Outcome::Garbage(200 + seed)));
    outcomes.extend((0..2).map(|seed| Outcome::Unstable(300 + seed)));
    // Bits in the version, the sequence number, the selection and the checksum of a record.
    outcomes.extend([48, 64, 130, 230, 1000, 1020].map(Outcome::OneUnstable));
    outcomes
}

/// One of each class.
pub fn few_outcomes() -> Vec<Outcome> {
    vec![
        Outcome::Untouched,
        Outcome::Complete,
        Outcome::Prefix(8),
        Outcome::Prefix(40),
        Outcome::Prefix(500),
        Outcome::Mask(1),
        Outcome::Garbage(2),
        Outcome::Unstable(3),
        Outcome::UnstableUntouched(4),
        Outcome::UnstableComplete(5),
        Outcome::Flicker(6),
        Outcome::OneUnstable(66),
        Outcome::OneUnstable(1010),
    ]
}

impl<const ERASE: usize, const WRITE: usize> Rig<ERASE, WRITE> {
    /// Takes the steps with the power on to the end; then cuts it in each operation with each outcome of the first list, and goes on from
    /// there with the other lists.
    pub fn explore(
        &self,
        flash: &NorModel<ERASE, WRITE>,
        states: &[Expected],
        steps: &[Step],
        outcomes: &[&[Outcome]],
        path: &mut Vec<Cut>,
        tally: &mut Tally,
    ) {
        let Some(operations) = self.rehearse(flash, states, steps, path, tally) else {
            return;
        };
        let Some((first, rest)) = outcomes.split_first() else {
            return;
        };
        for operation in 0..operations {
            for &outcome in *first {
                if tally.is_over() {
                    return;
                }
                let cut = Cut { operation, outcome };
                path.push(cut);
                self.cut(flash, states, steps, cut, rest, path, tally);
                path.pop();
            }
        }
    }

    /// The steps without a cut, and some starts after them; the number of operations if nothing was lost.
    fn rehearse(
        &self,
        flash: &NorModel<ERASE, WRITE>,
        states: &[Expected],
        steps: &[Step],
        path: &[Cut],
        tally: &mut Tally,
    ) -> Option<u64> {
        let mut copy = flash.clone();
        let before = copy.operations();
        let end = self.session(&mut copy, states.to_vec(), steps, !path.is_empty(), None);
        let operations = copy.operations() - before;
        let settled = end.and_then(|end| match end {
            End::Done(states) => self.settle(&mut copy, states, path.len()),
            End::Cut(..) => Err(Loss("power went without a cut".into())),
        });
        match settled {
            Ok(()) => Some(operations),
            Err(loss) => {
                tally.note(path, loss);
                None
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one frame of the recursion")]
    fn cut(
        &self,
        flash: &NorModel<ERASE, WRITE>,
        states: &[Expected],
        steps: &[Step],
        cut: Cut,
        rest: &[&[Outcome]],
        path: &mut Vec<Cut>,
        tally: &mut Tally,
    ) {
        let mut copy = flash.clone();
        tally.cuts += 1;
        match self.session(&mut copy, states.to_vec(), steps, path.len() > 1, Some(cut)) {
            Ok(End::Cut(states, next)) => {
                self.explore(&copy, &states, &steps[next..], rest, path, tally);
            }
            // Unstable cells may make a repeated run shorter than its rehearsal.
            Ok(End::Done(_)) => tally.cuts -= 1,
            Err(loss) => tally.note(path, loss),
        }
    }
}
