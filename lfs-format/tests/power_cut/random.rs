//! Long histories in which the power goes again and again.

use lfs_format::nor::{Cut, NorModel, Outcome};
use lfs_format::store::Region;

use crate::expected::{Expected, Step, Way};
use crate::rig::{End, LINKED, Loss, Rig};
use crate::search::Tally;

/// Numbers that look random: Marsaglia's xorshift.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn outcome(&mut self) -> Outcome {
        let seed = self.roll(1 << 40);
        match self.roll(10) {
            0 => Outcome::Untouched,
            1 => Outcome::Complete,
            2 => Outcome::Prefix(self.roll(2100) as u32),
            3 => Outcome::Mask(seed),
            4 => Outcome::Garbage(seed),
            5 => Outcome::Unstable(seed),
            6 => Outcome::UnstableUntouched(seed),
            7 => Outcome::UnstableComplete(seed),
            8 => Outcome::Flicker(seed),
            _ => Outcome::OneUnstable(self.roll(1024) as u32),
        }
    }

    fn step(&mut self, state: &Expected, system: bool) -> Vec<Step> {
        let trial = [None, Some(1), Some(3)][self.roll(3) as usize];
        let way = [Way::Source, Way::Stream, Way::Build, Way::Link][self.roll(4) as usize];
        let linked = way == Way::Link;
        let first = (system && !linked && self.roll(2) == 0).then(|| self.roll(6) as u8 & 4);
        let second = match linked {
            true => LINKED,
            false => self.roll(6) as u8,
        };
        let update = Step::Update {
            images: [first, Some(second)],
            trial,
            way,
        };
        match (state.trial, self.roll(6)) {
            (Some(_), 0 | 1) => vec![Step::Confirm],
            (_, 2) => vec![Step::Rollback],
            (Some(_), _) => vec![],
            (None, 3) => vec![Step::Broken(second)],
            (None, 4) => vec![Step::Verify],
            _ => vec![update],
        }
    }
}

impl Dice {
    /// A step for regions of one slot.
    fn step_of_one(&mut self, state: &Expected) -> Vec<Step> {
        match (state.pending, self.roll(4)) {
            (None, _) => vec![Step::Request(self.roll(6) as u8)],
            (Some(_), 0) => vec![Step::Abandon],
            (Some(_), 1) => vec![],
            (Some(_), _) => vec![Step::Resume],
        }
    }
}

impl<const ERASE: usize, const WRITE: usize> Rig<ERASE, WRITE> {
    /// One history of so many starts, most of them cut.
    pub fn wander(&self, seed: u64, starts: u32, tally: &mut Tally) {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut flash = self.flash();
        let mut path = Vec::new();
        if let Err(loss) = self.wander_on(&mut dice, &mut flash, starts, tally, &mut path) {
            tally.note(&path, Loss(format!("seed {seed}: {}", loss.0)));
        }
    }

    fn wander_on(
        &self,
        dice: &mut Dice,
        flash: &mut NorModel<ERASE, WRITE>,
        starts: u32,
        tally: &mut Tally,
        path: &mut Vec<Cut>,
    ) -> Result<(), Loss> {
        let mut states = vec![Expected::default()];
        let mut steps = vec![];
        let mut resumed = false;
        for _ in 0..starts {
            if steps.is_empty() && !states.is_empty() {
                let slots = |region| self.layout.slots(region);
                steps = match slots(Region::Application) {
                    1 => dice.step_of_one(&states[0]),
                    _ => dice.step(&states[0], slots(Region::System) > 0),
                };
                resumed = false;
            }
            // Linking takes more operations than anything else.
            let links = steps
                .iter()
                .any(|step| matches!(step, Step::Update { way: Way::Link, .. }));
            let operations = if links { 90 } else { 14 };
            let cut = (dice.roll(4) > 0).then(|| Cut {
                operation: dice.roll(operations),
                outcome: dice.outcome(),
            });
            path.extend(cut);
            match self.session(flash, states, &steps, resumed, cut)? {
                End::Done(after) => {
                    states = after;
                    steps.clear();
                }
                End::Cut(after, next) => {
                    tally.cuts += 1;
                    states = after;
                    steps.drain(..next);
                    resumed = true;
                }
            }
        }
        Ok(())
    }
}
