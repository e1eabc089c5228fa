//! What a store should hold, without flash: the oracle.

/// Images are known by numbers; those of System and of Application.
pub type Pair = [Option<u8>; 2];

/// One state the store may be in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    pub current: Pair,
    pub previous: Option<Pair>,
    pub trial: Option<u8>,
    /// The image that is to go into the single slot, and whether the old one is gone.
    pub pending: Option<(u8, bool)>,
}

/// How an image gets into its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Source,
    Stream,
    Build,
    /// Linked of modules, as on a device; for images that are made of some.
    Link,
}

/// What is asked of the store between two starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Update {
        images: Pair,
        trial: Option<u8>,
        way: Way,
    },
    /// A stream with a broken payload, which is to be refused.
    Broken(u8),
    Confirm,
    Rollback,
    /// Full verification, remembered.
    Verify,
    Request(u8),
    Resume,
    Abandon,
}

impl Step {
    /// What the step makes of a state, if it can be taken there.
    pub fn after(self, mut e: Expected) -> Option<Expected> {
        match self {
            Step::Update { images, trial, .. } => {
                e.previous = match e.trial {
                    Some(_) => e.previous,
                    None => Some(e.current).filter(|pair| *pair != [None; 2]),
                };
                for (current, image) in e.current.iter_mut().zip(images) {
                    *current = image.or(*current);
                }
                e.trial = trial;
            }
            Step::Confirm => e.trial = None,
            Step::Rollback => {
                let left = e.current;
                let trial = e.trial.take();
                e.current = match trial {
                    Some(_) => e.previous.take().unwrap_or_default(),
                    None => e.previous?,
                };
                e.previous = trial.is_none().then_some(left);
            }
            Step::Request(image) => e.pending = Some((image, false)),
            Step::Resume => {
                let (image, _) = e.pending.take()?;
                e.current[1] = Some(image);
                e.previous = None;
            }
            Step::Abandon => {
                e.pending.take()?;
            }
            Step::Broken(_) => e.previous = None,
            Step::Verify => {}
        }
        Some(e)
    }

    /// Where a cut within the step may leave the store, besides before and after.
    pub fn within(self, mut e: Expected) -> Option<Expected> {
        match self {
            // A slot that is written is no longer selectable; an image on trial keeps what it falls back to.
            Step::Update { .. } | Step::Broken(_) if e.trial.is_none() => e.previous = None,
            Step::Resume => {
                let (image, _) = e.pending?;
                e.current[1] = None;
                e.previous = None;
                e.pending = Some((image, true));
            }
            _ => return None,
        }
        Some(e)
    }

    /// Whether a step that was cut has its effect already, or must not be taken twice.
    pub fn is_done(self, e: &Expected) -> bool {
        match self {
            Step::Update { images, .. } => {
                let same = |(current, image): (&Option<u8>, Option<u8>)| {
                    image.is_none_or(|image| *current == Some(image))
                };
                e.current.iter().zip(images).all(same)
            }
            Step::Rollback => true,
            Step::Request(_) => e.pending.is_some(),
            Step::Resume | Step::Abandon => e.pending.is_none(),
            _ => false,
        }
    }
}

impl Expected {
    /// What a start makes of it.
    pub fn booted(mut self) -> Expected {
        match self.trial {
            None => self,
            Some(0) => Step::Rollback.after(self).unwrap_or_default(),
            Some(left) => {
                self.trial = Some(left - 1);
                self
            }
        }
    }
}
