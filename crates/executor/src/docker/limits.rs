//! Limits that must act: what the engine cannot hold, or holds differently, is refused.

use crate::docker::facts::DockerInformation;
use crate::engine::EngineError;

/// The value as engines take it. Zero means `unlimited` to them.
pub(super) fn signed(limit: &'static str, value: u64) -> Result<i64, EngineError> {
    i64::try_from(value)
        .ok()
        .filter(|signed| *signed > 0)
        .ok_or(EngineError::LimitValue { limit, value })
}

/// Refuses an engine that lacks the means for a limit that every run has.
pub(super) fn require(information: &DockerInformation) -> Result<(), EngineError> {
    match information.missing_limits.first() {
        None => Ok(()),
        Some(limit) => Err(EngineError::UnsupportedLimit { limit }),
    }
}
