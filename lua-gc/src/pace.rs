//! When a step is due and how much it does.

use crate::Config;

/// The multiplier at which a byte is visited for each byte allocated.
const EVEN: u64 = 200;

/// Tuning, and the figures it works on.
#[derive(Debug)]
pub(crate) struct Pace {
    pub(crate) pause: u32,
    pub(crate) step_multiplier: u32,
    pub(crate) step_bytes: usize,
    pub(crate) running: bool,
    pub(crate) stress: bool,
    /// Bytes that survived marking, less what the sweep has freed so far.
    pub(crate) estimate: usize,
}

impl Pace {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            pause: config.pause,
            step_multiplier: config.step_multiplier,
            step_bytes: config.step_bytes,
            running: true,
            stress: false,
            estimate: 0,
        }
    }

    /// What a step does that pays for `bytes` of allocation: bytes to visit, at least one.
    pub(crate) fn work(&self, bytes: usize) -> isize {
        let work = (bytes as u64).saturating_mul(u64::from(self.step_multiplier)) / EVEN;
        isize::try_from(work).unwrap_or(isize::MAX).max(1)
    }

    /// Allocation that pays for `work` done beyond what was due.
    pub(crate) fn allowance(&self, work: isize) -> usize {
        let bytes =
            (work.max(0) as u64).saturating_mul(EVEN) / u64::from(self.step_multiplier.max(1));
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// Bytes in use at which the next cycle starts.
    pub(crate) fn next_cycle(&self) -> usize {
        let bytes = (self.estimate as u64).saturating_mul(u64::from(self.pause)) / 100;
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }
}
