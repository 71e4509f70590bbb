//! Outputs: what a run made where its plan declares one, and what it made besides.

mod capped;
mod entry;
mod gathering;
mod name;
mod rule;
mod taking;
mod tree;

pub use capped::CappedList;
pub use entry::OutputEntry;
pub use gathering::{GatheredFile, Gathering, MadeFile, MadeKind, gather};
pub use name::{OutputName, OutputNameError};
pub use rule::OutputRule;
pub use taking::{StandardOutput, TakenOutputs, take};
pub use tree::{OutputPolicy, Outputs, PolicyMatcher};
