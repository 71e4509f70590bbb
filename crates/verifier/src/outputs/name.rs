//! What an output is called in records, claims and verdicts.

use std::fmt;
use std::str::FromStr;

use resow_manifest::output_location::OutputLocation;
use resow_manifest::workspace_path::{WorkspacePath, WorkspacePathError};
use serde::{Deserialize, Serialize};

/// The standard output, written `<stdout>`, or the path of a file. Ordered as written: the standard output first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum OutputName {
    /// What the command printed.
    StandardOutput,
    /// A file, a link or an empty folder.
    Path(WorkspacePath),
}

/// Why a text is not an output's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the name of an output")]
pub struct OutputNameError {
    text: String,
    #[source]
    source: WorkspacePathError,
}

impl OutputName {
    /// The output at this path; `None` for the one path that is written as the standard output is.
    pub fn of_path(path: &WorkspacePath) -> Option<Self> {
        (path.as_str() != OutputLocation::STANDARD_OUTPUT).then(|| Self::Path(path.clone()))
    }

    /// The path; `None` for the standard output.
    pub fn path(&self) -> Option<&WorkspacePath> {
        match self {
            Self::StandardOutput => None,
            Self::Path(path) => Some(path),
        }
    }
}

impl FromStr for OutputName {
    type Err = OutputNameError;

    fn from_str(text: &str) -> Result<Self, OutputNameError> {
        if text == OutputLocation::STANDARD_OUTPUT {
            return Ok(Self::StandardOutput);
        }
        text.parse()
            .map(Self::Path)
            .map_err(|source| OutputNameError {
                text: text.to_owned(),
                source,
            })
    }
}

impl TryFrom<String> for OutputName {
    type Error = OutputNameError;

    fn try_from(text: String) -> Result<Self, OutputNameError> {
        text.parse()
    }
}

impl From<OutputName> for String {
    fn from(name: OutputName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for OutputName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardOutput => formatter.write_str(OutputLocation::STANDARD_OUTPUT),
            Self::Path(path) => path.fmt(formatter),
        }
    }
}
