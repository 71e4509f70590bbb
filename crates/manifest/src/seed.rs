//! The seed of an experiment.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A seed from 0 to 2^32 - 1: NumPy's `RandomState`, scikit-learn and others take no more.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seed(u32);

/// Why a text or number is not a seed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("seed `{text}` is outside 0 to 4294967295")]
pub struct SeedError {
    text: String,
}

impl Seed {
    /// The seed with this value.
    pub const fn new(value: u32) -> Self {
        Self(value)
    }

    /// The value.
    pub const fn value(self) -> u32 {
        self.0
    }
}

impl TryFrom<i64> for Seed {
    type Error = SeedError;

    fn try_from(value: i64) -> Result<Self, SeedError> {
        u32::try_from(value).map(Self).map_err(|_| SeedError {
            text: value.to_string(),
        })
    }
}

impl FromStr for Seed {
    type Err = SeedError;

    fn from_str(text: &str) -> Result<Self, SeedError> {
        text.parse().map(Self).map_err(|_| SeedError {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
