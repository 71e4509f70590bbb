//! The name of an experiment: the part of `experiments/<name>.toml` that varies.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Lower-case letters, digits, `-` and `_`, beginning with a letter or digit, at most 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExperimentName(String);

/// Why a text is not the name of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an experiment's name: use lower-case letters, digits, `-` and `_`, at most 64"
)]
pub struct ExperimentNameError {
    text: String,
}

impl ExperimentName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the manifest lies, relative to the repository's root.
    pub fn manifest_path(&self) -> String {
        format!("experiments/{}.toml", self.0)
    }

    /// Where the claim lies, relative to the repository's root.
    pub fn claim_path(&self) -> String {
        format!("experiments/{}.claim.toml", self.0)
    }
}

impl FromStr for ExperimentName {
    type Err = ExperimentNameError;

    fn from_str(text: &str) -> Result<Self, ExperimentNameError> {
        let named = text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        let begins = text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        if named && begins && text.len() <= 64 {
            Ok(Self(text.to_owned()))
        } else {
            Err(ExperimentNameError {
                text: text.to_owned(),
            })
        }
    }
}

impl TryFrom<String> for ExperimentName {
    type Error = ExperimentNameError;

    fn try_from(text: String) -> Result<Self, ExperimentNameError> {
        text.parse()
    }
}

impl From<ExperimentName> for String {
    fn from(name: ExperimentName) -> Self {
        name.0
    }
}

impl fmt::Display for ExperimentName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
