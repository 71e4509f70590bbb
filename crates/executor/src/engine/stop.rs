//! Why resow stops a command, and what that makes of the run.

use std::io;

use resow_manifest::identifiers::ImageId;
use resow_manifest::outcome::Outcome;
use resow_manifest::quantity::{ByteSize, TimeSpan};

use crate::engine::{ContainerLimits, EngineError};
use crate::root_file_system::Damage;

/// Why resow stopped the command.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The user asked for it.
    Interrupted,
    /// Its time was over.
    TimedOut,
    /// It wrote more than it may.
    OverDiskLimit,
    /// It printed more than it may.
    OverLogLimit,
    /// It took more memory than it may, where only looking holds that limit.
    OverMemoryLimit,
    /// The unpacked image is not what it was.
    ImageDamaged(Damage),
    /// A limit could not be looked after.
    Blind(io::Error),
}

impl Stop {
    /// How the run ended.
    ///
    /// # Errors
    /// When a limit could not be looked after, or the image was another: nobody knows what the run did.
    pub(crate) fn outcome(
        self,
        image: &ImageId,
        limits: &ContainerLimits,
    ) -> Result<Outcome, EngineError> {
        Ok(match self {
            Self::Interrupted => Outcome::Interrupted,
            Self::TimedOut => Outcome::TimedOut {
                limit: TimeSpan::from_seconds(limits.time.as_secs()),
            },
            Self::OverDiskLimit => over_disk_limit(limits),
            Self::OverLogLimit => Outcome::OverLogLimit {
                limit: ByteSize::from_bytes(limits.log),
            },
            Self::OverMemoryLimit => killed_for_memory(limits),
            Self::ImageDamaged(damage) => {
                return Err(EngineError::ImageDamaged { id: *image, damage });
            }
            Self::Blind(source) => return Err(EngineError::Supervision { source }),
        })
    }
}

/// The outcome of a run that wrote more than it may.
pub(crate) fn over_disk_limit(limits: &ContainerLimits) -> Outcome {
    Outcome::OverDiskLimit {
        limit: ByteSize::from_bytes(limits.disk),
    }
}

/// The outcome of a run that took more memory than it may.
pub(crate) fn killed_for_memory(limits: &ContainerLimits) -> Outcome {
    Outcome::KilledForMemory {
        limit: ByteSize::from_bytes(limits.memory),
    }
}
