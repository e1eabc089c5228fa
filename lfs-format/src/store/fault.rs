//! Faults that can be sown into the store, to prove that its tests find them.
//!
//! Without the feature `seeded-faults` [`sown`] is a constant and leaves no code behind.

/// A mistake the store could make.
#[cfg_attr(
    not(feature = "seeded-faults"),
    expect(dead_code, reason = "one is made by code of its own")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The record that selects an image is appended before its data is written.
    CommitBeforeData,
    /// A record is believed for its magic number, whatever its checksum.
    MagicWithoutChecksum,
    /// A block that looks erased is not erased.
    TrustErasedLooking,
    /// An image is confirmed by programming its record again.
    RewriteCommitWord,
    /// Nothing is read back.
    ForgetReadBack,
    /// An image is selected without having been checked.
    ForgetChecksum,
    /// The slot of the running image counts as free.
    OverwriteRunning,
    /// A full journal continues in the block it has just filled.
    WrapOntoNewest,
    /// Sequence numbers start anew in each block.
    RestartSequence,
    /// Both images of a paired update are selected by records of their own.
    PairInTwoRecords,
    /// A boot of an image on trial is not recorded.
    ForgetBootCount,
    /// The image in a slot stays selectable while the slot is written.
    ForgetBegin,
    /// A record that may be torn is believed without being copied.
    IgnoreSeal,
    /// A record is appended behind the newest one, whatever lies there.
    AppendOverTorn,
    /// A place of the journal that looks blank is used although its program may have been cut.
    TrustBlankPlace,
    /// The first valid record found is the newest.
    FirstRecordWins,
    /// A single slot is erased before the journal says so.
    EraseBeforeIntent,
    /// A block of a slot is programmed as it is.
    ProgramWithoutErase,
    /// An image may be confirmed that never ran.
    ConfirmUnstarted,
    /// The mapped view is not invalidated after a write.
    StaleCache,
    /// A new journal block begins with the change itself and not with a copy of the state before it.
    WrapWithoutCopy,
    /// Confirming forgets one of the two regions.
    ConfirmHalf,
}

#[cfg(feature = "seeded-faults")]
impl Fault {
    /// All of them.
    pub const ALL: &[Fault] = &[
        Fault::CommitBeforeData,
        Fault::MagicWithoutChecksum,
        Fault::TrustErasedLooking,
        Fault::RewriteCommitWord,
        Fault::ForgetReadBack,
        Fault::ForgetChecksum,
        Fault::OverwriteRunning,
        Fault::WrapOntoNewest,
        Fault::RestartSequence,
        Fault::PairInTwoRecords,
        Fault::ForgetBootCount,
        Fault::ForgetBegin,
        Fault::IgnoreSeal,
        Fault::AppendOverTorn,
        Fault::TrustBlankPlace,
        Fault::FirstRecordWins,
        Fault::EraseBeforeIntent,
        Fault::ProgramWithoutErase,
        Fault::ConfirmUnstarted,
        Fault::StaleCache,
        Fault::WrapWithoutCopy,
        Fault::ConfirmHalf,
    ];
}

#[cfg(feature = "seeded-faults")]
mod sowing {
    use super::Fault;
    use core::cell::Cell;

    std::thread_local! {
        static SOWN: Cell<Option<Fault>> = const { Cell::new(None) };
    }

    /// Sows a fault into the stores of this thread, instead of the one before.
    pub fn sow(fault: Option<Fault>) {
        SOWN.set(fault);
    }

    pub(in crate::store) fn sown(fault: Fault) -> bool {
        SOWN.get() == Some(fault)
    }
}

#[cfg(feature = "seeded-faults")]
pub use sowing::sow;
#[cfg(feature = "seeded-faults")]
pub(super) use sowing::sown;

/// Whether this fault is sown.
#[cfg(not(feature = "seeded-faults"))]
#[inline(always)]
pub(super) const fn sown(_: Fault) -> bool {
    false
}
