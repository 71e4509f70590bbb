//! `[trace]`: of which state a run writes down a digest, and how often.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What a run traces. It is no part of a plan: it reads state, and acts on nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceDeclaration {
    /// Of how many steps one is traced: those whose number it divides. At least 1.
    pub every: u32,
    /// What of a training is traced by itself.
    pub state: BTreeSet<TracedState>,
}

/// State of a training that is traced by itself, where the library is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TracedState {
    /// The gradients by which a step was made.
    Gradients,
    /// The parameters after a step.
    Parameters,
    /// What the optimizer remembers after a step.
    Optimizer,
}

impl Default for TraceDeclaration {
    fn default() -> Self {
        Self {
            every: 1,
            state: BTreeSet::from([TracedState::Parameters]),
        }
    }
}

impl TracedState {
    /// Their names in manifests.
    pub const NAMES: &[&str] = &["gradients", "parameters", "optimizer"];

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Gradients, Self::Parameters, Self::Optimizer]
            .into_iter()
            .find(|state| state.name() == name)
    }

    /// Its name in manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gradients => "gradients",
            Self::Parameters => "parameters",
            Self::Optimizer => "optimizer",
        }
    }
}

impl fmt::Display for TraceDeclaration {
    /// `every step, parameters`, or `one step of 10, gradients, parameters`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.every {
            1 => write!(formatter, "every step")?,
            every => write!(formatter, "one step of {every}")?,
        }
        if self.state.is_empty() {
            return write!(formatter, ", by calls alone");
        }
        for state in &self.state {
            write!(formatter, ", {}", state.name())?;
        }
        Ok(())
    }
}
