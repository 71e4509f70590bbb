//! What an engine says about itself and its host.

use resow_manifest::host::EngineFacts;

/// What an engine says about itself and its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineInformation {
    /// The engine's part of a record.
    pub engine: EngineFacts,
    /// How many processors the engine can use.
    pub processors: u32,
}
