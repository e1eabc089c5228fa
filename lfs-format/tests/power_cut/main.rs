//! Cuts the power of the region store at every operation, with every outcome, and again in the recovery from it.
//!
//! A test of its own making: its last line is the number of cuts tried and of images lost. An argument selects tests by a part of
//! their name. The model of flash is `lfs_format::nor`; what a store should hold after a cut says `expected`.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod expected;
mod faults;
mod random;
mod rig;
mod scenarios;
mod search;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use scenarios::{all_histories, link_scenario, scenarios, single, single_scenarios, tiny, wide};
use search::{Tally, every_outcome, few_outcomes};

/// Fewest cuts that count as a test.
const ENOUGH: u64 = 1_000_000;

/// A test: what it is called, and the work.
struct Job {
    name: String,
    run: Box<dyn Fn(&mut Tally) + Send + Sync>,
}

impl Job {
    fn new(name: &str, run: impl Fn(&mut Tally) + Send + Sync + 'static) -> Self {
        Self {
            name: name.to_owned(),
            run: Box::new(run),
        }
    }
}

fn jobs() -> Vec<Job> {
    let mut jobs = Vec::new();
    for scenario in scenarios() {
        jobs.push(Job::new(scenario.name, move |tally| {
            let rig = tiny();
            rig.run(
                &scenario,
                rig.flash(),
                &[&every_outcome(), &few_outcomes()],
                tally,
            );
        }));
    }
    jobs.push(Job::new(link_scenario().name, |tally| {
        let (rig, every, few) = (tiny(), every_outcome(), few_outcomes());
        let torn = [few[2], few[6], few[7]];
        for depth in [&[&every[..]][..], &[&torn, &torn]] {
            rig.run(&link_scenario(), rig.flash(), depth, tally);
        }
    }));
    jobs.push(Job::new("power_cut_link_wide_units", |tally| {
        let rig = wide();
        let scenario = link_scenario().without_system();
        rig.run(&scenario, rig.flash(), &[&few_outcomes()], tally);
    }));
    for scenario in single_scenarios() {
        jobs.push(Job::new(scenario.name, move |tally| {
            let rig = single();
            rig.run(
                &scenario,
                rig.flash(),
                &[&every_outcome(), &few_outcomes()],
                tally,
            );
        }));
    }
    for (length, depth) in [(1, 2), (2, 1), (3, 1)] {
        jobs.push(Job::new(
            &format!("power_cut_all_histories_of_{length}"),
            move |tally| {
                let (rig, few) = (tiny(), few_outcomes());
                for scenario in all_histories(length) {
                    rig.run(&scenario, rig.flash(), &[&few[..], &few][..depth], tally);
                }
            },
        ));
    }
    jobs.push(Job::new("power_cut_wide_units", |tally| {
        let (rig, few) = (wide(), few_outcomes());
        for scenario in scenarios() {
            rig.run(
                &scenario.without_system(),
                rig.flash(),
                &[&few, &few],
                tally,
            );
        }
    }));
    jobs.push(Job::new(
        "power_cut_foreign_contents",
        faults::foreign_contents,
    ));
    jobs.push(Job::new("power_cut_bad_cells", faults::bad_cells));
    jobs.push(Job::new("power_cut_random_histories", |tally| {
        (0..6000).for_each(|seed| tiny().wander(seed, 40, tally));
    }));
    jobs.push(Job::new(
        "power_cut_random_histories_single_slot",
        |tally| {
            (0..6000).for_each(|seed| single().wander(seed, 40, tally));
        },
    ));
    jobs.push(Job::new("power_cut_random_histories_wide", |tally| {
        (0..6000).for_each(|seed| wide().wander(seed, 40, tally));
    }));
    jobs
}

/// Runs the jobs on all processors and reports on each; gives the results in their order.
fn run(jobs: &[Job], report: impl Fn(&Job, &Tally) + Sync) -> Vec<Tally> {
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Tally>> = jobs.iter().map(|_| Mutex::default()).collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(number) = Some(next.fetch_add(1, Ordering::Relaxed))
                    && let Some(job) = jobs.get(number)
                {
                    let mut tally = Tally::default();
                    (job.run)(&mut tally);
                    report(job, &tally);
                    *done[number].lock().unwrap() = tally;
                }
            });
        }
    });
    done.into_iter()
        .map(|tally| tally.into_inner().unwrap())
        .collect()
}

fn report_search(job: &Job, tally: &Tally) {
    let verdict = if tally.lost == 0 { "ok" } else { "FAILED" };
    println!("test {} ... {verdict} ({} cuts)", job.name, tally.cuts);
    for report in &tally.reports {
        println!("    {report}");
    }
}

/// A seeded fault is found by a loss.
fn report_hunt(job: &Job, tally: &Tally) {
    match tally.reports.first() {
        Some(report) => println!(
            "test {} ... ok ({} cuts)\n    {report}",
            job.name, tally.cuts
        ),
        None => println!(
            "test {} ... FAILED: not found ({} cuts)",
            job.name, tally.cuts
        ),
    }
}

fn main() -> ExitCode {
    let began = Instant::now();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let filter = arguments.iter().find(|word| !word.starts_with('-'));
    let wanted = |job: &Job| filter.is_none_or(|filter| job.name.contains(filter.as_str()));
    let jobs: Vec<Job> = jobs().into_iter().filter(wanted).collect();
    let faults: Vec<Job> = faults::jobs().into_iter().filter(wanted).collect();
    if arguments.iter().any(|word| word == "--list") {
        jobs.iter()
            .chain(&faults)
            .for_each(|job| println!("{}: test", job.name));
        return ExitCode::SUCCESS;
    }
    let mut total = Tally::default();
    for tally in run(&jobs, report_search) {
        total.add(tally);
    }
    let hunted = run(&faults, report_hunt);
    let mut failed = hunted.iter().any(|tally| tally.lost == 0);
    failed |= total.lost > 0;
    if filter.is_none() && total.cuts < ENOUGH {
        println!("too few cuts for a test: {ENOUGH} at least");
        failed = true;
    }
    println!(
        "{} seeded faults, {:.0} s",
        faults.len(),
        began.elapsed().as_secs_f64()
    );
    println!(
        "power cuts tried: {}, images lost: {}",
        total.cuts, total.lost
    );
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
