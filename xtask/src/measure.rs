//! Measuring one run, and statistics over several.

use crate::shell::{self, Failure, Output};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(600);

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds of processor time.
    Time,
    /// Millions of instructions, counted by valgrind.
    Instructions,
}

impl Unit {
    /// How the unit is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Time => "ms",
            Unit::Instructions => "M instructions",
        }
    }
}

/// Processor time of the children that have ended. Unlike time on the clock it does not count what other
/// programs on the machine do meanwhile.
#[cfg(unix)]
fn processor_time() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let spent = usage.user_time() + usage.system_time();
    u64::try_from(spent.num_microseconds())
        .ok()
        .map(Duration::from_micros)
}

#[cfg(not(unix))]
fn processor_time() -> Option<Duration> {
    None
}

/// Runs a command; what it printed, and the measure of it.
pub fn once(command: Command, unit: Unit) -> Result<(Vec<u8>, f64), Failure> {
    let mut command = match unit {
        Unit::Time => command,
        Unit::Instructions => counted(&command),
    };
    let before = processor_time();
    let output = shell::capture(&mut command, LIMIT)?;
    let spent = before
        .zip(processor_time())
        .map_or(output.time, |(before, after)| after.saturating_sub(before));
    if !output.status.success() {
        return Err(Failure::new(
            format!("{}: {}", shell::line(&command), output.status),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    let measure = match unit {
        Unit::Time => spent.as_secs_f64() * 1e3,
        Unit::Instructions => instructions(&output)?,
    };
    Ok((output.stdout, measure))
}

fn counted(command: &Command) -> Command {
    let mut counted = Command::new("valgrind");
    counted
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(command.get_program())
        .args(command.get_args());
    shell::copy_environment(command, &mut counted);
    counted
}

fn instructions(output: &Output) -> Result<f64, Failure> {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .find_map(|line| line.split_once("Collected :"))
        .and_then(|(_, count)| count.trim().parse::<f64>().ok())
        .map(|count| count / 1e6)
        .ok_or_else(|| Failure::new("valgrind printed no count", text.into_owned()))
}

/// The smallest of several measures: the run that was disturbed least.
pub fn smallest(measures: &[f64]) -> f64 {
    measures.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The middle of several measures.
pub fn median(measures: &[f64]) -> f64 {
    let mut sorted = measures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

/// The geometric mean, which treats a ratio and its inverse alike.
pub fn geometric_mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics() {
        assert_eq!(smallest(&[3.0, 1.0, 2.0]), 1.0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!((geometric_mean(&[0.5, 2.0]) - 1.0).abs() < 1e-12);
    }
}
