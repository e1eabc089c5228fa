//! What is cut: histories that lead to a state, and the steps taken there.

use lfs_format::nor::{NorModel, Outcome};
use lfs_format::store::{Layout, Region};

use crate::expected::{Expected, Step, Way};
use crate::rig::{End, Rig, image};
use crate::search::{Tally, every_outcome, few_outcomes};

/// Blocks of 512 bytes hold three records and two pages: a journal of three, two slots of one block for the System, two of
/// two blocks for the Application.
pub type Tiny = Rig<512, 4>;

pub fn tiny() -> Tiny {
    Rig {
        blocks: 9,
        layout: Layout::new(0..1536)
            .region(Region::System, 1536..2560, 2)
            .region(Region::Application, 2560..4608, 2),
        images: [20, 300, 40, 600, 60, 90]
            .iter()
            .zip(0..)
            .map(|(size, number)| image(number, *size))
            .collect(),
    }
}

/// Units of 32 bytes, three slots.
pub fn wide() -> Rig<1024, 32> {
    Rig {
        blocks: 9,
        layout: Layout::new(0..3072).region(Region::Application, 3072..9216, 3),
        images: [20, 300, 40, 600, 60, 90]
            .iter()
            .zip(0..)
            .map(|(size, number)| image(number, *size))
            .collect(),
    }
}

/// One slot for each region.
pub fn single() -> Tiny {
    Rig {
        blocks: 6,
        layout: Layout::new(0..1536)
            .region(Region::System, 1536..2048, 1)
            .region(Region::Application, 2048..3072, 1),
        ..tiny()
    }
}

pub fn update(system: Option<u8>, application: Option<u8>, trial: Option<u8>, way: Way) -> Step {
    Step::Update {
        images: [system, application],
        trial,
        way,
    }
}

/// Sessions, the last of which is cut.
pub struct Scenario {
    pub name: &'static str,
    pub history: Vec<Vec<Step>>,
    pub steps: Vec<Step>,
}

pub fn scenarios() -> Vec<Scenario> {
    let both = update(Some(0), Some(1), None, Way::Source);
    let next = |trial, way| update(None, Some(3), trial, way);
    let scenario = |name, history: &[&[Step]], steps: &[Step]| Scenario {
        name,
        history: history.iter().map(|steps| steps.to_vec()).collect(),
        steps: steps.to_vec(),
    };
    vec![
        scenario(
            "power_cut_first_install",
            &[],
            &[update(None, Some(1), None, Way::Source)],
        ),
        scenario("power_cut_install", &[&[both]], &[next(None, Way::Source)]),
        scenario(
            "power_cut_reload_on_trial",
            &[&[both]],
            &[next(Some(2), Way::Stream)],
        ),
        scenario(
            "power_cut_paired_update",
            &[&[both]],
            &[update(Some(2), Some(3), Some(1), Way::Stream)],
        ),
        scenario(
            "power_cut_build_on_device",
            &[&[both]],
            &[next(Some(3), Way::Build)],
        ),
        scenario(
            "power_cut_confirm",
            &[&[both], &[update(Some(2), Some(3), Some(3), Way::Source)]],
            &[Step::Confirm],
        ),
        scenario(
            "power_cut_rollback_after_trial",
            &[
                &[both],
                &[update(Some(2), Some(3), Some(1), Way::Source)],
                &[],
            ],
            &[],
        ),
        scenario(
            "power_cut_rollback_on_demand",
            &[&[both], &[update(Some(2), Some(3), None, Way::Source)]],
            &[Step::Rollback],
        ),
        scenario(
            "power_cut_rollback_of_a_trial",
            &[&[both], &[next(Some(5), Way::Source)]],
            &[Step::Rollback],
        ),
        scenario(
            "power_cut_update_then_rollback",
            &[&[both], &[next(None, Way::Source)]],
            &[update(None, Some(4), None, Way::Stream), Step::Rollback],
        ),
        scenario(
            "power_cut_refused_image",
            &[&[both], &[next(None, Way::Source)]],
            &[Step::Broken(4), Step::Verify],
        ),
        scenario(
            "power_cut_trial_counts",
            &[&[both], &[next(Some(4), Way::Source)], &[]],
            &[],
        ),
    ]
}

pub fn single_scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "power_cut_single_slot_request",
            history: vec![vec![Step::Request(1)], vec![Step::Resume]],
            steps: vec![Step::Request(3)],
        },
        Scenario {
            name: "power_cut_single_slot_resume",
            history: vec![
                vec![Step::Request(1)],
                vec![Step::Resume],
                vec![Step::Request(3)],
            ],
            steps: vec![Step::Resume],
        },
        Scenario {
            name: "power_cut_single_slot_abandon",
            history: vec![
                vec![Step::Request(1)],
                vec![Step::Resume],
                vec![Step::Request(3)],
            ],
            steps: vec![Step::Abandon, Step::Request(4)],
        },
    ]
}

/// Outcomes of the first cut, of the second, ...
pub type Depth<'a> = &'a [&'a [Outcome]];

impl<const ERASE: usize, const WRITE: usize> Rig<ERASE, WRITE> {
    /// Runs a scenario whose journal has moved on by `shift` records before, so that each step meets each end of a block.
    pub fn run(&self, scenario: &Scenario, shift: usize, depth: Depth, tally: &mut Tally) {
        let mut flash = self.flash();
        let mut states = vec![Expected::default()];
        let several = self.layout.slots(Region::Application) > 1;
        let trial = update(None, Some(5), Some(200), Way::Source);
        let mut history = Vec::new();
        if shift > 0 {
            history.push(match several {
                true => vec![trial],
                false => vec![Step::Request(5)],
            });
            history.extend((1..shift).map(|number| match (several, number % 2) {
                (true, _) => vec![],
                (false, 1) => vec![Step::Abandon],
                (false, _) => vec![Step::Request(5)],
            }));
            history.push(match (several, shift % 2) {
                (true, _) => vec![Step::Confirm],
                (false, 1) => vec![Step::Abandon],
                (false, _) => vec![],
            });
        }
        history.extend(scenario.history.iter().cloned());
        for steps in &history {
            match self.session(&mut flash, states.clone(), steps, false, None) {
                Ok(End::Done(after)) => states = after,
                Ok(End::Cut(..)) => unreachable!("no cut was set"),
                Err(loss) => {
                    tally.lost += 1;
                    tally
                        .reports
                        .push(format!("history of {}: {}", scenario.name, loss.0));
                    return;
                }
            }
        }
        self.explore(
            &flash,
            &states,
            &scenario.steps,
            depth,
            &mut Vec::new(),
            tally,
        );
    }

    /// A journal and slots with cells that do not take their value, without a report by the driver.
    pub fn run_on_bad_cells(
        &self,
        scenario: &Scenario,
        word: u32,
        depth: Depth,
        tally: &mut Tally,
    ) {
        let mut flash: NorModel<ERASE, WRITE> = self.flash();
        flash.stick(word * 4, 0xff).unwrap();
        let mut states = vec![Expected::default()];
        for steps in &scenario.history {
            match self.session(&mut flash, states.clone(), steps, false, None) {
                Ok(End::Done(after)) => states = after,
                // A slot that takes no image is an error, and no loss.
                _ => return,
            }
        }
        let _ = (depth, &mut states, tally);
    }
}

pub fn whole() -> [Vec<Outcome>; 2] {
    [every_outcome(), few_outcomes()]
}
