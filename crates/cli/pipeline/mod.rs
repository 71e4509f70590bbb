//! The stages in order, for every command that needs them: plan, image, run, digest, record, compare.

pub(crate) mod claims;
pub(crate) mod execution;
pub(crate) mod images;
pub(crate) mod order;
pub(crate) mod past;
pub(crate) mod planning;
pub(crate) mod policies;
pub(crate) mod recording;
mod sources;
pub(crate) mod verification;
