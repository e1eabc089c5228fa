//! What is cut: histories that lead to a state, and the steps taken there.

use lfs_format::nor::{NorModel, Outcome};
use lfs_format::store::{Layout, Region};

use crate::expected::{Expected, Step, Way};
use crate::rig::{End, LINKED, Rig, image, linked_image};
use crate::search::Tally;

/// Blocks of 512 bytes hold three records and two pages: a journal of three, two slots of one block for the System, two of
/// two blocks for the Application.
pub type Tiny = Rig<512, 4>;

pub fn tiny() -> Tiny {
    Rig {
        blocks: 9,
        layout: Layout::new(0..1536)
            .region(Region::System, 1536..2560, 2)
            .region(Region::Application, 2560..4608, 2),
        images: [20, 170, 40, 500, 60, 90]
            .iter()
            .zip(0..)
            .map(|(size, number)| image(number, *size))
            .chain([linked_image()])
            .collect(),
    }
}

/// Units of 32 bytes, three slots.
pub fn wide() -> Rig<1024, 32> {
    Rig {
        blocks: 9,
        layout: Layout::new(0..3072).region(Region::Application, 3072..9216, 3),
        images: [20, 170, 40, 500, 60, 90]
            .iter()
            .zip(0..)
            .map(|(size, number)| image(number, *size))
            .chain([linked_image()])
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

impl Scenario {
    /// The same for a layout that has an Application only.
    pub fn without_system(mut self) -> Self {
        for step in self.history.iter_mut().flatten().chain(&mut self.steps) {
            if let Step::Update { images, .. } = step {
                images[0] = None;
            }
        }
        self
    }
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
            &[Step::Broken(3), Step::Verify, Step::Rollback],
        ),
        scenario(
            "power_cut_trial_counts",
            &[&[both], &[next(Some(4), Way::Source)], &[]],
            &[],
        ),
    ]
}

/// An image linked of modules in its slot: of many operations, so not to be cut as deeply.
pub fn link_scenario() -> Scenario {
    Scenario {
        name: "power_cut_link_on_device",
        history: vec![vec![update(Some(0), Some(1), None, Way::Source)]],
        steps: vec![update(None, Some(LINKED), Some(3), Way::Link)],
    }
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

/// All sequences of so many sessions of one step each, or none, from an installed pair.
pub fn all_histories(length: usize) -> Vec<Scenario> {
    let alphabet = [
        vec![],
        vec![update(None, Some(3), None, Way::Stream)],
        vec![update(Some(2), Some(4), None, Way::Source)],
        vec![update(Some(2), Some(3), Some(1), Way::Source)],
        vec![Step::Confirm],
        vec![Step::Rollback],
        vec![Step::Broken(3)],
    ];
    let both = vec![update(Some(0), Some(1), None, Way::Source)];
    (0..alphabet.len().pow(length as u32))
        .map(|mut number| {
            let mut sessions = vec![both.clone()];
            for _ in 0..length {
                sessions.push(alphabet[number % alphabet.len()].clone());
                number /= alphabet.len();
            }
            let steps = sessions.pop().unwrap_or_default();
            Scenario {
                name: "power_cut_all_histories",
                history: sessions,
                steps,
            }
        })
        .collect()
}

/// Outcomes of the first cut, of the second, ...
pub type Depth<'a> = &'a [&'a [Outcome]];

impl<const ERASE: usize, const WRITE: usize> Rig<ERASE, WRITE> {
    /// Runs a scenario on this flash, whatever is in it.
    pub fn run(
        &self,
        scenario: &Scenario,
        mut flash: NorModel<ERASE, WRITE>,
        depth: Depth,
        tally: &mut Tally,
    ) {
        let mut states = vec![Expected::default()];
        for steps in &scenario.history {
            match self.session(&mut flash, states, steps, false, None) {
                Ok(End::Done(after)) => states = after,
                Ok(End::Cut(..)) => unreachable!("no cut was set"),
                Err(loss) => {
                    tally.note(&[], loss);
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
}
